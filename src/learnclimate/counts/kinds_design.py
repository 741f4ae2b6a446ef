"""From a survey of several kinds to design arrays: who counted what, kind by kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.design_from_survey import design_of_answers, hidden_as_named
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.open_numbers import (
    exactly_open,
    numbers_that_tell,
    tells_of_hidden_groups,
)
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule, raised_to, rule_of
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.counts.kinds_model import KindsModel

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KindsDesign:
    """
    A survey of several kinds in numbers, one row a respondent.

    Attributes
    ----------
    kinds : tuple of str
        The kinds, in order.
    counts : ndarray of shape (n_respondents, n_kinds), int64
        Counts; 0 where a kind was left open.
    answered : ndarray of shape (n_respondents, n_kinds), bool
        Whether it was answered.
    people : CountDesign
        All else about the respondents; its outcome is the total of what they answered.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=8, truth=lc.KindsTruth(), seed=1)
    >>> lc.KindsModel().design(survey).kinds
    ('training', 'trying_out', 'passed_on')
    """

    kinds: tuple[str, ...]
    counts: IntArray
    answered: BoolArray
    people: CountDesign

    def __repr__(self) -> str:
        """Tell the size; the rows stay in the arrays."""
        people = self.people
        size = f"{people.n_respondents} respondents in {people.n_teams} teams"
        return f"<KindsDesign of {size}, {len(self.kinds)} kinds>"

    @property
    def n_kinds(self) -> int:
        """Number of kinds."""
        return len(self.kinds)

    @property
    def team_sizes(self) -> IntArray:
        """Members of each team who answered the kind that fewest did, shape (n_teams,)."""
        by_kind = [
            np.bincount(self.people.team[has], minlength=self.people.n_teams)
            for has in self.answered.T
        ]
        return fewest_of_kinds(by_kind)

    def few_open(self, place: IntArray, minimum: int) -> BoolArray:
        """
        Tell of which kinds a group holds few who left it open, so that they could be counted.

        Parameters
        ----------
        place : ndarray of shape (n_respondents,), int
            The group of each.
        minimum : int
            Fewest who may be told of.

        Returns
        -------
        ndarray of shape (n_kinds + 1,), bool
            Of some group; the last of who left any kind open.
        """
        left_open = np.column_stack([~self.answered, ~self.answered.all(axis=1)])
        by_group = np.stack([np.bincount(place, own) for own in left_open.T])
        few: BoolArray = ((by_group > 0) & (by_group < minimum)).any(axis=1)
        # Figures of one kind and of another differ in those who left so many open and no more.
        so_many = [np.bincount(place, own) for own in exactly_open(~self.answered).T]
        few |= any(bool(((own > 0) & (own < minimum)).any()) for own in so_many)
        # Who left any kind open, less who left one or another, are people too.
        few[-1] |= any(
            int(number) in numbers_that_tell(~self.answered[place == group], minimum)
            for group, number in enumerate(by_group[-1])
            if number
        )
        return few | self._tells_of_teams(left_open, minimum)

    def _tells_of_teams(self, left_open: BoolArray, minimum: int) -> BoolArray:
        """
        Tell of which kinds all who left it open, less those of shown teams, are a hidden team.

        A version of a questionnaire may lack a kind, and everybody knows in which teams.
        """
        people, n_teams = self.people, self.people.n_teams
        parts = np.stack([np.bincount(people.team, own, n_teams) for own in left_open.T], axis=1)
        asked = np.bincount(people.team, minlength=n_teams)
        found = np.zeros(parts.shape[1], dtype=bool)
        for step in raised_to(rule_of(minimum), asked):
            hidden = hidden_teams_of(people, step, asked)
            found |= tells_of_hidden_groups(parts.astype(np.int64), asked, hidden, step)
        return found

    def told_sizes(self, place: IntArray, n_groups: int, minimum: int) -> IntArray:
        """
        Count groups by the kind that fewest answered, or whole ones where few left one open.

        Parameters
        ----------
        place : ndarray of shape (n_respondents,), int
            The group of each.
        n_groups : int
            How many groups there are.
        minimum : int
            Fewest who may be told of.

        Returns
        -------
        ndarray of shape (n_groups,), int
            Such that the numbers of all groups beside those of everybody tell of no few.
        """
        if self.few_open(place, minimum).any():
            return np.bincount(place, minlength=n_groups).astype(np.int64)
        by_kind = [np.bincount(place[has], minlength=n_groups) for has in self.answered.T]
        return fewest_of_kinds(by_kind)

    def hidden_levels(self, position: int, rule: DisclosureRule) -> BoolArray:
        """
        Mark the levels of a frequency to hide: by who gave them, and by who answered a kind.

        Who describes the survey counts everybody who gave a level, whatever they left open. Were
        the kind that fewest answered to choose alone what protects, one table would show the
        level that another hides.

        Parameters
        ----------
        position : int
            Which frequency.
        rule : DisclosureRule
            Which groups are too small.

        Returns
        -------
        ndarray of shape (n_levels,), bool
            Whether a level is hidden.
        """
        level = self.people.frequency_level[:, position]
        n_levels = len(self.people.coding.frequencies[position].levels)
        by_kind = [np.bincount(level[has], minlength=n_levels) for has in self.answered.T]
        everybody = self.levels_asked()[position]
        return suppress_blocks([fewest_of_kinds(by_kind), everybody], rule)

    def levels_asked(self) -> tuple[IntArray, ...]:
        """
        Count all who gave each level, whichever kinds they left open.

        Returns
        -------
        tuple of ndarray of shape (n_levels,), int
            One a frequency.
        """
        return tuple(
            np.bincount(self.people.frequency_level[:, column], minlength=len(frequency.levels))
            for column, frequency in enumerate(self.people.coding.frequencies)
        )

    @property
    def n_left_open(self) -> IntArray:
        """How many left each kind open, shape (n_kinds,)."""
        return (~self.answered).sum(axis=0).astype(np.int64)


def fewest_of_kinds(by_kind: Sequence[npt.NDArray[np.integer]]) -> IntArray:
    """
    Count each group by the kind that fewest of it answered, those that nobody did left aside.

    A group of three is small however many kinds all three of them left open.

    Parameters
    ----------
    by_kind : sequence of ndarray of shape (n_groups,), int
        For every kind, how many of each group answered it.

    Returns
    -------
    ndarray of shape (n_groups,), int
        0 where nobody of a group answered any kind.

    Examples
    --------
    >>> fewest_of_kinds([np.array([3, 9, 0]), np.array([0, 7, 0])]).tolist()
    [3, 7, 0]
    """
    counts = np.stack(by_kind)
    fewest = np.where(counts > 0, counts, np.iinfo(np.int64).max).min(axis=0)
    return np.where(counts.any(axis=0), fewest, 0).astype(np.int64)


def kinds_design(model: "KindsModel", survey: Survey) -> KindsDesign:
    """
    Code a survey into the arrays of a model of several kinds.

    Parameters
    ----------
    model : KindsModel
        The declaration.
    survey : Survey
        Validated answers.

    Returns
    -------
    KindsDesign
        One row a respondent, in the order of ``survey.frame``.

    Raises
    ------
    ArgumentTypeError
        If it is no survey.
    ModelError
        If the outcome was not asked by kind, nobody counted any of a kind, or the survey
        lacks what the model declares.
    """
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"KindsModel: {type(survey).__name__} is not a Survey. Read the answers first: "
            "survey = read_survey(answers, codebook)."
        )
    asked = survey.codebook.asked
    if not asked.kinds:
        raise ModelError(
            f"KindsModel: the outcome {asked.name!r} was not asked by kind. Name the columns, "
            "Codebook(outcome=Outcome('activities', kinds=[...])), or use CountModel()."
        )
    if not survey.codebook.frequency_columns:
        raise ModelError(
            "KindsModel: the codebook has no frequency, so there is nothing to compare between "
            "kinds. Name it in the codebook."
        )
    answers = survey.frame[list(asked.kinds)]
    for kind in asked.kinds:
        _refuse_empty(answers[kind])
    try:
        people = design_of_answers(model.of_total(), survey)
    except ModelError as error:
        # The people are coded as for a single count; the user declared a KindsModel.
        raise ModelError(str(error).replace("CountModel(", "KindsModel(")) from error
    design = KindsDesign(
        kinds=asked.kinds,
        counts=answers.fillna(0).to_numpy(dtype=np.int64),
        answered=answers.notna().to_numpy(dtype=bool),
        people=people,
    )
    return replace(design, people=hidden_as_named(people, survey, design.team_sizes))


def _refuse_empty(answers: pd.Series) -> None:
    if answers.notna().sum() < DEFAULT_MINIMUM:
        raise ModelError(
            f"Kind {answers.name!r}: fewer than {DEFAULT_MINIMUM} respondents answered it, and "
            "what is said of it would tell of them. Take it out of Outcome(..., kinds=[...])."
        )
    if not answers.gt(0).any():
        raise ModelError(
            f"Kind {answers.name!r}: nobody counted any, so nothing can be said of it. Take it "
            "out of Outcome(..., kinds=[...]), or join it to another kind."
        )
