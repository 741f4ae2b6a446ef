"""Sentences about several kinds of activity: their total, each of them, and how they differ."""

from learnclimate.reporting.language import listed, number, percentage, probability, quoted, texts
from learnclimate.reporting.quantities import FrequencyAnswer, KindAnswer, PairAnswer
from learnclimate.reporting.sentences import (
    count_words,
    quantity_words,
    ratio_decimals,
)

#: With two kinds, how they compare says which is the higher.
_FEWEST_RANKED = 3
#: So many pairs that are open are written out; more are left to the workbook.
_MOST_OPEN = 6


def total_ratio_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State the ratio of the highest to the lowest level, over all kinds together.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer for one frequency, with those of the kinds.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence; that nothing can be compared, where too few levels may be shown.
    """
    if answer.ratio is None:
        return texts(language)["answer"]["none_compared"].format(frequency=quoted(answer.name))
    middle, lower, upper = quantity_words(answer.ratio, ratio_decimals(answer.ratio), language)
    return texts(language)["kinds"]["ratio"].format(
        n=number(len(answer.of_kinds), 0, language),
        frequency=quoted(answer.name),
        high=quoted(answer.high),
        low=quoted(answer.low),
        ratio=middle,
        lower=lower,
        upper=upper,
        interval=percentage(interval, language),
    )


def total_counts_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State the expected total at the lowest and the highest level.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer for one frequency, two of whose levels are compared.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    words = count_words(answer.given[0], answer.given[-1], interval=interval, language=language)
    return texts(language)["kinds"]["counts"].format(**words)


def kinds_sentences(answer: FrequencyAnswer, *, interval: float, language: str) -> list[str]:
    """
    State the ratio of every kind, for which it is highest, and which kinds differ.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer for one frequency, two of whose levels are compared.
    interval : float
        Probability of its intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    told = [
        by_kind_sentence(answer.of_kinds, interval=interval, language=language),
        highest_sentence(answer.of_kinds, language=language),
        *pair_sentences(answer.pairs, language=language),
    ]
    return [sentence for sentence in told if sentence]


def by_kind_sentence(kinds: tuple[KindAnswer, ...], *, interval: float, language: str) -> str:
    """
    State the ratio of every kind.

    Parameters
    ----------
    kinds : tuple of KindAnswer
        The kinds.
    interval : float
        Probability of their intervals.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    words = texts(language)["kinds"]
    told = []
    for kind in kinds:
        if kind.ratio is not None:
            middle, lower, upper = quantity_words(kind.ratio, ratio_decimals(kind.ratio), language)
            told.append(
                words["kind_ratio"].format(
                    ratio=middle, kind=quoted(kind.name), lower=lower, upper=upper
                )
            )
    return words["by_kind"].format(
        kinds=listed(told, language), interval=percentage(interval, language)
    )


def highest_sentence(kinds: tuple[KindAnswer, ...], *, language: str) -> str:
    """
    State for which kind the ratio is most probably the highest, and what chance would give.

    Parameters
    ----------
    kinds : tuple of KindAnswer
        The kinds.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence; nothing for two kinds, which their comparison tells.
    """
    if len(kinds) < _FEWEST_RANKED:
        return ""
    first = max(kinds, key=lambda kind: kind.highest)
    return texts(language)["kinds"]["highest"].format(
        n=number(len(kinds), 0, language),
        kind=quoted(first.name),
        probability=probability(first.highest, language),
        chance=probability(1 / len(kinds), language),
    )


def pair_sentences(pairs: tuple[PairAnswer, ...], *, language: str) -> list[str]:
    """
    State which kinds differ in their ratio, and of which that is open.

    Parameters
    ----------
    pairs : tuple of PairAnswer
        Every two kinds compared.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One or two sentences; very many pairs that are open are not written out.
    """
    differing = [pair for pair in pairs if pair.differs]
    still_open = [pair for pair in pairs if not pair.differs]
    told = [("differ", differing, "differ_pair")] if differing else []
    if 0 < len(still_open) <= _MOST_OPEN:
        told.append(("open_pairs", still_open, "open_pair"))
    words = texts(language)["kinds"]
    return [
        words[sentence].format(
            pairs=listed([_pair_words(pair, words[part], language) for pair in chosen], language)
        )
        for sentence, chosen, part in told
    ]


def _pair_words(pair: PairAnswer, template: str, language: str) -> str:
    return template.format(
        one=quoted(pair.one),
        other=quoted(pair.other),
        probability=probability(pair.ratio.probability, language),
    )


def kind_teams_sentences(answer: FrequencyAnswer, *, language: str) -> list[str]:
    """
    State which teams are most probably among the top in each kind alone.

    Parameters
    ----------
    answer : FrequencyAnswer
        The answer for one frequency, with those of the kinds.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One sentence a kind; none where too few teams may be shown.
    """
    words = texts(language)
    told = []
    for kind in answer.of_kinds:
        if kind.teams is None or not kind.teams.ranked:
            continue
        named = [
            words["teams"]["team_probability"].format(
                team=team.team, probability=probability(team.probability, language)
            )
            for team in kind.teams.ranked
        ]
        told.append(
            words["kinds"]["team_kind"].format(
                kind=quoted(kind.name), top=kind.teams.top, teams=listed(named, language)
            )
        )
    return told
