"""Kernels that draw and weigh respondents' factors given the parameters of a factor model."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import cdf, density, factor_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


_TINY = 1e-280
_NEWTON = 12


class Measure(NamedTuple):
    """
    What the items tell of the factors, for compiled code.

    Attributes
    ----------
    loadings : ndarray of shape (n_items, n_factors)
        In residual standard deviations, on the scale of a probit.
    thresholds : ndarray of shape (n_items, most cuts)
        In residual standard deviations; not a number beyond an item's last.
    n_cuts : ndarray of shape (n_items,), int
        Thresholds of each item; 0 for continuous items.
    logit : bool
        Whether the link is logistic.
    precision : ndarray of shape (n_factors, n_factors)
        Inverse of the factors' correlations.
    """

    loadings: FloatArray
    thresholds: FloatArray
    n_cuts: IntArray
    logit: bool
    precision: FloatArray


@factor_kernel
def _item(
    value: float, predictor: float, cuts: FloatArray, n_cuts: int, logit: bool
) -> tuple[float, float, float]:
    """Log probability of an answer, its slope by the predictor, and minus its curvature."""
    if n_cuts == 0:
        apart = value - predictor
        return -0.5 * apart * apart, apart, 1.0
    k = int(value)
    high, f_high, d_high = 1.0, 0.0, 0.0
    low, f_low, d_low = 0.0, 0.0, 0.0
    x = 0.0
    if k > 0:
        x = predictor - cuts[k - 1]
        high, f_high = cdf(x, logit), density(x, logit)
        d_high = 1.702 * f_high * (1 - 2 * high) if logit else -x * f_high
    y = 0.0
    if k < n_cuts:
        y = predictor - cuts[k]
        low, f_low = cdf(y, logit), density(y, logit)
        d_low = 1.702 * f_low * (1 - 2 * low) if logit else -y * f_low
    p = high - low
    if k > 0 and k < n_cuts and y > 0:
        p = cdf(-y, logit) - cdf(-x, logit)
    elif k == 0:
        p = cdf(-y, logit)
    p = max(p, _TINY)
    slope = (f_high - f_low) / p
    return math.log(p), slope, max(slope * slope - (d_high - d_low) / p, 1e-6)


@factor_kernel
def _height(
    values: FloatArray, at: FloatArray, mean: FloatArray, measure: Measure, slope: FloatArray,
    information: FloatArray,
) -> float:  # fmt: skip
    """Log posterior density of one respondent's factors; fills slope and information."""
    n_items, n_factors = measure.loadings.shape
    total = 0.0
    for a in range(n_factors):
        slope[a] = 0.0
        for b in range(n_factors):
            information[a, b] = measure.precision[a, b]
            slope[a] -= measure.precision[a, b] * (at[b] - mean[b])
        total += 0.5 * slope[a] * (at[a] - mean[a])
    for j in range(n_items):
        if math.isnan(values[j]):
            continue
        predictor = 0.0
        for a in range(n_factors):
            predictor += measure.loadings[j, a] * at[a]
        height, by, weight = _item(
            values[j], predictor, measure.thresholds[j], measure.n_cuts[j], measure.logit
        )
        total += height
        for a in range(n_factors):
            slope[a] += by * measure.loadings[j, a]
            for b in range(n_factors):
                information[a, b] += weight * measure.loadings[j, a] * measure.loadings[j, b]
    return total


@factor_kernel
def _climb(
    values: FloatArray,
    mean: FloatArray,
    measure: Measure,
    work: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
) -> None:
    """Find the mode of one respondent's factors and the information there: first and last of it."""
    mode, proposal, step, slope, information = work
    mode[:] = mean
    height = _height(values, mode, mean, measure, slope, information)
    for _ in range(_NEWTON):
        step[:] = np.linalg.solve(information, slope)
        proposal[:] = mode + step
        higher = _height(values, proposal, mean, measure, slope, information)
        halvings = 0
        while higher < height - 1e-9 and halvings < 8:
            step *= 0.5
            proposal[:] = mode + step
            higher = _height(values, proposal, mean, measure, slope, information)
            halvings += 1
        mode[:] = proposal
        height = higher
        if np.abs(step).max() < 1e-4:
            break


@factor_kernel
def find_modes(
    values: FloatArray, mean: FloatArray, measure: Measure, modes: FloatArray, roots: FloatArray
) -> None:
    """
    Find where every respondent's factors lie most likely, and how widely.

    Parameters
    ----------
    values, mean, measure
        As `draw_scores`.
    modes : ndarray of shape (n_respondents, n_factors)
        Filled.
    roots : ndarray of shape (n_respondents, n_factors, n_factors)
        Filled: Cholesky factors of the covariances by the curvature there.
    """
    n_respondents, n_factors = modes.shape
    slope, information = np.empty(n_factors), np.empty((n_factors, n_factors))
    mode, proposal, step = np.empty(n_factors), np.empty(n_factors), np.empty(n_factors)
    for i in range(n_respondents):
        _climb(values[i], mean[i], measure, (mode, proposal, step, slope, information))
        modes[i] = mode
        roots[i] = np.linalg.cholesky(np.linalg.inv(information))


