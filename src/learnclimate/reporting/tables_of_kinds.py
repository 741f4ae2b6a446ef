"""Tables of a report on several kinds of activity."""

from learnclimate.reporting.language import number, percentage, probability, quoted, texts
from learnclimate.reporting.quantities import FrequencyAnswer, Quantity
from learnclimate.reporting.sentences import count_decimals
from learnclimate.reporting.tables import Column, Table, quantity_cell, ratio_cell


def kinds_table(answer: FrequencyAnswer, *, interval: float, language: str) -> Table | None:
    """
    Lay out what goes with a frequency, kind by kind.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer, with those of the kinds.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table or None
        A row a kind and one for all together: expected numbers at the lowest and the highest
        level, their ratio, and how probably it is the highest; None where nothing is compared.
    """
    if answer.ratio is None:
        return None
    words = texts(language)["kinds"]
    at = [words["low_column"].format(level=quoted(one)) for one in (answer.low, answer.high)]
    columns = (
        Column(words["kind"], numeric=False),
        Column(words["ratio_column"]),
        *(Column(name) for name in at),
        Column(words["highest_column"]),
    )
    low, high = (answer.levels.index(one) for one in (answer.given[0], answer.given[-1]))
    every = [
        (one.name, one.ratio, one.counts[low], one.counts[high], one.highest)
        for one in answer.of_kinds
    ]
    total = (words["total"], answer.ratio, answer.given[0].count, answer.given[-1].count, None)
    in_counts = count_decimals(*(count for row in every for count in row[2:4]))
    rows = [
        (
            name,
            ratio_cell(ratio, language),
            quantity_cell(at_low, in_counts, language),
            quantity_cell(at_high, in_counts, language),
            "–" if highest is None else probability(highest, language),
        )
        for name, ratio, at_low, at_high, highest in (*every, total)
        if ratio is not None
    ]
    caption = words["table"].format(
        frequency=quoted(answer.name),
        high=quoted(answer.high),
        low=quoted(answer.low),
        interval=percentage(interval, language),
    )
    return Table(caption, columns, tuple(rows))


def kind_levels_table(answer: FrequencyAnswer, *, interval: float, language: str) -> Table:
    """
    Lay out the expected count of every kind at every level of a frequency.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer, with those of the kinds.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        A row a level: respondents, and the expected count of each kind and of all together; a
        level that may not be shown has no figures.
    """
    words, shared = texts(language)["kinds"], texts(language)["answer"]
    names = [*(kind.name for kind in answer.of_kinds), words["total"]]
    columns = (
        Column(shared["level"], numeric=False),
        Column(shared["respondents"]),
        *(Column(name) for name in names),
    )
    decimals = count_decimals(*(count for kind in answer.of_kinds for count in kind.counts))
    cells = {level: (level, *[shared["hidden"]] * (len(names) + 1)) for level in answer.asked}
    for place, level in enumerate(answer.levels):
        counts: list[Quantity] = [kind.counts[place] for kind in answer.of_kinds]
        told = [quantity_cell(one, decimals, language) for one in (*counts, level.count)]
        people = number(level.respondents, 0, language)
        cells[level.level] = (level.level, people, *told)
    caption = words["levels_table"].format(
        frequency=quoted(answer.name), interval=percentage(interval, language)
    )
    return Table(caption, columns, tuple(cells.values()))
