"""How much of the difference between counts lies between teams."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.counts.prediction import team_multipliers
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_by_level
from learnclimate.estimands.arguments import checked_rule, chosen_frequency, require_fit
from learnclimate.estimands.count_draws import (
    CountDraws,
    count_draws,
    covariate_means,
    zero_covariate_means,
)
from learnclimate.estimands.expectation import half_variance, level_grid, log_expected_typical
from learnclimate.estimands.family_means import typical_person
from learnclimate.estimands.family_shares import family_shares, median_ratio
from learnclimate.estimands.groups import WITHHELD, level_sizes, levels_standing_in
from learnclimate.estimands.question import Question, notes_on, numbers_behind
from learnclimate.estimands.wording import (
    MEDIAN_RATE_RATIO,
    NEW_TEAM,
    SCALES,
    SLOPE_SHARE,
    TEAM_SHARE,
    TEAM_SHARE_LOG,
)
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.standardised_families import has_exponential_mean

FloatArray = npt.NDArray[np.float64]


def variance_partition(
    fit: Fit,
    *,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Part the variance of counts into what lies between teams and what lies within them.

    For someone with the covariates at their means, an exposure of 1 and other
    frequencies at their lowest level shown, at each level of the frequency: where slopes vary,
    teams may differ more at one level than at another. Let ``s = z' Σ z`` be the variance
    of the log rate over teams at that level, ``m`` the expected count over teams, and
    ``1/α`` be 0 for Poisson counts. Then

    - ``team_share``, on the scale of the counts as they are: the variance between teams,
      ``m² (exp(s) - 1)``, over the whole, with ``m + m² exp(s) / α`` within teams. It is
      exact, and also the correlation of the counts of two such people of one team. It is
      small where counts are small, since chance is then large.
    - ``team_share_log``, on the scale of log rates: ``s / (s + log(1 + 1/m + 1/α))``,
      where the second term is the variance that counts add on the log scale.
    - ``median_rate_ratio``: of two teams taken at random, the rate of the higher over
      that of the lower, in the median pair: ``exp(sqrt(2 s) Φ⁻¹(0.75))``. It does not
      depend on how large the counts are.

    Where departments vary too, teams are those of any department: what departments differ in
    counts as differing between teams.

    Other families have these three too. With a zero part, ``team_share`` is of all counts,
    zeros included, and integrates over the teams by quadrature; the other two are of the
    count part by itself, before anything is cut off. Of counts out of K, ``team_share`` is
    integrated likewise; the other two are on log odds, with
    ``(K + φ) / ((1 + φ) K p (1 - p))`` for the variance that counts add at the average
    team's probability p, and ``median_rate_ratio`` is a ratio of odds.

    Where slopes vary, one more row, over all levels as they were answered: teams differ in
    how many activities they count in general, and in how much more they count at the higher
    levels. With ``c`` the curve from 0 to 1 at a respondent's level, the variance of the log
    rate over teams is ``Var(u0 + mean(c) u1) + Var(c) Var(u1)`` in the mean over
    respondents, and

    - ``slope_share`` is the second term over the sum: how much of what teams differ in is
      the relation itself.

    Parameters
    ----------
    fit : Fit
        A fitted model with team effects, or one that was loaded.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        Three rows a level (three rows in a study without a frequency), in the column
        ``estimand`` ``team_share``, ``team_share_log`` and ``median_rate_ratio``; with
        ``n_respondents``, and levels suppressed, as in `expected_counts`; then
        ``slope_share``, suppressed where any level is, since it rests on the shares of all.
        No ``probability`` is stated.
        ``draws`` holds a variable for each, by ``frequency_level``, and ``slope_share``.

    Raises
    ------
    ArgumentError
        If the frequency is unknown, or nothing varies over teams in this model.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Leckie, Browne, Goldstein, Merlo and Austin (2020), Partitioning variation in
    multilevel models for count data, Psychological Methods 25, 787-801,
    doi 10.1037/met0000265.
    Nakagawa, Johnson and Schielzeth (2017), Journal of the Royal Society Interface 14,
    20170213, doi 10.1098/rsif.2017.0213.
    Johnson (2014), Extension of Nakagawa and Schielzeth's R²GLMM to random slopes models,
    Methods in Ecology and Evolution 5, 944-946, doi 10.1111/2041-210X.12225.
    Larsen and Merlo (2005), American Journal of Epidemiology 161, 81-88,
    doi 10.1093/aje/kwi017 (ratios of odds).
    Austin, Stryhn, Leckie and Merlo (2018), Measures of clustering and heterogeneity in
    multilevel Poisson regression analyses of rates/count data, Statistics in Medicine 37,
    572-589, doi 10.1002/sim.7532.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> shares = variance_partition(fit).summary
    >>> shares["estimand"].unique().tolist()
    ['team_share', 'team_share_log', 'median_rate_ratio', 'slope_share']
    """
    require_fit(fit)
    rule = checked_rule(interval, rule)
    position = chosen_frequency(fit.coding, frequency)
    if not fit.coding.varying_effects:
        raise ArgumentError(
            "variance_partition: nothing varies over teams in this model. Fit one with "
            "CountModel(team_effects=('intercept', 'frequency'))."
        )
    question = Question(fit, position, NEW_TEAM, rule)
    stand = levels_standing_in(fit, rule)
    draws = replace(count_draws(fit), lowest_shown=tuple(int(one[0]) for one in stand))
    covariates, zero_covariates = covariate_means(fit), zero_covariate_means(fit)
    if has_exponential_mean(fit.model.family):
        shares = _shares(draws, covariates, position)
    else:
        person = typical_person(draws, covariates, zero_covariates)
        shares = family_shares(draws, person, position)
    return recorded(_laid_out(question, shares, _slope_share(question, draws), interval), rule)


