"""`influence`: how far single teams and single respondents move the rate ratio."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.left_out import (
    integration_obstacle,
    part_densities,
    refitted_draws,
    respondents_as_parts,
    teams_as_parts,
)
from learnclimate.checks.respondents import checked_refits, chosen_draws, respondents_of
from learnclimate.checks.smoothing import khat_limit, smoothed_rows
from learnclimate.checks.team_blocks import team_blocks
from learnclimate.checks.verdict import Check, Verdict, worst
from learnclimate.core.errors import ArgumentError, FitError, nearest
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule, suppress_neighbours
from learnclimate.estimands.arguments import checked_rule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.progress import working
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Draws = Mapping[str, FloatArray]

_DRAWS = 4000
_BLOCK = 2_000_000
#: Posterior standard deviations by which one team, or one respondent, may move the answer.
_SLIGHT, _GRAVE = 0.5, 1.0
_NOTED = 0.2
#: Probabilities of such a shift by chance below which it is told. Smaller than usual, as counts
#: have longer tails than the normal distribution that chance is taken to have.
_RARE, _IMPROBABLE = 0.01, 0.001


@dataclass(frozen=True, slots=True, repr=False)
class Influence:
    """
    How far the rate ratio moves where one team, or one respondent, is left out.

    Attributes
    ----------
    frequency : str
        Whose rate ratio, highest against lowest level.
    rate_ratio : float
        With everybody: the exponential of the posterior mean of its logarithm.
    teams : pandas.DataFrame
        Columns ``team, n_respondents, rate_ratio, shift, khat, hidden``: the rate ratio
        without each team, and by how many posterior standard deviations its logarithm moves;
        the most influential first. Teams that may not be shown have no figures.
    largest_hidden : float
        The largest shift, in absolute value, by a team that may not be shown, to two decimals;
        not a number where all may be.
    respondents : pandas.DataFrame
        Columns ``shift above, n_respondents``: how many respondents move it by more than so
        much; missing where few do. Nobody is named.
    largest_respondent : float
        The largest shift by one respondent, in absolute value, to two decimals.
    n_doubtful : int
        Teams and respondents whose weights cannot be trusted.
    obstacle : str
        Why no team could be left out; empty where they could.
    n_refitted : int
        Teams without which the model was fitted anew, since their weights could not be trusted.
    beyond_chance : {"good", "doubtful", "bad"}
        Doubtful where a shift is half a standard deviation or more, and, among as many teams or
        respondents, would be so large by chance with a probability below 1 %; bad where it is
        a standard deviation or more, and that probability below 0.1 %.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.influence(fit, progress=False).verdict
    'good'
    """

    frequency: str
    rate_ratio: float
    teams: pd.DataFrame
    largest_hidden: float
    respondents: pd.DataFrame
    largest_respondent: float
    n_doubtful: int
    obstacle: str = ""
    n_refitted: int = 0
    beyond_chance: Verdict = "good"
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Good where no team or respondent moves the answer far, and further than by chance."""
        if self.teams.empty:
            return "not applicable"
        if self.beyond_chance != "good":
            return self.beyond_chance
        if self.n_doubtful:
            return "doubtful"
        return "not applicable" if self.obstacle else "good"

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        if self.teams.empty:
            return "There is no frequency whose rate ratio could move."
        told = [f"The rate ratio of {self.frequency} is {self.rate_ratio:.2f} with everybody."]
        shown = self.teams.dropna(subset=["shift"])
        if self.obstacle:
            told.append(f"No team could be left out: {self.obstacle}.")
        if len(shown):
            first = shown.iloc[0]
            told.append(
                f"Without team {first['team']!r}, which moves it most, it is "
                f"{first['rate_ratio']:.2f} ({abs(first['shift']):.2f} of its standard deviation)."
            )
        if self.largest_hidden >= _SLIGHT:
            told.append(
                f"A team that may not be shown moves it by {self.largest_hidden:.2f} of that."
            )
        told.append(f"No respondent moves it by more than {self.largest_respondent:.2f} of that.")
        largest = [self.teams["shift"].abs().max(), self.largest_hidden, self.largest_respondent]
        if self.beyond_chance != "good":
            told.append("Under this model chance would hardly move it so far.")
        elif np.nanmax(largest) >= _SLIGHT:
            told.append(
                "With so few teams or respondents chance alone moves it so far, under a true model."
            )
        if self.n_refitted:
            many = f"{self.n_refitted} team{'s' * (self.n_refitted != 1)}"
            told.append(f"The model was fitted anew without {many}.")
        if self.n_doubtful:
            many = f"{self.n_doubtful} teams or respondents" if self.n_doubtful > 1 else "one"
            told.append(
                f"For {many} the shift is rough: weights cannot be trusted, and no refit stands in."
            )
        return " ".join(filter(None, [*told, self.note]))

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        values = {"respondent": self.largest_respondent, "n_doubtful": float(self.n_doubtful)}
        shown = self.teams["shift"].abs().max() if len(self.teams) else np.nan
        return Check("influence", self.verdict, self.words, values | {"team": float(shown)})

    def __str__(self) -> str:
        """Give words and the most influential teams."""
        return text_of(str(self.check), {".teams": self.teams})

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(str(self.check), self.teams)


