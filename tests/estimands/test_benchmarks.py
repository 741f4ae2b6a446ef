"""The measured covariates beside the E-value: known strengths, small cells, what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.core.errors import FitError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.counts.model import CountModel
from learnclimate.estimands.benchmarks import _table, confounder_benchmarks
from learnclimate.estimands.confounding import confounder_strength
from structured import fit_from_prior, structured_survey
from synthetic import make_synthetic_fit


def row(result, estimand, label):
    table = result.summary
    return table[(table["estimand"] == estimand) & (table["contrast"] == label)].iloc[0]


@pytest.fixture(scope="module")
def beside(synthetic_fit):
    return confounder_benchmarks(synthetic_fit, "weekly", "never", population="study")


def test_rows_are_the_e_value_and_three_a_covariate(beside):
    assert tuple(beside.summary.columns) == RESULT_COLUMNS
    assert beside.summary["estimand"].tolist() == [
        "e_value",
        *(["covariate_rate_ratio", "covariate_imbalance", "covariate_e_value"] * 2),
    ]


def test_imbalance_is_that_of_the_shares_answered(beside, synthetic_fit, survey):
    frame = survey.frame
    shares = [
        (frame.loc[frame["talk"] == level, "contract"] == "temporary").mean()
        for level in ("weekly", "never")
    ]
    ratios = [shares[0] / shares[1], (1 - shares[0]) / (1 - shares[1])]
    expected = max(max(r, 1 / r) for r in ratios)
    found = row(beside, "covariate_imbalance", "contract[temporary]")
    assert found["lower"] <= expected <= found["upper"]


def test_outcome_strength_is_that_of_the_model(exact_fit, survey):
    result = confounder_benchmarks(exact_fit, "weekly", "never", population="study")
    truth = survey.truth.parameters
    category = row(result, "covariate_rate_ratio", "contract[temporary]")
    assert category["mean"] == pytest.approx(np.exp(truth.contract_effect))
    sd = exact_fit.design.covariate_sds[0]
    number = row(result, "covariate_rate_ratio", "tenure")
    assert number["mean"] == pytest.approx(np.exp(abs(truth.tenure_effect) * 2 * sd))


def test_strength_together_is_the_e_value_of_the_bound(beside):
    draws = beside.draws.sel(covariate="tenure")
    a, b = draws["covariate_rate_ratio"], draws["covariate_imbalance"]
    together = confounder_strength((a * b / (a + b - 1)).to_numpy())
    np.testing.assert_allclose(draws["covariate_e_value"], together)
    share = (beside.draws["e_value"] > draws["covariate_e_value"]).mean().item()
    assert row(beside, "covariate_e_value", "tenure")["probability"] == pytest.approx(share)


def test_a_planted_strong_covariate_is_seen_to_be_strong(synthetic_fit, change):
    """A covariate that decides nearly everything is as strong as the ratio needs; others not."""
    effects = synthetic_fit.draws["posterior"]["covariate_effects"].to_numpy().copy()
    effects[..., 1] = np.log(30.0)
    strong = change(synthetic_fit, covariate_effects=effects)
    level = strong.design.frequency_level[:, 0]
    covariates = strong.design.covariates.copy()
    covariates[:, 1] = np.where(level == 4, 1.0, covariates[:, 1])
    covariates[np.flatnonzero(level == 4)[:6], 1] = 0.0
    from dataclasses import replace

    strong = replace(strong, design=replace(strong.design, covariates=covariates))
    result = confounder_benchmarks(strong, "weekly", "never", population="average_team")
    planted = row(result, "covariate_e_value", "contract[temporary]")
    assert planted["mean"] > 3 * row(result, "covariate_e_value", "tenure")["mean"]


def test_small_cells_are_hidden(synthetic_fit):
    from dataclasses import replace

    covariates = synthetic_fit.design.covariates.copy()
    lowest = np.flatnonzero(synthetic_fit.design.frequency_level[:, 0] == 0)
    covariates[lowest, 1] = 0.0
    covariates[lowest[:3], 1] = 1.0
    fit = replace(synthetic_fit, design=replace(synthetic_fit.design, covariates=covariates))
    result = confounder_benchmarks(fit, "weekly", "never", population="study")
    hidden = result.summary[result.summary["suppressed"]]
    assert hidden["contrast"].unique().tolist() == ["contract[temporary]"]
    assert hidden[["mean", "n_respondents", "probability"]].isna().all(axis=None)
    assert result.draws["covariate"].to_numpy().tolist() == ["tenure"]
    assert "not compared" in " ".join(result.summary.attrs["notes"])


def test_hidden_levels_hide_everything(synthetic_fit, change):
    fit = change(synthetic_fit, "constant_data", level_size=[3, 40, 70, 60, 66])
    result = confounder_benchmarks(fit, "weekly", "never", population="study")
    assert result.summary["suppressed"].all()
    assert result.summary["mean"].isna().all()


def test_a_model_without_covariates_has_nothing_to_compare(survey):
    fit = make_synthetic_fit(survey, CountModel(covariates=()), n_draws=5)
    result = confounder_benchmarks(fit, "weekly", "never", population="study")
    assert result.summary["estimand"].tolist() == ["e_value"]
    assert "no covariates" in result.summary.attrs["notes"][0]


def test_a_fit_without_respondents_is_refused(loaded_fit):
    with pytest.raises(FitError, match="without them"):
        confounder_benchmarks(loaded_fit, "weekly", "never", population="study")


def test_a_moderator_is_measured_over_the_levels_as_answered():
    """What shifts the slope goes together with the count as much as the levels say."""
    survey = structured_survey(("talk",), n_teams=40, team_size=10)
    model = CountModel(moderators=("challenge",), covariates=("age", "challenge"))
    fit = fit_from_prior(model, survey, n_draws=5)
    found = confounder_benchmarks(fit, "daily", "never", population="study")
    draw = fit.draws["posterior"].isel(chain=0, draw=0)
    curve = draw["frequency_curve"].to_numpy() / draw["frequency_effect"].item()
    challenge = fit.design.covariates[:, 1]
    shares = np.bincount(fit.design.frequency_level[:, 0]) / fit.design.n_rows
    covariance = np.outer(draw["team_sd"], draw["team_sd"]) * draw["team_correlation"].to_numpy()
    means = []
    for side in (1, -1):
        value = challenge.mean() + side * challenge.std()
        multipliers = np.column_stack([np.ones(4), curve])
        spread = np.einsum("le,ef,lf->l", multipliers, covariance, multipliers)
        place = draw["covariate_effects"].to_numpy()[1] * value + spread / 2
        place = place + draw["frequency_curve"].to_numpy()
        place = place + draw["slope_shifts"].item() * (value - challenge.mean()) * curve
        means.append(shares @ np.exp(place))
    ratio = max(means[0] / means[1], means[1] / means[0])
    drawn = found.draws["covariate_rate_ratio"].sel(covariate="challenge")
    assert drawn.isel(chain=0, draw=0).item() == pytest.approx(ratio, rel=1e-3)


def test_of_a_number_people_in_hidden_teams_are_not_counted():
    """Those older than the median are whole teams, where teams share an age."""
    team = np.repeat([f"team {place}" for place in range(6)], [3, 9, 10, 11, 12, 10])
    frame = pd.DataFrame({"team": team, "learnt": np.arange(len(team)) % 5})
    frame["talk"] = np.where(np.arange(len(team)) % 2, "never", "weekly")
    codebook = lc.Codebook(
        outcome="learnt", team="team", frequency="talk", frequency_levels=["never", "weekly"]
    )
    design = lc.CountModel().design(lc.read_survey(frame, codebook))
    ages = SimpleNamespace(values=design.team.astype(float) % 4, is_category=False)
    table, number = _table(design, ages, (0, 1, 0), lc.DisclosureRule())
    # Team 0 is small, and team 1 hidden with it.
    assert number == len(frame)
    assert table.sum() == len(frame) - 12


@pytest.mark.parametrize("hidden", [(1, 4), (4, 1)])
def test_where_a_number_is_cut_hangs_on_shown_teams_alone(hidden):
    """The oldest team and the youngest are hidden: everybody's median moves with their sizes."""
    sizes = [*hidden, 10, 12, 12, 8]
    team = np.repeat([f"team {place}" for place in range(6)], sizes)
    frame = pd.DataFrame({"team": team, "learnt": np.arange(len(team)) % 5})
    within = np.concatenate([np.arange(size) for size in sizes])
    frame["talk"] = np.where(within % 2, "never", "weekly")
    codebook = lc.Codebook(
        outcome="learnt", team="team", frequency="talk", frequency_levels=["never", "weekly"]
    )
    design = lc.CountModel().design(lc.read_survey(frame, codebook))
    age = np.array([0.0, 9.0, 1.0, 2.0, 3.0, 4.0])
    ages = SimpleNamespace(values=age[design.team], is_category=False)
    table, _ = _table(design, ages, (0, 1, 0), lc.DisclosureRule())
    # Of 42 the one in the middle is in the team of age 2; everybody's is in that of 3, or of 2.
    assert table.tolist() == [[10, 11], [10, 11]]
