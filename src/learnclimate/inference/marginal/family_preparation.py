"""Lay out data for the marginal likelihood of further families."""

from typing import TYPE_CHECKING

import numpy as np

from learnclimate.counts.cells import cells
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.compression import level_groups
from learnclimate.inference.marginal.family_likelihood import FamilyColumns, FamilyLikelihood
from learnclimate.inference.marginal.layout import structural_layout
from learnclimate.inference.marginal.points import groups_of
from learnclimate.survey.counts_allowed import OPEN

if TYPE_CHECKING:
    from learnclimate.inference.marginal.kernels_rows import Kind


def kind_of(family: Family) -> "Kind":
    """
    Translate a family for the kernels.

    Parameters
    ----------
    family : Family
        The declaration.

    Returns
    -------
    Kind
        Its codes.
    """
    from learnclimate.inference.marginal.kernels_rows import (
        BETA_BINOMIAL,
        HURDLE,
        INFLATED,
        NEGATIVE_BINOMIAL,
        NO_ZEROS,
        POISSON,
        Kind,
    )

    base = NEGATIVE_BINOMIAL if family.has_dispersion else POISSON
    zeros = {"none": NO_ZEROS, "inflated": INFLATED, "hurdle": HURDLE}[family.zeros]
    return Kind(BETA_BINOMIAL if family.out_of_trials else base, zeros)


def prepare_family(model: CountModel, design: CountDesign) -> FamilyLikelihood:
    """
    Lay out data for the marginal likelihood of a further family.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The data; alike rows of a team are merged.

    Returns
    -------
    FamilyLikelihood
        The likelihood; its Newton steps begin at 0 until it is anchored.
    """
    from learnclimate.inference.marginal.kernels_families import FamilyRows

    merged = cells(design)
    merged = merged.of_rows(np.argsort(merged.team, kind="stable"))
    levels, group = level_groups(merged)
    groups = groups_of(merged.coding, levels)
    asked, n = merged.asked, merged.n_rows
    highest = merged.outcome if asked.highest is None else asked.highest
    trials = np.zeros(n, dtype=np.int64) if asked.trials is None else asked.trials
    answer = np.stack([merged.outcome, np.where(highest == OPEN, -1, highest), trials], axis=1)
    rows = FamilyRows(
        np.ascontiguousarray(answer),
        merged.multiplicity.astype(float),
        group,
        np.searchsorted(merged.team, np.arange(merged.n_teams + 1)).astype(np.int64),
    )
    zero = np.zeros((n, 0))
    if asked.zero_covariates is not None:
        zero = asked.zero_covariates - design.zero_covariate_means
    # `design` and not `merged`: their means differ by rounding, and psi is of the former.
    columns = FamilyColumns(
        merged.log_exposure,
        merged.covariates - design.covariate_means,
        zero,
        groups.level[group],
    )
    layout = structural_layout(model, design)
    modes = np.zeros((design.n_teams, layout.n_team_effects))
    return FamilyLikelihood(layout, design, kind_of(model.family), rows, columns, groups, modes)


def needs_rows(model: CountModel, design: CountDesign) -> bool:
    """
    Tell whether a likelihood goes row by row: other families, or answers that are ranges.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        Its design.

    Returns
    -------
    bool
        False for exact Poisson and negative binomial counts, which have kernels of their own.
    """
    family = model.family
    return family.zeros != "none" or family.out_of_trials or design.asked.highest is not None
