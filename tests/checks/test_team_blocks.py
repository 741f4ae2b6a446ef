"""Taking teams in turn changes nothing but the memory."""

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.checks import team_blocks as module
from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.respondents import chosen_draws
from learnclimate.checks.team_blocks import team_blocks, whole_block
from learnclimate.checks.team_counts import TeamSums
from learnclimate.core.errors import FitError
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.store import load_fit
from structured import fit_from_prior, structured_survey

MODELS = {
    "departments": lc.CountModel(department_effects=("intercept", "frequency")),
    "manifest": lc.CountModel(between="manifest", moderators=("challenge",)),
    "latent": lc.CountModel(between="latent"),
    "zero part": lc.CountModel(family=lc.HurdlePoisson(lc.ZeroPart(team_intercept=True))),
    "no teams": lc.CountModel(team_effects=()),
}


@pytest.fixture(scope="module")
def structured():
    return structured_survey(n_teams=13, team_size=4)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_teams_in_turn_lie_where_they_lie_at_once(structured, model, monkeypatch):
    fit = fit_from_prior(model, structured, n_draws=5)
    whole = whole_block(fit.design, chosen_draws(fit, 20, fit.design))
    everyone = np.arange(fit.design.n_rows)
    at_once = places_of_rows(whole.draws, fit.design, everyone)
    monkeypatch.setattr(module, "_MOST", 20 * 3 * 4)
    blocks = list(team_blocks(fit, 20, fit.design))
    assert len(blocks) >= 2
    assert sorted(np.concatenate([block.rows for block in blocks])) == everyone.tolist()
    for block in blocks:
        own = np.arange(block.design.n_rows)
        at = places_of_rows(block.draws, block.design, own, setting=block.setting)
        np.testing.assert_allclose(at.predictor, at_once.predictor[:, block.rows])
        if at.zero_log_odds is not None:
            np.testing.assert_allclose(at.zero_log_odds, at_once.zero_log_odds[:, block.rows])
        assert (block.design.outcome == fit.design.outcome[block.rows]).all()


def test_checks_do_not_depend_on_how_many_teams_are_taken_at_once(synthetic_fit, monkeypatch):
    def told():
        predictive = lc.posterior_predictive(synthetic_fit, draws=100)
        return lc.leave_one_out(synthetic_fit, refits=0, progress=False), predictive

    (left_out, predictive), monkeypatched = told(), monkeypatch
    monkeypatched.setattr(module, "_MOST", 400 * 2 * 3)
    again, in_turn = told()
    np.testing.assert_allclose(again.pointwise, left_out.pointwise)
    np.testing.assert_allclose(again.khat, left_out.khat)
    one, other = (t.statistics.set_index("statistic")["median"] for t in (predictive, in_turn))
    # Other random numbers, the same distribution.
    np.testing.assert_allclose(one, other, rtol=0.15)


def test_effects_drawn_anew_in_turn_are_those_of_the_posterior(monkeypatch):
    survey = lc.simulate_survey(n_teams=16, team_size=8, seed=5)
    ask = {"seed": 2, "draws": 1000, "progress": False}
    moments, kept = (
        lc.fit(lc.CountModel(covariates=()), survey, team_draws=keep, **ask)
        for keep in (False, True)
    )
    monkeypatch.setattr(module, "_MOST", 1000 * 2 * 3)
    blocks = list(team_blocks(moments, 1000, moments.design))
    assert len(blocks) == 6
    anew = np.concatenate([block.draws["team_effects"] for block in blocks], axis=1)
    held = chosen_draws(kept, 1000, kept.design)["team_effects"]
    apart = np.abs(anew.mean(axis=0) - held.mean(axis=0)) / held.std(axis=0)
    assert apart.max() < 4.5 / np.sqrt(1000 / 3)
    # Teams are independent given the parameters, whichever block they are drawn in.
    noise = anew - held
    between = np.corrcoef(noise.reshape(1000, -1).T)
    assert np.abs(between[:6, 6:12]).max() < 0.2
    one, other = (lc.leave_one_out(fit, progress=False).elpd for fit in (moments, kept))
    assert one == pytest.approx(other, abs=2.0)


def test_densities_use_all_draws_where_teams_are_very_many(monkeypatch):
    """Draws were once fewer where the effects of all teams did not fit in memory."""
    survey = lc.simulate_survey(n_teams=12, team_size=6, seed=3)
    fit = lc.fit(lc.CountModel(), survey, draws=400, seed=3, progress=False, team_draws=False)
    monkeypatch.setattr("learnclimate.inference.redrawing._MOST_BYTES", 100)
    monkeypatch.setattr(module, "_MOST", 400 * 2)
    assert lc.posterior_predictive(fit, draws=400).draws == 400
    for block in team_blocks(fit, 400, fit.design):
        assert block.draws["team_effects"].shape == (400, 1, 2)
        rows = np.arange(block.design.n_rows)
        found = log_density_of_rows(block.draws, block.design, fit.model.family, rows)
        assert found.shape == (400, len(rows))


def test_small_teams_of_a_file_that_cannot_be_drawn_anew_are_told(structured, tmp_path):
    fit = fit_from_prior(MODELS["zero part"], structured, n_draws=5)
    fit.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    with pytest.raises(FitError, match="lacks the effects of some teams"):
        lc.leave_one_out(loaded, survey=structured, progress=False)


def test_team_figures_rest_on_draws_spread_over_all_of_them(fitted, monkeypatch):
    """Where teams are very many: not on the first draws, which may be those of one chain."""
    design = fitted.design
    counts = np.repeat(np.arange(100)[:, None], design.n_rows, axis=1)
    monkeypatch.setattr("learnclimate.checks.team_counts._MOST_SUMS", 25 * design.n_teams)
    sums = TeamSums(design, 100)
    list(sums.watching(iter([(np.arange(design.n_rows), counts)])))
    kept = np.linspace(0, 99, 25).astype(int)
    np.testing.assert_allclose(sums.means, np.repeat(kept[:, None], design.n_teams, axis=1))
    told = lc.posterior_predictive(fitted, draws=100)
    assert (told.draws, told.team_draws) == (100, 25)
    assert "team figures rest on 25 of these, spread evenly" in str(told)
