"""Code a validated survey into a `CountDesign`, refusing what no model could tell apart."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, ModelError, nearest
from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import (
    CovariateCoding,
    DesignCoding,
    FrequencyCoding,
    ZeroCoding,
)
from learnclimate.counts.composition import refuse_composition
from learnclimate.counts.departments import departments_of_teams, refuse_departments
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, zero_part
from learnclimate.counts.frequency import FrequencyCodingKind
from learnclimate.counts.interactions import interaction_shifts
from learnclimate.counts.moderators import slope_shifts, with_moderators
from learnclimate.counts.outcome_design import asked_rows, largest_trials, zero_coding
from learnclimate.counts.separation import (
    refuse_collinear,
    refuse_few_teams,
    refuse_separated_teams,
)
from learnclimate.counts.small_categories import refuse_small_categories
from learnclimate.counts.unknown_levels import answers_for, with_unknown_levels
from learnclimate.counts.unused_priors import refuse_unused_correlations
from learnclimate.disclosure.behind_pseudonyms import hidden_from_told, without_names
from learnclimate.disclosure.nested import suppress_teams
from learnclimate.disclosure.rounding import rounded_mean, spread_that_hides
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.survey.answers import coded_labels
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.hidden_groups import hidden_by_few_answers
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def design_from_survey(model: "CountModel", survey: Survey) -> CountDesign:
    """
    Code a survey into the arrays of a model.

    Parameters
    ----------
    model : CountModel
        The declaration.
    survey : Survey
        Validated answers.

    Returns
    -------
    CountDesign
        One row a respondent, in the order of ``survey.frame``; respondents whose level is to
        be summed out are in ``unknown``.

    Raises
    ------
    ModelError
        If the survey lacks what the model declares, has a single team or only teams of
        one, a frequency that everybody answered alike, or a covariate that is constant,
        has a category of too few respondents, is a combination of others, or separates the
        teams exactly; departments over which nothing can vary; or teams of whose composition
        nothing can be told.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> design_from_survey(CountModel(covariates=("tenure",)), load_example()).covariates.shape
    (692, 1)
    """
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"CountModel: {type(survey).__name__} is not a Survey. Read the answers first: "
            "survey = read_survey(answers, codebook)."
        )
    if survey.codebook.asked.kinds:
        raise ModelError(
            f"CountModel: the outcome {survey.codebook.outcome_column!r} was asked by kind. In "
            "Python use KindsModel(); or make a single kind, or a column of their total, the "
            "outcome."
        )
    return design_of_answers(model, survey)


def design_of_answers(model: "CountModel", survey: Survey) -> CountDesign:
    """
    Code a survey whose outcome is known to be what the model is of.

    Parameters
    ----------
    model : CountModel
        The declaration.
    survey : Survey
        Validated answers; where the outcome was asked by kind, the total of those answered.

    Returns
    -------
    CountDesign
        As `design_from_survey`.
    """
    codebook = survey.codebook
    frame, known = answers_for(model, survey)
    frame = with_moderators(frame, codebook, model.moderators, survey.factors)
    zero = _zero_coding(model.family, frame, codebook)
    outcome, asked = asked_rows(model.family, replace(survey, frame=frame), zero)
    frequencies = codebook.frequency_columns
    coding = DesignCoding(
        frequencies=_frequency_codings(model.frequency, frame[known], codebook),
        covariates=_all_covariates(model, frame, codebook),
        team_effects=_effects("team_effects", model.team_effects, frequencies),
        exposure=codebook.exposure,
        zero=zero,
        trials=largest_trials(asked),
        composition=_composition(model, frequencies),
        department_effects=_effects("department_effects", model.department_effects, frequencies),
    )
    refuse_unused_correlations(model, coding)
    teams, team = _teams(frame, codebook, coding.team_effects)
    departments = departments_of_teams(frame, codebook, team)
    if coding.department_effects:
        refuse_departments(departments, team_intercept=INTERCEPT in coding.team_effects)
    refuse_small_categories(frame, tuple(covariate.name for covariate in coding.covariates))
    covariates = coding.encode_covariates(frame)
    refuse_collinear(covariates, coding.covariate_labels)
    if INTERCEPT in coding.team_effects:
        refuse_separated_teams(covariates, team, coding, model.moderators)
        refuse_few_teams(covariates, team, coding, model.moderators)
    # Told in formulas and files: what is known of each team must not tell a hidden team's size.
    shown = _in_shown_teams(survey, teams, team, departments)
    means = {
        label: rounded_mean(float(own[shown].mean()), spread_that_hides(own), len(own))
        for label, own in zip(coding.covariate_labels, covariates.T, strict=True)
    }
    # Drawn factors have mean 0 by definition, whatever the mean of one set of values.
    means |= dict.fromkeys(survey.factors, 0.0)
    shifts = slope_shifts(coding.covariates, model.moderators, frequencies, means)
    coding = replace(
        coding, slope_shifts=(*shifts, *interaction_shifts(model.interactions, frequencies))
    )
    exposure = _numbers(frame, codebook.exposure)
    design = CountDesign(
        outcome=outcome,
        log_exposure=np.log(exposure),
        frequency_level=coding.encode_frequencies(frame),
        covariates=covariates,
        team=team,
        multiplicity=np.ones(len(frame)),
        weight=_numbers(frame, codebook.weight),
        teams=teams,
        departments=departments,
        coding=coding,
        asked=asked,
        factors=survey.factors,
    )
    refuse_composition(design)
    return hidden_as_named(with_unknown_levels(design, known), survey)


def hidden_as_named(
    design: CountDesign, survey: Survey, sizes: IntArray | None = None
) -> CountDesign:
    """
    Keep which teams are hidden, where sizes and labels of the design alone do not tell it.

    Under pseudonyms the same teams are hidden as under their names. And where not all
    respondents of a team count here, those are hidden too that are where all do, as in answers
    about scales: else one would show the team that protects another there. And so are teams of
    which few answered some question, as an item: hidden there alone, they would tell how many.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    survey : Survey
        Tells the order of the names, and how many respondents each team has.
    sizes : ndarray of shape (n_teams,), int, optional
        Respondents that count, where these are not all of a team.

    Returns
    -------
    CountDesign
        The same where names are not replaced, and all respondents count.
    """
    codebook, departments = survey.codebook, None
    own = design.team_sizes if sizes is None else sizes
    everyone = survey.frame[codebook.team].astype(str).value_counts()
    all_sizes = everyone.reindex(design.teams.astype(str), fill_value=0).to_numpy(dtype=np.int64)
    few = hidden_by_few_answers(survey.frame, codebook, survey.name_order)
    if not survey.name_order and not few and np.array_equal(own, all_sizes):
        return design
    if design.departments is not None:
        departments = survey.sorted_by(str(codebook.department), design.departments)
    minimums = hidden_from_told(
        own,
        all_sizes,
        teams=survey.sorted_by(codebook.team, design.teams),
        departments=departments,
    )
    minimums[np.isin(design.teams.astype(str), list(few))] = DEFAULT_MINIMUM
    if survey.name_order:
        minimums = without_names(minimums)
    return replace(design, hidden_from=minimums)


def _in_shown_teams(
    survey: Survey,
    teams: npt.NDArray[np.object_],
    team: IntArray,
    departments: npt.NDArray[np.object_] | None,
) -> npt.NDArray[np.bool_]:
    """Mark the respondents in teams that are shown; all where none is."""
    codebook = survey.codebook
    hidden = suppress_teams(
        np.bincount(team, minlength=len(teams)),
        DisclosureRule(),
        teams=survey.sorted_by(codebook.team, teams),
        departments=None
        if departments is None
        else survey.sorted_by(str(codebook.department), departments),
    )
    few = hidden_by_few_answers(survey.frame, codebook, survey.name_order)
    shown = ~(hidden | np.isin(teams.astype(str), list(few)))[team]
    return shown if shown.any() else np.ones(len(team), dtype=bool)


def _teams(
    frame: pd.DataFrame, codebook: Codebook, team_effects: tuple[str, ...]
) -> tuple[npt.NDArray[np.object_], IntArray]:
    """Sorted team labels and each respondent's index into them."""
    labels = coded_labels(frame[codebook.team])
    teams, team = labels.categories.to_numpy(dtype=object), labels.codes.astype(np.int64)
    if team_effects and len(teams) == 1:
        raise ModelError(
            f"Column {codebook.team!r}: all respondents are in one team ({teams[0]!r}), so effects "
            "cannot vary over teams. Add teams, or in Python use CountModel(team_effects=())."
        )
    if team_effects and len(teams) == len(frame):
        raise ModelError(
            f"Column {codebook.team!r}: every team has one respondent, so what differs between "
            "teams cannot be told from what differs between respondents. Check that it is not the "
            "respondents' own column, join teams, or in Python use CountModel(team_effects=())."
        )
    return teams, team