@factor_kernel
def find_heights(
    values: FloatArray, mean: FloatArray, measure: Measure, factors: FloatArray, heights: FloatArray
) -> None:
    """
    Compute every respondent's log density of the factors given the items, constants left out.

    Parameters
    ----------
    values, mean, measure
        As `draw_scores`.
    factors : ndarray of shape (n_respondents, n_factors)
        Where.
    heights : ndarray of shape (n_respondents,)
        Filled. What is left out depends on the parameters.
    """
    n_respondents, n_factors = factors.shape
    slope, information = np.empty(n_factors), np.empty((n_factors, n_factors))
    for i in range(n_respondents):
        heights[i] = _height(values[i], factors[i], mean[i], measure, slope, information)


@factor_kernel
def log_answer(
    value: float, predictor: float, cuts: FloatArray, n_cuts: int, logit: bool
) -> float:  # fmt: skip
    """Log probability of an answer, or log density of a continuous one but for its constant."""
    if n_cuts == 0:
        return -0.5 * (value - predictor) * (value - predictor)
    k = int(value)
    if k == 0:
        p = cdf(cuts[0] - predictor, logit)
    elif k == n_cuts:
        p = cdf(predictor - cuts[k - 1], logit)
    elif predictor > cuts[k]:
        p = cdf(cuts[k] - predictor, logit) - cdf(cuts[k - 1] - predictor, logit)
    else:
        p = cdf(predictor - cuts[k - 1], logit) - cdf(predictor - cuts[k], logit)
    return math.log(max(p, _TINY))


@factor_kernel
def find_answer_heights(
    values: FloatArray, measure: Measure, factors: FloatArray, heights: FloatArray
) -> None:
    """
    Compute how likely every respondent's answers are at values of the factors of their own.

    Parameters
    ----------
    values, measure
        As `draw_scores`.
    factors : ndarray of shape (n_respondents, n_nodes, n_factors)
        Where.
    heights : ndarray of shape (n_respondents, n_nodes)
        Filled: log probabilities; of continuous answers without their constants.
    """
    n_respondents, n_nodes, n_factors = factors.shape
    for i in range(n_respondents):
        for m in range(n_nodes):
            total = 0.0
            for j in range(len(measure.loadings)):
                if math.isnan(values[i, j]):
                    continue
                predictor = 0.0
                for a in range(n_factors):
                    predictor += measure.loadings[j, a] * factors[i, m, a]
                total += log_answer(
                    values[i, j], predictor, measure.thresholds[j], measure.n_cuts[j],
                    measure.logit,
                )  # fmt: skip
            heights[i, m] = total


@factor_kernel
def draw_scores(
    values: FloatArray,
    mean: FloatArray,
    measure: Measure,
    noise: tuple[FloatArray, FloatArray, FloatArray],
    scores: FloatArray,
) -> None:
    """
    Draw every respondent's factors: independent proposals around the mode, Metropolis steps.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers from 0 up, or standardised continuous ones; not a number where left open.
    mean : ndarray of shape (n_respondents, n_factors)
        Prior mean of the factors: those of the team.
    measure : Measure
        What the items tell.
    noise : tuple of ndarray
        Normal numbers (n_respondents, n_steps, n_factors), scales of a Student's t
        (n_respondents, n_steps) and uniform numbers (n_respondents, n_steps).
    scores : ndarray of shape (n_respondents, n_factors)
        Filled.
    """
    normal, stretch, uniform = noise
    n_respondents, n_factors = scores.shape
    slope, information = np.empty(n_factors), np.empty((n_factors, n_factors))
    mode, proposal, step = np.empty(n_factors), np.empty(n_factors), np.empty(n_factors)
    for i in range(n_respondents):
        _climb(values[i], mean[i], measure, (mode, proposal, step, slope, information))
        factor = np.linalg.cholesky(np.linalg.inv(information))
        ratio = -np.inf
        for s in range(uniform.shape[1]):
            square = 0.0
            for a in range(n_factors):
                move = 0.0
                for b in range(a + 1):
                    move += factor[a, b] * normal[i, s, b]
                square += normal[i, s, a] * normal[i, s, a]
                proposal[a] = mode[a] + move * stretch[i, s]
            square *= stretch[i, s] * stretch[i, s]
            here = _height(values[i], proposal, mean[i], measure, slope, information)
            here += 0.5 * (7.0 + n_factors) * math.log1p(square / 7.0)
            if s == 0 or math.log(uniform[i, s]) < here - ratio:
                ratio = here
                scores[i] = proposal
