"""The part of the map from theta to psi that holds the probabilities of unknown levels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.outer_parameters import (
    OuterParameter,
    level_parameters,
)

FloatArray = npt.NDArray[np.float64]

_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class LevelMap:
    """
    From stick-breaking fractions to the log probabilities of the levels.

    The fractions' priors hold the answers of those who answered: a Dirichlet prior and the
    counts of a multinomial make a Dirichlet again, so that the likelihood of the counts is
    all that is left to weigh.

    Attributes
    ----------
    parameters : tuple of OuterParameter
        One fraction a level but the last.
    """

    parameters: tuple[OuterParameter, ...]

    def psi(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        """
        Map to the log probabilities.

        Parameters
        ----------
        theta, values : ndarray of shape (S, n_levels - 1)
            Scores, and the fractions that they stand for.

        Returns
        -------
        ndarray of shape (S, n_levels)
            Log probabilities.
        """
        left = np.cumsum(np.log(np.maximum(self._rest(theta), _TINY)), axis=1)
        found = np.zeros((len(theta), values.shape[1] + 1))
        found[:, 1:] = left
        found[:, :-1] += np.log(np.maximum(values, _TINY))
        return found

    def jacobian(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        """
        Differentiate by the fractions at one point.

        Parameters
        ----------
        theta, values : ndarray of shape (n_levels - 1,)
            As for `psi`.

        Returns
        -------
        ndarray of shape (n_levels, n_levels - 1)
            First derivatives, by the fractions and not by theta.
        """
        n = len(values)
        rest = np.maximum(self._rest(theta[None])[0], _TINY)
        found = np.zeros((n + 1, n))
        for stick in range(n):
            found[stick, stick] = 1 / max(float(values[stick]), _TINY)
            found[stick + 1 :, stick] = -1 / rest[stick]
        return found

    def _rest(self, theta: FloatArray) -> FloatArray:
        columns = [one.rest(theta[:, place]) for place, one in enumerate(self.parameters)]
        return np.stack(columns, axis=1)


def level_map(problem: CountProblem) -> LevelMap | None:
    """
    Lay out the probabilities of the levels.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    LevelMap or None
        None where all levels are known.
    """
    parameters = level_parameters(problem)
    return LevelMap(parameters) if parameters else None
