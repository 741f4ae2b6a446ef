"""Correlations within and between teams: of the answers, and of answers replicated by a model."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.measurement.factor_design import LOGIT_SCALE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WITHIN, BETWEEN = "within teams", "between teams"


@dataclass(frozen=True, slots=True)
class LevelFit:
    """
    How far the correlations at one level lie from those of replicated answers.

    Attributes
    ----------
    residual : ndarray of shape (n_draws, n_pairs)
        Correlations of the answers less those of answers replicated at each draw.
    p_value : float
        How often replicated answers lie further from what the model expects than the given ones.
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
        ``within teams`` and ``between teams``; a model of one level has the first alone, teams
        left aside.
    """
    design = fit.design
    found = parameters_of(fit, chosen)
    two = fit.model.levels == "team"
    team = design.team if two else np.zeros(len(design.team), dtype=np.int64)
    given = np.where(design.categories >= 0, design.categories.astype(float), np.nan)
    observed = _by_level(given, team)
    # Half of the replicates tell what is expected, and the other half how far chance goes.
    replicated = [
        _by_level(
            np.where(np.isnan(given), np.nan, _replicate(fit, found, (place, draw), rng)), team
        )
        for _ in range(2)
        for place, draw in enumerate(chosen)
    ]
    levels = {WITHIN: 0, BETWEEN: 1} if two else {WITHIN: 0}
    return {
        name: _compared(
            observed[at], np.stack([each[at] for each in replicated]), diagonal=name == BETWEEN
        )
        for name, at in levels.items()
    }


def _compared(observed: FloatArray, replicated: FloatArray, *, diagonal: bool) -> LevelFit:
    """
    Compare covariances (n_items, n_items) with replicated ones (2 * n_draws, n_items, n_items).

    Between teams the share of each item's variance counts too: an item that teams answer alike
    for a reason of its own shows there. Within teams it is what that leaves, and says nothing.
    Distances are in units of the replicates' covariances: what the parameters move together
    counts once, so that a pair that departs alone is seen.
    """
    pairs = np.triu_indices(len(observed), 1)
    own, made = _correlations(observed)[pairs], _correlations(replicated)[:, *pairs]
    told, others = own, made
    if diagonal:
        # How large all shares are together is a parameter; how they differ is the model's claim.
        share = np.einsum("...jj->...j", observed), np.einsum("...jj->...j", replicated)
        told = np.concatenate([own, share[0] - share[0].mean()])
        others = np.concatenate([made, share[1] - share[1].mean(axis=1, keepdims=True)], axis=1)
    half = len(others) // 2
    expected, chance = others[:half], others[half:]
    centre, root = expected.mean(axis=0), _whitening(expected)
    apart = (((chance - centre) @ root) ** 2).sum(axis=1)
    given = (((told - centre) @ root) ** 2).sum()
    return LevelFit(own - made[:half], float((apart >= given).mean()))


def _whitening(values: FloatArray) -> FloatArray:
    """Root of the inverse covariances of values (n, m), drawn to the diagonal where n is small."""
    spread = np.maximum(values.std(axis=0), 1e-12)
    n, m = values.shape
    correlations = np.atleast_2d(np.cov((values / spread).T))
    shrunk = min(1.0, m / n)
    mixed = (1 - shrunk) * correlations + shrunk * np.eye(m)
    sizes, vectors = np.linalg.eigh(mixed)
    return np.asarray(vectors / np.sqrt(np.maximum(sizes, 1e-6)) / spread[:, None])


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


def _replicate(
    fit: FactorFit, found: ParameterSet, at: tuple[int, np.int64], rng: np.random.Generator
) -> FloatArray:
    """Draw answers of new respondents in new teams, (n_respondents, n_items), from 0 up."""
    place, draw = at
    design = fit.design
    n, n_factors = len(design.categories), design.n_factors
    factors = rng.standard_normal((n, n_factors)) @ _root(found.correlation[place]).T
    own = rng.standard_normal((len(design.teams), n_factors)) @ _root(found.between[place]).T
    predictor = (factors + own[design.team]) @ found.loadings[place].T
    if fit.model.link == "logit":
        noise = rng.logistic(size=predictor.shape) / LOGIT_SCALE
    else:
        noise = rng.standard_normal(predictor.shape)
    behind = predictor + noise
    if fit.model.link == "identity":
        posterior = fit.draws["posterior"]
        mean, sd = (
            posterior[name].to_numpy().reshape(-1, len(design.items))[draw]
            for name in ("item_means", "residual_sd")
        )
        return np.asarray(mean - design.minimum + sd * behind)
    return np.asarray((behind[:, :, None] > found.thresholds[place]).sum(axis=2).astype(float))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
