"""Simulated surveys: repeatable, and made from the truth they carry."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


def test_the_same_seed_gives_the_same_survey():
    first, again, other = (simulate_survey(n_teams=8, team_size=6, seed=s) for s in (3, 3, 4))
    assert first.frame.equals(again.frame)
    np.testing.assert_array_equal(first.truth.team_effects, again.truth.team_effects)
    assert not first.frame["activities"].equals(other.frame["activities"])


@pytest.fixture(scope="module")
def large():
    return simulate_survey(n_teams=3_000, team_size=20, seed=5)


def test_team_effects_have_the_spread_and_correlation_asked_for(large):
    effects, truth = large.truth.team_effects, Truth()
    np.testing.assert_allclose(effects.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(effects.std(axis=0), truth.team_sd, rtol=0.05)
    assert np.corrcoef(effects.T)[0, 1] == pytest.approx(truth.team_correlation, abs=0.06)


def test_counts_follow_the_truth_in_the_large(large):
    frame, truth = large.frame, Truth()
    effects = dict(zip(large.truth.teams, large.truth.team_effects, strict=True))
    u = np.stack([effects[team] for team in frame["team"]])
    curve = np.concatenate([[0], np.cumsum(truth.frequency_shape)])[frame["talk"].cat.codes]
    log_rate = truth.intercept + truth.tenure_effect * frame["tenure"].to_numpy()
    log_rate += truth.contract_effect * (frame["contract"] == "temporary").to_numpy()
    expected = np.exp(log_rate + u[:, 0] + (truth.frequency_effect + u[:, 1]) * curve)
    counts = frame["activities"].to_numpy()
    for level in range(5):
        here = frame["talk"].cat.codes.to_numpy() == level
        assert counts[here].sum() / expected[here].sum() == pytest.approx(1, abs=0.03)
    excess = ((counts - expected) ** 2 - expected).sum() / (expected**2).sum()
    assert 1 / excess == pytest.approx(truth.dispersion, rel=0.1)


def test_poisson_exposure_and_no_frequency():
    truth = Truth(levels=(), frequency_shape=(), dispersion=None, exposure=True, team_sd=(0.0, 0.0))
    survey = simulate_survey(n_teams=400, team_size=30, truth=truth, seed=9)
    frame = survey.frame
    assert survey.codebook.frequency is None
    assert survey.codebook.exposure == "years"
    log_rate = truth.intercept + truth.tenure_effect * frame["tenure"]
    log_rate += truth.contract_effect * (frame["contract"] == "temporary")
    expected = frame["years"] * np.exp(log_rate)
    assert frame["activities"].sum() / expected.sum() == pytest.approx(1, abs=0.03)
    pearson = ((frame["activities"] - expected) ** 2 / expected).mean()
    assert pearson == pytest.approx(1, abs=0.05)


def test_sizes_and_departments():
    survey = simulate_survey(n_teams=25, team_size=12, seed=2)
    sizes = survey.frame["team"].value_counts()
    assert len(sizes) == 25
    assert sizes.mean() == pytest.approx(12, abs=2)
    assert survey.frame["department"].nunique() == 3
    assert simulate_survey(n_teams=4, team_size=1, seed=2).n_respondents == 4


def test_items_of_a_scale_go_together(large):
    items = large.frame[list(large.codebook.scales[0].items)]
    assert items.isin(range(1, 6)).all(axis=None)
    within = items.corr().to_numpy()
    assert within[~np.eye(len(within), dtype=bool)].min() > 0.2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"n_teams": 1}, ArgumentError),
        ({"team_size": 0.5}, ArgumentError),
        ({"seed": -1}, ArgumentError),
        ({"n_teams": 2.5}, ArgumentTypeError),
        ({"seed": "one"}, ArgumentTypeError),
        ({"team_size": "ten"}, ArgumentTypeError),
    ],
)
def test_impossible_simulations(arguments, error):
    with pytest.raises(error):
        simulate_survey(**{"seed": 1, **arguments})
