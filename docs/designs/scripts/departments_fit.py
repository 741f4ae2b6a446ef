"""
Make the fit of teams within departments that its page reads: minutes of sampling, run by hand.

The stored `departments.nc` holds every 8th of the 4,000 draws that this script makes.
"""

from dataclasses import replace
from pathlib import Path

import xarray as xr

import learnclimate as lc

FOLDER = Path(__file__).parent


def thinned(fit: lc.Fit, step: int) -> lc.Fit:
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
    model = lc.CountModel(department_effects=("intercept", "frequency"))
    fit = lc.fit(model, lc.load_example(), engine="nuts", seed=1)
    print(fit.certificate)
    thinned(fit, 8).save(FOLDER / "departments.nc")
