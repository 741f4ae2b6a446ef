"""Text that fits a terminal: paragraphs, calls and tables, whatever its width."""

import re
import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Below this, text is no longer laid out narrower: nobody reads columns of words.
_LEAST_WIDTH = 40

#: Spaces between two columns of a table.
_GAP = 2

#: Letters of a word that a column of text leaves whole.
_WORD = 13

#: A column of cells longer than the one is never narrower than the other: sentences need room.
_SENTENCE, _SENTENCE_WIDTH = 40, 24

#: Where a line may break, behind the character; `n_respondents` stays whole.
_BREAKS = re.compile(r"(?<=[\s/,;:([=])|(?<=\w\w_)|(?<=\w[-–])")


def terminal_width() -> int:
    """
    Tell how many characters fit on a line.

    Returns
    -------
    int
        Of the terminal; of the environment's ``COLUMNS`` where that is set; else 80.

    Examples
    --------
    >>> terminal_width() >= 40
    True
    """
    return max(_LEAST_WIDTH, shutil.get_terminal_size((80, 24)).columns)


def paragraph(text: str, *, first: str = "", rest: str = "") -> str:
    r"""
    Break text into lines that fit.

    Parameters
    ----------
    text : str
        Text; lines that it has already are kept.
    first, rest : str
        What stands before the first line, and before all others.

    Returns
    -------
    str
        Lines.

    Examples
    --------
    >>> print(paragraph("A sentence.\nAnother one.", first="- ", rest="  "))
    - A sentence.
      Another one.
    """
    width = terminal_width() - max(_cells(first), _cells(rest))
    lines = [line for part in text.split("\n") for line in _lines(part, width, at=r"(?<=\s)")]
    return "\n".join(
        f"{rest if number else first}{line}".rstrip() for number, line in enumerate(lines)
    )


def call_text(value: object, *, width: int | None = None) -> str:
    """
    Write a declaration as the call that makes it, an argument a line where it is long.

    A name that is longer than a line stays whole, so that Python reads the call.

    Parameters
    ----------
    value : object
        The declaration.
    width : int, optional
        Characters a line; those of the terminal where left out.

    Returns
    -------
    str
        Python.

    Examples
    --------
    >>> print(call_text({"talk": ["never", "weekly"]}, width=20))
    {
        'talk': [
            'never',
            'weekly'
        ]
    }
    """
    from rich.pretty import pretty_repr

    return pretty_repr(value, max_width=terminal_width() if width is None else width)


def one_line_call(value: object) -> str:
    """
    Write a declaration as the call that makes it, the same in every terminal.

    Parameters
    ----------
    value : object
        The declaration.

    Returns
    -------
    str
        Python, in a line.

    Examples
    --------
    >>> one_line_call({"talk": ["never", "weekly"]})
    "{'talk': ['never', 'weekly']}"
    """
    return call_text(value, width=1_000_000)


def table_text(table: "pd.DataFrame", *, least: Sequence[str] = (), where: str = ".table") -> str:
    """
    Lay a table of text out so that it fits.

    Text breaks into lines first. Where that is not enough, a column that says the same in every
    row is told once, and then columns are left out, with a word on where they are; figures that
    may not be left out go before room for sentences.

    Parameters
    ----------
    table : pandas.DataFrame
        Text.
    least : sequence of str
        Columns that may be left out first, the least important first; then the last ones go.
    where : str
        Where all columns are, as an attribute.

    Returns
    -------
    str
        Lines.

    Examples
    --------
    >>> import pandas as pd
    >>> print(table_text(pd.DataFrame({"team": ["A", "Blue"], "mean": ["4.12", "12.0"]})))
    team  mean
    A     4.12
    Blue  12.0
    """
    width = terminal_width()
    columns = [_Column(str(name), list(table[name])) for name in table.columns]
    told: list[str] = []
    left_out: list[str] = []
    if _narrowest(columns) > width and len(table) > 1:
        same = [column for column in columns if column.says_the_same][: len(columns) - 1]
        told = [f"{column.name} {column.cells[0]}" for column in same]
        columns = [column for column in columns if column not in same]
    for name in [*least, None, *reversed([column.name for column in columns[1:]])]:
        if _narrowest(columns) > width and name is None:
            # Rather narrow sentences than no figures.
            for column in columns:
                column.narrowest = column.least
        elif _narrowest(columns) > width and name in [column.name for column in columns]:
            columns = [column for column in columns if column.name != name]
            left_out.append(str(name))
    lines = [paragraph(f"In every row: {'; '.join(told)}")] if told else []
    lines += _rows(columns, _widths(columns, width))
    if left_out:
        lines.append(paragraph(f"Too narrow here for {', '.join(left_out)}: see {where}."))
    return "\n".join(lines)


