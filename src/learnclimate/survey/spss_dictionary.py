"""Whether the dictionary of an SPSS file is sound, told without trusting it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_HEADER = 176
_LAYOUT = slice(64, 68)
_END = 999
_LONGEST_LABEL = 65_535
_MOST_MISSING = 3
_LONGEST_TEXT = 255


class _CutShortError(ValueError):
    """The file ends where its dictionary has not ended yet."""


@dataclass(slots=True)
class _Cursor:
    """A place in the bytes of a file; reading past their end is a fault."""

    content: bytes
    place: int
    order: str

    def integer(self) -> int:
        (value,) = struct.unpack(self.order + "i", self.take(4))
        return int(value)

    def take(self, size: int) -> bytes:
        _refuse(size < 0)
        if self.place + size > len(self.content):
            raise _CutShortError("a record that is longer than the file")
        self.place += size
        return self.content[self.place - size : self.place]


def state_of_dictionary(content: bytes) -> Literal["sound", "doubtful", "cut short"]:
    """
    Walk through the records before the answers, and tell whether every length makes sense.

    The reader of SPSS files is written in C, and some damaged files end the whole process in
    it. Those fail here first.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    {"sound", "doubtful", "cut short"}
        Doubtful where a record refers to a variable that is not there, or is of no known
        kind; cut short where the file ends within a record, so that nothing can read it.

    References
    ----------
    Pfaff and others, PSPP Developers Guide, appendix "System File Format".
    """
    layout = content[_LAYOUT]
    order = next((one for one in "<>" if layout in _layouts(one)), None)
    if order is None:
        return "cut short" if len(content) < _HEADER else "doubtful"
    cursor = _Cursor(content, _HEADER, order)
    readers: dict[int, Callable[[_Cursor], int]] = {
        2: _variable,
        6: _document,
        7: _extension,
    }
    n_variables = 0
    try:
        while (kind := cursor.integer()) != _END:
            if kind == 3:
                _value_labels(cursor, n_variables)
            else:
                n_variables += readers[kind](cursor)
    except _CutShortError:
        return "cut short"
    except (ValueError, KeyError):
        return "doubtful"
    return "sound" if n_variables > 0 else "doubtful"


def _layouts(order: str) -> tuple[bytes, bytes]:
    return struct.pack(order + "i", 2), struct.pack(order + "i", 3)


def _variable(cursor: _Cursor) -> int:
    width, has_label, n_missing = (cursor.integer() for _ in range(3))
    cursor.take(16)
    _refuse(not -1 <= width <= _LONGEST_TEXT)
    _refuse(has_label not in (0, 1) or abs(n_missing) > _MOST_MISSING or n_missing == -1)
    if has_label:
        length = cursor.integer()
        _refuse(length > _LONGEST_LABEL)
        cursor.take(-(-length // 4) * 4)
    cursor.take(8 * abs(n_missing))
    return 1


def _value_labels(cursor: _Cursor, n_variables: int) -> None:
    for _ in range(_count(cursor)):
        cursor.take(8)
        length = cursor.take(1)[0]
        cursor.take(-(-(1 + length) // 8) * 8 - 1)
    _refuse(cursor.integer() != 4)
    for _ in range(_count(cursor)):
        _refuse(not 1 <= cursor.integer() <= n_variables)


def _document(cursor: _Cursor) -> int:
    cursor.take(80 * _count(cursor))
    return 0


def _extension(cursor: _Cursor) -> int:
    cursor.integer()
    size = cursor.integer()
    cursor.take(size * _count(cursor))
    return 0


def _count(cursor: _Cursor) -> int:
    count = cursor.integer()
    _refuse(not 0 <= count <= len(cursor.content))
    return count


def _refuse(fault: bool) -> None:
    if fault:
        raise ValueError("a number that makes no sense")
