"""Tables as a notebook shows them, and as a terminal does."""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from learnclimate.core.layout import call_text, one_line_call, paragraph, table_text

if TYPE_CHECKING:
    import pandas as pd

#: Rows of a long table that are shown; the others are counted.
MOST_ROWS = 20

#: Characters beyond which a cell is a sentence, which may break into lines.
_SENTENCE = 40

#: Of a column with a sentence, which may break into lines; notebooks forbid it for numbers' sake.
#: Beyond these no figure of a probability is told: no sample shows certainty.
_ALMOST_ONE, _ALMOST_NONE = 0.99, 0.01
_LEFT = ' style="white-space: normal; min-width: 11em; text-align: left"'


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> str:
    """
    Write a table that a screen reader can read: caption, and headings with a scope.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequence
        Cells; the first of each row heads it.
    caption : str
        What the table is about.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> html_table(["check", "verdict"], [("R-hat", "good")], caption="Checks")[:51]
    '<table class="dataframe"><caption>Checks</caption><'
    """
    cells = [[str(cell) for cell in row] for row in rows]
    sentences = {k for row in cells for k in range(1, len(row)) if len(row[k]) > _SENTENCE}
    head = "".join(
        f'<th scope="col"{_LEFT if k in sentences else ""}>{html.escape(name)}</th>'
        for k, name in enumerate(columns)
    )
    body = "".join(
        "<tr>"
        f'<th scope="row">{html.escape(first)}</th>'
        + "".join(
            f"<td{_LEFT if k in sentences else ''}>{html.escape(cell)}</td>"
            for k, cell in enumerate(others, start=1)
        )
        + "</tr>"
        for first, *others in cells
    )
    titled = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    parts = [titled, f"<thead><tr>{head}</tr></thead>", f"<tbody>{body}</tbody>"]
    return f'<table class="dataframe">{"".join(parts)}</table>'


def html_fields(value: object, *, caption: str) -> str:
    """
    Write a declaration as a table of its fields, without those that were left out.

    Parameters
    ----------
    value : dataclass instance
        The declaration.
    caption : str
        What it is.

    Returns
    -------
    str
        HTML.
    """
    parts = {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
    rows = [(name, one_line_call(part)) for name, part in parts.items() if part is not None]
    return html_table(["part", "value"], rows, caption=caption)


def legend(names: Iterable[str], meanings: Iterable[str]) -> list[str]:
    """
    Say once what each of several names means, for below a table.

    Parameters
    ----------
    names, meanings : iterable of str
        As in the rows of the table; names may be repeated.

    Returns
    -------
    list of str
        Lines.

    Examples
    --------
    >>> legend(["team_sd", "team_sd"], ["how far teams differ"] * 2)
    ['team_sd: how far teams differ']
    """
    told = dict(zip(names, meanings, strict=True))
    return [paragraph(f"{name}: {meaning}", rest="  ") for name, meaning in told.items()]


class Called:
    """What shows itself as the call that makes it, in as many lines as that needs."""

    __slots__ = ()

    def __rich_repr__(self) -> Iterator[tuple[str | None, object]]:
        """Give the arguments of the call, by name."""
        for field in fields(self):  # type: ignore[arg-type]
            yield field.name, getattr(self, field.name)

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self)


