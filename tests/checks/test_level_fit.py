"""Two-level models of continuous items: chi-squared and its indices are those of lavaan."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from learnclimate.checks.factor_fit import fit_indices
from learnclimate.checks.level_fit import _tested, each_level_held, model_fit
from learnclimate.checks.two_level_likeliest import (
    Structure,
    _slopes,
    independent_levels,
    root_of,
    saturated_fit,
)
from learnclimate.checks.two_level_normal import Levels, at_levels, information_at, team_answers
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

REFERENCE = Path(__file__).parents[1] / "reference"
ITEMS = [f"q{j}" for j in range(1, 7)]
SCALES = {
    "one": Scale("all", ITEMS, maximum=9),
    "two": [Scale("f", ITEMS[:3], maximum=9), Scale("g", ITEMS[3:], maximum=9)],
}


@pytest.fixture(scope="module")
def stored():
    return json.loads((REFERENCE / "factor_two_level_fit.json").read_text(encoding="utf-8"))


@pytest.mark.oracle
@pytest.mark.parametrize("scales", ["one", "two"])
def test_both_levels_are_tested_as_by_lavaan(stored, scales):
    survey = survey_of(stored["answers"], np.array(stored["team"]) - 1, maximum=9)
    model = FactorModel(SCALES[scales], ordinal=False, levels="team")
    one = fit(model, survey, draws=400, seed=1, progress=False)
    result = fit_indices(one, draws=100)
    rows = result.summary.set_index(["estimand", "contrast"])
    lavaan = stored[scales]["measures"]
    chi_squared = rows.loc[("chi_squared", "classical")]
    assert chi_squared["mean"] == pytest.approx(lavaan["chisq"], abs=0.01)
    assert f"with {lavaan['df']} degrees" in chi_squared["scale"]
    for name in ("cfi", "tli", "rmsea"):
        assert rows.loc[(name, "classical"), "mean"] == pytest.approx(lavaan[name], abs=1e-4)
        apart = rows.loc[(name, "posterior"), "mean"] - lavaan[name]
        assert abs(apart) < (0.02 if scales == "two" else 0.06)
    # Ours are over the pairs of items; lavaan counts the diagonal, which fits exactly, too.
    for level in ("within", "between"):
        expected = lavaan[f"srmr_{level}"] * np.sqrt(21 / 15)
        assert rows.loc[("srmr", f"{level} teams"), "mean"] == pytest.approx(expected, abs=1e-3)
        # The level by itself, the other's covariances free: lavaan's partially saturated fits.
        alone, own = rows.loc[("chi_squared", f"{level} teams")], stored["partial"][scales][level]
        assert alone["mean"] == pytest.approx(own["chisq"], abs=0.01)
        assert alone["scale"] == f"chi-squared with {own['df']} degrees of freedom"
        p_value = stats.chi2.sf(own["chisq"], own["df"])
        assert alone["probability"] == pytest.approx(p_value, abs=1e-3)


@pytest.mark.oracle
def test_the_likelihoods_of_all_covariances_and_of_none_are_those_of_lavaan(stored):
    answers = team_answers(np.array(stored["answers"], float), np.array(stored["team"]))
    every, none = saturated_fit(answers), independent_levels(answers)
    lavaan = stored["two"]["measures"]
    # lavaan's EM stops a little early.
    assert -every.deviance / 2 == pytest.approx(lavaan["unrestricted.logl"], abs=2e-3)
    assert every.deviance <= -2 * lavaan["unrestricted.logl"] + 1e-6
    assert none.deviance - every.deviance == pytest.approx(lavaan["baseline.chisq"], abs=5e-3)
    assert every.n_free - none.n_free == lavaan["baseline.df"]


def simulated(rng, n_teams, own_level=0.0):
    """Answers of one factor, not rounded; every item may have a level of its own in a team."""
    team = np.repeat(np.arange(n_teams), np.resize([6, 9, 12, 13], n_teams))
    factor = rng.standard_normal(len(team)) + 0.6 * rng.standard_normal(n_teams)[team]
    behind = factor[:, None] * LOADING + rng.standard_normal((len(team), 5))
    return SD * (behind + own_level * rng.standard_normal((n_teams, 5))[team]), team


#: How far from the edge lavaan's EM stops, of the log likelihood.
LAG = 0.1
LOADING, SD = np.array([0.8, 1.1, 0.6, 0.9, 1.0]), np.array([0.7, 0.8, 0.6, 0.9, 0.7])
DESIGN = SimpleNamespace(
    items=list(range(5)),
    n_factors=1,
    loading_item=np.arange(5),
    loading_factor=np.zeros(5, dtype=int),
)


def held_against_all(values, team):
    answers = team_answers(values, team)
    start = np.concatenate([LOADING, [0.36], SD])
    return _tested(model_fit(answers, start, DESIGN), saturated_fit(answers))


def test_slope_and_information_are_those_of_the_deviance():
    answers = team_answers(*simulated(np.random.default_rng(3), 40))
    start = answers.start()
    flat = start.flat()
    half = len(flat) // 2
    lower = np.tril_indices(5)

    def levels(theta):
        found = []
        for part in (theta[:half], theta[half:]):
            square = np.zeros((5, 5))
            square[lower] = part
            found.append(square + np.tril(square, -1).T)
        return Levels(*found)

    at = at_levels(answers, levels(flat))
    for place in (0, 4, 15, 22):
        moved = flat.copy()
        moved[place] += 1e-5
        slope = (answers.deviance(levels(moved)) - at.deviance) / 1e-5
        assert -0.5 * slope == pytest.approx(at.score[place], abs=0.02 * (1 + abs(at.score[place])))
    np.testing.assert_allclose(_slopes(levels, flat), np.eye(len(flat)), atol=1e-8)
    assert np.linalg.eigvalsh(information_at(answers.n, answers.size, levels(flat)))[0] > 0


def test_slope_by_roots_is_that_of_the_deviance():
    answers = team_answers(*simulated(np.random.default_rng(3), 40))
    start = answers.start()

    def implied(theta):
        return Levels(np.diag(theta**2), np.zeros((5, 5)))

    structure = Structure(implied, 5, (1,), 5)
    theta = np.concatenate([SD, root_of(start.between, start.within)])
    score = at_levels(answers, structure.levels(theta)).score
    uphill = structure.uphill(theta, score)
    np.testing.assert_allclose(uphill, structure.slopes(theta).T @ score, rtol=1e-6)
    for place in (0, 5, 8, 19):
        moved = theta.copy()
        moved[place] += 1e-6
        behind = 2 * theta - moved
        apart = [answers.deviance(structure.levels(each)) for each in (moved, behind)]
        assert -0.5 * (apart[0] - apart[1]) / 2e-6 == pytest.approx(uphill[place], rel=1e-4)


@pytest.mark.oracle
def test_teams_of_unequal_sizes_are_tested_as_by_lavaan():
    """Items have no level of their own in a team: covariances between teams lie on their edge."""
    path = REFERENCE / "factor_two_level_unequal.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    lavaan = stored["measures"]
    answers = team_answers(np.array(stored["answers"], float), np.array(stored["team"]))
    design = SimpleNamespace(items=ITEMS, n_factors=1, loading_item=np.arange(6),
                             loading_factor=np.zeros(6, dtype=int))  # fmt: skip
    start = np.concatenate([np.ones(6), [0.3], np.ones(6)])
    best, every = model_fit(answers, start, design), saturated_fit(answers)
    assert -best.deviance / 2 == pytest.approx(lavaan["logl"], abs=1e-4)
    # lavaan's EM stops before it is at the edge.
    assert 0 <= -every.deviance / 2 - lavaan["unrestricted.logl"] < LAG
    test, none = _tested(best, every), _tested(independent_levels(answers), every)
    assert 0 <= test.statistic - lavaan["chisq"] < 2 * LAG
    assert none.statistic == pytest.approx(lavaan["baseline.chisq"], abs=2 * LAG)
    assert (test.df, none.df) == (lavaan["df"], lavaan["baseline.df"])
    assert test.p_value > 0.9


@pytest.mark.parametrize("largest", [16, 25])
def test_all_covariances_are_proper_and_found_whatever_the_sizes_of_teams(largest):
    rng = np.random.default_rng(8)
    within = 0.85 * np.outer(LOADING, LOADING) + 0.5 * np.eye(5)
    truth = Levels(within, 0.15 * np.outer(LOADING, LOADING))
    beyond = []
    for _ in range(8):
        team = np.repeat(np.arange(30), rng.integers(5, largest, 30))
        values = rng.multivariate_normal(np.zeros(5), truth.between, 30)[team]
        values += rng.multivariate_normal(np.zeros(5), truth.within, len(team))
        answers = team_answers(values, team)
        every = saturated_fit(answers)
        assert every.found
        assert np.linalg.eigvalsh(every.levels.between)[0] > -1e-8
        beyond.append(answers.deviance(truth) - every.deviance)
    assert min(beyond) > 0
    # Less than chi-squared with 30 degrees of freedom, whose mean of 8 exceeds 37 in 1 of 200.
    assert np.mean(beyond) < 37


def test_what_has_no_likeliest_covariances_is_not_determined():
    rng = np.random.default_rng(9)
    values = rng.standard_normal((40, 5))
    answers = team_answers(values, np.repeat(np.arange(37), np.resize([1] * 34 + [2] * 3, 37)))
    every = saturated_fit(answers)
    assert not every.found
    assert np.isnan(_tested(independent_levels(answers), every).statistic)


def test_items_with_a_level_of_their_own_in_a_team_do_not_fit():
    rng = np.random.default_rng(4)
    assert held_against_all(*simulated(rng, 60)).p_value > 0.01
    assert held_against_all(*simulated(rng, 60, own_level=0.3)).p_value < 1e-6


def each_level(values, team):
    answers = team_answers(values, team)
    start = np.concatenate([LOADING, [0.36], SD])
    return each_level_held(answers, saturated_fit(answers), start, DESIGN)


def test_what_a_level_does_not_fit_is_told_of_that_level_alone():
    rng = np.random.default_rng(6)
    values, team = simulated(rng, 60, own_level=0.3)
    of_teams = each_level(values, team)
    assert of_teams["within teams"].p_value > 0.01
    assert of_teams["between teams"].p_value < 1e-6
    values, team = simulated(rng, 60)
    values[:, :2] += 0.6 * rng.standard_normal((len(team), 1))
    of_members = each_level(values, team)
    assert of_members["within teams"].p_value < 1e-6
    assert of_members["between teams"].p_value > 0.01


def test_a_level_of_which_nothing_can_be_wrong_is_not_tested():
    values, team = simulated(np.random.default_rng(7), 60)
    design = SimpleNamespace(items=[0, 1, 2], n_factors=1, loading_item=np.arange(3),
                             loading_factor=np.zeros(3, dtype=int))  # fmt: skip
    answers = team_answers(values[:, :3], team)
    start = np.concatenate([LOADING[:3], [0.36], SD[:3]])
    found = each_level_held(answers, saturated_fit(answers), start, design)
    assert list(found) == ["between teams"]
    assert found["between teams"].df == 3


@pytest.mark.slow
def test_true_models_are_seldom_rejected():
    """
    Covariances between teams lie on their edge: variances of items are all factor.

    So chi-squared of both levels, and between teams, is smaller than it claims.
    """
    rng, found = np.random.default_rng(5), []
    for _ in range(150):
        answers = simulated(rng, 80)
        levels = each_level(*answers)
        found.append(
            [held_against_all(*answers).p_value, *(one.p_value for one in levels.values())]
        )
    both, within, between = np.array(found).T
    assert np.mean(both < 0.05) < 0.05
    assert np.mean(between < 0.05) < 0.05
    assert stats.kstest(within, "uniform").pvalue > 0.001
