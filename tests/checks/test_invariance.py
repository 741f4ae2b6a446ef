"""Whether groups read items alike: chance level under invariance, power and naming without."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize
from scipy.integrate import quad
from scipy.stats import binom, norm

from factor_answers import CUTS, ordinal_answers
from learnclimate.checks.factor_fit import fit_indices
from learnclimate.checks.invariance import _fitted, compare_invariance
from learnclimate.checks.invariance_alignment import aligned, common
from learnclimate.checks.invariance_configural import group_misfit, in_all_groups
from learnclimate.checks.invariance_distance import distance_test
from learnclimate.checks.invariance_items import AVERAGE, item_differences, signed_and_unsigned
from learnclimate.checks.invariance_layout import (
    LOADINGS,
    RESIDUAL,
    SHIFT,
    THRESHOLDS,
    GroupItems,
    Layout,
    transformed,
)
from learnclimate.checks.invariance_partial import OrderedTests, partial_invariance
from learnclimate.checks.invariance_tails import Tail, tail_residuals, tails_of
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, SurveyError
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.measurement.rows import checked_sampling
from measurement_answers import survey_of

LAYOUT = Layout(np.arange(5), np.zeros(5, int), np.repeat(np.arange(5), 4), 5, 1)


def exact_groups(rng, spread, mean, residual, noise=0.05, n=300):
    """Draws of groups whose own posterior means carry just their sampling error."""
    loadings = rng.uniform(0.8, 1.4, 5)
    thresholds = np.tile(np.array([-1.5, -0.5, 0.5, 1.5]), 5) + 0.1 * rng.standard_normal(20)
    groups = []
    for place in range(len(spread)):
        own, cuts = transformed(
            loadings, thresholds, LAYOUT, (spread[place], mean[place], residual[place])
        )
        centre = np.concatenate([own, cuts]) + noise * rng.standard_normal(25)
        draws = centre + noise * rng.standard_normal((4000, 25))
        groups.append(GroupItems(draws[:, :5], draws[:, 5:], np.ones(20, bool), n))
    return groups


SAME = (np.array([[1.0], [1.3], [0.8]]), np.array([[0.0], [0.5], [-0.3]]), np.ones((3, 5)))


@pytest.mark.parametrize(("level", "df"), [("metric", 8), ("scalar", 36), ("strict", 46)])
def test_distance_is_chi_squared_where_parameters_are_equal(level, df):
    rng = np.random.default_rng(1)
    found = [distance_test(exact_groups(rng, *SAME), LAYOUT, level) for _ in range(40)]
    assert {one.df for one in found} == {df}
    mean = np.mean([one.statistic for one in found])
    assert abs(mean - df) < 4 * np.sqrt(2 * df / 40)


def test_few_draws_make_no_larger_chi_squared():
    """Of 100 draws, the inverse of 25 covariances is a third too large."""
    rng = np.random.default_rng(11)
    few, many = [], []
    for _ in range(20):
        groups = exact_groups(rng, *SAME)
        many.append(distance_test(groups, LAYOUT, "strict").statistic)
        groups = [
            GroupItems(one.loadings[:100], one.thresholds[:100], one.known, one.n_respondents)
            for one in groups
        ]
        few.append(distance_test(groups, LAYOUT, "strict").statistic)
    assert np.mean(few) == pytest.approx(np.mean(many), rel=0.12)


def test_residual_spreads_are_free_in_scalar_and_not_in_strict():
    rng = np.random.default_rng(2)
    residual = np.ones((3, 5))
    residual[1] = [1.4, 1.0, 0.7, 1.2, 0.8]
    groups = exact_groups(rng, SAME[0], SAME[1], residual)
    assert distance_test(groups, LAYOUT, "scalar").p_value > 0.001
    assert distance_test(groups, LAYOUT, "strict").p_value < 1e-6


def strict_but_for(groups):
    return partial_invariance(
        OrderedTests(groups, LAYOUT), "strict", distance_test(groups, LAYOUT, "strict")
    )


def test_partial_invariance_names_the_items_planted_and_no_other():
    rng = np.random.default_rng(9)
    alike = exact_groups(rng, *SAME)
    assert strict_but_for(alike) is None
    apart = exact_groups(rng, *SAME)
    apart[1].thresholds[:, 4:8] += 0.6
    # A loading of its own also turns the group's mean into thresholds of its own.
    apart[2].loadings[:, 3] += 0.6
    apart[2].thresholds[:, 12:16] += 0.3 * 0.6 / 0.8
    strict = distance_test(apart, LAYOUT, "strict")
    found = strict_but_for(apart)
    assert set(found.apart_in) == {(1, 1, SHIFT), (3, 2, LOADINGS)}
    assert found.test.bic < strict.bic
    # A shift of all thresholds is one value, and so is a loading.
    assert found.test.df == strict.df - 2
    assert found.test.p_value > 0.001 > strict.p_value


def test_partial_invariance_tells_thresholds_and_residual_spreads_from_shifts():
    rng = np.random.default_rng(15)
    apart = exact_groups(rng, *SAME)
    apart[1].thresholds[:, 4:8] += np.array([0.7, -0.7, 0.7, -0.7])
    apart[2].loadings[:, 3] /= 1.6
    apart[2].thresholds[:, 12:16] /= 1.6
    found = strict_but_for(apart)
    assert set(found.apart_in) == {(1, 1, THRESHOLDS), (3, 2, RESIDUAL)}
    assert found.test.p_value > 0.001


def test_of_two_groups_an_item_is_apart_between_them_and_the_second_is_named():
    rng = np.random.default_rng(16)
    apart = exact_groups(rng, *SAME)[:2]
    apart[0].loadings[:, 2] -= 0.5
    found = strict_but_for(apart)
    assert found.apart_in == ((2, 1, LOADINGS),)
    metric = distance_test(apart, LAYOUT, "metric")
    found = partial_invariance(OrderedTests(apart, LAYOUT), "metric", metric)
    assert found.apart_in == ((2, 1, LOADINGS),)
    assert found.test.df == metric.df - 1


def test_partial_invariance_leaves_every_group_items_to_compare_by():
    rng = np.random.default_rng(10)
    residual = np.ones((3, 5))
    residual[1] = [1.8, 0.5, 1.7, 0.6, 1.0]
    groups = exact_groups(rng, SAME[0], SAME[1], residual, noise=0.02)
    groups[1].thresholds[:] += rng.standard_normal(20)
    found = strict_but_for(groups)
    for group in range(3):
        assert len({item for item, there, _ in found.apart_in if there == group}) <= 3


def test_alignment_finds_means_and_spreads_past_an_item_that_differs():
    rng = np.random.default_rng(3)
    groups = exact_groups(rng, *SAME, noise=0.01)
    loadings = np.stack([group.loadings.mean(axis=0) for group in groups])
    cuts = np.stack([group.thresholds.mean(axis=0) for group in groups])
    cuts[1, :4] += 0.8
    spread, mean = aligned(loadings, cuts, np.full(3, 300.0), LAYOUT)
    np.testing.assert_allclose(spread[:, 0], SAME[0][:, 0], atol=0.06)
    np.testing.assert_allclose(mean[:, 0], SAME[1][:, 0], atol=0.08)
    _, placed = common(loadings, cuts, LAYOUT, (spread, mean))
    np.testing.assert_allclose((placed[1] - placed[0])[:4], 0.8, atol=0.15)


def by_hand(slopes, cuts, mean, sd):
    """Signed and unsigned mean difference of an item's expected answers in two groups."""

    def apart(x):
        first, second = (
            norm.cdf(slope * x - cut).sum() for slope, cut in zip(slopes, cuts, strict=True)
        )
        return first - second

    density = norm(mean, sd).pdf
    crossings = [mean - 6 * sd, 0.0, mean + 6 * sd]
    parts = [quad(lambda x: apart(x) * density(x), *ends) for ends in pairwise(crossings)]
    return sum(part for part, _ in parts), sum(abs(part) for part, _ in parts)


