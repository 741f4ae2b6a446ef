"""Chi-squared where members of a team are alike: how far teams by themselves would scatter it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Column of `Scatter` that stands for no team: a value with a known variance of 1.
KNOWN = -1
_TINY = 1e-290


@dataclass(frozen=True, slots=True)
class Scatter:
    """
    What the values of a test would do if teams were drawn anew.

    Attributes
    ----------
    pulls : ndarray of shape (n_values, n_columns)
        How far each team moves each value, in the units of the test (whitened as if
        respondents were independent). The outer products sum to the covariances.
    block : ndarray of shape (n_columns,), int
        The group that a team lies in, all alike where teams span groups; `KNOWN` for a column
        that is no team.
    """

    pulls: FloatArray
    block: IntArray


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A sum of squares and how surprising it is.

    Attributes
    ----------
    statistic : float
        Chi-squared with the degrees of freedom of the test, as surprising as what was found.
    p_value : float
        Probability of a larger one.
    """

    statistic: float
    p_value: float


def judged(statistic: float, basis: FloatArray, scatter: Scatter | None) -> Judged:
    """
    Judge a sum of squares by how far teams scatter it.

    Its mean and variance under equality are those of a weighted sum of chi-squares, of which
    the weights follow from the teams; both are estimated of few teams, which an F distribution
    allows for. Cells of the variance that pair a team with itself are left out, as of few
    teams they would make the variance too large.

    Parameters
    ----------
    statistic : float
        Sum of squares of the values along `basis`.
    basis : ndarray of shape (n_values, df)
        Orthonormal directions that are tested.
    scatter : Scatter or None
        None where respondents are independent: then chi-squared as it is.

    Returns
    -------
    Judged
        The statistic, corrected, and its p-value.

    References
    ----------
    Satorra and Bentler (2001), doi 10.1007/BF02296192 (scaled by mean and variance).
    Satterthwaite (1946), doi 10.2307/3002019 (degrees of freedom, of few teams too).

    Examples
    --------
    >>> round(judged(3.84, np.eye(1), None).p_value, 2)
    0.05
    """
    df = basis.shape[1]
    if scatter is None or df == 0:
        p_value = float(special.chdtrc(df, statistic)) if df else float("nan")
        return Judged(statistic, p_value)
    along = basis.T @ scatter.pulls
    size = (along**2).sum(axis=0)
    total = float(size.sum())
    if total < _TINY:
        return Judged(statistic, float(special.chdtrc(df, statistic)))
    spread = _square(along, size, scatter.block)
    # No weights are more alike than equal ones, and none less than all on one direction.
    spread = float(np.clip(spread, total**2 / df, total**2))
    own_df = total**2 / spread
    uncertain = _variance(size, scatter.block)
    ratio = statistic / total
    if uncertain > 0:
        p_value = float(special.fdtrc(own_df, 2 * total**2 / uncertain, ratio))
    else:
        p_value = float(special.chdtrc(own_df, ratio * own_df))
    if p_value < _TINY:
        return Judged(ratio * df, p_value)
    return Judged(float(special.chdtri(df, p_value)), p_value)


def _square(along: FloatArray, size: FloatArray, block: IntArray) -> float:
    """Estimate the sum of squared weights: the trace of the squared covariance."""
    found = _trace_squared(along) - float((size[block != KNOWN] ** 2).sum())
    for one in np.unique(block[block != KNOWN]):
        inside = size * (block == one)
        n = int((inside > 0).sum())
        if n < 2:
            continue
        within = _trace_squared(along[:, block == one]) - float((inside**2).sum())
        # Teams are centred, so that any two go against each other a little.
        found += within / (n - 1) - float(inside.sum()) ** 2 / (n * (n - 1))
    return found


def _trace_squared(along: FloatArray) -> float:
    return float(((along @ along.T) ** 2).sum())


def _variance(size: FloatArray, block: IntArray) -> float:
    """Tell how uncertain the sum of weights is, as a sum over teams."""
    found = 0.0
    for one in np.unique(block[block != KNOWN]):
        inside = size[(block == one) & (size > 0)]
        if len(inside) > 1:
            found += len(inside) * float(np.var(inside, ddof=1))
    return found