class Declared(Called):
    """What was declared: a notebook shows it as a table of its parts, without those left out."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html_fields(self, caption=type(self).__name__)


class Tabled(Called):
    """What lays itself out by `table()`: a notebook shows that."""

    __slots__ = ()

    def __rich_repr__(self) -> Iterator[tuple[str | None, object]]:
        """Give the arguments of the call that are set, by name."""
        return (part for part in super().__rich_repr__() if part[1] is not None)

    def __str__(self) -> str:
        """Show the table, what its parameters mean below it; the call where nothing is set."""
        table = self.table()
        if not len(table):
            return repr(self)
        laid_out = table_text(table.drop(columns="meaning"), where=".table()")
        return "\n".join([laid_out, *legend(table["parameter"], table["meaning"])])

    def table(self) -> "pd.DataFrame":
        """
        Lay it out.

        Returns
        -------
        pandas.DataFrame
            Text.
        """
        raise NotImplementedError

    def _repr_html_(self) -> str:
        table = self.table()
        if not len(table):
            return f"<code>{html.escape(repr(self))}</code>"
        rows = table.itertuples(index=False, name=None)
        return html_table(list(table.columns), rows, caption=type(self).__name__)


def rounded(table: "pd.DataFrame") -> "pd.DataFrame":
    """
    Round the numbers of a table to three figures and leave out columns that say nothing.

    Parameters
    ----------
    table : pandas.DataFrame
        A table of results.

    Returns
    -------
    pandas.DataFrame
        Text, at most `MOST_ROWS` rows; a missing number is empty, and a probability is never
        0 or 1, which no sample can show.

    Examples
    --------
    >>> import pandas as pd
    >>> rounded(pd.DataFrame({"mean": [4.1234, -0.0002], "team": [None, None], "n": [12, 9]}))
        mean   n
    0   4.12  12
    1  0.000   9
    """
    shown = table.dropna(axis="columns", how="all").head(MOST_ROWS)
    idle = [n for n in ("suppressed", "hidden") if n in shown and not table[n].any()]
    shown = shown.drop(columns=idle)
    import pandas as pd

    cells = {
        name: shown[name].map(_probability_cell if name == "probability" else _cell)
        for name in shown.columns
    }
    return pd.DataFrame(cells)


def _probability_cell(value: object) -> str:
    """Write a posterior probability as reports do: beyond 0.99 and 0.01 no figure is told."""
    if isinstance(value, float | np.floating) and value > _ALMOST_ONE:
        return f"> {_ALMOST_ONE}"
    if isinstance(value, float | np.floating) and value < _ALMOST_NONE:
        return f"< {_ALMOST_NONE}"
    return _cell(value)


def text_of(
    caption: str, tables: "Mapping[str, pd.DataFrame]", *, least: Sequence[str] = ()
) -> str:
    """
    Lay tables out for a terminal, below what they are about.

    Parameters
    ----------
    caption : str
        What they are about.
    tables : mapping of str to pandas.DataFrame
        The tables by the attribute that holds them; empty ones are left out.
    least : sequence of str
        Columns that a narrow terminal may go without, the least important first.

    Returns
    -------
    str
        Lines.

    Examples
    --------
    >>> import pandas as pd
    >>> text_of("About means", {".table": pd.DataFrame({"mean": [4.1234]})}).split()
    ['About', 'means', 'mean', '4.12']
    """
    shown = []
    for where, table in tables.items():
        if len(table):
            more = max(0, len(table) - MOST_ROWS)
            laid_out = table_text(rounded(table), least=least, where=where)
            shown.append(laid_out + (f"\n{more} more rows in {where}." if more else ""))
    return "\n\n".join([paragraph(caption), *shown])


def html_of(caption: str, *tables: "pd.DataFrame") -> str:
    """
    Lay tables out for a notebook; what they are about heads the first.

    Parameters
    ----------
    caption : str
        What they are about.
    *tables : pandas.DataFrame
        The tables; empty ones are left out.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> import pandas as pd
    >>> "<caption>About means</caption>" in html_of("About means", pd.DataFrame({"mean": [4.1]}))
    True
    """
    shown = [rounded(table) for table in tables if len(table)]
    captions = [caption, *[""] * (len(shown) - 1)]
    return "".join(
        html_table(list(table.columns), table.itertuples(index=False, name=None), caption=title)
        for table, title in zip(shown, captions, strict=True)
    )


def _cell(value: object) -> str:
    import pandas as pd

    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else ""
    if isinstance(value, float):
        decimals = max(0, min(3, 2 - int(np.floor(np.log10(abs(value)))))) if value else 3
        # Rounded first: what rounds to nothing has no sign.
        return f"{round(value, decimals) + 0.0:.{decimals}f}"
    return str(value)