def test_a_loading_that_differs_shows_in_the_unsigned_difference_and_cancels_in_the_signed():
    """Symmetric thresholds: what the factor's upper half gains, its lower half loses."""
    cuts = np.array([-1.2, -0.4, 0.4, 1.2])
    loadings = np.full((2, 5), 1.0)
    loadings[1, 2] = 0.3
    spread, mean = np.array([[1.0], [1.3]]), np.array([[0.0], [0.6]])
    apart = item_differences(
        (loadings, np.tile(cuts, (2, 5))), (spread, mean), LAYOUT, np.array([300.0, 100.0]), False
    )
    (signed,), (unsigned,) = signed_and_unsigned(apart[None])
    for group, (own, other, share) in enumerate(((1.0, 0.3, 0.25), (0.3, 1.0, 0.75))):
        told = by_hand((own, other), (cuts, cuts), mean[group, 0], spread[group, 0])
        told = tuple(share * one for one in told)
        assert (signed[group, 2], unsigned[group, 2]) == pytest.approx(told, abs=2e-3)
    assert signed[0, 2] == pytest.approx(0, abs=1e-12)
    assert unsigned[1, 2] > 0.3
    np.testing.assert_allclose(np.delete(unsigned, 2, axis=1), 0, atol=1e-12)


def test_an_unsigned_difference_holds_no_more_than_chance_where_there_is_none():
    """Curves of level and slope, estimated with error; of 0.3 points of a difference all stays."""
    rng = np.random.default_rng(17)
    basis = np.stack([np.ones(41), np.linspace(-2, 2, 41)]) * 0.08
    found = {0.0: [], 0.3: []}
    for true, told in found.items():
        for _ in range(200):
            centre = rng.standard_normal(2) @ basis + true
            curves = centre + rng.standard_normal((300, 2)) @ basis
            signed, unsigned = signed_and_unsigned(curves[:, None, None, :])
            told.append((unsigned.mean(), np.abs(curves @ AVERAGE).mean(), (unsigned > 0.2).mean()))
            assert signed.mean() == pytest.approx((curves @ AVERAGE).mean())
    none, some = (np.mean(told, axis=0) for told in found.values())
    assert none[0] < 0.06
    assert none[1] > 0.08  # What the average size of uncorrected draws would say.
    assert some[0] == pytest.approx(0.3, abs=0.04)
    assert np.mean(np.array(found[0.0])[:, 2] > 0.9) < 0.01


