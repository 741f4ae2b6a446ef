"""Coefficients of factors in the count model: turned round, stretched and shifted with these."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors, ScalarPrior

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """
    One coefficient of a factor.

    Attributes
    ----------
    variable : str
        Variable of the posterior.
    column : int
        Its place there.
    prior : prior
        Its prior.
    """

    variable: str
    column: int
    prior: ScalarPrior


@dataclass(frozen=True, slots=True)
class FactorCoefficients:
    """
    All coefficients of the factors, and the intercept that goes with them.

    Attributes
    ----------
    by_factor : tuple of tuple of Coefficient
        Those of each factor: first what its level does, then what shifts of slopes do.
    intercept : prior
        Of the intercept at the means of the other covariates.
    means : ndarray of shape (n_covariate_labels,)
        These means; 0 for factors.
    """

    by_factor: tuple[tuple[Coefficient, ...], ...]
    intercept: ScalarPrior
    means: FloatArray

    def turned(self, one: Mapping[str, FloatArray], signs: FloatArray) -> dict[str, FloatArray]:
        """
        Turn coefficients round with their factors.

        Parameters
        ----------
        one : mapping of str to ndarray of shape (1, ...)
            A draw of the count model.
        signs : ndarray of shape (n_factors,)
            1, or -1 for a factor that is turned round.

        Returns
        -------
        dict of str to ndarray of shape (1, ...)
            The draw, its coefficients turned.
        """
        return self._multiplied(one, signs)

    def stretched(
        self, one: Mapping[str, FloatArray], factor: int, log_stretch: float
    ) -> dict[str, FloatArray]:
        """
        Shrink coefficients as their factor is stretched.

        Parameters
        ----------
        one : mapping of str to ndarray of shape (1, ...)
            A draw of the count model.
        factor : int
            Which factor.
        log_stretch : float
            Log of what it is multiplied by.

        Returns
        -------
        dict of str to ndarray of shape (1, ...)
            The draw.
        """
        by = np.ones(len(self.by_factor))
        by[factor] = np.exp(-log_stretch)
        return self._multiplied(one, by)

    def of_level(self, one: Mapping[str, FloatArray], factor: int) -> float:
        """
        Tell what a factor does to the level of the counts.

        Parameters
        ----------
        one : mapping of str to ndarray of shape (1, ...)
            A draw of the count model.
        factor : int
            Which factor.

        Returns
        -------
        float
            Its coefficient.
        """
        level = self.by_factor[factor][0]
        return float(one[level.variable][0, level.column])

    def shifted(
        self, one: Mapping[str, FloatArray], factor: int, shift: float
    ) -> dict[str, FloatArray]:
        """
        Move the intercept against a factor that is shifted for all.

        Parameters
        ----------
        one : mapping of str to ndarray of shape (1, ...)
            A draw of the count model.
        factor : int
            Which factor.
        shift : float
            By how much.

        Returns
        -------
        dict of str to ndarray of shape (1, ...)
            The draw.
        """
        return {**one, "intercept": one["intercept"] - self.of_level(one, factor) * shift}

    def log_prior(self, one: Mapping[str, FloatArray]) -> float:
        """
        Log prior density of the coefficients and the intercept.

        Parameters
        ----------
        one : mapping of str to ndarray of shape (1, ...)
            A draw of the count model.

        Returns
        -------
        float
            Density.
        """
        centre = one["intercept"][0] + one["covariate_effects"][0] @ self.means
        total = float(self.intercept.log_density(centre))
        for each in self.by_factor:
            for found in each:
                total += float(found.prior.log_density(one[found.variable][0, found.column]))
        return total

    def _multiplied(self, one: Mapping[str, FloatArray], by: FloatArray) -> dict[str, FloatArray]:
        changed = {name: one[name].copy() for each in self.by_factor for name, _ in _places(each)}
        for factor, each in zip(by, self.by_factor, strict=True):
            for name, column in _places(each):
                changed[name][:, column] *= factor
        return {**one, **changed}


def _places(coefficients: tuple[Coefficient, ...]) -> list[tuple[str, int]]:
    return [(found.variable, found.column) for found in coefficients]


def log_density_of_effects(one: Mapping[str, FloatArray]) -> FloatArray:
    """
    Log density of every team's own effects, a constant left out.

    Parameters
    ----------
    one : mapping of str to ndarray of shape (1, ...)
        A draw of the count model.

    Returns
    -------
    ndarray of shape (n_teams,)
        Densities.
    """
    scores = one["team_effects"][0] / one["team_sd"][0]
    if "team_correlation" not in one:
        return np.asarray(-0.5 * (scores**2).sum(axis=1))
    solved = np.linalg.solve(one["team_correlation"][0], scores.T)
    return np.asarray(-0.5 * (scores.T * solved).sum(axis=0))


def factor_coefficients(
    design: CountDesign, priors: ResolvedPriors, names: tuple[str, ...]
) -> FactorCoefficients:
    """
    Find the coefficients of factors.

    Parameters
    ----------
    design : CountDesign
        The counts.
    priors : ResolvedPriors
        Priors of the count model.
    names : tuple of str
        Names of the factors.

    Returns
    -------
    FactorCoefficients
        The coefficients.
    """
    labels, shifts = design.coding.covariate_labels, design.coding.slope_shifts
    found = []
    for name in names:
        place = labels.index(name)
        level = Coefficient("covariate_effects", place, priors.covariates[place])
        slopes = [
            Coefficient("slope_shifts", column, priors.slope_shifts[column])
            for column, shift in enumerate(shifts)
            if shift.by == name
        ]
        found.append((level, *slopes))
    return FactorCoefficients(tuple(found), priors.intercept, design.covariate_means)
