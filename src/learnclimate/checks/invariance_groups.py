"""What each group's answers say by themselves, as ordered answers or as numbers, to be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from learnclimate.checks.invariance_configural import (
    GroupMisfit,
    StructureTest,
    group_misfit,
    in_all_groups,
)
from learnclimate.checks.invariance_layout import GroupItems, Layout
from learnclimate.checks.invariance_numbers import group_items, normal_tests
from learnclimate.checks.invariance_partial import OrderedTests, Tests
from learnclimate.checks.invariance_tails import tails_of
from learnclimate.checks.invariance_teams import of_all_teams, team_pulls
from learnclimate.checks.normal_moments import GroupAnswers, group_answers
from learnclimate.core.errors import LearnClimateError, SurveyError
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit_factors
from learnclimate.inference.sampling_arguments import checked_draws
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.measurement.rows import Sampling
from learnclimate.survey.survey import Survey

#: Covariances of the parameters are inverted: of few draws, chi-squared would come out too large.
_DRAWS_A_VALUE = 25
_NUMBERS = (
    "Answers are taken as numbers: parameters are the likeliest ones, tests are likelihood ratios, "
    "and intercepts stand for thresholds. Answers that few gave count as the middle of what is "
    "hidden with them."
)

Surveys = Mapping[str, tuple[Survey, int]]
"""By group: its answers, and its place among the groups."""


@dataclass(frozen=True, slots=True)
class Compared:
    """
    What the groups say by themselves.

    Attributes
    ----------
    items : list of GroupItems
        Parameters of each group.
    structure : StructureTest or None
        Whether the structure holds in every group; None where this cannot be tested.
    tests : Tests
        Of equal measurement.
    of_one_team : tuple of str
        Groups whose respondents are of one team.
    notes : tuple of str
        What to know of the way.
    """

    items: list[GroupItems]
    structure: StructureTest | None
    tests: Tests
    of_one_team: tuple[str, ...]
    notes: tuple[str, ...] = ()


def compare_ordered(
    surveys: Surveys,
    model: FactorModel | GradedResponse,
    whole: FactorDesign,
    how: tuple[Sampling, Discretion],
) -> Compared:
    """
    Fit a model of ordered answers to every group.

    Parameters
    ----------
    surveys : mapping of str to (Survey, int)
        By group.
    model : FactorModel or GradedResponse
        The model.
    whole : FactorDesign
        Of all respondents.
    how : tuple of (Sampling, Discretion)
        Draws and seed, and what may be told.

    Returns
    -------
    Compared
        The groups.

    Raises
    ------
    SurveyError
        If a group cannot be fitted.
    """
    options, told = how
    n_values = len(whole.loading_item) + int((whole.n_categories - 1).sum())
    n_draws = max(options.draws, _DRAWS_A_VALUE * n_values)
    items, structure, teams = [], [], []
    for name, (own, number) in surveys.items():
        seed = (options.seed + number) % 2**32
        parameters, fitted, there = _one_group(own, model, name, (seed, n_draws))
        # Beside chi-squared, the information criterion tells of how many people it is.
        size = told.told(parameters.n_respondents, name)
        items.append(replace(parameters, n_respondents=size))
        structure.append(fitted)
        teams.append(there)
    compared = of_all_teams(items, teams, whole.teams)
    cut = np.repeat(np.arange(len(whole.items)), whole.n_categories - 1)
    layout = Layout(
        whole.loading_item, whole.loading_factor, cut, len(whole.items), whole.n_factors
    )
    return Compared(
        compared,
        in_all_groups(structure, compared[0].pulls is not None),
        OrderedTests(compared, layout),
        tuple(name for name, own in zip(surveys, items, strict=True) if own.pulls is None),
    )


def compare_numbers(
    surveys: Surveys,
    model: FactorModel | GradedResponse,
    whole: FactorDesign,
    how: tuple[Sampling, Discretion],
) -> Compared:
    """
    Find the likeliest parameters of every group, of answers taken as numbers.

    Parameters
    ----------
    surveys : mapping of str to (Survey, int)
        By group.
    model : FactorModel or GradedResponse
        The model.
    whole : FactorDesign
        Of all respondents.
    how : tuple of (Sampling, Discretion)
        Draws and seed, and what may be told.

    Returns
    -------
    Compared
        The groups.

    Raises
    ------
    SurveyError
        If a group has no likeliest parameters.
    """
    options, told = how
    answers = [_numbers(own, model, name, whole) for name, (own, _) in surveys.items()]
    alone = tuple(
        name for name, own in zip(surveys, answers, strict=True) if len(np.unique(own.team)) < 2
    )
    n_items = len(whole.items)
    layout = Layout(
        whole.loading_item, whole.loading_factor, np.arange(n_items), n_items, whole.n_factors
    )
    sizes = [told.told(len(own.values), name) for name, own in zip(surveys, answers, strict=True)]
    tests = normal_tests(answers, layout, sizes, 0 if alone else len(whole.teams))
    items = group_items(tests, options.generator(), options.draws)
    return Compared(items, tests.structure(), tests, alone, (_NUMBERS,))


def _numbers(
    survey: Survey, model: FactorModel | GradedResponse, name: str, whole: FactorDesign
) -> GroupAnswers:
    try:
        factor_design(model, survey)
    except LearnClimateError as error:
        raise SurveyError(f"Group {name!r}: {error}") from error
    # The numbers of the whole study: what counts for rare answers must be the same in all groups.
    place = pd.Index(whole.rows).get_indexer(survey.frame.index)
    return group_answers(whole.numbers[place], whole.team[place])


def _one_group(
    survey: Survey, model: FactorModel | GradedResponse, name: str, how: tuple[int, int]
) -> tuple[GroupItems, GroupMisfit | None, tuple[str, ...]]:
    seed, n_draws = how
    try:
        fitted = fit_factors(model, survey, "auto", (checked_draws(n_draws), seed, False))
    except LearnClimateError as error:
        raise SurveyError(f"Group {name!r}: {error}") from error
    total = fitted.draws["posterior"].sizes
    every = np.arange(int(total["chain"] * total["draw"]))
    found = parameters_of(fitted, every)
    design = fitted.design
    thresholds = found.thresholds.reshape(len(every), -1)
    kept = np.isfinite(thresholds[0])
    counts = design.counts()
    known, tails, n_cuts = [], [], 0
    for first, last in zip(design.first_row[:-1], design.first_row[1:], strict=True):
        own = counts[first:last]
        below = np.cumsum(own)[:-1]
        known.append((below > 0) & (below < own.sum()))
        tails += tails_of(own, n_cuts)
        n_cuts += len(below)
    parameters = GroupItems(
        found.loadings[:, design.loading_item, design.loading_factor],
        thresholds[:, kept],
        np.concatenate(known),
        int(design.answered.sum()),
        tuple(tails),
        found.correlation.mean(axis=0),
        team_pulls(fitted, found),
    )
    return parameters, group_misfit(fitted), design.teams