def survey_with_groups(rng, n, shift=0.0, empty=False):
    loadings = np.full((5, 1), 0.75)
    parts = []
    for group in range(2):
        cuts = np.tile(CUTS, (5, 1))
        cuts[2] += shift * group
        scores = 0.4 * group + rng.standard_normal((n, 1))
        latent = scores @ loadings.T + np.sqrt(1 - 0.75**2) * rng.standard_normal((n, 5))
        parts.append(1.0 + (latent[:, :, None] > cuts).sum(axis=2))
    answers = np.concatenate(parts)
    if empty:
        answers[:n, 1] = np.minimum(answers[:n, 1], 4)
    department = np.repeat(["north", "south"], n)
    team = np.repeat(np.arange(2 * n // 10), 10)
    return survey_of(answers, team, department=department)


def differences(result, estimand="item_difference"):
    rows = result.summary[result.summary["estimand"] == estimand]
    return rows.set_index("contrast")


def reference(name):
    path = Path(__file__).parents[1] / "reference" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def p_value(result, level):
    rows = result.summary
    inside = (rows["estimand"] == "invariance") & (rows["contrast"] == level)
    return rows.loc[inside, "probability"].iloc[0]


def test_an_item_read_differently_is_named_and_the_others_are_not():
    rng = np.random.default_rng(4)
    survey = survey_with_groups(rng, 500, shift=0.7)
    result = compare_invariance(survey, FactorModel("s"), "department")
    assert p_value(result, "metric") > 0.001
    assert p_value(result, "scalar") < 1e-4
    support = result.summary[result.summary["estimand"] == "invariance_support"]
    likely = support.loc[support["probability"].idxmax(), "contrast"]
    assert likely in (
        f"strict but for {part} of q3 between north and south" for part in ("level", "thresholds")
    )
    found = differences(result)
    named = found.index[found["probability"] > 0.95].tolist()
    assert named == ["q3, north", "q3, south"]
    assert found.loc["q3, south", "mean"] < 0 < found.loc["q3, north", "mean"]
    unsigned = differences(result, "unsigned_item_difference")
    assert unsigned.index[unsigned["probability"] > 0.95].tolist() == named
    assert (unsigned["mean"] >= found["mean"].abs() - 0.06).all()
    rows = result.summary.set_index(["estimand", "contrast"])
    mean = rows.loc[("factor_mean", "s, south")]
    assert abs(mean["mean"] - 0.4) < 3 * mean["sd"]
    assert mean["sd"] < 0.13


@pytest.mark.parametrize(("here", "there"), [(0, 30), (2, 34), (4, 30)])
def test_counts_beyond_a_threshold_lose_as_much_as_two_binomials_do(here, there):
    """One cut, few beyond it in one group: the minimum distance is the likelihood ratio."""
    counts = [np.array([300.0 - few, few]) for few in (here, there)]
    (tail,) = tails_of(counts[0], 0)
    common = optimize.minimize_scalar(
        lambda cut: (
            tail_residuals([tail], np.array([cut]))[0] ** 2
            - 2 * binom.logpmf(there, 300, norm.sf(cut))
        ),
        bounds=(0.5, 4),
        method="bounded",
    ).fun
    alone = -2 * binom.logpmf(there, 300, there / 300)
    pooled = (here + there) / 600
    ratio = 2 * sum(
        binom.logpmf(few, 300, few / 300) - binom.logpmf(few, 300, pooled) for few in (here, there)
    )
    assert common - alone == pytest.approx(ratio, abs=1e-4)


def test_answers_that_nobody_gave_count_only_where_others_would_have():
    """Nobody of one tells nothing; nobody of thousands tells a difference, with no more freedom."""
    rng = np.random.default_rng(12)
    groups = exact_groups(rng, *SAME)
    plain = distance_test(groups, LAYOUT, "strict")
    known = groups[1].known.copy()
    known[3] = False
    for n, least, most in ((1, -6.0, 1.5), (3000, 100.0, np.inf)):
        tail = Tail(3, above=True, beyond=0, among=n, inner=None)
        apart = [groups[0], replace(groups[1], known=known, tails=(tail,)), groups[2]]
        found = distance_test(apart, LAYOUT, "strict")
        assert found.df == plain.df
        assert least < found.statistic - plain.statistic < most
        assert found.bic - found.statistic == pytest.approx(plain.bic - plain.statistic)
        metric = [distance_test(own, LAYOUT, "metric").statistic for own in (apart, groups)]
        assert metric[0] == metric[1]
        spared = distance_test(
            apart, LAYOUT, "strict", frozenset([(0, 1, LOADINGS), (0, 1, THRESHOLDS)])
        )
        assert spared.df == plain.df - 5


def test_groups_that_read_alike_pass_even_where_a_category_is_empty_in_one():
    rng = np.random.default_rng(5)
    survey = survey_with_groups(rng, 400, empty=True)
    result = compare_invariance(survey, FactorModel("s"), "department")
    assert p_value(result, "metric") > 0.001
    assert any("beyond which nobody" in note for note in result.summary.attrs["notes"])
    found = differences(result)
    others = found.drop(index=["q2, north", "q2, south"])
    assert (others["probability"] < 0.95).all()
    # That none in the north gave what a tenth gave in the south is no equality.
    assert p_value(result, "strict") < 1e-4
    support = result.summary[result.summary["estimand"] == "invariance_support"]
    assert "q2" in support.loc[support["probability"].idxmax(), "contrast"]
    assert found.loc["q2, north", "mean"] < -0.02


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["alike", "different"])
def test_levels_and_means_agree_with_lavaan_and_with_measeq_syntax(kind):
    lavaan = reference("invariance")[kind]
    semtools = reference("measurement_semtools")["invariance"][kind]
    answers = lavaan["answers"]
    values = np.column_stack([answers[f"q{place}"] for place in range(1, 6)])
    team = np.repeat(np.arange(100), 10)
    survey = survey_of(values, team, department=answers["group"])
    result = compare_invariance(survey, FactorModel("s"), "department")
    rows = result.summary.set_index(["estimand", "contrast"])
    for level in ("metric", "scalar", "strict"):
        for theirs in (lavaan[level], semtools[level]):
            assert f"with {theirs['df']} degrees" in rows.loc[("invariance", level), "scale"]
            # Likelihood against limited information: two tests of one hypothesis.
            if theirs["p"] < 1e-6:
                assert p_value(result, level) < 1e-6
            else:
                assert p_value(result, level) > 0.02
    mean, sd = (rows.loc[(name, "s, south"), "mean"] for name in ("factor_mean", "factor_sd"))
    if kind == "alike":
        assert abs(mean - lavaan["mean"]) < 0.5 * lavaan["mean_se"]
        assert sd == pytest.approx(lavaan["sd"], rel=0.06)
    else:
        # Alignment sees past the item that differs, which draws lavaan's mean down.
        assert mean > lavaan["mean"]
        found = differences(result)
        assert found.index[found["probability"] > 0.95].tolist() == ["q3, north", "q3, south"]


def test_a_structure_that_fails_in_one_group_is_told_at_the_configural_level():
    rng = np.random.default_rng(8)
    alike = survey_with_groups(rng, 400)
    answers = alike.frame[[f"q{place}" for place in range(1, 6)]].to_numpy(copy=True)
    shared = np.clip(np.rint(answers[400:, 3] + 0.5 * rng.standard_normal(400)), 1, 5)
    answers[400:, 4] = shared  # Two items that share more than the factor, in the south alone.
    other = survey_of(
        answers, np.repeat(np.arange(80), 10), department=np.repeat(["north", "south"], 400)
    )
    holds, fails = (
        compare_invariance(survey, FactorModel("s"), "department", draws=100)
        for survey in (alike, other)
    )
    assert p_value(holds, "configural") > 0.01
    assert p_value(fails, "configural") < 1e-6
    # As fit_indices tells of each group by itself, added up: teams here are alike by chance alone.
    told, misfit = 0.0, []
    for group in ("north", "south"):
        frame = other.frame[other.frame["department"] == group]
        own = fit(FactorModel("s"), replace(other, frame=frame), draws=400, seed=1, progress=False)
        rows = fit_indices(own, draws=100).summary.set_index("estimand")
        told += rows.loc["c2", "mean"]
        misfit.append(group_misfit(own))
    found = in_all_groups(misfit, by_teams=False)
    assert found.statistic == pytest.approx(told, rel=0.02)
    rows = fails.summary.set_index(["estimand", "contrast"])
    assert rows.loc[("invariance", "configural"), "mean"] == pytest.approx(told, rel=0.5)
    doubted = "every level takes the structure for true"
    for result, is_said in ((fails, True), (holds, False)):
        support = result.summary[result.summary["estimand"] == "invariance_support"]
        preferred = support.loc[support["probability"].idxmax(), "scale"]
        assert (doubted in preferred) == is_said


def test_bad_arguments_are_refused():
    rng = np.random.default_rng(6)
    survey = survey_with_groups(rng, 30)
    model = FactorModel("s")
    with pytest.raises(ArgumentError, match=r"by=.nowhere.*Codebook.covariates="):
        compare_invariance(survey, model, "nowhere")
    with pytest.raises(SurveyError, match="two are needed"):
        compare_invariance(survey, model, "department")
    with pytest.raises(ArgumentTypeError, match="no factor model"):
        compare_invariance(survey, "s", "department")
    with pytest.raises(ModelError, match="one level"):
        compare_invariance(survey, FactorModel("s", levels="team"), "department")
    with pytest.raises(ArgumentError, match="tolerance"):
        compare_invariance(survey, model, "department", tolerance=0)


def test_an_item_that_never_varies_in_a_group_is_told_with_the_group():
    rng = np.random.default_rng(7)
    answers = ordinal_answers(rng, 200, np.full((4, 1), 0.7))
    answers[:100, 2] = 3
    department = np.repeat(["north", "south"], 100)
    survey = survey_of(answers, np.repeat(np.arange(20), 10), department=department)
    with pytest.raises(SurveyError, match=r"Group 'north'.*q3"):
        compare_invariance(survey, FactorModel("s"), "department")


def two_departments(seed, loading=0.7, mean=0.5, sd=1.3, n=300):
    """Departments whose factors differ in mean and spread; one item's loading may differ."""
    rng = np.random.default_rng(seed)
    cuts = np.array([-1.2, -0.4, 0.4, 1.2])
    parts = []
    for there, strength in (((0.0, 1.0), 0.7), ((mean, sd), loading)):
        loadings = np.full(5, 0.7)
        loadings[2] = strength
        factor = there[0] + there[1] * rng.standard_normal((n, 1))
        latent = factor * loadings + np.sqrt(1 - loadings**2) * rng.standard_normal((n, 5))
        parts.append(1.0 + np.searchsorted(cuts, latent))
    return survey_of(
        np.concatenate(parts), np.arange(2 * n) // 10, department=np.repeat(["a", "b"], n)
    )


def test_a_loading_that_differs_alone_is_named_and_doubt_is_put_into_words():
    """Seed 4: the criterion prefers strict, the test of metric does not."""
    told = [
        compare_invariance(two_departments(seed, 0.4), FactorModel("s"), "department", draws=100)
        for seed in (3, 4)
    ]
    for result in told:
        rows = result.summary
        levels = rows.loc[rows["estimand"] == "invariance", "contrast"].tolist()
        assert "metric but for loading of q3 between a and b" in levels
        support = rows[rows["estimand"] == "invariance_support"]
        likely = support.loc[support["probability"].idxmax()]
        assert p_value(result, "metric") < 0.01
        if likely["contrast"] == "strict":
            assert "the loading of q3 between a and b accounts" in likely["scale"]
        else:
            assert "loading" in likely["contrast"]


def test_doubt_that_no_item_accounts_for_names_the_item_that_comes_closest():
    rows = compare_invariance(
        two_departments(2012, 0.4), FactorModel("s"), "department", draws=100
    ).summary
    assert not rows["contrast"].str.contains("but for").any()
    (told,) = [one for one in rows["scale"] if "comes closest" in one]
    found = re.search(
        r"no single item accounts for it all; the loading of q3 between a and b comes closest, of "
        r"metric: chi-squared (\S+) with 1 degree of freedom, where the criterion asks for (\S+),",
        told,
    )
    # One value of 600 people, one of five items.
    assert float(found[2]) == pytest.approx(np.log(600) + 2 * np.log(5), abs=0.05)
    assert 3.84 < float(found[1]) < float(found[2])


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [11, 17])
def test_an_item_that_loads_less_is_as_far_apart_as_the_likelihood_says(seed):
    """On their own scale loadings above 1 are so unsure that a third of the ratio was lost."""
    (stored,) = [
        one for one in reference("invariance_power")["planted"] if one["seed"] == 2000 + seed
    ]
    survey = two_departments(2000 + seed, 0.4)
    options = checked_sampling(100, 1, 0.9, None).private(survey)
    groups, _ = _fitted(survey, FactorModel("s"), "department", options)
    alone = [replace(group, pulls=None) for group in groups.items]
    metric = distance_test(alone, groups.tests.layout, "metric")
    assert metric.distance == pytest.approx(stored["ratio"], rel=0.15)
    loading = distance_test(alone, groups.tests.layout, "metric", frozenset([(2, 1, LOADINGS)]))
    gained = metric.distance - loading.distance
    assert gained == pytest.approx(stored["by_item"][2], rel=0.15)