def influence(
    fit: Fit,
    *,
    frequency: str | None = None,
    survey: Survey | None = None,
    rule: DisclosureRule | None = None,
    refits: int = 5,
    progress: bool = True,
) -> Influence:
    """
    Find out whether the rate ratio rests on a single team or a single respondent.

    Importance weights take one team, or one respondent, out of the posterior at a time; the
    model is fitted anew without the teams whose weights can be trusted least. Each shift is
    held against what chance makes of it under a true model, where its standard deviation is
    ``sqrt(variance without the part / variance with it - 1)``, or at least ``1 / sqrt(parts)``:
    among few teams, one that moves the answer by half its standard deviation is usual. A refit
    is given up where importance sampling does not reach its posterior (NUTS would take a minute
    a team): the team then keeps its weights, and is counted among the doubtful. Respondents
    are never named, and teams below the disclosure threshold are not shown.

    Parameters
    ----------
    fit : Fit
        A fit.
    frequency : str, optional
        Whose rate ratio; the first frequency where left out.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file without
        respondents.
    rule : DisclosureRule, optional
        Which teams are too small to show.
    refits : int, default 5
        The most teams without which the model is fitted anew; 0 for none.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    Influence
        Teams by how far they move the rate ratio, and how far respondents do.

    Raises
    ------
    FitError
        If the fit holds no respondents and no survey is given, or another survey.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Bradlow and Zaslavsky (1997), doi 10.1080/10618600.1997.10474746.
    Hausman (1978), doi 10.2307/1913827, for the variance of such a difference.
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> moved = lc.influence(fit, progress=False)
    >>> list(moved.teams.columns)
    ['team', 'n_respondents', 'rate_ratio', 'shift', 'khat', 'hidden']
    """
    design = respondents_of(fit, survey)
    rule = checked_rule(0.9, rule)
    names = design.coding.frequency_names
    if frequency is not None and frequency not in names:
        raise ArgumentError(f"frequency={frequency!r}: {nearest(frequency, names)}")
    if not names:
        return _nothing()
    place = names.index(frequency) if frequency is not None else 0
    most = checked_refits(refits)
    with working("Leaving teams and respondents out", shown=progress):
        chosen = chosen_draws(fit, _DRAWS, design, teams=False)
        effect = chosen["frequency_effect"][:, place]
        teams = _team_shifts(fit, design, chosen, (place, most))
        people = _respondent_shifts(fit, design, chosen, effect)
    found = _assembled(design, names[place], effect, (teams, people), rule)
    obstacle = integration_obstacle(fit, design) or ""
    return replace(
        found, obstacle=obstacle, n_refitted=int(np.isnan(teams.khat).sum()) * (not obstacle)
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    """Mean log rate ratio without each part, its shift and the spread of that by chance, and k."""

    mean: FloatArray
    shift: FloatArray
    by_chance: FloatArray
    khat: FloatArray

    @classmethod
    def of(
        cls, effect: FloatArray, moments: tuple[FloatArray, FloatArray], khat: FloatArray, n: float
    ) -> "_Moved":
        """Hold means and variances without each of `n` parts against those with all."""
        mean, variance = moments
        # Under a true model, what a part adds to the mean has the variance that it takes away.
        spread = np.sqrt(np.maximum(variance / effect.var() - 1, 1 / n))
        return cls(mean, (mean - effect.mean()) / effect.std(), spread, khat)

    def judged(self, n: float) -> Verdict:
        """Judge the shifts, each as one of `n`."""
        shift = np.abs(self.shift)
        probability = 2 * n * special.ndtr(-shift / self.by_chance)
        if ((shift >= _GRAVE) & (probability < _IMPROBABLE)).any():
            return "bad"
        slight = (shift >= _SLIGHT) & (probability < _RARE)
        return "doubtful" if slight.any() else "good"


def _moments(log_weight: FloatArray, effect: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and variance of the effect, for each row of weights."""
    weight, centred = np.exp(log_weight), effect - effect.mean()
    mean = weight @ centred
    return mean + effect.mean(), weight @ centred**2 - mean**2


def _team_shifts(fit: Fit, design: CountDesign, draws: Draws, what: tuple[int, int]) -> _Moved:
    """Leave each team out by weights, and without the worst few fit anew."""
    place, most = what
    effect = draws["frequency_effect"][:, place]
    parts = teams_as_parts(design)
    mean, variance, khat = (np.full(len(parts), np.nan) for _ in range(3))
    if integration_obstacle(fit, design) is None:
        size = max(1, _BLOCK // len(effect))
        for first in range(0, len(parts), size):
            some = slice(first, first + size)
            log_weight, khat[some] = smoothed_rows(-part_densities(fit, design, parts[some], draws))
            mean[some], variance[some] = _moments(log_weight, effect)
        rough = np.argsort(-khat, kind="stable")[:most]
        for team in rough[khat[rough] > khat_limit(len(effect))]:
            try:
                anew = refitted_draws(fit, design, parts[team], seed=0, by_nuts=False)
            except FitError:
                # The team keeps its weights, and is told to be doubtful.
                continue
            theirs, khat[team] = anew["frequency_effect"][:, place], np.nan
            mean[team], variance[team] = theirs.mean(), theirs.var()
    return _Moved.of(effect, (mean, variance), khat, len(parts))


def _respondent_shifts(fit: Fit, design: CountDesign, draws: Draws, effect: FloatArray) -> _Moved:
    mean, variance, khat = (np.empty(design.n_rows) for _ in range(3))
    size = max(1, _BLOCK // len(effect))
    for block in team_blocks(fit, len(effect), design):
        for first in range(0, block.design.n_rows, size):
            rows = np.arange(first, min(first + size, block.design.n_rows))
            log_density = log_density_of_rows(
                block.draws, block.design, fit.model.family, rows, setting=block.setting
            )
            log_weight, khat[block.rows[rows]] = smoothed_rows(-log_density.T)
            mean[block.rows[rows]], variance[block.rows[rows]] = _moments(log_weight, effect)
    rough = np.flatnonzero(khat > khat_limit(len(effect)))
    if design.coding.team_effects and integration_obstacle(fit, design) is None:
        # With the effects of their team integrated out their weights are far milder.
        for first in range(0, len(rough), size):
            rows = rough[first : first + size]
            parts = respondents_as_parts(design, rows)
            log_weight, khat[rows] = smoothed_rows(-part_densities(fit, design, parts, draws))
            mean[rows], variance[rows] = _moments(log_weight, effect)
    return _Moved.of(effect, (mean, variance), khat, design.n_respondents)


def _assembled(
    design: CountDesign,
    frequency: str,
    effect: FloatArray,
    moved: tuple[_Moved, _Moved],
    rule: DisclosureRule,
) -> Influence:
    teams, people = moved
    hidden = hidden_teams_of(design, rule)
    table = pd.DataFrame(
        {
            "team": design.teams,
            "n_respondents": pd.array(design.answered_sizes, dtype="Int64"),
            "rate_ratio": np.exp(teams.mean),
            "shift": teams.shift,
            "khat": teams.khat,
            "hidden": hidden,
        }
    )
    table.loc[hidden, ["n_respondents", "rate_ratio", "shift", "khat"]] = np.nan
    order = table["shift"].abs().sort_values(ascending=False, kind="stable").index
    limit = khat_limit(len(effect))
    shifts = np.abs(people.shift)
    times = design.multiplicity
    counted = [int(times[shifts > bound].sum()) for bound in (_NOTED, _SLIGHT, _GRAVE)]
    told = _told_numbers(counted, design.n_respondents, rule)
    respondents = {
        "shift above": [_NOTED, _SLIGHT, _GRAVE],
        "n_respondents": pd.array(told, dtype="Int64"),
    }
    unseen = np.abs(teams.shift[hidden])
    return Influence(
        frequency=frequency,
        rate_ratio=float(np.exp(effect.mean())),
        teams=table.loc[order].reset_index(drop=True),
        # Of a hidden team, and of one person, no more is told than the words do.
        largest_hidden=round(float(unseen.max()), 2) if len(unseen) else np.nan,
        respondents=pd.DataFrame(respondents),
        largest_respondent=round(float(shifts.max()), 2),
        n_doubtful=int((teams.khat > limit).sum() + times[people.khat > limit].sum()),
        beyond_chance=worst([teams.judged(design.n_teams), people.judged(design.n_respondents)]),
        note=lowered(rule),
    )


def _told_numbers(counted: list[int], n: int, rule: DisclosureRule) -> list[int | None]:
    """Hide numbers beyond rising bounds that are few, or few less than another, or than all."""
    between = -np.diff([n, *counted, 0])
    hidden = suppress_neighbours(between, rule)
    apart = ~hidden[:-1] | ~hidden[1:]
    return [number if told else None for number, told in zip(counted, apart, strict=True)]


def _nothing() -> Influence:
    columns = ["team", "n_respondents", "rate_ratio", "shift", "khat", "hidden"]
    none = pd.DataFrame({"shift above": [], "n_respondents": []})
    return Influence("", np.nan, pd.DataFrame(columns=columns), np.nan, none, np.nan, 0)
