"""Counts of the same respondents under known parameters, and how probable they are."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.core.errors import ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import Family
from learnclimate.counts.row_predictions import places_of_rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def check_can_simulate(design: CountDesign, asked: str) -> None:
    """
    Refuse studies whose data are more than exact counts.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    asked : str
        The function that the user called.

    Raises
    ------
    ModelError
        If an answer stands for several counts, or the frequency answers are modelled too.
    """
    if design.coding.latent_composition:
        raise ModelError(
            f"{asked}: with between='latent' the frequency answers are data of the model too, and "
            "these are not simulated yet. Use between='manifest'."
        )
    if design.asked.highest is not None:
        raise ModelError(
            f"{asked}: answers that allow several counts, such as '3-5', are not simulated yet. "
            "Check the model on a study that asks for a number: simulate_survey makes one."
        )


def simulated_counts(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    family: Family,
    rng: np.random.Generator,
) -> IntArray:
    """
    Draw a count for every respondent.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents; their own counts are not read.
    family : Family
        How counts are distributed.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_rows), int
        Counts.
    """
    with np.errstate(over="ignore"):
        places = places_of_rows(draws, design, np.arange(design.n_rows))
        return distribution_of(family).draw(rng, places)


def log_likelihood(
    draws: Mapping[str, FloatArray], design: CountDesign, family: Family
) -> FloatArray:
    """
    Give the log density of all counts, given parameters and team effects.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents and their counts.
    family : Family
        How counts are distributed.

    Returns
    -------
    ndarray of shape (n_draws,)
        Log densities.
    """
    with np.errstate(over="ignore"):
        density = log_density_of_rows(draws, design, family, np.arange(design.n_rows))
    return np.asarray((design.multiplicity * density).sum(axis=1))
