"""Checks of fits that were made, not written by hand."""

import pytest

from learnclimate.checks.fit_check import check_fit
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit


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
