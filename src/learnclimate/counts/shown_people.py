"""Figures of covariates that are told are those of the people in teams that are shown."""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.disclosure.rule import DisclosureRule

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def in_shown_teams(design: CountDesign) -> BoolArray:
    """
    Mark the rows of people in teams that are shown at the default minimum.

    Of what everybody knows of each team, such as its age, the mean over all respondents is a sum
    of team sizes, and over these people it is one of sizes that are told anyway.

    Parameters
    ----------
    design : CountDesign
        The respondents, those of unknown level among the others.

    Returns
    -------
    ndarray of shape (n_rows,), bool
        All of them where no team is shown.
    """
    hidden = hidden_teams_of(design, DisclosureRule())
    shown = ~hidden[design.team]
    return shown if shown.any() else np.ones(len(shown), dtype=bool)


def shown_moments(
    design: CountDesign, values: FloatArray, means: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Average covariates over the people in teams that are shown.

    Parameters
    ----------
    design : CountDesign
        The respondents, those of unknown level among the others.
    values : ndarray of shape (n_rows, n_columns)
        Their covariates.
    means : ndarray of shape (n_columns,)
        Means over all; what is centred at 0 by definition, as a factor, stays so.

    Returns
    -------
    mean, sd : ndarray of shape (n_columns,)
        Weighted by how many respondents each row stands for.
    """
    shown = in_shown_teams(design)
    own, times = values[shown], design.multiplicity[shown]
    mean = np.where(means == 0, 0.0, np.average(own, axis=0, weights=times))
    return mean, np.sqrt(np.average((own - mean) ** 2, axis=0, weights=times))


def shown_spreads(design: CountDesign, *, zero: bool = False) -> FloatArray:
    """
    Give the standard deviations of covariates of people in teams that are shown.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    zero : bool, default False
        Of the covariates of the zero part.

    Returns
    -------
    ndarray of shape (n_columns,)
        None where there are no such covariates.
    """
    everyone = everyone_in_rows(design)
    values = everyone.asked.zero_covariates if zero else everyone.covariates
    if values is None:
        return np.zeros(0)
    means = design.zero_covariate_means if zero else design.covariate_means
    return shown_moments(everyone, values, means)[1]
