"""Expected and predicted counts of the study at every draw, from their moments at a few."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.counts.prediction import draw_counts
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.teams.summaries import StudyMoments
from learnclimate.inference.marginal.teams.team_effects import draw_one_team_each

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NEGLIGIBLE = 1e-9
_TINY = 1e-300
_POINTS_A_FEATURE = 3


@dataclass(frozen=True, slots=True)
class StudyExpectation:
    """
    Expected counts of the study at every draw.

    Attributes
    ----------
    log_mean : ndarray of shape (S, 1 + n_levels)
        Log of the mean over the team effects given psi.
    covariance : ndarray of shape (1 + n_levels, 1 + n_levels)
        Covariance of the log over the team effects given psi, at a typical psi.
    unexplained : float
        Largest sd of what interpolation between the draws misses, as a share of the
        posterior sd; 0 where nothing was interpolated.
    """

    log_mean: FloatArray
    covariance: FloatArray
    unexplained: float


def interpolated(psi: FloatArray, chosen: IntArray, study: StudyMoments) -> StudyExpectation:
    """
    Carry the study's expected counts from some draws over to all, by regression on psi.

    The regression is linear, and quadratic where there are enough draws for it.

    Parameters
    ----------
    psi : ndarray of shape (S, m)
        All draws.
    chosen : ndarray of shape (n_chosen,)
        Those at which the moments are known; more than psi has free directions.
    study : StudyMoments
        The moments there.

    Returns
    -------
    StudyExpectation
        At all draws; exact at those chosen where they are all.
    """
    mean = np.maximum(study.mean, _TINY)
    covariance = np.log1p(study.covariance / (mean[:, :, None] * mean[:, None, :])).mean(axis=0)
    known = np.log(mean)
    if len(np.unique(chosen)) == len(psi):
        log_mean = np.empty((len(psi), mean.shape[1]))
        log_mean[chosen] = known
        return StudyExpectation(log_mean, covariance, 0.0)
    features = _features(psi)
    rows, columns = np.triu_indices(features.shape[1])
    if len(chosen) >= _POINTS_A_FEATURE * len(rows):
        # The first feature is constant, so that these hold the linear ones too.
        features = features[:, rows] * features[:, columns]
    coefficients, *_ = np.linalg.lstsq(features[chosen], known, rcond=None)
    missed = known - features[chosen] @ coefficients
    freedom = max(len(chosen) - features.shape[1], 1)
    log_mean = features @ coefficients
    spread = np.sqrt(log_mean.var(axis=0) + np.diagonal(covariance))
    unexplained = np.sqrt((missed**2).sum(axis=0) / freedom) / np.maximum(spread, _TINY)
    return StudyExpectation(log_mean, covariance, float(unexplained.max()))


def free_directions(psi: FloatArray) -> int:
    """
    Count the directions in which draws of psi vary.

    Parameters
    ----------
    psi : ndarray of shape (S, m)
        Draws.

    Returns
    -------
    int
        At most the number of outer parameters, but for curvature of the map to psi.
    """
    return _features(psi).shape[1] - 1


def _features(psi: FloatArray) -> FloatArray:
    """Scaled principal directions of the draws, after a constant."""
    centred = psi - psi.mean(axis=0)
    spread = centred.std(axis=0)
    varies = spread > _NEGLIGIBLE * (1 + np.abs(psi).max(axis=0))
    scaled = centred[:, varies] / spread[varies]
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(psi))
    kept = values > _NEGLIGIBLE
    directions = scaled @ (vectors[:, kept] / np.sqrt(values[kept]))
    return np.column_stack([np.ones(len(psi)), directions])


def study_answers(
    likelihood: TeamLikelihood,
    psi: FloatArray,
    expectation: StudyExpectation,
    *,
    seed: int,
) -> dict[str, FloatArray]:
    """
    Answers standardised over the respondents, without the draws of all team effects.

    Given psi the teams are independent, so that the sum over very many of them is
    normal: expected counts are drawn from their exact mean and covariance given psi, on
    the log scale. Predicted counts are of one respondent drawn at random, with a draw of
    the effects of that respondent's team.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Draws.
    expectation : StudyExpectation
        Expected counts at these draws.
    seed : int
        Seed.

    Returns
    -------
    dict of str to ndarray of shape (S[, n_levels])
        As `learnclimate.inference.standardised.standardised_answers` names them.
    """
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(expectation.covariance)
    standard = rng.standard_normal((len(psi), len(values)))
    noise = (standard * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    expected = np.exp(expectation.log_mean + noise - 0.5 * np.diagonal(expectation.covariance))
    answers = {"expected_count_observed": expected[:, -1]}
    counts, observed = _of_one(likelihood, psi, rng, seed)
    answers["predicted_count_observed"] = observed
    if likelihood.layout.n_levels:
        answers["expected_count"] = expected[:, :-1]
        answers["predicted_count"] = counts
    return answers


def _of_one(
    likelihood: TeamLikelihood, psi: FloatArray, rng: np.random.Generator, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Draw the count of one respondent a draw, at every level and at those answered."""
    design, layout = likelihood.design, likelihood.layout
    share = np.cumsum(design.multiplicity * design.weight)
    row = np.searchsorted(share, rng.random(len(psi)) * share[-1]).clip(max=len(share) - 1)
    effects = draw_one_team_each(likelihood, psi, design.team[row], seed=seed)
    covariates = design.covariates[row] - design.covariate_means
    base = psi[:, layout.intercept] + design.log_exposure[row]
    base += np.einsum("sk,sk->s", psi[:, layout.coefficients], covariates)
    start = np.cumsum([0, *layout.n_levels])
    answered = design.frequency_level[row] + start[:-1]
    columns = [_log_rate(likelihood, psi, answered, effects)]
    for f in range(len(layout.n_levels)):
        for level in range(start[f], start[f + 1]):
            asked = answered.copy()
            asked[:, f] = level
            columns.append(_log_rate(likelihood, psi, asked, effects))
    expected = np.exp(base[:, None] + np.stack(columns, axis=1))
    dispersion = np.exp(psi[:, layout.log_dispersion])[:, 0] if layout.has_dispersion else None
    counts = draw_counts(rng, expected, dispersion).astype(float)
    return counts[:, 1:], counts[:, 0]


def _log_rate(
    likelihood: TeamLikelihood, psi: FloatArray, levels: IntArray, effects: FloatArray
) -> FloatArray:
    """Add up what levels and team add to the log rate of one respondent a draw, shape (S,)."""
    layout, own = likelihood.layout, np.arange(len(psi))[:, None]
    found = psi[:, layout.level_effects][own, levels].sum(axis=1)
    curves = psi[:, layout.slope_curves][own, levels]
    for k, frequency in enumerate(likelihood.compressed.groups.slope):
        found += effects[:, k] * (curves[:, frequency] if frequency >= 0 else 1.0)
    return np.asarray(found)
