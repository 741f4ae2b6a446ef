"""Reliability as a function of the items' covariances: estimates, intervals, posterior draws."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from learnclimate.measurement.coefficients import (
    ITEMS_FOR_GROUPS,
    bifactor_omegas,
    coefficients_for,
    evaluated,
    lambda_two,
)
from learnclimate.measurement.covariance_draws import delta_errors, posterior_covariances
from learnclimate.measurement.resampling import (
    MOST_FOR_WHOLE_DRAWS,
    bayesian_bootstrap_weights,
    first_order_share_draws,
    jackknife_error,
    jackknife_weights,
)
from learnclimate.measurement.rows import Sampling

FloatArray = npt.NDArray[np.float64]

#: Covariance matrices worked on at once hold this many numbers.
_BLOCK = 2_000_000
#: Coefficients that take long of many items.
_COSTLY = ("omega_hierarchical", "omega_total_bifactor", "greatest_lower_bound")
#: Where a uniqueness reaches 0 or groups change places, these have kinks: no derivative and no
#: item or respondent left out tells how far they scatter.
_KINKED = ("omega_hierarchical", "omega_total_bifactor")
_BOOTSTRAPS = 200
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    A coefficient, its interval by classical means, and its posterior draws.

    Attributes
    ----------
    value, error : float
        Estimate and standard error.
    bounds : tuple of float
        Ends of the classical interval.
    draws : ndarray of shape (n_draws,)
        Posterior draws.
    n_respondents : int or None
        What it rests on.
    below : ndarray of shape (n_draws,), optional
        Posterior draws of a coefficient that is never above this one, where its own are too high.
    """

    value: float
    error: float
    bounds: tuple[float, float]
    draws: FloatArray
    n_respondents: int | None
    below: FloatArray | None = None


def of_covariances(
    complete: FloatArray, options: Sampling, asked: int | None = None
) -> dict[str, Estimate]:
    """
    Estimate the coefficients that are functions of the items' covariances.

    Parameters
    ----------
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.
    options : Sampling
        Draws, seed and interval.
    asked : int, optional
        How many to count in Feldt's interval, where it may not tell how many answered.

    Returns
    -------
    dict of str to Estimate
        By estimand.
    """
    n_respondents, n_items = complete.shape
    values = evaluated(np.atleast_2d(np.cov(complete.T))[None])
    errors, posterior = _errors_and_draws(complete, values, options)
    found = {}
    for name, draws in posterior.items():
        value, error = float(values[name][0]), errors[name]
        bounds = (
            feldt_interval(value, asked or n_respondents, n_items, options.interval)
            if name == "alpha"
            else share_interval(value, error, options.interval)
        )
        found[name] = Estimate(value, error, bounds, draws, n_respondents)
    found["greatest_lower_bound"] = with_safe_interval(
        found["greatest_lower_bound"], complete, options
    )
    return found


def with_safe_interval(bound: Estimate, complete: FloatArray, options: Sampling) -> Estimate:
    """
    Give the greatest lower bound an interval that covers it at least as often as it says.

    Of a sample the bound is too high, since it finds the errors of the items that chance makes
    least, and resampling or a posterior tell too little of by how much. So the lower end is that of
    a bound which has no such bias and is never above it (Guttman's second), the upper its own.

    Parameters
    ----------
    bound : Estimate
        The greatest lower bound.
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.
    options : Sampling
        Draws, seed and interval.

    Returns
    -------
    Estimate
        The same estimate.
    """
    value = float(lambda_two(np.atleast_2d(np.cov(complete.T))[None])[0])
    error = lambda_two_error(complete)
    lower = share_interval(value, error, options.interval)[0]
    if not 0 < value < 1:
        # Items that go against each other: the bound may be as small as there is.
        lower = 0.0
    sampled = posterior_covariances(complete, options.draws, options.generator())
    smooth = np.clip(in_blocks(lambda_two)(sampled), 0.0, 1.0)
    return replace(bound, bounds=(lower, bound.bounds[1]), below=smooth)


def lambda_two_error(complete: FloatArray) -> float:
    """
    Give the standard error of Guttman's second lower bound, whatever the distribution.

    Parameters
    ----------
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.

    Returns
    -------
    float
        As `delta_errors` gives it, in closed form: of many items its differences take long.
    """
    n_items = complete.shape[1]
    covariance = np.atleast_2d(np.cov(complete.T))
    away = 1 - np.eye(n_items)
    root = np.sqrt(max(float((away * covariance**2).sum()), _TINY))
    slopes = away * (1 + np.sqrt(n_items / (n_items - 1)) * covariance / root)
    slopes = (slopes - lambda_two(covariance[None])[0]) / covariance.sum()
    deviations = complete - complete.mean(axis=0)
    influence = ((deviations @ slopes) * deviations).sum(axis=1)
    return float(influence.std(ddof=1) / np.sqrt(len(complete)))


