"""Tuples of names among the arguments of a declaration."""

from learnclimate.core.errors import ArgumentError, ArgumentTypeError


def distinct_names(where: str, value: object) -> tuple[str, ...]:
    """
    Check that a value is a sequence of distinct names.

    Parameters
    ----------
    where : str
        The argument, for messages.
    value : object
        What was given.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    ArgumentTypeError
        If it is no tuple or list of text.
    ArgumentError
        If a name comes twice.

    Examples
    --------
    >>> distinct_names("CountModel(covariates=...)", ["tenure"])
    ('tenure',)
    """
    call = where.removesuffix("=...)")
    if isinstance(value, str) or not isinstance(value, tuple | list):
        such = f", such as ({value!r},)" if isinstance(value, str) else ""
        raise ArgumentTypeError(f"{call}={value!r}): give a tuple of names{such}.")
    for name in value:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{where}: {name!r} is not a name.")
        if value.count(name) > 1:
            raise ArgumentError(f"{where}: {name!r} is named twice.")
    return tuple(value)
