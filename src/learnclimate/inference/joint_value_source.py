"""What values of factors are made from: draws of the items' parameters, and noise by unit."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Random numbers behind the values: the first axis of each array is that of the units.
Noise = tuple[npt.NDArray[np.generic], ...]


@dataclass(frozen=True, slots=True)
class Values:
    """
    Values of the factors, and what they were made from.

    Attributes
    ----------
    draw : int
        The draw of the items' parameters.
    noise : tuple of ndarray
        The noise of every unit; empty where they were moved by themselves.
    factors : ndarray of shape (n_respondents, n_factors)
        The values.
    """

    draw: int
    noise: Noise
    factors: FloatArray


class ValueSource(Protocol):
    """Where values come from: draws of the items' parameters, and noise by unit."""

    @property
    def n_draws(self) -> int:
        """How many draws of the parameters there are."""
        ...

    @property
    def unit(self) -> IntArray:
        """Whose factors a respondent has: their own place, or that of their team."""
        ...

    def noise(self, rng: np.random.Generator) -> Noise:
        """Draw noise for all units."""
        ...

    def values(self, draw: int, noise: Noise) -> FloatArray:
        """Give the factors of every respondent, (n_respondents, n_factors), given the items."""
        ...
