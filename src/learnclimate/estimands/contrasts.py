"""Rate ratios: how two answers to the frequency question compare."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_by_level
from learnclimate.estimands.arguments import (
    checked_rule,
    chosen_frequency,
    chosen_levels,
    require_fit,
)
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.kind_levels import kind_rate_ratios
from learnclimate.estimands.population import People
from learnclimate.estimands.question import Question, expected, notes_on, numbers_behind, posed
from learnclimate.estimands.wording import RATE_RATIO, SCALES, versus
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit

IntArray = npt.NDArray[np.int64]


def rate_ratio(  # noqa: PLR0913 - fit, two levels, and four options by name
    fit: Fit | KindsFit,
    high: str | float,
    low: str | float,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Compare the expected counts at two levels of a frequency.

    For each posterior draw the ratio is ``E[count | high] / E[count | low]``, both
    expectations over the same population, so what it means depends on who is asked about:

    - ``"average_team"``: ``exp(curve[high] - curve[low])``, for anyone in a team whose
      effects are 0.
    - ``"new_team"``: the ratio of expectations over teams. With team effects
      ``u ~ Normal(0, Σ)`` and ``z`` what multiplies them at a level, each is a lognormal
      mean in closed form: ``exp(curve[high] - curve[low] + (z_high' Σ z_high -
      z_low' Σ z_low) / 2)``, other frequencies at their lowest level shown. Where slopes vary
      it differs from the average team's: a team with a strong slope adds more to the
      mean than a team with a weak one takes from it.
    - ``"study"``: the ratio of the standardised expected counts: the weighted mean over
      the respondents of their expected count had all answered ``high``, over the same
      for ``low``, each respondent with their own covariates, exposure, other frequencies
      and team.
    - a data frame: the same, standardised over its rows; see `expected_counts`.

    It describes an association in the survey. It does not say what would happen to
    someone who came to talk more.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
    high, low : str or number
        The two levels, in either order; levels that are numbers may be given as numbers.
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
        One row on the scale ``"rate ratio"``; ``probability`` is that of a ratio above 1.
        ``n_respondents`` counts those who gave either answer. Where either may not be
        shown, since few gave it or it protects one that few gave, the row is suppressed:
        its figures are missing. ``draws`` holds ``rate_ratio``, unless it is suppressed. Of
        several kinds, a row a kind and one for the total, by ``kind`` in ``draws``: the total's
        is the ratio of expected totals, in which a kind with many activities counts for much.

    Raises
    ------
    ArgumentError
        If a level, frequency or population is unknown, both levels are the same, or the
        study asked no frequency.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> ratio = lc.rate_ratio(fit, "weekly", "never", population="study")
    >>> ratio.summary[["contrast", "scale"]].values.tolist()
    [['weekly vs never', 'rate ratio']]
    >>> bool(1 < ratio.summary["lower"].item() < ratio.draws["rate_ratio"].mean())
    True
    """
    if isinstance(fit, KindsFit):
        rule = checked_rule(interval, rule)
        return recorded(
            kind_rate_ratios(fit, (high, low), population, frequency, interval=interval, rule=rule),
            rule,
        )
    require_fit(fit)
    rule = checked_rule(interval, rule)
    position = chosen_frequency(fit.coding, frequency)
    if position is None:
        raise ArgumentError(
            "rate_ratio compares two levels of a frequency, and this study asked none. "
            "Use expected_counts."
        )
    coding = fit.coding.frequencies[position]
    above, below = chosen_levels(coding, high, low)
    question = posed(fit, population, position, rule)
    counts = expected(question)
    numbers = numbers_behind(question)[[above, below]]
    shown = np.array([not (numbers == WITHHELD).any()])
    ratio = (counts[:, above] / counts[:, below])[:, None][:, shown]
    rows = Rows(
        estimand=RATE_RATIO,
        scale=SCALES[RATE_RATIO],
        population=question.population_name,
        contrast=[versus(coding.levels[above], coding.levels[below])],
        team=[None],
        n_respondents=np.array([_together(question, numbers)]),
        shown=shown,
        statement="the rate ratio is above 1",
        notes=notes_on(question, numbers, [above, below]),
    )
    values = chained(fit, ratio)
    return recorded(
        answered(
            rows,
            values,
            (ratio > 1).mean(axis=0),
            interval=interval,
            draws=draws_by_level(fit, None, {RATE_RATIO: values}, shown),
        ),
        rule,
    )


def _together(question: Question, numbers: IntArray) -> int:
    """Count who stands behind two levels: respondents add up, people of a data frame do not."""
    if (numbers == WITHHELD).any():
        return WITHHELD
    of_people = isinstance(question.population, People)
    return int(numbers[0] if of_people else numbers.sum())
