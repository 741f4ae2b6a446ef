"""The likelihood of a count model in PyMC: how the counts scatter about their expectation."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from learnclimate.core import labels
from learnclimate.counts.composition import level_counts
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, shape_variable
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_priors import random_variable
from learnclimate.counts.pymc_ranges import log_probability_of_answers
from learnclimate.counts.pymc_zero_part import zero_log_odds
from learnclimate.counts.unknown_levels import everyone_in_rows

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any

#: Dim of the respondents whose level is known, where that of others is summed out.
ANSWERED = "respondent_of_known_level"

#: Parameters of a beta distribution that PyMC takes as above 0.
_LEAST = 1e-12


class _Parts(NamedTuple):
    """Parameters of the outcome's distribution, each None where the family has none."""

    predictor: Tensor
    shape: Tensor
    zero: Tensor

    def of_rows(self, rows: slice) -> "_Parts":
        """Take some respondents."""
        zero = None if self.zero is None else self.zero[rows]
        return _Parts(self.predictor[rows], self.shape, zero)


def observed_counts(
    family: Family, design: CountDesign, priors: ResolvedPriors, predictor: Tensor
) -> None:
    """
    Add the observed counts to the PyMC model in context, weighted where rows are cells.

    Parameters
    ----------
    family : Family
        Distribution of the counts.
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    predictor : tensor
        Log expected count of every respondent, that of the count part where there is a zero
        part; the log odds of one activity where counts are out of K.
    """
    import pymc as pm

    name = shape_variable(family)
    shape = None if name is None else random_variable(name, priors.dispersion, positive=True)
    everyone = everyone_in_rows(design)
    zero = None if design.coding.zero is None else zero_log_odds(everyone, priors)
    parts, dim = _Parts(predictor, shape, zero), "respondent"
    if design.unknown is not None:
        n, dim = design.n_rows, ANSWERED
        _sum_out(family, design, priors, parts.of_rows(slice(n, None)))
        parts = parts.of_rows(slice(n))
    counts = pm.Data("counts", design.outcome, dims=dim)
    trials = None
    if design.asked.trials is not None:
        trials = pm.Data("trials", design.asked.trials, dims=dim)
    has_own = family.zeros != "none" or design.asked.highest is not None
    if not has_own and (design.multiplicity == 1).all():
        kind, parameters = _distribution(family, parts, trials)
        kind("outcome", *parameters, observed=counts, dims=dim)
        return
    _custom(family, design, parts, (counts, trials))


def _sum_out(family: Family, design: CountDesign, priors: ResolvedPriors, parts: _Parts) -> None:
    """Add the log likelihood of those whose level is unknown: a mixture over the levels."""
    import pymc as pm

    other = cast("CountDesign", design.unknown)
    # Prior and answered levels together: a Dirichlet prior and a multinomial make a Dirichlet.
    weights = priors.level_probability.concentration + level_counts(design, 0).sum(axis=0)
    share = pm.Dirichlet("level_probability", weights, dims=labels.FREQUENCY_LEVEL)
    if family.zeros != "none" or other.asked.highest is not None:
        answers = (other.outcome, other.asked.highest)
        found = log_probability_of_answers(family, answers, *parts)
    else:
        kind, parameters = _distribution(family, parts, other.asked.trials)
        found = pm.logp(kind.dist(*parameters), other.outcome)
    by_level = found.reshape((-1, len(weights))) + pm.math.log(share)
    pm.Potential("unknown_levels", pm.math.logsumexp(by_level, axis=1).sum())


def _distribution(family: Family, parts: _Parts, trials: Tensor | None) -> tuple[Any, list[Tensor]]:
    """Give PyMC's own distribution of a family and its parameters; ``psi`` is that of counting."""
    import pymc as pm
    import pytensor.tensor as pt

    if family.out_of_trials:
        share = pm.math.sigmoid(parts.predictor)
        both = [share * parts.shape, (1 - share) * parts.shape]
        return pm.BetaBinomial, [*(pt.maximum(one, _LEAST) for one in both), trials]
    parameters = [pm.math.exp(parts.predictor)]
    if family.has_dispersion:
        parameters.append(parts.shape)
    if family.zeros == "none":
        return pm.NegativeBinomial if family.has_dispersion else pm.Poisson, parameters
    kinds = {
        ("inflated", False): pm.ZeroInflatedPoisson,
        ("inflated", True): pm.ZeroInflatedNegativeBinomial,
        ("hurdle", False): pm.HurdlePoisson,
        ("hurdle", True): pm.HurdleNegativeBinomial,
    }
    kind = kinds[family.zeros, family.has_dispersion]
    return kind, [pm.math.sigmoid(-parts.zero), *parameters]


def _custom(
    family: Family, design: CountDesign, parts: _Parts, observed: tuple[Tensor, Tensor | None]
) -> None:
    """
    Add answers that are weighted, allow several counts, or have a zero part.

    The density of a zero part is written in its log odds, in which it stays finite far out.
    Answers that allow several counts are counts when drawn anew.
    """
    import pymc as pm

    counts, trials = observed
    dim = "respondent" if design.unknown is None else ANSWERED
    given = [part for part in (*parts, trials) if part is not None]
    times: Tensor = 1.0
    if not (design.multiplicity == 1).all():
        times = pm.Data("multiplicity", design.multiplicity, dims=dim)
    has_own = family.zeros != "none" or design.asked.highest is not None

    def logp(value: Tensor, *values: Tensor) -> Tensor:
        ordered, of = _ordered(family, values)
        if has_own:
            answers = (design.outcome, design.asked.highest)
            return times * log_probability_of_answers(family, answers, *ordered)
        kind, parameters = _distribution(family, ordered, of)
        return times * pm.logp(kind.dist(*parameters), value)

    def unweighted(*values: Tensor) -> Tensor:
        *inner, size = values
        kind, parameters = _distribution(family, *_ordered(family, inner))
        return kind.dist(*parameters, size=size)

    pm.CustomDist("outcome", *given, dist=unweighted, logp=logp, observed=counts, dims=dim)


def _ordered(family: Family, values: Sequence[Tensor]) -> tuple[_Parts, Tensor | None]:
    """Put the parameters that a family has back in their places, and the trials."""
    rest = list(values)
    predictor = rest.pop(0)
    shape = rest.pop(0) if family.has_dispersion else None
    zero = rest.pop(0) if family.zeros != "none" else None
    return _Parts(predictor, shape, zero), rest.pop(0) if rest else None
