"""The quantities whose ranks tell whether draws are calibrated, read off the draws of a model."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import BoolArray

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Variables that are ranked in a way of their own, or are the same as another.
_APART = (
    *("frequency_shape", "frequency_curve", "team_effects", "team_correlation"),
    *("zero_frequency_shape", "zero_frequency_curve", "zero_team_effects"),
    *("department_effects", "department_correlation", "team_composition"),
    "team_level_probability",
)


def quantities(
    draws: Mapping[str, FloatArray], design: CountDesign, teams: IntArray
) -> dict[str, FloatArray]:
    """
    Read the quantities to rank off the variables of a model.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model.
    design : CountDesign
        Tells names and sizes.
    teams : ndarray of shape (n_chosen,), int
        Teams whose own effects are ranked.

    Returns
    -------
    dict of str to ndarray of shape (n_draws,)
        Quantities by name, such as ``"team_sd[talk]"``; those that never vary and those
        that follow from another are left out.
    """
    coding = design.coding
    found: dict[str, FloatArray] = {}
    for name, values in draws.items():
        if name not in _APART:
            found |= _elements(name, values, coding)
    for name in ("frequency_curve", "zero_frequency_curve"):
        if name in draws:
            found |= _inner_levels(name, draws[name], coding)
    return found | _of_teams(draws, design, teams)


def _of_teams(
    draws: Mapping[str, FloatArray], design: CountDesign, teams: IntArray
) -> dict[str, FloatArray]:
    """Correlations of the team effects, and the effects of the teams chosen."""
    names, sizes = design.coding.team_effects, design.team_sizes
    found = _correlations("team_correlation", draws, names)
    found |= _correlations("department_correlation", draws, design.coding.department_effects)
    for number, team in enumerate(teams, start=1):
        who = f"team {number}, of {sizes[team]}"
        for position, name in enumerate(names if "team_effects" in draws else ()):
            found[f"team_effects[{who}; {name}]"] = draws["team_effects"][:, team, position]
        for position, name in enumerate(design.coding.frequency_names):
            if "team_composition" in draws:
                found[f"team_composition[{who}; {name}]"] = draws["team_composition"][
                    :, team, position
                ]
        if "zero_team_effects" in draws:
            found[f"zero_team_effects[{who}]"] = draws["zero_team_effects"][:, team]
    return found


def chosen_teams(sizes: IntArray, hidden: BoolArray) -> IntArray:
    """
    Choose teams whose effects are ranked: a small, a middling and a large one.

    Parameters
    ----------
    sizes : ndarray of shape (n_teams,), int
        Members of each team.
    hidden : ndarray of shape (n_teams,), bool
        Teams that may not be shown: they are not chosen, nor is their size told.

    Returns
    -------
    ndarray of shape (n_chosen,), int
        At most three.
    """
    shown = np.flatnonzero((sizes > 0) & ~hidden)
    if len(shown) == 0:
        return np.empty(0, dtype=np.int64)
    ordered = shown[np.argsort(sizes[shown], kind="stable")]
    return np.unique(ordered[[0, len(ordered) // 2, -1]])


def _correlations(
    variable: str, draws: Mapping[str, FloatArray], names: Sequence[str]
) -> dict[str, FloatArray]:
    if variable not in draws:
        return {}
    return {
        f"{variable}[{names[row]}, {names[column]}]": draws[variable][:, row, column]
        for row in range(len(names))
        for column in range(row)
    }


def _elements(name: str, values: FloatArray, coding: DesignCoding) -> dict[str, FloatArray]:
    """Name each element of a variable by its coordinates, or by number where none are known."""
    if values.ndim == 1:
        return {name: values}
    dims = labels.POSTERIOR_DIMS.get(name, ())
    known: dict[str, Sequence[str]] = {
        labels.FREQUENCY: coding.frequency_names,
        labels.COVARIATE: coding.covariate_labels,
        labels.TEAM_EFFECT: coding.team_effects,
        labels.DEPARTMENT_EFFECT: coding.department_effects,
        labels.SLOPE_SHIFT: [shift.label for shift in coding.slope_shifts],
    }
    found = {}
    for place in np.ndindex(values.shape[1:]):
        words = [
            str(known[dim][index]) if dim in known else str(index + 1)
            for dim, index in zip((*dims, *[""] * len(place)), place, strict=False)
        ]
        found[f"{name}[{', '.join(words)}]"] = values[(slice(None), *place)]
    return found


def _inner_levels(name: str, curve: FloatArray, coding: DesignCoding) -> dict[str, FloatArray]:
    """Name the levels between lowest and highest, unless equal steps tie them to the effect."""
    found, start = {}, 0
    for frequency in coding.frequencies:
        if frequency.kind != "linear":
            for place, level in enumerate(frequency.levels[1:-1], start=1):
                label = labels.level_label(frequency.name, level)
                found[f"{name}[{label}]"] = curve[:, start + place]
        start += len(frequency.levels)
    return found
