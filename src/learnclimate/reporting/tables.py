"""Tables of a report and of the terminal: the same cells in both."""

from collections.abc import Sequence
from dataclasses import dataclass

from learnclimate.core.labels import category_name
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.prior_choice import Priors
from learnclimate.reporting.facts import LeftOut
from learnclimate.reporting.language import number, percentage, probability, quoted, texts
from learnclimate.reporting.prior_words import prior_words
from learnclimate.reporting.quantities import FrequencyAnswer, Quantity, TeamsAnswer
from learnclimate.reporting.sentences import count_decimals, quantity_words, ratio_decimals


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a table.

    Attributes
    ----------
    name : str
        Its heading.
    numeric : bool
        Whether it holds numbers, set to the right.
    """

    name: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table in words and written numbers.

    Attributes
    ----------
    caption : str
        What it shows.
    columns : tuple of Column
        Its columns; the first names the row.
    rows : tuple of tuple of str
        Its cells.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def level_table(answer: FrequencyAnswer, *, interval: float, language: str) -> Table:
    """
    Lay out the expected count at every level of a frequency.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        Level, respondents, expected count and ratio to the lowest shown with their
        intervals; a level that may not be shown has no figures.
    """
    words = texts(language)["answer"]
    between = words["interval"].format(interval=percentage(interval, language))
    ratio_name = words["ratio_column"].format(low=quoted(answer.low))
    columns = (
        Column(words["level"], numeric=False),
        Column(words["respondents"]),
        Column(f"{words['count']} ({between})"),
        Column(f"{ratio_name} ({between})"),
    )
    in_counts = count_decimals(*(level.count for level in answer.levels))
    cells = {level: (level, *[words["hidden"]] * 3) for level in answer.asked}
    for level in answer.levels:
        people = number(level.respondents, 0, language)
        ratio = "1" if level.ratio is None else ratio_cell(level.ratio, language)
        count = quantity_cell(level.count, in_counts, language)
        cells[level.level] = (level.level, people, count, ratio)
    caption = words["table"].format(frequency=quoted(answer.name))
    return Table(caption, columns, tuple(cells.values()))


def overall_table(count: Quantity, n_respondents: int, *, interval: float, language: str) -> Table:
    """
    Lay out the expected count of a study without a frequency.

    Parameters
    ----------
    count : Quantity
        The expected count.
    n_respondents : int
        Respondents.
    interval : float
        Probability of the interval.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        One row.
    """
    words = texts(language)["answer"]
    between = words["interval"].format(interval=percentage(interval, language))
    columns = (
        Column(words["level"], numeric=False),
        Column(words["respondents"]),
        Column(f"{words['count']} ({between})"),
    )
    cell = quantity_cell(count, count_decimals(count), language)
    row = (words["everyone"], number(n_respondents, 0, language), cell)
    return Table(words["table_overall"], columns, (row,))


def team_table(answer: TeamsAnswer, *, interval: float, language: str) -> Table:
    """
    Lay out the teams that are most probably among the top.

    Parameters
    ----------
    answer : TeamsAnswer
        The teams.
    interval : float
        Probability of their intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        Team, respondents, ratio to the average team with its interval, probability.
    """
    words = texts(language)["teams"]
    level = answer.frequency is None
    about = ("level" if level else "strength") + ("_odds" if answer.of_odds else "")
    between = words["interval"].format(interval=percentage(interval, language))
    in_ratios = ratio_decimals(*(team.effect for team in answer.ranked))
    columns = (
        Column(words["team"], numeric=False),
        Column(words["respondents"]),
        Column(f"{words[about]} ({between})"),
        Column(words["probability"].format(top=answer.top)),
    )
    rows = tuple(
        (
            team.team,
            number(team.respondents, 0, language),
            quantity_cell(team.effect, in_ratios, language),
            probability(team.probability, language),
        )
        for team in answer.ranked
    )
    title = "table_ratio" if answer.falling else "table"
    caption = words["table_level" if level else title].format(
        frequency=quoted(answer.frequency), top=answer.top
    )
    return Table(caption, columns, rows)


def size_table(classes: Sequence[tuple[str, int]], *, language: str) -> Table:
    """
    Lay out teams by classes of size.

    Parameters
    ----------
    classes : sequence of (str, int)
        From `size_classes`.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        One row a class.
    """
    words = texts(language)["who"]
    columns = (Column(words["size"], numeric=False), Column(words["teams"]))
    rows = tuple((label, number(teams, 0, language)) for label, teams in classes)
    return Table(words["sizes"], columns, rows)


def left_out_table(reasons: Sequence[LeftOut], *, language: str) -> Table | None:
    """
    Lay out why rows were left out.

    Parameters
    ----------
    reasons : sequence of LeftOut
        From `left_out_rows`.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table or None
        One row a reason; None where there is nothing to tell.
    """
    if not reasons:
        return None
    words = texts(language)["who"]
    columns = (
        Column(words["column"], numeric=False),
        Column(words["reason"], numeric=False),
        Column(words["rows"]),
    )
    rows = tuple((one.column, one.reason, number(one.rows, 0, language)) for one in reasons)
    return Table(words["left_out_table"], columns, rows)


def prior_table(priors: Priors | KindsPriors, *, language: str) -> Table:
    """
    Lay out the priors used; their names are those of the library.

    Parameters
    ----------
    priors : Priors or KindsPriors
        The priors.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        Parameter, coordinate (where there is one), prior and meaning.
    """
    shown = priors.table()
    if "coordinate" in shown:
        shown["coordinate"] = shown["coordinate"].map(category_name)
    rows = tuple(tuple(map(str, row)) for row in shown.itertuples(index=False))
    of_kinds = isinstance(priors, KindsPriors)
    names, rows = prior_words(tuple(map(str, shown.columns)), rows, language, of_kinds=of_kinds)
    columns = tuple(Column(name, numeric=False) for name in names)
    return Table(texts(language)["appendix"]["priors"], columns, rows)


def ratio_cell(ratio: Quantity, language: str) -> str:
    """
    Write a ratio with its interval, to the decimals to which a sentence tells it.

    Parameters
    ----------
    ratio : Quantity
        The ratio.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The median, and the interval in brackets.

    Examples
    --------
    >>> ratio_cell(Quantity(2.8497, 2.1, 4.2), "nl").replace(chr(160), " ")
    '2,8 (2,1 tot 4,2)'
    """
    return quantity_cell(ratio, ratio_decimals(ratio), language)


def quantity_cell(quantity: Quantity, decimals: int, language: str) -> str:
    """
    Write a quantity with its interval, as a cell.

    Parameters
    ----------
    quantity : Quantity
        The quantity.
    decimals : int
        Decimals shown.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The median, and the interval in brackets.
    """
    middle, lower, upper = quantity_words(quantity, decimals, language)
    between = texts(language)["numbers"]["between"].format(lower=lower, upper=upper)
    # No-break spaces: on a narrow page the interval goes to a line of its own, whole.
    return f"{middle} ({between.replace(' ', '\N{NO-BREAK SPACE}')})"
