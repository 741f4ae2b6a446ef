"""From a survey to the arrays of a factor model: answer patterns, structure, teams."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError, SurveyError
from learnclimate.disclosure.behind_pseudonyms import hidden_by, hidden_from_told, without_names
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.measurement.answers import ScaleAnswers, require_variation, scale_answers
from learnclimate.measurement.discretion import Discretion, Surroundings, discretion_of
from learnclimate.measurement.factor_model import FactorDeclaration
from learnclimate.measurement.item_rows import few_blurred
from learnclimate.measurement.same_answers import refuse_copies
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Multiplies the predictor of a logistic model, so that loadings mean the same as in a probit.
LOGIT_SCALE = 1.702


@dataclass(frozen=True, slots=True, eq=False)
class FactorDesign:
    """
    The answers to the items of one or several scales, laid out for a factor model.

    Attributes
    ----------
    factors : tuple of str
        Names of the factors, those of the scales.
    items : tuple of str
        Columns of the items, scale after scale.
    minimum : ndarray of shape (n_items,), int
        The answer that is category 0.
    n_categories : ndarray of shape (n_items,), int
        How many answers an item offers.
    reversed_items : tuple of str
        Items that were turned round.
    categories : ndarray of shape (n_respondents, n_items), int
        The answers from 0 up, reverse-keyed items turned round; -1 where left open.
    team : ndarray of shape (n_respondents,), int
        Place of each respondent's team.
    teams : tuple of str
        The teams.
    department : ndarray of shape (n_teams,), int
        Place of each team's department; all 0 in a study without departments.
    loading_item, loading_factor : ndarray of shape (n_loadings,), int
        Item and factor of each loading that is free.
    loading_sd : ndarray of shape (n_loadings,)
        Its prior standard deviation.
    rows : ndarray of shape (n_respondents,)
        Labels of the respondents' rows in the survey.
    hidden_from : ndarray of shape (n_teams,), int, optional
        Under pseudonyms, from which minimum on each team is hidden.
    open_beside : ndarray of shape (n_respondents, n_others), bool, optional
        Which items each left open of these scales and of those that share items with them.
    measured : ndarray of shape (n_respondents, n_items), optional
        Answers to items taken for continuous that are no categories: those that few gave, at
        the middle of what is hidden with them; or simulated ones, which lie between the
        categories and beyond them, where `categories` tells only who answered what.
    """

    factors: tuple[str, ...]
    items: tuple[str, ...]
    minimum: IntArray
    n_categories: IntArray
    reversed_items: tuple[str, ...]
    categories: IntArray
    team: IntArray
    teams: tuple[str, ...]
    department: IntArray
    loading_item: IntArray
    loading_factor: IntArray
    loading_sd: FloatArray
    rows: npt.NDArray[np.generic]
    hidden_from: IntArray | None = None
    open_beside: npt.NDArray[np.bool_] | None = None
    measured: FloatArray | None = None

    def __repr__(self) -> str:
        """Tell the size; the rows stay in the arrays."""
        size = f"{len(self.categories)} respondents in {len(self.teams)} teams"
        return f"<FactorDesign of {size}, {len(self.items)} items>"

    @property
    def numbers(self) -> FloatArray:
        """The answers as numbers of their scales, (n_respondents, n_items); NaN where open."""
        if self.measured is not None:
            return self.measured
        given = self.categories >= 0
        return np.where(given, (self.categories + self.minimum).astype(float), np.nan)

    @property
    def n_factors(self) -> int:
        """How many factors there are."""
        return len(self.factors)

    @property
    def first_row(self) -> IntArray:
        """First row of each item's answers in a table of all answers, (n_items + 1,)."""
        return np.concatenate([[0], np.cumsum(self.n_categories)]).astype(np.int64)

    @property
    def own_factor(self) -> IntArray:
        """The factor of each item's scale, (n_items,)."""
        own = np.zeros(len(self.items), dtype=np.int64)
        # The first free loading of an item is that on its own factor.
        own[self.loading_item[::-1]] = self.loading_factor[::-1]
        return own

    @property
    def answered(self) -> npt.NDArray[np.bool_]:
        """Which respondents answered an item at least, (n_respondents,)."""
        return np.asarray((self.categories >= 0).any(axis=1))

    @property
    def team_sizes(self) -> IntArray:
        """Members of each team who answered an item at least, (n_teams,)."""
        return np.bincount(self.team[self.answered], minlength=len(self.teams))

    def counts(self) -> FloatArray:
        """How many gave each answer, (sum of n_categories,), item after item."""
        return np.concatenate(
            [
                np.bincount(column[column >= 0], minlength=n).astype(float)
                for column, n in zip(self.categories.T, self.n_categories, strict=True)
            ]
        )

    def discretion(self, minimum: int = DEFAULT_MINIMUM) -> Discretion:
        """
        Find out what may be told of who answered.

        Parameters
        ----------
        minimum : int, optional
            Fewest respondents who may be told of.

        Returns
        -------
        Discretion
            About the study and its teams.
        """
        around = Surroundings(hidden=self.hidden_teams, beside=self.open_beside)
        return discretion_of(self.categories < 0, self.team, self.teams, minimum, around=around)

    def hidden_teams(self, rule: DisclosureRule) -> npt.NDArray[np.bool_]:
        """
        Mark the teams that are hidden where all respondents count.

        Parameters
        ----------
        rule : DisclosureRule
            Which are too small to show.

        Returns
        -------
        ndarray of shape (n_teams,), bool
            Whether a team is hidden.
        """
        everyone = np.bincount(self.team, minlength=len(self.teams))
        return hidden_by(
            self.hidden_from, everyone, rule, teams=self.teams, departments=self.department
        )

    def patterns(self) -> tuple[IntArray, IntArray]:
        """
        Find the distinct answer patterns.

        Returns
        -------
        patterns : ndarray of shape (n_patterns, n_items)
            Distinct rows of `categories`.
        of_respondent : ndarray of shape (n_respondents,)
            Place of each respondent's.
        """
        found, place = np.unique(self.categories, axis=0, return_inverse=True)
        return found, place.ravel().astype(np.int64)