def _errors_and_draws(
    complete: FloatArray, values: dict[str, FloatArray], options: Sampling
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """Give distribution-free errors, and draws: of many items, the costly ones to first order."""
    n_items = complete.shape[1]
    sampled = posterior_covariances(complete, options.draws, options.generator())
    if n_items <= MOST_FOR_WHOLE_DRAWS:
        # The delta method takes as many matrices as there are pairs of items, twice.
        errors = {
            name: delta_errors(complete, in_blocks(coefficient))
            for name, coefficient in coefficients_for(n_items).items()
            if name not in _KINKED
        }
        return errors | _bootstrap_errors(complete, options), _evaluated_in_blocks(sampled)
    without = _evaluated_in_blocks(_covariances_without(complete, options))
    errors = {name: jackknife_error(replicates) for name, replicates in without.items()}
    errors |= _bootstrap_errors(complete, options)
    posterior = {}
    for name, coefficient in coefficients_for(n_items).items():
        if name in _KINKED:
            value = float(values[name][0])
            noise = options.generator().standard_normal(options.draws)
            reach = errors[name] / max(value * (1 - value), _TINY)
            posterior[name] = special.expit(special.logit(value) + reach * noise)
        elif name in _COSTLY:
            value = float(values[name][0])
            posterior[name] = first_order_share_draws(
                value, without[name], options.draws, options.generator()
            )
        else:
            posterior[name] = in_blocks(coefficient)(sampled)
    return errors, posterior


def _bootstrap_errors(complete: FloatArray, options: Sampling) -> dict[str, float]:
    """Give the spread of coefficients with kinks when respondents are weighed anew."""
    if complete.shape[1] < ITEMS_FOR_GROUPS:
        return {}
    weights = bayesian_bootstrap_weights(options.generator(), _BOOTSTRAPS, len(complete))
    weights = weights / weights.sum(axis=1, keepdims=True)
    means = weights @ complete
    squares = np.stack([(own[:, None] * complete).T @ complete for own in weights])
    covariances = squares - means[:, :, None] * means[:, None, :]
    found = zip(_KINKED, bifactor_omegas(covariances), strict=True)
    return {name: float(values.std(ddof=1)) for name, values in found}


def _covariances_without(complete: FloatArray, options: Sampling) -> FloatArray:
    """Covariances with each group of respondents left out, (n_groups, n_items, n_items)."""
    groups = jackknife_weights(options.generator(), len(complete)) == 0
    centred = complete - complete.mean(axis=0)
    products = centred.T @ centred
    found = np.empty((len(groups), *products.shape))
    for place, group in enumerate(groups):
        own = centred[group]
        n = len(complete) - len(own)
        # The others' mean is off by what the group takes away.
        mean = -own.sum(axis=0) / n
        found[place] = (products - own.T @ own - n * np.outer(mean, mean)) / (n - 1)
    return found


def feldt_interval(
    value: float, n_respondents: int, n_items: int, interval: float
) -> tuple[float, float]:
    """
    Feldt's confidence interval of coefficient alpha.

    Parameters
    ----------
    value : float
        The estimate.
    n_respondents, n_items : int
        What it rests on.
    interval : float
        Its probability.

    Returns
    -------
    lower, upper : float
        Its ends.

    References
    ----------
    Feldt (1965), Psychometrika 30, 357-370, doi 10.1007/BF02289499.

    Examples
    --------
    >>> lower, upper = feldt_interval(0.8, 100, 5, 0.95)
    >>> round(lower, 3), round(upper, 3)
    (0.731, 0.856)
    """
    first = n_respondents - 1
    ratio = stats.f(first, first * (n_items - 1))
    tail = (1 - interval) / 2
    return (
        float(1 - (1 - value) * ratio.ppf(1 - tail)),
        float(1 - (1 - value) * ratio.ppf(tail)),
    )


def bounded_interval(
    value: float, error: float, interval: float, degrees: float = np.inf
) -> tuple[float, float]:
    """
    Interval of normal theory for the log of 1 less the coefficient: never above 1.

    Parameters
    ----------
    value, error : float
        Estimate and standard error.
    interval : float
        Its probability.
    degrees : float
        Degrees of freedom of the error.

    Returns
    -------
    lower, upper : float
        Its ends; not numbers where the estimate is not below 1.
    """
    if not value < 1:
        return np.nan, np.nan
    # Far out the ends say nothing any more, and must not overflow.
    reach = min(stats.t.ppf(0.5 + interval / 2, degrees) * error / (1 - value), 50.0)
    return float(1 - (1 - value) * np.exp(reach)), float(1 - (1 - value) * np.exp(-reach))


def share_interval(
    value: float, error: float, interval: float, degrees: float = np.inf
) -> tuple[float, float]:
    """
    Interval of normal theory for the logit of a coefficient that is a share: from 0 to 1.

    Parameters
    ----------
    value, error : float
        Estimate and standard error.
    interval : float
        Its probability.
    degrees : float
        Degrees of freedom of the error.

    Returns
    -------
    lower, upper : float
        Its ends; not numbers where the estimate is no share between 0 and 1.

    Examples
    --------
    >>> lower, upper = share_interval(0.8, 0.02, 0.95)
    >>> round(lower, 3), round(upper, 3)
    (0.758, 0.836)
    >>> [round(end, 3) for end in share_interval(0.05, 5.0, 0.95)]
    [0.0, 1.0]
    """
    if not 0 < value < 1:
        return np.nan, np.nan
    reach = stats.t.ppf(0.5 + interval / 2, degrees) * error / (value * (1 - value))
    at = special.logit(value)
    return float(special.expit(at - reach)), float(special.expit(at + reach))


def in_blocks(
    coefficient: Callable[[FloatArray], FloatArray],
) -> Callable[[FloatArray], FloatArray]:
    """
    Compute a coefficient of many matrices a block at a time.

    Parameters
    ----------
    coefficient : callable
        From matrices to values.

    Returns
    -------
    callable
        The same, in bounded memory.
    """

    def blocked(matrices: FloatArray) -> FloatArray:
        width = max(1, _BLOCK // matrices.shape[1] ** 2)
        parts = [
            coefficient(matrices[start : start + width]) for start in range(0, len(matrices), width)
        ]
        return np.concatenate(parts)

    return blocked


def _evaluated_in_blocks(matrices: FloatArray) -> dict[str, FloatArray]:
    width = max(1, _BLOCK // matrices.shape[1] ** 2)
    parts = [evaluated(matrices[start : start + width]) for start in range(0, len(matrices), width)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
