"""Aggregation under the ordinal model: a planted share, its bounds, what is refused."""

import numpy as np
import pytest

import learnclimate as lc
from factor_answers import ordinal_answers
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from measurement_answers import survey_of


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(4)
    team = np.arange(600) % 60
    answers = ordinal_answers(rng, 600, np.full((4, 1), 0.7), team=team, team_sd=0.6)
    model = lc.FactorModel("s", levels="team")
    return lc.fit(model, survey_of(answers, team), draws=400, seed=1, progress=False)


def test_the_share_between_teams_is_found(fitted):
    rows = lc.latent_aggregation(fitted, bounds={"icc1": 0.9}).summary.set_index("estimand")
    truth = 0.36 / 1.36
    assert rows.loc["icc1", "lower"] < truth < rows.loc["icc1", "upper"]
    assert rows.loc["icc1", "probability"] == 0
    assert rows.loc["icc2", "lower"] < 10 * truth / (1 + 9 * truth) < rows.loc["icc2", "upper"]
    assert rows.loc["design_effect", "mean"] == pytest.approx(1 + 9 * rows.loc["icc1", "mean"])
    # These teams' own factors vary as they were drawn: 0.36 but for chance.
    assert rows.loc["eta_squared", "lower"] < truth < rows.loc["eta_squared", "upper"]
    # Items tell of the members with error, so the teams are known less well than by icc2.
    assert 0.4 < rows.loc["team_reliability", "mean"] < rows.loc["icc2", "mean"]


def test_the_verdict_is_a_probability_in_words(fitted):
    found = lc.latent_aggregation(fitted, bounds={"icc1": 0.9})
    verdict = found.summary.attrs["verdict"]
    assert verdict.startswith("s differs between teams (icc1 above 0.9) with probability 0.00; ")
    assert verdict.endswith("both hold with probability 0.00.")
    rows = found.summary.set_index("estimand")
    assert f"(icc2 above 0.7) with probability {rows.loc['icc2', 'probability']:.2f}" in verdict


def test_what_has_no_team_level_is_refused(fitted):
    one = lc.fit(
        lc.FactorModel("s"),
        survey_of(ordinal_answers(np.random.default_rng(1), 60, np.full((3, 1), 0.7))),
        draws=400, seed=1, progress=False,
    )  # fmt: skip
    with pytest.raises(ModelError, match="levels='team'"):
        lc.latent_aggregation(one)
    with pytest.raises(ArgumentTypeError, match="no fit"):
        lc.latent_aggregation("fit")
    with pytest.raises(ArgumentError, match="icc3"):
        lc.latent_aggregation(fitted, bounds={"icc3": 0.1})
    with pytest.raises(ArgumentError, match="finite"):
        lc.latent_aggregation(fitted, bounds={"icc1": float("nan")})
    with pytest.raises(ArgumentTypeError, match="a number"):
        lc.latent_aggregation(fitted, bounds={"icc1": "big"})
    with pytest.raises(lc.ArgumentError, match="a share below 1"):
        lc.latent_aggregation(fitted, bounds={"icc1": 5})


def test_hidden_teams_have_no_part_in_squares(tmp_path):
    """Of a hidden team whose members lie far out nothing is told beside the shown ones."""
    rng = np.random.default_rng(9)
    team = np.repeat(np.arange(12), [3, 8, *[11] * 10])
    answers = ordinal_answers(rng, len(team), np.full((4, 1), 0.7), team=team, team_sd=0.3)
    answers[team < 2] = answers.max()
    fit = lc.fit(
        lc.FactorModel("s", levels="team"), survey_of(answers, team),
        draws=400, seed=1, progress=False,
    )  # fmt: skip
    rows = lc.latent_aggregation(fit).summary.set_index("estimand")
    teams = fit.draws["posterior"]["team_factors"].to_numpy()[..., 0].reshape(-1, 12)
    fit.save(tmp_path / "fit.nc")
    kept = lc.load_fit(tmp_path / "fit.nc").draws["posterior"]["team_factors"].sizes["team"]
    shown = teams[:, 12 - kept :]
    means = shown.mean(axis=0).var()
    told = means / (means + shown.var(axis=0).mean())
    assert kept == 10
    assert rows.loc["team_reliability", "mean"] == pytest.approx(told)
    spread = shown.var(axis=1)
    assert rows.loc["eta_squared", "mean"] == pytest.approx((spread / (spread + 1)).mean())
    # All twelve would give another figure.
    every = teams.mean(axis=0).var()
    assert abs(told - every / (every + teams.var(axis=0).mean())) > 0.05


@pytest.mark.slow
def test_intervals_of_the_share_cover_it_with_teams_of_unequal_sizes():
    covered = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        team = np.repeat(np.arange(40), rng.integers(4, 20, 40))
        answers = ordinal_answers(rng, len(team), np.full((4, 1), 0.7), team=team, team_sd=0.5)
        fitted = lc.fit(
            lc.FactorModel("s", levels="team"), survey_of(answers, team),
            draws=400, seed=1, progress=False,
        )  # fmt: skip
        rows = lc.latent_aggregation(fitted).summary.set_index("estimand")
        covered.append(rows.loc["icc1", "lower"] <= 0.2 <= rows.loc["icc1", "upper"])
    assert np.mean(covered) > 0.75
