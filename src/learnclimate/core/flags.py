"""What counts as yes or no in an argument: True and False, and nothing that merely looks true."""

import numpy as np

from learnclimate.core.errors import ArgumentTypeError


def checked_flag(value: object, name: str) -> bool:
    """
    Check what the user gave for an argument that is yes or no.

    Parameters
    ----------
    value : object
        What was given.
    name : str
        Name of the argument.

    Returns
    -------
    bool
        The value.

    Raises
    ------
    ArgumentTypeError
        If it is neither True nor False; a text such as ``"no"`` would count as true.

    Examples
    --------
    >>> checked_flag(np.True_, "progress")
    True
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{name}={value!r}: give True or False.")
    return bool(value)
