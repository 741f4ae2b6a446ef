"""Draws from the priors of a count model, in numpy: what the model says before it sees counts."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from learnclimate.counts.composition import LATENT_SD, THRESHOLD_SD, level_counts
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, shape_variable
from learnclimate.counts.prediction import level_slices, slope_curves
from learnclimate.counts.prior_choice import ResolvedPriors, ScalarPrior
from learnclimate.counts.priors import StudentT

FloatArray = npt.NDArray[np.float64]


def prior_draws(
    family: Family,
    design: CountDesign,
    priors: ResolvedPriors,
    n_draws: int,
    rng: np.random.Generator,
    *,
    shares: Sequence[FloatArray] | None = None,
) -> dict[str, FloatArray]:
    """
    Draw every posterior variable from the priors.

    Parameters
    ----------
    family : Family
        Tells whether there is a dispersion.
    design : CountDesign
        Tells the coordinates, teams and means of the covariates; its counts are not read.
    priors : ResolvedPriors
        A prior for every coordinate.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Random numbers.
    shares : sequence of ndarray of shape (n_draws, n_teams, n_levels), optional
        What `latent_shares` gave, where the design's answers were drawn from it; drawn anew
        where left out.

    Returns
    -------
    dict of str to ndarray of shape (n_draws, ...)
        The variables of `learnclimate.core.labels.POSTERIOR_DIMS` that the model has.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> model, survey = CountModel(), load_example()
    >>> design, priors = model.design(survey), model.resolved_priors(survey)
    >>> drawn = prior_draws(model.family, design, priors, 10, np.random.default_rng(1))
    >>> drawn["team_effects"].shape
    (10, 60, 2)
    """
    coding = design.coding
    effects = _each(priors.covariates, n_draws, rng)
    centre = priors.intercept.sample(rng, n_draws)
    drawn = {"intercept": centre - effects @ design.covariate_means}
    if coding.frequencies:
        drawn |= _frequencies(design, priors, priors.frequency, n_draws, rng)
    if coding.covariate_labels:
        drawn["covariate_effects"] = effects
    if coding.team_effects:
        drawn |= _teams(design, priors, n_draws, rng)
    if coding.slope_shifts:
        drawn["slope_shifts"] = _each(priors.slope_shifts, n_draws, rng)
    if coding.composition:
        drawn["composition_effects"] = _each(priors.composition, n_draws, rng)
        if coding.latent_composition:
            shares = latent_shares(design, n_draws, rng) if shares is None else shares
            drawn["team_composition"] = _latent_means(design, drawn, shares)
            drawn["team_level_probability"] = np.concatenate(shares, axis=2)
    if coding.department_effects:
        drawn |= _departments(design, priors, n_draws, rng)
    shape = shape_variable(family)
    if shape is not None:
        drawn[shape] = positive_draws(priors.dispersion, n_draws, rng)
    return drawn | _zero_part(design, priors, n_draws, rng)


def positive_draws(prior: ScalarPrior, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """
    Draw from a prior of a positive quantity, cut off at 0 where it reaches below.

    Parameters
    ----------
    prior : prior
        The prior.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws,)
        Values above 0.

    Examples
    --------
    >>> bool((positive_draws(StudentT(3, -1, 2), 100, np.random.default_rng(1)) > 0).all())
    True
    """
    if prior.support != "real":
        return prior.sample(rng, n_draws)
    from scipy import stats

    # Through the upper tail, which keeps its digits however far below 0 the prior lies.
    if isinstance(prior, StudentT):
        whole = stats.t(prior.df, prior.mean, prior.sd)
    else:
        whole = stats.norm(prior.mean, prior.sd)  # type: ignore[union-attr]
    return np.asarray(whole.isf(rng.uniform(size=n_draws) * whole.sf(0.0)), dtype=float)


def latent_shares(design: CountDesign, n_draws: int, rng: np.random.Generator) -> list[FloatArray]:
    """
    Draw how probable each level of each frequency is in each team, where that is modelled.

    Parameters
    ----------
    design : CountDesign
        Tells teams and levels; its answers are not read.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    list of ndarray of shape (n_draws, n_teams, n_levels)
        One a frequency; a team's shares add up to 1.

    Examples
    --------
    >>> import learnclimate as lc
    >>> design = lc.CountModel(between="latent").design(lc.load_example())
    >>> latent_shares(design, 10, np.random.default_rng(1))[0].shape
    (10, 60, 5)
    """
    found = []
    for frequency in design.coding.frequencies:
        thresholds = THRESHOLD_SD * rng.standard_normal((n_draws, len(frequency.levels) - 1))
        spread = LATENT_SD * np.abs(rng.standard_normal((n_draws, 1)))
        latent = spread * rng.standard_normal((n_draws, design.n_teams))
        ordered = np.sort(thresholds, axis=1)
        above = 1 / (1 + np.exp(ordered[:, None, :] - latent[:, :, None]))
        ends = np.pad(above, ((0, 0), (0, 0), (1, 0)), constant_values=1.0)
        found.append(ends - np.pad(above, ((0, 0), (0, 0), (0, 1))))
    return found


def correlation_factors(
    size: int, eta: float, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """
    Draw Cholesky factors of correlation matrices from an LKJ prior.

    Parameters
    ----------
    size : int
        Rows of a matrix.
    eta : float
        Shape of the prior.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, size, size)
        Lower triangular; each row has length 1.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.
    """
    factor = np.zeros((n_draws, size, size))
    factor[:, 0, 0] = 1.0
    for row in range(1, size):
        left = np.ones(n_draws)
        for column in range(row):
            b = eta + (size - 2 - column) / 2
            partial = 2 * rng.beta(b, b, n_draws) - 1
            factor[:, row, column] = partial * np.sqrt(left)
            left = left * (1 - partial**2)
        factor[:, row, row] = np.sqrt(left)
    return factor


def _each(priors: Sequence[ScalarPrior], n_draws: int, rng: np.random.Generator) -> FloatArray:
    columns = [prior.sample(rng, n_draws) for prior in priors]
    return np.column_stack(columns) if columns else np.empty((n_draws, 0))


def _zero_part(
    design: CountDesign, priors: ResolvedPriors, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    coding, zero = design.coding.zero, priors.zero
    if coding is None or zero is None:
        return {}
    effects = _each(zero.covariates, n_draws, rng)
    centre = zero.intercept.sample(rng, n_draws)
    drawn = {
        "zero_probability": 1 / (1 + np.exp(-centre)),
        "zero_intercept": centre - effects @ design.zero_covariate_means,
    }
    if coding.frequency:
        found = _frequencies(design, priors, zero.frequency, n_draws, rng)
        drawn |= {f"zero_{name}": values for name, values in found.items()}
    if coding.covariates:
        drawn["zero_covariate_effects"] = effects
    if coding.team_intercept:
        drawn["zero_team_sd"] = positive_draws(zero.team_sd, n_draws, rng)
        standard = rng.standard_normal((n_draws, design.n_teams))
        drawn["zero_team_effects"] = standard * drawn["zero_team_sd"][:, None]
    return drawn


def _frequencies(
    design: CountDesign,
    priors: ResolvedPriors,
    of_effects: Sequence[ScalarPrior],
    n_draws: int,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    frequencies = design.coding.frequencies
    shapes = np.zeros((n_draws, len(frequencies), max(f.n_steps for f in frequencies)))
    curves = []
    for position, frequency in enumerate(frequencies):
        n_steps, prior = frequency.n_steps, of_effects[position]
        steps = np.full((n_draws, n_steps), 1 / n_steps)
        if frequency.kind == "monotonic" and n_steps > 1:
            steps = priors.frequency_shape[position].sample(rng, n_steps, n_draws)
        shapes[:, position, :n_steps] = steps
        if frequency.kind == "unordered":
            above = prior.sample(rng, (n_draws, n_steps))
        else:
            above = prior.sample(rng, n_draws)[:, None] * np.cumsum(steps, axis=1)
        curves.append(np.pad(above, ((0, 0), (1, 0))))
    drawn = {
        "frequency_effect": np.column_stack([curve[:, -1] for curve in curves]),
        "frequency_curve": np.concatenate(curves, axis=1),
    }
    if any(frequency.kind == "monotonic" for frequency in frequencies):
        drawn["frequency_shape"] = shapes
    return drawn


def _teams(
    design: CountDesign, priors: ResolvedPriors, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    drawn = _varying(priors.team_sd, priors.team_correlation.eta, (n_draws, design.n_teams), rng)
    return {f"team_{name}": values for name, values in drawn.items()}


def _latent_means(
    design: CountDesign, drawn: Mapping[str, FloatArray], shares: Sequence[FloatArray]
) -> FloatArray:
    """Mean of the curve in each team less that of all who answered, by frequency."""
    curves = slope_curves(design.coding, drawn.get("frequency_shape"), len(shares[0]))
    means = []
    for position, where in enumerate(level_slices(design.coding)):
        counts = level_counts(design, position)
        overall = curves[:, where] @ (counts.sum(axis=0) / counts.sum())
        own = np.einsum("njl,nl->nj", shares[position], curves[:, where])
        means.append(own - overall[:, None])
    return np.stack(means, axis=2)


def _departments(
    design: CountDesign, priors: ResolvedPriors, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    shape = (n_draws, len(design.department_names))
    drawn = _varying(priors.department_sd, priors.department_correlation.eta, shape, rng)
    return {f"department_{name}": values for name, values in drawn.items()}


def _varying(
    sds: Sequence[ScalarPrior], eta: float, shape: tuple[int, int], rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw standard deviations, effects of every group, and correlations where there are any."""
    n_draws, n_groups = shape
    sd = np.column_stack([positive_draws(prior, n_draws, rng) for prior in sds])
    factor = correlation_factors(len(sds), eta, n_draws, rng)
    standard = rng.standard_normal((n_draws, n_groups, len(sds)))
    drawn = {"sd": sd, "effects": standard @ factor.transpose(0, 2, 1) * sd[:, None, :]}
    if len(sds) > 1:
        drawn["correlation"] = factor @ factor.transpose(0, 2, 1)
    return drawn
