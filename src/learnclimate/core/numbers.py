"""What counts as a number in an argument: Python's and numpy's alike, but never a bool."""

from typing import TypeGuard

import numpy as np


def is_whole(value: object) -> "TypeGuard[int | np.integer]":
    """
    Say whether a value is a whole number of Python or numpy, and no bool.

    Parameters
    ----------
    value : object
        What the user gave.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> is_whole(np.int64(4)), is_whole(True), is_whole(4.0)
    (True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def whole_number(value: object) -> int | None:
    """
    Read a whole number, also one written as a float.

    Parameters
    ----------
    value : object
        What the user gave.

    Returns
    -------
    int or None
        None where it is no whole number.

    Examples
    --------
    >>> whole_number(4.0), whole_number(np.int64(4)), whole_number(4.5), whole_number(True)
    (4, 4, None, None)
    """
    if is_whole(value):
        return int(value)
    integral = isinstance(value, float | np.floating) and float(value).is_integer()
    return int(value) if integral else None  # type: ignore[call-overload]


def is_number(value: object) -> "TypeGuard[float | np.number]":
    """
    Say whether a value is a real number of Python or numpy, and no bool.

    Parameters
    ----------
    value : object
        What the user gave.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> is_number(np.float32(0.5)), is_number(3), is_number(True), is_number("3")
    (True, True, False, False)
    """
    is_real = isinstance(value, int | float | np.integer | np.floating)
    return is_real and not isinstance(value, bool)
