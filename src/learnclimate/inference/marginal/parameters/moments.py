"""Moment estimates of a count model, cheap and rough: where the search for the mode begins."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.design import CountDesign
from learnclimate.counts.frequency import equal_steps_curve

FloatArray = npt.NDArray[np.float64]

_SWEEPS = 3
#: Weight of the overall rate in that of a level, in respondents.
_PSEUDO = 2.0
#: Share that every step of a monotone curve is given beyond its own.
_LEAST_STEP = 0.05
_LEAST_SD = 0.1
_MOST_SD = 2.0
_MOST_CORRELATION = 0.8
_DISPERSIONS = (0.05, 100.0)


@dataclass(frozen=True, slots=True)
class Moments:
    """
    Moment estimates.

    Attributes
    ----------
    intercept : float
        Log rate at the lowest levels in an average team.
    curves : tuple of ndarray, one a frequency
        Log rate ratio of each level against the lowest.
    shapes : tuple of ndarray, one a frequency
        Curve from 0 to 1 over the levels, never falling.
    team_sd : ndarray of shape (d,)
        Standard deviations of the team effects.
    team_correlation : ndarray of shape (d, d)
        Their correlations.
    dispersion : float
        α of a negative binomial.
    """

    intercept: float
    curves: tuple[FloatArray, ...]
    shapes: tuple[FloatArray, ...]
    team_sd: FloatArray
    team_correlation: FloatArray
    dispersion: float

    @property
    def far_apart(self) -> bool:
        """Whether teams differ by more than moments can tell: the estimates were cut."""
        return bool(np.square(self.team_sd).sum() >= _MOST_SD**2)


def moments_of(design: CountDesign) -> Moments:
    """
    Estimate by moments, leaving covariates out.

    Rates of the levels come from iterative proportional fitting. With residuals r, means μ
    and multipliers z, the products r_i r_k of two respondents of a team have expectation
    μ_i μ_k z_i' Σ z_k whatever the dispersion, which is linear in the covariance Σ of the
    team effects.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    Moments
        The estimates, kept away from boundaries.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.simulation import simulate_survey
    >>> design = CountModel().design(simulate_survey(n_teams=200, seed=1))
    >>> found = moments_of(design)
    >>> [round(float(sd), 1) for sd in found.team_sd], round(float(found.curves[0][-1]), 1)
    ([0.3, 0.3], 1.4)
    """
    expected, intercept, curves = _level_rates(design)
    shapes = tuple(
        equal_steps_curve(len(frequency.levels))
        if frequency.kind != "monotonic"
        else _rising(curve)
        for frequency, curve in zip(design.coding.frequencies, curves, strict=True)
    )
    slopes = _multipliers(design, shapes)
    covariance = _team_covariance(design, expected, slopes)
    sd = np.sqrt(np.diag(covariance))
    correlation = np.clip(covariance / np.outer(sd, sd), -_MOST_CORRELATION, _MOST_CORRELATION)
    np.fill_diagonal(correlation, 1.0)
    between = np.einsum("ni,ij,nj->n", slopes, covariance, slopes)
    if INTERCEPT in design.coding.team_effects:
        # The mean over the teams lies above the average team's.
        intercept -= 0.5 * float(sd[design.coding.team_effects.index(INTERCEPT)]) ** 2
    return Moments(
        intercept, curves, shapes, sd, correlation, _dispersion(design, expected, between)
    )


def some_teams(design: CountDesign, most: int) -> CountDesign:
    """
    Keep the rows of some teams, chosen at random but always the same ones.

    Parameters
    ----------
    design : CountDesign
        The data.
    most : int
        How many teams to keep at most.

    Returns
    -------
    CountDesign
        The design itself where it has no more teams.
    """
    if design.n_teams <= most:
        return design
    chosen = np.sort(np.random.default_rng(0).choice(design.n_teams, most, replace=False))
    return design.of_teams(chosen)


def _level_rates(design: CountDesign) -> tuple[FloatArray, float, tuple[FloatArray, ...]]:
    """Fit the expected count of every row: with it, the log rate and the levels' log ratios."""
    times = design.multiplicity
    exposure = np.exp(design.log_exposure)
    activities = times * design.outcome
    rate = max(activities.sum(), 0.5) / (times @ exposure)
    per_person = rate * (times @ exposure) / times.sum()
    expected = exposure * rate
    sizes = [len(frequency.levels) for frequency in design.coding.frequencies]
    logs = [np.zeros(size) for size in sizes]
    for _ in range(_SWEEPS if len(logs) > 1 else 1):
        for f, size in enumerate(sizes):
            level = design.frequency_level[:, f]
            seen = np.bincount(level, activities, minlength=size)
            due = np.bincount(level, times * expected, minlength=size)
            step = np.log((seen + _PSEUDO * per_person) / (due + _PSEUDO * per_person))
            logs[f] += step
            expected = expected * np.exp(step[level])
    intercept = float(np.log(rate) + sum(log[0] for log in logs))
    return expected, intercept, tuple(log - log[0] for log in logs)


