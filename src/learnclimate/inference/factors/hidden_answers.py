"""Thresholds beside answers that few gave: which are not to be told, and draws without them."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.disclosure.rule import DisclosureRule, suppress_neighbours
from learnclimate.measurement.factor_design import FactorDesign

BoolArray = npt.NDArray[np.bool_]

#: Variables with a value a threshold.
BY_CUT = ("thresholds", "difficulty")


def hidden_cuts(posterior: xr.Dataset, design: FactorDesign, rule: DisclosureRule) -> BoolArray:
    """
    Mark the thresholds that would tell how many gave an answer that few gave.

    The shares of all answers follow from the thresholds, nearly to the respondent. An answer
    that few gave is told together with its neighbours, so no threshold between them is told.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws; a file holds none of a threshold that it may not tell.
    design : FactorDesign
        The answers; of a fit from a file, none.
    rule : DisclosureRule
        What is too few.

    Returns
    -------
    ndarray of shape (n_items, most cuts of an item), bool
        True also where an item has no such threshold.
    """
    if "thresholds" not in posterior:
        return np.zeros((len(design.items), 0), dtype=bool)
    hidden = ~np.isfinite(posterior["thresholds"].to_numpy()).all(axis=(0, 1))
    if not len(design.categories):
        return np.asarray(hidden)
    places = np.split(design.counts(), design.first_row[1:-1])
    for item, counts in enumerate(places):
        own = suppress_neighbours(counts, rule)
        hidden[item, : len(own) - 1] |= own[:-1] & own[1:]
    return np.asarray(hidden)


def without_hidden_cuts(
    posterior: xr.Dataset, design: FactorDesign, rule: DisclosureRule
) -> xr.Dataset:
    """
    Leave out the thresholds that may not be told.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws of a factor model.
    design : FactorDesign
        The answers.
    rule : DisclosureRule
        What is too few.

    Returns
    -------
    xarray.Dataset
        Not a number in their places.
    """
    shown = xr.DataArray(~hidden_cuts(posterior, design, rule), dims=("item", "cut"))
    names = [name for name in BY_CUT if name in posterior]
    return posterior.assign({name: posterior[name].where(shown) for name in names})
