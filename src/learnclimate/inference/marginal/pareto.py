"""Pareto smoothing of importance weights."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_LEAST_TAIL = 5
#: Ratios that stay below so many times their mean weigh nothing in the tail, whatever its shape.
_EVEN = 3.0
#: Log ratios that differ by no more are equal.
_ROUNDING = 1e-9


def smoothed(log_ratio: FloatArray) -> tuple[FloatArray, float]:
    """
    Replace the largest importance ratios by quantiles of a Pareto fitted to them.

    Parameters
    ----------
    log_ratio : ndarray of shape (n,)
        Log importance ratios; minus infinity allowed.

    Returns
    -------
    log_weight : ndarray of shape (n,)
        Normalised: the weights sum to 1.
    khat : float
        Shape of the generalised Pareto distribution; infinity where the largest ratios
        are too few to fit one, minus infinity where all ratios are equal.

    References
    ----------
    Vehtari and others (2024), "Pareto smoothed importance sampling", Journal of Machine
    Learning Research 25 (72).

    Examples
    --------
    >>> smoothed(np.zeros(100))[1]
    -inf
    """
    n = len(log_ratio)
    shifted = log_ratio - log_ratio.max()
    n_tail = int(np.ceil(min(0.2 * n, 3 * np.sqrt(n))))
    order = np.argsort(shifted, kind="stable")
    tail = order[n - n_tail :]
    cutoff = shifted[order[n - n_tail - 1]] if n_tail < n else -np.inf
    excess = np.exp(shifted[tail]) - np.exp(cutoff)
    khat = np.inf
    if shifted.min() > -_ROUNDING:
        khat = -np.inf
    elif n_tail >= _LEAST_TAIL and (excess > 0).sum() > _LEAST_TAIL:
        khat, scale = fit_pareto(np.maximum(excess, 1e-300))
        middles = (np.arange(n_tail) + 0.5) / n_tail
        if np.isfinite(khat):
            fitted = np.log(_quantile(middles, khat, scale) + np.exp(cutoff))
            shifted[tail] = np.minimum(fitted, 0.0)
    return shifted - np.logaddexp.reduce(shifted), float(khat)


def fit_pareto(excess: FloatArray) -> tuple[float, float]:
    """
    Fit a generalised Pareto distribution.

    Parameters
    ----------
    excess : ndarray of shape (n,)
        Excesses over a threshold, ascending, above 0.

    Returns
    -------
    shape : float
        Its shape k, drawn a little towards 1/2.
    scale : float
        Its scale.

    References
    ----------
    Zhang and Stephens (2009), doi 10.1198/tech.2009.08017.
    """
    n = len(excess)
    n_grid = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4 + 0.5) - 1]
    grid = 1 / excess[-1] + (1 - np.sqrt(n_grid / (np.arange(1, n_grid + 1) - 0.5))) / (
        3 * quartile
    )
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-grid / shapes) - shapes - 1)
    weight = np.exp(profile - profile.max())
    rate = float(weight @ grid / weight.sum())
    shape = float(np.log1p(-rate * excess).mean())
    scale = -shape / rate
    return (n * shape + 10 * 0.5) / (n + 10), scale


def _quantile(probability: FloatArray, shape: float, scale: float) -> FloatArray:
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-probability)
    return np.asarray(scale * np.expm1(-shape * np.log1p(-probability)) / shape)


def tail_shape(log_ratio: FloatArray) -> float:
    """
    Pareto shape of importance ratios, where any of them is large at all.

    Parameters
    ----------
    log_ratio : ndarray of shape (n,)
        Log ratios.

    Returns
    -------
    float
        The shape; 0, as of a light tail, where no ratio is thrice the mean: there it would
        describe differences of a few hundredths.
    """
    mean = np.logaddexp.reduce(log_ratio) - np.log(len(log_ratio))
    return 0.0 if log_ratio.max() - mean < np.log(_EVEN) else smoothed(log_ratio)[1]
