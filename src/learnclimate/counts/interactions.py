"""Frequencies that go together: the slope of one differs by the level of another."""

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, nearest
from learnclimate.core.names import distinct_names
from learnclimate.counts.slope_shifts import SlopeShift


def checked_pairs(value: object) -> tuple[tuple[str, str], ...]:
    """
    Check what the user gave for ``interactions=``.

    Parameters
    ----------
    value : object
        Pairs of names of frequencies.

    Returns
    -------
    tuple of pairs of str
        The pairs.

    Raises
    ------
    ArgumentTypeError
        If it is no sequence of sequences of names.
    ArgumentError
        If a name is twice in a pair, or the same pair is there twice.

    Examples
    --------
    >>> checked_pairs([("talk", "meetings")])
    (('talk', 'meetings'),)
    """
    if not isinstance(value, tuple | list) or not all(
        isinstance(pair, tuple | list) for pair in value
    ):
        raise ArgumentTypeError(
            f"CountModel(interactions={value!r}): give pairs of frequencies, such as "
            "(('talk', 'meetings'),)."
        )
    pairs = []
    for pair in value:
        names = distinct_names("CountModel(interactions=...)", pair)
        if len(names) != 2:
            raise ArgumentError(
                f"CountModel(interactions=...): {pair!r} is no pair of names. Give the names of "
                "two frequencies a pair, such as (('talk', 'meetings'),)."
            )
        pairs.append((names[0], names[1]))
    if len({frozenset(pair) for pair in pairs}) < len(pairs):
        raise ArgumentError("CountModel(interactions=...): a pair is named twice.")
    return tuple(pairs)


def interaction_shifts(
    pairs: tuple[tuple[str, str], ...], frequencies: tuple[str, ...]
) -> tuple[SlopeShift, ...]:
    """
    List the slopes that other frequencies shift.

    Parameters
    ----------
    pairs : tuple of pairs of str
        Names of frequencies.
    frequencies : tuple of str
        Those of the codebook.

    Returns
    -------
    tuple of SlopeShift
        One a pair.

    Raises
    ------
    ModelError
        If a name is no frequency of the codebook.

    Examples
    --------
    >>> interaction_shifts((("talk", "meetings"),), ("talk", "meetings"))[0].label
    'talk:meetings'
    """
    for name in (name for pair in pairs for name in pair):
        if name not in frequencies:
            raise ModelError(
                f"CountModel(interactions=...): the codebook has no frequency {name!r}. "
                f"{nearest(name, frequencies)} What describes teams and shifts slopes is one of "
                "CountModel(moderators=...)."
            )
    return tuple(SlopeShift(first, second, None) for first, second in pairs)
