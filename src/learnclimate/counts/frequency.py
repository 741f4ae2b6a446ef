"""How the ordered conversation frequency enters the model: its codings, as values."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Monotonic:
    """
    Monotone: the log rate moves one way over the levels, in steps the data choose.

    The log rate ratio of level k against the lowest is ``frequency_effect`` times the
    sum of the first k steps of ``frequency_shape``, a simplex. A varying slope
    multiplies the same curve from 0 to 1.

    References
    ----------
    Bürkner and Charpentier (2020), doi 10.1111/bmsp.12195.

    Examples
    --------
    >>> Monotonic()
    Monotonic()
    """

    name: ClassVar[Literal["monotonic"]] = "monotonic"


@dataclass(frozen=True, slots=True)
class Unordered:
    """
    Unordered: every level above the lowest has a log rate ratio of its own.

    A varying slope multiplies equal steps from 0 (lowest level) to 1 (highest).

    Examples
    --------
    >>> Unordered()
    Unordered()
    """

    name: ClassVar[Literal["unordered"]] = "unordered"


@dataclass(frozen=True, slots=True)
class Linear:
    """
    Linear: equal steps of the log rate from the lowest to the highest level.

    Examples
    --------
    >>> Linear()
    Linear()
    """

    name: ClassVar[Literal["linear"]] = "linear"


FrequencyCodingKind = Monotonic | Unordered | Linear


def equal_steps_curve(n_levels: int) -> FloatArray:
    """
    Curve from 0 to 1 in equal steps.

    Parameters
    ----------
    n_levels : int
        Number of levels, at least 2.

    Returns
    -------
    ndarray of shape (n_levels,)
        ``0, 1/(n_levels - 1), ..., 1``.

    Examples
    --------
    >>> equal_steps_curve(3)
    array([0. , 0.5, 1. ])
    """
    return np.linspace(0.0, 1.0, n_levels)


def curve_from_shape(shape: FloatArray) -> FloatArray:
    """
    Cumulate steps to the curve from 0 to 1.

    Parameters
    ----------
    shape : ndarray of shape (..., n_levels - 1)
        Steps summing to 1 over the last axis.

    Returns
    -------
    ndarray of shape (..., n_levels)
        0 at the lowest level, 1 at the highest.

    Examples
    --------
    >>> curve_from_shape(np.array([0.25, 0.75]))
    array([0.  , 0.25, 1.  ])
    """
    zero = np.zeros((*shape.shape[:-1], 1))
    return np.concatenate([zero, np.cumsum(shape, axis=-1)], axis=-1)
