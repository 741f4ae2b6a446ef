"""What would be left of a rate ratio if the answers were biased in a stated way."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_number
from learnclimate.core.result import Result
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, draws_dataset
from learnclimate.estimands.arguments import (
    checked_rule,
    chosen_frequency,
    chosen_levels,
    require_fit,
)
from learnclimate.estimands.confounding import confounder_strength
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.groups import WITHHELD, level_sizes
from learnclimate.estimands.reporting_bias import overstatement_factor, tipping_overstatement
from learnclimate.estimands.wording import ADJUSTED_RATIO, E_VALUE, OVERSTATEMENT, SCALES
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]

#: Dim of the draws: the strengths that were asked about.
STRENGTH = "strength"

#: Beyond these no bias is plausible, and its factor would leave the range of numbers.
_STRONGEST, _LEAST_SHARE = 1000, 0.01

#: Factors below this are told in more digits.
_NEARLY_ONE = 1.05

_NOT_SHOWN = (
    "Some level of the frequency was answered by too few respondents for the shares of the levels "
    "to be told, and reporting bias is reckoned from them."
)


def tipping_point(  # noqa: PLR0913 - fit, two levels, and options by name
    fit: Fit,
    high: str | float,
    low: str | float,
    *,
    population: object,
    bias: Literal["confounder", "reporting"] = "confounder",
    strengths: Sequence[float] = (1.25, 1.5, 2.0, 3.0, 5.0),
    method_share: float = 0.25,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say what would be left of a rate ratio under bias, and where nothing would be.

    With ``bias="confounder"``, something that was not asked goes together with the answer
    to the frequency question and with the count, each by a rate ratio of ``strength``,
    beyond the covariates. At most it makes up a factor of
    ``strength² / (2 strength - 1)``, by which the ratio is moved towards 1. Nothing is left
    at the E-value.

    With ``bias="reporting"``, the same person reports talk and learning, and people differ
    in how generously they answer. Let a person's style ``s`` be standard normal; counts
    are reported ``strength`` times as high a standard deviation further up,
    ``count * exp(log(strength) s)``; and the frequency answer is a standard normal that is
    cut into levels by the shares that gave them, with correlation
    ``ρ = sqrt(method_share)`` to ``s``. Then style alone makes the count of those at a
    level that spans ``(a, b)`` higher by a factor in proportion to
    ``[Φ(b - λ) - Φ(a - λ)] / [Φ(b) - Φ(a)]``, with ``λ = ρ log(strength)``, and the ratio
    is divided by that of the two levels. Style is taken to have nothing to do with
    learning itself, nor with the covariates.

    Both are thought experiments: they say how strong a bias would have to be, not how
    strong it is, and neither can show what would happen if people talked more.

    Parameters
    ----------
    fit : Fit
        A fitted model, or one that was loaded.
    high, low : str or number
        The two levels, in either order.
    population : {"average_team", "new_team", "study"} or data frame
        Who the ratio is about; see `rate_ratio`.
    bias : {"confounder", "reporting"}, default "confounder"
        Which bias.
    strengths : sequence of float, default (1.25, 1.5, 2, 3, 5)
        Strengths to ask about, from 1 (none) to 1000.
    method_share : float, default 0.25
        Share of the variance of the frequency answer that is style, from 0.01 to 1; for
        ``"reporting"``.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        A row ``adjusted_rate_ratio`` a strength, named in ``contrast``; ``probability`` is
        that of a ratio still on the side of 1 where the median lies without bias. Then
        the tipping point: ``e_value``, or ``tipping_overstatement``, the strength at which
        nothing is left. ``notes`` say it in words. ``draws`` holds both. Suppressed where
        `rate_ratio` is; for ``"reporting"`` also where any level may not be shown.

    Raises
    ------
    ArgumentError
        If a level, frequency, population, bias or strength is not one, or counts out of K
        are asked about reporting bias.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    References
    ----------
    Ding and VanderWeele (2016), Sensitivity analysis without assumptions, Epidemiology 27,
    368-377, doi 10.1097/EDE.0000000000000457.
    VanderWeele and Ding (2017), doi 10.7326/M16-2607.
    Podsakoff and others (2003), Common method biases in behavioral research, Journal of
    Applied Psychology 88, 879-903, doi 10.1037/0021-9010.88.5.879.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> left = lc.tipping_point(fit, "weekly", "never", population="study", strengths=[2, 4])
    >>> left.summary["contrast"].tolist()[:2]
    ['weekly vs never, confounder of strength 2', 'weekly vs never, confounder of strength 4']
    >>> left.summary["estimand"].tolist()[-1]
    'e_value'
    """
    grid = _checked_strengths(strengths, bias)
    rho = float(np.sqrt(_checked_share(method_share)))
    rule = checked_rule(interval, rule)
    require_fit(fit)
    if bias == "reporting" and fit.model.family.out_of_trials:
        raise ArgumentError(
            "bias='reporting': counts out of K cannot be overstated by a factor. Ask for "
            "bias='confounder'."
        )
    ratio = rate_ratio(
        fit,
        high,
        low,
        population=population,
        frequency=frequency,
        interval=interval,
        rule=rule,
    )
    row = ratio.summary.iloc[0]
    asked = _Asked(bias, grid, str(row["contrast"]), rho)
    shares = None
    if bias == "reporting":
        shares = _spans(fit, high, low, frequency, rule)
    if row["suppressed"] or (bias == "reporting" and shares is None):
        return recorded(_hidden(fit, ratio, asked, interval), rule)
    drawn = ratio.draws["rate_ratio"].to_numpy()
    upwards = bool(np.median(drawn) >= 1)
    if shares is None:
        factor = grid / (2 - 1 / grid)
        left = drawn[..., None] / (factor if upwards else 1 / factor)
        tipping = confounder_strength(drawn if upwards else 1 / drawn)
    else:
        left = drawn[..., None] / overstatement_factor(rho * np.log(grid), shares)
        tipping = np.exp(tipping_overstatement(drawn, shares) / rho)
    return recorded(_laid_out(fit, ratio, asked, (left, tipping, upwards), interval), rule)