def _rising(curve: FloatArray) -> FloatArray:
    """Turn log ratios into a curve from 0 to 1 that rises at every level."""
    steps = np.maximum(np.diff(curve) * np.sign(curve[-1]), 0.0)
    shares = (steps + _LEAST_STEP) / (steps + _LEAST_STEP).sum()
    return np.concatenate([[0.0], np.cumsum(shares)[:-1], [1.0]])


def _multipliers(design: CountDesign, shapes: tuple[FloatArray, ...]) -> FloatArray:
    """Look up what each team effect is multiplied by in each row, shape (n_rows, d)."""
    names = design.coding.frequency_names
    columns = [np.empty((design.n_rows, 0))]
    for effect in design.coding.team_effects:
        if effect == INTERCEPT:
            columns.append(np.ones((design.n_rows, 1)))
        else:
            f = names.index(effect)
            columns.append(shapes[f][design.frequency_level[:, f], None])
    return np.hstack(columns)


def _team_covariance(design: CountDesign, expected: FloatArray, slopes: FloatArray) -> FloatArray:
    """Solve for Σ from products of residuals of teammates."""
    d = slopes.shape[1]
    if d == 0:
        return np.empty((0, 0))
    times, residual = design.multiplicity, design.outcome - expected
    pairs = [(i, j) for i in range(d) for j in range(d)]

    def by_team(values: FloatArray) -> FloatArray:
        return np.bincount(design.team, times * values, minlength=design.n_teams)

    moment = np.array([by_team(residual * slopes[:, i]) for i in range(d)])
    weight = np.array([by_team(expected * slopes[:, i] * slopes[:, j]) for i, j in pairs])
    own = np.array([(times * residual**2) @ (slopes[:, i] * slopes[:, j]) for i, j in pairs])
    products = np.array([moment[i] @ moment[j] for i, j in pairs]) - own
    outer = slopes[:, :, None] * slopes[:, None, :]
    flat = outer.reshape(len(outer), -1)
    # vec(M Σ M) = (M ⊗ M) vec Σ, less what each respondent would give with himself
    matrix = weight.reshape(d, d, -1)
    system = np.einsum("ikt,jlt->ijkl", matrix, matrix).reshape(d * d, d * d)
    system -= (flat * (times * expected**2)[:, None]).T @ flat
    found = np.linalg.lstsq(system, products, rcond=1e-6)[0]
    covariance = found.reshape(d, d)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    inside = (vectors * np.clip(values, _LEAST_SD**2, _MOST_SD**2)) @ vectors.T
    return np.asarray(inside)


def _dispersion(design: CountDesign, expected: FloatArray, between: FloatArray) -> float:
    """Solve for α what the variance has beyond Poisson counts and differences between teams."""
    times = design.multiplicity
    excess = times @ ((design.outcome - expected) ** 2 - expected - between * expected**2)
    inverse = excess / (times @ expected**2)
    return float(np.clip(1 / max(float(inverse), 1e-6), *_DISPERSIONS))
