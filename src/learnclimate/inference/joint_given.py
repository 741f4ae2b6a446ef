"""Density of respondents' factors given their items, normalised, under one draw of parameters."""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import answers_and_measure

if TYPE_CHECKING:
    from learnclimate.inference.factors.kernels_scores import Measure

FloatArray = npt.NDArray[np.float64]

#: Nodes a dimension of the integral that normalises, by the number of factors. Where there are
#: more factors, what the height and curvature of the mode tell: such errors hardly differ
#: between two draws of the parameters.
_NODES = {1: 11, 2: 7, 3: 5, 4: 3}


@dataclass(frozen=True, slots=True)
class GivenItems:
    """
    Respondents' factors given their items, under one draw of the items' parameters.

    Attributes
    ----------
    values, mean, measure
        See `learnclimate.inference.factors.scores.answers_and_measure`.
    modes : ndarray of shape (n_respondents, n_factors)
        Where the factors lie most likely.
    roots : ndarray of shape (n_respondents, n_factors, n_factors)
        Cholesky factors of their covariances by the curvature there.
    log_mass : float
        Log integral of all heights: what turns these into densities.
    """

    values: FloatArray
    mean: FloatArray
    measure: "Measure"
    modes: FloatArray
    roots: FloatArray
    log_mass: float

    @property
    def log_size(self) -> float:
        """Log determinant of all roots."""
        return float(np.log(np.diagonal(self.roots, axis1=1, axis2=2)).sum())

    @property
    def n_bytes(self) -> int:
        """Bytes of all arrays by respondent."""
        return self.values.nbytes + self.mean.nbytes + self.modes.nbytes + self.roots.nbytes

    def heights(self, factors: FloatArray) -> FloatArray:
        """
        Compute every respondent's log density, its constant left out.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Where.

        Returns
        -------
        ndarray of shape (n_respondents,)
            Heights.
        """
        from learnclimate.inference.factors.kernels_scores import find_heights

        found = np.empty(len(factors))
        at = np.ascontiguousarray(factors)
        find_heights(self.values, self.mean, self.measure, at, found)
        return found

    def scores(self, factors: FloatArray) -> FloatArray:
        """
        Tell how far factors are from their modes, in roots.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Factors.

        Returns
        -------
        ndarray of shape (n_respondents, n_factors)
            Scores.
        """
        apart = (factors - self.modes)[:, :, None]
        return np.asarray(np.linalg.solve(self.roots, apart)[:, :, 0])

    def factors(self, scores: FloatArray) -> FloatArray:
        """
        Turn scores back into factors.

        Parameters
        ----------
        scores : ndarray of shape (n_respondents, n_factors)
            Scores.

        Returns
        -------
        ndarray of shape (n_respondents, n_factors)
            Factors.
        """
        return np.asarray(self.modes + np.einsum("nab,nb->na", self.roots, scores))


def given_items(factor: FactorFit, draw: int) -> GivenItems:
    """
    Describe respondents' factors given their items.

    Parameters
    ----------
    factor : FactorFit
        A factor model of one level.
    draw : int
        Which draw of its parameters, counted through the chains.

    Returns
    -------
    GivenItems
        Modes, widths, and the integral by adaptive Gauss-Hermite quadrature.

    References
    ----------
    Liu and Pierce (1994), doi 10.1093/biomet/81.3.624 (quadrature laid out around the mode).
    """
    from learnclimate.inference.factors.kernels_scores import find_modes

    values, mean, measure = answers_and_measure(factor, draw)
    n_factors = mean.shape[1]
    modes, roots = np.empty_like(mean), np.empty((*mean.shape, n_factors))
    find_modes(values, mean, measure, modes, roots)
    bare = GivenItems(values, mean, measure, modes, roots, 0.0)
    node, weight = np.polynomial.hermite_e.hermegauss(_NODES.get(n_factors, 1))
    with_weight = np.log(weight) + 0.5 * node**2
    total = np.full(len(mean), -np.inf)
    for place in product(range(len(node)), repeat=n_factors):
        at = bare.factors(np.broadcast_to(node[list(place)], mean.shape))
        total = np.logaddexp(total, bare.heights(at) + with_weight[list(place)].sum())
    log_mass = float(total.sum()) + bare.log_size
    return GivenItems(values, mean, measure, modes, roots, log_mass)
