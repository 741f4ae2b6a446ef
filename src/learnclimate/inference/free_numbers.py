"""
Parameters as free real numbers, and back: standard deviations, simplexes, correlations, cuts.

What moves draws by noise must leave them what they are: a standard deviation above 0, steps that
sum to 1, a correlation matrix. Each variable is written in real numbers that may take any value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_TINY = 1e-12
_POSITIVE = ("dispersion", "concentration")
#: Heights at which the shape of a distribution is read, in standard deviations.
_HEIGHTS = np.linspace(-3.25, 3.25, 27)


@dataclass(frozen=True, slots=True)
class Writing:
    """
    How one variable is written in free numbers.

    Attributes
    ----------
    free : callable
        From draws (S, ...) to free numbers (S, k).
    back : callable
        From free numbers and the draws as they were to draws.
    is_skew : bool
        Whether free numbers are brought to a normal shape before they are moved; else sums of
        them with those of other variables stay what they are.
    """

    free: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray, FloatArray], FloatArray]
    is_skew: bool = True


def writing_of(name: str) -> Writing:
    """
    Tell how a variable of a posterior is written in free numbers.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Writing
        Real numbers where its name says nothing else.

    Examples
    --------
    >>> sd = np.array([[0.5], [1.0]])
    >>> written = writing_of("team_sd")
    >>> written.back(written.free(sd), sd).tolist()
    [[0.5], [1.0]]
    """
    if name.endswith("_sd") or name in _POSITIVE:
        return Writing(
            lambda x: np.log(np.maximum(_flat(x), _TINY)), lambda y, x: _like(np.exp(y), x)
        )
    if name.endswith("_probability") and not name.startswith("level"):
        return Writing(_log_odds, lambda y, x: _like(expit(y), x), is_skew=False)
    if name.endswith(("frequency_shape", "level_probability")):
        return Writing(_sticks, _from_sticks)
    if name.endswith("_correlation"):
        return Writing(_partials, _from_partials)
    if name == "thresholds":
        return Writing(_gaps, _from_gaps)
    if name == "slopes":
        return Writing(lambda x: np.arcsinh(_flat(x)), lambda y, x: _like(np.sinh(y), x), False)
    return Writing(_flat, _like, is_skew=False)


@dataclass(frozen=True, slots=True)
class Shapes:
    """
    The shapes of distributions, by which free numbers become nearly normal, and back.

    Attributes
    ----------
    knots : tuple of ndarray or None
        Of each column, where so many standard deviations of a normal would be.
    """

    knots: tuple[FloatArray | None, ...]

    @classmethod
    def of(cls, values: FloatArray, is_skew: BoolArray) -> "Shapes":
        """Read the shapes of columns (S, k); none of those that are left alone."""
        heights = ndtr(_HEIGHTS)
        knots: list[FloatArray | None] = []
        for column, skew in zip(values.T, is_skew, strict=True):
            found = np.quantile(column, heights)
            knots.append(found if skew and (np.diff(found) > 0).all() else None)
        return cls(tuple(knots))

    def normal(self, values: FloatArray) -> FloatArray:
        """Bring columns (S, k) to a normal shape."""
        return self._mapped(values, lambda knots: (knots, _HEIGHTS))

    def original(self, values: FloatArray) -> FloatArray:
        """Bring columns (S, k) of a normal shape to their own."""
        return self._mapped(values, lambda knots: (_HEIGHTS, knots))

    def _mapped(
        self,
        values: FloatArray,
        both: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    ) -> FloatArray:
        found = values.copy()
        for place, knots in enumerate(self.knots):
            if knots is not None:
                found[:, place] = _on_line(values[:, place], *both(knots))
        return found


def _on_line(values: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Follow straight lines between knots, the last ones beyond the ends."""
    place = np.clip(np.searchsorted(start, values) - 1, 0, len(start) - 2)
    slope = (end[place + 1] - end[place]) / (start[place + 1] - start[place])
    return np.asarray(end[place] + slope * (values - start[place]))


def _flat(values: FloatArray) -> FloatArray:
    return np.asarray(values.reshape(len(values), -1), dtype=float)


def _like(free: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(free.reshape(values.shape))


def _log_odds(values: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(_flat(values), _TINY, 1 - _TINY)))


def _sticks(values: FloatArray) -> FloatArray:
    """Log odds of each step among those that are left, of simplexes over the last axis."""
    steps = values.reshape(len(values), -1, values.shape[-1])
    left = 1 - np.cumsum(steps, axis=2) + steps
    share = steps[:, :, :-1] / np.maximum(left[:, :, :-1], _TINY)
    return _log_odds(np.where(_used(steps)[:, :-1], share, 0.5))