def _shares(
    draws: CountDraws, covariates: FloatArray, position: int | None
) -> dict[str, FloatArray]:
    """Each measure by name, (n_draws, n_levels)."""
    grid = level_grid(draws, position)
    halved = half_variance(draws, team_multipliers(draws.coding, draws.slope_curve, grid))
    mean = np.exp(log_expected_typical(draws, covariates, position, new_team=False) + halved)
    dispersion = draws.dispersion
    scatter = np.zeros((draws.n_draws, 1)) if dispersion is None else 1 / dispersion[:, None]
    variance = 2 * halved
    # Divided by the mean squared, so that large counts do not overflow.
    between = np.expm1(variance)
    within = 1 / mean + np.exp(variance) * scatter
    return {
        TEAM_SHARE: between / (between + within),
        TEAM_SHARE_LOG: variance / (variance + np.log1p(1 / mean + scatter)),
        MEDIAN_RATE_RATIO: median_ratio(variance),
    }


def _slope_share(question: Question, draws: CountDraws) -> tuple[FloatArray | None, int]:
    """
    Give the share of slopes in what teams differ in, (n_draws,), and whom it rests on.

    None and no respondents where no slope of the frequency varies; `WITHHELD` where a
    level may not be shown.
    """
    frequency, position = question.frequency, question.position
    if frequency is None or position is None or frequency.name not in draws.coding.varying_effects:
        return None, 0
    sizes = level_sizes(question.fit, draws.levels_of(position), question.rule)
    if (sizes == WITHHELD).any():
        return None, WITHHELD
    multipliers = team_multipliers(draws.coding, draws.slope_curve, level_grid(draws, position))
    people = sizes / sizes.sum()
    at_mean = np.einsum("npe,p->ne", multipliers, people)[:, None, :]
    whole = half_variance(draws, multipliers) @ people
    general = half_variance(draws, at_mean)[:, 0]
    apart = np.maximum(whole - general, 0.0)
    share = np.divide(apart, whole, out=np.zeros_like(whole), where=whole > 0)
    return share, int(sizes.sum())


def _laid_out(
    question: Question,
    shares: dict[str, FloatArray],
    of_slopes: tuple[FloatArray | None, int],
    interval: float,
) -> Result:
    frequency, fit = question.frequency, question.fit
    numbers = numbers_behind(question)
    shown = numbers != WITHHELD
    levels: list[str | None] = [None] if frequency is None else list(frequency.levels)
    slopes, behind = of_slopes
    extra = int(behind != 0)
    n_rows = len(levels) * len(shares) + extra
    names = [name for name in shares for _ in levels] + [SLOPE_SHARE] * extra
    rows = Rows(
        estimand=names,
        scale=[_scale(name, fit) for name in names],
        population=question.population_name,
        contrast=levels * len(shares) + [None] * extra,
        team=[None] * n_rows,
        n_respondents=np.array([*np.tile(numbers, len(shares)), *[behind] * extra], dtype=np.int64),
        shown=np.array([*np.tile(shown, len(shares)), *[slopes is not None] * extra], dtype=bool),
        notes=notes_on(question, numbers),
    )
    values = {name: chained(fit, share)[:, :, shown] for name, share in shares.items()}
    draws = draws_by_level(fit, frequency, values, shown)
    parts = list(values.values())
    if slopes is not None:
        own = chained(fit, slopes)
        parts.append(own[:, :, None])
        draws = draws.assign({SLOPE_SHARE: ((labels.CHAIN, labels.DRAW), own)})
    together = np.concatenate(parts, axis=2)
    return answered(rows, together, None, interval=interval, draws=draws)


def _scale(name: str, fit: Fit) -> str:
    """Give the unit of a measure: of counts out of K, rates are odds."""
    if not fit.model.family.out_of_trials:
        return SCALES[name]
    return SCALES[name].replace("log rates", "log odds").replace("rate ratio", "ratio of odds")
