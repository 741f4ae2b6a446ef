"""How differently a group answers each item than all groups together, at the same factor."""

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.invariance_layout import Layout

FloatArray = npt.NDArray[np.float64]

_NODES = np.linspace(-4, 4, 41)
_LOGIT = 1.702
_DENSITY = np.exp(-0.5 * _NODES**2)
#: Weights of the nodes: those of a normal factor.
AVERAGE = _DENSITY / _DENSITY.sum()


def item_differences(
    placed: tuple[FloatArray, FloatArray],
    standing: tuple[FloatArray, FloatArray],
    layout: Layout,
    sizes: FloatArray,
    link: str,
) -> FloatArray:
    """
    Compare a group's expected answers with those of all groups together.

    Parameters
    ----------
    placed : tuple of ndarray
        Loadings (n_groups, n_loadings) and thresholds (n_groups, n_cuts) on the scale of the
        first group's factors, in residual standard deviations.
    standing : tuple of ndarray of shape (n_groups, n_factors)
        Standard deviations and means of the groups' factors on that scale.
    layout : Layout
        Which parameter is which.
    sizes : ndarray of shape (n_groups,)
        Respondents, by which groups are averaged.
    link : {"probit", "logit", "identity"}
        From factors to answers; of numbers, minus the intercepts stand for thresholds.

    Returns
    -------
    ndarray of shape (n_groups, n_items, 41)
        Differences in answer points, along the group's own factor; see `AVERAGE`.
    """
    loadings, cuts = placed
    share = sizes / sizes.sum()
    apart = []
    for group in range(len(sizes)):
        there = (standing[0][group], standing[1][group])
        answers = np.stack(
            [expected_answers(own, there, layout, link) for own in zip(loadings, cuts, strict=True)]
        )
        apart.append(answers[group] - np.tensordot(share, answers, axes=1))
    return np.stack(apart)


def signed_and_unsigned(apart: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Average differences over the factor as it is spread in the group itself.

    Where an item tells its factor more sharply in a group, answers differ upwards on one side
    and downwards on the other: the signed average cancels, that of the sizes does not. But
    chance errors cancel in the signed one alone. So the unsigned one is of differences drawn
    towards 0: by as much as chance makes up of their squares, item by item and group by group.

    Parameters
    ----------
    apart : ndarray of shape (n_draws, n_groups, n_items, 41)
        Draws of the differences.

    Returns
    -------
    signed, unsigned : ndarray of shape (n_draws, n_groups, n_items)
        Mean difference, and mean size of the difference beyond chance, in answer points.

    References
    ----------
    Meade (2010), doi 10.1037/a0018966 (signed and unsigned item differences).
    Nye and Drasgow (2011), doi 10.1037/a0022955 (average over the group's own factor).
    Efron and Morris (1973), doi 10.1080/01621459.1973.10481350 (drawn towards 0).
    """
    mean = apart.mean(axis=0)
    noise = apart - mean
    square = mean**2 @ AVERAGE
    chance = noise.var(axis=0) @ AVERAGE
    kept = np.clip(1 - chance / np.where(square > 0, square, 1.0), 0, 1)[:, :, None]
    drawn = kept * mean + np.sqrt(kept) * noise
    return apart @ AVERAGE, np.abs(drawn) @ AVERAGE


def expected_answers(
    parameters: tuple[FloatArray, FloatArray],
    standing: tuple[FloatArray, FloatArray],
    layout: Layout,
    link: str,
) -> FloatArray:
    """
    Give the expected answers, from 0, from 4 standard deviations below a mean to 4 above.

    Items of several factors are followed along the direction in which all rise together.

    Parameters
    ----------
    parameters : tuple of ndarray
        Loadings (n_loadings,) and thresholds (n_cuts,).
    standing : tuple of ndarray of shape (n_factors,)
        Standard deviations and means of the factors.
    layout : Layout
        Which parameter is which.
    link : {"probit", "logit", "identity"}
        From factors to answers; of numbers, minus the intercepts stand for thresholds.

    Returns
    -------
    ndarray of shape (n_items, 41)
        Answers.
    """
    loadings, cuts = parameters
    spread, mean = standing

    def of_items(values: FloatArray) -> FloatArray:
        weights = loadings * values[layout.loading_factor]
        return np.bincount(layout.loading_item, weights, minlength=layout.n_items)

    slope, middle = of_items(spread), of_items(mean)
    away = middle[:, None] + slope[:, None] * _NODES
    away = away[layout.item_of_cut] - cuts[:, None]
    if link == "identity":
        reach = away
    else:
        reach = special.expit(_LOGIT * away) if link == "logit" else special.ndtr(away)
    found = np.zeros((layout.n_items, len(_NODES)))
    np.add.at(found, layout.item_of_cut, reach)
    return found
