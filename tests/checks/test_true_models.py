"""Fit of true models: p-values even where teams differ in size, indices at their edges."""

import numpy as np
import pytest
from scipy import stats

from factor_answers import ordinal_answers
from learnclimate.checks.close_fit import Discrepancy, index_rows
from learnclimate.checks.factor_fit_rows import spread_draws
from learnclimate.checks.limited_information import LimitedFit
from learnclimate.checks.replicated_fit import judge_levels
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.measurement.rows import checked_sampling
from measurement_answers import survey_of


@pytest.mark.parametrize("statistic", [0.0, 2.0, 5.0])
def test_a_model_better_than_chance_has_indices_at_their_edges(statistic):
    """A chi-squared below its degrees of freedom: RMSEA 0, CFI 1, TLI 1 or more, none missing."""
    model = Discrepancy(LimitedFit(statistic, 5, 0.9), np.full(100, statistic + 9.0), 10.0)
    null = LimitedFit(900.0, 10, 0.0)
    rows, drawn = index_rows(model, null, (15, 5, 400), checked_sampling(100, 1, 0.9, None), "c2")
    told = {(row.estimand, row.contrast): row.figures["mean"] for row in rows}
    for contrast in ("classical", "posterior"):
        assert told["rmsea", contrast] == 0
        assert told["cfi", contrast] == 1
        assert told["tli", contrast] >= 1
    assert all(np.isfinite(values).all() for values in drawn.values())


def test_where_items_go_together_with_nothing_indices_are_none_less_finite():
    """The null model fits as well: nothing is left to divide by."""
    model = Discrepancy(LimitedFit(3.0, 5, 0.7), np.linspace(5.0, 30.0, 100), 10.0)
    null = LimitedFit(8.0, 10, 0.6)
    rows, _ = index_rows(model, null, (15, 5, 400), checked_sampling(100, 1, 0.9, None), "c2")
    told = {(row.estimand, row.contrast): row.figures["mean"] for row in rows}
    assert told["rmsea", "classical"] == 0
    assert told["cfi", "classical"] == 1
    assert all(np.isfinite(value) for value in told.values())
    assert 0 <= told["cfi", "posterior"] <= 1


@pytest.mark.slow
@pytest.mark.parametrize("open_share", [0.0, 0.5])
def test_two_level_p_values_are_even_where_teams_have_4_to_40_members(open_share):
    """Of ordered answers; half of those low on the first item leave the last two open."""
    team, found = np.repeat(np.arange(36), np.resize([4, 6, 9, 14, 22, 40], 36)), []
    for seed in range(24):
        rng = np.random.default_rng([11, seed])
        answers = ordinal_answers(
            rng, len(team), np.full((5, 1), 0.7), team=team, team_sd=0.5
        ).astype(float)
        for item in (3, 4):
            gone = (answers[:, 0] <= 2) & (rng.random(len(team)) < open_share)
            answers[gone, item] = np.nan
        fitted = fit(FactorModel("s", levels="team"), survey_of(answers, team), draws=200, seed=1,
                     progress=False)  # fmt: skip
        judged = judge_levels(
            fitted, spread_draws(fitted, 100), checked_sampling(100, 1, 0.9, None)
        )
        told = {(row.estimand, row.contrast): row.figures for row in judged.rows}
        found.append([
            told["c2", "classical"]["probability"],
            told["posterior_predictive_p", "within teams"]["probability"],
            told["posterior_predictive_p", "between teams"]["probability"],
            told["rmsea", "posterior"]["mean"],
        ])  # fmt: skip
    *p_values, rmsea = np.transpose(found)
    for one in p_values:
        assert stats.kstest(one, "uniform").pvalue > 0.005
    assert rmsea.mean() < 0.03
