"""`Codebook` and `Scale`: what was asked, declared once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from learnclimate.core.errors import ArgumentTypeError, CodebookError, nearest
from learnclimate.core.numbers import is_whole
from learnclimate.core.showing import Declared
from learnclimate.survey.codebook_checks import (
    checked_columns,
    checked_levels,
    checked_name,
    checked_names,
    checked_path,
)
from learnclimate.survey.codebook_roles import refuse_two_roles, refuse_without_count
from learnclimate.survey.outcome import Outcome

_NO_OUTCOME = (
    "The codebook names no outcome, so nothing can be asked about a count. Name its column, "
    "Codebook(outcome=...), and read the answers again; scales can be asked about as they are: "
    "item_analysis, reliability, agreement, aggregation, FactorModel."
)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Scale(Declared):
    """
    A scale: several items that are meant to measure one thing.

    Parameters
    ----------
    name : str
        Name of the scale.
    items : sequence of str
        Its columns, in order.
    minimum, maximum : int, default 1 and 5
        Lowest and highest answer an item can have.
    reverse : sequence of str
        Items that are keyed the other way round.
    answers : sequence of str
        What the answers are called, lowest first, where a file holds words ("disagree") in the
        place of numbers: one for each number from `minimum` to `maximum`. Numbers are read too.

    Raises
    ------
    CodebookError
        If there are no items, one is named twice, `reverse` names an item that the
        scale lacks, `minimum` is not below `maximum`, or `answers` are more or fewer than
        the numbers.

    Examples
    --------
    >>> Scale("leadership", ["q1", "q2", "q3"], reverse=["q2"]).items
    ('q1', 'q2', 'q3')
    """

    name: str
    items: tuple[str, ...]
    minimum: int
    maximum: int
    reverse: tuple[str, ...]
    answers: tuple[str, ...]

    def __init__(
        self,
        name: str,
        items: Sequence[str],
        *,
        minimum: int = 1,
        maximum: int = 5,
        reverse: Sequence[str] = (),
        answers: Sequence[str] = (),
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "name", checked_name("Scale(name=...)", name))
        where = f"Scale {name!r}"
        set_field(self, "items", checked_names(f"{where}: items", items))
        set_field(self, "reverse", checked_names(f"{where}: reverse", reverse))
        set_field(self, "answers", checked_names(f"{where}: answers", answers))
        for label, value in (("minimum", minimum), ("maximum", maximum)):
            if not is_whole(value):
                raise ArgumentTypeError(f"{where}: {label}={value!r} should be a whole number.")
        set_field(self, "minimum", int(minimum))
        set_field(self, "maximum", int(maximum))
        if not self.items:
            raise CodebookError(f"{where} has no items. Name its columns.")
        if minimum >= maximum:
            raise CodebookError(f"{where}: minimum {minimum} should be below maximum {maximum}.")
        if self.answers and len(self.answers) != self.maximum - self.minimum + 1:
            raise CodebookError(
                f"{where}: answers names {len(self.answers)}, but {minimum} to {maximum} are "
                f"{self.maximum - self.minimum + 1}. Name one for each number, lowest first, or "
                "set minimum and maximum."
            )
        for item in self.reverse:
            if item not in self.items:
                raise CodebookError(
                    f"{where}: reverse names {item!r}, which is not among its items. "
                    f"{nearest(item, self.items)}"
                )

    def __rich_repr__(self) -> Iterator[tuple[str | None, object]]:
        """Give the arguments of the call that makes this scale."""
        return _set_parts(self, ("name", "items", "minimum", "maximum"))


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Codebook(Declared):
    """
    What a questionnaire asked, and in which columns the answers stand.

    Parameters
    ----------
    outcome : str or Outcome, optional
        Column of the count of learning activities; or an `Outcome`, which says how it was
        asked where that was not by an open number. None for a study of scales alone, of which
        every question about scales can be asked.
    team : str
        Column of the team.
    frequency : str or sequence of str, optional
        Column of the conversation frequency, or several (talk in passing, talk in
        meetings). None for a study that did not ask it.
    frequency_levels : sequence of str, or mapping of column to sequence
        The levels, lowest first. They give the order: an answer that is not among
        them is an error, never silently missing.
    department : str, optional
        Column of the department; each team lies in one.
    exposure : str, optional
        Column of the exposure, for example months of service in the year asked about;
        above 0. Counts are then modelled per unit of it.
    covariates : sequence of str, optional
        Columns of further characteristics, numbers or categories.
    weight : str, optional
        Column of a sampling weight, above 0. It weighs respondents in answers that are
        standardised over them (``population="study"``); the likelihood does not use it.
    scales : sequence of Scale, optional
        Scales asked in the same questionnaire.
    respondent : str, optional
        Column that identifies respondents; a value that comes twice is then an error.

    Raises
    ------
    CodebookError
        If two parts contradict each other: levels in no order, a column with two
        roles, an item in two scales; or there is neither an outcome nor a scale.
    ArgumentTypeError
        If a part has the wrong type.

    Examples
    --------
    >>> codebook = Codebook(
    ...     outcome="activities",
    ...     team="team",
    ...     frequency="talk",
    ...     frequency_levels=["never", "monthly", "weekly"],
    ... )
    >>> codebook.levels_of("talk")
    ('never', 'monthly', 'weekly')
    >>> Codebook(team="team", scales=[Scale("leadership", ["q1", "q2"])]).items
    ('q1', 'q2')
    """

    outcome: str | Outcome | None
    team: str
    frequency: str | tuple[str, ...] | None
    frequency_levels: tuple[tuple[str, tuple[str, ...]], ...]
    department: str | None
    exposure: str | None
    covariates: tuple[str, ...]
    weight: str | None
    scales: tuple[Scale, ...]
    respondent: str | None

    def __init__(  # noqa: PLR0913 - the codebook has this many parts, each optional and by name
        self,
        *,
        outcome: str | Outcome | None = None,
        team: str,
        frequency: str | Sequence[str] | None = None,
        frequency_levels: Sequence[str] | Mapping[str, Sequence[str]] = (),
        department: str | None = None,
        exposure: str | None = None,
        covariates: Sequence[str] = (),
        weight: str | None = None,
        scales: Sequence[Scale] = (),
        respondent: str | None = None,
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "outcome", _checked_outcome(outcome))
        set_field(self, "team", checked_name("Codebook(team=...)", team))
        optional = (
            ("department", department),
            ("exposure", exposure),
            ("weight", weight),
            ("respondent", respondent),
        )
        for field, given in optional:
            checked = None if given is None else checked_name(f"Codebook({field}=...)", given)
            set_field(self, field, checked)
        columns = checked_columns("Codebook(frequency=...)", frequency)
        set_field(self, "frequency", frequency if isinstance(frequency, str) else columns or None)
        set_field(self, "frequency_levels", checked_levels(columns, frequency_levels))
        set_field(self, "covariates", checked_names("Codebook(covariates=...)", covariates))
        set_field(self, "scales", _checked_scales(scales))
        refuse_without_count(self)
        refuse_two_roles(self)

    def __rich_repr__(self) -> Iterator[tuple[str | None, object]]:
        """Give the arguments of the call that makes this codebook."""
        return _set_parts(self, ("team",) if self.outcome is None else ("outcome", "team"))

    @property
    def outcome_column(self) -> str:
        """Column of the outcome among validated answers; `CodebookError` where there is none."""
        return self.asked.name

    @property
    def outcome_columns(self) -> dict[str, str]:
        """The columns in which the outcome was answered, with their roles; none without one."""
        return {} if self.outcome is None else self.asked.columns

    @property
    def asked(self) -> Outcome:
        """How the outcome was asked; `CodebookError` where there is none."""
        if self.outcome is None:
            raise CodebookError(_NO_OUTCOME)
        return self.outcome if isinstance(self.outcome, Outcome) else Outcome(self.outcome)

    @property
    def frequency_columns(self) -> tuple[str, ...]:
        """The columns of the frequencies, none, one or several."""
        return tuple(column for column, _ in self.frequency_levels)

    @property
    def items(self) -> tuple[str, ...]:
        """The columns of all items of all scales."""
        return tuple(item for scale in self.scales for item in scale.items)

    def levels_of(self, column: str) -> tuple[str, ...]:
        """
        Levels of one frequency, lowest first.

        Parameters
        ----------
        column : str
            A frequency column.

        Returns
        -------
        tuple of str
            Its levels.

        Raises
        ------
        CodebookError
            If there is no such frequency.

        Examples
        --------
        >>> codebook = Codebook(
        ...     outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"]
        ... )
        >>> codebook.levels_of("talk")
        ('no', 'yes')
        """
        for name, levels in self.frequency_levels:
            if name == column:
                return levels
        raise CodebookError(
            f"There is no frequency {column!r}. {nearest(column, self.frequency_columns)}"
        )

    @classmethod
    def from_toml(cls, path: str | Path) -> "Codebook":
        """
        Read a codebook from a TOML file.

        Parameters
        ----------
        path : path
            The file; ``learnclimate init`` writes one to start from.

        Returns
        -------
        Codebook
            The codebook.

        Raises
        ------
        FileError
            If the file cannot be read or is not TOML.
        CodebookError
            If it does not describe a codebook.
        ArgumentTypeError
            If `path` is none.

        Examples
        --------
        >>> from learnclimate.survey.example import example_path
        >>> Codebook.from_toml(example_path("example.toml")).outcome
        'activities'
        """
        from learnclimate.survey.codebook_toml import read_codebook

        return read_codebook(checked_path("Codebook.from_toml(path)", path))

    def to_toml(self, path: str | Path) -> None:
        """
        Write the codebook to a commented TOML file.

        Parameters
        ----------
        path : path
            Where to write; an existing file is replaced.

        Raises
        ------
        FileError
            If the file cannot be written.
        ArgumentTypeError
            If `path` is none.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> codebook = Codebook(outcome="n", team="team")
        >>> with TemporaryDirectory() as folder:
        ...     codebook.to_toml(Path(folder) / "study.toml")
        ...     Codebook.from_toml(Path(folder) / "study.toml") == codebook
        True
        """
        from learnclimate.survey.codebook_toml import write_codebook

        write_codebook(self, checked_path("Codebook.to_toml(path)", path))


def _set_parts(
    record: "Scale | Codebook", always: tuple[str, ...]
) -> Iterator[tuple[str | None, object]]:
    """Give the arguments of the call that makes a record, without those that are not set."""
    yield from ((name, getattr(record, name)) for name in always)
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "frequency_levels":
            value = {column: list(levels) for column, levels in value}
        if field.name not in always and value:
            yield field.name, value


def _checked_outcome(outcome: object) -> str | Outcome | None:
    if outcome is None:
        return None
    if isinstance(outcome, Outcome):
        # One way to say one thing: an open number is told by its column alone.
        return outcome.name if outcome.is_plain else outcome
    return checked_name("Codebook(outcome=...)", outcome)


def _checked_scales(scales: object) -> tuple[Scale, ...]:
    if isinstance(scales, str) or not isinstance(scales, Sequence):
        raise ArgumentTypeError(f"Codebook(scales=...): give a list of Scale(...), not {scales!r}.")
    for scale in scales:
        if not isinstance(scale, Scale):
            raise ArgumentTypeError(
                f"Codebook(scales=...): {scale!r} is not a Scale. Write Scale(name, items)."
            )
    return tuple(scales)
