"""Exact figures are fractions of the number of answers, which they may not tell."""

from itertools import combinations, pairwise, product
from math import floor

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.open_numbers import numbers_that_tell
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.careless_rows import told_lengths
from learnclimate.measurement.factor_design import factor_design

ITEMS = ["q0", "q1", "q2", "q3"]


def study(left_open: dict[int, list[str]], n_items: int = 4) -> lc.Survey:
    rng = np.random.default_rng(1)
    n = 120
    frame = pd.DataFrame(
        {
            "team": np.repeat([f"T{place:02d}" for place in range(10)], 12),
            "often": rng.choice(["never", "monthly", "weekly"], n),
            "y": rng.poisson(6, n) + 1,
        }
    )
    for item in ITEMS[:n_items]:
        frame[item] = np.clip(np.round(rng.normal(3.4, 0.7, n)), 2, 5)
    for row, items in left_open.items():
        frame.loc[row, items] = np.nan
    scale = lc.Scale(name="lead", items=ITEMS[:n_items], minimum=1, maximum=5)
    codebook = lc.Codebook(
        outcome="y",
        team="team",
        frequency="often",
        frequency_levels=["never", "monthly", "weekly"],
        scales=[scale],
    )
    return lc.read_survey(frame, codebook)


def numbers_that_fit(value: float, digits: int, of: int, candidates: range) -> list[int]:
    """Numbers of respondents whose whole sums, divided, round to the value."""
    found = []
    for n in candidates:
        near = floor(value * of * n)
        fractions = [(near + step) / (of * n) for step in range(-2, 4)]
        if any(abs(round(one, digits) - value) < 1e-9 for one in fractions):
            found.append(n)
    return found


@pytest.mark.parametrize("n_items", [1, 4])
def test_scale_scores_do_not_tell_how_many_of_a_team_left_the_scale_open(n_items: int) -> None:
    survey = study({2: ITEMS[:n_items], 14: ITEMS[:n_items]}, n_items)
    told = lc.scale_scores(survey, "lead", draws=100).summary

    for team in ("T00", "T01"):
        mean = float(told.loc[told["team"] == team, "mean"].iloc[0])
        digits = 0 if n_items == 1 else 1
        assert numbers_that_fit(mean, digits, n_items, range(8, 13)) == [8, 9, 10, 11, 12]
    whole = float(told.loc[told["team"].isna(), "mean"].iloc[0])
    fit = numbers_that_fit(whole, 1 if n_items == 1 else 2, n_items, range(116, 121))
    assert fit == [116, 117, 118, 119, 120]
    untouched = float(told.loc[told["team"] == "T05", "mean"].iloc[0])
    assert untouched * 12 * n_items == pytest.approx(round(untouched * 12 * n_items))


def test_agreement_does_not_tell_how_many_of_a_team_left_an_item_open() -> None:
    told = lc.agreement(study({2: ["q1"], 14: ["q1"]}), "lead", draws=100).summary

    is_median = told["contrast"] == "about the median"
    median = told[(told["estimand"] == "average_deviation") & is_median]
    for team in ("T00", "T01"):
        mean = float(median.loc[median["team"] == team, "mean"].iloc[0])
        assert numbers_that_fit(mean, 1, 8, range(8, 13)) == [8, 9, 10, 11, 12]


def test_the_study_does_not_tell_what_one_team_hides() -> None:
    # Six of T01 are enough to tell of; one of T00 is not, and is the study less the others.
    left_open = dict.fromkeys((2, *range(12, 18)), ITEMS)
    told = lc.scale_scores(study(left_open), "lead", draws=100).summary

    assert told.loc[told["team"] == "T01", "n_respondents"].iloc[0] == 6
    assert told.loc[told["team"] == "T00", "n_respondents"].isna().all()
    assert told.loc[told["team"].isna(), "n_respondents"].isna().all()


def own_mean(rows, of):
    """What the difference of two sums tells, the numbers told with them."""
    (first, n_first), (second, n_second) = rows
    if pd.isna(n_first) or pd.isna(n_second) or n_first == n_second:
        return None
    return (first * n_first - second * n_second) / (n_first - n_second) * of


def test_two_settings_do_not_tell_what_one_person_answered() -> None:
    # Five of T00 skipped the scale, and one an item of it: enough left it open either way.
    skipped = dict.fromkeys(range(5), ITEMS) | {12 + row: ITEMS for row in range(5)}
    survey = study(skipped | {5: ["q1"]})
    tables = [
        lc.scale_scores(survey, "lead", draws=100, missing_allowed=allowed).summary
        for allowed in (1, 0)
    ]
    for of in ("T00", None):
        rows = []
        for table in tables:
            own = table[table["team"].isna() if of is None else table["team"] == of].iloc[0]
            rows.append((own["mean"], own["n_respondents"]))
        assert own_mean(rows, 1) is None
        assert all(round(mean, 2) == mean for mean, _ in rows)