@dataclass(frozen=True, slots=True)
class _Asked:
    bias: str
    grid: FloatArray
    contrast: str
    rho: float

    @property
    def contrasts(self) -> list[str]:
        named = {"confounder": "confounder of strength", "reporting": "counts overstated by"}
        rows = [f"{self.contrast}, {named[self.bias]} {strength:g}" for strength in self.grid]
        return [*rows, self.contrast]

    @property
    def tipping(self) -> str:
        return E_VALUE if self.bias == "confounder" else OVERSTATEMENT


def _laid_out(
    fit: Fit,
    ratio: Result,
    asked: _Asked,
    found: tuple[FloatArray, FloatArray, bool],
    interval: float,
) -> Result:
    left, tipping, upwards = found
    row = ratio.summary.iloc[0]
    still = (left > 1) if upwards else (left < 1)
    n_rows = len(asked.grid) + 1
    values = np.concatenate([left, tipping[..., None]], axis=2)
    draws = draws_dataset(fit, {asked.tipping: tipping}, {})
    dims = (labels.CHAIN, labels.DRAW, STRENGTH)
    draws = draws.assign({ADJUSTED_RATIO: (dims, left)}).assign_coords({STRENGTH: asked.grid})
    rows = Rows(
        estimand=[ADJUSTED_RATIO] * len(asked.grid) + [asked.tipping],
        scale=[SCALES[ADJUSTED_RATIO]] * len(asked.grid) + [SCALES[asked.tipping]],
        population=str(row["population"]),
        contrast=asked.contrasts,
        team=[None] * n_rows,
        n_respondents=np.full(n_rows, int(row["n_respondents"])),
        shown=np.ones(n_rows, dtype=bool),
        statement="the rate ratio is still on the side of 1 where its median lies without bias",
        notes=(_words(asked, tipping, interval), *ratio.summary.attrs["notes"]),
    )
    probability = np.append(still.mean(axis=(0, 1)), np.nan)
    return answered(rows, values, probability, interval=interval, draws=draws)