def _composition(model: "CountModel", frequencies: tuple[str, ...]) -> str:
    if model.between and not frequencies:
        raise ModelError(
            "CountModel(between=...): the codebook has no frequency, so teams are not composed "
            "by one. Leave between out."
        )
    return str(model.between) if model.between else ""


def _numbers(frame: pd.DataFrame, column: str | None) -> FloatArray:
    return np.ones(len(frame)) if column is None else frame[column].to_numpy(dtype=float)


def _frequency_codings(
    kinds: FrequencyCodingKind | Mapping[str, FrequencyCodingKind],
    frame: pd.DataFrame,
    codebook: Codebook,
) -> tuple[FrequencyCoding, ...]:
    columns = codebook.frequency_columns
    for name in columns:
        if (frame[name] == frame[name].iloc[0]).all():
            raise ModelError(
                f"Frequency {name!r}: all respondents answered {frame[name].iloc[0]!r}, so there "
                "is nothing to compare. Check the column, or leave it out of the codebook."
            )
    if isinstance(kinds, Mapping):
        for name in kinds:
            if name not in columns:
                raise ModelError(
                    f"CountModel(frequency=...): the codebook has no frequency {name!r}. "
                    f"{nearest(name, columns)}"
                )
        missing = [name for name in columns if name not in kinds]
        if missing:
            raise ModelError(f"CountModel(frequency=...): say how {missing[0]!r} enters, too.")
        return tuple(
            FrequencyCoding(name, codebook.levels_of(name), kinds[name].name) for name in columns
        )
    return tuple(FrequencyCoding(name, codebook.levels_of(name), kinds.name) for name in columns)


