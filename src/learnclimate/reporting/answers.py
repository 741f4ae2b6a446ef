"""Ask a fit everything that a report tells, once, for the page and the terminal alike."""

from dataclasses import dataclass, replace

import numpy as np

from learnclimate.checks.fit_check import check_fit
from learnclimate.checks.kinds_predictive import KindsPredictive
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.checks.verdict import JUDGED_INTERVAL, CheckReport
from learnclimate.core.errors import FitError
from learnclimate.core.intervals import check_interval, interval_bounds
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.result import Result
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.estimands.confounding import e_value
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import rank_teams, team_effects
from learnclimate.estimands.tipping import tipping_point
from learnclimate.estimands.variation import variance_partition
from learnclimate.estimands.wording import TEAM_SHARE
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers_of_kinds import KindsInquiry
from learnclimate.reporting.asking import FEWEST_TEAMS, POPULATION, ranked_teams, top_of
from learnclimate.reporting.quantities import (
    FrequencyAnswer,
    LevelAnswer,
    Quantity,
    TeamsAnswer,
)

#: Share of the variance of frequency answers that is taken to be a style of answering.
STYLE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Answers:
    """
    Everything that a report tells about a fit.

    Attributes
    ----------
    fit : Fit or KindsFit
        The fit that was asked.
    rule : DisclosureRule
        Which groups are too small to show.
    interval : float
        Probability of every interval.
    frequencies : tuple of FrequencyAnswer
        One a conversation frequency; empty in a study without.
    overall : Quantity
        Expected count over all respondents, as they answered.
    levels : TeamsAnswer or None
        How the level differs between teams; None where the model has no such difference.
    checks : CheckReport
        Whether draws and model can be trusted.
    results : tuple of (table, about, Result)
        The results behind it: the table each belongs in, and which frequency or team
        effect it is about.
    predictive : KindsPredictive or None
        Of several kinds: the answers against new counts; None for a fit without respondents.
    """

    fit: Fit | KindsFit
    rule: DisclosureRule
    interval: float
    frequencies: tuple[FrequencyAnswer, ...]
    overall: Quantity
    levels: TeamsAnswer | None
    checks: CheckReport
    results: tuple[tuple[str, str, Result], ...]
    predictive: KindsPredictive | None = None


def ask(
    fit: Fit | KindsFit, *, interval: float = 0.9, rule: DisclosureRule | None = None
) -> Answers:
    """
    Ask a fit everything that a report tells.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    interval : float, default 0.9
        Probability of every interval.
    rule : DisclosureRule, optional
        Which groups are too small to show. Of a fit from a file that was saved with a larger
        minimum, that one holds.

    Returns
    -------
    Answers
        Results, and the quantities taken from them.

    Raises
    ------
    ArgumentError
        If `interval` does not lie between 0 and 1.
    FitError
        If the whole study has fewer respondents than may be shown.
    """
    check_interval(interval)
    rule = _that_holds(rule or DisclosureRule(), fit.provenance.smallest_group)
    if fit.provenance.n_respondents < rule.minimum:
        raise FitError(
            f"The study has fewer than {rule.minimum} respondents, so nothing may be told about "
            "them. Ask more people; a lower DisclosureRule needs a reason."
        )
    inquiry: _Inquiry | KindsInquiry
    if isinstance(fit, KindsFit):
        inquiry = KindsInquiry(fit, rule, interval, [])
    else:
        inquiry = _Inquiry(fit, rule, interval, [])
    return Answers(
        fit=fit,
        rule=inquiry.rule,
        interval=interval,
        frequencies=tuple(inquiry.frequency(coding) for coding in fit.coding.frequencies),
        overall=inquiry.overall(),
        levels=inquiry.teams(INTERCEPT),
        checks=check_fit(fit, rule=inquiry.rule),
        results=tuple(inquiry.results),
        predictive=_predictive(fit, rule),
    )


def _that_holds(rule: DisclosureRule, smallest_kept: int | None) -> DisclosureRule:
    """Choose the larger minimum of the one asked for and that of the file a fit comes from."""
    if smallest_kept is None or smallest_kept <= rule.minimum:
        return rule
    # What a file does not hold, no reason brings back.
    lowered = smallest_kept < DEFAULT_MINIMUM
    return DisclosureRule(smallest_kept, reason=rule.reason if lowered else None)


