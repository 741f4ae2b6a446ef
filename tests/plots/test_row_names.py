"""Rows are named in words."""

import re

import pytest

import learnclimate as lc
from learnclimate.checks.specifications import alternatives
from learnclimate.core.labels import POSTERIOR_DIMS
from learnclimate.plots.row_names import model_name, parameter_name

CODE = re.compile(r"[()\[\]_]|[a-z][A-Z]")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_alternative_is_named_by_its_class(survey, language):
    model = lc.CountModel(family=lc.HurdlePoisson(), frequency=lc.Linear())
    names = [*alternatives(model, survey), *alternatives(lc.CountModel(), survey)]
    assert len(set(names)) >= 12
    said = [model_name(name, language) for name in set(names)]
    assert [one for one in said if CODE.search(one)] == []
    assert len(set(said)) == len(said)
    if language == "nl":
        assert [one for one in said if re.search("without|covariates|ignored|only", one)] == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_parameter_is_named_by_its_variable(language):
    names = [name if name == "dispersion" else f"{name}[talk]" for name in POSTERIOR_DIMS]
    said = [parameter_name(name, language) for name in [*names, "rate_ratio[talk]"]]
    assert [one for one in said if CODE.search(one)] == []
    assert len(set(said)) == len(said)


def test_names_of_the_users_own_stay():
    assert model_name("without_age", "nl") == "without_age"
    assert parameter_name("covariate_effects[contract[temporary]]", "en") == "contract: temporary"
    assert parameter_name("intercept", "nl") == "intercept"
