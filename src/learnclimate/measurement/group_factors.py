"""Whether items form groups beyond what they all share: what a bifactor solution rests on."""

import numpy as np
import numpy.typing as npt

from learnclimate.measurement.covariance_draws import inverse_wishart
from learnclimate.measurement.factor_extraction import extracted

FloatArray = npt.NDArray[np.float64]

_REPLICATES = 99
_LEVEL = 0.05


def groups_show(complete: FloatArray, rng: np.random.Generator) -> bool:
    """
    Tell whether the items go together beyond one common factor by more than chance.

    The largest eigenvalue of the correlations that one factor leaves is held against those
    of samples of the same size from that one factor.

    Parameters
    ----------
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    bool
        Whether chance makes an eigenvalue as large in less than one sample of twenty.
    """
    n = len(complete)
    observed = np.corrcoef(complete.T)[None]
    loadings, uniqueness = extracted(observed, 1, "residuals")
    implied = loadings @ loadings.transpose(0, 2, 1) + uniqueness[:, :, None] * np.eye(
        observed.shape[1]
    )
    # The inverse of an inverse-Wishart draw is a Wishart one: a sample's covariances.
    sampled = np.linalg.inv(inverse_wishart(rng, np.linalg.inv(implied[0]), n - 1.0, _REPLICATES))
    spread = np.sqrt(np.einsum("mii->mi", sampled))
    correlations = sampled / (spread[:, :, None] * spread[:, None, :])
    own, others = _left(observed, loadings)[0], _left(correlations)
    return bool((1 + (others >= own).sum()) / (_REPLICATES + 1) < _LEVEL)


def _left(correlations: FloatArray, loadings: FloatArray | None = None) -> FloatArray:
    """Largest eigenvalue of what one factor leaves off the diagonal, (n_matrices,)."""
    if loadings is None:
        loadings, _ = extracted(correlations, 1, "residuals")
    residual = correlations - loadings @ loadings.transpose(0, 2, 1)
    items = np.arange(residual.shape[1])
    residual[:, items, items] = 0.0
    return np.asarray(np.linalg.eigvalsh(residual)[:, -1])
