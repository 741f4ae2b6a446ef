import numpy as np

from learnclimate.counts.frequency import Linear
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.count_draws import count_draws
from learnclimate.inference.small_groups import hidden_teams
from synthetic import make_synthetic_fit


def test_chains_follow_one_another(synthetic_fit):
    draws = count_draws(synthetic_fit)
    intercept = synthetic_fit.draws["posterior"]["intercept"].to_numpy()
    assert draws.n_draws == 400
    np.testing.assert_array_equal(draws.intercept[100:200], intercept[1])


def test_covariance_joins_sds_and_correlation(exact_fit):
    covariance = count_draws(exact_fit).team_covariance[0]
    np.testing.assert_allclose(
        covariance, [[0.35**2, -0.2 * 0.35 * 0.3], [-0.2 * 0.35 * 0.3, 0.3**2]]
    )


def test_a_single_team_effect_needs_no_correlation(plain_fit):
    tree = plain_fit.draws["posterior"]
    covariance = count_draws(plain_fit).team_covariance
    np.testing.assert_allclose(covariance[:, 0, 0], tree["team_sd"].to_numpy().ravel() ** 2)


def test_slope_curve_runs_from_zero_to_one(synthetic_fit):
    draws = count_draws(synthetic_fit)
    np.testing.assert_allclose(draws.slope_curve[:, 0], 0)
    np.testing.assert_allclose(draws.slope_curve[:, -1], 1)
    np.testing.assert_allclose(draws.slope_curve * draws.curve[:, -1:], draws.curve, atol=1e-12)


def test_other_codings_take_equal_steps(survey):
    draws = count_draws(make_synthetic_fit(survey, CountModel(frequency=Linear()), n_draws=2))
    np.testing.assert_allclose(draws.slope_curve, [[0, 0.25, 0.5, 0.75, 1]] * 8)


def test_a_model_without_team_effects_has_none(survey):
    draws = count_draws(make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=2))
    assert draws.team_effects.shape == (8, 0, 0)
    assert draws.team_covariance.shape == (8, 0, 0)


def test_blocks_are_views(synthetic_fit):
    draws = count_draws(synthetic_fit)
    block = draws.block(slice(10, 20))
    assert block.n_draws == 10
    assert np.shares_memory(block.team_effects, draws.team_effects)
    assert np.shares_memory(
        draws.team_effects, synthetic_fit.draws["posterior"]["team_effects"].to_numpy()
    )


def test_levels_of_lie_behind_one_another(two_fit):
    draws = count_draws(two_fit)
    assert draws.levels_of(0) == slice(0, 5)
    assert draws.levels_of(1) == slice(5, 10)


def test_a_loaded_fit_tells_the_teams_it_kept(loaded_fit, small_fit):
    loaded, live = count_draws(loaded_fit), count_draws(small_fit)
    kept = live.team_effects[:, ~hidden_teams(small_fit.draws, DisclosureRule())]
    # The file's are moved, each by half its spread given all else: of the same distribution.
    assert loaded.team_effects.shape == kept.shape
    assert not np.isclose(loaded.team_effects, kept).mean() > 0.05
    off = (loaded.team_effects.mean(axis=0) - kept.mean(axis=0)) / kept.std(axis=0)
    assert np.abs(off).max() < 6 / np.sqrt(len(kept))
    np.testing.assert_allclose(loaded.team_effects.std(axis=0), kept.std(axis=0), rtol=0.15)
    apart = loaded.dispersion.mean() - live.dispersion.mean()
    assert abs(apart) < 5 * live.dispersion.std() / np.sqrt(len(live.dispersion))
    assert np.corrcoef(loaded.dispersion, live.dispersion)[0, 1] > 0.8
