"""`Result`: the one shape in which every question is answered."""

from dataclasses import dataclass

import pandas as pd
import xarray as xr

#: Columns of every `Result.summary`, in this order.
RESULT_COLUMNS: tuple[str, ...] = (
    "estimand",
    "contrast",
    "population",
    "team",
    "scale",
    "mean",
    "sd",
    "median",
    "lower",
    "upper",
    "probability",
    "n_respondents",
    "suppressed",
)


@dataclass(frozen=True, slots=True)
class Result:
    """
    An answer: a long table and the draws behind it.

    Attributes
    ----------
    summary : pandas.DataFrame
        One row a quantity, with the columns `RESULT_COLUMNS`. ``mean``, ``sd``
        and ``median`` are over the posterior; ``lower`` and ``upper`` bound the
        equal-tailed interval whose probability is ``summary.attrs["interval"]``;
        ``probability`` is that of the statement in ``summary.attrs["statement"]``
        (missing where the estimand makes none).
    draws : xarray.Dataset
        The same quantities for every posterior draw, dims ``chain, draw, ...``;
        groups below the disclosure threshold are missing from it.
    """

    summary: pd.DataFrame
    draws: xr.Dataset
