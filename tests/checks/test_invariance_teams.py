"""Tests of equal measurement where members of a team are alike: chance level, oracle, scores."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from factor_answers import CUTS, ordinal_answers, two_scales
from learnclimate.checks.factor_moments import implied_from
from learnclimate.checks.invariance import compare_invariance
from learnclimate.checks.invariance_configural import GroupMisfit, in_all_groups
from learnclimate.checks.invariance_robust import KNOWN, Scatter, judged
from learnclimate.checks.invariance_teams import _tables, pattern_scores, tamed, team_pulls
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.measurement.discretion import beside_others, discretion_of
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey
from measurement_answers import survey_of


@pytest.mark.parametrize("model", [FactorModel(["f", "g"]), GradedResponse("f")])
def test_scores_are_the_derivatives_of_the_log_likelihood(model):
    rng = np.random.default_rng(1)
    loadings = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.5], [0, 0.8], [0, 0.7]])
    answers = ordinal_answers(rng, 150, loadings, correlation=np.array([[1, 0.4], [0.4, 1]]))
    answers[:20, 1] = np.nan
    survey = two_scales(answers, 3, np.repeat(np.arange(15), 10))
    fitted = fit(model, survey, draws=100, seed=1, progress=False)
    implied = implied_from(fitted, parameters_of(fitted), 0)
    patterns, _ = fitted.design.patterns()

    def log_likelihood(moved):
        tables = _tables(moved)
        log_weight = np.tile(tables.log_weight, (len(patterns), 1))
        for item, own in enumerate(tables.log_probability):
            given = patterns[:, item] >= 0
            log_weight[given] += own[patterns[given, item]]
        return special.logsumexp(log_weight, axis=1)

    def slope(place):
        ahead, behind = (log_likelihood(implied._moved(place, step)) for step in (1e-4, -1e-4))
        return (ahead - behind) / 2e-4

    scores = pattern_scores(implied, patterns)
    n_loadings, n_cuts = len(fitted.design.loading_item), len(implied.thresholds)
    n_correlations = scores.shape[1] - n_loadings - n_cuts
    # `Implied` counts correlations before thresholds.
    order = np.argsort(
        [
            *range(n_loadings),
            *range(n_loadings + n_cuts, scores.shape[1]),
            *range(n_loadings, n_loadings + n_cuts),
        ],
        kind="stable",
    )
    assert n_correlations == (fitted.design.n_factors == 2)
    found = np.stack([slope(int(place)) for place in order], axis=1)
    np.testing.assert_allclose(scores, found, atol=5e-5)


def simulated_scatter(rng, n_teams, effect):
    """Values of two groups with teams drawn anew; their covariance is diag(effect)."""
    pulls = np.sqrt(effect) * rng.standard_normal((2, n_teams, len(effect))) / np.sqrt(n_teams)
    value = (pulls[0] - pulls[1]).sum(axis=0) / np.sqrt(2)
    centred = pulls - pulls.mean(axis=1, keepdims=True)
    centred *= np.sqrt(n_teams / (n_teams - 1) / 2)
    flat = np.concatenate([centred[0], -centred[1]])
    return float(value @ value), Scatter(flat.T, np.repeat([0, 1], n_teams))


@pytest.mark.parametrize(("n_teams", "df"), [(10, 20), (20, 4), (40, 1)])
def test_p_values_keep_their_level_with_fewer_teams_than_values(n_teams, df):
    rng = np.random.default_rng(n_teams)
    effect = np.linspace(1, 5, df)
    found, plain = [], []
    for _ in range(1500):
        square, scatter = simulated_scatter(rng, n_teams, effect)
        found.append(judged(square, np.eye(df), scatter).p_value)
        plain.append(judged(square, np.eye(df), None).p_value)
    for level in (0.05, 0.2, 0.5):
        share = np.mean(np.array(found) < level)
        assert abs(share - level) < 3.5 * np.sqrt(level * (1 - level) / 1500) + 0.015
    if df > 1:
        assert np.mean(np.array(plain) < 0.05) > 0.3


def test_many_teams_that_are_not_alike_leave_chi_squared_as_it_is():
    rng = np.random.default_rng(3)
    pulls = rng.standard_normal((5, 40_000)) / 200
    found = judged(9.0, np.eye(5), Scatter(pulls, np.zeros(40_000, int)))
    assert found.p_value == pytest.approx(stats.chi2.sf(9, 5), rel=0.05)
    assert found.statistic == pytest.approx(9, rel=0.03)
    # Values that are known to a variance of 1 need no teams.
    alone = judged(9.0, np.eye(5), Scatter(np.eye(5), np.full(5, KNOWN)))
    assert alone.p_value == pytest.approx(stats.chi2.sf(9, 5))


def test_a_draw_far_beyond_all_others_is_drawn_in_and_the_others_stay():
    draws = np.random.default_rng(8).standard_normal((100, 2))
    draws[17, 0] = -40.0
    found = tamed(draws)
    assert -7 < found[17, 0] < -3
    np.testing.assert_array_equal(np.delete(found, 17, axis=0), np.delete(draws, 17, axis=0))


def nested(rng, n_teams, members, own=0.3, difference=0.0):
    """Teams within two departments, ICC .25, items with a level of their own in each team."""
    team = np.repeat(np.arange(n_teams), members)
    n = len(team)
    eta = (0.5 * rng.standard_normal(n_teams))[team] + np.sqrt(0.75) * rng.standard_normal(n)
    level = own * rng.standard_normal((n_teams, 5))
    level[: n_teams // 2, 2] += difference
    latent = 0.7 * eta[:, None] + level[team]
    latent += np.sqrt(1 - 0.49 - own**2) * rng.standard_normal((n, 5))
    answers = 1.0 + np.searchsorted(CUTS, latent)
    return survey_of(answers, team, department=np.where(team < n_teams // 2, "a", "b"))


def levels(result):
    rows = result.summary[result.summary["estimand"] == "invariance"]
    return rows.set_index("contrast")["probability"]


def test_teams_are_counted_in_the_notes_and_few_are_called_few():
    rng = np.random.default_rng(4)
    for n_teams, few in ((40, False), (8, True)):
        survey = nested(rng, n_teams, 480 // n_teams)
        notes = compare_invariance(survey, FactorModel("s"), "department", draws=100).summary.attrs[
            "notes"
        ]
        assert any(f"teams, {n_teams // 2} in a group" in note for note in notes)
        assert any("fewer than 10 teams" in note for note in notes) == few


def test_where_groups_are_the_teams_respondents_are_independent():
    rng = np.random.default_rng(5)
    survey = nested(rng, 2, 90)
    notes = compare_invariance(survey, FactorModel("s"), "team", draws=100).summary.attrs["notes"]
    assert any("take respondents to be independent" in note for note in notes)
    assert any("Every group is of one team" in note for note in notes)


def test_a_group_of_one_team_is_named_as_the_reason():
    rng = np.random.default_rng(7)
    survey = nested(rng, 8, 60)
    survey = replace(survey, frame=survey.frame[~survey.frame["team"].isin(["T5", "T6", "T7"])])
    notes = compare_invariance(survey, FactorModel("s"), "department", draws=100).summary.attrs[
        "notes"
    ]
    assert any("take respondents to be independent" in note for note in notes)
    assert any("The reason: group b is of one team" in note for note in notes)
    assert not any("Every group is of one team" in note for note in notes)


def test_teams_that_span_groups_are_the_same_team_in_both():
    rng = np.random.default_rng(6)
    survey = nested(rng, 30, 16)
    half = np.where(np.arange(480) % 2, "autumn", "spring")
    codebook = Codebook(
        outcome="activities", team="team", scales=survey.codebook.scales, covariates=["half"]
    )
    spanning = read_survey(survey.frame.assign(half=half), codebook)
    # What teams' items have of their own is in both halves, so it makes no difference.
    result = compare_invariance(spanning, FactorModel("s"), "half", draws=100)
    assert levels(result)["strict"] > 0.001
    assert any("teams, 30 in a group" in note for note in result.summary.attrs["notes"])


def oracle():
    path = Path(__file__).parents[1] / "reference" / "invariance_teams.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.oracle
def test_errors_and_verdicts_change_with_teams_as_lavaan_says():
    """Seven ordered answers here, continuous ones there: ratios of errors, not errors, compare."""
    told = oracle()
    answers = told["answers"]
    values = np.column_stack([answers[f"q{place}"] for place in range(1, 6)])
    team = np.array(answers["team"])
    survey = survey_of(values, team, maximum=7, department=answers["group"])
    found = levels(compare_invariance(survey, FactorModel("s"), "department", draws=100))
    # Departments of teams of one may not be shown, groups of people of many teams may.
    codebook = Codebook(
        outcome="activities", team="team", scales=survey.codebook.scales, covariates=["group"]
    )
    frame = survey.frame.assign(group=answers["group"], team=np.arange(len(team)).astype(str))
    alone = read_survey(frame.drop(columns="department"), codebook)
    single = levels(compare_invariance(alone, FactorModel("s"), "group", draws=100))
    # Each respondent a team: lavaan without teams. Both then doubt equal loadings.
    assert single["metric"] < 0.05
    assert told["alone"]["metric"] < 0.05
    for level in ("metric", "scalar"):
        assert found[level] > 0.05
        assert found[level] == pytest.approx(told["teams"][level], abs=0.15)
    north = replace(survey, frame=survey.frame[survey.frame["department"] == "north"])
    fitted = fit(FactorModel("s"), north, draws=900, seed=1, progress=False)
    drawn = parameters_of(fitted, np.arange(900))
    pulls = team_pulls(fitted, drawn)
    mean_cut = np.repeat(np.eye(5), 6, axis=0) / 6
    ours = [
        np.sqrt((pulls[:, :5] ** 2).sum(axis=0)) / drawn.loadings[:, :, 0].std(axis=0),
        np.sqrt(((pulls[:, 5:] @ mean_cut) ** 2).sum(axis=0))
        / drawn.thresholds.mean(axis=2).std(axis=0),
    ]
    for own, name in zip(ours, ("loading", "intercept"), strict=True):
        theirs = np.array(told["teams"]["errors"][name]) / told["alone"]["errors"][name]
        assert own.mean() == pytest.approx(theirs.mean(), rel=0.1)
        np.testing.assert_allclose(own, theirs, rtol=0.25)


@pytest.mark.slow
def test_departments_that_read_alike_pass_though_their_teams_do_not():
    """40 teams of 15: respondents taken for independent reject in a third of such studies."""
    found, power = [], []
    for seed in range(60):
        result = compare_invariance(
            nested(np.random.default_rng(100 + seed), 40, 15), FactorModel("s"), "department",
            draws=100,
        )  # fmt: skip
        found.append(levels(result)[["configural", "metric", "scalar", "strict"]])
        if seed < 15:
            planted = nested(np.random.default_rng(200 + seed), 40, 15, difference=0.5)
            result = compare_invariance(planted, FactorModel("s"), "department", draws=100)
            power.append(levels(result)["strict"])
    shares = (np.array(found) < 0.05).mean(axis=0)
    assert (shares < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)).all()
    assert np.mean(np.array(power) < 0.05) > 0.5


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_teams_in_all_groups_are_told_from_chance_at_the_configural_level(shared):
    """Waves of the same teams, which a team moves together: of true models 5 % are doubted."""
    rng, told = np.random.default_rng(4), []
    names = tuple(f"T{place}" for place in range(30))
    for _ in range(400):
        common, found = rng.standard_normal((30, 5)), []
        for _ in range(4):
            own = rng.standard_normal((30, 5))
            moved = (np.sqrt(shared) * common + np.sqrt(1 - shared) * own) * np.sqrt(2 / 30)
            pulls = (moved - moved.mean(axis=0)) * np.sqrt(30 / 29)
            found.append(GroupMisfit(moved.sum(axis=0), pulls.T, names))
        told.append(in_all_groups(found, by_teams=True).p_value < 0.05)
    assert np.mean(told) < 0.085


def test_numbers_of_groups_do_not_tell_how_few_of_a_group_not_compared_left_a_scale_open():
    is_open = np.zeros((300, 3), dtype=bool)
    group = np.repeat([0, 1, -1], [150, 110, 40])
    is_open[:8] = is_open[150:155] = True
    told = discretion_of(is_open, group, ["fixed", "temp"], 5)
    assert told.tells(142, "fixed")
    assert told.tells(105, "temp")
    assert beside_others(told, is_open[group < 0]) is told
    is_open[-4:] = True
    rough = beside_others(told, is_open[group < 0])
    assert not rough.tells(142, "fixed")
    assert (rough.told(142, "fixed"), rough.told(105, "temp")) == (150, 110)
    is_open[-9:] = True
    assert beside_others(told, is_open[group < 0]) is told


def test_how_many_teams_are_in_a_group_does_not_tell_what_all_of_a_hidden_team_gave():
    """Of teams of twelve somebody is in each group; a team that is missing from one is small."""
    rng = np.random.default_rng(4)
    sizes = [14, 3, 13, 12, 14, 12, 13, 12, 11, 13, 12, 14]
    team = np.repeat(np.arange(12), sizes)
    wave = np.where(np.arange(len(team)) % 2, "first", "second")
    wave[team == 1] = "second"
    shared = rng.normal(0, 1, (len(team), 1))
    answers = np.clip(np.rint(3 + shared + rng.normal(0, 0.8, (len(team), 3))), 1, 5)
    frame = pd.DataFrame(answers, columns=["a", "b", "c"]).assign(
        team=[f"T{one:02}" for one in team], wave=wave
    )
    scale = Scale("f", ["a", "b", "c"], minimum=1, maximum=5)
    survey = read_survey(frame, Codebook(team="team", covariates=["wave"], scales=[scale]))
    notes = {}
    for minimum in (1, 5):
        rule = DisclosureRule(minimum, reason="a control")
        told = compare_invariance(survey, FactorModel("f"), "wave", draws=100, rule=rule)
        (notes[minimum],) = (
            note for note in told.summary.attrs["notes"] if "members of a team being alike" in note
        )
    assert "teams, 11 to 12 in a group, are taken" in notes[1]
    assert "teams are taken to be independent" in notes[5]
    assert not any(sign.isdigit() for sign in notes[5])
