"""Randomised quantile residuals: where each answer lies among new counts for the same person."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from learnclimate.checks.bins import lowest_of_option
from learnclimate.checks.verdict import Verdict, judge
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.nested import suppress_hierarchy
from learnclimate.disclosure.rule import DisclosureRule, suppress

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Blocks = Iterator[tuple[IntArray, IntArray]]

#: Numbers of bars, from the most to a single one: the first of which none tells of too few.
#: Each a whole part of the one before it: bars at two minimums, side by side, tell no small one.
_BARS = (20, 10, 5, 1)
_QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
_FEWEST_VALUES = 8


@dataclass(frozen=True, slots=True, repr=False)
class Residuals:
    """
    Where the answers lie among new counts from the model for the same people.

    The probability integral transform (PIT) of an answer is the share of new counts below it,
    with a random part of those equal to it; under a true model it is uniform between 0 and 1,
    and its normal quantile, the randomised quantile residual, is standard normal.

    Attributes
    ----------
    histogram : pandas.DataFrame
        Columns ``lower, upper, n_respondents, expected, band_lower, band_upper``: respondents
        in each twentieth of the PIT, and where 95 % of such numbers lie under a true model;
        in wider bars, all alike, where a twentieth holds fewer than may be shown.
    by_group : pandas.DataFrame
        Columns ``about, group, n_respondents, mean, probability, verdict, hidden``: mean
        residual of those who gave each answer to a frequency or a covariate (a numeric one
        in quarters of those in teams that are shown); 0 under a true model.
    distance : float
        Largest difference between the distribution of the PIT and a uniform one.
    probability : float
        Probability of such a distance under a true model.
    sd : float
        Standard deviation of the residuals; above 1 where answers differ more than expected.
    verdict : str
        Of distance and probability.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> residuals = lc.posterior_predictive(fit, draws=100).residuals
    >>> int(residuals.histogram["n_respondents"].sum()) == fit.provenance.n_respondents
    True
    """

    histogram: pd.DataFrame
    by_group: pd.DataFrame
    distance: float
    probability: float
    sd: float
    verdict: Verdict

    def __repr__(self) -> str:
        """Show the outcome, then the groups."""
        return text_of(self._heading(), {".by_group": self.by_group})

    def _repr_html_(self) -> str:
        return html_of(self._heading(), self.by_group)

    def _heading(self) -> str:
        return (
            f"Residuals: {self.verdict}. Largest distance from a uniform distribution "
            f"{self.distance:.3f} (probability {self.probability:.2g}), sd {self.sd:.2f}."
        )


class Ranks:
    """
    How many new counts lie below each answer, gathered from blocks that pass by.

    Parameters
    ----------
    design : CountDesign
        The respondents and their answers.
    n_draws : int
        Sets of new counts.
    asked : ndarray of shape (n_options,), int, optional
        Lowest count of each answer option that every version of the questionnaire has; the
        blocks are then told so, and answers are ranked as that of their option too.
    """

    def __init__(self, design: CountDesign, n_draws: int, *, asked: IntArray | None = None) -> None:
        self._design = design
        self._n_draws = n_draws
        self._answers = design.outcome if asked is None else lowest_of_option(design.outcome, asked)
        self._seen = 0
        self.row: IntArray = np.zeros(design.n_respondents, dtype=np.int64)
        self.below: IntArray = np.zeros(design.n_respondents, dtype=np.int64)
        self.equal: IntArray = np.zeros(design.n_respondents, dtype=np.int64)

    def watching(self, blocks: Blocks) -> Blocks:
        """
        Pass blocks on, ranking the answers among them.

        Parameters
        ----------
        blocks : iterator of (rows, counts)
            Blocks of new counts, shape (n_draws, n_chosen).

        Yields
        ------
        rows, counts : ndarray
            The same blocks.
        """
        for rows, counts in blocks:
            place = slice(self._seen, self._seen + len(rows))
            answers = self._answers[rows]
            self.row[place] = rows
            self.below[place] = (counts < answers).sum(axis=0)
            self.equal[place] = (counts == answers).sum(axis=0)
            self._seen += len(rows)
            yield rows, counts

    def transform(self, rng: np.random.Generator) -> FloatArray:
        """
        Give the PIT of every respondent.

        Parameters
        ----------
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        ndarray of shape (n_respondents,)
            Between 0 and 1; exactly uniform where answer and new counts are exchangeable.
        """
        within = rng.random(len(self.below)) * (self.equal + 1)
        return np.asarray((self.below + within) / (self._n_draws + 1))


def residuals_of(
    design: CountDesign, ranks: Ranks, rng: np.random.Generator, rule: DisclosureRule
) -> Residuals:
    """
    Judge the residuals of all respondents.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    ranks : Ranks
        Where their answers lie.
    rng : numpy.random.Generator
        Random numbers.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    Residuals
        Histogram, means by group and a verdict.

    References
    ----------
    Dunn and Smyth (1996), doi 10.1080/10618600.1996.10474708.
    Czado, Gneiting and Held (2009), doi 10.1111/j.1541-0420.2009.01191.x.
    """
    transform = ranks.transform(rng)
    residual = special.ndtri(np.clip(transform, 1e-9, 1 - 1e-9))
    tested = stats.kstest(transform, "uniform")
    distance, probability = float(tested.statistic), float(tested.pvalue)
    return Residuals(
        histogram=_histogram(transform, rule),
        by_group=_by_group(design, ranks.row, residual, rule),
        distance=distance,
        probability=probability,
        sd=float(residual.std()),
        verdict=judge(probability, distance),
    )


def _histogram(transform: FloatArray, rule: DisclosureRule) -> pd.DataFrame:
    for n_bars in _BARS:
        edges = np.linspace(0, 1, n_bars + 1)
        held = np.histogram(transform, edges)[0]
        if held.min() >= rule.minimum:
            break
    lower, upper = stats.binom(len(transform), 1 / n_bars).interval(0.95)
    return pd.DataFrame(
        {
            "lower": edges[:-1],
            "upper": edges[1:],
            "n_respondents": held,
            "expected": len(transform) / n_bars,
            "band_lower": lower,
            "band_upper": upper,
        }
    )


def _by_group(
    design: CountDesign, row: IntArray, residual: FloatArray, rule: DisclosureRule
) -> pd.DataFrame:
    found: list[dict[str, object]] = []
    for about, labels, group in _groupings(design, rule):
        own = group[row]
        own, values = own[own >= 0], residual[own >= 0]
        people = np.bincount(own, minlength=len(labels))
        # As in the description of the survey: levels have an order of their own.
        has_order = about in design.coding.frequency_names
        hidden = people == 0
        hidden |= (
            suppress_blocks(people, rule) if has_order else suppress(people, rule, order=labels)
        )
        hidden |= np.isin(labels, _departments_hidden(design, labels, rule))
        means = np.bincount(own, values, len(labels)) / np.maximum(people, 1)
        for place, label in enumerate(labels):
            found.append(
                {"about": about, "group": label, "hidden": bool(hidden[place])}
                | _judged(float(means[place]), int(people[place]), bool(hidden[place]))
            )
    columns = ["about", "group", "n_respondents", "mean", "probability", "verdict", "hidden"]
    table = pd.DataFrame(found, columns=columns).astype({"n_respondents": "Int64"})
    shown = (~table["hidden"]).sum()
    table["verdict"] = [
        "not applicable" if hidden else judge(probability * shown, abs(mean) / 2)
        for mean, probability, hidden in zip(
            table["mean"], table["probability"], table["hidden"], strict=True
        )
    ]
    return table


def _departments_hidden(
    design: CountDesign, labels: tuple[str, ...], rule: DisclosureRule
) -> list[str]:
    """Name the departments that may not be told of, where these are the groups."""
    if design.departments is None or set(labels) != set(design.department_names):
        return []
    departments = design.departments.astype(str)
    if design.hidden_from is not None:
        # More than need be: of which departments nothing may be told hangs on their names.
        return [str(name) for name in departments[hidden_teams_of(design, rule)]]
    sizes, teams = design.team_sizes, design.teams
    _, hidden = suppress_hierarchy(sizes, departments, rule, order=teams)
    return [str(name) for name in departments[hidden]]


def _judged(mean: float, people: int, hidden: bool) -> dict[str, object]:
    if hidden:
        return {"n_respondents": None, "mean": np.nan, "probability": np.nan}
    probability = float(2 * special.ndtr(-abs(mean) * np.sqrt(people)))
    return {"n_respondents": people, "mean": mean, "probability": probability}


def _groupings(
    design: CountDesign, rule: DisclosureRule
) -> Iterator[tuple[str, tuple[str, ...], IntArray]]:
    """Give what respondents may be grouped by: name, labels, and each row's group (-1: none)."""
    for position, frequency in enumerate(design.coding.frequencies):
        yield frequency.name, frequency.levels, design.frequency_level[:, position]
    column = 0
    for covariate in design.coding.covariates:
        own = design.covariates[:, column : column + len(covariate.labels)]
        column += len(covariate.labels)
        if covariate.categories:
            others = own @ np.arange(1, own.shape[1] + 1)
            yield covariate.name, covariate.categories, np.rint(others).astype(np.int64)
        elif len(np.unique(own)) >= _FEWEST_VALUES:
            # How old a team is, say, everybody knows: with all teams in them, quarters are whole
            # teams, and their sizes less those of the shown ones are those of the hidden ones.
            shown = ~hidden_teams_of(design, rule)[design.team]
            if shown.any():
                edges = np.quantile(own[shown, 0], [0.25, 0.5, 0.75])
                group = np.where(shown, np.searchsorted(edges, own[:, 0]), -1)
                yield covariate.name, _QUARTERS, group
