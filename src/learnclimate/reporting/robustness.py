"""Sentences about how firm an answer is: what would tell it away, and what lies between teams."""

from learnclimate.reporting.answers import STYLE_SHARE
from learnclimate.reporting.language import number, percentage, quoted, texts
from learnclimate.reporting.quantities import FrequencyAnswer
from learnclimate.reporting.sentences import quantity_words, ratio_decimals


def strength_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State how strong something unmeasured would have to be to leave nothing of a ratio.

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
        One paragraph; empty where nothing was compared.
    """
    strength = answer.strength
    if strength is None:
        return ""
    middle, lower, upper = (
        number(value, 1, language) for value in (strength.median, strength.lower, strength.upper)
    )
    return texts(language)["limits"]["strength"].format(
        frequency=quoted(answer.name),
        high=quoted(answer.high),
        low=quoted(answer.low),
        strength=middle,
        lower=lower,
        upper=upper,
        interval=percentage(interval, language),
    )


def style_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State how strong a style of answering would have to be to make up a ratio by itself.

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
        One paragraph; empty where that cannot be told.
    """
    style, words = answer.style, texts(language)["limits"]
    if style is None:
        return ""
    levels = {"high": quoted(answer.high), "low": quoted(answer.low)}
    if style.median < 1:
        return words["style_below"].format(**levels)
    factor, lower, upper = quantity_words(style, ratio_decimals(style), language)
    return words["style"].format(
        **levels,
        frequency=quoted(answer.name),
        share=percentage(STYLE_SHARE, language),
        factor=factor,
        lower=lower,
        upper=upper,
        interval=percentage(interval, language),
    )


def share_sentence(answer: FrequencyAnswer, *, interval: float, language: str) -> str:
    """
    State how much of what counts differ in lies between teams.

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
        One sentence; empty where teams do not differ in the model.
    """
    share = answer.share
    if share is None:
        return ""
    middle, lower, upper = (
        percentage(value, language) for value in (share.median, share.lower, share.upper)
    )
    return texts(language)["teams"]["share"].format(
        frequency=quoted(answer.name),
        high=quoted(answer.high),
        share=middle,
        lower=lower,
        upper=upper,
        interval=percentage(interval, language),
    )
