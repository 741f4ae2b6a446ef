"""New counts of several kinds for the same respondents, one draw at a time."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_prediction import Persons, predicted_kinds

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def new_kinds_counts(
    every: Mapping[str, FloatArray], one: int, design: KindsDesign, rng: np.random.Generator
) -> IntArray:
    """
    Draw new counts of all respondents at one draw.

    Parameters
    ----------
    every : mapping of str to ndarray of shape (n_draws, ...)
        Draws.
    one : int
        Which of them.
    design : KindsDesign
        The respondents.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_respondents, n_kinds), int
        Counts.
    """
    draws, persons = persons_at(every, one, design)
    with np.errstate(over="ignore"):
        # Wide priors may expect more than any number; such counts are cut off.
        return predicted_kinds(draws, design.people.coding, persons, None, rng)[:, 0]


def persons_at(
    every: Mapping[str, FloatArray], one: int, design: KindsDesign
) -> tuple[dict[str, FloatArray], Persons]:
    """
    Lay one draw out beside every respondent.

    Parameters
    ----------
    every : mapping of str to ndarray of shape (n_draws, ...)
        Draws.
    one : int
        Which of them.
    design : KindsDesign
        The respondents.

    Returns
    -------
    draws : dict of str to ndarray of shape (n_respondents, ...)
        The same draw for each of them.
    persons : Persons
        The respondents, with the effects of their teams.
    """
    people = design.people
    n_rows = people.n_rows
    team = every.get("team_effects")
    effects = np.zeros((n_rows, design.n_kinds, 0)) if team is None else team[one][people.team]
    draws = {
        name: np.broadcast_to(values[one], (n_rows, *values.shape[1:]))
        for name, values in every.items()
        if name != "team_effects"
    }
    return draws, Persons(people.log_exposure, people.covariates, people.frequency_level, effects)
