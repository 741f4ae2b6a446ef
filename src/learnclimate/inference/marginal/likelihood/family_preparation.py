"""Lay out data for the marginal likelihood of further families."""

from typing import TYPE_CHECKING

import numpy as np

from learnclimate.counts.cells import cells
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.model import CountModel
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.inference.marginal.kernels.points import groups_of
from learnclimate.inference.marginal.likelihood.compression import level_groups
from learnclimate.inference.marginal.likelihood.family_likelihood import (
    FamilyColumns,
    FamilyLikelihood,
)
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.survey.counts_allowed import OPEN

if TYPE_CHECKING:
    from learnclimate.inference.marginal.kernels.rows import Kind


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
    from learnclimate.inference.marginal.kernels.rows import (
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
    from learnclimate.inference.marginal.kernels.further_families import FamilyRows

    merged = cells(design)
    n_known, n_levels = merged.n_rows, structural_layout(model, design).n_levels
    merged = everyone_in_rows(merged)
    options = np.ones(merged.n_rows, dtype=np.int64)
    if design.unknown is not None:
        options[n_known:] = 0
        options[n_known :: n_levels[0]] = n_levels[0]
    # A stable order keeps the levels of one respondent behind one another.
    order = np.argsort(merged.team, kind="stable")
    merged, options = merged.of_rows(order), options[order]
    levels, group = level_groups(merged)
    groups = groups_of(merged.coding, levels)
    asked, n = merged.asked, merged.n_rows
    highest = merged.outcome if asked.highest is None else asked.highest
    trials = np.zeros(n, dtype=np.int64) if asked.trials is None else asked.trials
    answer = np.stack([merged.outcome, np.where(highest == OPEN, -1, highest), trials], axis=1)
    rows = FamilyRows(
        np.ascontiguousarray(answer),
        np.where(options == 1, 1.0, n_levels[0] if n_levels else 1.0) * merged.multiplicity,
        group,
        np.searchsorted(merged.team, np.arange(merged.n_teams + 1)).astype(np.int64),
        options,
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
    Tell whether a likelihood goes row by row: other families, ranges, or unknown levels.

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
    if design.unknown is not None:
        return True
    return family.zeros != "none" or family.out_of_trials or design.asked.highest is not None
