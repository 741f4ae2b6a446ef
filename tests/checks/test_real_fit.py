"""Checks of fits that were made, not written by hand."""

import pytest

from learnclimate.checks.fit_check import check_fit
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


@pytest.fixture(scope="module")
def reports(example):
    models = {"true": CountModel(), "wrong": CountModel(family=Poisson())}
    return {
        name: check_fit(fit(model, example, draws=1000, seed=1, progress=False))
        for name, model in models.items()
    }


def test_the_true_family_is_good(reports):
    assert reports["true"].verdict == "good"


def test_counts_without_their_overdispersion_are_bad(reports):
    assert reports["wrong"]["certificate"].verdict == "good"
    assert reports["wrong"]["dispersion"].verdict == "bad"
    assert reports["wrong"]["share of zeros"].verdict == "bad"


def test_zeros_that_a_fit_ignores_are_found():
    """People who never learn, whatever they talk: a truth with a zero part, fitted without."""
    truth = Truth(
        intercept=1.5, team_sd=(0.2, 0.1), dispersion=20.0, zeros="inflated", zero_intercept=-0.6
    )
    survey = simulate_survey(n_teams=30, team_size=10, truth=truth, seed=4)
    for family in (Poisson(), NegativeBinomial()):
        fitted = fit(CountModel(family=family), survey, draws=400, seed=1, progress=False)
        found = check_fit(fitted, draws=200)
        assert found.verdict == "bad"
        assert found["distribution"].verdict == "bad"
        if isinstance(family, Poisson):
            assert found["share of zeros"].verdict == "bad"
