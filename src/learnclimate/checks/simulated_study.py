"""Counts of the same respondents under known parameters, and how probable they are."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.checks.replicates import expected_of_rows
from learnclimate.core.errors import ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, NegativeBinomial, Poisson
from learnclimate.counts.prediction import draw_counts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def check_family(family: Family, asked: str) -> None:
    """
    Refuse a family whose counts cannot be simulated here.

    Parameters
    ----------
    family : Family
        The family.
    asked : str
        The function that the user called.

    Raises
    ------
    ModelError
        If it is one that this room does not know.
    """
    if not isinstance(family, Poisson | NegativeBinomial):
        raise ModelError(
            f"{asked}: counts of the family {type(family).__name__} are not simulated yet. Use "
            "Poisson() or NegativeBinomial()."
        )


def simulated_counts(
    draws: Mapping[str, FloatArray], design: CountDesign, rng: np.random.Generator
) -> IntArray:
    """
    Draw a count for every respondent.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents; their own counts are not read.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_rows), int
        Counts.
    """
    with np.errstate(over="ignore"):
        expected = expected_of_rows(draws, design, np.arange(design.n_rows))
        return draw_counts(rng, expected, draws.get("dispersion"))


def log_likelihood(draws: Mapping[str, FloatArray], design: CountDesign) -> FloatArray:
    """
    Give the log density of all counts, given parameters and team effects.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents and their counts.

    Returns
    -------
    ndarray of shape (n_draws,)
        Log densities, without the factorials, which no parameter moves.
    """
    from scipy import special

    with np.errstate(over="ignore"):
        expected = expected_of_rows(draws, design, np.arange(design.n_rows))
    log_rate = np.log(np.clip(expected, 1e-300, 1e300))
    counts, alpha = design.outcome, draws.get("dispersion")
    if alpha is None:
        density = counts * log_rate - np.exp(log_rate)
    else:
        alpha = alpha[:, None]
        log_odds = log_rate - np.log(alpha)
        rising = special.gammaln(counts + alpha) - special.gammaln(alpha)
        density = rising + counts * log_odds - (counts + alpha) * np.logaddexp(0.0, log_odds)
    return np.asarray((design.multiplicity * density).sum(axis=1))
