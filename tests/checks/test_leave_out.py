from dataclasses import replace

import numpy as np
import pytest

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.leave_out import leave_one_out, leave_one_team_out
from learnclimate.checks.left_out import (
    part_densities,
    respondents_as_parts,
    teams_as_parts,
)
from learnclimate.checks.respondents import chosen_draws
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.inference.store import load_fit
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from refits import assert_agree


@pytest.fixture(scope="module")
def respondents(fitted):
    return leave_one_out(fitted, progress=False)


@pytest.fixture(scope="module")
def teams(fitted):
    return leave_one_team_out(fitted, progress=False)


def test_respondents_agree_with_exact_refits(fitted, respondents):
    rows = np.argsort(respondents.pointwise)[[0, 1, 60, 120]]
    draws = chosen_draws(fitted, 4000, fitted.design)
    log_density = log_density_of_rows(draws, fitted.design, fitted.model.family, rows).T
    parts = respondents_as_parts(fitted.design, rows)
    assert_agree(fitted, respondents, rows, parts, log_density)


def test_teams_agree_with_exact_refits(fitted, teams):
    order = np.argsort(-teams.khat)[[0, 1, 12, 23]]
    draws = chosen_draws(fitted, 4000, fitted.design, teams=False)
    parts = [teams_as_parts(fitted.design)[team] for team in order]
    log_density = part_densities(fitted, fitted.design, parts, draws)
    assert_agree(fitted, teams, order, parts, log_density)


def test_a_true_model_is_told_to_be_good(respondents, teams, fitted):
    for one in (respondents, teams):
        assert one.verdict == "good"
        assert one.n_doubtful == 0
        assert one.elpd == pytest.approx(one.pointwise.sum())
        assert one.check.values["elpd"] == one.elpd
    assert len(respondents.pointwise) == fitted.design.n_respondents
    assert "respondents are predicted" in respondents.words
    # A team never seen is harder to predict than more people of a known one.
    assert teams.elpd < respondents.elpd


@pytest.fixture(scope="module")
def far_out(survey):
    frame = survey.frame.copy()
    frame.loc[frame.index[3], "activities"] = 900
    return fit(
        CountModel(team_effects=("intercept",)),
        read_survey(frame, survey.codebook),
        draws=1000,
        seed=2,
        progress=False,
    )


def test_a_respondent_who_moves_the_fit_is_seen_and_fitted_anew(far_out):
    fit_ = far_out
    doubted = leave_one_out(fit_, refits=0, progress=False)
    assert doubted.verdict in ("doubtful", "bad")
    assert "cannot be trusted" in doubted.words
    anew = leave_one_out(fit_, progress=False)
    assert anew.verdict == "good"
    assert anew.method[3] == 2
    assert "fitted anew without 1 respondent" in anew.words


def test_the_advice_is_one_that_can_be_followed(fitted, respondents, monkeypatch):
    """More refits are advised only where they would help."""
    khat = respondents.khat.copy()
    khat[0] = 1.2
    doubted = replace(respondents, khat=khat)
    assert "allow more refits" in doubted.words
    assert "fitted anew" not in doubted.words
    monkeypatch.setattr(
        "learnclimate.checks.leave_out.integration_obstacle", lambda fit, design: "planted"
    )
    told = leave_one_out(fitted, draws=100, progress=False)
    assert told.no_refits == "planted"
    told = replace(told, khat=khat)
    assert "cannot be fitted anew without them, since planted" in told.words
    assert "allow more refits" not in told.words


def test_a_refit_that_fails_is_told(far_out, monkeypatch):
    def fails(*_, **__):
        raise FitError("planted")

    monkeypatch.setattr("learnclimate.checks.left_out_estimates.refitted_draws", fails)
    told = leave_one_out(far_out, progress=False)
    assert told.n_doubtful == 1
    assert "allow more refits" not in told.words
    assert "the engine cannot do without some of them" in told.words


def test_a_model_without_teams_leaves_teams_out_by_their_rows(teamless_fit):
    teams = leave_one_team_out(teamless_fit, refits=0, progress=False)
    respondents = leave_one_out(teamless_fit, progress=False)
    assert teams.elpd == pytest.approx(respondents.elpd, abs=5)


def test_a_saved_fit_asks_for_the_survey_and_finds_the_same(fitted, teams, survey, tmp_path):
    fitted.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    with pytest.raises(FitError, match="survey="):
        leave_one_team_out(loaded)
    again = leave_one_team_out(loaded, survey=survey, progress=False)
    # The draws of a file are moved: equal but for chance.
    assert again.pointwise == pytest.approx(teams.pointwise, abs=0.4)
    assert again.elpd == pytest.approx(teams.elpd, abs=1.0)
    other = simulate_survey(n_teams=24, team_size=10, seed=12)
    with pytest.raises(FitError, match="not the answers"):
        leave_one_team_out(loaded, survey=other)


def test_small_teams_that_a_file_lacks_are_drawn_anew(tmp_path):
    survey = simulate_survey(n_teams=12, team_size=6, seed=3)
    model = CountModel(team_effects=("intercept",), covariates=())
    fit_ = fit(model, survey, draws=1000, seed=3, progress=False)
    fit_.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    assert loaded.draws["posterior"].sizes["team"] < 12
    again = leave_one_out(loaded, survey=survey, progress=False)
    assert again.elpd == pytest.approx(leave_one_out(fit_, progress=False).elpd, abs=1.0)


def test_memory_does_not_decide_the_answer(fitted, respondents, monkeypatch):
    monkeypatch.setattr("learnclimate.checks.left_out_estimates._BLOCK", 2000 * 7)
    assert leave_one_out(fitted, progress=False).pointwise == pytest.approx(respondents.pointwise)


def test_not_applicable_is_a_value(fitted):
    four = replace(fitted.coding, team_effects=("intercept", "talk", "talk", "talk"))
    design = replace(fitted.design, coding=four)
    told = leave_one_team_out(replace(fitted, design=design, coding=four), progress=False)
    assert told.verdict == "not applicable"
    assert told.check.values == {}
    assert "cannot be integrated out" in told.words


def test_arguments_are_checked(fitted):
    with pytest.raises(ArgumentTypeError, match="refits"):
        leave_one_out(fitted, refits=1.5)
    with pytest.raises(ArgumentError, match="refits"):
        leave_one_team_out(fitted, refits=-1)
    for check in (leave_one_out, leave_one_team_out):
        with pytest.raises(ArgumentError, match="seed=-1"):
            check(fitted, seed=-1)
    with pytest.raises(ArgumentTypeError, match="Give a fit"):
        leave_one_out("fit")


@pytest.mark.parametrize("size", [4, 5])
def test_so_few_respondents_that_a_sum_would_tell_of_them(size):
    survey = simulate_survey(n_teams=2, team_size=20, seed=1)
    few = replace(survey, frame=survey.frame.iloc[:size])
    model = CountModel(covariates=(), team_effects=())
    fitted = fit(model, few, draws=400, seed=1, progress=False)
    for leave_out in (leave_one_out, leave_one_team_out) if size < 5 else ():
        found = leave_out(fitted, progress=False)
        assert found.verdict == "not applicable"
        assert "fewer than 5 respondents" in found.words
        assert not found.values
        assert not len(found.pointwise)
    if size == 5:
        assert "the standard error says little" in leave_one_out(fitted, progress=False).words
        alone = leave_one_team_out(fitted, progress=False)
        assert alone.verdict == "not applicable"
        assert "in one team" in alone.words
