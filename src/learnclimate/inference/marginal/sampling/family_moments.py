"""Where the search for the mode begins under any family."""

from dataclasses import replace

import numpy as np

from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.inference.marginal.parameters.moments import Moments, moments_of

_USUAL_CONCENTRATION = 8.0


def starting_moments(family: Family, design: CountDesign) -> Moments:
    """
    Estimate by moments, roughly where the family is not one of those moments are made for.

    With a zero part, of the respondents who counted any; of answers that allow several counts,
    of their typical ones; out of K, of log rates turned into log odds.

    Parameters
    ----------
    family : Family
        The family.
    design : CountDesign
        The data.

    Returns
    -------
    Moments
        The estimates.
    """
    if design.asked.highest is not None:
        typical = np.rint(design.typical_outcome).astype(np.int64)
        design = replace(design, outcome=typical)
    counted = np.flatnonzero(design.outcome > 0)
    # Simulated counts may all be 0: then those of all respondents are what there is.
    if family.zeros != "none" and len(counted):
        design = design.of_rows(counted)
    found = moments_of(design)
    if design.asked.trials is None:
        return found
    share = float(np.clip(design.mean_rate, 0.02, 0.98))
    stretch = 1 / (1 - share)
    typical_trials = float(np.average(design.asked.trials, weights=design.multiplicity))
    lowest = float(np.clip(np.exp(found.intercept) / typical_trials, 0.02, 0.98))
    return replace(
        found,
        intercept=float(np.log(lowest / (1 - lowest))),
        curves=tuple(curve * stretch for curve in found.curves),
        team_sd=found.team_sd * stretch,
        dispersion=_USUAL_CONCENTRATION,
    )
