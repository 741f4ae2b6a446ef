"""Describe a characteristic that is a number, so that nobody's own number can be read."""

import numpy as np
import pandas as pd

from learnclimate.disclosure.rounding import spread_that_hides, to_step, unit_of_mean
from learnclimate.disclosure.rule import DisclosureRule, suppress

_QUARTERS = {"lowest quarter up to": 0.25, "median": 0.5, "highest quarter from": 0.75}
#: A number of two values is a category in disguise.
_TWO = 2


def number_told(name: str, answers: pd.Series, rule: DisclosureRule) -> dict[str, str]:
    """
    Tell mean, median and quarters of a number, rounded, and never the lowest or the highest.

    The extremes are one person's each, and an exact mean of what everybody knows of each team is
    a sum of their sizes: so the mean is that of people in teams that are shown, rounded as in
    files, and the quarters are rounded to the same unit.

    Parameters
    ----------
    name : str
        The column.
    answers : pandas.Series of float
        Of people in teams that are shown.
    rule : DisclosureRule
        As many people lie in each quarter at least, or nothing is told.

    Returns
    -------
    dict of str to str
        ``covariate``, ``mean``, ``lowest quarter up to``, ``median`` and ``highest quarter
        from``, as text; quarters of two values are empty, since the mean tells all.

    Examples
    --------
    >>> tenure = pd.Series([1.0, 3.0, 4.0, 6.0, 9.0] * 12)
    >>> list(number_told("tenure", tenure, DisclosureRule()).values())
    ['tenure', '4.5', '3.0', '4.0', '6.0']
    """
    known = answers.dropna().to_numpy(dtype=float)
    values, sizes = np.unique(known, return_counts=True)
    few = len(values) <= _TWO and suppress(sizes, rule).any()
    if len(known) < (len(_QUARTERS) + 1) * rule.minimum or few:
        return {"covariate": name, "mean": "hidden", **dict.fromkeys(_QUARTERS, "hidden")}
    unit = unit_of_mean(spread_that_hides(known), len(known))
    decimals = max(0, -int(np.floor(np.log10(unit) + 1e-9))) if unit else 2
    mean, *quarters = (
        f"{to_step(float(one), unit) + 0.0:.{decimals}f}"
        for one in (known.mean(), *np.quantile(known, list(_QUARTERS.values())))
    )
    if len(values) <= _TWO:
        quarters = [""] * len(_QUARTERS)
    return {"covariate": name, "mean": mean, **dict(zip(_QUARTERS, quarters, strict=True))}
