"""An attack on answers that few gave: thresholds, curves and files against subtraction."""

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtr

import learnclimate as lc
from factor_answers import ordinal_answers
from learnclimate.inference.fitting import fit
from learnclimate.inference.store import load_fit
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from measurement_answers import survey_of
from subtraction import bounds_of_hidden

#: Of 120 respondents three gave the highest answer to ``q1`` and one the lowest to ``q2``.
RARE = {("q1", 5): 3, ("q2", 1): 1}
SHOW_ALL = lc.DisclosureRule(1, reason="an attack that should succeed")


def answers_few_gave():
    answers = ordinal_answers(np.random.default_rng(21), 120, np.full((3, 1), 0.7))
    answers[:, 0] = np.minimum(answers[:, 0], 4)
    answers[:3, 0] = 5
    answers[:, 1] = np.maximum(answers[:, 1], 2)
    answers[0, 1] = 1
    return answers


@pytest.fixture(scope="module")
def survey():
    return survey_of(answers_few_gave())


@pytest.fixture(scope="module", params=[FactorModel, GradedResponse])
def fitted(request, survey):
    return fit(request.param("s"), survey, draws=400, seed=1, progress=False)


def cumulative_counts(fitted, rule=None):
    """How many gave at most each answer, as the thresholds of a summary tell."""
    table = fitted.summary(rule=rule).table
    own = table[table["parameter"] == "thresholds"]
    n = len(answers_few_gave())
    places = own["coordinate"].str.split(", ")
    return {
        (item, int(cut)): n * float(ndtr(mean))
        for (item, cut), mean in zip(places, own["mean"], strict=True)
    }


def cells_told(fitted, survey, item, rule=None):
    """Linear equations about the counts of an item's answers, from all that is shown of it."""
    n = len(answers_few_gave())
    told = [(dict.fromkeys(range(5), 1.0), float(n))]
    for (name, cut), count in cumulative_counts(fitted, rule).items():
        if name == item:
            told.append((dict.fromkeys(range(cut), 1.0), count))
    shares = lc.item_analysis(survey, "s", draws=100, rule=rule).summary
    for row in shares[shares["estimand"] == "category_share"].itertuples():
        name, answer = row.contrast.split(" = ")
        if name == item and not row.suppressed:
            told.append(({int(answer) - 1: 1.0}, n * row.mean))
    return told


def most_certain(told, cell):
    """Width of what can be told of a cell, the figures taken for good to three people."""
    loose = [
        ({**weights, 5 + 2 * row: 1.0, 6 + 2 * row: -1.0}, value)
        for row, (weights, value) in enumerate(told)
    ]
    capped = [({5 + place: 1.0, 100 + place: 1.0}, 3.0) for place in range(2 * len(told))]
    renamed = {place: at for at, place in enumerate([*range(5 + 2 * len(told))])}
    renamed |= {100 + place: len(renamed) + place for place in range(2 * len(told))}
    told = [
        ({renamed[key]: weight for key, weight in weights.items()}, value)
        for weights, value in [*loose, *capped]
    ]
    low, high = bounds_of_hidden(len(renamed), told, lowest=0.0)[cell]
    return high - low


@pytest.mark.parametrize(("item", "answer"), RARE)
def test_what_few_gave_cannot_be_counted(fitted, survey, item, answer):
    assert most_certain(cells_told(fitted, survey, item), answer - 1) > 10
    attacked = cells_told(fitted, survey, item, SHOW_ALL)
    assert most_certain(attacked, answer - 1) < 10


def test_thresholds_beside_it_are_in_no_table_and_no_file(fitted, tmp_path):
    shown = cumulative_counts(fitted)
    assert {cut for item, cut in shown if item == "q1"} == {1, 2, 3}
    assert {cut for item, cut in shown if item == "q2"} == {2, 3, 4}
    assert len([cut for item, cut in shown if item == "q3"]) == 4
    table = fitted.summary().table
    assert not ((table["parameter"] == "difficulty") & (table["coordinate"] == "q1, 4")).any()
    fitted.save(tmp_path / "fit.nc")
    with xr.open_datatree(tmp_path / "fit.nc", engine="h5netcdf") as tree:
        kept = tree["posterior"].to_dataset()
        names = {"thresholds", "difficulty"} & set(kept.data_vars)
        for name in names:
            assert np.isnan(kept[name].sel(item="q1", cut=4)).all()
            assert np.isnan(kept[name].sel(item="q2", cut=1)).all()
            assert np.isfinite(kept[name].sel(item="q3")).all()


@pytest.mark.parametrize("loaded", [False, True])
def test_curves_tell_it_with_its_neighbour(fitted, tmp_path, loaded):
    if loaded:
        fitted.save(tmp_path / "fit.nc")
        fitted = load_fit(tmp_path / "fit.nc")
    found = lc.item_curves(fitted, at=[-1.0, 1.0], draws=100).summary
    told = {re.sub(" at .*", "", contrast) for contrast in found["contrast"]}
    assert {"q1 = 4 to 5", "q2 = 1 to 2"} < told
    assert not {"q1 = 5", "q1 = 4", "q2 = 1", "q2 = 2"} & told
    own = found[found["contrast"].str.startswith("q1 =") & found["contrast"].str.endswith("at 1")]
    assert own["mean"].sum() == pytest.approx(1)
    information = lc.test_information(fitted, at=[1.0], draws=100).summary
    assert information["mean"].gt(0).all()


def test_information_does_not_move_with_a_threshold_that_is_hidden(fitted):
    """Information over many levels would tell the threshold as well as a table does."""
    posterior = fitted.draws["posterior"].to_dataset()
    place = {"item": "q1", "cut": 4}
    moved = posterior["thresholds"].copy()
    moved.loc[place] = moved.loc[place] + 0.5
    tree = fitted.draws.copy()
    tree["posterior"] = xr.DataTree(posterior.assign(thresholds=moved))
    other = replace(fitted, draws=tree)
    for ask in (lc.test_information, lc.item_curves):
        one, two = ask(fitted, at=[2.0], draws=100), ask(other, at=[2.0], draws=100)
        assert one.summary["mean"].equals(two.summary["mean"])
        one, two = (ask(each, at=[2.0], draws=100, rule=SHOW_ALL) for each in (fitted, other))
        assert not one.summary["mean"].equals(two.summary["mean"])


def test_figures_draw_answers_told_together(fitted):
    figure = lc.plots.item_curves(lc.item_curves(fitted, draws=100))
    assert len(figure.axes) >= 3
