"""People in new teams of departments that a fit knows."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core import labels
from learnclimate.core.errors import SurveyError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.small_groups import hidden_departments
from learnclimate.survey.answers import labels_of

IntArray = npt.NDArray[np.int64]


def departments_of_newcomers(
    frame: pd.DataFrame, fit: Fit, team: IntArray, rule: DisclosureRule
) -> IntArray:
    """
    Find the department of everybody whose team the fit does not tell about.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    fit : Fit
        The fit.
    team : ndarray of shape (n_people,), int
        Index into the teams of the fit, below 0 for who is in none of them.
    rule : DisclosureRule
        Which departments are too small to tell about.

    Returns
    -------
    ndarray of shape (n_people,), int
        Index into dim ``department``; -1 for who is in a team of the fit, and in no or a new
        department: a new one is taken for it.

    Raises
    ------
    SurveyError
        If a team of the fit is said to be in another department.
    """
    nowhere = np.full(len(frame), -1, dtype=np.int64)
    column = fit.codebook.department
    if not fit.coding.department_effects or column not in frame.columns:
        return nowhere
    told = labels_of(frame[column])
    _refuse_moved(told, frame, fit, team)
    known = fit.draws["posterior"][labels.DEPARTMENT].to_numpy().astype(str)
    found = np.asarray(pd.Index(known).get_indexer(told), dtype=np.int64)
    hidden = np.flatnonzero(hidden_departments(fit.draws, rule))
    return np.where((team >= 0) | np.isin(found, hidden), nowhere, found)


def _refuse_moved(told: pd.Series, frame: pd.DataFrame, fit: Fit, team: IntArray) -> None:
    """Refuse a team of the fit that is said to be in another department than it was."""
    constant = fit.draws["constant_data"]
    names = np.asarray(constant["team_department"]).astype(str)
    rows = np.flatnonzero((team >= 0) & told.notna().to_numpy())
    moved = rows[names[team[rows]] != told.to_numpy()[rows].astype(str)]
    if len(moved):
        row = int(moved[0])
        label = str(constant[labels.TEAM].to_numpy()[team[row]])
        raise SurveyError(
            f"population: row {frame.index[row]} puts team {label!r} in department "
            f"{told.iloc[row]!r}, but it was in {str(names[team[row]])!r}. Correct it, or drop the "
            "column."
        )