def test_items_beside_scores_do_not_tell_what_one_person_answered() -> None:
    # Fifteen skipped the scale, and one an item of it. Means of items and of scores, times the
    # numbers behind them, would leave what that one answered.
    survey = study(dict.fromkeys(range(1, 90, 6), ITEMS) | {3: ["q0"]})
    items = lc.item_analysis(survey, "lead", draws=100).summary
    means = items[items["estimand"] == "item_mean"]
    scores = lc.scale_scores(survey, "lead", draws=100).summary
    of_study = scores[scores["team"].isna()]
    for table in (means, of_study):
        assert len(table)
        assert (table["mean"].round(2) == table["mean"]).all()
    assert of_study["n_respondents"].isna().all()


def test_numbers_of_single_items_and_of_both_do_not_tell_who_answered_neither() -> None:
    # 8 left the first open, 9 the second and 14 one or the other: three answered neither.
    neither = {10 * row: ["q0", "q1"] for row in range(3)}
    one = {10 * row + 1: ["q0"] for row in range(5)} | {10 * row + 2: ["q1"] for row in range(6)}
    survey = study(neither | one, 2)
    items = lc.item_analysis(survey, "lead", draws=100).summary
    alone = items[items["estimand"] == "item_mean"].set_index("contrast")["n_respondents"]
    assert alone.dropna().isin([112, 111]).all()
    both = items[items["estimand"] == "item_rest_correlation"]["n_respondents"]
    assert both.isna().all()
    for other in (lc.reliability(survey, "lead", draws=100), lc.polychoric(survey, "lead")):
        assert other.summary["n_respondents"].isna().all()
        assert not any("106" in note for note in other.summary.attrs["notes"])


