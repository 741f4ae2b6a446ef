"""Which kind of activity goes with talking most, and how sure that is."""

from itertools import combinations

import numpy as np

from learnclimate.core import kind_labels as kinds
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_dataset
from learnclimate.estimands.arguments import checked_rule
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.kind_answers import ask_kinds
from learnclimate.estimands.kind_levels import (
    of_kind_words,
    ratios_by_kind,
)
from learnclimate.estimands.question import notes_on, numbers_behind
from learnclimate.estimands.wording import (
    KIND_RANK,
    RATE_RATIO_OF_KINDS,
    SCALES,
    versus,
)
from learnclimate.inference.kinds_fit import KindsFit

_STATEMENT = "the first kind's rate ratio is the higher; of a rank, that it is the highest of all"


def compare_kinds(  # noqa: PLR0913 - as rate_ratio: fit, two levels, and four options by name
    fit: KindsFit,
    high: str | float,
    low: str | float,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Compare how the kinds of activity go with talking: which goes with it most, and how sure.

    For each posterior draw every kind has its rate ratio, as `rate_ratio` gives it. Two kinds
    are compared by the ratio of their rate ratios; over all, they are ranked. Their draws come
    from one model, so that what the kinds share does not blur the comparison.

    Parameters
    ----------
    fit : KindsFit
        The fit of a `KindsModel`.
    high, low : str or number
        The two levels.
    population : {"average_team", "new_team", "study"} or data frame
        Who it is about.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        Rows of estimand ``rate_ratio_of_kinds``, one a pair of kinds, whose ``probability`` is
        that the first has the higher rate ratio; then of ``kind_rank``, one a kind, 1 for the
        highest, whose ``probability`` is that of being the highest. ``draws`` holds both, by
        ``pair`` and by ``kind``.

    Raises
    ------
    ArgumentError
        If a level, frequency or population is unknown, or both levels are the same.
    ArgumentTypeError
        If it is not the fit of several kinds, or an argument has the wrong type.

    Examples
    --------
    The fit takes NUTS some minutes.

    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, truth=lc.KindsTruth(), seed=1)
    >>> fit = lc.fit(lc.KindsModel(), survey, seed=1)
    >>> found = compare_kinds(fit, "weekly", "never", population="study")
    >>> found.summary["estimand"].unique().tolist()
    ['rate_ratio_of_kinds', 'kind_rank']
    """
    if not isinstance(fit, KindsFit):
        raise ArgumentTypeError(
            f"compare_kinds: {type(fit).__name__} is not the fit of several kinds. Make one with "
            "fit(KindsModel(), survey)."
        )
    rule = checked_rule(interval, rule)
    question = ask_kinds(fit, population, frequency, rule)
    ratios, words, together = ratios_by_kind(question, high, low)
    ratios = ratios[:, :-1]
    pairs = list(combinations(range(len(fit.kinds)), 2))
    compared = np.stack([ratios[:, one] / ratios[:, other] for one, other in pairs], axis=1)
    ranks = ratios.shape[1] - ratios.argsort(axis=1).argsort(axis=1)
    shown = np.full(len(pairs) + len(fit.kinds), together != WITHHELD)
    named = [versus(fit.kinds[one], fit.kinds[other]) for one, other in pairs]
    rows = Rows(
        estimand=[RATE_RATIO_OF_KINDS] * len(pairs) + [KIND_RANK] * len(fit.kinds),
        scale=[SCALES[RATE_RATIO_OF_KINDS]] * len(pairs) + [SCALES[KIND_RANK]] * len(fit.kinds),
        population=question.first.population_name,
        contrast=[of_kind_words(name, words) for name in (*named, *fit.kinds)],
        team=[None] * len(shown),
        n_respondents=np.full(len(shown), together),
        shown=shown,
        statement=_STATEMENT,
        notes=notes_on(question.first, numbers_behind(question.first)),
    )
    values = np.concatenate([compared, ranks], axis=1)[:, shown]
    certainty = np.concatenate([(compared > 1).mean(axis=0), (ranks == 1).mean(axis=0)])[shown]
    draws = draws_dataset(fit, {}, {})
    if shown.all():
        by_pair = draws_dataset(fit, {RATE_RATIO_OF_KINDS: chained(fit, compared)}, {"pair": named})
        by_kind = draws_dataset(
            fit, {KIND_RANK: chained(fit, ranks)}, {kinds.KIND: list(fit.kinds)}
        )
        draws = by_pair.merge(by_kind)
    return recorded(
        answered(rows, chained(fit, values), certainty, interval=interval, draws=draws), rule
    )
