"""Curves and information against the formula of the graded response model and mirt's numbers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import learnclimate as lc
from factor_answers import ordinal_answers, two_scales
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.estimands.item_curves import item_curves
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from measurement_answers import survey_of

REFERENCE = Path(__file__).parents[1] / "reference"
LEVELS = [-1.5, 0.0, 0.8]


def fitted_one(model):
    answers = ordinal_answers(np.random.default_rng(5), 150, np.full((3, 1), 0.7))
    return lc.fit(model("s"), survey_of(answers), draws=400, seed=1, progress=False)


@pytest.fixture(scope="module")
def graded():
    return fitted_one(GradedResponse)


def response(theta, discrimination, difficulty):
    above = 1 / (1 + np.exp(-discrimination * (theta - difficulty)))
    return -np.diff(np.concatenate([[1.0], above, [0.0]]))


def test_curves_are_those_of_the_model_draw_by_draw(graded):
    found = item_curves(graded, at=LEVELS, draws=400)
    posterior = graded.draws["posterior"]
    slopes = posterior["slopes"].to_numpy().reshape(400, 3)
    difficulty = posterior["difficulty"].to_numpy().reshape(400, 3, 4)
    told = found.draws["answer_probability"].to_numpy()[0].reshape(400, 3, 5, 3)
    for draw in (0, 150, 399):
        for item in range(3):
            for place, level in enumerate(LEVELS):
                expected = response(level, slopes[draw, item], difficulty[draw, item])
                np.testing.assert_allclose(told[draw, item, :, place], expected, atol=1e-12)
    np.testing.assert_allclose(told.sum(axis=2), 1)
    assert found.summary["contrast"].iloc[0] == "q1 = 1 at -1.5"


@pytest.mark.parametrize("model", [FactorModel, GradedResponse])
def test_information_is_the_squared_numeric_slope_over_the_probability(model, graded):
    fitted = graded if model is GradedResponse else fitted_one(model)
    step = 1e-5
    told = lc.test_information(fitted, at=LEVELS, draws=100)
    information = told.draws["item_information"].to_numpy()[0]
    for place, level in enumerate(LEVELS):
        near = item_curves(fitted, at=[level - step, level, level + step], draws=100)
        p = near.draws["answer_probability"].to_numpy()[0].reshape(-1, 3, 5, 3)
        numeric = (((p[..., 2] - p[..., 0]) / (2 * step)) ** 2 / p[..., 1]).sum(axis=2)
        np.testing.assert_allclose(information[:, :3, place], numeric, rtol=1e-5)
        np.testing.assert_allclose(information[:, 3, place], numeric.sum(axis=1), rtol=1e-5)
    assert set(told.summary["estimand"]) == {"item_information", "test_information"}


@pytest.mark.oracle
def test_curves_agree_with_mirt():
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    mirt = json.loads((REFERENCE / "factor_mirt.json").read_text(encoding="utf-8"))
    answers = np.array([[row[f"q{j}"] for j in range(1, 5)] for row in stored["answers"]], float)
    fitted = lc.fit(GradedResponse("s"), survey_of(answers), draws=800, seed=1, progress=False)
    found = item_curves(fitted, at=LEVELS).summary["mean"].to_numpy().reshape(4, 5, 3)
    difficulty = np.array(mirt["thresholds"])
    for item in range(4):
        for place, level in enumerate(LEVELS):
            expected = response(level, mirt["discrimination"][item], difficulty[item])
            np.testing.assert_allclose(found[item, :, place], expected, atol=0.02)


def test_of_two_factors_every_item_has_the_curves_of_its_own():
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    answers = ordinal_answers(np.random.default_rng(7), 150, loadings)
    survey = two_scales(answers, 3)
    both = lc.fit(FactorModel(["f", "g"]), survey, draws=400, seed=1, progress=False)
    found = item_curves(both, at=LEVELS, draws=400)
    told = found.draws["answer_probability"].to_numpy()[0].reshape(400, 6, 5, 3)
    posterior = both.draws["posterior"]
    standard = posterior["loadings"].to_numpy().reshape(400, 6, 2)
    cuts = posterior["thresholds"].to_numpy().reshape(400, 6, 4)
    for draw, item in ((0, 1), (200, 4), (399, 5)):
        loading = standard[draw, item, item // 3]
        own = (loading * LEVELS[2] - cuts[draw, item]) / np.sqrt(1 - loading**2)
        expected = -np.diff(np.concatenate([[1.0], norm.cdf(own), [0.0]]))
        np.testing.assert_allclose(told[draw, item, :, 2], expected, atol=1e-10)
    result = lc.test_information(both, at=LEVELS, draws=100)
    information = result.draws["item_information"].to_numpy()[0]
    np.testing.assert_allclose(information[:, 6], information[:, :3].sum(axis=1))
    np.testing.assert_allclose(information[:, 7], information[:, 3:6].sum(axis=1))
    rows = result.summary[result.summary["estimand"] == "test_information"]
    assert rows["contrast"].iloc[[0, -1]].tolist() == [
        "all items of f at -1.5", "all items of g at 0.8"
    ]  # fmt: skip
    figure = lc.plots.test_information(result)
    labels = [one.get_label() for one in figure.axes[0].lines if one.get_gid() == "whole"]
    assert labels == ["all items: f", "all items: g"]
    assert lc.plots.item_curves(found).axes
    loose = replace(both, model=FactorModel(["f", "g"], cross_loadings=0.1))
    with pytest.raises(ModelError, match="loads on several factors"):
        item_curves(loose)


def test_what_has_no_curves_is_refused(graded):
    answers = ordinal_answers(np.random.default_rng(6), 80, np.full((3, 1), 0.7))
    continuous = lc.fit(
        FactorModel("s", ordinal=False), survey_of(answers), draws=400, seed=1, progress=False
    )
    with pytest.raises(ModelError, match="Continuous items"):
        item_curves(continuous)
    with pytest.raises(ArgumentError, match="at least one level"):
        item_curves(graded, at=[])
    with pytest.raises(ArgumentTypeError, match="give levels"):
        lc.test_information(graded, at="high")
    with pytest.raises(ArgumentTypeError, match="no fit of a factor model"):
        lc.test_information("fit")


def test_factor_models_are_built_as_count_models_are():
    answers = ordinal_answers(np.random.default_rng(6), 30, np.full((6, 1), 0.7))
    built = lc.build_model(FactorModel(["f", "g"]), two_scales(answers, 3))
    assert "factor_correlation" in built.named_vars


def test_information_far_out_is_small_and_no_rounding(graded):
    found = lc.test_information(graded, at=[-30.0, 30.0], draws=100).summary
    assert found["mean"].between(0, 1e-6).all()
