"""Answers left open, completed from a factor model, and how much less the given ones tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.replicated_answers import answers_given, replicable
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import score_noise, scores_under
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Tells these random numbers from others of the same seed.
_STREAM = 13
#: Of what complete answers tell of a figure, so much counts as given at least: less is known too
#: roughly to be divided by, and the test is on the safe side then.
_LEAST_GIVEN = 0.05
#: Values below this share of the largest are rounding errors.
_TINY = 1e-10
#: Multiplications that telling what is lost may cost, and completions at least.
_MOST_WORK, _LEAST_MADE = 1e11, 25


def left_open(design: FactorDesign) -> bool:
    """
    Tell whether anyone answered some items and left others open.

    Parameters
    ----------
    design : FactorDesign
        The answers.

    Returns
    -------
    bool
        Who answered nothing does not count.
    """
    return bool((design.categories[design.answered] < 0).any())


def completed(fit: FactorFit, chosen: IntArray, seed: int) -> Iterator[FloatArray]:
    """
    Draw the answers left open, given the respondent's others, at draws of the parameters.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    seed : int
        Seed of the random numbers.

    Yields
    ------
    ndarray of shape (n_answered, n_items)
        Answers from 0 up of those who answered an item at least: as given, or drawn.

    References
    ----------
    Gelman, Van Mechelen, Verbeke, Heitjan and Meulders (2005),
    doi 10.1111/j.0006-341X.2005.031010.x.
    """
    rng = np.random.default_rng([fit.private_seed(seed), _STREAM])
    design, rows = fit.design, fit.design.answered
    given = design.numbers[rows] - design.minimum
    values = replicable(fit, chosen)
    for place, draw in enumerate(chosen):
        factors = scores_under(fit, int(draw), score_noise(fit, rng))
        made = answers_given(values, place, factors[rows], rng)
        yield np.where(np.isnan(given), made, given)


@dataclass(frozen=True, slots=True)
class Completions:
    """
    Sums over units, of answers completed several times.

    Attributes
    ----------
    totals : ndarray of shape (n_made, n_figures)
        Summed over the units, completion by completion.
    lost : ndarray of shape (n_figures, n_figures)
        Covariances of a unit's figures from one completion to another, summed over the units.
    means : ndarray of shape (n_units, n_figures)
        Of each unit over the completions.
    """

    totals: FloatArray
    lost: FloatArray
    means: FloatArray


def completions(figures: Iterable[FloatArray], open_units: BoolArray) -> Completions:
    """
    Sum figures of completed answers up.

    Parameters
    ----------
    figures : iterable of ndarray of shape (n_units, n_figures)
        Of each unit, one completion after another; two at least.
    open_units : ndarray of shape (n_units,), bool
        In which units something was left open.

    Returns
    -------
    Completions
        Totals, and what differs between completions.
    """
    totals, first = [], None
    for one in figures:
        totals.append(one.sum(axis=0))
        own = one[open_units]
        if first is None:
            means = one.copy()
            first, apart = own, np.zeros_like(own)
            square = np.zeros((own.shape[1], own.shape[1]))
            continue
        moved = own - first
        apart += moved
        square += moved.T @ moved
    n_made = len(totals)
    means[open_units] += apart / n_made
    lost = (square - apart.T @ apart / n_made) / (n_made - 1)
    return Completions(np.stack(totals), lost, means)


def fewer_draws(chosen: IntArray, n_open: int, n_figures: int) -> IntArray:
    """
    Take as many draws as completing answers at them costs no minutes.

    Parameters
    ----------
    chosen : ndarray of shape (n_draws,), int
        The draws.
    n_open : int
        Units in which something was left open.
    n_figures : int
        Figures of each.

    Returns
    -------
    ndarray of int
        Some of the draws, or all.
    """
    most = max(_LEAST_MADE, int(_MOST_WORK / max(n_open * n_figures**2, 1)))
    return chosen[:: max(1, -(-len(chosen) // most))]


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    How much less some figures tell where answers were left open.

    The expected figures of completed answers, less what the model implies, are what the given
    answers alone say against the model: its score. Their covariances are those of complete
    answers less what differs between completions. A step of scoring makes of them what complete
    answers would tell, with a larger error.

    Attributes
    ----------
    basis : ndarray of shape (n_figures, n_dims)
        A root of the covariances of complete answers, in which what is given is diagonal.
    inverse : ndarray of shape (n_dims, n_figures)
        Its inverse.
    given : ndarray of shape (n_dims,)
        Share of what complete answers tell that the given ones do.
    n_made : int
        Completions.

    References
    ----------
    Louis (1982), doi 10.1111/j.2517-6161.1982.tb01203.x (information where data are missing).
    """

    basis: FloatArray
    inverse: FloatArray
    given: FloatArray
    n_made: int

    def corrected(self, apart: FloatArray) -> FloatArray:
        """
        Make of expected figures of completed answers what complete ones would tell.

        Parameters
        ----------
        apart : ndarray of shape (..., n_figures)
            Expected figures, less those of the model.

        Returns
        -------
        ndarray of shape (..., n_figures)
            Figures less those of the model.
        """
        return np.asarray((apart @ self.inverse.T / self.given) @ self.basis.T)

    def covariance(self) -> FloatArray:
        """Give the covariances of what is corrected, (n_figures, n_figures)."""
        return np.asarray((self.basis * self._larger**2) @ self.basis.T)

    def stretched(self, apart: FloatArray) -> FloatArray:
        """
        Stretch errors of complete answers to those of what is corrected.

        Parameters
        ----------
        apart : ndarray of shape (..., n_figures)
            Figures of complete answers, less those of the model.

        Returns
        -------
        ndarray of shape (..., n_figures)
            The same, stretched.
        """
        return np.asarray((apart @ self.inverse.T * self._larger) @ self.basis.T)

    def stretched_covariance(self, covariance: FloatArray) -> FloatArray:
        """
        Stretch covariances of complete answers under another model.

        Parameters
        ----------
        covariance : ndarray of shape (n_figures, n_figures)
            Covariances.

        Returns
        -------
        ndarray of shape (n_figures, n_figures)
            As if the given answers told the same share of everything.
        """
        return self.stretched(self.stretched(covariance).T)

    @property
    def _larger(self) -> FloatArray:
        """How much larger errors are; what few completions add counts too."""
        by_chance = (1 - self.given) / self.n_made
        return np.asarray(np.sqrt(self.given + by_chance) / self.given)


def allowance(covariance: FloatArray, lost: FloatArray, n_made: int) -> Allowance:
    """
    Tell how much less figures tell where answers were left open.

    Parameters
    ----------
    covariance : ndarray of shape (n_figures, n_figures)
        Covariances of the figures of complete answers under the model.
    lost : ndarray of shape (n_figures, n_figures)
        Covariances of the figures between completions, of the same size.
    n_made : int
        Completions.

    Returns
    -------
    Allowance
        What to allow for.
    """
    values, vectors = np.linalg.eigh(covariance)
    known = values > _TINY * values[-1]
    root = vectors[:, known] * np.sqrt(values[known])
    inverse = (vectors[:, known] / np.sqrt(values[known])).T
    share, turned = np.linalg.eigh(inverse @ lost @ inverse.T)
    given = np.clip(1 - share, _LEAST_GIVEN, 1.0)
    return Allowance(root @ turned, turned.T @ inverse, given, n_made)
