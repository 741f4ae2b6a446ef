"""Posterior predictive checks of several kinds: each, their total, and how they go together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.comparison import Comparison, compare, is_far, told_apart
from learnclimate.checks.kinds_groups import (
    by_levels,
    by_teams,
    digits_by_kind,
    level_names,
    names_of,
    pair_name,
    tells_of_incomplete,
    to_decimals,
    told_figure,
)
from learnclimate.checks.kinds_replicates import new_kinds_counts
from learnclimate.checks.kinds_together import ZEROS, figures_of_few_together
from learnclimate.checks.team_counts import draws_in_memory
from learnclimate.checks.verdict import Check, Verdict, worst
from learnclimate.core import kind_labels as kinds
from learnclimate.core.errors import FitError
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_prior_draws import kinds_prior_draws
from learnclimate.counts.prediction import flattened
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule, too_small
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.private_seed import answers_of_kinds
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Priors allow what no study finds where they expect it more often. (Twice as often as for a
#: single count, as the unknown sd of respondents, by default too, gives means long tails.)
_OFTEN_FAR = 0.2
_NO_ROWS = (
    "This fit was read from a file, which holds no respondent's row, and a fit of several kinds "
    "takes none again. Check the fit before it is saved."
)


@dataclass(frozen=True, slots=True, repr=False)
class KindsPredictive:
    """
    Answers to several kinds compared with new counts for the same respondents.

    Attributes
    ----------
    statistics : pandas.DataFrame
        Columns ``kind, statistic, observed, median, lower, upper, probability, verdict,
        hidden``; for every kind and for the total ``mean``, ``dispersion`` (variance over mean)
        and ``share of zeros``, and for every pair of kinds, named in ``kind``, the
        ``correlation`` of the square roots of their counts. A kind is told of those who answered
        it, the total and a pair of those who answered all of theirs.
    level_means, team_means : pandas.DataFrame
        Columns ``kind``, then ``frequency, level`` or ``team``, ``n_respondents``, and those
        that follow in `statistics`: the mean count of each kind, and of the total, of those who
        gave each answer and of each team. ``n_respondents`` are those who answered the kind that
        fewest did; where few left a kind open, all of the group, and figures of that kind are
        rounded, since exact ones would tell how many. Totals are hidden where those who left some
        kinds open are few: all kinds less the totals would tell what they counted.
    interval : float
        Probability between ``lower`` and ``upper``.
    draws : int
        Draws used.
    source : str
        What new counts are drawn from: the fitted model, or its priors alone.
    far : float
        Share of data sets in which the means of most kinds are more than a thousand times those
        of the answers, or less than a thousandth.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.
    """

    statistics: pd.DataFrame
    level_means: pd.DataFrame
    team_means: pd.DataFrame
    interval: float
    draws: int
    source: str = "the model"
    far: float = 0.0
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all comparisons but those of single teams."""
        vague: Verdict = "doubtful" if self.far > _OFTEN_FAR else "good"
        return worst([*self.statistics["verdict"], *self.level_means["verdict"], vague])

    @property
    def words(self) -> str:
        """The outcome in a sentence or two."""
        verdicts: list[Verdict] = [*self.statistics["verdict"], *self.level_means["verdict"]]
        levels = level_names(self.level_means)
        names = [*self._names, *(f"mean at {level}" for level in levels)]
        told = f"{told_apart(names, verdicts, self.draws, self.source)} {self.note}".rstrip()
        if self.far <= _OFTEN_FAR:
            return told
        return (
            f"{told} But in {self.far:.0%} of them most kinds have means a thousand times those of "
            f"the answers, or a thousandth: {self.source} allow what no study finds. Narrow that "
            "of the intercept, the frequency or the team sd."
        )

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        pairs = zip(self._names, self.statistics["probability"], strict=True)
        values = {f"probability[{name}]": float(p) for name, p in pairs if np.isfinite(p)}
        kind = "prior" if "prior" in self.source else "posterior"
        return Check(f"{kind} predictive", self.verdict, self.words, values)

    @property
    def _names(self) -> list[str]:
        return (self.statistics["statistic"] + " of " + self.statistics["kind"]).tolist()

    def __str__(self) -> str:
        """Lay the table out as text."""
        tables = {".statistics": self.statistics, ".level_means": self.level_means}
        return text_of(f"{self.check}\n{self._caption()}", tables)

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(f"{self.check} {self._caption()}", self.statistics, self.level_means)

    def _caption(self) -> str:
        return (
            f"Answers against {self.draws} sets of new counts from {self.source} "
            f"(lower, upper: {self.interval:.0%} of the sets)"
        )


