"""What describes teams and shifts their level and their slopes: checked and coded."""

from collections.abc import Iterable

import pandas as pd

from learnclimate.core.errors import ModelError, SurveyError, nearest
from learnclimate.counts.coding import CovariateCoding
from learnclimate.counts.slope_shifts import SlopeShift
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.answers import coded_labels
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.hidden_groups import hidden_labels
from learnclimate.survey.scale_means import team_scale_means, told_team_means

#: Differences within a team up to this share of the spread between respondents are rounding.
_ROUNDING = 1e-9


def with_moderators(
    frame: pd.DataFrame,
    codebook: Codebook,
    moderators: tuple[str, ...],
    factors: tuple[str, ...] = (),
) -> pd.DataFrame:
    """
    Add the teams' scale scores among the moderators, and check that moderators describe teams.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    moderators : tuple of str
        Covariates and scales.
    factors : tuple of str, default ()
        Covariates that may differ within a team: what scales measure, in a joint model.

    Returns
    -------
    pandas.DataFrame
        With a column for each scale, bearing its name; `frame` itself where there is none.

    Raises
    ------
    ModelError
        If a moderator is neither covariate nor scale, or differs within a team.
    SurveyError
        If nobody in some team has a score. Both name the first such team of which something may
        be told.
    """
    scales = {scale.name: scale for scale in codebook.scales}
    options = (*codebook.covariates, *scales)
    for name in moderators:
        if name not in options:
            raise ModelError(f"CountModel(moderators=...): {_no_moderator(name, codebook)}")
        if name in factors:
            continue
        if name in codebook.covariates:
            _refuse_varying(frame, codebook, name)
        else:
            _refuse_bare(frame, codebook, scales[name])
            score = team_scale_means(frame, codebook.team, scales[name])
            frame = frame.assign(**{name: score})
    return frame


def _no_moderator(name: str, codebook: Codebook) -> str:
    """Say why a name is no moderator, and what to do."""
    if name == codebook.department:
        return (
            f"{name!r} is the department, which is no moderator: its teams are more alike than "
            "others. Let level and slope vary over departments: "
            "CountModel(department_effects=('intercept', 'frequency'))."
        )
    if name in codebook.frequency_columns:
        return (
            f"{name!r} is a frequency. Let the slope of one shift with another: "
            "CountModel(interactions=((first, second),))."
        )
    options = (*codebook.covariates, *(scale.name for scale in codebook.scales))
    remedy = "Name its column in Codebook(covariates=[...]), or a scale in Codebook(scales=[...])."
    return (
        f"{name!r} is neither a covariate nor a scale of the codebook. "
        f"{nearest(name, options) if options else remedy}"
    )


def slope_shifts(
    covariates: tuple[CovariateCoding, ...],
    moderators: tuple[str, ...],
    frequencies: tuple[str, ...],
    means: dict[str, float],
) -> tuple[SlopeShift, ...]:
    """
    List the slopes that moderators shift: those of every frequency.

    Parameters
    ----------
    covariates : tuple of CovariateCoding
        How covariates were coded, the moderators among them.
    moderators : tuple of str
        Names of the moderators.
    frequencies : tuple of str
        Names of the frequencies.
    means : dict of str to float
        Mean of each coordinate of ``covariate`` over the respondents.

    Returns
    -------
    tuple of SlopeShift
        By frequency.
    """
    coded = {one.name: one.labels for one in covariates}
    labels = [label for name in moderators for label in coded[name]]
    return tuple(SlopeShift(name, label, means[label]) for name in frequencies for label in labels)


def _refuse_bare(frame: pd.DataFrame, codebook: Codebook, scale: Scale) -> None:
    """Refuse a scale that no member of some team has a score on."""
    means = told_team_means(frame, codebook.team, scale)
    bare = frame[codebook.team][means.isna()].astype(str)
    if len(bare):
        raise SurveyError(
            f"Scale {scale.name!r}: nobody in {_first_named(bare, frame, codebook)} answered half "
            "of its items, so the team has no score. Leave the team out of the survey, or the "
            "scale out of moderators."
        )


def _first_named(teams: Iterable[str], frame: pd.DataFrame, codebook: Codebook) -> str:
    """Name the first team of which something may be told."""
    hidden = hidden_labels(frame, codebook, codebook.team, DisclosureRule(), {})
    shown = [team for team in teams if team not in hidden]
    if not shown:
        return "a team that may not be named (it is small, or hidden to protect a small one)"
    return f"team {shown[0]!r}"


def _refuse_varying(frame: pd.DataFrame, codebook: Codebook, name: str) -> None:
    """Refuse a covariate that tells members of one team apart."""
    column = frame[name]
    values = (
        column.astype(float)
        if pd.api.types.is_numeric_dtype(column)
        else pd.Series(coded_labels(column).codes.astype(float), index=column.index)
    )
    by_team = values.groupby(frame[codebook.team], observed=True)
    spread = by_team.max() - by_team.min()
    varying = spread[spread > _ROUNDING * max(float(values.std()), 1.0)]
    if len(varying):
        teams = _all_named(varying.index.astype(str), frame, codebook)
        raise ModelError(
            f"Moderator {name!r} differs between members of {teams}: a moderator describes teams. "
            "Give each team one value, such as its mean, or let it shift the level alone: "
            "CountModel(covariates=...)."
        )


def _all_named(teams: Iterable[str], frame: pd.DataFrame, codebook: Codebook) -> str:
    """
    Name the first team, and say how many more there are, unless some may not be shown.

    All teams less that number would be those whose members agree: most often a small one.
    """
    hidden = hidden_labels(frame, codebook, codebook.team, DisclosureRule(), {})
    shown = [team for team in teams if team not in hidden]
    first = _first_named(shown, frame, codebook)
    n_others = len(shown) - 1
    if n_others < 1:
        return first
    if hidden:
        return f"{first} and of others"
    return f"{first} and of {n_others} other team{'s' if n_others > 1 else ''}"
