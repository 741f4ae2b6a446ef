"""The figures of a report on several kinds, each with its text for who cannot see it."""

from typing import TYPE_CHECKING

from learnclimate.checks.kinds_predictive import KindsPredictive
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.figures import Picture, picture
from learnclimate.reporting.language import check_language, percentage, quoted, texts
from learnclimate.reporting.quantities import FrequencyAnswer, Quantity
from learnclimate.reporting.sentences import count_decimals, quantity_words, ratio_decimals

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def kind_ratios_picture(
    answers: Answers, answer: FrequencyAnswer, *, language: str
) -> Picture | None:
    """
    Draw the ratio of the highest to the lowest level, kind by kind.

    Parameters
    ----------
    answers : Answers
        All answers, of a fit of several kinds.
    answer : FrequencyAnswer
        Those about the frequency.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture or None
        The figure; None where nothing is compared.
    """
    if answer.ratio is None or not isinstance(answers.fit, KindsFit):
        return None
    from learnclimate.plots import kind_ratios

    words = texts(language)["kinds"]
    figure: Figure = kind_ratios(
        answers.fit,
        answer.high,
        answer.low,
        frequency=answer.name,
        language=check_language(language),
        interval=answers.interval,
        rule=answers.rule,
    )
    every = [(kind.name, kind.ratio) for kind in answer.of_kinds]
    every.append((words["total_within"], answer.ratio))
    told = [(name, ratio) for name, ratio in every if ratio is not None]
    decimals = ratio_decimals(*(ratio for _, ratio in told))
    points = [f"{name}: {quantity_words(ratio, decimals, language)[0]}" for name, ratio in told]
    levels = {"high": quoted(answer.high), "low": quoted(answer.low)}
    return picture(
        figure,
        alternative=words["ratio_figure_alt"].format(
            **levels, interval=percentage(answers.interval, language), points="; ".join(points)
        ),
        caption=words["ratio_figure"].format(**levels),
    )


def kinds_response_picture(
    answers: Answers, answer: FrequencyAnswer, *, language: str
) -> Picture | None:
    """
    Draw the expected count of every kind at each level of a frequency.

    Parameters
    ----------
    answers : Answers
        All answers, of a fit of several kinds.
    answer : FrequencyAnswer
        Those about the frequency.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture or None
        The figure; None where no level may be shown.
    """
    if not answer.levels or not isinstance(answers.fit, KindsFit):
        return None
    from learnclimate.plots import frequency_response

    words = texts(language)["kinds"]
    figure: Figure = frequency_response(
        answers.fit,
        frequency=answer.name,
        language=check_language(language),
        interval=answers.interval,
        rule=answers.rule,
    )
    every: list[tuple[str, tuple[Quantity, ...]]] = [
        *((kind.name, kind.counts) for kind in answer.of_kinds),
        (words["total_within"], tuple(level.count for level in answer.levels)),
    ]
    decimals = count_decimals(*(count for _, counts in every for count in counts))
    points = [
        words["point"].format(
            kind=name,
            low=quantity_words(counts[0], decimals, language)[0],
            high=quantity_words(counts[-1], decimals, language)[0],
        )
        for name, counts in every
    ]
    return picture(
        figure,
        alternative=words["figure_alt"].format(
            frequency=quoted(answer.name),
            interval=percentage(answers.interval, language),
            low=quoted(answer.levels[0].level),
            high=quoted(answer.levels[-1].level),
            points="; ".join(points),
        ),
        caption=words["figure"].format(frequency=quoted(answer.name)),
    )


def kind_counts_picture(predictive: KindsPredictive, *, language: str) -> Picture:
    """
    Draw how far the answers to every kind lie from what the model expects.

    Parameters
    ----------
    predictive : KindsPredictive
        The answers against new counts.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture
        The figure.
    """
    from learnclimate.plots import check

    words = texts(language)["kinds"]
    figure: Figure = check(predictive, language=check_language(language))
    return picture(
        figure, alternative=words["check_figure_alt"], caption=words["check_figure_caption"]
    )
