"""From estimates and draws to a `Result` in the fixed columns, for every statistic alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.intervals import check_interval, interval_bounds
from learnclimate.core.numbers import is_whole
from learnclimate.core.result import RESULT_COLUMNS, Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.discretion import FEW_ANSWERS, FEW_OPEN, FEW_TOGETHER, Discretion
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

#: Column ``population``: those who answered.
STUDY = "study"

#: What statistics of one level leave out.
INDEPENDENT = (
    "Intervals and tests take respondents to be independent: where members of a team are alike, "
    "intervals are too narrow and p-values too small (aggregation tells the design_effect)."
)

#: Column ``contrast``: which way an interval was reached.
CLASSICAL, POSTERIOR = "classical", "posterior"


#: Figures that follow from the means of items, whatever goes together, by estimand.
_SUMS_OF_ITEMS = {"mean_score": ("mean", "median")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One line of a `Result`.

    Attributes
    ----------
    estimand, scale : str
        What is told, and in which unit.
    contrast, team : str or None
        What it is told of.
    figures : mapping of str to float
        Any of ``mean, sd, median, lower, upper, probability``; the others are missing.
    n_respondents : int or None
        How many it rests on; None where that is not shown.
    suppressed : bool
        Whether its figures are hidden.
    group : str or None
        The group that it is about, where that is no team.
    guarded : bool
        Whether its figures were made such that they may be told as they are.
    digits : int or None
        Decimals of its figures, where few gave two answers together and exact ones tell that.
    """

    estimand: str
    scale: str
    contrast: str | None = None
    team: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    n_respondents: int | None = None
    suppressed: bool = False
    group: str | None = None
    guarded: bool = False
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """
    How draws are made and told, checked.

    Attributes
    ----------
    draws : int
        Number of draws.
    seed : int
        Seed of the random numbers.
    interval : float
        Probability of the intervals.
    rule : DisclosureRule
        Which groups are too small to show.
    """

    draws: int
    seed: int
    interval: float
    rule: DisclosureRule

    def private(self, survey: Survey) -> "Sampling":
        """
        Start from all answers too, so that who knows the seed alone knows no random number.

        Parameters
        ----------
        survey : Survey
            The answers.

        Returns
        -------
        Sampling
            The same, but for its seed.
        """
        return replace(self, seed=survey.private_seed(self.seed))

    def generator(self) -> np.random.Generator:
        """
        Start the random numbers.

        Returns
        -------
        numpy.random.Generator
            Always the same stream for a seed.
        """
        return np.random.default_rng(self.seed)


def checked_sampling(draws: object, seed: object, interval: float, rule: object = None) -> Sampling:
    """
    Check the options that every statistic of a scale shares.

    Parameters
    ----------
    draws : object
        Number of draws, at least 100.
    seed : object
        Seed, a whole number of at least 0.
    interval : float
        Probability of an interval.
    rule : object
        A `DisclosureRule`, or None for the default.

    Returns
    -------
    Sampling
        The options.

    Raises
    ------
    ArgumentError
        If a number is outside its range.
    ArgumentTypeError
        If one has the wrong type.
    """
    for name, value, least in (("draws", draws, 100), ("seed", seed, 0)):
        if not is_whole(value):
            raise ArgumentTypeError(f"{name}={value!r}: give a whole number.")
        if value < least:
            raise ArgumentError(f"{name}={value!r}: give a whole number of at least {least}.")
    check_interval(interval)
    if rule is not None and not isinstance(rule, DisclosureRule):
        raise ArgumentTypeError(f"rule={rule!r}: give a DisclosureRule, as DisclosureRule(10).")
    return Sampling(
        draws=int(draws),  # type: ignore[call-overload]
        seed=int(seed),  # type: ignore[call-overload]
        interval=interval,
        rule=rule or DisclosureRule(),
    )


def posterior_figures(
    draws: FloatArray, interval: float, above: float | None = None
) -> dict[str, float]:
    """
    Summarise draws of one quantity.

    Parameters
    ----------
    draws : ndarray of shape (n_draws,)
        The draws; those that are not a number are left out.
    interval : float
        Probability of the equal-tailed interval.
    above : float, optional
        Give the probability of lying above this.

    Returns
    -------
    dict of str to float
        Figures of a `Row`; empty where no draw is a number.

    Examples
    --------
    >>> posterior_figures(np.array([1.0, 2.0, 3.0]), 0.9, above=2.5)["mean"]
    2.0
    """
    known = draws[np.isfinite(draws)]
    if not len(known):
        return {}
    lower, upper = interval_bounds(known, interval)
    figures = {
        "mean": float(known.mean()),
        "sd": float(known.std(ddof=1)) if len(known) > 1 else np.nan,
        "median": float(np.median(known)),
        "lower": float(lower),
        "upper": float(upper),
    }
    if above is not None:
        figures["probability"] = float((known > above).mean())
    return figures