def _hidden(fit: Fit, ratio: Result, asked: _Asked, interval: float) -> Result:
    n_rows = len(asked.grid) + 1
    notes = ratio.summary.attrs["notes"] or (_NOT_SHOWN,)
    rows = Rows(
        estimand=[ADJUSTED_RATIO] * len(asked.grid) + [asked.tipping],
        scale=[SCALES[ADJUSTED_RATIO]] * len(asked.grid) + [SCALES[asked.tipping]],
        population=str(ratio.summary["population"].iloc[0]),
        contrast=asked.contrasts,
        team=[None] * n_rows,
        n_respondents=np.full(n_rows, WITHHELD),
        shown=np.zeros(n_rows, dtype=bool),
        notes=notes,
    )
    shape = fit.draws["posterior"]["intercept"].shape
    return answered(rows, np.empty((*shape, 0)), None, interval=interval, draws=xr.Dataset())


def _words(asked: _Asked, tipping: FloatArray, interval: float) -> str:
    median, near = np.quantile(tipping, [0.5, (1 - interval) / 2])
    if asked.bias == "confounder":
        return (
            "Something that was not asked would have to go together with the frequency answer and "
            f"with the count by a rate ratio of {_told(median)} each, beyond the covariates, to "
            f"leave nothing of the ratio; {_to_reach_one(near, 'its')}."
        )
    if median < 1:
        return (
            "Were there people who answer generously, and so report more of both, this would raise "
            "the ratio: without this bias it would then lie further below 1."
        )
    return (
        "Were nothing left of the ratio but the style of answering, people who answer one standard "
        f"deviation more generously would report {_told(median)} times the count "
        f"({_to_reach_one(near, 'the')}), with {asked.rho**2:.0%} of the variance of the frequency "
        "answer being style."
    )


def _told(factor: float) -> str:
    """Write a factor in so many digits that it is not read as nothing."""
    return f"{factor:.3f}" if 1 <= factor < _NEARLY_ONE else f"{factor:.2g}"


def _to_reach_one(factor: float, whose: str) -> str:
    """Say what brings an interval to 1."""
    if factor <= 1:
        return f"{whose} interval reaches 1 as it is"
    return f"{_told(factor)} would bring {whose} interval to 1"


def _spans(
    fit: Fit, high: object, low: object, frequency: str | None, rule: DisclosureRule
) -> FloatArray | None:
    """Where the two levels begin and end on a standard normal, (2, 2); None if not shown."""
    position = chosen_frequency(fit.coding, frequency)
    if position is None:
        return None
    sizes = level_sizes(fit, level_slices(fit.coding)[position], rule)
    if (sizes == WITHHELD).any():
        return None
    edges = np.concatenate([[0.0], np.cumsum(sizes) / sizes.sum()])
    normal = NormalDist()
    cuts = [normal.inv_cdf(min(max(edge, 1e-12), 1 - 1e-12)) for edge in edges[1:-1]]
    bounds = np.array([-np.inf, *cuts, np.inf])
    places = chosen_levels(fit.coding.frequencies[position], high, low)
    return np.array([[bounds[place], bounds[place + 1]] for place in places])


def _checked_strengths(strengths: object, bias: object) -> FloatArray:
    if bias not in ("confounder", "reporting"):
        raise ArgumentError(f"bias={bias!r}: choose 'confounder' or 'reporting'.")
    if isinstance(strengths, str) or not isinstance(strengths, Sequence | np.ndarray):
        raise ArgumentTypeError(f"strengths={strengths!r}: give a list of numbers, as [1.5, 2, 3].")
    for strength in strengths:
        if not is_number(strength):
            raise ArgumentTypeError(f"strengths: {strength!r} is not a number.")
        if not 1 <= strength <= _STRONGEST:
            raise ArgumentError(
                f"strengths: give numbers from 1 (no bias) to {_STRONGEST}, not {strength}."
            )
    if len(strengths) == 0:
        raise ArgumentError("strengths: give at least one number.")
    return np.array([float(strength) for strength in strengths])


def _checked_share(share: object) -> float:
    if not is_number(share):
        raise ArgumentTypeError(f"method_share={share!r}: give a share between 0 and 1, as 0.25.")
    if not _LEAST_SHARE <= share <= 1:
        raise ArgumentError(f"method_share={share}: give a share from {_LEAST_SHARE} to 1.")
    return float(share)
