"""Posterior predictive checks: whether new counts from the model look like the answers."""

from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.bins import AT_LOWEST, told_bins, zeros_told
from learnclimate.checks.comparison import (
    told_apart,
)
from learnclimate.checks.kinds_predictive import KindsPredictive, kinds_predictive
from learnclimate.checks.predictive_tables import (
    compare_teams,
    level_table,
    rootogram_table,
    statistics_table,
)
from learnclimate.checks.replicates import observed_counts, replicated_counts, tally
from learnclimate.checks.residuals import Ranks, Residuals, residuals_of
from learnclimate.checks.respondents import checked_draws, respondents_of, spread_evenly
from learnclimate.checks.team_blocks import team_blocks
from learnclimate.checks.team_counts import TeamSums
from learnclimate.checks.told_sums import how_many_highest, steps_of_statistics
from learnclimate.checks.verdict import Check, Verdict, worst
from learnclimate.core.errors import FitError
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import check_seed, checked_rule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.private_seed import answers_of
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class PosteriorPredictive:
    """
    Answers compared with new counts drawn from the model for the same respondents.

    Attributes
    ----------
    statistics : pandas.DataFrame
        Columns ``statistic, observed, median, lower, upper, probability, verdict,
        hidden``; one row each for ``mean``, ``dispersion`` (variance over mean), ``share
        of zeros``, ``highest counts`` (mean of the five highest, at a raised minimum of ten,
        twenty and so on; a single maximum would be one person's answer), ``team share``
        (share of the variance of the counts that lies between teams) and ``distribution``
        (share of respondents counted in another bin than expected).
        ``median``, ``lower`` and ``upper`` are of the replicates; ``probability`` is the
        two-sided posterior predictive probability (one-sided for ``distribution``, whose
        interval runs from 0).
    rootogram : pandas.DataFrame
        Columns ``counts, first, last, observed, expected, lower, upper``: respondents
        per bin of counts. Each bin holds at least the smallest group that may be shown;
        the last is open and ``last`` is missing. Answer options have a bin each, but those that
        `Survey.describe` hides side by side share one.
    level_means : pandas.DataFrame
        Columns ``frequency, level, n_respondents, observed, median, lower, upper,
        probability, verdict, hidden``: mean count of those who gave each answer.
    team_means : pandas.DataFrame
        Columns ``team, n_respondents, observed, median, lower, upper, probability, verdict,
        hidden``: mean count of each team; teams that are too small to show have no figures.
        Where a team or a level is hidden, observed means of the others come in steps.
    residuals : Residuals
        Where each answer lies among new counts for the same person, over all and by group.
    interval : float
        Probability between ``lower`` and ``upper``.
    draws : int
        Posterior draws used.
    of_options : bool
        Whether answers are options that stand for several counts: every figure then takes each
        as the lowest count of its option, and is no mean or maximum of activities.
    team_draws : int
        Of these, spread evenly over all of them and so over the chains, the draws that
        `team_means` and the team share rest on: fewer where teams are very many.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> predictive = lc.posterior_predictive(fit, draws=100)
    >>> predictive.level_means["level"].tolist()
    ['never', 'yearly', 'quarterly', 'monthly', 'weekly']
    >>> int(predictive.rootogram["observed"].sum()) == fit.provenance.n_respondents
    True
    """

    statistics: pd.DataFrame
    rootogram: pd.DataFrame
    level_means: pd.DataFrame
    team_means: pd.DataFrame
    residuals: Residuals
    interval: float
    draws: int
    team_draws: int
    of_options: bool = False
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all comparisons but those of single teams."""
        return worst(self._verdicts.values())

    @property
    def words(self) -> str:
        """The outcome in a sentence or two."""
        found = self._verdicts
        told = told_apart(list(found), list(found.values()), self.draws, "the model")
        return " ".join(filter(None, [told, AT_LOWEST * self.of_options, self.note]))

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        pairs = zip(self.statistics["statistic"], self.statistics["probability"], strict=True)
        values = {f"probability[{name}]": float(p) for name, p in pairs if np.isfinite(p)}
        return Check("posterior predictive", self.verdict, self.words, values)

    @property
    def _verdicts(self) -> dict[str, Verdict]:
        levels = self.level_means
        found: dict[str, Verdict] = dict(
            zip(self.statistics["statistic"], self.statistics["verdict"], strict=True)
        )
        named = (levels["frequency"] + ": " + levels["level"]).tolist()
        found |= dict(zip([f"mean at {one}" for one in named], levels["verdict"], strict=True))
        of_groups = worst(self.residuals.by_group["verdict"])
        return {**found, "residuals": self.residuals.verdict, "residuals by group": of_groups}

    def __str__(self) -> str:
        """Lay the tables out as text."""
        tables = {".statistics": self.statistics, ".level_means": self.level_means}
        return text_of(f"{self.check}\n{self._caption()}", tables)

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(f"{self.check} {self._caption()}", self.statistics, self.level_means)

    def _caption(self) -> str:
        fewer = self.team_draws < self.draws
        rest = f"; team figures rest on {self.team_draws} of these, spread evenly" if fewer else ""
        return (
            f"Answers against {self.draws} sets of new counts from the model "
            f"(lower, upper: {self.interval:.0%} of the sets{rest})"
        )


@overload
def posterior_predictive(
    fit: Fit,
    *,
    survey: Survey | None = ...,
    draws: int = ...,
    seed: int = ...,
    interval: float = ...,
    rule: DisclosureRule | None = ...,
) -> PosteriorPredictive: ...
@overload
def posterior_predictive(
    fit: KindsFit,
    *,
    survey: Survey | None = ...,
    draws: int = ...,
    seed: int = ...,
    interval: float = ...,
    rule: DisclosureRule | None = ...,
) -> KindsPredictive: ...
def posterior_predictive(
    fit: Fit | KindsFit,
    *,
    survey: Survey | None = None,
    draws: int = 400,
    seed: int = 0,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> PosteriorPredictive | KindsPredictive:
    """
    Compare the answers with new counts from the model for the same respondents.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fit.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file without
        respondents.
    draws : int, default 400
        Posterior draws used, spread evenly; all where the fit has fewer. Memory does not grow
        with draws times respondents: where teams are very many they are taken in turn, and
        means by team rest on as many of the draws as fit in 160 MB, spread evenly (1,000 for
        20,000 teams); ``team_draws`` tells how many.
    seed : int, default 0
        Seed of the new counts.
    interval : float, default 0.9
        Probability of the equal-tailed predictive intervals.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    PosteriorPredictive or KindsPredictive
        Statistics, rootogram, means by level and by team, each observed and expected, and
        residuals; of several kinds, statistics of each, of the total, and of how kinds go
        together, and means by level and by team.

    Raises
    ------
    FitError
        If the fit holds no respondents and no survey is given, or fewer than may be shown.
    ArgumentError
        If `draws` is below 2, `seed` below 0 or `interval` no probability.
    ArgumentTypeError
        If `fit` is no fit, `draws` or `seed` no whole number, or `rule` no rule.

    References
    ----------
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-807.
    Kleiber and Zeileis (2016), doi 10.1080/00031305.2016.1173590.
    Dunn and Smyth (1996), doi 10.1080/10618600.1996.10474708.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> predictive = lc.posterior_predictive(fit, draws=100)
    >>> predictive.statistics["statistic"].tolist()
    ['mean', 'dispersion', 'share of zeros', 'highest counts', 'team share', 'distribution']
    >>> mean = predictive.statistics.iloc[0]
    >>> bool(mean["lower"] < mean["observed"] < mean["upper"])
    True
    """
    rule = checked_rule(interval, rule)
    check_seed(seed)
    if isinstance(fit, KindsFit):
        return kinds_predictive(
            fit, draws=checked_draws(draws), seed=seed, interval=interval, rule=rule
        )
    design = _design_of(fit, survey, rule)
    n_draws = len(spread_evenly(fit, checked_draws(draws)))
    starts, asked = told_bins(fit.codebook.asked, design, rule)
    rng = np.random.default_rng(private_seed(seed, *answers_of(design)))
    own_teams, teams = TeamSums(design, 1), TeamSums(design, n_draws)
    ranks = Ranks(design, n_draws, asked=asked)
    answers = own_teams.watching(observed_counts(design, asked=asked))
    n_highest = how_many_highest(design.n_respondents, rule)
    observed = tally(answers, design, starts, n_highest)
    in_turn = team_blocks(fit, n_draws, design)
    blocks = replicated_counts(in_turn, fit.model.family, rng, asked=asked)
    watched = ranks.watching(teams.watching(blocks))
    replicated = tally(watched, design, starts, n_highest)
    hidden = hidden_teams_of(design, rule)
    observed.statistics["team share"] = own_teams.share_between(hidden)
    replicated.statistics["team share"] = teams.share_between(hidden)
    return PosteriorPredictive(
        statistics=statistics_table(
            (observed, replicated),
            interval,
            rule,
            zeros=zeros_told(fit.codebook.asked, asked),
            steps=steps_of_statistics(design, rule),
        ),
        rootogram=rootogram_table(starts, observed.in_bins[0], replicated.in_bins, interval),
        level_means=level_table(design, observed, replicated, interval, rule),
        team_means=compare_teams(design, own_teams, teams, interval, rule),
        residuals=residuals_of(design, ranks, rng, rule),
        interval=interval,
        draws=n_draws,
        team_draws=len(teams.sums),
        of_options=asked is not None,
        note=lowered(rule),
    )


def _design_of(fit: Fit, survey: Survey | None, rule: DisclosureRule) -> CountDesign:
    # Those whose level is unknown are in no comparison by level: all are of those who answered.
    design = replace(respondents_of(fit, survey), unknown=None)
    if design.n_respondents < rule.minimum:
        raise FitError(
            f"The fit rests on fewer than {rule.minimum} respondents, and groups so small are not "
            "shown, so nothing can be compared."
        )
    return design
