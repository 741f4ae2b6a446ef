"""
A fit's draws with the levels that may not be shown put together with their neighbours.

A file cannot hide a level by leaving out its number alone: the curve of the model goes through
the mean of those who gave it. So what is kept is the same model, written from the lowest level
shown: at levels that are shown it expects what it did before, and of the others it says nothing.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.frequency import curve_from_shape
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.blocks import blocks_named

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def standing_in(hidden: BoolArray) -> IntArray:
    """
    Tell which level stands in for each: itself, or where it is hidden a neighbour.

    Parameters
    ----------
    hidden : ndarray of shape (n_levels,), bool
        Which levels of one frequency may not be shown, lowest first.

    Returns
    -------
    ndarray of shape (n_levels,), int64
        The nearest lower level that is shown, or the lowest shown; 0 where none is shown.

    Examples
    --------
    >>> standing_in(np.array([True, False, True, False])).tolist()
    [1, 1, 1, 3]
    """
    shown = np.flatnonzero(~hidden)
    if not len(shown):
        return np.zeros(len(hidden), dtype=np.int64)
    lower = np.searchsorted(shown, np.arange(len(hidden)), side="right") - 1
    return np.asarray(shown[np.maximum(lower, 0)], dtype=np.int64)


def with_merged_levels(draws: xr.DataTree, coding: DesignCoding, hidden: BoolArray) -> xr.Dataset:
    """
    Write the model from its lowest level shown, hidden levels put with their neighbours.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    coding : DesignCoding
        How its answers were coded.
    hidden : ndarray of shape (n_levels,), bool
        Which levels may not be shown, in the order of dim ``frequency_level``.

    Returns
    -------
    xarray.Dataset
        The group ``posterior``. At shown levels, each draw has the log rates and log odds that
        it had, of every team; at a hidden level it has those of the level standing in for it.
        Effects of a frequency compare the highest with the lowest level shown, and effects and
        standard deviations of the level are those at the lowest level shown.

    Raises
    ------
    FileError
        If the model cannot be written so: slopes vary and levels do not, the composition of
        teams matters, or moments stand in for draws.
    """
    old = draws["posterior"].to_dataset()
    arrays = {str(name): old[name].to_numpy().copy() for name in old.data_vars}
    for position, own in enumerate(level_slices(coding)):
        if not hidden[own].any():
            continue
        if coding.frequencies[position].kind == "monotonic":
            _refuse_unwritable(draws, coding, position, hidden)
        _Merging(arrays, coding, position, own, standing_in(hidden[own])).run()
        if "level_probability" in arrays:
            # How many gave each is in its probability; how many gave any of them is no secret.
            share = arrays["level_probability"][..., own]
            share[..., hidden[own]] = share[..., hidden[own]].mean(axis=-1, keepdims=True)
    return old.assign({name: old[name].copy(data=values) for name, values in arrays.items()})


def _refuse_unwritable(
    draws: xr.DataTree, coding: DesignCoding, position: int, hidden: BoolArray
) -> None:
    frequency, own = coding.frequencies[position], level_slices(coding)[position]
    sloped = [
        names
        for names in (coding.team_effects, coding.department_effects)
        if frequency.name in names
    ]
    unwritable = (
        bool(coding.composition)
        or any(labels.INTERCEPT not in names for names in sloped)
        or (bool(sloped) and labels.TEAM_SUMMARY in draws.children)
    )
    if unwritable:
        counts = draws["constant_data"]["level_size"].to_numpy()[own]
        blocks = blocks_named(frequency.levels, hidden[own], counts)
        raise FileError(
            f"Too few respondents gave one of the answers to {frequency.name!r}, and the "
            "parameters of this model would tell in a file what they answered. Put together what "
            f"is hidden together, in the data and in frequency_levels, and fit again: {blocks}. Or "
            "keep the respondents' rows too: fit.save(path, include_respondents=True)."
        )


class _Merging:
    """One frequency whose hidden levels go to their neighbours; changes the arrays given."""

    def __init__(
        self,
        arrays: dict[str, FloatArray],
        coding: DesignCoding,
        position: int,
        own: slice,
        stand: IntArray,
    ) -> None:
        self.arrays, self.coding, self.position, self.own = arrays, coding, position, own
        self.frequency, self.stand = coding.frequencies[position], stand

    def run(self) -> None:
        base, spread = self._merge_shape("frequency_shape")
        self._rewrite_shifts(base, spread)
        self.arrays["intercept"] += self._merge_curve("frequency")
        for group in ("team", "department"):
            self._rewrite_effects(group, base, spread)
        if "zero_frequency_curve" in self.arrays:
            self._merge_shape("zero_frequency_shape")
            shift = self._merge_curve("zero_frequency")
            self.arrays["zero_intercept"] += shift
            odds = np.exp(shift) * (p := self.arrays["zero_probability"]) / (1 - p)
            self.arrays["zero_probability"] = odds / (1 + odds)

    def _merge_curve(self, name: str) -> FloatArray:
        """Merge the curve, and give the log rate (or log odds) of the lowest level shown."""
        curve = self.arrays[f"{name}_curve"][..., self.own]
        base = curve[..., self.stand[0]].copy()
        merged = curve[..., self.stand] - base[..., None]
        self.arrays[f"{name}_curve"][..., self.own] = merged
        if f"{name}_effect" in self.arrays:
            self.arrays[f"{name}_effect"][..., self.position] = merged[..., -1]
        return np.asarray(base)

    def _merge_shape(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Merge the steps, and give where the curve from 0 to 1 began and how far it went."""
        if self.frequency.kind != "monotonic" or name not in self.arrays:
            return np.zeros(()), np.ones(())
        steps = self.arrays[name][..., self.position, : self.frequency.n_steps]
        curve = curve_from_shape(steps)
        base = curve[..., self.stand[0]]
        spread = curve[..., self.stand[-1]] - base
        lengths = np.diff(curve[..., self.stand], axis=-1)
        flat = spread <= 0
        share = lengths / np.where(flat, 1.0, spread)[..., None]
        steps[...] = np.where(flat[..., None], 1 / self.frequency.n_steps, share)
        return base, spread

    def _rewrite_shifts(self, base: FloatArray, spread: FloatArray) -> None:
        """Give to levels and other slopes what shifts added at the lowest level shown."""
        name = self.frequency.name
        for column, shift in enumerate(self.coding.slope_shifts):
            if name not in (shift.frequency, shift.by if shift.centre is None else None):
                continue
            moved = self.arrays["slope_shifts"][..., column] * base
            self.arrays["slope_shifts"][..., column] *= spread
            if shift.centre is None:
                other = shift.by if name == shift.frequency else shift.frequency
                self._add_to_frequency(other, moved)
                continue
            place = self.coding.covariate_labels.index(shift.by)
            self.arrays["covariate_effects"][..., place] += moved
            self.arrays["intercept"] -= moved * shift.centre

    def _add_to_frequency(self, name: str, moved: FloatArray) -> None:
        position = self.coding.frequency_names.index(name)
        frequency, own = self.coding.frequencies[position], level_slices(self.coding)[position]
        curve: FloatArray = np.linspace(0, 1, len(frequency.levels))
        if frequency.kind == "monotonic":
            curve = curve_from_shape(
                self.arrays["frequency_shape"][..., position, : frequency.n_steps]
            )
        self.arrays["frequency_curve"][..., own] += moved[..., None] * curve
        self.arrays["frequency_effect"][..., position] += moved

    def _rewrite_effects(self, group: str, base: FloatArray, spread: FloatArray) -> None:
        names = getattr(self.coding, f"{group}_effects")
        if self.frequency.name not in names or not base.ndim:
            return
        slope, level = names.index(self.frequency.name), names.index(labels.INTERCEPT)
        turn = np.broadcast_to(np.eye(len(names)), (*base.shape, len(names), len(names))).copy()
        turn[..., level, slope], turn[..., slope, slope] = base, spread
        effects = self.arrays[f"{group}_effects"]
        self.arrays[f"{group}_effects"] = np.einsum("...ab,...jb->...ja", turn, effects)
        for name, values in self._turned_covariance(group, turn):
            self.arrays[name] = values

    def _turned_covariance(self, group: str, turn: FloatArray) -> Iterator[tuple[str, FloatArray]]:
        sd, correlation = self.arrays[f"{group}_sd"], self.arrays.get(f"{group}_correlation")
        covariance = sd[..., :, None] * sd[..., None, :]
        covariance *= np.eye(sd.shape[-1]) if correlation is None else correlation
        turned = turn @ covariance @ np.swapaxes(turn, -1, -2)
        turned_sd = np.sqrt(np.diagonal(turned, axis1=-2, axis2=-1))
        yield f"{group}_sd", turned_sd
        if correlation is not None:
            scale = np.where(turned_sd > 0, turned_sd, 1.0)
            found = turned / scale[..., :, None] / scale[..., None, :]
            where = np.arange(sd.shape[-1])
            found[..., where, where] = 1.0
            yield f"{group}_correlation", found