def skipping(seed, items, n=150):
    """Some skip the page, and some leave single items open."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"team": [f"T{place // 10:02}" for place in range(n)]})
    shared = rng.normal(0, 1, n)
    for item in items:
        frame[item] = np.clip(np.round(3 + shared + rng.normal(0, 0.8, n)), 2, 4)
        frame.loc[rng.random(n) < 0.05, item] = np.nan
    frame.loc[rng.random(n) < 0.08, items] = np.nan
    return frame.assign(learnt=rng.poisson(3, n))


@pytest.mark.parametrize("seed", range(4))
def test_numbers_of_a_scale_and_a_longer_one_do_not_differ_by_few(seed):
    scales = [lc.Scale(f"s{n}", ITEMS[:n]) for n in (2, 3, 4)]
    frame = skipping(seed, ITEMS)
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[scales[-1]])
    survey = lc.read_survey(frame, codebook)
    told = set()
    for scale in scales:
        for allowed in range(len(scale.items)):
            table = lc.scale_scores(survey, scale, draws=100, missing_allowed=allowed).summary
            told |= {int(n) for n in table.loc[table["team"].isna(), "n_respondents"].dropna()}
    assert all(abs(one - other) >= 5 for one, other in combinations(told, 2))


def versions(small, protector, protector_asked):
    """An item that is not in the version of one of the two hidden teams."""
    rng = np.random.default_rng(4)
    sizes = {"A": 12, "B": small, "C": protector} | {f"D{place}": 12 for place in range(5)}
    frame = pd.DataFrame({"team": [team for team, n in sizes.items() for _ in range(n)]})
    for item in ITEMS[:3]:
        frame[item] = rng.choice([2.0, 3.0, 4.0], len(frame))
    frame.loc[frame["team"] == ("B" if protector_asked else "C"), "q2"] = np.nan
    scale = lc.Scale("climate", ITEMS[:3])
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[scale])
    return lc.read_survey(frame.assign(learnt=rng.poisson(3, len(frame))), codebook)


@pytest.mark.parametrize("protector_asked", [False, True])
def test_an_item_that_a_version_lacks_tells_no_size_of_a_hidden_team(protector_asked):
    """The attack: who was asked, less the teams that are shown and were, is one hidden team."""
    survey = versions(3, 9, protector_asked)
    items = lc.item_analysis(survey, "climate", draws=100).summary
    means = items[items["estimand"] == "item_mean"].set_index("contrast")
    assert pd.isna(means.loc["q2", "n_respondents"])
    assert means.loc["q2", "mean"] == round(means.loc["q2", "mean"], 2)
    assert means.loc["q0", "n_respondents"] == len(survey.frame)
    n = int(survey.frame["q2"].notna().sum())
    for found in (
        lc.scale_scores(survey, "climate", draws=100, missing_allowed=0).summary,
        lc.reliability(survey, "climate", draws=100).summary,
        lc.polychoric(survey, "climate").summary,
    ):
        assert n not in found["n_respondents"].dropna().tolist()
        assert not any(str(n) in note for note in found.attrs["notes"])


@pytest.mark.parametrize("seed", range(6))
def test_a_raised_minimum_tells_no_number_that_the_default_hides(seed):
    frame = skipping(seed, ITEMS)
    survey = lc.read_survey(
        frame,
        lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("lead", ITEMS)]),
    )
    tables = [
        lc.item_analysis(survey, "lead", draws=100, rule=lc.DisclosureRule(minimum)).summary
        for minimum in (5, 8)
    ]
    hidden = [table["n_respondents"].isna().to_numpy() for table in tables]
    assert (hidden[1] | ~hidden[0]).all()


def test_an_item_turned_round_hides_the_same_answers():
    """Asked as it is and turned round as a warning advises, an item must not tell both sides."""
    counts = {1: 25, 2: 3, 3: 20, 4: 40, 5: 30}
    frame = pd.DataFrame({"q0": [float(one) for one, n in counts.items() for _ in range(n)]})
    rng = np.random.default_rng(2)
    frame["q1"] = rng.choice([2.0, 3.0, 4.0], len(frame))
    frame["team"] = [f"T{place % 9}" for place in range(len(frame))]
    frame["learnt"] = rng.poisson(3, len(frame))
    scale = lc.Scale("lead", ["q0", "q1"])
    survey = lc.read_survey(frame, lc.Codebook(outcome="learnt", team="team", scales=[scale]))
    hidden = []
    for reverse in ([], ["q0"]):
        table = lc.item_analysis(survey, lc.Scale("l", ["q0", "q1"], reverse=reverse)).summary
        own = table[(table["estimand"] == "category_share") & table["suppressed"]]
        codes = {int(name[-1]) for name in own["contrast"] if name.startswith("q0")}
        hidden.append({6 - code if reverse else code for code in codes})
    assert hidden == [{2, 3}, {2, 3}]


def test_a_model_of_numbers_knows_of_rare_answers_only_their_middle():
    """Means of items, times how many answered, would tell how many gave each."""
    numbers = []
    for rare in (1.0, 2.0):
        survey = study({})
        frame = survey.frame.copy()
        frame.loc[[5, 47], "q1"] = 1.0
        frame["q1"] = frame["q1"].replace(2.0, 3.0)
        frame.loc[[63, 64, 65], "q1"] = 2.0
        frame.loc[[47, 63], "q1"] = rare
        read = lc.Survey(frame, survey.codebook, survey.ledger, "a test")
        design = factor_design(lc.FactorModel("lead", ordinal=False), read)
        assert not np.isin(design.numbers[:, 1], [1.0, 2.0]).any()
        numbers.append(design.numbers)
    np.testing.assert_array_equal(*numbers)


def test_two_lengths_of_strings_do_not_tell_how_many_are_just_as_long():
    runs = np.repeat([2, 3, 4, 5, 6, 9, 10], [40, 30, 20, 12, 9, 3, 2])
    found = told_lengths(runs, 5, DisclosureRule())
    counts = sorted({int((runs >= length).sum()) for length in found})
    assert 5 in found
    assert len(counts) > 2
    assert all(more - fewer >= 5 for fewer, more in pairwise(counts))
    assert all(count == 0 or count >= 5 for count in counts)


@pytest.mark.parametrize("seed", range(20))
def test_no_two_numbers_told_differ_by_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_items = int(rng.integers(2, 6))
    is_open = rng.uniform(size=(150, n_items)) < rng.uniform(0, 0.25, n_items)
    is_open[rng.choice(150, rng.integers(0, 12), replace=False)] = True
    hidden = numbers_that_tell(is_open, 5)
    # Every way to be counted, as who it counts of all patterns there are: what is within what.
    patterns = np.array(list(product([False, True], repeat=n_items)))
    counted = [(way(patterns), way(is_open)) for way in ways_of_being_counted(n_items)]
    told = [one for one in counted if one[1].any() and int(one[1].sum()) not in hidden]
    for within, fewer in told:
        for around, more in told:
            if not (within & ~around).any():
                assert not 0 < (more & ~fewer).sum() < 5


def ways_of_being_counted(n_items):
    items = range(n_items)
    return [
        *(lambda rows, most=most: rows.sum(axis=1) > most for most in items),
        *(lambda rows, item=item: rows[:, item] for item in items),
        *(
            lambda rows, two=two: rows[:, two].any(axis=1)
            for two in map(list, combinations(items, 2))
        ),
    ]