def fits_unbroken(table: "pd.DataFrame") -> bool:
    """
    Tell whether a table fits without breaking a cell into lines.

    Parameters
    ----------
    table : pandas.DataFrame
        Text.

    Returns
    -------
    bool
        Whether it does.

    Examples
    --------
    >>> import pandas as pd
    >>> fits_unbroken(pd.DataFrame({"team": ["A", "Blue"], "mean": ["4.12", "12.0"]}))
    True
    """
    widths = [_Column(str(name), list(table[name])).widest for name in table.columns]
    return sum(widths) + _GAP * (len(widths) - 1) <= terminal_width()


class _Column:
    """One column of a table: how wide it is at ease, and how narrow it can be."""

    def __init__(self, name: str, cells: list[str]) -> None:
        self.name, self.cells = name, [str(cell) for cell in cells]
        self.is_numeric = all(re.fullmatch(r"[-+−]?[\d.,]*%?", cell) for cell in self.cells)
        self.says_the_same = len({*self.cells}) == 1
        self.widest = max(_cells(text) for text in (name, *self.cells))
        wholes = [piece for text in (name, *self._breakable()) for piece in _pieces(text)]
        least = max([min(_WORD, _cells(piece)) for piece in wholes], default=1)
        self.least = max([least, *map(_cells, self.cells)]) if self.is_numeric else least
        at_ease = self.widest > _SENTENCE
        self.narrowest = max(self.least, _SENTENCE_WIDTH) if at_ease else self.least

    def _breakable(self) -> list[str]:
        return [] if self.is_numeric else self.cells

    def lines(self, text: str, width: int) -> list[str]:
        place: Callable[[str, int], str] = str.rjust if self.is_numeric else str.ljust
        extra = [(line, _cells(line) - len(line)) for line in _lines(text, width)]
        return [place(line, width - more) for line, more in extra]


def _narrowest(columns: Sequence[_Column]) -> int:
    return sum(column.narrowest for column in columns) + _GAP * (len(columns) - 1)


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """Share what is left among the columns that want more, those that want least first."""
    widths = [column.narrowest for column in columns]
    spare = max(0, width - _narrowest(columns))
    wanting = sorted(range(len(columns)), key=lambda k: columns[k].widest - widths[k])
    for turn, k in enumerate(wanting):
        given = min(columns[k].widest - widths[k], spare // (len(wanting) - turn))
        widths[k] += given
        spare -= given
    return widths


def _rows(columns: Sequence[_Column], widths: Sequence[int]) -> list[str]:
    lines = []
    for row in zip(*([column.name, *column.cells] for column in columns), strict=True):
        parts = [c.lines(t, w) for c, t, w in zip(columns, row, widths, strict=True)]
        for number in range(max(map(len, parts))):
            cells = [
                part[number] if number < len(part) else " " * width
                for part, width in zip(parts, widths, strict=True)
            ]
            lines.append((" " * _GAP).join(cells).rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    return [piece.rstrip() for piece in _BREAKS.split(text)]


def _lines(text: str, width: int, *, at: str | re.Pattern[str] = _BREAKS) -> list[str]:
    """Break text into lines no wider than so many characters, long words where they must."""
    lines, line = [], ""
    for whole in re.split(at, text):
        piece = whole
        if line and _cells(f"{line}{piece.rstrip()}") > width:
            lines.append(line.rstrip())
            line = ""
        while _cells(piece.rstrip()) > width:
            kept = _fitting(piece, width)
            lines.append(kept)
            piece = piece[len(kept) :]
        line += piece
    return [*lines, line.rstrip()]


def _fitting(text: str, width: int) -> str:
    """Give the longest beginning of a text that is no wider."""
    end = len(text)
    while _cells(text[:end]) > width:
        end -= 1
    return text[:end]


def _cells(text: str) -> int:
    """Count the places that a text takes: a Chinese character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
