"""Counts of several kinds as if they were normal: how much each says of its own log rate."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.pymc_whitening import whitening_data

if TYPE_CHECKING:
    from learnclimate.counts.kinds_model import KindsModel

FloatArray = npt.NDArray[np.float64]

#: Names in the PyMC model: counts that were answered, and what stands for them in setting
#: coordinates.
COUNTS = "counts"
WORKING_LOG_RATE, WORKING_WEIGHT = "working_log_rate", "working_weight"
TEAM_WEIGHTS = "working_team_weights"
TEAM_EFFECTS, RESPONDENT_EFFECTS = "team_effects_whitened", "respondent_effects_whitened"

#: Least guess of (variance - mean) / mean squared within a level.
_LEAST_SCATTER = 0.05
#: Respondents' worth of the kind's mean rate that goes into the mean rate of each level.
_PRIOR_SIZE = 5.0
#: Guessed correlation of a respondent's effects on two kinds.
_CORRELATION = 0.5
#: Guessed variance of a team effect.
_TEAM_VARIANCE = 0.1


@dataclass(frozen=True, slots=True)
class WorkingCounts:
    """
    Every count as a normal observation of its log rate; a guess that only sets coordinates.

    Attributes
    ----------
    log_rate : ndarray of shape (n_respondents, n_kinds)
        What was observed of the log rate; 0 where a kind was left open.
    weight : ndarray of shape (n_respondents, n_kinds)
        One over its variance; 0 where a kind was left open.
    variance : ndarray of shape (n_kinds,)
        Guessed variance of the log rates of respondents of one level.
    """

    log_rate: FloatArray
    weight: FloatArray
    variance: FloatArray


def working_counts(design: KindsDesign) -> WorkingCounts:
    """
    Expand the Poisson likelihood of every count about a shrunken guess of its rate.

    The guess lies between the count and the mean rate of the respondent's level, as a gamma
    distribution of the rates would have it.

    Parameters
    ----------
    design : KindsDesign
        The data.

    Returns
    -------
    WorkingCounts
        The expansion.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, doi 10.1007/978-1-4899-3242-6, on
    working responses and weights.
    """
    counts, answered = design.counts, design.answered
    exposure = np.exp(design.people.log_exposure)
    mean, variance = np.empty(counts.shape), np.empty(design.n_kinds)
    for kind, has in enumerate(answered.T):
        mean[:, kind] = _mean_by_level(design, kind, exposure)
        apart = (counts[has, kind] - mean[has, kind]) ** 2 - mean[has, kind]
        scatter = float(apart.sum() / (mean[has, kind] ** 2).sum())
        variance[kind] = np.log1p(max(scatter, _LEAST_SCATTER))
    shape = 1 / np.expm1(variance)
    rate = (shape + counts) / (shape / mean + 1)
    observed = np.log(rate) + counts / rate - 1
    return WorkingCounts(np.where(answered, observed, 0.0), np.where(answered, rate, 0.0), variance)


def _mean_by_level(design: KindsDesign, kind: int, exposure: FloatArray) -> FloatArray:
    has = design.answered[:, kind]
    level = design.people.frequency_level[:, 0]
    size = int(level.max()) + 1
    counts, times = design.counts[has, kind], exposure[has]
    whole = counts.sum() / times.sum()
    total = np.bincount(level[has], counts, minlength=size) + _PRIOR_SIZE * whole
    rate = total / (np.bincount(level[has], times, minlength=size) + _PRIOR_SIZE)
    return np.asarray(rate[level] * exposure)


@dataclass(frozen=True, slots=True)
class KindValues:
    """
    What the data say of the values of every kind, roughly.

    Attributes
    ----------
    value, variance : ndarray of shape (n_kinds, n_columns)
        Estimates and their variances.
    """

    value: FloatArray
    variance: FloatArray


def kind_values(design: KindsDesign, working: WorkingCounts) -> KindValues:
    """
    Estimate intercepts, slopes and covariate effects of every kind by weighted least squares.

    Parameters
    ----------
    design : KindsDesign
        The data.
    working : WorkingCounts
        Its counts.

    Returns
    -------
    KindValues
        Columns: the intercept, a slope for every frequency, the standardised covariates.
    """
    people, n_kinds = design.people, design.n_kinds
    columns = [np.ones(people.n_rows)]
    for position, frequency in enumerate(people.coding.frequencies):
        curve = equal_steps_curve(len(frequency.levels))
        columns.append(curve[people.frequency_level[:, position]])
    standard = (people.covariates - people.covariate_means) / people.covariate_sds
    acts = np.column_stack([*columns, standard])
    value, variance = np.zeros((2, n_kinds, acts.shape[1]))
    # A ridge, so that what the answers leave open is told to be open; teams differ as well.
    ridge, among_teams = 1e-2 * np.eye(acts.shape[1]), np.zeros(acts.shape[1])
    among_teams[: len(columns)] = _TEAM_VARIANCE / people.n_teams
    log_rate = working.log_rate - people.log_exposure[:, None]
    for kind in range(n_kinds):
        weight = working.weight[:, kind]
        weight = weight / (1 + weight * working.variance[kind])
        inverse = np.linalg.inv((acts.T * weight) @ acts + ridge)
        value[kind] = inverse @ (acts.T @ (weight * log_rate[:, kind]))
        variance[kind] = np.diag(inverse) + among_teams
    return KindValues(value, variance)


@dataclass(frozen=True, slots=True)
class TeamInformation:
    """
    What the working counts of its members say of a team's effects.

    Attributes
    ----------
    weights : ndarray of shape (n_respondents, n_effects, n_kinds)
        Times what members differ by from the average team, summed over them: the pull.
    information : ndarray of shape (n_teams, n_effects, n_effects)
        Inverse of the variance, had the effects no prior.
    """

    weights: FloatArray
    information: FloatArray


def team_information(design: KindsDesign, working: WorkingCounts) -> TeamInformation:
    """
    Add up what members say of their team's effects, their own effects averaged over.

    Curves are taken to rise in equal steps, and the variance of members to be the guessed one.

    Parameters
    ----------
    design : KindsDesign
        The data.
    working : WorkingCounts
        Its counts.

    Returns
    -------
    TeamInformation
        Effects in the order kind, effect.
    """
    people, n_kinds = design.people, design.n_kinds
    effects = people.coding.team_effects
    spread = np.sqrt(working.variance)
    among = spread[:, None] * spread * (_CORRELATION + (1 - _CORRELATION) * np.eye(n_kinds))
    own = working.weight[:, :, None] * np.eye(n_kinds)
    averaged = own - own @ np.linalg.solve(own + np.linalg.inv(among), own)
    acts = np.zeros((people.n_rows, n_kinds, n_kinds * len(effects)))
    for place, name in enumerate(effects):
        curve = np.ones(people.n_rows)
        if name != INTERCEPT:
            column = people.coding.frequency_names.index(name)
            n_levels = len(people.coding.frequencies[column].levels)
            curve = equal_steps_curve(n_levels)[people.frequency_level[:, column]]
        for kind in range(n_kinds):
            acts[:, kind, kind * len(effects) + place] = curve
    weights = np.einsum("nke,nkl->nel", acts, averaged)
    information = np.zeros((people.n_teams, acts.shape[2], acts.shape[2]))
    np.add.at(information, people.team, weights @ acts)
    return TeamInformation(weights, information)


def differences(n_kinds: int) -> FloatArray:
    """
    Give orthonormal directions in which kinds differ: their sums over the kinds are 0.

    Parameters
    ----------
    n_kinds : int
        Number of kinds.

    Returns
    -------
    ndarray of shape (n_kinds, n_kinds - 1)
        One column a direction.

    Examples
    --------
    >>> basis = differences(4)
    >>> bool(np.allclose(basis.T @ basis, np.eye(3)) and np.allclose(basis.sum(axis=0), 0))
    True
    """
    centred = np.eye(n_kinds) - 1 / n_kinds
    return np.asarray(np.linalg.svd(centred)[0][:, :-1])


def told_keys(name: str) -> tuple[str, str]:
    """
    Name the data that tell how far kinds differ.

    Parameters
    ----------
    name : str
        Name of the values.

    Returns
    -------
    tuple of str
        Of the differences along `differences`, and of their variances.

    Examples
    --------
    >>> told_keys("intercepts")
    ('intercepts_told', 'intercepts_told_variance')
    """
    return f"{name}_told", f"{name}_told_variance"


def kinds_data(
    model: "KindsModel", design: KindsDesign
) -> dict[str, npt.NDArray[np.float64 | np.int64]]:
    """
    Give what the PyMC model reads of the counts: other counts need no other model.

    Parameters
    ----------
    model : KindsModel
        The declaration.
    design : KindsDesign
        The data.

    Returns
    -------
    dict of str to ndarray
        By the name of the data.
    """
    working = working_counts(design)
    own = working.weight[:, :, None] * np.eye(design.n_kinds)
    data: dict[str, npt.NDArray[np.float64 | np.int64]] = {
        COUNTS: design.counts[design.answered],
        WORKING_LOG_RATE: working.log_rate,
        WORKING_WEIGHT: working.weight,
        **whitening_data(RESPONDENT_EFFECTS, own),
    }
    if design.people.coding.team_effects:
        known = team_information(design, working)
        data |= {TEAM_WEIGHTS: known.weights, **whitening_data(TEAM_EFFECTS, known.information)}
    if model.pooled:
        guess, basis = kind_values(design, working), differences(design.n_kinds)
        n_slopes = len(design.people.coding.frequencies)
        ends = {"intercepts": 1, "frequencies": 1 + n_slopes, "covariates": guess.value.shape[1]}
        start = 0
        for name, end in ends.items():
            if end > start:
                told = (
                    basis.T @ guess.value[:, start:end],
                    (basis**2).T @ guess.variance[:, start:end],
                )
                data |= dict(zip(told_keys(name), told, strict=True))
            start = end
    return data
