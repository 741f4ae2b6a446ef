"""The answers to one scale as arrays, checked once, reverse-keyed items turned round."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError, nearest
from learnclimate.disclosure.nested import suppress_teams
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.measurement.discretion import (
    Discretion,
    Surroundings,
    discretion_of,
    with_rare_answers,
)
from learnclimate.measurement.many_answers import refuse_many_answers
from learnclimate.measurement.offered import as_offered
from learnclimate.survey.codebook import Scale
from learnclimate.survey.hidden_groups import hidden_by_few_answers
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ScaleAnswers:
    """
    The answers to the items of one scale.

    Attributes
    ----------
    scale : Scale
        The scale.
    values : ndarray of shape (n_respondents, n_items)
        Answers with reverse-keyed items turned round, so that high means high on the
        scale; not a number where an item was left open.
    team : ndarray of shape (n_respondents,), int
        Place of each respondent's team in `teams`.
    teams : tuple of str
        The teams.
    department : ndarray of shape (n_teams,), int
        Place of each team's department; all 0 in a study without departments.
    sorted_by : tuple of two ndarray of shape (n_teams,)
        What the disclosure rule sorts teams by, and their departments.
    beside : ndarray of shape (n_respondents, n_others), bool
        Which items each left open of this scale and of those that share items with it.
    hidden_by_few : ndarray of shape (n_teams,), bool
        Teams that every output hides, since few of them answered some question of the codebook.
    """

    scale: Scale
    values: FloatArray
    team: IntArray
    teams: tuple[str, ...]
    department: IntArray
    sorted_by: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]
    beside: BoolArray
    hidden_by_few: BoolArray

    @property
    def items(self) -> tuple[str, ...]:
        """The columns of the items."""
        return self.scale.items

    @property
    def n_categories(self) -> int:
        """How many answers an item offers."""
        return self.scale.maximum - self.scale.minimum + 1

    @property
    def raw(self) -> FloatArray:
        """The answers as they were given, (n_respondents, n_items)."""
        turned = [item in self.scale.reverse for item in self.items]
        return np.where(turned, self.scale.minimum + self.scale.maximum - self.values, self.values)

    @property
    def team_sizes(self) -> IntArray:
        """Respondents of each team, whether they answered or not, (n_teams,)."""
        return np.bincount(self.team, minlength=len(self.teams)).astype(np.int64)

    def discretion(
        self,
        minimum: int = DEFAULT_MINIMUM,
        *,
        allowed: int | None = None,
        among: BoolArray | None = None,
    ) -> Discretion:
        """
        Find out what may be told of who answered.

        Parameters
        ----------
        minimum : int, optional
            Fewest respondents who may be told of.
        allowed : int, optional
            How many items may be open before somebody counts as missing.
        among : ndarray of shape (n_teams,), bool, optional
            The teams that are told of; all where left out.

        Returns
        -------
        Discretion
            For `laid_out`.
        """
        return discretion_among((self,), minimum, allowed=allowed, among=among)

    def hidden_by_size(self, rule: DisclosureRule) -> BoolArray:
        """
        Mark the teams that are hidden whatever is asked of them.

        Parameters
        ----------
        rule : DisclosureRule
            What is too small.

        Returns
        -------
        ndarray of shape (n_teams,), bool
            Whether a team is hidden, all respondents counted; or since few answered a question.
        """
        teams, departments = self.sorted_by
        hidden = suppress_teams(self.team_sizes, rule, teams=teams, departments=departments)
        # A minimum below the default stands alone.
        return hidden | self.hidden_by_few if rule.minimum >= DEFAULT_MINIMUM else hidden

    def counts(self) -> list[IntArray]:
        """How many gave each answer, (n_categories,), item by item."""
        codes = self.scale.minimum + np.arange(self.n_categories)
        return [(column[:, None] == codes).sum(axis=0) for column in self.values.T]

    @property
    def complete(self) -> FloatArray:
        """The answers of those who answered every item, (n_complete, n_items)."""
        return self.values[~np.isnan(self.values).any(axis=1)]


def scale_answers(survey: Survey, scale: Scale | str) -> ScaleAnswers:
    """
    Check the answers to a scale and lay them out as arrays.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook.

    Returns
    -------
    ScaleAnswers
        Reverse-keyed items turned round.

    Raises
    ------
    ArgumentError
        If the codebook has no scale of that name, the survey lacks an item, or the scale offers
        more than 21 answers.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, or an item was answered by nobody.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> scale_answers(load_example(), "challenging_work").values.shape
    (692, 3)
    """
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"{type(survey).__name__} is not a Survey. Make one with read_survey(source, codebook)."
        )
    declared = _resolved(survey, scale)
    refuse_many_answers(declared)
    columns = [_checked_item(survey.frame, item, declared) for item in declared.items]
    # A team that lost all its respondents to the ledger may still be among the categories.
    codes, labels = pd.factorize(survey.frame[survey.codebook.team], sort=True)
    departments = _departments(survey, codes, len(labels))
    few = hidden_by_few_answers(survey.frame, survey.codebook, survey.name_order)
    return ScaleAnswers(
        declared,
        np.column_stack(columns),
        codes.astype(np.int64),
        tuple(str(label) for label in labels),
        pd.factorize(departments, sort=True)[0].astype(np.int64),
        (
            survey.sorted_by(survey.codebook.team, labels),
            survey.sorted_by(survey.codebook.department or "", departments),
        ),
        _beside(survey, declared),
        np.isin(labels.astype(str), list(few)),
    )


def _beside(survey: Survey, scale: Scale) -> BoolArray:
    """Tell who left items open of this scale, and of scales that share items with it."""
    sharing = [one for one in survey.codebook.scales if set(one.items) & set(scale.items)]
    items = dict.fromkeys([*scale.items, *(item for one in sharing for item in one.items)])
    return np.asarray(survey.frame[list(items)].isna().to_numpy(dtype=bool))


def require_items(answers: ScaleAnswers, least: int, purpose: str) -> None:
    """
    Refuse a scale of too few items.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    least : int
        How many items are needed.
    purpose : str
        What for, as the message says it.

    Raises
    ------
    ArgumentError
        If the scale has fewer.
    """
    n_items = len(answers.items)
    if n_items < least:
        raise ArgumentError(
            f"Scale {answers.scale.name!r} has {n_items} item{'s' * (n_items != 1)}; {purpose} "
            f"needs at least {least}. Ask it of a scale with more items."
        )


def require_variation(answers: ScaleAnswers) -> None:
    """
    Refuse an item to which everyone gave the same answer.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.

    Raises
    ------
    SurveyError
        Naming the item and the answer.
    """
    raw = answers.raw
    for place, item in enumerate(answers.items):
        given = raw[:, place][~np.isnan(raw[:, place])]
        if given.min() == given.max():
            # What fewer answered than may be told of would be told by what all answered.
            if len(given) < DEFAULT_MINIMUM:
                raise SurveyError(
                    f"Column {item!r}: fewer than {DEFAULT_MINIMUM} respondents answered this item "
                    f"of scale {answers.scale.name!r}, all alike. An item that never varies goes "
                    "together with nothing: leave it out of the scale."
                )
            raise SurveyError(
                f"Column {item!r}: everyone who answered this item of scale "
                f"{answers.scale.name!r} answered {given[0]:.0f}. An item that never varies goes "
                "together with nothing: leave it out of the scale."
            )


def require_complete(answers: ScaleAnswers, minimum: int) -> FloatArray:
    """
    Give the answers of those who answered every item, or refuse where these are too few.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    minimum : int
        Fewest respondents of whom anything may be shown.

    Returns
    -------
    ndarray of shape (n_complete, n_items)
        Their answers.

    Raises
    ------
    SurveyError
        If fewer answered every item than there are items and two, or than may be shown, or
        an item does not vary among them.
    """
    complete, name = answers.complete, answers.scale.name
    least = max(len(answers.items) + 2, minimum)
    if len(complete) < least:
        remedy = (
            "Ask more respondents, or judge fewer items at a time"
            if len(complete) == len(answers.values)
            else "Leave out the item that most left open"
        )
        raise SurveyError(
            f"Scale {name!r}: fewer than {least} respondents answered all {len(answers.items)} "
            f"items; so many are needed at least. {remedy}."
        )
    for place, item in enumerate(answers.items):
        if np.ptp(complete[:, place]) == 0:
            raise SurveyError(
                f"Column {item!r}: among those who answered all items of scale {name!r} it never "
                "varies. Leave it out of the scale."
            )
    return complete


def discretion_among(
    parts: Sequence[ScaleAnswers],
    minimum: int = DEFAULT_MINIMUM,
    *,
    allowed: int | None = None,
    among: BoolArray | None = None,
) -> Discretion:
    """
    Find out what may be told of who answered the items of one or several scales.

    Parameters
    ----------
    parts : sequence of ScaleAnswers
        The answers of the same respondents, scale by scale.
    minimum : int, optional
        Fewest respondents who may be told of.
    allowed : int, optional
        How many items may be open before somebody counts as missing.
    among : ndarray of shape (n_teams,), bool, optional
        The teams that are told of; all where left out.

    Returns
    -------
    Discretion
        For `laid_out`.
    """
    first = parts[0]
    values = np.concatenate([part.raw for part in parts], axis=1)
    is_open = np.isnan(values)
    team = first.team if among is None else np.where(among[first.team], first.team, -1)
    around = Surroundings(
        # Among teams that are shown no other is to be subtracted.
        hidden=first.hidden_by_size if among is None else None,
        beside=np.concatenate([part.beside for part in parts], axis=1),
    )
    told = discretion_of(is_open, team, first.teams, minimum, allowed=allowed, around=around)
    return with_rare_answers(told, [own for part in parts for own in part.counts()], values)


def _resolved(survey: Survey, scale: object) -> Scale:
    if isinstance(scale, Scale):
        return as_offered(survey, scale)
    if not isinstance(scale, str):
        raise ArgumentTypeError(f"scale={scale!r}: give a Scale, or the name of one as text.")
    for declared in survey.codebook.scales:
        if declared.name == scale:
            return declared
    names = [declared.name for declared in survey.codebook.scales]
    raise ArgumentError(f"The codebook has no scale {scale!r}. {nearest(scale, names)}")


def _checked_item(frame: pd.DataFrame, item: str, scale: Scale) -> FloatArray:
    if item not in frame.columns:
        raise ArgumentError(
            f"Scale {scale.name!r}: the survey has no column {item!r}. "
            f"{nearest(item, frame.columns)}"
        )
    if not pd.api.types.is_numeric_dtype(frame[item]):
        raise SurveyError(
            f"Column {item!r}: the answers to an item of scale {scale.name!r} should be numbers. "
            "Name the scale in the codebook, so that they are read as such."
        )
    values = frame[item].to_numpy(dtype=float, na_value=np.nan)
    open_ = np.isnan(values)
    if open_.all():
        if frame.reindex(columns=list(scale.items)).isna().all(axis=None) and len(scale.items) > 1:
            raise SurveyError(
                f"Scale {scale.name!r}: nobody answered any of its {len(scale.items)} items. Check "
                "that the codebook names the columns with the answers, or leave the scale out."
            )
        where = f"Column {item!r}: nobody answered this item of scale {scale.name!r}."
        raise SurveyError(f"{where} Leave it out of the scale.")
    inside = (values >= scale.minimum) & (values <= scale.maximum) & (values == np.rint(values))
    wrong = np.flatnonzero(~inside & ~open_)
    if len(wrong):
        others = f" (and {len(wrong) - 1} further answers)" * (len(wrong) > 1)
        raise SurveyError(
            f"Column {item!r}, row {frame.index[wrong[0]]}: {values[wrong[0]]:g} is not among the "
            f"answers {scale.minimum} to {scale.maximum} of scale {scale.name!r}{others}. Correct "
            "it, leave it empty, or set the scale's minimum and maximum; give single answers, not "
            "means of several."
        )
    return scale.minimum + scale.maximum - values if item in scale.reverse else values


def _departments(
    survey: Survey, codes: Sequence[int] | IntArray, n_teams: int
) -> npt.NDArray[np.object_]:
    """Give the department of each team, the same for all where none is known."""
    department = np.full(n_teams, "", dtype=object)
    if survey.codebook.department is not None:
        department[np.asarray(codes)] = survey.frame[survey.codebook.department].astype(object)
    return department
