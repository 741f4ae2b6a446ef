"""Expected and predicted counts at each level of a frequency."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_by_level
from learnclimate.estimands.arguments import check_seed, checked_rule, chosen_frequency, require_fit
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.kind_levels import kind_counts
from learnclimate.estimands.question import (
    Question,
    expected,
    notes_on,
    numbers_behind,
    posed,
    predicted,
)
from learnclimate.estimands.wording import EXPECTED_COUNT, PREDICTED_COUNT, SCALES
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit


def expected_counts(
    fit: Fit | KindsFit,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Give the expected count at each level of a frequency.

    The expected count is a mean: over the people of the population, and over what chance
    does to their counts. What it means depends on who is asked about:

    - ``"average_team"``: someone with the covariates at their means, in a team whose
      effects are 0, with an exposure of 1, other frequencies at their lowest level shown:
      ``exp(intercept + means' covariate_effects + curve[level])``.
    - ``"new_team"``: the same, averaged over teams, ``u ~ Normal(0, Σ)`` with the draw's
      own Σ: the former times ``exp(z' Σ z / 2)``, where ``z`` is what multiplies the team
      effects at that level. It is above the average team's, since a team with many
      activities raises a mean more than a team with few lowers it.
    - ``"study"``: the weighted mean over the respondents of their expected count had they
      all answered that level, each with their own covariates, exposure, other
      frequencies and team.
    - a data frame, one row a person: the same over its rows. Covariates and the other
      frequencies are needed. Optional are the codebook's columns of the exposure (1 where
      absent), of the weight (equal where absent) and of the team: a team of the study
      enters with its own effects; for a team that the study does not know, one that is
      too small to tell about, or none, the expectation is taken over the fitted
      distribution of teams, in closed form.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
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
        One row a level, named in ``contrast``; a single row without one in a study that
        asked no frequency. ``n_respondents`` counts who gave that answer, or the people
        of the data frame. Levels that few respondents of the study gave, and those that
        protect them from subtraction, are suppressed whatever the population and the
        coding: the row is there, its figures are missing, and ``draws`` leaves the level
        out. No ``probability`` is stated.
        ``draws`` holds ``expected_count``, by ``frequency_level``. Of several kinds, a row a
        kind and level, then those of the total, and ``draws`` by ``kind`` too.

    Raises
    ------
    ArgumentError
        If the frequency or population is unknown.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> lc.expected_counts(fit, population="average_team").summary["contrast"].tolist()
    ['never', 'yearly', 'quarterly', 'monthly', 'weekly']

    People of your own making; talk need not be there, since each level is asked about:

    >>> import pandas as pd
    >>> people = pd.DataFrame({"tenure": [1, 10], "contract": ["temporary", "permanent"]})
    >>> lc.expected_counts(fit, population=people).summary["population"].unique().item()
    'data frame'
    """
    if isinstance(fit, KindsFit):
        rule = checked_rule(interval, rule)
        return recorded(kind_counts(fit, population, frequency, interval=interval, rule=rule), rule)
    require_fit(fit)
    rule = checked_rule(interval, rule)
    position = chosen_frequency(fit.coding, frequency)
    question = posed(fit, population, position, rule)
    return recorded(_by_level(question, EXPECTED_COUNT, expected(question), interval), rule)


def predicted_counts(
    fit: Fit | KindsFit,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
    seed: int = 0,
) -> Result:
    """
    Predict the count of one more person at each level of a frequency.

    Each posterior draw takes one person of the population and draws their count, so the
    interval holds what the expected count leaves out: chance, and differences between
    people and teams. Who is taken:

    - ``"average_team"``: someone with the covariates at their means, in a team whose
      effects are 0, with an exposure of 1, other frequencies at their lowest level shown.
    - ``"new_team"``: the same person in a new team, drawn from ``Normal(0, Σ)`` with the
      draw's own Σ.
    - ``"study"``: a respondent drawn at random, in proportion to the weights, with their
      own covariates, exposure, other frequencies and team. These counts were drawn when
      the model was fitted, so that no respondent need be kept; ``seed`` does not matter.
    - a data frame: a row drawn at random, likewise, as `expected_counts` reads it; a team
      that the study does not know is drawn anew.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
    population : {"average_team", "new_team", "study"} or data frame
        Who it is about.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability that the interval holds at least.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.
    seed : int, default 0
        Seed of the random numbers.

    Returns
    -------
    Result
        As `expected_counts`. All figures are those of the predictive distribution:
        ``sd`` is the spread of counts, and ``median``, ``lower`` and ``upper`` are counts
        themselves, the smallest that reach their probability, so that the interval holds
        at least `interval`. ``draws`` holds ``predicted_count``, by ``frequency_level``.

    Raises
    ------
    ArgumentError
        If the frequency or population is unknown, or the seed negative.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> counts = lc.predicted_counts(fit, population="new_team", seed=1)
    >>> counts.summary.loc[0, ["contrast", "scale"]].tolist()
    ['never', 'predicted count']
    """
    check_seed(seed)
    if isinstance(fit, KindsFit):
        rule = checked_rule(interval, rule)
        return recorded(
            kind_counts(fit, population, frequency, interval=interval, rule=rule, seed=seed), rule
        )
    require_fit(fit)
    rule = checked_rule(interval, rule)
    position = chosen_frequency(fit.coding, frequency)
    question = posed(fit, population, position, rule)
    return recorded(_by_level(question, PREDICTED_COUNT, predicted(question, seed), interval), rule)


def _by_level(
    question: Question, estimand: str, counts: npt.NDArray[np.number], interval: float
) -> Result:
    """Answer with one row a level."""
    frequency, fit = question.frequency, question.fit
    numbers = numbers_behind(question)
    shown = numbers != WITHHELD
    rows = Rows(
        estimand=estimand,
        scale=SCALES[estimand],
        population=question.population_name,
        contrast=[None] if frequency is None else frequency.levels,
        team=[None] * len(numbers),
        n_respondents=numbers,
        shown=shown,
        notes=notes_on(question, numbers),
    )
    values = chained(fit, counts)[:, :, shown]
    draws = draws_by_level(fit, frequency, {estimand: values}, shown)
    return answered(rows, values, None, interval=interval, draws=draws)
