"""
Make the joint fit that the page on measurement error reads; run by hand.

The stored `joint.nc` holds every 8th of the draws that this script makes, and every 16th of what
is laid beside.
"""

from dataclasses import replace
from pathlib import Path

import xarray as xr

import learnclimate as lc

FOLDER = Path(__file__).parent


def thinned(fit: lc.Fit | lc.FactorFit, step: int) -> lc.Fit | lc.FactorFit:
    """Keep one of so many draws: the file goes with the documentation."""
    groups = {}
    for name in fit.draws.children:
        group = fit.draws[name].to_dataset()
        if "draw" in group.dims:
            group = group.isel(draw=slice(None, None, step))
            group = group.assign_coords(draw=range(group.sizes["draw"]))
        groups[name] = group
    told = replace(fit.provenance, draws=4 * groups["posterior"].sizes["draw"])
    return replace(fit, draws=xr.DataTree.from_dict(groups), provenance=told)


if __name__ == "__main__":
    scale = "leadership_of_learning"
    model = lc.JointModel(lc.CountModel(moderators=(scale,)), lc.FactorModel(scale, levels="team"))
    joint = lc.fit(model, lc.load_example(), draws=2000, seed=1)
    print(joint.certificate)
    print(joint.comparison().summary[["estimand", "contrast", "mean", "sd", "lower", "upper"]])
    steps = {"count": 8, "two_step": 16, "face_value": 16, "factor": 16}
    parts = {name: thinned(getattr(joint, name), step) for name, step in steps.items()}
    replace(joint, **parts).save(FOLDER / "joint.nc")