def factor_design(model: FactorDeclaration, survey: Survey) -> FactorDesign:
    """
    Lay a survey out for a factor model, refusing what no factor model could tell apart.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    survey : Survey
        The answers.

    Returns
    -------
    FactorDesign
        Arrays.

    Raises
    ------
    ModelError
        If a factor has too few items, an item belongs to two scales, or there are too few
        teams for a team level.
    SurveyError
        If an answer lies outside its scale, an item never varies or is a copy of another, or
        nobody answered one.
    """
    parts = [scale_answers(survey, scale) for scale in model.scales]
    _require_items(parts)
    for part in parts:
        require_variation(part)
    items = tuple(item for part in parts for item in part.items)
    for item in items:
        if items.count(item) > 1:
            raise ModelError(f"Item {item!r} belongs to two of the scales. Give it to one.")
    refuse_copies(np.concatenate([part.values for part in parts], axis=1), items)
    values = np.concatenate([_categories(part) for part in parts], axis=1)
    least = len(items) + 2
    n_answered = int((values >= 0).any(axis=1).sum())
    if n_answered < least:
        raise SurveyError(
            f"Fewer than {least} respondents answered any of the {len(items)} items; a factor "
            "model needs so many at least."
        )
    first = parts[0]
    if model.levels == "team" and len(first.teams) < 3:
        raise ModelError(
            f"levels='team' needs at least 3 teams; the survey has {len(first.teams)}. "
            "Use levels='respondent'."
        )
    sizes = np.bincount(first.team[(values >= 0).any(axis=1)], minlength=len(first.teams))
    if model.levels == "team" and int((sizes >= 2).sum()) < 2:
        raise ModelError(
            "levels='team' needs teams in which two respondents or more answered, at least 2 of "
            "them: else what is the team's cannot be told from what is the respondent's. Use "
            "levels='respondent'."
        )
    loading = _loadings(model, parts)
    design = FactorDesign(
        factors=tuple(part.scale.name for part in parts),
        items=items,
        minimum=_per_item(parts, [part.scale.minimum for part in parts]),
        n_categories=_per_item(parts, [part.n_categories for part in parts]),
        reversed_items=tuple(item for part in parts for item in part.scale.reverse),
        categories=values,
        team=first.team,
        teams=first.teams,
        department=first.department,
        loading_item=loading[0],
        loading_factor=loading[1],
        loading_sd=loading[2],
        rows=survey.frame.index.to_numpy(),
        open_beside=np.concatenate([part.beside for part in parts], axis=1),
        measured=_told_numbers(parts) if model.link == "identity" else None,
    )
    everyone = first.team_sizes
    few = first.hidden_by_few
    if not survey.name_order and not few.any() and np.array_equal(design.team_sizes, everyone):
        return design
    teams, departments = first.sorted_by
    minimums = hidden_from_told(design.team_sizes, everyone, teams=teams, departments=departments)
    minimums[few] = DEFAULT_MINIMUM
    if survey.name_order:
        minimums = without_names(minimums)
    return replace(design, hidden_from=minimums)


