"""The count model's parameters beside values of factors, and where others are proposed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.counts.prediction import flattened
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_counts import Counts

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

#: CountParameters proposed at once, and of how many draws of a fit one is among those to propose.
_PROPOSED, _THINNED = 24, 3


def draws_of(fit: Fit) -> Draws:
    """
    Give the draws of a fit, chains behind one another.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    dict of str to ndarray of shape (n_draws, ...)
        By variable.
    """
    posterior = fit.draws["posterior"].to_dataset()
    arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
    return dict(flattened(arrays))


def drawn(draws: Mapping[str, FloatArray], places: npt.NDArray[np.int64]) -> Draws:
    """
    Take some of many draws.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (S, ...)
        Draws.
    places : ndarray of shape (n,), int
        Which.

    Returns
    -------
    dict of str to ndarray of shape (n, ...)
        These.
    """
    return {name: values[places] for name, values in draws.items()}


@dataclass(frozen=True, slots=True)
class ParameterPool:
    """
    Draws of several fits, each to other values of the factors, from which parameters are proposed.

    Attributes
    ----------
    draws : dict of str to ndarray of shape (n, ...)
        The draws of all of them.
    factors : tuple of ndarray of shape (n_respondents, n_factors)
        To which values each fit was made.
    log_evidence : ndarray of shape (n_fits,)
        Log probability of the counts at these.
    log_proposed : ndarray of shape (n,)
        Log density of the draws under all fits together, prior left out.
    """

    draws: Draws
    factors: tuple[FloatArray, ...]
    log_evidence: FloatArray
    log_proposed: FloatArray

    def log_density(self, counts: Counts, draws: Mapping[str, FloatArray]) -> FloatArray:
        """
        Log density of parameters under all fits together, prior left out.

        Parameters
        ----------
        counts : Counts
            The counts.
        draws : mapping of str to ndarray of shape (S, ...)
            The parameters.

        Returns
        -------
        ndarray of shape (S,)
            Densities.
        """
        return _log_mixture(counts, draws, self.factors, self.log_evidence)


def parameter_pool(
    counts: Counts, fits: Sequence[Fit], factors: Sequence[FloatArray]
) -> ParameterPool | None:
    """
    Pool the draws of several fits.

    Parameters
    ----------
    counts : Counts
        The counts.
    fits : sequence of Fit
        The fits.
    factors : sequence of ndarray of shape (n_respondents, n_factors)
        To which values each was made.

    Returns
    -------
    ParameterPool or None
        None where the teams' effects are not integrated out, or a fit has no evidence.
    """
    evidence = [one.draws["sample_stats"].attrs.get("log_evidence", float("nan")) for one in fits]
    if not counts.is_integrated or not np.isfinite(evidence).all() or not fits:
        return None
    each = [draws_of(one) for one in fits]
    names = [name for name in each[0] if name != "team_effects"]
    draws = {name: np.concatenate([one[name][::_THINNED] for one in each]) for name in names}
    log_evidence = np.array(evidence, dtype=float)
    log_proposed = _log_mixture(counts, draws, tuple(factors), log_evidence)
    return ParameterPool(draws, tuple(factors), log_evidence, log_proposed)


def _log_mixture(
    counts: Counts,
    draws: Mapping[str, FloatArray],
    factors: Sequence[FloatArray],
    log_evidence: FloatArray,
) -> FloatArray:
    design = counts.problem.design
    first = np.unique(design.team, return_index=True)[1]
    values = counts.log_probabilities(draws, np.array(factors)[:, first]).sum(axis=1)
    found = special.logsumexp(values - log_evidence[:, None], axis=0)
    return np.asarray(found - np.log(len(values)))


@dataclass(frozen=True, slots=True)
class CountParameters:
    """
    The count model's parameters at one draw, and where others are proposed from.

    Attributes
    ----------
    counts : Counts
        The counts.
    one : dict of str to ndarray of shape (1, ...)
        The draw.
    pool : ParameterPool or None
        Proposals; None where the draw is held.
    log_proposed : float
        Log density of the draw under the pool.
    """

    counts: Counts
    one: Draws
    pool: ParameterPool | None
    log_proposed: float

    def log_counts(self, factors: FloatArray) -> FloatArray:
        """
        Log probability of the counts by respondent or team.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Values of the factors.

        Returns
        -------
        ndarray of shape (n_units,)
            Log probabilities.
        """
        return self.counts.log_probability(self.one, factors)[:, 0]

    def moved(
        self, factors: FloatArray, now: FloatArray, rng: np.random.Generator
    ) -> tuple["CountParameters", FloatArray]:
        """
        Choose among some parameters of the pool and those at hand.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Values of the factors.
        now : ndarray of shape (n_units,)
            Log probability of the counts at the parameters at hand.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        parameters : CountParameters
            The chosen.
        now : ndarray of shape (n_units,)
            Log probability of the counts at these.

        References
        ----------
        Andrieu, Doucet and Holenstein (2010), doi 10.1111/j.1467-9868.2009.00736.x (choosing
        among proposals and the present state by their weights leaves the target as it is).
        """
        pool = self.pool
        if pool is None:
            return self, now
        places = rng.integers(len(pool.log_proposed), size=_PROPOSED)
        proposed = drawn(pool.draws, places)
        by_unit = self.counts.log_probability(proposed, factors)
        log_weight = np.append(by_unit.sum(axis=0) - pool.log_proposed[places],
                               now.sum() - self.log_proposed)  # fmt: skip
        weight = np.exp(log_weight - log_weight.max())
        chosen = int(rng.choice(len(weight), p=weight / weight.sum()))
        if chosen == _PROPOSED:
            return self, now
        one = drawn(proposed, np.array([chosen]))
        density = float(pool.log_proposed[places[chosen]])
        return replace(self, one=one, log_proposed=density), by_unit[:, chosen]


def parameters_at(
    counts: Counts, fit: Fit, pool: ParameterPool | None, rng: np.random.Generator
) -> CountParameters:
    """
    Choose a draw of a fit at random.

    Parameters
    ----------
    counts : Counts
        The counts.
    fit : Fit
        The fit.
    pool : ParameterPool or None
        Where other parameters are proposed from.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    CountParameters
        The draw.
    """
    draws = draws_of(fit)
    place = rng.integers(len(draws["intercept"]), size=1)
    one = drawn(draws, place)
    density = 0.0 if pool is None else float(pool.log_density(counts, one)[0])
    return CountParameters(counts, one, pool, density)
