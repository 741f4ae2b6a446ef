"""Where the effects and steps of each frequency lie in theta, and its levels in psi."""

from learnclimate.counts.coding import DesignCoding
from learnclimate.inference.marginal.parameters.layout import FrequencyPlace, StructuralLayout
from learnclimate.inference.marginal.parameters.outer_parameters import n_effects, n_sticks


def frequency_places(
    layout: StructuralLayout, coding: DesignCoding, at: int
) -> list[FrequencyPlace]:
    """
    Find the places of every frequency.

    Parameters
    ----------
    layout : StructuralLayout
        Layout of psi.
    coding : DesignCoding
        How the design was coded.
    at : int
        Where the first frequency begins in theta.

    Returns
    -------
    list of FrequencyPlace
        One a frequency.
    """
    level = 0
    places = []
    for frequency in coding.frequencies:
        effects = slice(at, at + n_effects(frequency))
        sticks = slice(effects.stop, effects.stop + n_sticks(frequency))
        levels, curve = (
            slice(part.start + level, part.start + level + len(frequency.levels))
            for part in (layout.level_effects, layout.slope_curves)
        )
        places.append(FrequencyPlace(levels, curve, effects, sticks))
        at, level = sticks.stop, level + len(frequency.levels)
    return places