@pytest.mark.slow
def test_loadings_are_named_where_they_differ_and_means_are_covered_where_nothing_does():
    """
    Of the 20 planted loadings 13 are named (measured 2026-11-27), and q1 in one other study.

    What others make of the same answers: tests/reference/invariance_power.json. At .01 the
    likelihood ratio of respondents taken for independent doubts equal loadings in 14 of the 20,
    lavaan in 16 (WLSMV), and where answers are taken for numbers in 13, with clusters or without.
    Here it is doubted in 13 with 30 teams a group, in 14 with each respondent a team. q1 is the
    item to free in the one study for all of them.
    """
    named, covered, false = [], [], []
    for seed in range(60):
        rows = compare_invariance(
            two_departments(1000 + seed), FactorModel("s"), "department", draws=100
        ).summary
        false.append(rows["contrast"].str.contains("but for").any())
        mean = rows[(rows["estimand"] == "factor_mean") & (rows["contrast"] == "s, b")].iloc[0]
        covered.append(mean["lower"] <= 0.5 <= mean["upper"])
        if seed < 20:
            planted = two_departments(2000 + seed, 0.4)
            rows = compare_invariance(planted, FactorModel("s"), "department", draws=100).summary
            named.append(rows["contrast"].str.contains("loading.*of q3").any())
    assert np.mean(named) >= 0.5
    assert np.mean(false) < 0.15
    # 0.9, less three standard errors of 60.
    assert np.mean(covered) > 0.78
