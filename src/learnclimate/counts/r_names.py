"""Names that R and brms take, for the columns of a survey and for those that R code makes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# brms refuses two underscores in a row and one at the end; R refuses the rest without backticks,
# which brms refuses in turn inside mo(), as a grouping term and as a response.
_PLAIN = re.compile(r"[A-Za-z](?:[._]?[A-Za-z0-9])*")
#: A name that needs no quotes after a dollar sign.
_SYNTACTIC = re.compile(r"[A-Za-z][A-Za-z0-9._]*")
_RESERVED = frozenset(
    {"if", "else", "repeat", "while", "function", "for", "next", "break", "in"}
    | {"TRUE", "FALSE", "NULL", "Inf", "NaN", "NA"}
    | {f"NA_{kind}_" for kind in ("integer", "real", "complex", "character")}
)
#: Which brms reads as the intercept.
_OF_BRMS = frozenset(("Intercept", "intercept"))


def r_text(value: str) -> str:
    r"""
    Write text in R.

    Parameters
    ----------
    value : str
        The text.

    Returns
    -------
    str
        In double quotes.

    Examples
    --------
    >>> print(r_text('say "yes"'))
    "say \"yes\""
    """
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(marks.get(letter, letter) for letter in value) + '"'


def r_values(name: str) -> str:
    """
    Write a column of ``data`` in R, under its own name.

    Parameters
    ----------
    name : str
        The column's name.

    Returns
    -------
    str
        R code.

    Examples
    --------
    >>> r_values("team"), r_values("my team")
    ('data$team', 'data[["my team"]]')
    """
    plain = _SYNTACTIC.fullmatch(name) is not None and name not in _RESERVED
    return f"data${name}" if plain else f"data[[{r_text(name)}]]"


def _is_plain(name: str) -> bool:
    return _PLAIN.fullmatch(name) is not None and name not in _RESERVED | _OF_BRMS


def _bare(name: str) -> str:
    """Leave out what brms leaves out of a response's name."""
    return re.sub(r"[._]", "", name)


@dataclass(slots=True)
class RNames:
    """
    Names in R code that is being written; names that brms refuses get another one.

    Attributes
    ----------
    taken : set of str
        Names that no made column may have.
    prepared : list of str
        Lines of R that make columns, in order.

    Examples
    --------
    >>> names = RNames.of(["The team", "talk"])
    >>> names.column("talk"), names.column("The team")
    ('talk', 'The_team')
    >>> names.prepared
    ['data$The_team <- data[["The team"]]']
    """

    taken: set[str]
    prepared: list[str] = field(default_factory=list)
    _columns: dict[str, str] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Iterable[str]) -> "RNames":
        """
        Begin with the columns of a survey.

        Parameters
        ----------
        columns : iterable of str
            Their names.

        Returns
        -------
        RNames
            Nothing is prepared yet.
        """
        return cls({str(column) for column in columns})

    def column(self, name: str) -> str:
        """
        Name a column of the survey in a formula.

        Parameters
        ----------
        name : str
            The column's name.

        Returns
        -------
        str
            The name itself where brms takes it; else that of a copy, made by a prepared line.
        """
        if name in self._columns:
            return self._columns[name]
        if _is_plain(name):
            self._columns[name] = name
            return name
        self._columns[name] = self._free(name)
        self.prepared.append(f"data${self._columns[name]} <- {r_values(name)}")
        return self._columns[name]

    def response(self, name: str, others: Iterable[str] = ()) -> str:
        """
        Name one outcome of several: brms leaves dots and underscores out of their names.

        Parameters
        ----------
        name : str
            The column's name.
        others : iterable of str, optional
            Names of the responses before it.

        Returns
        -------
        str
            As `column`, or a name that no other response has once these marks are left out.
        """
        found, before = self.column(name), {_bare(other) for other in others}
        if _bare(found) not in before:
            return found
        made = self._free(name, before)
        self._columns[name] = made
        self.prepared.append(f"data${made} <- data${found}")
        return made

    def made(self, wish: str) -> str:
        """
        Name a column that R code makes.

        Parameters
        ----------
        wish : str
            What to call it; the same wish gets the same name.

        Returns
        -------
        str
            A name that brms takes and no column of the survey has.
        """
        if wish not in self._made:
            self._made[wish] = self._free(wish)
        return self._made[wish]

    def outcome(self, name: str) -> str:
        """
        Name a column that holds the outcome, which the survey may hold already.

        Parameters
        ----------
        name : str
            The outcome's name.

        Returns
        -------
        str
            The name itself where brms takes it.
        """
        if name not in self._columns:
            self._columns[name] = name if _is_plain(name) else self._free(name)
        return self._columns[name]

    def prepare(self, line: str) -> None:
        """
        Add a line of R, once.

        Parameters
        ----------
        line : str
            The line.
        """
        if line not in self.prepared:
            self.prepared.append(line)

    def _free(self, wish: str, bare: Iterable[str] = ()) -> str:
        name = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", wish)).strip("_")
        if not _is_plain(name):
            name = f"column_{name}".rstrip("_")
        found, number = name, 1
        while found in self.taken or _bare(found) in bare:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found