def _predictive(fit: Fit | KindsFit, rule: DisclosureRule) -> KindsPredictive | None:
    """Figures behind the checks of several kinds, which tell them by statistic alone."""
    if not isinstance(fit, KindsFit) or fit.design is None:
        return None
    return posterior_predictive(fit, interval=JUDGED_INTERVAL, rule=rule)


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """Questions put to one fit; every result is kept."""

    fit: Fit
    rule: DisclosureRule
    interval: float
    results: list[tuple[str, str, Result]]

    def frequency(self, coding: FrequencyCoding) -> FrequencyAnswer:
        name, levels = coding.name, coding.levels
        counts = self._kept(
            "expected_counts",
            name,
            expected_counts(
                self.fit,
                population=POPULATION,
                frequency=name,
                interval=self.interval,
                rule=self.rule,
            ),
        )
        told = {str(row["contrast"]): row for _, row in counts.summary.iterrows()}
        shown = [level for level in levels if not told[level]["suppressed"]]
        # Where nobody is, the prior alone tells of a level: it makes no headline.
        given = [level for level in shown if told[level]["n_respondents"] > 0]
        low = given[0] if given else levels[0]
        # Ratios to levels that are not shown are asked for too: their rows say so.
        ratios = {level: self._ratio(name, level, low) for level in levels if level != low}
        rows = tuple(
            LevelAnswer(
                level,
                int(told[level]["n_respondents"]),
                Quantity.from_row(told[level]),
                ratios.get(level),
            )
            for level in shown
        )
        ratio = ratios[given[-1]] if len(given) > 1 else None
        strength = None if ratio is None else self._strength(name, given[-1], low)
        style = None if ratio is None else self._style(name, given[-1], low)
        share = self._share(name, given[-1]) if given else None
        teams = self.teams(name)
        if teams is not None and ratio is not None:
            teams = replace(teams, falling=ratio.median < 1)
        return FrequencyAnswer(name, levels, ratio, rows, teams, strength, style, share)

    def overall(self) -> Quantity:
        if not self.fit.coding.frequencies:
            counts = expected_counts(
                self.fit, population=POPULATION, interval=self.interval, rule=self.rule
            )
            return Quantity.from_row(self._kept("expected_counts", "", counts).summary.iloc[0])
        observed = self.fit.draws["standardised"]["expected_count_observed"].to_numpy().ravel()
        lower, upper = interval_bounds(observed, self.interval)
        return Quantity(float(np.median(observed)), float(lower), float(upper))

    def teams(self, effect: str) -> TeamsAnswer | None:
        if effect not in self.fit.coding.team_effects:
            return None
        effects = self._kept(
            "team_effects",
            effect,
            team_effects(self.fit, effect, interval=self.interval, rule=self.rule),
        ).summary
        shown = effects[~effects["suppressed"].astype(bool)].set_index("team")
        name = None if effect == INTERCEPT else effect
        n_teams = self.fit.provenance.n_teams
        if len(shown) < FEWEST_TEAMS:
            return TeamsAnswer(name, 1, n_teams, len(shown), ())
        top = top_of(len(shown))
        ranks = self._kept(
            "team_ranks",
            effect,
            rank_teams(self.fit, effect, top=top, interval=self.interval, rule=self.rule),
        ).summary
        ranked = ranked_teams(ranks, shown, top)
        of_odds = self.fit.model.family.out_of_trials
        return TeamsAnswer(name, top, n_teams, len(shown), ranked, of_odds)

    def _ratio(self, frequency: str, high: str, low: str) -> Quantity:
        result = rate_ratio(
            self.fit,
            high,
            low,
            population=POPULATION,
            frequency=frequency,
            interval=self.interval,
            rule=self.rule,
        )
        self._kept("rate_ratios", frequency, result)
        return Quantity.from_row(result.summary.iloc[0])

    def _strength(self, frequency: str, high: str, low: str) -> Quantity:
        """Ask how strong a confounder would have to be."""
        result = e_value(
            self.fit,
            high,
            low,
            population=POPULATION,
            frequency=frequency,
            interval=self.interval,
            rule=self.rule,
        )
        self._kept("e_values", frequency, result)
        return Quantity.from_row(result.summary.iloc[0])

    def _style(self, frequency: str, high: str, low: str) -> Quantity | None:
        """Ask how strong a style of answering would have to be."""
        if self.fit.model.family.out_of_trials:
            return None
        result = tipping_point(
            self.fit,
            high,
            low,
            population=POPULATION,
            bias="reporting",
            method_share=STYLE_SHARE,
            frequency=frequency,
            interval=self.interval,
            rule=self.rule,
        )
        self._kept("reporting_bias", frequency, result)
        row = result.summary.iloc[-1]
        return None if row["suppressed"] else Quantity.from_row(row)

    def _share(self, frequency: str, level: str) -> Quantity | None:
        """Ask how much of what counts differ in lies between teams."""
        if not self.fit.coding.varying_effects:
            return None
        result = variance_partition(
            self.fit, frequency=frequency, interval=self.interval, rule=self.rule
        )
        self._kept("variance_shares", frequency, result)
        rows = result.summary
        is_wanted = (rows["estimand"] == TEAM_SHARE) & (rows["contrast"] == level)
        return Quantity.from_row(rows[is_wanted].iloc[0])

    def _kept(self, table: str, about: str, result: Result) -> Result:
        self.results.append((table, about, result))
        return result
