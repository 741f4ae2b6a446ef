"""Answer options: what one table hides, no other that counts the same answers may tell."""

import itertools

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.rule import DisclosureRule, is_protected
from learnclimate.survey.option_blocks import sizes_by_version, starts_by_version, told_starts
from learnclimate.survey.outcome import Outcome

ONLINE = ["0", "1-2", "3-5", "6-10", "11 or more"]
PAPER = ["0", "1-5", "6-10", "11-20", "21 or more"]
RULE = DisclosureRule()


def surveyed(sizes: dict[str, list[int]], options: dict[str, list[str]]) -> lc.Survey:
    rows = [
        (version, label)
        for version, counts in sizes.items()
        for label, count in zip(options[version], counts, strict=True)
        for _ in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["form", "learnt"])
    frame["team"] = [f"T{place % 6}" for place in range(len(frame))]
    outcome = lc.Outcome("learnt", bins=options, version="form")
    return lc.read_survey(frame, lc.Codebook(outcome=outcome, team="team"))


def told_of(survey: lc.Survey, rule: DisclosureRule = RULE) -> dict[str, dict[str, str]]:
    tables = dict(survey.describe(rule=rule).tables)
    return {
        title.split("version ")[1]: dict(zip(table["answer"], table["respondents"], strict=True))
        for title, table in tables.items()
        if "version " in title
    }


def starts_of(survey: lc.Survey, rule: DisclosureRule = RULE) -> np.ndarray:
    outcome = survey.codebook.asked
    design = lc.CountModel(team_effects=("intercept",)).design(survey)
    sizes = sizes_by_version(outcome, design.outcome, design.asked.version)
    return told_starts(outcome, sizes, rule)


def test_rare_options_apart_are_each_hidden_with_a_neighbour():
    rows = np.repeat(["0", "1-2", "3-5", "6-10", "11-20", "21 or more"], [3, 25, 48, 39, 23, 2])
    frame = pd.DataFrame({"learnt": rows, "team": [f"T{i % 12}" for i in range(len(rows))]})
    options = list(dict.fromkeys(rows))
    outcome = lc.Outcome("learnt", bins=options)
    survey = lc.read_survey(frame, lc.Codebook(outcome=outcome, team="team"))
    table = dict(survey.describe().tables)["Outcome: learnt"]
    assert table["respondents"].tolist() == ["hidden", "hidden", "48", "39", "hidden", "hidden"]
    predictive = lc.prior_predictive(lc.CountModel(team_effects=()), survey, draws=20)
    assert predictive.rootogram["counts"].tolist() == ["0–2", "3–5", "6–10", "11 or more"]
    assert predictive.rootogram["observed"].tolist() == [28, 48, 39, 25]
    statistics = predictive.statistics.set_index("statistic")
    assert statistics.loc["share of zeros", "hidden"]
    # A mean of the options' own lowest counts would tell how many gave each.
    means = np.repeat([0, 3, 6, 11], [28, 48, 39, 25]).mean()
    assert statistics.loc["mean", "observed"] == pytest.approx(means)


def test_no_version_is_told_by_the_bars_of_all():
    """A rare answer on paper hides its neighbour there, so that bars of all join both."""
    sizes = {"online": [13, 40, 37, 20, 12], "paper": [3, 15, 22, 9, 6]}
    survey = surveyed(sizes, {"online": ONLINE, "paper": ONLINE})
    told = told_of(survey)
    assert told["online"]["0"] == "13"
    assert told["paper"]["0"] == told["paper"]["1-2"] == "hidden"
    assert starts_of(survey).tolist() == [0, 3, 6, 11]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("minimum", [5, 8])
def test_tables_of_versions_and_bars_of_all_determine_no_hidden_option(seed, minimum):
    """Each equation that an attacker has, and whether their sum singles out hidden options."""
    rng = np.random.default_rng(seed)
    versions = ["online", "paper", "phone"][: rng.integers(1, 4)]
    options = {one: [ONLINE, PAPER][rng.integers(2)] for one in versions}
    sizes = {one: rng.negative_binomial(1, 0.08, 5).tolist() for one in versions}
    survey, rule = surveyed(sizes, options), DisclosureRule(minimum)
    told, outcome = told_of(survey, rule), survey.codebook.asked
    starts = starts_of(survey, rule)
    cells = [(version, place) for version in versions for place in range(5)]
    asked = dict(zip(versions, starts_by_version(outcome), strict=True))
    rows = [[float(version == one) for version, _ in cells] for one in told]
    rows += [[1.0] * len(cells)]
    rows += [
        [float(cell == (version, place)) for cell in cells]
        for version in told
        for place, label in enumerate(options[version])
        if told[version][label] != "hidden"
    ]
    # Bars of all versions together.
    inside = [np.searchsorted(starts, asked[one][place], side="right") - 1 for one, place in cells]
    rows += [[float(place == bar) for place in inside] for bar in range(len(starts))]
    true = np.array([sizes[version][place] for version, place in cells])
    _, values, vectors = np.linalg.svd(np.array(rows))
    free = vectors[(values > 1e-9).sum() :]
    determined = (np.abs(free) < 1e-9).all(axis=0) if len(free) else np.ones(len(cells), bool)
    assert not (determined & (true > 0) & (true < minimum)).any()


@pytest.mark.parametrize("seed", range(20))
def test_a_larger_minimum_joins_whole_bars_of_a_smaller_one(seed):
    rng = np.random.default_rng(seed)
    outcome = Outcome("n", bins={"a": ONLINE, "b": PAPER}, version="form")
    sizes = [rng.negative_binomial(2, 0.1, 5) for _ in range(2)]
    found = [set(told_starts(outcome, sizes, DisclosureRule(m)).tolist()) for m in (5, 6, 9, 14)]
    assert all(more <= fewer for fewer, more in itertools.pairwise(found))


@pytest.mark.parametrize("seed", range(20))
def test_every_bar_holds_nobody_or_enough(seed):
    rng = np.random.default_rng(seed)
    outcome = Outcome("n", bins=ONLINE)
    sizes = rng.negative_binomial(2, 0.1, 5)
    starts = told_starts(outcome, [sizes], RULE)
    edges = np.searchsorted([0, 1, 3, 6, 11], starts)
    for bar in np.split(sizes, edges[1:]):
        assert bar.sum() == 0 or bar.sum() >= 5 or sizes.sum() < 5
        # Whoever knows the bar does not know the options in it.
        assert len(bar) == 1 or is_protected(bar[bar > 0], RULE) or len(bar) == len(sizes)
