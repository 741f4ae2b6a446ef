"""Sentences that state results, in English and in Dutch; every number comes from a result."""

from collections.abc import Sequence

from learnclimate.reporting.language import (
    fitting_decimals,
    listed,
    number,
    percentage,
    probability,
    quoted,
    texts,
)
from learnclimate.reporting.quantities import (
    FrequencyAnswer,
    LevelAnswer,
    Quantity,
    TeamAnswer,
    TeamsAnswer,
)

_HALF = 0.5


def ratio_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State the ratio of the highest to the lowest level.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer for one frequency.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence; that nothing can be compared, where too few levels may be shown.
    """
    words = texts(language)["answer"]
    if answer.ratio is None:
        return words["none_compared"].format(frequency=quoted(answer.name))
    middle, lower, upper = quantity_words(answer.ratio, ratio_decimals(answer.ratio), language)
    return words["ratio"].format(
        frequency=quoted(answer.name),
        high=quoted(answer.high),
        low=quoted(answer.low),
        ratio=middle,
        lower=lower,
        upper=upper,
        interval=percentage(interval, language),
    )


def direction_sentence(ratio: Quantity, *, language: str) -> str:
    """
    State how sure the direction of a ratio is.

    Parameters
    ----------
    ratio : Quantity
        A ratio; its probability is that of being above 1.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        That it lies above 1, below 1, or that this is open.

    Examples
    --------
    >>> direction_sentence(Quantity(3.8, 3.2, 4.5, 0.93), language="en")
    'The probability that the ratio is above 1 is 93%.'
    """
    words = texts(language)["answer"]
    if ratio.lower > 1:
        return words["above"].format(probability=probability(ratio.probability, language))
    if ratio.upper < 1:
        return words["below"].format(probability=probability(1 - ratio.probability, language))
    return words["open"].format(probability=probability(ratio.probability, language))


def alike_sentence(names: Sequence[str], *, other: Sequence[str], language: str) -> str:
    """
    State in what respondents are alike who are compared; empty where in nothing.

    Parameters
    ----------
    names : sequence of str
        Covariates, and the team where the model has teams' levels, quoted or in words.
    other : sequence of str
        The other conversation frequencies.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence, or nothing.

    Examples
    --------
    >>> alike_sentence(["team", "‘tenure’"], other=(), language="nl")
    'We vergelijken respondenten die gelijk zijn in team en ‘tenure’.'
    """
    words = texts(language)["answer"]
    parts = [*names, *(words["other_frequency"].format(frequency=quoted(one)) for one in other)]
    return words["alike"].format(alike=listed(parts, language)) if parts else ""


def counts_sentence(low: LevelAnswer, high: LevelAnswer, *, interval: float, language: str) -> str:
    """
    State the expected counts at the lowest and the highest level.

    Parameters
    ----------
    low, high : LevelAnswer
        The lowest and the highest level.
    interval : float
        Probability of their intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    return texts(language)["answer"]["counts"].format(
        **count_words(low, high, interval=interval, language=language)
    )


def count_words(
    low: LevelAnswer, high: LevelAnswer, *, interval: float, language: str
) -> dict[str, str]:
    """
    Put two levels, and what is expected at each, in words.

    Parameters
    ----------
    low, high : LevelAnswer
        The lowest and the highest level.
    interval : float
        Probability of their intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    dict of str to str
        What the sentences on counts leave open, by name.
    """
    decimals = count_decimals(low.count, high.count)
    told = {"interval": percentage(interval, language)}
    for name, level in (("low", low), ("high", high)):
        words = quantity_words(level.count, decimals, language)
        told[name] = quoted(level.level)
        told |= zip((f"{name}_count", f"{name}_lower", f"{name}_upper"), words, strict=True)
    return told


def overall_sentence(count: Quantity, *, interval: float, language: str) -> str:
    """
    State the expected count of all respondents together.

    Parameters
    ----------
    count : Quantity
        The expected count.
    interval : float
        Probability of its interval.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> overall_sentence(Quantity(3.21, 2.9, 3.6), interval=0.9, language="en")
    'Per respondent, 3.2 learning activities are expected (90% interval: 2.9 to 3.6).'
    """
    middle, lower, upper = quantity_words(count, count_decimals(count), language)
    return texts(language)["answer"]["overall"].format(
        count=middle, lower=lower, upper=upper, interval=percentage(interval, language)
    )