def _told_numbers(parts: list[ScaleAnswers]) -> FloatArray | None:
    """
    Give the answers of which a model of numbers may tell means and spreads, where they differ.

    Means of items, spreads and loadings tell sums of the answers, nearly to the respondent. So
    answers that few gave take the middle of what is hidden with them, as in `item_analysis`.
    """
    rule = DisclosureRule()
    told = np.concatenate([few_blurred(part, rule).values for part in parts], axis=1)
    given = np.concatenate([part.values for part in parts], axis=1)
    # Of an item all of whose answers few gave there is nothing else to model.
    same = np.nanmin(told, axis=0) == np.nanmax(told, axis=0)
    told = np.where(same, given, told)
    return None if np.array_equal(told, given, equal_nan=True) else told


def _categories(part: ScaleAnswers) -> IntArray:
    shifted = part.values - part.scale.minimum
    return np.where(np.isnan(shifted), -1, shifted).astype(np.int64)


def _require_items(parts: list[ScaleAnswers]) -> None:
    for part in parts:
        n_items, name = len(part.items), part.scale.name
        if n_items < 2:
            raise ModelError(
                f"Factor {name!r} has one item, {part.items[0]!r}: what it measures cannot be told "
                "from its error. Give it more items, or leave it out."
            )
    if len(parts) == 1 and len(parts[0].items) < 3:
        raise ModelError(
            f"Factor {parts[0].scale.name!r} has two items and stands alone: their one correlation "
            "does not tell two loadings apart. Give it a third item, or add a second scale."
        )


def _per_item(parts: list[ScaleAnswers], values: list[int]) -> IntArray:
    n_items = [len(part.items) for part in parts]
    return np.repeat(np.array(values, dtype=np.int64), n_items)


def _loadings(
    model: FactorDeclaration, parts: list[ScaleAnswers]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Item, factor and prior of the free loadings: item by item, that on its scale first."""
    rows: list[tuple[int, int, float]] = []
    item = 0
    for own, part in enumerate(parts):
        for _ in part.items:
            rows.append((item, own, model.loading_sd))
            if model.cross_loadings is not None:
                rows += [(item, other, model.cross_loadings) for other in range(len(parts))
                         if other != own]  # fmt: skip
            item += 1
    items, factors, sds = zip(*rows, strict=True)
    return (
        np.array(items, dtype=np.int64),
        np.array(factors, dtype=np.int64),
        np.array(sds, dtype=float),
    )
