"""Models of several kinds, sampled: draws converge, and what was simulated is found again."""

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.core.kind_labels import KIND_DIMS

TRUTH = lc.KindsTruth(left_open=0.02)


@pytest.mark.slow
def test_a_small_study_is_sampled_and_says_how():
    truth = lc.KindsTruth(
        kinds=("training", "sharing"),
        intercept=(0.5, 1.0),
        levels=("no", "yes"),
        frequency_effect=(0.8, 0.8),
        frequency_shape=(1.0,),
        tenure_effect=(0, 0),
        contract_effect=(0, 0),
        team_sd=((0.3, 0),) * 2,
        respondent_sd=(0.5, 0.5),
        left_open=0.1,
    )
    survey = lc.simulate_survey(n_teams=12, team_size=10, truth=truth, seed=1)
    model = lc.KindsModel(frequency=lc.Linear(), team_effects=("intercept",), covariates=())
    fit = lc.fit(model, survey, draws=4000, seed=1, progress=False)
    assert fit.certificate.passed
    told = " ".join(fit.certificate.actions)
    assert "Sampled with NUTS, because every respondent has effects on several kinds" in told
    assert "their answers to the other kinds are kept" in told
    posterior = fit.draws["posterior"].to_dataset()
    for name, array in posterior.data_vars.items():
        assert array.dims[2:] == KIND_DIMS[name]
    # One study, so within three sds: an interval of 90 % misses the truth in one of ten.
    ratio = lc.rate_ratio(fit, "yes", "no", population="average_team").summary
    assert (abs(ratio["mean"] - np.exp(0.8)) < 3 * ratio["sd"]).all()
    assert (ratio["lower"] > 1.2).all()
    assert fit.summary().table["rhat"].max() < 1.1


def truths(fit, survey):
    """True values by the names of the draws."""
    told = survey.truth.parameters
    names = [str(team) for team in fit.draws["posterior"]["team"].to_numpy()]
    rows = [survey.truth.teams.index(name) for name in names]
    return {
        "intercept": told.intercept,
        "frequency_effect": np.array(told.frequency_effect)[:, None],
        "covariate_effects": np.column_stack([told.tenure_effect, told.contract_effect]),
        "team_sd": told.team_sd,
        "respondent_sd": told.respondent_sd,
        "respondent_correlation": np.where(np.eye(3, dtype=bool), np.nan, 0.4),
        "team_effects": survey.truth.team_effects[rows],
    }


@pytest.mark.slow
def test_720_respondents_and_three_kinds_converge_and_the_truth_is_recovered():
    survey = lc.simulate_survey(n_teams=60, team_size=12, truth=TRUTH, seed=11)
    fit = lc.fit(lc.KindsModel(), survey, seed=11, progress=False)
    assert fit.certificate.passed
    posterior = fit.draws["posterior"].to_dataset()
    inside, scores = [], []
    for name, value in truths(fit, survey).items():
        draws = posterior[name].to_numpy().reshape(fit.provenance.draws, -1)
        true = np.ravel(value)
        known = np.isfinite(true)
        lower, upper = np.quantile(draws[:, known], [0.05, 0.95], axis=0)
        inside.append((lower < true[known]) & (true[known] < upper))
        score = (true[known] - draws[:, known].mean(axis=0)) / draws[:, known].std(axis=0)
        scores.append(score)
    # Team effects, 360 of them, cover as 90 % intervals should; no other value lies far off.
    assert 0.84 < inside[-1].mean() < 0.96
    assert np.abs(np.concatenate(scores[:-1])).max() < 3.5
    assert np.concatenate(inside[:-1]).mean() > 0.75
    predictive = lc.posterior_predictive(fit, draws=200)
    assert predictive.statistics["verdict"].ne("bad").all()
    compared = lc.compare_kinds(fit, "weekly", "never", population="average_team").summary
    assert compared["probability"].iloc[-1] > 0.5
