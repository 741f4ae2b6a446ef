"""The part of the map from theta to psi that belongs to a zero part."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.layout import StructuralLayout
from learnclimate.inference.marginal.parameters.outer_parameters import (
    OuterParameter,
    n_effects,
    n_sticks,
    zero_parameters,
)
from learnclimate.inference.marginal.parameters.structure import curve_from_sticks, curve_slopes

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZeroMap:
    """
    From the last coordinates of theta to the last of psi.

    Attributes
    ----------
    parameters : tuple of OuterParameter
        Intercept, coefficients, and for each frequency its effects and steps.
    layout : StructuralLayout
        Layout of psi.
    frequencies : tuple of FrequencyCoding
        The frequencies on which zeros depend.
    """

    parameters: tuple[OuterParameter, ...]
    layout: StructuralLayout
    frequencies: tuple[FrequencyCoding, ...]

    def psi(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        """
        Map to psi.

        Parameters
        ----------
        theta, values : ndarray of shape (S, p)
            Theta, of which the last n coordinates count, and the quantities it is scores of.

        Returns
        -------
        ndarray of shape (S, n_psi)
            Intercept, coefficients and log odds ratios of the levels.
        """
        theta, values = theta[:, -len(self.parameters) :], values[:, -len(self.parameters) :]
        straight = 1 + self.layout.n_zero_covariates
        parts = [values[:, :straight]]
        for frequency, effects, sticks in self._places():
            if frequency.kind == "unordered":
                parts.append(np.pad(values[:, effects], ((0, 0), (1, 0))))
                continue
            parts.append(values[:, effects] * self._curve(theta, frequency, sticks))
        return np.concatenate(parts, axis=1)

    def jacobian(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        """
        Differentiate by the quantities at one point.

        Parameters
        ----------
        theta, values : ndarray of shape (p,)
            As for `psi`.

        Returns
        -------
        ndarray of shape (n_psi, n)
            First derivatives, by the quantities and not by theta.
        """
        theta, values = theta[-len(self.parameters) :], values[-len(self.parameters) :]
        straight = 1 + self.layout.n_zero_covariates
        first = self.layout.zero_intercept.start
        found = np.zeros((self.layout.zero_levels.stop - first, len(theta)))
        found[:straight, :straight] = np.eye(straight)
        row = straight
        for frequency, effects, sticks in self._places():
            levels = slice(row, row + len(frequency.levels))
            row = levels.stop
            if frequency.kind == "unordered":
                found[levels.start + 1 : levels.stop, effects] = np.eye(frequency.n_steps)
                continue
            found[levels, effects] = self._curve(theta[None], frequency, sticks).T
            if frequency.kind == "monotonic":
                slopes = curve_slopes(self._rest(theta[None], sticks)[0])
                found[levels, sticks] = values[effects] * slopes
        return found

    def _curve(self, theta: FloatArray, frequency: FrequencyCoding, sticks: slice) -> FloatArray:
        if frequency.kind == "monotonic":
            return curve_from_sticks(self._rest(theta, sticks))
        return equal_steps_curve(len(frequency.levels))[None]

    def _rest(self, theta: FloatArray, which: slice) -> FloatArray:
        columns = range(which.start, which.stop)
        found = np.empty((len(theta), len(columns)))
        for i, column in enumerate(columns):
            found[:, i] = self.parameters[column].rest(theta[:, column])
        return found

    def _places(self) -> list[tuple[FrequencyCoding, slice, slice]]:
        at = 1 + self.layout.n_zero_covariates
        places = []
        for frequency in self.frequencies:
            effects = slice(at, at + n_effects(frequency))
            sticks = slice(effects.stop, effects.stop + n_sticks(frequency))
            places.append((frequency, effects, sticks))
            at = sticks.stop
        return places


def zero_map(problem: CountProblem, layout: StructuralLayout) -> ZeroMap | None:
    """
    Lay out the zero part of a problem.

    Parameters
    ----------
    problem : CountProblem
        The problem.
    layout : StructuralLayout
        Layout of psi.

    Returns
    -------
    ZeroMap or None
        None for a family without one.
    """
    coding = problem.design.coding
    if coding.zero is None:
        return None
    frequencies = coding.frequencies if coding.zero.frequency else ()
    return ZeroMap(zero_parameters(problem), layout, frequencies)
