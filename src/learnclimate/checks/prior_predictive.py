"""`prior_predictive`: what the priors alone say about counts, before any answer is seen."""

from dataclasses import dataclass, replace
from typing import cast, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.bins import told_bins, zeros_told
from learnclimate.checks.comparison import is_far
from learnclimate.checks.kinds_predictive import KindsPredictive, kinds_prior_predictive
from learnclimate.checks.predictive_tables import (
    compare_teams,
    level_table,
    rootogram_table,
    statistics_table,
)
from learnclimate.checks.replicates import (
    Tally,
    joined,
    observed_counts,
    replicated_counts,
    tally,
)
from learnclimate.checks.respondents import checked_draws
from learnclimate.checks.team_blocks import whole_block
from learnclimate.checks.team_counts import (
    TeamSums,
    draws_in_memory,
)
from learnclimate.checks.told_sums import how_many_highest, steps_of_statistics
from learnclimate.checks.verdict import Check, Verdict
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.core.intervals import interval_bounds
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import ResolvedPriors, resolve_priors
from learnclimate.counts.prior_draws import prior_draws
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import check_seed, checked_rule
from learnclimate.inference.private_seed import answers_of
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_MOST_DRAWS = 20_000
#: Numbers that a draw holds for each team while counts are drawn: effects, and what makes them.
_NUMBERS_A_TEAM = 8
_OFTEN = 0.1
_CONFLICT = 0.01
_RARE = 0.05
#: Statistics on which prior and answers can be in conflict, rather than merely vague.
_TOLD = ("mean", "dispersion", "share of zeros", "team share")