def _zero_coding(family: Family, frame: pd.DataFrame, codebook: Codebook) -> ZeroCoding | None:
    """Code the zero part; its covariates have to pass what those of the count part do."""
    part = zero_part(family)
    if part is None:
        return None
    where = "ZeroPart(covariates=...)"
    _refuse_unknown(where, part.covariates, codebook)
    covariates = _covariate_codings(where, part.covariates, frame)
    coding = zero_coding(part, covariates, codebook)
    if coding is not None and covariates:
        refuse_small_categories(frame, part.covariates)
        refuse_collinear(coding.encode_covariates(frame), coding.covariate_labels)
    return coding


def _all_covariates(
    model: "CountModel", frame: pd.DataFrame, codebook: Codebook
) -> tuple[CovariateCoding, ...]:
    """Code the covariates to adjust for, then what else the moderators are."""
    where = "CountModel(covariates=...)"
    names = codebook.covariates if model.covariates is None else model.covariates
    _refuse_unknown(where, names, codebook)
    every = tuple(dict.fromkeys((*names, *model.moderators)))
    return _covariate_codings(where, every, frame, model.moderators)


def _refuse_unknown(where: str, names: tuple[str, ...], codebook: Codebook) -> None:
    for name in names:
        if name not in codebook.covariates:
            raise ModelError(
                f"{where}: {name!r} is not among the codebook's covariates. "
                f"{nearest(name, codebook.covariates)}"
            )


def _covariate_codings(
    where: str, names: tuple[str, ...], frame: pd.DataFrame, moderators: tuple[str, ...] = ()
) -> tuple[CovariateCoding, ...]:
    codings = []
    for name in names:
        column = frame[name]
        categories: tuple[str, ...] = ()
        if not pd.api.types.is_numeric_dtype(column):
            present = column.astype("category").cat.remove_unused_categories()
            categories = tuple(str(category) for category in present.cat.categories)
        constant = len(categories) == 1 if categories else column.nunique() < 2
        if constant:
            also = ", and out of CountModel(moderators=...)" if name in moderators else ""
            raise ModelError(
                f"Covariate {name!r} has the same value ({column.iloc[0]}) for all respondents "
                f"and cannot be told from the intercept. Take it out of covariates, in the "
                f"codebook or as {where}{also}."
            )
        codings.append(CovariateCoding(name, categories))
    return tuple(codings)


def _effects(field: str, names: tuple[str, ...], frequencies: tuple[str, ...]) -> tuple[str, ...]:
    effects: list[str] = []
    for name in names:
        if name == INTERCEPT:
            effects.append(INTERCEPT)
        elif name == "frequency" and frequencies:
            effects += frequencies
        elif name in frequencies:
            effects.append(name)
        elif not frequencies:
            raise ModelError(
                f"CountModel({field}=...): {name!r} cannot vary, since the "
                f"codebook has no frequency. Use {field}=('intercept',)."
            )
        else:
            options = (INTERCEPT, "frequency", *frequencies)
            raise ModelError(
                f"CountModel({field}=...): there is no effect {name!r}. {nearest(name, options)}"
            )
    if len(set(effects)) < len(effects):
        raise ModelError(f"CountModel({field}=...): 'frequency' already covers every slope.")
    return tuple(effects)
