"""Answer options that stand for several counts: read from their labels, checked for gaps."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from learnclimate.core.errors import ArgumentTypeError, CodebookError
from learnclimate.core.numbers import whole_number

_DASH = r"\s*(?:-|to|tot|tot en met|t/m)\s*"
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_NUMBER = r"(\d{1,5})"
_UNIT = re.compile(r"\s+(?:x|times|activities|activity|keer|maal|activiteiten|activiteit)$")
_NONE = {"none", "no", "never", "zero", "not at all", "geen", "geen enkele", "nooit", "nul"}
_ONE = re.compile(rf"{_NUMBER}")
_RANGE = re.compile(rf"{_NUMBER}{_DASH}{_NUMBER}")
_OR_MORE = re.compile(
    rf"{_NUMBER}\s*(?:\+|or more|and more|or over|of meer|en meer)"
    rf"|(?:≥|>=|at least|minstens|ten minste)\s*{_NUMBER}"
)
_ABOVE = re.compile(rf"(?:>|more than|over|meer dan)\s*{_NUMBER}")
_BELOW = re.compile(rf"(?:<|less than|fewer than|minder dan)\s*{_NUMBER}")


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """
    One answer option and the counts it stands for.

    Attributes
    ----------
    label : str
        As it stands in the data.
    lowest : int
        Its lowest count.
    highest : int or None
        Its highest count; None where it is open above.

    Examples
    --------
    >>> AnswerOption("6 or more", 6, None).highest is None
    True
    """

    label: str
    lowest: int
    highest: int | None


def checked_options(where: str, given: object) -> tuple[AnswerOption, ...]:
    """
    Check answer options, and put them in order.

    Parameters
    ----------
    where : str
        What they are for, for messages.
    given : object
        Labels that tell their counts, or a mapping of label to ``(lowest, highest)``.

    Returns
    -------
    tuple of AnswerOption
        The lowest first, which begins at 0; the last is open.

    Raises
    ------
    CodebookError
        If a label cannot be read, or two options overlap, leave a gap, or leave out the
        lowest or highest counts.
    ArgumentTypeError
        If it is neither a list nor a mapping.

    Examples
    --------
    >>> checked_options("bins", ["none", "1-2", "3 or more"])[1]
    AnswerOption(label='1-2', lowest=1, highest=2)
    """
    if isinstance(given, Mapping):
        options = [_given(where, label, bounds) for label, bounds in given.items()]
    elif isinstance(given, Sequence) and not isinstance(given, str):
        options = [_read(where, label) for label in given]
    else:
        raise ArgumentTypeError(
            f"{where}: give a list of labels, such as ['none', '1-2', '3 or more'], or a mapping "
            f"of label to counts, not {given!r}."
        )
    options.sort(key=lambda option: option.lowest)
    _refuse_gaps(where, options)
    return tuple(options)


def clean_label(label: object) -> str:
    """
    Write a label as answers are written: one form of each letter, no spaces around it.

    Parameters
    ----------
    label : object
        Text or a number.

    Returns
    -------
    str
        The label.

    Examples
    --------
    >>> clean_label(" none ")
    'none'
    """
    return unicodedata.normalize("NFC", str(label)).strip()


def alike_label(label: str) -> str:
    """
    Write a label so that dashes of every length are one, and spaces around them none.

    Parameters
    ----------
    label : str
        The label.

    Returns
    -------
    str
        For comparison; labels that differ in these alone become equal.

    Examples
    --------
    >>> alike_label("1 \N{EN DASH} 2") == alike_label("1-2")
    True
    """
    return re.sub(r"\s*-\s*", "-", _DASHES.sub("-", " ".join(clean_label(label).split())))


def tells_its_counts(option: AnswerOption) -> bool:
    """
    Tell whether the label of an option says by itself which counts it stands for.

    Parameters
    ----------
    option : AnswerOption
        The option.

    Returns
    -------
    bool
        Whether `checked_options` would read the same counts from the label.

    Examples
    --------
    >>> tells_its_counts(AnswerOption("1-2", 1, 2)), tells_its_counts(AnswerOption("a few", 1, 2))
    (True, False)
    """
    return _counts_of(option.label) == (option.lowest, option.highest)


def _read(where: str, label: object) -> AnswerOption:
    if not isinstance(label, str | int) or not str(label).strip():
        raise CodebookError(f"{where}: {label!r} is no label. Write each as it stands in the data.")
    clean = clean_label(label)
    counts = _counts_of(clean)
    if counts is None:
        raise CodebookError(
            f"{where}: which counts {clean!r} stands for cannot be read from it. Say so: "
            f"bins={{{clean!r}: (3, 5), ...}}, with (6, None) for 6 or more."
        )
    return AnswerOption(clean, *counts)


def _counts_of(label: str) -> tuple[int, int | None] | None:
    text = _DASHES.sub("-", " ".join(label.casefold().split()))
    text = _UNIT.sub("", text)
    if text in _NONE:
        return 0, 0
    if found := _ONE.fullmatch(text):
        return int(found[1]), int(found[1])
    if found := _RANGE.fullmatch(text):
        return int(found[1]), int(found[2])
    if found := _OR_MORE.fullmatch(text):
        return int(found[1] or found[2]), None
    if found := _ABOVE.fullmatch(text):
        return int(found[1]) + 1, None
    if found := _BELOW.fullmatch(text):
        return 0, int(found[1]) - 1
    return None


def _given(where: str, label: object, bounds: object) -> AnswerOption:
    if not isinstance(label, str | int) or not str(label).strip():
        raise CodebookError(f"{where}: {label!r} is no label. Write each as it stands in the data.")
    clean = clean_label(label)
    if whole_number(bounds) is not None:
        bounds = (bounds, bounds)
    if not isinstance(bounds, tuple | list) or len(bounds) not in (1, 2):
        raise ArgumentTypeError(
            f"{where}, option {clean!r}: give its lowest and highest count, as (3, 5), or "
            f"(6, None) where it is open above; not {bounds!r}."
        )
    lowest, highest = (*bounds, None)[:2]
    ends = whole_number(lowest), whole_number(highest)
    if ends[0] is None or (ends[1] is None and highest is not None):
        raise ArgumentTypeError(f"{where}, option {clean!r}: {bounds!r} are not whole numbers.")
    return AnswerOption(clean, ends[0], ends[1])


def _refuse_gaps(where: str, options: list[AnswerOption]) -> None:
    labels = [option.label for option in options]
    for option in options:
        if labels.count(option.label) > 1:
            raise CodebookError(f"{where}: the option {option.label!r} is listed twice.")
        if option.highest is not None and option.highest < option.lowest:
            raise CodebookError(
                f"{where}, option {option.label!r}: its highest count, {option.highest}, lies "
                f"below its lowest, {option.lowest}. Turn them round."
            )
    if len(options) < 2:
        raise CodebookError(f"{where}: there should be two options or more.")
    if options[0].lowest != 0:
        raise CodebookError(
            f"{where}: no option stands for 0. Begin with one that does, such as 'none' or "
            f"{{'none': (0, 0)}}; {options[0].label!r} begins at {options[0].lowest}."
        )
    for lower, upper in pairwise(options):
        if lower.highest is None or lower.highest >= upper.lowest:
            raise CodebookError(
                f"{where}: the options {lower.label!r} and {upper.label!r} overlap: both stand for "
                f"{upper.lowest}. Give each count to one of them."
            )
        if lower.highest + 1 < upper.lowest:
            missing = [str(n) for n in {lower.highest + 1, upper.lowest - 1}]
            raise CodebookError(
                f"{where}: no option stands for {' to '.join(sorted(missing, key=int))}, between "
                f"{lower.label!r} and {upper.label!r}. Give each count to an option."
            )
    if options[-1].highest is not None:
        raise CodebookError(
            f"{where}: no option stands for more than {options[-1].highest}. Let the highest be "
            f"open, as whoever had more will have chosen it: {{{options[-1].label!r}: "
            f"({options[-1].lowest}, None)}}."
        )
