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

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> result = lc.rate_ratio(fit, "weekly", "never", population="average_team")
    >>> tuple(result.summary.columns) == RESULT_COLUMNS
    True
    >>> result.summary.attrs["statement"]
    'the rate ratio is above 1'
    >>> dict(result.draws["rate_ratio"].sizes)
    {'chain': 4, 'draw': 100}
    """

    summary: pd.DataFrame
    draws: xr.Dataset