def kinds_predictive(
    fit: KindsFit, *, draws: int, seed: int, interval: float, rule: DisclosureRule
) -> KindsPredictive:
    """
    Compare the answers to several kinds with new counts for the same respondents.

    The respondents' own effects are drawn anew, and so must reproduce by their distribution
    how counts scatter and go together, not by having been fitted to each.

    Parameters
    ----------
    fit : KindsFit
        A fit that holds its respondents.
    draws : int
        Posterior draws used, spread evenly; all where the fit has fewer.
    seed : int
        Seed of the new counts.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    KindsPredictive
        The comparisons.

    Raises
    ------
    FitError
        If the fit holds no respondents, or fewer than may be shown.
    """
    design = fit.design
    if design is None:
        raise FitError(_NO_ROWS)
    if design.people.n_respondents < rule.minimum:
        raise FitError("Too few respondents are in the study for anything to be compared.")
    posterior = fit.draws["posterior"].to_dataset()
    every = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    n_all = len(every["intercept"])
    chosen = np.unique(np.linspace(0, n_all - 1, min(draws, n_all)).astype(np.int64))
    return _compared(
        {name: values[chosen] for name, values in every.items()},
        design,
        rule,
        interval=interval,
        seed=seed,
    )


def kinds_prior_predictive(
    model: KindsModel,
    survey: Survey,
    *,
    draws: int,
    seed: int,
    interval: float,
    rule: DisclosureRule,
) -> KindsPredictive:
    """
    Compare the answers to several kinds with counts drawn from the priors alone.

    Parameters
    ----------
    model : KindsModel
        The declaration.
    survey : Survey
        The answers.
    draws : int
        Draws from the priors.
    seed : int
        Seed.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    KindsPredictive
        The comparisons.

    Raises
    ------
    FitError
        If there are fewer respondents than may be shown.
    """
    design, priors = model.design(survey), model.priors_for(survey)
    if design.people.n_respondents < rule.minimum:
        raise FitError(f"Fewer than {rule.minimum} respondents: nothing can be shown about them.")
    drawn = kinds_prior_draws(
        design,
        priors,
        draws,
        np.random.default_rng([seed, 1]),
    )
    found = _compared(drawn, design, rule, interval=interval, seed=seed)
    return replace(found, source="the priors alone")


