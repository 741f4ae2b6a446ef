"""
Answers for the study as a file may hold them: made from what it tells, not from respondents.

What is expected of the study at a draw is a sum over all respondents. A file holds in its place
what is expected, at that draw, of a plain population: the teams that are shown, by their sizes, all
with the mean covariates, at each level as many as gave it, whatever their team. That says
nothing new. Its levels, its steps from level to level and its spread are then brought to those of
the study by a handful of numbers, each blurred by what as many draws leave uncertain, and what is
left of the study's spread is added as noise.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.families import Family, Poisson
from learnclimate.counts.prediction import flattened, level_slices
from learnclimate.inference.plain_population import plain_answers

FloatArray = npt.NDArray[np.float64]

_EXPECTED, _OBSERVED = "expected_count", "expected_count_observed"
_PREDICTED = "predicted_count"
_TINY = 1e-300
#: Steps of the study's curve that are so many times those of the plain one are stretched.
_ALIKE = 2.0


@dataclass(frozen=True, slots=True)
class PlainStudy:
    """
    Makes a count model's answers for the study anew.

    Attributes
    ----------
    family : Family
        The family.
    coding : DesignCoding
        How answers were coded.
    """

    family: Family
    coding: DesignCoding

    def __call__(
        self,
        posterior: xr.Dataset,
        constant: xr.Dataset,
        answers: xr.Dataset,
        rng: np.random.Generator,
    ) -> xr.Dataset:
        """
        Make the answers anew.

        Parameters
        ----------
        posterior, constant : xarray.Dataset
            As the file is to hold them.
        answers : xarray.Dataset
            The fit's.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        xarray.Dataset
            Of the same shapes, but for figures of single respondents' levels.
        """
        arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
        plain = plain_answers(flattened(arrays), constant, posterior, self.coding, self.family)
        found = _in_new_order(answers, rng)
        shape = answers[_OBSERVED].shape
        observed = answers[_OBSERVED].to_numpy().reshape(-1, 1)
        observed = brought_to(observed, plain[_OBSERVED][:, None], rng, of_teams=True)
        found[_OBSERVED] = answers[_OBSERVED].copy(data=observed.reshape(shape))
        if _EXPECTED in answers:
            values = answers[_EXPECTED].to_numpy()
            flat = values.reshape(-1, values.shape[2]).copy()
            by_level(flat, plain[_EXPECTED], self.coding, rng, of_teams=_has_teams(posterior))
            found[_EXPECTED] = answers[_EXPECTED].copy(data=flat.reshape(values.shape))
        return found


@dataclass(frozen=True, slots=True)
class PlainStudyOfKinds:
    """
    Makes the answers of a model of several kinds for the study anew, kind by kind.

    Attributes
    ----------
    coding : DesignCoding
        How answers were coded.
    """

    coding: DesignCoding

    def __call__(
        self,
        posterior: xr.Dataset,
        constant: xr.Dataset,
        answers: xr.Dataset,
        rng: np.random.Generator,
    ) -> xr.Dataset:
        """
        Make the answers anew.

        Parameters
        ----------
        posterior, constant : xarray.Dataset
            As the file is to hold them.
        answers : xarray.Dataset
            The fit's.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        xarray.Dataset
            Of the same shapes.
        """
        from learnclimate.inference.kinds_fitting import of_kind

        arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
        found = _in_new_order(answers, rng)
        levels = answers[_EXPECTED].to_numpy().copy()
        given = answers[_OBSERVED].to_numpy().copy()
        for place in range(answers.sizes[kinds.KIND]):
            draws = flattened(of_kind(arrays, place))
            plain = plain_answers(draws, constant, posterior, self.coding, Poisson())
            flat = levels[:, :, place].reshape(-1, levels.shape[3])
            by_level(flat, plain[_EXPECTED], self.coding, rng, of_teams=_has_teams(posterior))
            levels[:, :, place] = flat.reshape(levels.shape[0], -1, levels.shape[3])
            own = given[:, :, place].reshape(-1, 1)
            own = brought_to(own, plain[_OBSERVED][:, None], rng, of_teams=True)
            given[:, :, place] = own.reshape(given.shape[:2])
        found[_EXPECTED] = answers[_EXPECTED].copy(data=levels)
        found[_OBSERVED] = answers[_OBSERVED].copy(data=given)
        return found


def _has_teams(posterior: xr.Dataset) -> bool:
    return labels.TEAM_EFFECTS in posterior or "team_sd" not in posterior


def _in_new_order(answers: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
    """
    Keep the counts of single respondents drawn at random at levels given, in an order of chance.

    Which counts were drawn for one respondent stays together. At which levels those probably are
    who left a frequency open is a function of their answers, and nothing asks a file for it; nor
    for counts at the levels that respondents gave, hidden ones among them: a mixture of which
    thousands of draws tell the parts, how many gave a hidden level and what they counted.
    """
    n_chains, n_draws = answers[_OBSERVED].shape[:2]
    order = rng.permutation(n_chains * n_draws)
    found = answers[[name for name in answers.data_vars if name in (_EXPECTED, _OBSERVED)]]
    if _PREDICTED in answers:
        values = answers[_PREDICTED].to_numpy()
        flat = values.reshape(n_chains * n_draws, *values.shape[2:])
        found[_PREDICTED] = answers[_PREDICTED].copy(data=flat[order].reshape(values.shape))
    return found


def by_level(
    told: FloatArray,
    plain: FloatArray,
    coding: DesignCoding,
    rng: np.random.Generator,
    *,
    of_teams: bool,
) -> None:
    """
    Put what is expected of the plain population in the place of what is of the study.

    Parameters
    ----------
    told : ndarray of shape (n_draws, n_levels)
        Of the study; not a number at levels that are not told. Changed in place.
    plain : ndarray of shape (n_draws, n_levels)
        Of the plain population.
    coding : DesignCoding
        Which levels belong to which frequency.
    rng : numpy.random.Generator
        Random numbers.
    of_teams : bool
        Whether the plain population is made of the study's teams.
    """
    for where in level_slices(coding):
        shown = np.flatnonzero(np.isfinite(told[:, where]).all(axis=0)) + where.start
        if len(shown):
            told[:, shown] = brought_to(told[:, shown], plain[:, shown], rng, of_teams=of_teams)


def brought_to(
    told: FloatArray, plain: FloatArray, rng: np.random.Generator, *, of_teams: bool
) -> FloatArray:
    """
    Bring the plain population's expected counts to the level and the spread of the study's.

    Parameters
    ----------
    told : ndarray of shape (n_draws, n_levels)
        Expected of the study, above 0.
    plain : ndarray of shape (n_draws, n_levels)
        Expected of the plain population at the same draws.
    rng : numpy.random.Generator
        Random numbers.
    of_teams : bool
        Whether the plain population is made of the study's teams: then steps keep their sign.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        A function of `plain`, of noise, and of two numbers a level and three more: the shift
        and the stretch of the mean level, the size of the noise, and the mean of every step.
    """
    wanted, given = np.log(np.maximum(told, _TINY)), np.log(np.maximum(plain, _TINY))
    common = _common(wanted.mean(axis=1), given.mean(axis=1), rng)
    curve = np.zeros_like(given)
    for level in range(given.shape[1]):
        if not of_teams:
            apart, own = (each[:, level] - each.mean(axis=1) for each in (wanted, given))
            curve[:, level] = _moved(apart, own, rng)
        elif level > 0:
            step, own = (each[:, level] - each[:, level - 1] for each in (wanted, given))
            curve[:, level] = curve[:, level - 1] + _stretched(step, own, rng)
    return np.exp(common[:, None] + curve - curve.mean(axis=1, keepdims=True))


def _blur(values: FloatArray, rng: np.random.Generator) -> float:
    """Draw an error of the size that so many draws leave in the mean of some values."""
    return float(values.std() / np.sqrt(len(values)) * rng.standard_normal())


def _common(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift, stretch and blur the mean level, so that its mean and spread are the study's."""
    n_draws, spread = len(wanted), float(given.std())
    # A file's draws are none of the fit's, so that only means and spreads can be compared.
    size = wanted.std() * np.exp(rng.standard_normal() / np.sqrt(2 * n_draws))
    stretch = min(size / spread, 1.0) if spread > _TINY else 0.0
    left = np.sqrt(max(size**2 - (stretch * spread) ** 2, 0.0))
    centre = wanted.mean() + _blur(wanted, rng)
    noise = left * rng.standard_normal(n_draws)
    return np.asarray(centre + stretch * (given - given.mean()) + noise)


def _stretched(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Give the steps from one level to the next the study's mean, and leave them their sign."""
    mean = wanted.mean() + _blur(wanted, rng)
    before = given.mean()
    # Steps that may go either way are moved: there a small mean says nothing of their size.
    one_way = bool((given >= 0).all() or (given <= 0).all())
    if one_way and before != 0 and 1 / _ALIKE < mean / before < _ALIKE:
        return np.asarray(given * (mean / before))
    return np.asarray(given + (mean - before))


def _moved(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Give a level, against the mean level, the study's mean and spread."""
    spread = given.std()
    scale = wanted.std() / spread if spread > _TINY else 1.0
    scale *= np.exp(rng.standard_normal() / np.sqrt(2 * len(given)))
    return np.asarray(wanted.mean() + _blur(wanted, rng) + scale * (given - given.mean()))
