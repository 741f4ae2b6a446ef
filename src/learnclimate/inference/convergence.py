"""R-hat and effective sample sizes of every element of every variable."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def convergence(variables: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """
    Compute rank-normalised R-hat and effective sample sizes.

    Parameters
    ----------
    variables : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws.

    Returns
    -------
    dict of str to ndarray
        ``rhat, ess_bulk, ess_tail``, flattened over all elements of all variables in
        order; not a number for elements that never vary.

    References
    ----------
    Vehtari and others (2021), doi 10.1214/20-BA1221.
    """
    flat = np.concatenate(
        [np.reshape(values, (*np.shape(values)[:2], -1)) for values in variables.values()], axis=2
    )
    n_elements = flat.shape[2]
    results = {name: np.full(n_elements, np.nan) for name in ("rhat", "ess_bulk", "ess_tail")}
    varies = np.flatnonzero(np.ptp(flat, axis=(0, 1)) > 1e-12 * (1 + np.abs(flat).max(axis=(0, 1))))
    if len(varies) == 0:
        return results
    from arviz_stats.base import array_stats

    draws = flat[:, :, varies]
    options = {"chain_axis": 0, "draw_axis": 1}
    results["rhat"][varies] = array_stats.rhat(draws, **options)
    results["ess_bulk"][varies] = array_stats.ess(draws, method="bulk", **options)
    results["ess_tail"][varies] = array_stats.ess(
        draws, method="tail", prob=(0.05, 0.95), **options
    )
    return results
