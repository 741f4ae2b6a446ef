"""Teams within departments: which department each team is in, and what may vary over them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ModelError
from learnclimate.survey.answers import coded_labels
from learnclimate.survey.codebook import Codebook

IntArray = npt.NDArray[np.int64]
ObjectArray = npt.NDArray[np.object_]


def departments_of_teams(
    frame: pd.DataFrame, codebook: Codebook, team: IntArray
) -> ObjectArray | None:
    """
    Find each team's department.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers: a team in two departments was refused when they were read.
    codebook : Codebook
        What was asked.
    team : ndarray of shape (n_respondents,), int
        Each respondent's team.

    Returns
    -------
    ndarray of shape (n_teams,), str, or None
        Labels; None where the codebook has no department.
    """
    if codebook.department is None:
        return None
    labels = coded_labels(frame[codebook.department])
    # Each team lies in one department, so that any of its respondents tells which.
    place = np.zeros(int(team.max()) + 1, dtype=np.int64)
    place[team] = labels.codes
    return labels.categories.to_numpy(dtype=object)[place]


def refuse_departments(departments: ObjectArray | None, *, team_intercept: bool) -> None:
    """
    Refuse departments over which nothing can vary.

    Parameters
    ----------
    departments : ndarray of shape (n_teams,), str, or None
        Each team's department.
    team_intercept : bool
        Whether teams differ on their own as well.

    Raises
    ------
    ModelError
        If there are no departments, there is only one, or each holds a single team.
    """
    if departments is None:
        raise ModelError(
            "CountModel(department_effects=...): the codebook has no department. Say which column "
            "holds it: Codebook(department=...)."
        )
    names = np.unique(departments.astype(str))
    if len(names) == 1:
        raise ModelError(
            f"CountModel(department_effects=...): all teams are in department {str(names[0])!r}, "
            "so nothing can vary over departments. Leave department_effects out."
        )
    if team_intercept and len(names) == len(departments):
        raise ModelError(
            "CountModel(department_effects=...): each department holds a single team, so the two "
            "cannot be told apart. Leave department_effects out."
        )
