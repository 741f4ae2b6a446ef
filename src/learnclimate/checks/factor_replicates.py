"""Correlations within and between teams: of the answers, and of answers replicated by a model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.replicated_answers import Replicable, replicable, replicate
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WITHIN, BETWEEN, RESPONDENTS = "within teams", "between teams", "respondents"
#: Replicates that tell the sampling errors: four a figure, within these bounds.
_LEAST_SAMPLED, _MOST_SAMPLED = 300, 1000
#: Draws, and sets of random numbers, that tell in which directions the parameters move them.
_MOVED, _SETS = 100, 2


@dataclass(frozen=True, slots=True)
class LevelFit:
    """
    How far the correlations at one level lie from those of replicated answers.

    Attributes
    ----------
    residual : ndarray of shape (n_draws, n_pairs)
        Correlations of the answers less those of answers replicated at each draw.
    p_value : float
        How often replicated answers lie further from the model than the given ones, in what its
        parameters cannot take up; not a number where that is nothing.
    """

    residual: FloatArray
    p_value: float


def level_fits(fit: FactorFit, chosen: IntArray, rng: np.random.Generator) -> dict[str, LevelFit]:
    """
    Replicate the answers, teams and all, and hold the correlations at each level against them.

    Each replicate has new respondents in new teams, of the same sizes, with the same answers
    left open; so what is compared carries all sampling error, that of few teams too. Nothing
    is integrated over: any number of factors will do. Answers left open must be so by chance:
    `open_level_fits` is for others.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict of str to LevelFit
        ``within teams`` and ``between teams``; of a model of one level ``respondents`` alone,
        teams left aside.
    """
    design = fit.design
    two = fit.model.levels == "team"
    team = design.team if two else np.zeros(len(design.team), dtype=np.int64)
    given = np.where(design.categories >= 0, design.categories.astype(float), np.nan)
    n_free = free_figures(design)

    def replicates(values: Replicable, seeds: list[np.random.Generator]) -> list[FloatArray]:
        made = [
            by_level(np.where(np.isnan(given), np.nan, replicate(values, place, design, own)), team)
            for place, own in enumerate(seeds)
        ]
        return [np.stack([each[level] for each in made]) for level in (0, 1)]

    at_draws, at_mean = replicable(fit, chosen), replicable(fit, None)
    observed = by_level(given, team)
    replicated = replicates(at_draws, [rng] * len(chosen))
    n_sampled = sampled_for(design)
    sampled = replicates(at_mean.repeated(n_sampled), [rng] * n_sampled)
    moved = moved_figures(replicates, few_of(fit, chosen), rng)
    levels = {WITHIN: 0, BETWEEN: 1} if two else {RESPONDENTS: 0}
    found = {}
    for name, at in levels.items():
        figures = Figures(
            *(
                told_figures(values[at], diagonal=name == BETWEEN)
                for values in (observed, replicated, sampled, moved)
            )
        )
        pairs = np.triu_indices(len(design.items), 1)
        residual = (
            item_correlations(observed[at])[pairs] - item_correlations(replicated[at])[:, *pairs]
        )
        found[name] = LevelFit(residual, figures.p_value(n_free[name]))
    return found


def free_figures(design: FactorDesign) -> dict[str, int]:
    """
    Count the parameters that move the figures compared.

    Parameters
    ----------
    design : FactorDesign
        Items and factors.

    Returns
    -------
    dict of str to int
        By level: loadings and correlations, and between teams the spreads of the factors.
    """
    n_factors, n_loadings = design.n_factors, len(design.loading_item)
    own = n_loadings + n_factors * (n_factors - 1) // 2
    return {WITHIN: own, BETWEEN: own + n_factors, RESPONDENTS: own}


def sampled_for(design: FactorDesign) -> int:
    """
    Say how many replicates tell the sampling errors of all figures.

    Parameters
    ----------
    design : FactorDesign
        Tells the items.

    Returns
    -------
    int
        Four a figure, within bounds.
    """
    n_dims = len(design.items) * (len(design.items) + 1) // 2
    return min(max(_LEAST_SAMPLED, 4 * n_dims), _MOST_SAMPLED)


def few_of(fit: FactorFit, chosen: IntArray) -> Replicable:
    """
    Take some draws, enough to tell in which directions the parameters move what is compared.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        The draws.

    Returns
    -------
    Replicable
        The model at some of them.
    """
    return replicable(fit, chosen[:: max(1, len(chosen) // _MOVED)])


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What is compared.

    Attributes
    ----------
    observed : ndarray of shape (n_figures,)
        Of the answers.
    replicated : ndarray of shape (n_draws, n_figures)
        Of replicates the answers are held against.
    sampled : ndarray of shape (n_sampled, n_figures)
        Of replicates at the posterior mean, which tell the sampling errors.
    moved : ndarray of shape (n_moved, n_figures)
        Of replicates drawn alike from one draw of the parameters to another.
    """

    observed: FloatArray
    replicated: FloatArray
    sampled: FloatArray
    moved: FloatArray

    def p_value(self, n_free: int) -> float:
        """
        Tell how often replicates lie further off, in what `n_free` parameters cannot take up.

        Sampling errors are those of replicates at the posterior mean; the directions that the
        parameters take up those in which replicates drawn from the same random numbers move
        from one draw of the parameters to another.

        Parameters
        ----------
        n_free : int
            Parameters.

        Returns
        -------
        float
            The p-value; not a number where the parameters take everything up.
        """
        n_dims = self.observed.shape[-1]
        if n_free >= n_dims:
            return float("nan")
        covariance = np.cov(self.sampled, rowvar=False)
        # Of many figures, covariances from replicates need some shrinkage.
        share = n_dims / (n_dims + len(self.sampled))
        covariance = (1 - share) * covariance + share * np.diag(np.diag(covariance))
        values, vectors = np.linalg.eigh(covariance)
        known = values > 1e-10 * values[-1]
        whitened = vectors[:, known] / np.sqrt(values[known])
        centre = self.sampled.mean(axis=0)
        _, _, directions = np.linalg.svd((self.moved - self.moved.mean(axis=0)) @ whitened)
        beyond = whitened @ directions[n_free:].T
        apart = (((self.replicated - centre) @ beyond) ** 2).sum(axis=1)
        own = (((self.observed - centre) @ beyond) ** 2).sum()
        return float((apart >= own).mean())