def laid_out(
    rows: Iterable[Row],
    draws: xr.Dataset,
    *,
    interval: float,
    discretion: Discretion,
    statement: str | None = None,
    notes: Iterable[str] = (),
) -> Result:
    """
    Lay rows out in the fixed columns, with nothing that may not be told.

    The one gate of all answers about items: numbers of respondents that leave out a few are
    missing, and figures from which such a number could be worked out are rounded.

    Parameters
    ----------
    rows : iterable of Row
        The rows.
    draws : xarray.Dataset
        The draws to hand on.
    interval : float
        Probability of the intervals.
    discretion : Discretion
        What may be told of who answered.
    statement : str, optional
        What ``probability`` is the probability of.
    notes : iterable of str
        What the reader should know.

    Returns
    -------
    Result
        With ``interval, statement, notes`` in ``summary.attrs``.
    """
    lines, rounding = _discreet(rows, discretion)
    columns: dict[str, object] = {
        "estimand": [row.estimand for row in lines],
        "contrast": [row.contrast for row in lines],
        "population": STUDY,
        "team": [row.team for row in lines],
        "scale": [row.scale for row in lines],
    }
    for name in ("mean", "sd", "median", "lower", "upper", "probability"):
        columns[name] = np.array(
            [np.nan if row.suppressed else row.figures.get(name, np.nan) for row in lines]
        )
    shown = [None if row.suppressed else row.n_respondents for row in lines]
    columns["n_respondents"] = pd.array(shown, dtype="Int64")
    columns["suppressed"] = np.array([row.suppressed for row in lines], dtype=bool)
    summary = pd.DataFrame(columns, index=pd.RangeIndex(len(lines)))[list(RESULT_COLUMNS)]
    for name in ("contrast", "team"):
        summary[name] = summary[name].astype(object)
    told = (*notes, *rounding)
    summary.attrs = {"interval": interval, "statement": statement, "notes": told}
    return Result(summary, draws)


def _discreet(rows: Iterable[Row], discretion: Discretion) -> tuple[list[Row], list[str]]:
    """Leave out numbers and decimals that may not be told, and say which reasons there were."""
    found, reasons = [], []
    for row in rows:
        group = row.group if row.team is None else row.team
        number = row.n_respondents
        if number is not None and not discretion.tells(number, group):
            number = None
        own = () if row.digits is None else (row.digits,)
        given = None if row.guarded else discretion.decimals(group)
        digits = min(own if given is None else (given, *own), default=None)
        figures = row.figures
        if digits is not None and figures and not row.suppressed:
            # The mean score of all is that of the items' means, which are told as they are.
            told = _SUMS_OF_ITEMS if group is None and discretion.digits is None else {}
            kept = told.get(row.estimand, ())
            # No -0.0 among them.
            figures = {
                name: value if name in kept else round(value, digits) + 0.0
                for name, value in figures.items()
            }
            reason = FEW_ANSWERS if discretion.only_rare else FEW_OPEN
            reasons.append(FEW_TOGETHER if given is None else reason)
        found.append(replace(row, figures=figures, n_respondents=number))
    return found, list(dict.fromkeys(reasons))


def draws_dataset(
    variables: Mapping[str, FloatArray], coords: Mapping[str, Iterable[str]] | None = None
) -> xr.Dataset:
    """
    Name the dims of draws; there is one chain, since the draws are independent.

    Parameters
    ----------
    variables : mapping of str to ndarray of shape (n_draws, ...)
        Draws, by name.
    coords : mapping of str to iterable of str, optional
        The further dims, in order, with their coordinates.

    Returns
    -------
    xarray.Dataset
        Dims ``chain, draw, ...``.
    """
    further = {dim: np.array(list(names), dtype=str) for dim, names in (coords or {}).items()}
    dims = (labels.CHAIN, labels.DRAW, *further)
    n_draws = {len(values) for values in variables.values()}
    index = {labels.CHAIN: [0], labels.DRAW: np.arange(max(n_draws, default=0))}
    named = {
        name: (dims[: values.ndim + 1], values[None, ...]) for name, values in variables.items()
    }
    return xr.Dataset(named, coords=index | further)
