"""Power-scaling: how draws move when a part of the model is made a little stronger or weaker."""

import numpy as np
import numpy.typing as npt

from learnclimate.checks.smoothing import smoothed_rows

FloatArray = npt.NDArray[np.float64]

#: Powers at which the sensitivity is measured.
POWERS = (0.8, 1.25)


def power_scaled(log_density: FloatArray, power: float) -> tuple[FloatArray, float]:
    """
    Weigh draws as if a part of the model were raised to a power.

    Parameters
    ----------
    log_density : ndarray of shape (S,)
        Log density of that part at each draw.
    power : float
        The power; 1 changes nothing.

    Returns
    -------
    weights : ndarray of shape (S,)
        Sum to 1.
    khat : float
        Their Pareto shape.
    """
    log_weight, khat = smoothed_rows(((power - 1) * log_density)[None])
    return np.exp(log_weight[0]), float(khat[0])


def sensitivity(values: FloatArray, log_density: FloatArray) -> float:
    """
    Measure how much a quantity depends on a part of the model.

    The cumulative Jensen-Shannon distance between its draws and the power-scaled draws, over
    the binary logarithm of the power; the mean over a power below and one above 1.

    Parameters
    ----------
    values : ndarray of shape (S,)
        Draws of the quantity.
    log_density : ndarray of shape (S,)
        Log density of that part at each draw.

    Returns
    -------
    float
        0 where it does not depend on it; above 0.05 counts as sensitive.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), doi 10.1007/s11222-023-10366-5.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=1000)
    >>> sensitivity(draws, np.zeros(1000))
    0.0
    """
    found = []
    for power in POWERS:
        weights, _ = power_scaled(log_density, power)
        apart = max(cumulative_distance(values, weights), cumulative_distance(-values, weights))
        found.append(apart / abs(np.log2(power)))
    return float(np.mean(found))


def cumulative_distance(values: FloatArray, weights: FloatArray) -> float:
    """
    Compute the cumulative Jensen-Shannon distance between draws and the same draws weighed.

    Parameters
    ----------
    values : ndarray of shape (S,)
        Draws.
    weights : ndarray of shape (S,)
        Weights that sum to 1.

    Returns
    -------
    float
        Between 0 and 1.

    References
    ----------
    Nguyen and Vreeken (2015), doi 10.1007/978-3-319-23525-7_11.

    Examples
    --------
    >>> cumulative_distance(np.arange(4.0), np.full(4, 0.25))
    0.0
    """
    order = np.argsort(values, kind="stable")
    widths = np.diff(values[order])
    n = len(values)
    plain = np.arange(1, n) / n
    weighed = np.minimum(np.cumsum(weights[order])[:-1], 1.0)
    if np.allclose(plain, weighed, rtol=0, atol=1e-14):
        return 0.0
    middle = np.log2((plain + weighed) / 2)
    logs = np.log2(np.maximum(weighed, 1e-300))
    total_plain, total_weighed = widths @ plain, widths @ weighed
    half = 0.5 / np.log(2) * (total_weighed - total_plain)
    forward = widths @ (plain * (np.log2(plain) - middle)) + half
    backward = widths @ (weighed * (logs - middle)) - half
    bound = total_plain + total_weighed
    return float(np.sqrt(max(forward + backward, 0.0) / bound)) if bound > 0 else 0.0