def _compared(
    every: dict[str, FloatArray],
    design: KindsDesign,
    rule: DisclosureRule,
    *,
    interval: float,
    seed: int,
) -> KindsPredictive:
    rng = np.random.default_rng(private_seed(seed, *answers_of_kinds(design)))
    n_draws = len(every["intercept"])
    levels, teams = by_levels(design, rule), by_teams(design, rule)
    divisions = (*levels, teams)
    observed = _statistics(design.counts, design)
    replicated: list[dict[tuple[str, str], float]] = []
    means: list[list[FloatArray]] = [[] for _ in divisions]
    of_teams = max(1, n_draws // draws_in_memory(design.people))
    for one in range(n_draws):
        counts = new_kinds_counts(every, one, design, rng)
        replicated.append(_statistics(counts, design))
        for place, division in enumerate(divisions):
            # Where teams are very many, as many draws as fit in memory, spread evenly.
            if division is not teams or one % of_teams == 0:
                means[place].append(division.means(counts))
    names = names_of(design)
    tables = [
        division.table(names, division.means(design.counts), np.stack(theirs), interval)
        for division, theirs in zip(divisions, means, strict=True)
    ]
    return KindsPredictive(
        _table(observed, replicated, interval, (design, rule)),
        pd.concat(tables[:-1], ignore_index=True),
        tables[-1],
        interval,
        n_draws,
        far=_far_in_most_kinds(observed, replicated, design.kinds),
        note=lowered(rule),
    )


def _far_in_most_kinds(
    observed: Mapping[tuple[str, str], float],
    replicated: Sequence[Mapping[tuple[str, str], float]],
    names: Sequence[str],
) -> float:
    far = [
        is_far(observed[kind, "mean"], np.array([new[kind, "mean"] for new in replicated]))
        for kind in names
    ]
    return float((np.mean(far, axis=0) > 1 / 2).mean())


def _table(
    observed: Mapping[tuple[str, str], float],
    replicated: Sequence[Mapping[tuple[str, str], float]],
    interval: float,
    about: tuple[KindsDesign, DisclosureRule],
) -> pd.DataFrame:
    hidden, digits = _hidden_statistics(*about), digits_by_kind(*about)
    rows = []
    for (kind, statistic), own in observed.items():
        theirs = np.array([found[kind, statistic] for found in replicated])
        told = told_figure(own, digits[kind], 0.0)
        one = to_decimals(compare(told, theirs, interval), digits[kind])
        if (kind, statistic) in hidden:
            one = replace(one, observed=np.nan, probability=np.nan, hidden=True)
        rows.append({"kind": kind, "statistic": statistic} | one.as_row)
    columns = ["kind", "statistic", *Comparison.__dataclass_fields__]
    return pd.DataFrame(rows, columns=columns)


def _hidden_statistics(design: KindsDesign, rule: DisclosureRule) -> set[tuple[str, str]]:
    """Name the figures of the answers that would tell of a few."""
    found = {
        (kind, ZEROS) for kind in _groups(design.counts, design) if _few_zeros(kind, design, rule)
    }
    if tells_of_incomplete(design, rule):
        found |= {(kinds.TOTAL, statistic) for statistic in ("mean", "dispersion", ZEROS)}
    return found | figures_of_few_together(design, rule)


def _statistics(counts: IntArray, design: KindsDesign) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for name, values in _groups(counts, design).items():
        mean = float(values.mean())
        found[name, "mean"] = mean
        found[name, "dispersion"] = _variance(values) / max(mean, 1e-12)
        found[name, ZEROS] = float((values == 0).mean())
    for one in range(design.n_kinds):
        for other in range(one + 1, design.n_kinds):
            both = design.answered[:, one] & design.answered[:, other]
            roots = np.sqrt(counts[both][:, [one, other]])
            pair = pair_name(design, one, other)
            varies = (roots.std(axis=0) > 0).all()
            found[pair, "correlation"] = float(np.corrcoef(roots.T)[0, 1]) if varies else 0.0
    return found


def _variance(values: IntArray) -> float:
    """As of a single kind, with one less than the number of respondents."""
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _groups(counts: IntArray, design: KindsDesign) -> dict[str, IntArray]:
    """Give counts of each kind of who answered it, and totals of who answered all."""
    found = {
        kind: counts[design.answered[:, place], place] for place, kind in enumerate(design.kinds)
    }
    complete = design.answered.all(axis=1)
    if complete.any():
        found[kinds.TOTAL] = counts[complete].sum(axis=1)
    return found


def _few_zeros(kind: str, design: KindsDesign, rule: DisclosureRule) -> bool:
    values = _groups(design.counts, design)[kind]
    zeros = float((values == 0).sum())
    return bool(too_small([zeros, len(values) - zeros], rule).any())


def kinds_checks(told: KindsPredictive) -> list[Check]:
    """
    Turn the comparisons of several kinds into checks, one a statistic.

    Parameters
    ----------
    told : KindsPredictive
        The comparisons.

    Returns
    -------
    list of Check
        ``mean, dispersion, share of zeros, correlation`` and ``level means``, each over all
        kinds.
    """
    found = []
    for statistic, part in told.statistics.groupby("statistic", sort=False):
        verdicts: list[Verdict] = list(part["verdict"])
        kinds_of = part["kind"].tolist()
        pairs = zip(kinds_of, part["probability"], strict=True)
        values = {f"probability[{kind}]": float(p) for kind, p in pairs if np.isfinite(p)}
        words = told_apart(kinds_of, verdicts, told.draws, told.source)
        name = str(statistic)
        found.append(Check(name, worst(verdicts), f"{name.capitalize()} by kind: {words}", values))
    return [*found, _level_check(told)]


def _level_check(told: KindsPredictive) -> Check:
    levels, names = told.level_means, level_names(told.level_means)
    verdicts: list[Verdict] = list(levels["verdict"])
    pairs = zip(names, levels["probability"], strict=True)
    values = {f"probability[{name}]": float(p) for name, p in pairs if np.isfinite(p)}
    words = told_apart(names, verdicts, told.draws, told.source)
    return Check("level means", worst(verdicts), f"Mean counts by answer and kind: {words}", values)
