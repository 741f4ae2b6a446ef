"""Describe a characteristic that is a number, so that nobody's own number can be read."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.disclosure.rounding import spread_that_hides, to_step, unit_of_mean
from learnclimate.disclosure.rule import DisclosureRule, suppress

FloatArray = npt.NDArray[np.float64]

_QUARTERS = {"lowest quarter up to": 0.25, "median": 0.5, "highest quarter from": 0.75}
#: A number of two values is a category in disguise.
_TWO = 2
#: Between the outer quarters of a normal distribution lie so many standard deviations.
_NORMAL_QUARTERS = 1.349


def number_told(
    name: str, answers: pd.Series, rule: DisclosureRule, usually: pd.Series | None = None
) -> dict[str, str]:
    """
    Tell mean, median and quarters of a number, rounded, and never the lowest or the highest.

    The extremes are one person's each, and an exact mean of what everybody knows of each team is
    a sum of their sizes: so the mean is that of people in teams that are shown, rounded as in
    files. Quarters are rounded to the unit of a mean of numbers that lie as far apart as the
    middle half does, since one number mistyped can make the mean's own unit too large for them.

    Parameters
    ----------
    name : str
        The column.
    answers : pandas.Series of float
        Of people in teams that are shown.
    rule : DisclosureRule
        As many people lie in each quarter at least, or nothing is told.
    usually : pandas.Series of float, optional
        Of people in teams that are shown at the default minimum, where `rule` raises it: nothing
        is told that is hidden then, and nothing to a smaller unit.

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
    wider = known if usually is None else usually.dropna().to_numpy(dtype=float)
    if _few(known, rule) or (usually is not None and _few(wider, DisclosureRule())):
        return {"covariate": name, "mean": "hidden", **dict.fromkeys(_QUARTERS, "hidden")}
    (unit, own), (usual, usual_own) = _units(known), _units(wider)
    ends = np.quantile(known, list(_QUARTERS.values()))
    of_two = len(np.unique(wider)) <= _TWO
    quarters = (
        [""] * len(_QUARTERS) if of_two else [_told(one, max(own, usual_own)) for one in ends]
    )
    mean = _told(float(known.mean()), max(unit, usual))
    return {"covariate": name, "mean": mean, **dict(zip(_QUARTERS, quarters, strict=True))}


def _few(known: FloatArray, rule: DisclosureRule) -> bool:
    """Say whether few lie in a quarter, or few have one of two values."""
    values, sizes = np.unique(known, return_counts=True)
    of_two = len(values) <= _TWO and bool(suppress(sizes, rule).any())
    return len(known) < (len(_QUARTERS) + 1) * rule.minimum or of_two


def _units(known: FloatArray) -> tuple[float, float]:
    """Give the units of the mean and of the quarters."""
    unit = unit_of_mean(spread_that_hides(known), len(known))
    first, *_, last = np.quantile(known, list(_QUARTERS.values()))
    middle = unit_of_mean(float(last - first) / _NORMAL_QUARTERS, len(known))
    return unit, min(unit, middle or unit)


def _told(value: float, unit: float) -> str:
    decimals = max(0, -int(np.floor(np.log10(unit) + 1e-9))) if unit else 2
    return f"{to_step(value, unit) + 0.0:.{decimals}f}"
