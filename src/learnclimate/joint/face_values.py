"""Factors among the covariates of a survey: drawn values, or mean scores at face value."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import scale_answers
from learnclimate.measurement.scores import allowed_missing, mean_scores
from learnclimate.survey.codebook import Scale
from learnclimate.survey.hidden_groups import hidden_labels
from learnclimate.survey.scale_means import told_team_means
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.joint.model import JointModel

FloatArray = npt.NDArray[np.float64]


def with_factors(survey: Survey, names: tuple[str, ...], values: FloatArray) -> Survey:
    """
    Put factors among the covariates of a survey.

    Parameters
    ----------
    survey : Survey
        The answers.
    names : tuple of str
        Names of the factors.
    values : ndarray of shape (n_respondents, n_factors)
        The factors.

    Returns
    -------
    Survey
        The same, with a column a factor.

    Raises
    ------
    ModelError
        If a column of the survey bears the name of a factor already.
    """
    codebook = survey.codebook
    for name in names:
        if name in survey.frame.columns:
            raise ModelError(
                f"JointModel: the factor {name!r} would take the place of column {name!r} of the "
                "survey. Give the scale another name in the codebook."
            )
    frame = survey.frame.assign(**{name: values[:, place] for place, name in enumerate(names)})
    levels: Any = {column: list(found) for column, found in codebook.frequency_levels}
    covariates = (*codebook.covariates, *names)
    wider = replace(codebook, frequency_levels=levels, covariates=covariates)
    return replace(survey, frame=frame, codebook=wider, factors=names)


def face_values(model: "JointModel", survey: Survey) -> FloatArray:
    """
    Give standardised mean scores of the scales; a mean where a respondent has none.

    Parameters
    ----------
    model : JointModel
        Tells the scales, and whether the factors are the teams'.
    survey : Survey
        The answers.

    Returns
    -------
    ndarray of shape (n_respondents, n_factors)
        Scores.
    """
    columns = []
    for scale in model.factor.scales:
        answers = scale_answers(survey, scale)
        if model.factor.levels == "team":
            score = _of_teams(survey, answers.scale)
        else:
            score = _standardised(mean_scores(answers, allowed_missing(answers, None)))
        columns.append(np.where(np.isfinite(score), score, 0.0))
    return np.column_stack(columns)


def _of_teams(survey: Survey, scale: Scale) -> FloatArray:
    """
    Standardise teams' means as they may be told, by those of the teams that are shown.

    A file holds them: made of answers as given, or by the mean of all teams, they would tell what
    the members of hidden teams answered.
    """
    column = survey.codebook.team
    means = told_team_means(survey.frame, column, scale)
    rule = DisclosureRule()
    hidden = hidden_labels(survey.frame, survey.codebook, column, rule, survey.name_order)
    by_team = means.groupby(survey.frame[column].astype(str)).first()
    shown = by_team[~by_team.index.isin(list(hidden))].dropna()
    told = shown if len(shown) else by_team
    spread = float(np.nanstd(told.to_numpy()))
    values: FloatArray = means.to_numpy(dtype=float)
    return (values - float(np.nanmean(told.to_numpy()))) / (spread if spread > 0 else 1.0)


def _standardised(scores: FloatArray) -> FloatArray:
    """Take standard deviations from the mean; 0 for all where none differ."""
    spread = float(np.nanstd(scores))
    return (scores - np.nanmean(scores)) / (spread if spread > 0 else 1.0)
