"""Correlations within and between teams: of the answers, and of answers replicated by a model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign

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
    is integrated over: any number of factors will do.

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
    n_factors, n_loadings = design.n_factors, len(design.loading_item)
    # Parameters that move the figures compared: loadings and correlations at either level, and
    # the spreads of the factors over teams.
    n_free = {
        WITHIN: n_loadings + n_factors * (n_factors - 1) // 2,
        BETWEEN: n_loadings + n_factors * (n_factors + 1) // 2,
    }
    n_free[RESPONDENTS] = n_free[WITHIN]

    def replicates(values: _Replicable, seeds: list[np.random.Generator]) -> list[FloatArray]:
        made = [
            _by_level(
                np.where(np.isnan(given), np.nan, _replicate(values, place, design, own)), team
            )
            for place, own in enumerate(seeds)
        ]
        return [np.stack([each[level] for each in made]) for level in (0, 1)]

    at_draws, at_mean = _replicable(fit, chosen), _replicable(fit, None)
    observed = _by_level(given, team)
    replicated = replicates(at_draws, [rng] * len(chosen))
    n_dims = len(design.items) * (len(design.items) + 1) // 2
    n_sampled = min(max(_LEAST_SAMPLED, 4 * n_dims), _MOST_SAMPLED)
    sampled = replicates(at_mean.repeated(n_sampled), [rng] * n_sampled)
    some = _replicable(fit, chosen[:: max(1, len(chosen) // _MOVED)])
    moved = _moved(replicates, some, rng)
    levels = {WITHIN: 0, BETWEEN: 1} if two else {RESPONDENTS: 0}
    found = {}
    for name, at in levels.items():
        figures = _Figures(
            *(
                _told(values[at], diagonal=name == BETWEEN)
                for values in (observed, replicated, sampled, moved)
            )
        )
        pairs = np.triu_indices(len(design.items), 1)
        residual = _correlations(observed[at])[pairs] - _correlations(replicated[at])[:, *pairs]
        found[name] = LevelFit(residual, figures.p_value(n_free[name]))
    return found


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is compared: of the answers, of replicates at draws, at the mean, and as drawn alike."""

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


def _moved(
    replicates: Callable[["_Replicable", list[np.random.Generator]], list[FloatArray]],
    some: "_Replicable",
    rng: np.random.Generator,
) -> list[FloatArray]:
    """Replicate at several draws from the same random numbers, and average over a few such sets."""
    sets = [
        replicates(some, [np.random.default_rng(seed) for _ in range(len(some))])
        for seed in rng.integers(2**32, size=_SETS)
    ]
    return [np.mean([made[level] for made in sets], axis=0) for level in (0, 1)]


def _told(covariance: FloatArray, *, diagonal: bool) -> FloatArray:
    """
    Take the figures compared from covariances, (..., n_items, n_items).

    Between teams the share of each item's variance counts too: an item that teams answer alike
    for a reason of its own shows there. Within teams it is what that leaves, and says nothing.
    """
    first, second = np.triu_indices(covariance.shape[-1], 1)
    pairs = _correlations(covariance)[..., first, second]
    if not diagonal:
        return pairs
    # How large all shares are together is a parameter; how they differ is the model's claim.
    share = np.einsum("...jj->...j", covariance)
    return np.concatenate([pairs, share - share.mean(axis=-1, keepdims=True)], axis=-1)


def _correlations(covariance: FloatArray) -> FloatArray:
    sd = np.sqrt(np.maximum(np.einsum("...jj->...j", covariance), 1e-300))
    return np.asarray(covariance / (sd[..., :, None] * sd[..., None, :]))


def _by_level(values: FloatArray, team: IntArray) -> tuple[FloatArray, FloatArray]:
    """Sum products within and between teams, in units of each item's total spread."""
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


@dataclass(frozen=True, slots=True)
class _Replicable:
    """
    All that answers are replicated from, at some draws.

    Attributes
    ----------
    parameters : ParameterSet
        Loadings, thresholds and factors.
    item_means, residual_sd : ndarray of shape (n, n_items) or None
        Of continuous items, from the lowest answer up.
    logit : bool
        Whether the link is logistic.
    """

    parameters: ParameterSet
    item_means: FloatArray | None
    residual_sd: FloatArray | None
    logit: bool

    def __len__(self) -> int:
        """Give the number of draws."""
        return len(self.parameters.loadings)

    def repeated(self, n: int) -> "_Replicable":
        """Take the first draw so many times."""
        first = np.zeros(n, dtype=np.int64)
        own = self.parameters
        return _Replicable(
            ParameterSet(own.loadings[first], own.thresholds[first], own.correlation[first],
                         own.between[first], own.scale[first]),
            None if self.item_means is None else self.item_means[first],
            None if self.residual_sd is None else self.residual_sd[first],
            self.logit,
        )  # fmt: skip


def _replicable(fit: FactorFit, draws: IntArray | None) -> _Replicable:
    mean = sd = None
    if fit.model.link == "identity":
        posterior = fit.draws["posterior"]
        mean, sd = (
            posterior[name].to_numpy().reshape(-1, len(fit.design.items))
            for name in ("item_means", "residual_sd")
        )
        mean = mean - fit.design.minimum
        mean, sd = (
            each.mean(axis=0, keepdims=True) if draws is None else each[draws]
            for each in (mean, sd)
        )
    return _Replicable(parameters_of(fit, draws), mean, sd, fit.model.link == "logit")


def _replicate(
    values: _Replicable, place: int, design: FactorDesign, rng: np.random.Generator
) -> FloatArray:
    """Draw answers of new respondents in new teams, (n_respondents, n_items), from 0 up."""
    found = values.parameters
    n, n_factors = len(design.categories), design.n_factors
    factors = rng.standard_normal((n, n_factors)) @ _root(found.correlation[place]).T
    own = rng.standard_normal((len(design.teams), n_factors)) @ _root(found.between[place]).T
    predictor = (factors + own[design.team]) @ found.loadings[place].T
    if values.logit:
        noise = rng.logistic(size=predictor.shape) / LOGIT_SCALE
    else:
        noise = rng.standard_normal(predictor.shape)
    behind = predictor + noise
    if values.item_means is not None and values.residual_sd is not None:
        return np.asarray(values.item_means[place] + values.residual_sd[place] * behind)
    return np.asarray((behind[:, :, None] > found.thresholds[place]).sum(axis=2).astype(float))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
