"""The likelihood of a count model in PyMC: how the counts scatter about their expectation."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, shape_variable
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_priors import random_variable
from learnclimate.counts.pymc_ranges import log_probability_of_answers
from learnclimate.counts.pymc_zero_part import zero_log_odds

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any

#: Parameters of a beta distribution that PyMC takes as above 0.
_LEAST = 1e-12


class _Parts(NamedTuple):
    """Parameters of the outcome's distribution, each None where the family has none."""

    predictor: Tensor
    shape: Tensor
    zero: Tensor


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
    zero = None if design.coding.zero is None else zero_log_odds(design, priors)
    parts = _Parts(predictor, shape, zero)
    counts = pm.Data("counts", design.outcome, dims="respondent")
    trials = None
    if design.asked.trials is not None:
        trials = pm.Data("trials", design.asked.trials, dims="respondent")
    has_own = family.zeros != "none" or design.asked.highest is not None
    if not has_own and (design.multiplicity == 1).all():
        kind, parameters = _distribution(family, parts, trials)
        kind("outcome", *parameters, observed=counts, dims="respondent")
        return
    _custom(family, design, parts, (counts, trials))


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
    given = [part for part in (*parts, trials) if part is not None]
    times: Tensor = 1.0
    if not (design.multiplicity == 1).all():
        times = pm.Data("multiplicity", design.multiplicity, dims="respondent")
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

    pm.CustomDist("outcome", *given, dist=unweighted, logp=logp, observed=counts, dims="respondent")


def _ordered(family: Family, values: Sequence[Tensor]) -> tuple[_Parts, Tensor | None]:
    """Put the parameters that a family has back in their places, and the trials."""
    rest = list(values)
    predictor = rest.pop(0)
    shape = rest.pop(0) if family.has_dispersion else None
    zero = rest.pop(0) if family.zeros != "none" else None
    return _Parts(predictor, shape, zero), rest.pop(0) if rest else None