def _used(steps: FloatArray) -> BoolArray:
    """Mark the steps that there are: fewer levels are filled up with zeros, (n, n_steps)."""
    return np.asarray((steps > 0).any(axis=0))


def _from_sticks(free: FloatArray, values: FloatArray) -> FloatArray:
    steps = values.reshape(len(values), -1, values.shape[-1])
    used = _used(steps)
    share = expit(free).reshape(len(values), steps.shape[1], -1)
    # The last step that there is takes what is left.
    last = used & ~np.append(used[:, 1:], np.zeros((len(used), 1), dtype=bool), axis=1)
    share = np.append(share, np.ones((*share.shape[:2], 1)), axis=2)
    share = np.where(last, 1.0, np.where(used, share, 0.0))
    left = np.cumprod(
        np.append(np.ones((*share.shape[:2], 1)), 1 - share[:, :, :-1], axis=2), axis=2
    )
    return _like(share * left, values)


def _partials(values: FloatArray) -> FloatArray:
    """Fisher's transform of the partial correlations of correlation matrices."""
    size = values.shape[-1]
    matrix = values.reshape(len(values), size, size) * (1 - _TINY) + _TINY * np.eye(size)
    factor = np.linalg.cholesky(matrix)
    found = []
    for row in range(1, size):
        left = np.ones(len(values))
        for column in range(row):
            part = factor[:, row, column] / np.sqrt(np.maximum(left, _TINY))
            found.append(np.arctanh(np.clip(part, -1 + _TINY, 1 - _TINY)))
            left = left - factor[:, row, column] ** 2
    return np.column_stack(found) if found else np.zeros((len(values), 0))


def _from_partials(free: FloatArray, values: FloatArray) -> FloatArray:
    size = values.shape[-1]
    factor = np.zeros((len(values), size, size))
    factor[:, 0, 0], place = 1.0, 0
    for row in range(1, size):
        left = np.ones(len(values))
        for column in range(row):
            part = np.tanh(free[:, place])
            factor[:, row, column] = part * np.sqrt(left)
            left, place = left * (1 - part**2), place + 1
        factor[:, row, row] = np.sqrt(left)
    found = factor @ np.swapaxes(factor, 1, 2)
    where = np.arange(size)
    found[:, where, where] = 1.0
    return _like(found, values)


def _gaps(values: FloatArray) -> FloatArray:
    """First thresholds, and logs of the steps to the next; 0 where an item has no more."""
    cuts = values.reshape(len(values), -1, values.shape[-1])
    steps = np.log(np.maximum(np.diff(cuts, axis=2), _TINY))
    found = np.append(cuts[:, :, :1], steps, axis=2)
    return _flat(np.where(np.isfinite(found), found, 0.0))


def _from_gaps(free: FloatArray, values: FloatArray) -> FloatArray:
    cuts = values.reshape(len(values), -1, values.shape[-1])
    told = free.reshape(cuts.shape)
    steps = np.append(told[:, :, :1], np.exp(told[:, :, 1:]), axis=2)
    return _like(np.where(np.isfinite(cuts), np.cumsum(steps, axis=2), np.nan), values)


def written(arrays: Mapping[str, FloatArray]) -> tuple[FloatArray, BoolArray, list[int]]:
    """
    Write variables side by side in free numbers.

    Parameters
    ----------
    arrays : mapping of str to ndarray of shape (S, ...)
        Draws.

    Returns
    -------
    free : ndarray of shape (S, k)
        All of them.
    is_skew : ndarray of shape (k,), bool
        Which are to be brought to a normal shape.
    ends : list of int
        Where those of each variable end, but for the last.
    """
    parts = [(writing_of(name), values) for name, values in arrays.items()]
    columns = [one.free(values) for one, values in parts]
    skew = [
        np.full(own.shape[1], one.is_skew) for (one, _), own in zip(parts, columns, strict=True)
    ]
    ends = np.cumsum([own.shape[1] for own in columns])[:-1].tolist()
    return np.concatenate(columns, axis=1), np.concatenate(skew), ends


def read_back(
    free: FloatArray, ends: list[int], arrays: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """
    Read variables from free numbers.

    Parameters
    ----------
    free : ndarray of shape (S, k)
        As `written` lays them out.
    ends : list of int
        As `written` gives them.
    arrays : mapping of str to ndarray of shape (S, ...)
        The draws as they were.

    Returns
    -------
    dict of str to ndarray of shape (S, ...)
        Draws.
    """
    parts = np.split(free, ends, axis=1)
    return {
        name: writing_of(name).back(own, values)
        for (name, values), own in zip(arrays.items(), parts, strict=True)
    }
