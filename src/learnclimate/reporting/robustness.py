"""Sentences about how firm an answer is: what would tell it away, and what lies between teams."""

from learnclimate.reporting.language import number, percentage, quoted, texts
from learnclimate.reporting.quantities import FrequencyAnswer


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
