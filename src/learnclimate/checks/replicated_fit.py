"""Fit of a factor model by answers replicated from it, and of continuous items by normal theory."""

import numpy as np
import numpy.typing as npt

from learnclimate.checks.close_fit import Discrepancy, index_rows
from learnclimate.checks.completed_answers import left_open
from learnclimate.checks.continuous_fit import (
    best_fit,
    discrepancy,
    implied_normal,
    independent_fit,
)
from learnclimate.checks.factor_fit_rows import (
    LEAST,
    Judged,
    p_row,
    pairs_of,
    residual_rows,
    srmr_row,
    too_few,
)
from learnclimate.checks.factor_replicates import LevelFit, level_fits
from learnclimate.checks.level_fit import level_test
from learnclimate.checks.limited_information import LimitedFit
from learnclimate.checks.open_normal import open_normal_test
from learnclimate.checks.open_replicates import open_level_fits
from learnclimate.checks.team_pairs_fit import pairs_test
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.measurement.rows import (
    CLASSICAL,
    POSTERIOR,
    Row,
    Sampling,
    draws_dataset,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LEAST_TEAMS = 10
_EDGE_NOTE = (
    "Covariances between teams are no less than nothing, and a model in which items have no level "
    "of their own in a team lies on that edge: chi_squared of both levels and between teams is "
    "then smaller than chance makes it, and its p-value too large."
)
_LOST_NOTE = (
    "chi_squared is not determined where it is missing: the search found no likeliest covariances, "
    "as where teams have hardly more members than one."
)
_NONE_LIKELIEST = (
    "chi_squared is not determined: the search found no likeliest means and covariances, as where "
    "two items are answered together by next to nobody."
)
_SCALE = "correlation of the answers less that of replicated ones"


def judge_continuous(fit: FactorFit, chosen: IntArray, options: Sampling) -> Judged:
    """
    Hold a model of continuous items and one level against the answers.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    options : Sampling
        Seed, and probability of the intervals.

    Returns
    -------
    Judged
        Chi-squared of normal theory and what follows from it; what replicated answers tell.
    """
    told, kept, notes = _by_normal_theory(fit, chosen, options)
    (own,) = _level_fits(fit, chosen, options).values()
    n = int(fit.design.answered.sum())
    told += [p_row(POSTERIOR, own.p_value, n), _srmr_of(CLASSICAL, own, n)]
    told += residual_rows(fit, own.residual, options, scale=_SCALE)
    pairs = draws_dataset({"residual_correlation": own.residual}, {"pair": pairs_of(fit)})
    return Judged(told, draws_dataset(kept).merge(pairs), notes)


def judge_levels(fit: FactorFit, chosen: IntArray, options: Sampling) -> Judged:
    """
    Hold a model of two levels against the answers.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    options : Sampling
        Seed, and probability of the intervals.

    Returns
    -------
    Judged
        A test of both levels together and what follows from it; what replicated answers tell,
        within and between teams.
    """
    n = int(fit.design.answered.sum())
    rows, kept, notes, srmr = _tested(fit, chosen, options)
    found = _level_fits(fit, chosen, options)
    for level, own in found.items():
        rows.append(p_row(level, own.p_value, n))
        if not srmr:
            rows.append(_srmr_of(level, own, n))
    rows += [srmr_row(level, {"mean": value}, n) for level, value in srmr.items()]
    for level, own in found.items():
        rows += residual_rows(fit, own.residual, options, scale=_SCALE, level=level)
    drawn = np.stack([own.residual for own in found.values()], axis=1)
    axes = {"level": list(found), "pair": pairs_of(fit)}
    pairs = draws_dataset({"residual_correlation": drawn}, axes)
    return Judged(rows, draws_dataset(kept).merge(pairs), notes)


def _level_fits(fit: FactorFit, chosen: IntArray, options: Sampling) -> dict[str, LevelFit]:
    if left_open(fit.design):
        return open_level_fits(fit, chosen, options.generator(), seed=options.seed)
    return level_fits(fit, chosen, options.generator())


def _tested(
    fit: FactorFit, chosen: IntArray, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray], tuple[str, ...], dict[str, float]]:
    """Test both levels, where there are respondents and teams enough."""
    answered = fit.design.answered
    n_teams = len(np.unique(fit.design.team[answered]))
    enough = int(answered.sum()) >= LEAST and n_teams >= _LEAST_TEAMS
    continuous = fit.model.link == "identity"
    test = "chi_squared" if continuous else "c2"
    if not enough:
        told = f"{test}, rmsea, cfi and tli need {LEAST} respondents, in {_LEAST_TEAMS} teams; "
        return [], {}, (f"{told}there are fewer.",), {}
    if not continuous:
        model, null, sizes = pairs_test(fit, chosen, seed=options.seed)
        rows, kept = index_rows(model, null, sizes, options, test)
        return rows, kept, (), {}
    found = level_test(fit, chosen)
    tests = (found.model.best, found.null, *found.by_level.values())
    lost = any(np.isnan(one.statistic) for one in tests)
    notes = (_EDGE_NOTE, _LOST_NOTE) if lost else (_EDGE_NOTE,)
    rows, kept = index_rows(found.model, found.null, found.sizes, options, test)
    rows[1:1] = [_row_of_level(level, one, found.sizes[2]) for level, one in found.by_level.items()]
    return rows, kept, notes, found.srmr


def _row_of_level(level: str, found: LimitedFit, n: int) -> Row:
    return Row(
        estimand="chi_squared",
        scale=f"chi-squared with {found.df} degrees of freedom",
        contrast=level,
        figures={"mean": found.statistic, "probability": found.p_value},
        n_respondents=n,
    )


def _srmr_of(contrast: str, own: LevelFit, n: int) -> Row:
    at_mean = float(np.sqrt((own.residual.mean(axis=0) ** 2).mean()))
    return srmr_row(contrast, {"mean": at_mean}, n)


def _by_normal_theory(
    fit: FactorFit, chosen: IntArray, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray], tuple[str, ...]]:
    if int(fit.design.answered.sum()) < LEAST:
        return [], {}, (too_few("chi_squared"),)
    if left_open(fit.design):
        model, null, open_sizes = open_normal_test(fit, chosen)
        lost = np.isnan(model.best.statistic + null.statistic)
        rows, kept = index_rows(model, null, open_sizes, options, "chi_squared")
        return rows, kept, (_NONE_LIKELIEST,) if lost else ()
    complete = fit.design.numbers[fit.design.answered]
    n, n_items = complete.shape
    best = best_fit(fit, complete)
    sample = np.cov(complete.T, bias=True)
    sizes = fit.draws["posterior"].sizes
    every = np.arange(sizes["chain"] * sizes["draw"])
    at_mean = implied_normal(fit, every).covariances.mean(axis=0)
    draws = n * discrepancy(sample, implied_normal(fit, chosen).covariances)
    added = float(draws.mean() - n * discrepancy(sample, at_mean))
    n_moments = n_items * (n_items + 1) // 2
    model, null = Discrepancy(best, draws, added), independent_fit(complete)
    rows, kept = index_rows(model, null, (n_moments, n_items, n), options, "chi_squared")
    return rows, kept, ()
