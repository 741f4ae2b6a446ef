"""From coordinates to the variables of the posterior, signs fixed."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.parameters import FactorParameters, Point
from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign

FloatArray = npt.NDArray[np.float64]

#: Dims of each variable, after ``chain`` and ``draw``.
FACTOR_DIMS: dict[str, tuple[str, ...]] = {
    "loadings": ("item", "factor"),
    "slopes": ("item", "factor"),
    "thresholds": ("item", "cut"),
    "difficulty": ("item", "cut"),
    "item_means": ("item",),
    "residual_sd": ("item",),
    "factor_correlation": ("factor", "factor_other"),
    "team_factor_sd": ("factor",),
    "team_factor_correlation": ("factor", "factor_other"),
    "factor_icc": ("factor",),
    "team_factors": ("team", "factor"),
}


def factor_signs(loadings: FloatArray, design: FactorDesign) -> FloatArray:
    """
    Sign by which each factor points the way most of its own items do.

    The posterior is the same for a factor and its mirror image; of the two, that one is
    kept whose standardised loadings on the items of its scale sum to more than 0. So no
    draw and no chain is the mirror image of another, and an item keyed the wrong way keeps
    its negative loading.

    Parameters
    ----------
    loadings : ndarray of shape (..., n_items, n_factors)
        Standardised loadings.
    design : FactorDesign
        Tells which items are a factor's own.

    Returns
    -------
    ndarray of shape (..., n_factors)
        1 or -1.
    """
    own = design.own_factor[:, None] == np.arange(design.n_factors)
    return np.where((loadings * own).sum(axis=-2) < 0, -1.0, 1.0)


def ordinal_variables(
    parameters: FactorParameters, design: FactorDesign, theta: FloatArray, *, logit: bool
) -> dict[str, FloatArray]:
    """
    Find the variables of an ordinal factor model.

    Parameters
    ----------
    parameters : FactorParameters
        The coordinates.
    design : FactorDesign
        The answers.
    theta : ndarray of shape (n_chains, n_draws, size)
        Draws.
    logit : bool
        Whether the link is logistic.

    Returns
    -------
    dict of str to ndarray of shape (n_chains, n_draws, ...)
        See `FACTOR_DIMS`.
    """
    shape = theta.shape[:2]
    point = parameters.point(theta.reshape(-1, theta.shape[2]))
    spread = np.ones((len(point.loadings), parameters.n_factors))
    if parameters.n_team_sds:
        spread = np.sqrt(1 + point.team_sd**2)
    loadings = point.loadings * spread[:, None, :] / point.scale[:, :, None]
    signs = factor_signs(loadings, design)
    found = {
        "loadings": loadings * signs[:, None, :],
        "slopes": point.loadings * signs[:, None, :] * (LOGIT_SCALE if logit else 1.0),
        "thresholds": padded(point.cuts.thresholds, design.n_categories),
    }
    if logit:
        location = point.cuts.thresholds * point.scale[:, parameters.item_of_cut]
        own = (point.loadings * signs[:, None, :])[:, parameters.item_of_cut, 0]
        found["difficulty"] = padded(location / own, design.n_categories)
    if parameters.n_factors > 1:
        correlation = point.factor @ point.factor.transpose(0, 2, 1)
        found["factor_correlation"] = correlation * signs[:, :, None] * signs[:, None, :]
    found |= team_variables(parameters, point, signs)
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in found.items()}


def team_variables(
    parameters: FactorParameters, point: Point, signs: FloatArray
) -> dict[str, FloatArray]:
    """
    Find the variables that tell how factors vary over teams.

    Parameters
    ----------
    parameters : FactorParameters
        The coordinates.
    point : Point
        The parameters at S points.
    signs : ndarray of shape (S, n_factors)
        1, or -1 for a factor that is turned round.

    Returns
    -------
    dict of str to ndarray of shape (S, ...)
        See `FACTOR_DIMS`; nothing for one level.
    """
    if not parameters.n_team_sds:
        return {}
    found = {"team_factor_sd": point.team_sd}
    if parameters.n_factors > 1:
        over = point.team_factor @ point.team_factor.transpose(0, 2, 1)
        found["team_factor_correlation"] = over * signs[:, :, None] * signs[:, None, :]
    return found | {"factor_icc": point.team_sd**2 / (1 + point.team_sd**2)}


def following_variables(arrays: Mapping[str, FloatArray], *, logit: bool) -> dict[str, FloatArray]:
    """
    Work out the variables of a factor model that follow from the others.

    Parameters
    ----------
    arrays : mapping of str to ndarray of shape (S, ...)
        Draws: slopes, correlations, thresholds and standard deviations of teams.
    logit : bool
        Whether the link is logistic.

    Returns
    -------
    dict of str to ndarray of shape (S, ...)
        Standardised loadings, difficulties and shares of the variance between teams, where
        there are any.
    """
    slopes = arrays["slopes"] / (LOGIT_SCALE if logit else 1.0)
    n_factors = slopes.shape[2]
    behind = arrays.get("factor_correlation", np.ones((len(slopes), 1, 1)))
    spread, found = np.ones((len(slopes), n_factors)), {}
    if "team_factor_sd" in arrays:
        sd = arrays["team_factor_sd"]
        over = arrays.get("team_factor_correlation", np.ones((len(slopes), 1, 1)))
        behind = behind + sd[:, :, None] * over * sd[:, None, :]
        spread = np.sqrt(1 + sd**2)
        found["factor_icc"] = sd**2 / (1 + sd**2)
    scale = np.sqrt(1 + ((slopes @ behind) * slopes).sum(axis=2))
    found["loadings"] = slopes * spread[:, None, :] / scale[:, :, None]
    if "difficulty" in arrays:
        found["difficulty"] = arrays["thresholds"] * (scale / slopes[:, :, 0])[:, :, None]
    return found


def padded(by_cut: FloatArray, n_categories: npt.NDArray[np.int64]) -> FloatArray:
    """
    Lay thresholds out item by item.

    Parameters
    ----------
    by_cut : ndarray of shape (S, n_cuts)
        Thresholds, those of one item side by side.
    n_categories : ndarray of shape (n_items,), int
        Answers of each item.

    Returns
    -------
    ndarray of shape (S, n_items, most cuts of an item)
        Not a number where an item has fewer.
    """
    found = np.full((len(by_cut), len(n_categories), int(n_categories.max()) - 1), np.nan)
    start = 0
    for item, n in enumerate(n_categories):
        found[:, item, : n - 1] = by_cut[:, start : start + n - 1]
        start += n - 1
    return found
