"""Choose teams for groups by probability, not too many of one department."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: As what a team is chosen.
GROUPS: Final = ("strong", "typical", "weak")


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    Teams that may be chosen.

    Attributes
    ----------
    probability : ndarray of shape (3, n_teams)
        Of belonging to each group.
    departments : list of str or None
        Each team's department, where they are known.
    per_department : int or None
        Most teams of one department in a group.
    """

    probability: FloatArray
    departments: Sequence[str] | None
    per_department: int | None


def chosen_teams(
    candidates: Candidates, wanted: tuple[int, int, int]
) -> tuple[tuple[list[int], list[int], list[int]], tuple[str, ...]]:
    """
    Choose teams in the order of their probability, each for one group.

    Parameters
    ----------
    candidates : Candidates
        The teams; at least as many as are wanted.
    wanted : tuple of three ints
        How many for each group.

    Returns
    -------
    chosen : tuple of three lists of int
        Teams of each group, the most probable first.
    notes : tuple of str
        Where the limit of a department could not be kept.

    Examples
    --------
    >>> probability = np.array([[0.8, 0.7, 0.1, 0.1], [0.1, 0.2, 0.3, 0.8], [0.1, 0.1, 0.6, 0.1]])
    >>> chosen_teams(Candidates(probability, ["a", "a", "b", "b"], 1), (2, 0, 1))[0]
    ([0, 3], [], [2])
    """
    n_teams = candidates.probability.shape[1]
    order = np.argsort(-candidates.probability, axis=None, kind="stable")
    pairs = [(int(pair // n_teams), int(pair % n_teams)) for pair in order]
    chosen: tuple[list[int], list[int], list[int]] = ([], [], [])
    taken: set[int] = set()
    _fill(chosen, taken, pairs, wanted, candidates)
    notes: tuple[str, ...] = ()
    short = [name for name, some, n in zip(GROUPS, chosen, wanted, strict=True) if len(some) < n]
    if short:
        told = (
            "Too few departments have teams to choose from, so more than "
            f"{candidates.per_department} of a department were taken: {', '.join(short)}."
        )
        notes = (told,)
        free = Candidates(candidates.probability, None, None)
        _fill(chosen, taken, pairs, wanted, free)
    return chosen, notes


def _fill(
    chosen: tuple[list[int], list[int], list[int]],
    taken: set[int],
    pairs: Sequence[tuple[int, int]],
    wanted: tuple[int, int, int],
    candidates: Candidates,
) -> None:
    departments, most = candidates.departments, candidates.per_department
    used = [
        Counter() if departments is None else Counter(departments[team] for team in some)
        for some in chosen
    ]
    for group, team in pairs:
        if team in taken or len(chosen[group]) >= wanted[group]:
            continue
        if departments is not None and most is not None:
            if used[group][departments[team]] >= most:
                continue
            used[group][departments[team]] += 1
        chosen[group].append(team)
        taken.add(team)
