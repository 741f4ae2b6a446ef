"""Ask a fit of several kinds everything that a report tells, of each kind and of their total."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from learnclimate.core.intervals import interval_bounds
from learnclimate.core.kind_labels import TOTAL
from learnclimate.core.result import Result
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.kind_comparison import compare_kinds
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import rank_teams, team_effects
from learnclimate.estimands.wording import KIND_RANK, RATE_RATIO_OF_KINDS
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.asking import FEWEST_TEAMS, POPULATION, ranked_teams, top_of
from learnclimate.reporting.quantities import (
    FrequencyAnswer,
    KindAnswer,
    LevelAnswer,
    PairAnswer,
    Quantity,
    TeamsAnswer,
)

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class KindsInquiry:
    """
    Questions put to one fit of several kinds; every result is kept.

    Attributes
    ----------
    fit : KindsFit
        What is asked.
    rule : DisclosureRule
        Which groups are too small to show.
    interval : float
        Probability of every interval.
    results : list of (table, about, Result)
        As in `Answers`.
    """

    fit: KindsFit
    rule: DisclosureRule
    interval: float
    results: list[tuple[str, str, Result]]

    def frequency(self, coding: FrequencyCoding) -> FrequencyAnswer:
        """
        Ask about one conversation frequency.

        Parameters
        ----------
        coding : FrequencyCoding
            The frequency.

        Returns
        -------
        FrequencyAnswer
            That of the total, with those of the kinds.
        """
        name, levels = coding.name, coding.levels
        counts = self._counts(coding)
        total = counts[TOTAL]
        shown = [place for place, row in enumerate(total) if not row["suppressed"]]
        # Where nobody is, the priors alone tell of a level: it makes no headline.
        given = [place for place in shown if total[place]["n_respondents"] > 0]
        low = given[0] if given else 0
        ratios = {
            place: self._ratios(name, levels[place], levels[low])
            for place in range(len(levels))
            if place != low
        }
        rows = tuple(
            LevelAnswer(
                levels[place],
                int(total[place]["n_respondents"]),
                Quantity.from_row(total[place]),
                ratios[place][TOTAL] if place in ratios else None,
            )
            for place in shown
        )
        compared = ratios[given[-1]] if len(given) > 1 else {}
        highest: dict[str, float] = {}
        pairs: tuple[PairAnswer, ...] = ()
        if compared:
            highest, pairs = self._comparison(name, levels[given[-1]], levels[low])
        teams = self._teams(name)
        of_kinds = tuple(
            KindAnswer(
                name=kind,
                ratio=compared.get(kind),
                highest=highest.get(kind, float("nan")),
                counts=tuple(Quantity.from_row(counts[kind][place]) for place in shown),
                teams=_falling(teams.get(kind), compared.get(kind)),
            )
            for kind in self.fit.kinds
        )
        own = _falling(teams.get(TOTAL), compared.get(TOTAL))
        return FrequencyAnswer(
            name, levels, compared.get(TOTAL), rows, own, of_kinds=of_kinds, pairs=pairs
        )

    def overall(self) -> Quantity:
        """
        Give the expected total over all respondents, as they answered.

        Returns
        -------
        Quantity
            The expected number of activities of all kinds.
        """
        by_kind = self.fit.draws["standardised"]["expected_count_observed"].to_numpy()
        observed = by_kind.sum(axis=-1).ravel()
        lower, upper = interval_bounds(observed, self.interval)
        return Quantity(float(np.median(observed)), float(lower), float(upper))

    def teams(self, effect: str) -> TeamsAnswer | None:
        """
        Ask how teams differ in the total.

        Parameters
        ----------
        effect : str
            The team effect.

        Returns
        -------
        TeamsAnswer or None
            None where the model has no such effect.
        """
        return self._teams(effect).get(TOTAL)

    def _counts(self, coding: FrequencyCoding) -> dict[str, list[pd.Series]]:
        """Rows of the expected counts, by kind and then by level."""
        result = expected_counts(
            self.fit,
            population=POPULATION,
            frequency=coding.name,
            interval=self.interval,
            rule=self.rule,
        )
        rows = [row for _, row in self._kept("expected_counts", coding.name, result).iterrows()]
        n_levels = len(coding.levels)
        return {
            kind: rows[place * n_levels : (place + 1) * n_levels]
            for place, kind in enumerate(self._names)
        }

    def _ratios(self, frequency: str, high: str, low: str) -> dict[str, Quantity]:
        result = rate_ratio(
            self.fit,
            high,
            low,
            population=POPULATION,
            frequency=frequency,
            interval=self.interval,
            rule=self.rule,
        )
        rows = self._kept("rate_ratios", frequency, result)
        return {
            kind: Quantity.from_row(row)
            for kind, (_, row) in zip(self._names, rows.iterrows(), strict=True)
        }

    def _comparison(
        self, frequency: str, high: str, low: str
    ) -> tuple[dict[str, float], tuple[PairAnswer, ...]]:
        """Ask which kinds go with talking most; those that differ come first."""
        result = compare_kinds(
            self.fit,
            high,
            low,
            population=POPULATION,
            frequency=frequency,
            interval=self.interval,
            rule=self.rule,
        )
        rows = self._kept("kind_comparison", frequency, result)
        ranks = rows.loc[rows["estimand"] == KIND_RANK, "probability"].astype(float)
        highest = dict(zip(self.fit.kinds, ranks, strict=True))
        compared = rows[rows["estimand"] == RATE_RATIO_OF_KINDS]
        pairs = [
            _pair(one, other, Quantity.from_row(row))
            for (one, other), (_, row) in zip(
                combinations(self.fit.kinds, 2), compared.iterrows(), strict=True
            )
        ]
        pairs.sort(key=lambda pair: (not pair.differs, -pair.ratio.probability))
        return highest, tuple(pairs)

    def _teams(self, effect: str) -> dict[str, TeamsAnswer]:
        """Ask how teams differ in every kind and in the total; empty where they do not."""
        if effect not in self.fit.coding.team_effects:
            return {}
        result = team_effects(self.fit, effect, interval=self.interval, rule=self.rule)
        every = self._kept("team_effects", effect, result)
        n_teams = len(every) // len(self._names)
        return {
            kind: self._ranked(effect, kind, every.iloc[place * n_teams : (place + 1) * n_teams])
            for place, kind in enumerate(self._names)
        }

    def _ranked(self, effect: str, kind: str, effects: pd.DataFrame) -> TeamsAnswer:
        shown = effects[~effects["suppressed"].astype(bool)].set_index("team")
        frequency = None if effect not in self.fit.coding.frequency_names else effect
        n_teams = self.fit.provenance.n_teams
        if len(shown) < FEWEST_TEAMS:
            return TeamsAnswer(frequency, 1, n_teams, len(shown), ())
        top = top_of(len(shown))
        result = rank_teams(
            self.fit, effect, top=top, kind=kind, interval=self.interval, rule=self.rule
        )
        ranked = ranked_teams(self._kept("team_ranks", effect, result), shown, top)
        return TeamsAnswer(frequency, top, n_teams, len(shown), ranked)

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self.fit.kinds, TOTAL)

    def _kept(self, table: str, about: str, result: Result) -> pd.DataFrame:
        self.results.append((table, about, result))
        return result.summary


def _falling(teams: TeamsAnswer | None, ratio: Quantity | None) -> TeamsAnswer | None:
    """Mark that a high ratio is no strong relation, where fewer activities go with talking."""
    if teams is None or ratio is None:
        return teams
    return replace(teams, falling=ratio.median < 1)


def _pair(one: str, other: str, ratio: Quantity) -> PairAnswer:
    """Turn a comparison so that the kind with the higher ratio comes first."""
    if ratio.probability >= _HALF:
        return PairAnswer(one, other, ratio)
    turned = Quantity(1 / ratio.median, 1 / ratio.upper, 1 / ratio.lower, 1 - ratio.probability)
    return PairAnswer(other, one, turned)
