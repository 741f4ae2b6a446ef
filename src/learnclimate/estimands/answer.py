"""From draws to a `Result`: intervals and the fixed columns, for every answer alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.intervals import interval_bounds
from learnclimate.core.result import RESULT_COLUMNS, Result
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.estimands.groups import WITHHELD
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: Numbers summarised at once: 64 MiB of floats.
_BLOCK = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """
    What the rows of an answer are about.

    Attributes
    ----------
    estimand, scale : str or sequence of str
        One for all rows, or one a row; see `learnclimate.estimands.wording`.
    population : str
        The same for all rows.
    contrast, team : sequence of (str or None)
        One a row; None where it does not apply.
    n_respondents : ndarray of shape (n_rows,), int
        `WITHHELD` where it may not be shown.
    shown : ndarray of shape (n_rows,), bool
        Whether the row's figures may be shown.
    statement : str or None
        What ``probability`` is the probability of.
    notes : tuple of str
        What the reader should know about how the answer was reached.
    """

    estimand: str | Sequence[str]
    scale: str | Sequence[str]
    population: str
    contrast: Sequence[str | None]
    team: Sequence[str | None]
    n_respondents: npt.NDArray[np.int64]
    shown: BoolArray
    statement: str | None = None
    notes: tuple[str, ...] = ()


def answered(
    rows: Rows,
    values: npt.NDArray[np.number],
    probability: FloatArray | None,
    *,
    interval: float,
    draws: xr.Dataset,
) -> Result:
    """
    Lay an answer out in the fixed columns.

    Parameters
    ----------
    rows : Rows
        What the rows are about.
    values : ndarray of shape (n_chains, n_draws, n_shown)
        Draws of the rows that may be shown, in their order; whole numbers give
        intervals of whole numbers.
    probability : ndarray of shape (n_shown,) or None
        Probability of the statement, row by row.
    interval : float
        Probability of the equal-tailed interval.
    draws : xarray.Dataset
        The draws to hand on.

    Returns
    -------
    Result
        The answer; ``summary.attrs`` holds ``interval, statement, notes``.
    """
    figures = summarised(values, interval)
    figures["probability"] = (
        np.full(values.shape[-1], np.nan) if probability is None else probability
    )
    return laid_out(rows, figures, interval=interval, draws=draws)


def laid_out(
    rows: Rows, figures: Mapping[str, FloatArray], *, interval: float, draws: xr.Dataset
) -> Result:
    """
    Lay figures out in the fixed columns.

    Parameters
    ----------
    rows : Rows
        What the rows are about.
    figures : mapping of str to ndarray of shape (n_shown,)
        ``mean, sd, median, lower, upper, probability`` of the rows that may be shown.
    interval : float
        Probability of the equal-tailed interval.
    draws : xarray.Dataset
        The draws to hand on.

    Returns
    -------
    Result
        The answer; ``summary.attrs`` holds ``interval, statement, notes``.
    """
    columns: dict[str, object] = {
        "estimand": rows.estimand,
        "contrast": list(rows.contrast),
        "population": rows.population,
        "team": list(rows.team),
        "scale": rows.scale,
    }
    for name, shown in figures.items():
        column = np.full(len(rows.shown), np.nan)
        column[rows.shown] = shown
        columns[name] = column
    known = rows.shown & (rows.n_respondents != WITHHELD)
    columns["n_respondents"] = pd.array(rows.n_respondents, dtype="Int64")
    columns["suppressed"] = ~known
    summary = pd.DataFrame(columns, index=pd.RangeIndex(len(known)))[list(RESULT_COLUMNS)]
    summary.loc[~known, "n_respondents"] = pd.NA
    summary.attrs = {"interval": interval, "statement": rows.statement, "notes": rows.notes}
    return Result(summary, draws)


def summarised(values: npt.NDArray[np.number], interval: float) -> dict[str, FloatArray]:
    """
    Summarise draws over chains and draws, in blocks of columns.

    Parameters
    ----------
    values : ndarray of shape (n_chains, n_draws, n_columns)
        Draws. For whole numbers, median and bounds are whole numbers too: the smallest
        that reach their probability.
    interval : float
        Probability of the equal-tailed interval.

    Returns
    -------
    dict of str to ndarray of shape (n_columns,)
        ``mean, sd, median, lower, upper``; the sd of a single draw is not a number.

    Examples
    --------
    >>> figures = summarised(np.array([[[1], [2], [4]]]), 0.9)
    >>> [float(figures[name][0]) for name in ("median", "lower", "upper")]
    [2.0, 1.0, 4.0]
    """
    n_draws, n_columns = values.shape[0] * values.shape[1], values.shape[2]
    width = max(1, _BLOCK // max(n_draws, 1))
    figures = {name: np.empty(n_columns) for name in ("mean", "sd", "median", "lower", "upper")}
    for start in range(0, n_columns, width):
        some = slice(start, start + width)
        block = values[:, :, some].reshape(n_draws, -1)
        figures["mean"][some] = block.mean(axis=0)
        figures["sd"][some] = block.std(axis=0, ddof=1) if n_draws > 1 else np.nan
        if np.issubdtype(block.dtype, np.integer):
            tail = (1 - interval) / 2
            cuts = np.quantile(block, [tail, 0.5, 1 - tail], axis=0, method="inverted_cdf")
            figures["lower"][some], figures["median"][some], figures["upper"][some] = cuts
        else:
            figures["median"][some] = np.median(block, axis=0)
            figures["lower"][some], figures["upper"][some] = interval_bounds(
                block.astype(float, copy=False), interval
            )
    return figures


def chained[Number: np.number](
    fit: Fit | KindsFit, values: npt.NDArray[Number]
) -> npt.NDArray[Number]:
    """
    Lay draws out by chain again.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit; tells the chains.
    values : ndarray of shape (n_chains * n_draws, ...)
        Draws, chains behind one another.

    Returns
    -------
    ndarray of shape (n_chains, n_draws, ...)
        The same draws.
    """
    sizes = fit.draws["posterior"].sizes
    return values.reshape((sizes[labels.CHAIN], sizes[labels.DRAW], *values.shape[1:]))


def draws_dataset[Number: np.number](
    fit: Fit | KindsFit,
    variables: Mapping[str, npt.NDArray[Number]],
    coords: Mapping[str, Sequence[str]],
) -> xr.Dataset:
    """
    Name the dims of the draws of an answer.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit; tells the chains and draws.
    variables : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws, by name.
    coords : mapping of str to sequence of str
        The further dims, in order, with their coordinates.

    Returns
    -------
    xarray.Dataset
        With these variables.
    """
    posterior = fit.draws["posterior"]
    index = {dim: posterior[dim].to_numpy() for dim in (labels.CHAIN, labels.DRAW)}
    further = {dim: np.array(list(entries), dtype=str) for dim, entries in coords.items()}
    dims = (labels.CHAIN, labels.DRAW, *coords)
    return xr.Dataset(
        {name: (dims, values) for name, values in variables.items()}, coords=index | further
    )


def draws_by_level[Number: np.number](
    fit: Fit,
    frequency: FrequencyCoding | None,
    variables: Mapping[str, npt.NDArray[Number]],
    shown: BoolArray,
) -> xr.Dataset:
    """
    Name the draws of answers about the levels of a frequency.

    Parameters
    ----------
    fit : Fit
        The fit; tells the chains and draws.
    frequency : FrequencyCoding or None
        The frequency; None in a study without one.
    variables : mapping of str to ndarray of shape (n_chains, n_draws, n_shown)
        Draws of the levels that may be shown, by name.
    shown : ndarray of shape (n_levels,), bool
        Which levels those are.

    Returns
    -------
    xarray.Dataset
        By ``frequency_level``; without that dim in a study without a frequency, and then
        without variables where nothing may be shown.
    """
    if frequency is None:
        single = {name: values[:, :, 0] for name, values in variables.items() if shown.all()}
        return draws_dataset(fit, single, {})
    names = [
        labels.level_label(frequency.name, level)
        for level, visible in zip(frequency.levels, shown, strict=True)
        if visible
    ]
    return draws_dataset(fit, variables, {labels.FREQUENCY_LEVEL: names})
