"""Densities of teams' factors given the items, at several draws of the items' parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TeamDensities:
    """
    Densities of teams' factors in standard deviations over teams, one at each of several draws.

    Given the parameters a team's factors are nearly normal: they are told by their means, the
    roots of their covariances, and the skewness of the coordinates that these make uncorrelated.

    Attributes
    ----------
    mean : ndarray of shape (n_draws, n_teams, n_factors)
        Means.
    root : ndarray of shape (n_draws, n_teams, n_factors, n_factors)
        Roots of the covariances.
    skewness : ndarray of shape (n_draws, n_teams, n_factors)
        Skewnesses.
    """

    mean: FloatArray
    root: FloatArray
    skewness: FloatArray

    def factors(self, draw: IntArray, scores: FloatArray) -> FloatArray:
        """
        Turn standard normal scores into factors.

        Parameters
        ----------
        draw : ndarray of shape (n_points, n_teams), int
            Which density each is to come from.
        scores : ndarray of shape (n_points, n_teams, n_factors)
            Scores.

        Returns
        -------
        ndarray of shape (n_points, n_teams, n_factors)
            Factors.
        """
        team = np.arange(scores.shape[1])
        skewness = self.skewness[draw, team]
        skewed = (scores + skewness / 6 * (scores**2 - 1)) / np.sqrt(1 + skewness**2 / 18)
        moved = np.einsum("mtab,mtb->mta", self.root[draw, team], skewed)
        return np.asarray(self.mean[draw, team] + moved)

    def log_density(self, factors: FloatArray) -> FloatArray:
        """
        Log density of factors under every draw, a constant left out.

        Parameters
        ----------
        factors : ndarray of shape (n_points, n_teams, n_factors)
            Factors.

        Returns
        -------
        ndarray of shape (n_draws, n_points, n_teams)
            Densities.
        """
        apart = factors - self.mean[:, None]
        inverse = np.linalg.inv(self.root)
        skewed = np.einsum("dtab,dmtb->dmta", inverse, apart)
        skewness = self.skewness[:, None]
        spread = np.sqrt(1 + skewness**2 / 18)
        ahead = skewness / 6 + spread * skewed
        square = 1 + 2 / 3 * skewness * ahead
        reached = (square > 0).all(axis=-1)
        slope = np.sqrt(np.where(square > 0, square, 1.0))
        scores = 2 * ahead / (1 + slope)
        found = (-0.5 * scores**2 + np.log(spread) - np.log(slope)).sum(axis=-1)
        log_size = np.linalg.slogdet(self.root)[1]
        return np.where(reached, found - log_size[:, None], -np.inf)
