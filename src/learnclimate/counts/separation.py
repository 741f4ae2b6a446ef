"""Refuse covariates whose effects no data could tell apart, by name."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.counts.coding import DesignCoding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Share of a column's length below which what remains of it counts as rounding.
_ROUNDING = 1e-7
_BLOCK = 100_000
#: Teams needed beyond one for each number that describes teams: with fewer, next to nothing
#: but the prior tells its effect from the teams' own, and no engine's draws can be trusted.
_TEAMS_BEYOND = 3


def refuse_collinear(covariates: FloatArray, labels: tuple[str, ...]) -> None:
    """
    Refuse a covariate that is a combination of those before it and a constant.

    Parameters
    ----------
    covariates : ndarray of shape (n_respondents, n_covariate_labels)
        Coded covariates.
    labels : tuple of str
        Their names.

    Raises
    ------
    ModelError
        Naming the first such covariate.

    Examples
    --------
    >>> refuse_collinear(np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]]), ("age", "twice"))
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.ModelError: Covariate 'twice' is an exact combination of ...
    """
    if not labels:
        return
    mean = covariates.mean(axis=0)
    upper = _upper_factor(covariates, mean, _lengths(covariates, mean))
    pivots = np.zeros(len(labels))
    depth = min(upper.shape)
    pivots[:depth] = np.abs(np.diag(upper))[:depth]
    dependent = np.flatnonzero(pivots < _ROUNDING)
    if len(dependent):
        name = labels[int(dependent[0])]
        raise ModelError(
            f"Covariate {name!r} is an exact combination of the covariates before it (or there "
            "are fewer respondents than covariates), so its effect cannot be told apart. "
            "Take one out of covariates, in the codebook or as CountModel(covariates=...)."
        )


def refuse_separated_teams(
    covariates: FloatArray,
    team: IntArray,
    coding: DesignCoding,
    moderators: tuple[str, ...] = (),
) -> None:
    """
    Refuse covariates that identify every team, so that team effects are theirs as well.

    Covariates that are constant within teams describe teams, which is fine as long as
    they leave differences between teams to be explained: with as many of them as teams
    less one, nothing is left.

    Parameters
    ----------
    covariates : ndarray of shape (n_respondents, n_covariate_labels)
        Coded covariates, none a combination of the others.
    team : ndarray of shape (n_respondents,), int
        Each respondent's team, every index from 0 in use.
    coding : DesignCoding
        How the covariates were coded.
    moderators : tuple of str, default ()
        Which of them shift slopes as well.

    Raises
    ------
    ModelError
        Naming the covariates that separate the teams.
    """
    n_teams = int(team.max()) + 1
    if covariates.shape[1] < n_teams - 1:
        return
    within = covariates - _team_means(covariates, team)[team]
    lengths = _lengths(covariates, covariates.mean(axis=0))
    no_mean = np.zeros(covariates.shape[1])
    strengths = np.linalg.svd(_upper_factor(within, no_mean, lengths), compute_uv=False)
    n_between = covariates.shape[1] - int((strengths > _ROUNDING).sum())
    if n_between < n_teams - 1:
        return
    # A covariate whose columns all vanish within teams is constant in each of them.
    left = _lengths(within, no_mean) > _ROUNDING * lengths
    owners = [covariate.name for covariate in coding.covariates for _ in covariate.labels]
    varying = {owner for owner, varies in zip(owners, left, strict=True) if varies}
    names = [name for name in dict.fromkeys(owners) if name not in varying]
    names = names or list(dict.fromkeys(owners))
    one = len(names) == 1
    raise ModelError(
        f"{'Covariate' if one else 'Covariates'} {', '.join(map(repr, names))} "
        f"{'separates' if one else 'together separate'} the {n_teams} teams exactly, so "
        f"{'its effect' if one else 'their effects'} cannot be told from the teams' own. Leave "
        f"{'it' if one else 'one'} out of {_where(names, coding, moderators)}"
    )


def refuse_few_teams(
    covariates: FloatArray,
    team: IntArray,
    coding: DesignCoding,
    moderators: tuple[str, ...] = (),
) -> None:
    """
    Refuse numbers that take one value a team where there are hardly more teams than those.

    Parameters
    ----------
    covariates : ndarray of shape (n_respondents, n_covariate_labels)
        Coded covariates, none a combination of the others.
    team : ndarray of shape (n_respondents,), int
        Each respondent's team, every index from 0 in use.
    coding : DesignCoding
        How the covariates were coded.
    moderators : tuple of str, default ()
        Which of them shift slopes as well.

    Raises
    ------
    ModelError
        Naming these covariates, where there are fewer than three teams more than those.
    """
    n_teams = int(team.max()) + 1
    if covariates.shape[1] <= max(n_teams - _TEAMS_BEYOND, 0):
        return
    within = covariates - _team_means(covariates, team)[team]
    lengths = _lengths(covariates, covariates.mean(axis=0))
    constant = _lengths(within, np.zeros(covariates.shape[1])) <= _ROUNDING * lengths
    labels = [label for label, same in zip(coding.covariate_labels, constant, strict=True) if same]
    names = [one.name for one in coding.covariates if not one.categories and one.name in labels]
    needed = len(names) + _TEAMS_BEYOND
    if not names or n_teams >= needed:
        return
    one = len(names) == 1
    raise ModelError(
        f"{'Covariate' if one else 'Covariates'} {', '.join(map(repr, names))} "
        f"{'takes' if one else 'take'} one value in each team, and {n_teams} teams are too few to "
        f"tell {'its effect' if one else 'their effects'} from the teams' own: that needs at "
        f"least {needed}. Leave {'it' if one else 'them'} out of "
        f"{_where(names, coding, moderators)}"
    )


def _where(names: list[str], coding: DesignCoding, moderators: tuple[str, ...]) -> str:
    """Say where covariates are left out. A moderator comes back in if it is left out of one."""
    apart = {*names, *moderators}
    kept = tuple(covariate.name for covariate in coding.covariates if covariate.name not in apart)
    also = ", and out of CountModel(moderators=...)" if {*names} & {*moderators} else ""
    return (
        f"covariates, in the codebook or as CountModel(covariates={kept}){also}; or, in Python, "
        "leave out the team effects: CountModel(team_effects=())."
    )


def _team_means(values: FloatArray, team: IntArray) -> FloatArray:
    sizes = np.bincount(team)
    sums = [np.bincount(team, column) for column in values.T]
    return np.stack(sums, axis=1) / sizes[:, None]


def _blocks(columns: FloatArray) -> Iterator[FloatArray]:
    """Rows, some at a time: no copy of all of them is needed."""
    for first in range(0, len(columns), _BLOCK):
        yield columns[first : first + _BLOCK]


def _lengths(columns: FloatArray, mean: FloatArray) -> FloatArray:
    """Lengths of the columns about the means given."""
    squares = [((block - mean) ** 2).sum(axis=0) for block in _blocks(columns)]
    return np.sqrt(np.sum(squares, axis=0))


def _upper_factor(columns: FloatArray, mean: FloatArray, lengths: FloatArray) -> FloatArray:
    """Triangular factor of the columns about the means, in units of the lengths given."""
    upper = np.empty((0, columns.shape[1]))
    for block in _blocks(columns):
        scaled = (block - mean) / np.where(lengths > 0, lengths, 1)
        # The factor of factors and further rows is that of all rows.
        upper = np.linalg.qr(np.vstack([upper, scaled]), mode="r")
    return np.asarray(upper)