@dataclass(frozen=True, slots=True, repr=False)
class PriorPredictive:
    """
    Counts that the priors alone let one expect of the same respondents.

    Attributes
    ----------
    statistics : pandas.DataFrame
        Columns ``statistic, observed, median, lower, upper, probability, verdict, hidden``, as
        in `PosteriorPredictive`: the answers beside what the priors expect.
    rootogram : pandas.DataFrame
        As in `PosteriorPredictive`, expected by the priors.
    level_means, team_means : pandas.DataFrame
        As in `PosteriorPredictive`: mean counts of those who gave each answer, and of each
        team, beside what the priors expect.
    rate_ratios : pandas.DataFrame
        Columns ``frequency, median, lower, upper``: the rate ratio of the highest against the
        lowest level that the priors expect.
    far : float
        Share of data sets whose mean count is more than a thousand times that of the answers,
        or less than a thousandth.
    interval : float
        Probability between ``lower`` and ``upper``.
    draws : int
        Draws from the priors.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> lc.prior_predictive(lc.CountModel(), survey).verdict
    'good'
    """

    statistics: pd.DataFrame
    rootogram: pd.DataFrame
    level_means: pd.DataFrame
    team_means: pd.DataFrame
    rate_ratios: pd.DataFrame
    far: float
    interval: float
    draws: int
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Bad where the answers contradict the priors, doubtful where these allow anything."""
        lowest = self._probabilities.min()
        if lowest < _CONFLICT:
            return "bad"
        return "doubtful" if lowest < _RARE or self.far > _OFTEN else "good"

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        return f"{self._found()} {self.note}".rstrip()

    def _found(self) -> str:
        found = self._probabilities
        off = [str(name) for name, probability in found.items() if probability < _RARE]
        mean = self.statistics.set_index("statistic").loc["mean"]
        ends = [_rough(mean[end]) for end in ("lower", "upper")]
        told = (
            f"Before any answer, the priors expect a mean count of {ends[0]} to {ends[1]} "
            f"({self.interval:.0%} of data sets)."
        )
        if off:
            return (
                f"{told} The answers lie far out in what they expect of: {', '.join(off)}. Look at "
                "model.priors_for(survey), and widen or move the prior that says so."
            )
        if self.far > _OFTEN:
            return (
                f"{told} {self.far:.0%} of data sets have a mean a thousand times that of the "
                "answers, or a thousandth: the priors allow what no study finds. Narrow that of "
                "the intercept, the frequency or the team sd."
            )
        return f"{told} The answers lie within what they expect."

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        values = {f"probability[{name}]": float(p) for name, p in self._probabilities.items()}
        return Check("prior predictive", self.verdict, self.words, values | {"far": self.far})

    @property
    def _probabilities(self) -> pd.Series:
        table = self.statistics.set_index("statistic")
        told = table.loc[[name for name in _TOLD if name in table.index]]
        return told.loc[~told["hidden"].astype(bool), "probability"].astype(float)

    def __str__(self) -> str:
        """Give words and tables."""
        names = ("statistics", "level_means", "rate_ratios")
        return text_of(str(self.check), {f".{name}": getattr(self, name) for name in names})

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(str(self.check), self.statistics, self.level_means, self.rate_ratios)


@overload
def prior_predictive(
    model: CountModel,
    survey: Survey,
    *,
    draws: int = ...,
    seed: int = ...,
    interval: float = ...,
    rule: DisclosureRule | None = ...,
) -> PriorPredictive: ...
@overload
def prior_predictive(
    model: KindsModel,
    survey: Survey,
    *,
    draws: int = ...,
    seed: int = ...,
    interval: float = ...,
    rule: DisclosureRule | None = ...,
) -> KindsPredictive: ...
def prior_predictive(
    model: CountModel | KindsModel,
    survey: Survey,
    *,
    draws: int = 1000,
    seed: int = 0,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> PriorPredictive | KindsPredictive:
    """
    Compare the answers with counts drawn from the priors alone, for the same respondents.

    Nothing is fitted. Priors should let one expect answers like those of any such study; they
    should neither contradict them nor allow what no study finds.

    Parameters
    ----------
    model : CountModel or KindsModel
        The declaration, with its priors.
    survey : Survey
        The answers.
    draws : int, default 1000
        Draws from the priors.
    seed : int, default 0
        Seed.
    interval : float, default 0.9
        Probability of the equal-tailed intervals.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    PriorPredictive or KindsPredictive
        Statistics, rootogram, means by level and by team, and rate ratios that the priors
        expect, with a verdict; of several kinds, statistics of each, of the total, and of how
        kinds go together, and means by level and by team. Where teams are very many, draws are
        taken in turn, and means by team rest on as many of them as fit in 160 MB.

    Raises
    ------
    ModelError
        If model and survey contradict each other.
    FitError
        If there are fewer respondents than may be shown.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Gabry, Simpson, Vehtari, Betancourt and Gelman (2019), doi 10.1111/rssa.12378.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> certain = lc.CountModel(priors=lc.Priors(intercept=lc.Normal(5, 0.1)))
    >>> lc.prior_predictive(certain, survey, draws=200).verdict
    'bad'
    """
    if not isinstance(model, CountModel | KindsModel) or not isinstance(survey, Survey):
        raise ArgumentTypeError(
            "prior_predictive(model, survey): give a declared model, as CountModel(), and a "
            f"survey; not {type(model).__name__} and {type(survey).__name__}."
        )
    rule = checked_rule(interval, rule)
    check_seed(seed)
    n_draws = checked_draws(draws)
    if n_draws > _MOST_DRAWS:
        raise ArgumentError(f"draws={draws}: give at most {_MOST_DRAWS}; 1000 are enough.")
    if isinstance(model, KindsModel):
        return kinds_prior_predictive(
            model, survey, draws=n_draws, seed=seed, interval=interval, rule=rule
        )
    design = model.design(survey)
    if design.n_respondents < rule.minimum:
        raise FitError(f"Fewer than {rule.minimum} respondents: nothing can be shown about them.")
    rng = np.random.default_rng(private_seed(seed, *answers_of(design)))
    # Of those who answered the frequency, as in every comparison with answers.
    answered = replace(design, unknown=None)
    starts, asked = told_bins(survey.codebook.asked, answered, rule)
    own_teams = TeamSums(answered, 1)
    answers = own_teams.watching(observed_counts(answered, asked=asked))
    n_highest = how_many_highest(answered.n_respondents, rule)
    observed = tally(answers, answered, starts, n_highest)
    hidden = hidden_teams_of(answered, rule)
    observed.statistics["team share"] = own_teams.share_between(hidden)
    source = _Source(model, design, resolve_priors(model.priors, design), asked)
    expected, teams, effects = _expected(source, (n_draws, rng), starts, rule)
    own_mean = float(observed.statistics["mean"][0])
    return PriorPredictive(
        statistics=statistics_table(
            (observed, expected),
            interval,
            rule,
            zeros=zeros_told(survey.codebook.asked, asked),
            steps=steps_of_statistics(answered, rule),
        ),
        rootogram=rootogram_table(starts, observed.in_bins[0], expected.in_bins, interval),
        level_means=level_table(answered, observed, expected, interval, rule),
        team_means=compare_teams(answered, own_teams, teams, interval, rule),
        rate_ratios=_rate_ratios(effects, design, interval),
        far=float(is_far(own_mean, expected.statistics["mean"]).mean()),
        interval=interval,
        draws=n_draws,
        note=lowered(rule),
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """What counts are drawn from: a model, respondents, priors, and the options they had."""

    model: CountModel
    design: CountDesign
    priors: ResolvedPriors
    asked: npt.NDArray[np.int64] | None


def _expected(
    source: _Source,
    wanted: tuple[int, np.random.Generator],
    starts: npt.NDArray[np.int64],
    rule: DisclosureRule,
) -> tuple[Tally, TeamSums, FloatArray | None]:
    """Draw from the priors, as many at a time as fit in memory, and add the counts up."""
    n_draws, rng = wanted
    design = replace(source.design, unknown=None)
    hidden, n_highest = hidden_teams_of(design, rule), how_many_highest(design.n_respondents, rule)
    most = max(1, draws_in_memory(design) // _NUMBERS_A_TEAM)
    tallies, effects, teams = [], [], None
    for start in range(0, n_draws, most):
        n_here = min(most, n_draws - start)
        drawn = prior_draws(source.model.family, source.design, source.priors, n_here, rng)
        some = TeamSums(design, n_here)
        with np.errstate(over="ignore"):
            block = whole_block(design, drawn)
            blocks = replicated_counts([block], source.model.family, rng, asked=source.asked)
            tallies.append(tally(some.watching(blocks), design, starts, n_highest))
        tallies[-1].statistics["team share"] = some.share_between(hidden)
        teams = some if teams is None else teams.extended(some)
        if "frequency_effect" in drawn:
            effects.append(drawn["frequency_effect"])
    whole = joined(tallies)
    return whole, cast("TeamSums", teams), np.concatenate(effects) if effects else None


def _rate_ratios(effects: FloatArray | None, design: CountDesign, interval: float) -> pd.DataFrame:
    columns = ["frequency", "median", "lower", "upper"]
    if effects is None:
        return pd.DataFrame(columns=columns)
    with np.errstate(over="ignore"):
        ratios = np.exp(effects)
    lower, upper = interval_bounds(ratios, interval)
    names = design.coding.frequency_names
    rows = list(zip(names, np.median(ratios, axis=0), lower, upper, strict=True))
    return pd.DataFrame(rows, columns=columns)


def _rough(count: object) -> str:
    """Write a count to two digits, in words that people read: 420 rather than 4.2e+02."""
    return f"{float(f'{float(str(count)):.2g}'):,.12g}"
