"""
Draws moved by noise: a sample of the same posterior, none of whose draws is one of the engine's.

What an engine draws is a smooth function of evenly spread points, which can be told from the
draws alone, or of gradients. So every draw is pulled to the mean and normal noise of the same
covariance added; mean and covariance themselves are moved by what as many draws leave uncertain of
them. Known of the posterior is then what a plain sample of as many draws tells.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.frequency import curve_from_shape
from learnclimate.counts.prediction import level_slices
from learnclimate.inference.free_numbers import Shapes, read_back, written
from learnclimate.inference.moved_teams import with_moved_teams

FloatArray = npt.NDArray[np.float64]

#: Works out the variables that follow from others, from all draws (S, ...).
Derive = Callable[[Mapping[str, FloatArray]], dict[str, FloatArray]]

#: Share of the spread of all parameters that is new in a file.
_NEW = 0.3


def moved_posterior(
    posterior: xr.Dataset,
    derive: Derive,
    rng: np.random.Generator,
    of_teams: np.random.Generator,
) -> xr.Dataset:
    """
    Move all draws of a posterior.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws.
    derive : callable
        See `Derive`.
    rng, of_teams : numpy.random.Generator
        Random numbers.

    Returns
    -------
    xarray.Dataset
        Draws of the same names and shapes.
    """
    n_draws = posterior.sizes[labels.CHAIN] * posterior.sizes[labels.DRAW]
    names = [str(one) for one in posterior.data_vars if labels.TEAM not in posterior[one].dims]
    arrays = {
        name: posterior[name].to_numpy().reshape(n_draws, *posterior[name].shape[2:])
        for name in names
    }
    free, is_skew, ends = written(arrays)
    shapes = Shapes.of(free, is_skew)
    normal = shapes.normal(free)
    moved = _moved(normal, rng)
    found = read_back(shapes.original(moved), ends, arrays)
    found |= derive(found)
    told = {
        name: posterior[name].copy(data=values.reshape(posterior[name].shape))
        for name, values in found.items()
    }
    return with_moved_teams(posterior, posterior.assign(told), _features(normal, moved), of_teams)


def with_curves(arrays: Mapping[str, FloatArray], coding: DesignCoding) -> dict[str, FloatArray]:
    """
    Work out monotone curves from their height and their steps.

    Parameters
    ----------
    arrays : mapping of str to ndarray of shape (S, ...)
        Draws.
    coding : DesignCoding
        How frequencies were coded.

    Returns
    -------
    dict of str to ndarray of shape (S, ..., n_levels)
        The curves.
    """
    found = {}
    for prefix in ("", "zero_"):
        name = f"{prefix}frequency_curve"
        if name not in arrays or f"{prefix}frequency_shape" not in arrays:
            continue
        effect, shape = arrays[f"{prefix}frequency_effect"], arrays[f"{prefix}frequency_shape"]
        found[name] = arrays[name].copy()
        for place, (frequency, own) in enumerate(
            zip(coding.frequencies, level_slices(coding), strict=True)
        ):
            if frequency.kind == "monotonic":
                curve = curve_from_shape(shape[..., place, : frequency.n_steps])
                found[name][..., own] = effect[..., place, None] * curve
    return found


def _moved(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Move rows (S, k) by noise of their covariance, and their mean and covariance a little."""
    n_draws, mean = len(values), values.mean(axis=0)
    spread = values.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(values).max(axis=0, initial=0.0))
    if n_draws < 2 or not varies.any():
        return values
    whitened, size, back = _whitened((values - mean)[:, varies] / spread[varies])
    count = whitened.shape[1]
    stretch = np.eye(count) + rng.standard_normal((count, count)) / np.sqrt(2 * n_draws)
    kept = whitened @ stretch / np.sqrt(1 + count / (2 * n_draws))
    new = np.sqrt(1 - _NEW**2) * kept + _NEW * rng.standard_normal(whitened.shape)
    new += rng.standard_normal(count) / np.sqrt(n_draws)
    moved = values.copy()
    moved[:, varies] = mean[varies] + (new * size @ back) * spread[varies]
    return moved


def _whitened(scaled: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Directions of unit spread (S, r), the spread of each, and the way back (r, k)."""
    directions, size, back = np.linalg.svd(scaled, full_matrices=False)
    kept = size > 1e-6 * size.max(initial=0.0)
    root = np.sqrt(len(scaled))
    return directions[:, kept] * root, size[kept] / root, back[kept]


def _features(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Uncorrelated directions of the parameters (S, r), as they were and as they are."""
    n_draws, mean, spread = len(before), before.mean(axis=0), before.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(before).max(axis=0, initial=0.0))
    scaled = (before - mean)[:, varies] / spread[varies]
    directions, size, back = _whitened(scaled)
    # Of few draws, many parameters would explain whatever they are to explain.
    count = min(len(size), n_draws // 5)
    turned = ((after - mean)[:, varies] / spread[varies]) @ back[:count].T / size[:count]
    one = np.ones((n_draws, 1))
    return np.append(one, directions[:, :count], axis=1), np.append(one, turned, axis=1)
