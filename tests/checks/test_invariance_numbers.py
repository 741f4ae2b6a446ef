"""Equal measurement of answers taken as numbers: lavaan's figures, planted differences, teams."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learnclimate.checks.invariance import compare_invariance
from learnclimate.checks.invariance_layout import LOADINGS, RESIDUAL, SHIFT, Layout
from learnclimate.checks.invariance_numbers import normal_tests
from learnclimate.checks.invariance_parameters import Parts
from learnclimate.checks.invariance_partial import partial_invariance
from learnclimate.checks.normal_moments import at_moments, group_answers, saturated
from learnclimate.core.errors import ModelError, SurveyError
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "invariance_continuous.json").read_text("utf-8")
)
STUDIES = ("alike", "different", "open", "two")
LEVELS = ("metric", "scalar", "strict")
NUMBERS = FactorModel("s", ordinal=False)


def stored(study):
    frame = pd.DataFrame(REFERENCE[study]["answers"])
    return frame, [column for column in frame if column.startswith("q")]


def compared_of(study, by_teams):
    frame, items = stored(study)
    values, team = frame[items].to_numpy(float), pd.factorize(frame["team"])[0]
    n_items, n_factors = len(items), 2 if study == "two" else 1
    factor = np.repeat(np.arange(n_factors), n_items // n_factors)
    layout = Layout(np.arange(n_items), factor, np.arange(n_items), n_items, n_factors)
    places = [(frame["group"] == name).to_numpy() for name in ("east", "north", "south")]
    answers = [group_answers(values[own], team[own]) for own in places]
    n_teams = int(team.max()) + 1 if by_teams else 0
    return normal_tests(answers, layout, [int(own.sum()) for own in places], n_teams)


@pytest.mark.oracle
@pytest.mark.parametrize("study", STUDIES)
def test_likelihood_ratios_are_those_of_lavaan(study):
    tests, theirs = compared_of(study, by_teams=False), REFERENCE[study]["ml"]
    found = {"configural": tests.structure()}
    found |= {level: tests.judge_level(level) for level in LEVELS}
    for level, one in found.items():
        assert one.df == theirs[level]["df"]
        assert one.distance == pytest.approx(theirs[level]["chi_squared"], abs=1e-5)
        assert one.statistic == pytest.approx(one.distance, abs=1e-9)
        assert one.p_value == pytest.approx(theirs[level]["p"], abs=1e-6)


@pytest.mark.oracle
@pytest.mark.parametrize("study", STUDIES)
def test_allowing_for_teams_agrees_with_lavaan_mlr(study):
    """lavaan scales by the mean alone, and takes teams for many: verdicts agree, not digits."""
    tests, theirs = compared_of(study, by_teams=True), REFERENCE[study]["mlr"]
    found = {"configural": tests.structure()}
    found |= {level: tests.judge_level(level) for level in LEVELS}
    for level, one in found.items():
        assert one.p_value == pytest.approx(theirs[level]["p"], abs=0.1)
    # Levels of items by team make the plain test of intercepts too sure, and this is undone.
    plain = compared_of(study, by_teams=False).judge_level("scalar").p_value
    if plain < 0.1:
        assert found["scalar"].p_value > 2 * plain


@pytest.mark.parametrize("study", ["open", "two"])
def test_slopes_and_scores_are_those_of_finite_differences(study):
    tests = compared_of(study, by_teams=False)
    parts, own = Parts(tests.layout), tests.configural[0][0]
    own = own + 0.05 * np.sin(np.arange(len(own)))
    numeric = np.stack(
        [
            (parts.moments(own + step) - parts.moments(own - step)) / 2e-6
            for step in 1e-6 * np.eye(len(own))
        ],
        axis=1,
    )
    assert np.allclose(parts.slopes(own), numeric, atol=1e-7)
    moments = parts.moments(own)
    steps = 1e-5 * np.eye(len(moments))
    answers = tests.answers[0]
    score = [
        (at_moments(answers, moments - one).deviance - at_moments(answers, moments + one).deviance)
        / 4e-5
        for one in steps
    ]
    assert np.allclose(at_moments(answers, moments).score, score, rtol=1e-4, atol=1e-3)


def test_likeliest_moments_without_gaps_are_means_and_covariances():
    frame, items = stored("alike")
    values = frame[items].to_numpy(float)
    moments, _ = saturated(group_answers(values, np.zeros(len(values), int)))
    row, column = np.tril_indices(len(items))
    covariance = np.cov(values.T, bias=True)[row, column]
    assert np.allclose(moments, np.concatenate([values.mean(axis=0), covariance]), atol=1e-9)


def survey_of_groups(frame, items, codes=(2, 6)):
    scale = Scale("s", items, minimum=codes[0] - 1, maximum=codes[1] + 1)
    codebook = Codebook(outcome="learnt", team="team", covariates=["group"], scales=[scale])
    frame = frame.assign(learnt=1, team=frame["team"].astype(str))
    return read_survey(frame, codebook)


def figures(result):
    return result.summary.set_index(["estimand", "contrast"])


@pytest.mark.oracle
def test_the_public_answer_tells_lavaans_means_and_degrees_of_freedom():
    frame, items = stored("alike")
    found = compare_invariance(survey_of_groups(frame, items), NUMBERS, "group", draws=1000)
    table, theirs = figures(found), REFERENCE["alike"]
    for level in ("configural", *LEVELS):
        assert f"with {theirs['ml'][level]['df']} degrees" in table["scale"]["invariance", level]
    # Aligned, not equal: means of factors agree where no item differs.
    for place, name in enumerate(("north", "south"), start=1):
        told = table.loc[("factor_mean", f"s, {name}")]
        assert told["mean"] == pytest.approx(theirs["mean"][place], abs=0.15)
        assert told["lower"] < theirs["mean"][place] < told["upper"]
    assert any("taken as numbers" in note for note in found.summary.attrs["notes"])
    assert any("20 in a group" in note for note in found.summary.attrs["notes"])


def planted(rng, shift=0.0, loading=0.0, residual=1.0, n=400):
    """Two groups of independent people; item 2 may differ in the second."""
    parts = []
    for place, name in enumerate(("first", "second")):
        factor = rng.standard_normal(n) * (1, 1.3)[place] + (0, 0.5)[place]
        slopes = np.array([0.9, 0.8, 0.7, 0.8, 0.75])
        noise = 0.7 * rng.standard_normal((n, 5))
        level = np.zeros(5)
        if place:
            slopes[2] += loading
            level[2] = shift
            noise[:, 2] *= residual
        values = 10 + level + factor[:, None] * slopes + noise
        part = pd.DataFrame(
            np.clip(np.rint(values), 7, 13), columns=[f"q{one}" for one in range(1, 6)]
        )
        parts.append(part.assign(group=name, team=np.arange(n) % 40 + 40 * place))
    return pd.concat(parts, ignore_index=True)


def compared_on(frame):
    items = [column for column in frame if column.startswith("q")]
    layout = Layout(np.arange(5), np.zeros(5, int), np.arange(5), 5, 1)
    answers = [
        group_answers(own[items].to_numpy(float), own["team"].to_numpy())
        for _, own in frame.groupby("group")
    ]
    return normal_tests(answers, layout, [len(own.values) for own in answers], 80)


@pytest.mark.parametrize(
    ("how", "part", "level"),
    [
        ({"shift": 0.6}, SHIFT, "strict"),
        ({"loading": 0.4}, LOADINGS, "metric"),
        ({"residual": 1.6}, RESIDUAL, "strict"),
    ],
)
def test_what_is_planted_is_named_and_the_rest_holds(how, part, level):
    tests = compared_on(planted(np.random.default_rng(3), **how))
    equal = tests.judge_level(level)
    assert equal.p_value < 1e-4
    found = partial_invariance(tests, level, equal)
    assert found.apart_in == ((2, 1, part),)
    assert found.test.df == equal.df - 1
    assert found.test.p_value > 0.01
    assert found.test.bic < equal.bic


def test_nothing_is_set_apart_where_groups_are_alike():
    tests = compared_on(planted(np.random.default_rng(4)))
    for level in ("metric", "strict"):
        assert partial_invariance(tests, level, tests.judge_level(level)) is None
    assert tests.configural_bic() > tests.judge_level("strict").bic


def test_a_difference_is_told_in_answer_points():
    frame = planted(np.random.default_rng(5), shift=0.5)
    items = [column for column in frame if column.startswith("q")]
    codes = (int(frame[items].min(axis=None)), int(frame[items].max(axis=None)))
    table = figures(
        compare_invariance(survey_of_groups(frame, items, codes), NUMBERS, "group", draws=400)
    )
    # Of half a point, half on either side of the average.
    for name, sign in (("first", -1), ("second", 1)):
        told = table.loc[("item_difference", f"q3, {name}")]
        assert told["mean"] == pytest.approx(sign * 0.25, abs=0.1)
        assert told["probability"] > 0.9
        others = table.loc[[("item_difference", f"q{one}, {name}") for one in (1, 2, 4, 5)]]
        assert (others["mean"].abs() < 0.15).all()
    assert table.loc[("factor_mean", "s, second"), "mean"] == pytest.approx(0.5, abs=0.2)
    assert table.loc[("factor_sd", "s, second"), "mean"] == pytest.approx(1.3, abs=0.2)
    support = table.loc["invariance_support"]
    assert support["probability"].idxmax() == "strict but for level of q3 between first and second"


def test_p_values_are_uniform_where_groups_are_alike_and_teams_differ():
    """Items have levels of their own in each team: plain tests of intercepts reject too often."""
    rng, p_values, plain = np.random.default_rng(6), [], []
    for _ in range(40):
        frame = planted(rng, n=240)
        items = [column for column in frame if column.startswith("q")]
        level = rng.normal(0, 0.6, (80, 5))
        frame[items] += level[frame["team"]]
        tests = compared_on(frame)
        p_values.append(tests.judge_level("scalar").p_value)
        plain.append(replace(tests, n_teams=0).judge_level("scalar").p_value)
    assert np.mean(np.array(plain) < 0.05) > 0.3
    assert 0 <= np.mean(np.array(p_values) < 0.05) <= 0.13
    assert 0.35 < np.mean(p_values) < 0.65


def test_what_cannot_be_compared_is_refused_with_a_remedy():
    frame, items = stored("two")
    survey = survey_of_groups(frame, items)
    with pytest.raises(ModelError, match=r"one level.*members of a team\s+may be alike.*fit_ind"):
        compare_invariance(survey, FactorModel("s", ordinal=False, levels="team"), "group")
    frame.loc[frame["group"] == "north", "q2"] = 4
    with pytest.raises(SurveyError, match=r"Group 'north': Column 'q2': everyone"):
        compare_invariance(survey_of_groups(frame, items), NUMBERS, "group")


def test_cross_loadings_of_numbers_are_refused():
    frame, items = stored("two")
    scales = [Scale(name, own, maximum=7) for name, own in (("f", items[:3]), ("g", items[3:]))]
    codebook = Codebook(outcome="learnt", team="team", covariates=["group"], scales=scales)
    survey = read_survey(frame.assign(learnt=1, team=frame["team"].astype(str)), codebook)
    model = FactorModel(["f", "g"], ordinal=False, cross_loadings=0.1)
    with pytest.raises(ModelError, match="leave cross_loadings out, or take the answers as order"):
        compare_invariance(survey, model, "group")
    plain = FactorModel(["f", "g"], ordinal=False)
    table = figures(compare_invariance(survey, plain, "group", draws=100))
    assert "24 degrees" in table["scale"]["invariance", "configural"]


def test_waves_in_numbers_are_called_as_one_writes_them_and_stand_in_their_order():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        rng.standard_normal((720, 1)) + rng.standard_normal((720, 4)), columns=list("abcd")
    )
    frame = (3 + frame.clip(-2, 2).round()).assign(
        n=1, team=[f"T{place // 12}" for place in range(720)]
    )
    # Somebody without a wave makes numbers with decimals of the whole column.
    frame["wave"] = np.repeat([1.0, 2.0, 10.0], 240)
    frame.loc[7, "wave"] = np.nan
    scale = Scale("s", list("abcd"))
    book = Codebook(outcome="n", team="team", covariates=["wave"], scales=[scale])
    found = compare_invariance(read_survey(frame, book), NUMBERS, "wave")
    means = found.summary[found.summary["estimand"] == "factor_mean"]
    assert [name.split(", ")[-1] for name in means["contrast"]] == ["1", "2", "10"]
    told = found.summary["contrast"].dropna().str.cat(sep=" ") + str(found.summary.attrs)
    assert "1.0" not in told.replace("1.00", "")
    assert "10.0" not in told


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("few", [True, False])
def test_figures_are_rounded_where_few_of_a_group_gave_two_answers_together(few):
    """
    In all of the study no cell of two yes/no items is of few; in the second group one is.

    A likelihood ratio is a function of the crossed tables of the groups, to the last digit.
    """
    patterns = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]])
    first, second = [20, 10, 12, 11, 6, 15], [30, 9, 7, 8, 6 - 3 * few, 3 * few]
    second[5] += 0 if few else 8
    rows = np.concatenate([np.repeat(patterns, own, axis=0) for own in (first, second)])
    frame = pd.DataFrame(rows, columns=["q1", "q2", "q3"])
    frame["group"] = np.repeat(["first", "second"], [sum(first), sum(second)])
    frame["team"] = np.arange(len(frame)) % 8 + 8 * (frame["group"] == "second")
    codebook = Codebook(
        outcome="learnt",
        team="team",
        covariates=["group"],
        scales=[Scale("s", ["q1", "q2", "q3"], minimum=0, maximum=1)],
    )
    survey = read_survey(frame.assign(learnt=1, team=frame["team"].astype(str)), codebook)
    found = compare_invariance(survey, NUMBERS, "group", draws=100)
    told = found.summary[["mean", "sd", "lower", "upper", "probability"]].to_numpy(float)
    told = told[np.isfinite(told)]
    is_rounded = np.allclose(told * 100, np.rint(told * 100), atol=1e-9)
    assert is_rounded == few
    assert any("few gave some answers" in note for note in found.summary.attrs["notes"]) == few
