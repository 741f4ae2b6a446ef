"""The figures of a report, each with its caption and its text for who cannot see it."""

from typing import TYPE_CHECKING

from learnclimate.checks.predictive import posterior_predictive
from learnclimate.core.labels import INTERCEPT
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.figures import Picture, picture
from learnclimate.reporting.language import (
    check_language,
    listed,
    number,
    percentage,
    quoted,
    texts,
)
from learnclimate.reporting.quantities import FrequencyAnswer, TeamsAnswer
from learnclimate.reporting.sentences import count_decimals, quantity_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Teams drawn at most: the highest and the lowest, so that the figure fits a page.
_MOST_TEAMS = 24
#: Teams named at either end, for who cannot see the figure.
_NAMED_TEAMS = 3


def response_picture(answers: Answers, answer: FrequencyAnswer, *, language: str) -> Picture | None:
    """
    Draw the expected count at each level of a frequency.

    Parameters
    ----------
    answers : Answers
        All answers.
    answer : FrequencyAnswer
        Those about the frequency.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture or None
        The figure; None where no level may be shown.
    """
    if not answer.levels:
        return None
    from learnclimate.plots import frequency_response

    words = texts(language)["answer"]
    decimals = count_decimals(*(level.count for level in answer.levels))
    points = [
        f"{quoted(level.level)}: {quantity_words(level.count, decimals, language)[0]}"
        for level in answer.levels
    ]
    figure: Figure = frequency_response(
        answers.fit,
        frequency=answer.name,
        language=check_language(language),
        interval=answers.interval,
        rule=answers.rule,
    )
    return picture(
        figure,
        alternative=words["figure_alt"].format(
            frequency=quoted(answer.name),
            interval=percentage(answers.interval, language),
            points="; ".join(points),
        ),
        caption=words["figure"].format(frequency=quoted(answer.name)),
    )


def teams_picture(answers: Answers, answer: TeamsAnswer, *, language: str) -> Picture | None:
    """
    Draw how teams depart from the average team.

    Parameters
    ----------
    answers : Answers
        All answers.
    answer : TeamsAnswer
        Those about the teams.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture or None
        The figure; None where too few teams can be shown.
    """
    if not answer.ranked:
        return None
    from learnclimate.plots import team_effects
    from learnclimate.plots.sources import shown_teams

    words = texts(language)["teams"]
    about = "figure" if answer.frequency is not None else "figure_level"
    effect = answer.frequency or INTERCEPT
    # In the order of the figure, which is of medians; the table is of probabilities.
    gathered = shown_teams(answers.fit, effect=effect, interval=answers.interval, rule=answers.rule)
    shown = [str(team) for team in gathered.table["team"]]
    named = min(_NAMED_TEAMS, len(shown) // 2)
    figure: Figure = team_effects(
        answers.fit,
        effect=effect,
        most=_MOST_TEAMS,
        language=check_language(language),
        interval=answers.interval,
        rule=answers.rule,
    )
    return picture(
        figure,
        alternative=words["figure_alt"].format(
            drawn=words["drawn_some" if len(shown) > _MOST_TEAMS else "drawn_all"].format(
                drawn=_MOST_TEAMS, shown=number(len(shown), 0, language)
            ),
            interval=percentage(answers.interval, language),
            highest=listed(shown[:named], language),
            lowest=listed(shown[: -named - 1 : -1], language),
        ),
        caption=words[about].format(frequency=quoted(answer.frequency)),
    )


def counts_picture(answers: Answers, *, language: str) -> Picture | None:
    """
    Draw how often each count was reported and is expected.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Picture or None
        The figure; None for a fit without respondents, or of several kinds.
    """
    fit = answers.fit
    if isinstance(fit, KindsFit) or fit.design is None:
        return None
    if fit.design.n_respondents < answers.rule.minimum:
        return None
    from learnclimate.plots import rootogram

    words = texts(language)["checks"]
    predictive = posterior_predictive(fit, rule=answers.rule)
    figure: Figure = rootogram(predictive, language=check_language(language))
    return picture(figure, alternative=words["figure_alt"], caption=words["figure"])
