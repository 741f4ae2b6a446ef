"""Rows and notes that `fit_indices` tells of factor models of every kind."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.checks.close_fit import INDEX
from learnclimate.checks.factor_left_out import FactorLeftOut
from learnclimate.checks.leave_out import Unit
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.measurement.discretion import Discretion, with_rare_answers
from learnclimate.measurement.rows import POSTERIOR, Row, Sampling, posterior_figures

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Figures that grow with the number of respondents.
SUMS = ("chi_squared", "c2", "elpd_loo")
#: Fewer respondents say too little of products of answers.
LEAST = 50
_SATURATED = (
    "posterior_predictive_p says nothing here: with so few items, the parameters reproduce "
    "whatever goes together."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What a fit was found to reproduce.

    Attributes
    ----------
    rows : list of Row
        Rows of the result.
    draws : xarray.Dataset
        Its draws.
    notes : tuple of str
        What to know of them.
    """

    rows: list[Row]
    draws: xr.Dataset
    notes: tuple[str, ...]


def too_few(test: str) -> str:
    """
    Say why there are no indices.

    Parameters
    ----------
    test : str
        The test they follow from.

    Returns
    -------
    str
        A sentence.
    """
    return f"{test}, rmsea, cfi and tli need {LEAST} respondents; there are fewer."


def pairs_of(fit: FactorFit) -> list[str]:
    """
    Name the pairs of items.

    Parameters
    ----------
    fit : FactorFit
        The fit.

    Returns
    -------
    list of str
        Pair by pair of the upper triangle.
    """
    first, second = np.triu_indices(len(fit.design.items), 1)
    items = fit.design.items
    return [f"{items[a]}, {items[b]}" for a, b in zip(first, second, strict=True)]


def discretion_of_fit(fit: FactorFit, rule: DisclosureRule | None = None) -> Discretion:
    """
    Find out what may be told: of answers as given, as of `reliability`.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    rule : DisclosureRule, optional
        Fewest respondents who may be told of.

    Returns
    -------
    Discretion
        Figures are rounded where few left something open, or gave an answer.
    """
    counts = np.split(fit.design.counts().astype(np.int64), fit.design.first_row[1:-1])
    return with_rare_answers(fit.discretion(rule), counts, fit.design.numbers)


def spread_draws(fit: FactorFit, wanted: int) -> IntArray:
    """
    Choose so many draws, spread over all chains.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    wanted : int
        How many at most.

    Returns
    -------
    ndarray of int
        Draws, counted through the chains.
    """
    sizes = fit.draws["posterior"].sizes
    total = int(sizes["chain"] * sizes["draw"])
    return np.linspace(0, total - 1, min(wanted, total)).round().astype(np.int64)


def p_row(level: str, p_value: float, n: int) -> Row:
    """
    Tell a posterior predictive p-value, or that there is none.

    Parameters
    ----------
    level : str
        Of what.
    p_value : float
        The p-value; may be not a number.
    n : int
        Respondents.

    Returns
    -------
    Row
        A row.
    """
    figures = {} if np.isnan(p_value) else {"probability": p_value}
    return Row(
        estimand="posterior_predictive_p",
        scale="probability",
        contrast=level,
        figures=figures,
        n_respondents=n,
    )


def srmr_row(contrast: str, figures: Mapping[str, float], n: int) -> Row:
    """
    Tell the size of the residual correlations.

    Parameters
    ----------
    contrast : str
        Of what.
    figures : mapping of str to float
        What is told.
    n : int
        Respondents.

    Returns
    -------
    Row
        A row.
    """
    return Row(estimand="srmr", scale=INDEX, contrast=contrast, figures=figures, n_respondents=n)


def residual_rows(
    fit: FactorFit, residual: FloatArray, options: Sampling, *, scale: str, level: str = ""
) -> list[Row]:
    """
    Tell the residual correlations, pair by pair.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    residual : ndarray of shape (n_draws, n_pairs)
        Residual correlations.
    options : Sampling
        Probability of the intervals.
    scale : str
        What they are.
    level : str, default ""
        Of which level, where there are two.

    Returns
    -------
    list of Row
        One a pair.
    """
    n = int(fit.design.answered.sum())
    return [
        Row(
            estimand="residual_correlation",
            scale=scale,
            contrast=f"{pair}, {level}" if level else pair,
            figures=posterior_figures(residual[:, place], options.interval, above=0.0),
            n_respondents=n,
        )
        for place, pair in enumerate(pairs_of(fit))
    ]


def left_out_rows(left_out: Mapping[Unit, FactorLeftOut], n: int) -> list[Row]:
    """
    Tell how well units left out are predicted, and how far that can be trusted.

    Parameters
    ----------
    left_out : mapping of {"respondent", "team"} to FactorLeftOut
        What was left out.
    n : int
        Respondents.

    Returns
    -------
    list of Row
        Two rows a unit.
    """
    rows = []
    for unit, found in left_out.items():
        # Of one level there are respondents alone, and nothing to tell apart.
        contrast = POSTERIOR if len(left_out) == 1 else f"{unit}s left out"
        told = found.estimate
        rows += [
            Row(estimand="elpd_loo", scale=f"log predictive density, {unit}s left out",
                contrast=contrast, figures={"mean": told.elpd, "sd": told.se}, n_respondents=n),
            Row(estimand="pareto_k", scale=f"largest shape of any {unit}'s weights",
                contrast=contrast, figures={"mean": found.worst_shape}, n_respondents=n),
        ]  # fmt: skip
    return rows


def left_out_notes(left_out: Mapping[Unit, FactorLeftOut]) -> tuple[str, ...]:
    """
    Say how far the densities of units left out can be trusted.

    Parameters
    ----------
    left_out : mapping of {"respondent", "team"} to FactorLeftOut
        What was left out.

    Returns
    -------
    tuple of str
        A sentence or two a unit.
    """
    return tuple(_left_out_note(unit, found) for unit, found in left_out.items())


def _left_out_note(unit: Unit, found: FactorLeftOut) -> str:
    shape, bound, n_draws = found.worst_shape, found.estimate.limit, found.n_draws
    by_nodes = ""
    if found.integration_error > 0:
        by_nodes = (
            " Factors were integrated out over nodes drawn by chance, which gives the sum a "
            f"standard error of {found.integration_error:.2f} besides."
        )
    if shape < bound:
        return (
            f"elpd_loo can be relied on: the largest Pareto shape of leaving a {unit} out is "
            f"{shape:.2f}, below {bound:.2f} ({n_draws} draws).{by_nodes}"
        )
    return (
        f"elpd_loo is rough: the largest Pareto shape of leaving a {unit} out is {shape:.2f}, "
        f"where {n_draws} draws ask for less than {bound:.2f}. Fit with more draws, and look for "
        f"answers that go with none of the others.{by_nodes}"
    )


def saturated_note(rows: list[Row]) -> tuple[str, ...]:
    """
    Say where a posterior predictive p-value says nothing.

    Parameters
    ----------
    rows : list of Row
        All rows.

    Returns
    -------
    tuple of str
        A sentence, or nothing.
    """
    told = [row for row in rows if row.estimand == "posterior_predictive_p"]
    return () if all(row.figures for row in told) else (_SATURATED,)
