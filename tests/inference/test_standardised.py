from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import ModelError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference import standardised
from learnclimate.inference.standardised import standardised_answers
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit

LEVELS = ("never", "yearly", "quarterly", "monthly", "weekly")


def arrays(fit):
    return {str(k): v.to_numpy() for k, v in fit.draws["posterior"].data_vars.items()}


def by_hand(fit, chain, draw, level=None):
    """Expected count of every respondent at one draw, written out."""
    p = {name: values[chain, draw] for name, values in arrays(fit).items()}
    design = fit.design
    answered = design.frequency_level[:, 0] if level is None else np.full(design.n_rows, level)
    curve = np.concatenate([[0.0], np.cumsum(p["frequency_shape"][0])])[answered]
    u = p["team_effects"][design.team]
    log_rate = (
        design.log_exposure
        + p["intercept"]
        + p["frequency_effect"][0] * curve
        + design.covariates @ p["covariate_effects"]
        + u[:, 0]
        + u[:, 1] * curve
    )
    return np.exp(log_rate)


@pytest.fixture(scope="module")
def exposed_fit():
    return make_synthetic_fit(
        simulate_survey(n_teams=9, team_size=6, seed=4, truth=Truth(exposure=True)), n_draws=10
    )


def test_expected_counts_are_means_over_the_respondents(exposed_fit):
    answers = standardised_answers(arrays(exposed_fit), exposed_fit.design, seed=1)
    for level in range(5):
        assert answers["expected_count"][2, 7, level] == pytest.approx(
            by_hand(exposed_fit, 2, 7, level).mean(), rel=1e-12
        )
    assert answers["expected_count_observed"][1, 3] == pytest.approx(
        by_hand(exposed_fit, 1, 3).mean(), rel=1e-12
    )


def test_weights_and_multiplicities_weigh(exposed_fit):
    rng = np.random.default_rng(3)
    n = exposed_fit.design.n_rows
    design = replace(
        exposed_fit.design,
        weight=rng.random(n) + 0.5,
        multiplicity=rng.integers(1, 4, n).astype(float),
    )
    answers = standardised_answers(arrays(exposed_fit), design, seed=1)
    wanted = np.average(by_hand(exposed_fit, 0, 0, 4), weights=design.weight * design.multiplicity)
    assert answers["expected_count"][0, 0, 4] == pytest.approx(wanted, rel=1e-12)


def test_blocks_of_draws_change_nothing(exposed_fit, monkeypatch):
    whole = standardised_answers(arrays(exposed_fit), exposed_fit.design, seed=1)
    monkeypatch.setattr(standardised, "_BLOCK", 3 * exposed_fit.design.n_rows)
    parts = standardised_answers(arrays(exposed_fit), exposed_fit.design, seed=1)
    for name, values in whole.items():
        np.testing.assert_array_equal(values, parts[name])


def test_two_frequencies_are_set_one_at_a_time():
    survey = simulate_survey(n_teams=9, team_size=6, seed=4)
    frame = survey.frame.copy()
    frame["meetings"] = np.where(np.arange(len(frame)) % 3 == 0, "often", "seldom")
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency=("talk", "meetings"),
        frequency_levels={"talk": LEVELS, "meetings": ("seldom", "often")},
    )
    read = read_survey(frame, codebook)
    model = CountModel(team_effects=("intercept", "meetings"))
    design = model.design(read)
    rng = np.random.default_rng(0)
    posterior = {
        "intercept": rng.normal(size=(4, 3)),
        "frequency_curve": rng.normal(size=(4, 3, 7)),
        "frequency_shape": rng.dirichlet(np.ones(4), size=(4, 3, 2)),
        "team_effects": rng.normal(size=(4, 3, 9, 2)),
    }
    answers = standardised_answers(posterior, design, seed=1)
    p = {name: values[1, 2] for name, values in posterior.items()}
    talk = p["frequency_curve"][:5][design.frequency_level[:, 0]]
    u = p["team_effects"][design.team]
    steps = p["frequency_shape"][1, :1].cumsum()
    wanted = np.exp(
        p["intercept"] + talk + p["frequency_curve"][6] + u[:, 0] + u[:, 1] * steps[-1]
    ).mean()
    assert answers["expected_count"][1, 2, 6] == pytest.approx(wanted, rel=1e-12)
    often = design.frequency_level[:, 1]
    wanted = np.exp(
        p["intercept"]
        + p["frequency_curve"][3]
        + p["frequency_curve"][5:][often]
        + u[:, 0]
        + u[:, 1] * np.where(often == 1, steps[-1], 0.0)
    ).mean()
    assert answers["expected_count"][1, 2, 3] == pytest.approx(wanted, rel=1e-12)


def test_the_order_of_the_rows_does_not_matter(exposed_fit):
    order = np.random.default_rng(0).permutation(exposed_fit.design.n_rows)
    names = ("outcome", "log_exposure", "frequency_level", "covariates", "team")
    columns = {name: getattr(exposed_fit.design, name)[order] for name in names}
    shuffled = replace(exposed_fit.design, **columns)
    one = standardised_answers(arrays(exposed_fit), exposed_fit.design, seed=1)
    two = standardised_answers(arrays(exposed_fit), shuffled, seed=1)
    np.testing.assert_allclose(one["expected_count"], two["expected_count"], rtol=1e-12)


def test_predicted_counts_have_the_mean_and_spread_of_the_model():
    survey = simulate_survey(n_teams=12, team_size=8, seed=5)
    fit = make_synthetic_fit(survey, n_draws=5000, spread=0.0)
    answers = standardised_answers(arrays(fit), fit.design, seed=2)
    mean = by_hand(fit, 0, 0, 4)
    wanted = mean.mean()
    spread = np.sqrt(np.mean(mean + mean**2 / survey.truth.parameters.dispersion) + mean.var())
    counts = answers["predicted_count"][..., 4]
    assert counts.mean() == pytest.approx(wanted, abs=4 * spread / np.sqrt(counts.size))
    assert counts.std() == pytest.approx(spread, rel=0.05)
    assert np.all(counts == np.round(counts))


def test_a_study_without_frequency_or_team_effects():
    truth = Truth(levels=(), frequency_shape=(), dispersion=None)
    survey = simulate_survey(n_teams=9, team_size=6, seed=4, truth=truth)
    fit = make_synthetic_fit(
        survey, CountModel(family=Poisson(), team_effects=(), covariates=()), n_draws=10
    )
    answers = standardised_answers(arrays(fit), fit.design, seed=1)
    assert set(answers) == {"expected_count_observed", "predicted_count_observed"}
    np.testing.assert_allclose(
        answers["expected_count_observed"], np.exp(arrays(fit)["intercept"]), rtol=1e-12
    )


@pytest.mark.parametrize("changed", [{"team": 9}, {"team": -1}, {"frequency_level": 5}])
def test_indices_out_of_range_never_reach_compiled_code(exposed_fit, changed):
    (name, value), *_ = changed.items()
    column = getattr(exposed_fit.design, name).copy()
    column[0] = value
    with pytest.raises(ModelError, match="out of bounds"):
        standardised_answers(
            arrays(exposed_fit), replace(exposed_fit.design, **{name: column}), seed=1
        )