def moved_figures(
    replicates: Callable[[Replicable, list[np.random.Generator]], list[FloatArray]],
    some: Replicable,
    rng: np.random.Generator,
) -> list[FloatArray]:
    """
    Replicate at several draws from the same random numbers, and average over a few such sets.

    Parameters
    ----------
    replicates : callable
        From a model at some draws, and a generator each, to what is compared, by level.
    some : Replicable
        The model at some draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    list of ndarray of shape (n_draws, n_items, n_items)
        By level.
    """
    sets = [
        replicates(some, [np.random.default_rng(seed) for _ in range(len(some))])
        for seed in rng.integers(2**32, size=_SETS)
    ]
    return [np.mean([made[level] for made in sets], axis=0) for level in (0, 1)]


def told_figures(covariance: FloatArray, *, diagonal: bool) -> FloatArray:
    """
    Take the figures compared from covariances.

    Between teams the share of each item's variance counts too: an item that teams answer alike
    for a reason of its own shows there. Within teams it is what that leaves, and says nothing.

    Parameters
    ----------
    covariance : ndarray of shape (..., n_items, n_items)
        Covariances at a level, in units of each item's total spread.
    diagonal : bool
        Whether shares of variances count.

    Returns
    -------
    ndarray of shape (..., n_figures)
        Correlations pair by pair, then shares.
    """
    first, second = np.triu_indices(covariance.shape[-1], 1)
    pairs = item_correlations(covariance)[..., first, second]
    if not diagonal:
        return pairs
    # How large all shares are together is a parameter; how they differ is the model's claim.
    share = np.einsum("...jj->...j", covariance)
    return np.concatenate([pairs, share - share.mean(axis=-1, keepdims=True)], axis=-1)


def item_correlations(covariance: FloatArray) -> FloatArray:
    """
    Turn covariances into correlations.

    Parameters
    ----------
    covariance : ndarray of shape (..., n_items, n_items)
        Covariances.

    Returns
    -------
    ndarray of shape (..., n_items, n_items)
        Correlations; 0 where an item does not vary.
    """
    sd = np.sqrt(np.maximum(np.einsum("...jj->...j", covariance), 1e-300))
    return np.asarray(covariance / (sd[..., :, None] * sd[..., None, :]))


def by_level(values: FloatArray, team: IntArray) -> tuple[FloatArray, FloatArray]:
    """
    Sum products within and between teams, in units of each item's total spread.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where left open.
    team : ndarray of shape (n_respondents,), int
        Team of each.

    Returns
    -------
    within, between : ndarray of shape (n_items, n_items)
        Sums.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    n_teams = int(team.max()) + 1
    size = np.zeros((n_teams, values.shape[1]))
    total = np.zeros_like(size)
    np.add.at(size, team, known.astype(float))
    np.add.at(total, team, filled)
    overall = filled.sum(axis=0) / known.sum(axis=0)
    mean = np.where(size > 0, total / np.maximum(size, 1), overall)
    left = np.where(known, values - mean[team], 0.0)
    apart = np.sqrt(size) * (mean - overall)
    spread = np.sqrt(np.maximum((left**2).sum(axis=0) + (apart**2).sum(axis=0), 1e-300))
    unit = np.outer(spread, spread)
    return left.T @ left / unit, apart.T @ apart / unit
