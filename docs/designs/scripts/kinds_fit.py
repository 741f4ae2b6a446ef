"""
Make the fit that the page on several kinds reads: minutes of sampling, run by hand.

The stored `kinds.nc` holds every 16th of the 8,000 draws that this script made on 2026-11-26; they
passed their certificate (R-hat 1.002, smallest effective sample size 2,053, no divergence). The
answers are those of the fit that is held against brms (tests/test_reference_kinds.py).
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import xarray as xr

import learnclimate as lc

FOLDER = Path(__file__).parent


def declared() -> tuple[lc.KindsModel, lc.Survey]:
    """Give the model and the answers."""
    codebook = lc.Codebook(
        outcome=lc.Outcome("activities", kinds=["training", "sharing"]),
        team="team",
        frequency="talk",
        frequency_levels=("never", "monthly", "weekly"),
        covariates=("tenure",),
    )
    answers = pd.read_csv(FOLDER.parents[2] / "tests" / "reference" / "kinds.csv")
    priors = lc.KindsPriors(intercept=lc.Normal(1, 2))
    return lc.KindsModel(pooled=False, priors=priors), lc.read_survey(answers, codebook)


def thinned(fit: lc.KindsFit, step: int) -> lc.KindsFit:
    """Keep one of so many draws: the file goes with the documentation."""
    groups = {}
    for name in fit.draws.children:
        group = fit.draws[name].to_dataset()
        if "draw" in group.dims:
            group = group.isel(draw=slice(None, None, step))
            group = group.assign_coords(draw=range(group.sizes["draw"]))
        groups[name] = group
    kept = 4 * groups["posterior"].sizes["draw"]
    told = replace(fit.provenance, draws=kept)
    return replace(fit, draws=xr.DataTree.from_dict(groups), provenance=told)


if __name__ == "__main__":
    model, survey = declared()
    fit = lc.fit(model, survey, draws=8000, seed=26)
    print(fit.certificate)
    thinned(fit, 16).save(FOLDER / "kinds.nc")