def team_sentences(answer: TeamsAnswer, *, language: str) -> list[str]:
    """
    State which teams stand out, how probably, and what chance alone would give.

    Parameters
    ----------
    answer : TeamsAnswer
        The teams in one respect.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    words = texts(language)["teams"]
    if not answer.ranked:
        return [words["none_shown"]]
    named = [
        words["team_probability"].format(
            team=team.team, probability=probability(team.probability, language)
        )
        for team in answer.ranked
    ]
    about = "of_ratio" if answer.falling else "strongest"
    about = "highest" if answer.frequency is None else about
    first = words[about].format(
        frequency=quoted(answer.frequency),
        teams=listed(named, language),
        top=answer.top,
        all=answer.n_shown,
    )
    chance = words["chance"].format(probability=probability(answer.top / answer.n_shown, language))
    return [first, chance, certainty_sentence(answer.ranked, language=language)]


def is_likely(team: TeamAnswer) -> bool:
    """
    Tell whether a team is among the top more probably than not.

    Parameters
    ----------
    team : TeamAnswer
        The team.

    Returns
    -------
    bool
        Whether it is.
    """
    return team.probability > _HALF


def certainty_sentence(ranked: Sequence[TeamAnswer], *, language: str) -> str:
    """
    State for which teams being among the top is more probable than not.

    Parameters
    ----------
    ranked : sequence of TeamAnswer
        The teams that were named.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    words = texts(language)["teams"]
    half = percentage(_HALF, language)
    likely = [team.team for team in ranked if is_likely(team)]
    if not likely:
        return words["uncertain"].format(half=half)
    return words["fairly_certain"].format(half=half, teams=listed(likely, language))


def hidden_sentence(answer: TeamsAnswer, *, minimum: int, language: str) -> str:
    """
    State that teams are not shown, beside others; their number only where it is not small.

    Parameters
    ----------
    answer : TeamsAnswer
        The teams.
    minimum : int
        Smallest group that is shown.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence, or nothing.

    Examples
    --------
    >>> hidden_sentence(TeamsAnswer(None, 5, 60, 60, ()), minimum=5, language="en")
    ''
    """
    words = texts(language)["teams"]
    hidden = answer.n_teams - answer.n_shown
    if hidden == 0 or answer.n_shown == 0:
        return ""
    if hidden < minimum:
        return words["hidden_one"]
    return words["hidden"].format(hidden=number(hidden, 0, language))


def quantity_words(quantity: Quantity, decimals: int, language: str) -> tuple[str, str, str]:
    """
    Write a quantity and its interval.

    Parameters
    ----------
    quantity : Quantity
        The quantity.
    decimals : int
        Decimals shown; see `count_decimals` and `ratio_decimals`.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    median, lower, upper : str
        The numbers.

    Examples
    --------
    >>> quantity_words(Quantity(3.81, 3.2, 4.53), 1, "nl")
    ('3,8', '3,2', '4,5')
    """
    values = (quantity.median, quantity.lower, quantity.upper)
    middle, lower, upper = (number(value, decimals, language) for value in values)
    return middle, lower, upper


def ratio_decimals(*ratios: Quantity) -> int:
    """
    Choose the decimals of ratios told together; finer near 1, where they matter most.

    Parameters
    ----------
    *ratios : Quantity
        The ratios.

    Returns
    -------
    int
        2 where one may be below 2, 0 where all are 100 or more, else 1.

    Examples
    --------
    >>> ratio_decimals(Quantity(3.8, 3.2, 4.5)), ratio_decimals(Quantity(1.1, 0.9, 1.4))
    (1, 2)
    """
    smallest = min((min(one.lower, one.median) for one in ratios), default=1.0)
    return fitting_decimals(smallest, fine_below=2)


def count_decimals(*counts: Quantity) -> int:
    """
    Choose the decimals of expected counts told together.

    Parameters
    ----------
    *counts : Quantity
        The counts.

    Returns
    -------
    int
        2 where one may be below 1, 0 where all are 100 or more, else 1.

    Examples
    --------
    >>> count_decimals(Quantity(1.8, 1.4, 2.2), Quantity(6.9, 5.1, 9.4))
    1
    """
    smallest = min((min(one.lower, one.median) for one in counts), default=1.0)
    return fitting_decimals(smallest, fine_below=1)
