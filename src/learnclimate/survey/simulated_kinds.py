"""Counts of several kinds of a simulated survey."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.survey.kinds_truth import KindsTruth

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def kinds_of_teams(rng: np.random.Generator, n_teams: int, truth: KindsTruth) -> FloatArray:
    """
    Draw the teams' effects.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    n_teams : int
        Number of teams.
    truth : KindsTruth
        Their covariance.

    Returns
    -------
    ndarray of shape (n_teams, n_kinds, 2)
        Intercept and slope by kind.

    Examples
    --------
    >>> kinds_of_teams(np.random.default_rng(1), 5, KindsTruth()).shape
    (5, 3, 2)
    """
    effects = _normal(rng, n_teams, truth.covariance_of_teams())
    return effects.reshape(n_teams, len(truth.kinds), 2)


def simulated_kinds(
    rng: np.random.Generator,
    people: pd.DataFrame,
    where: tuple[IntArray, IntArray],
    effects: FloatArray,
    truth: KindsTruth,
) -> pd.DataFrame:
    """
    Draw counts of every kind.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    people : pandas.DataFrame
        Respondents, with ``tenure`` and ``contract``.
    where : tuple of ndarray of shape (n_respondents,), int
        Each respondent's team and level.
    effects : ndarray of shape (n_teams, n_kinds, 2)
        The teams' effects.
    truth : KindsTruth
        The truth.

    Returns
    -------
    pandas.DataFrame
        One column a kind, missing where it is left open.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"tenure": [1.0, 5.0], "contract": ["permanent", "temporary"]})
    >>> where = np.array([0, 0]), np.array([0, 4])
    >>> simulated_kinds(rng, people, where, np.zeros((1, 3, 2)), KindsTruth()).shape
    (2, 3)
    """
    team, level = where
    curve = np.concatenate([[0.0], np.cumsum(truth.frequency_shape)])[level][:, None]
    log_rate = np.array(truth.intercept) + effects[team, :, 0]
    log_rate = log_rate + (np.array(truth.frequency_effect) + effects[team, :, 1]) * curve
    log_rate += people["tenure"].to_numpy()[:, None] * np.array(truth.tenure_effect)
    is_temporary = (people["contract"] == "temporary").to_numpy()
    log_rate += is_temporary[:, None] * np.array(truth.contract_effect)
    log_rate += _normal(rng, len(people), truth.covariance_of_respondents())
    counts = pd.DataFrame(rng.poisson(np.exp(log_rate)), columns=list(truth.kinds))
    if truth.left_open == 0:
        return counts
    return counts.mask(rng.random(counts.shape) < truth.left_open)


def _normal(rng: np.random.Generator, size: int, covariance: FloatArray) -> FloatArray:
    # Eigenvalues, not a Cholesky factor: a correlation may be 1.
    values, vectors = np.linalg.eigh(covariance)
    standard = rng.standard_normal((size, len(values)))
    return np.asarray(standard * np.sqrt(np.clip(values, 0, None)) @ vectors.T)
