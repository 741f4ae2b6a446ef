"""How items go together with the rest of their scale, under many weightings at once."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def weighted_covariances(complete: FloatArray, weights: FloatArray) -> FloatArray:
    """
    Covariances of the items under weights of the respondents.

    Parameters
    ----------
    complete : ndarray of shape (n_respondents, n_items)
        Complete answers.
    weights : ndarray of shape (n_sets, n_respondents)
        Weights with mean 1.

    Returns
    -------
    ndarray of shape (n_sets, n_items, n_items)
        Covariances.
    """
    n_respondents, n_items = complete.shape
    centred = complete - complete.mean(axis=0)
    products = (centred[:, :, None] * centred[:, None, :]).reshape(n_respondents, -1)
    means = weights @ centred / n_respondents
    second = (weights @ products / n_respondents).reshape(-1, n_items, n_items)
    return np.asarray(second - means[:, :, None] * means[:, None, :])


def item_rest_correlations(covariances: FloatArray, signs: FloatArray | None = None) -> FloatArray:
    """
    Correlate each item with the sum of the others.

    Parameters
    ----------
    covariances : ndarray of shape (n_sets, n_items, n_items)
        Covariances of the items.
    signs : ndarray of shape (n_items,), optional
        -1 for items to be turned round before the sum is made; the item itself is not.

    Returns
    -------
    ndarray of shape (n_sets, n_items)
        Correlations; not a number where the others' sum does not vary.

    Examples
    --------
    >>> matrix = np.array([[[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]])
    >>> item_rest_correlations(matrix).round(4).tolist()
    [[0.5774, 0.5774, 0.5774]]
    """
    n_items = covariances.shape[1]
    turned = np.ones(n_items) if signs is None else signs
    variances = np.einsum("sii->si", covariances)
    with_sum = covariances @ turned
    own = turned * variances
    rest = with_sum - own
    total = with_sum @ turned
    rest_variance = total[:, None] - 2 * turned * with_sum + variances
    scale = np.sqrt(variances * np.maximum(rest_variance, 0))
    return np.asarray(np.where(scale > 1e-12, rest / np.where(scale > 1e-12, scale, 1), np.nan))


def keyed_signs(covariance: FloatArray) -> FloatArray:
    """
    Guess which items are keyed the other way round from most.

    Parameters
    ----------
    covariance : ndarray of shape (n_items, n_items)
        Covariances of the items.

    Returns
    -------
    ndarray of shape (n_items,)
        -1 for items that go against the majority on what the items share most, else 1. A
        tie goes to the side on which items go together more.

    Examples
    --------
    >>> keyed_signs(np.array([[1.0, 0.5, -0.5], [0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]])).tolist()
    [1.0, 1.0, -1.0]
    """
    spread = np.sqrt(np.diag(covariance))
    _, vectors = np.linalg.eigh(covariance / np.outer(spread, spread))
    leading = vectors[:, -1]
    sides = np.where(leading < 0, -1.0, 1.0)
    balance = sides.sum()
    if balance < 0 or (balance == 0 and leading.sum() < 0):
        sides = -sides
    return np.asarray(sides)
