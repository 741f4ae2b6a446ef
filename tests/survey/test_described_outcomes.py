"""What the description of an outcome tells of few people, by who solves for whole numbers."""

import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.describe_outcome import _activities_hidden

LEVELS = ["never", "monthly", "weekly"]


def described(outcome: lc.Outcome, minimum: int = 5, **columns: object) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame(columns)
    frame["team"] = np.arange(len(frame)) % 4
    frame["talk"] = np.array(LEVELS)[np.arange(len(frame)) % 3]
    codebook = lc.Codebook(outcome=outcome, team="team", frequency="talk", frequency_levels=LEVELS)
    return dict(lc.read_survey(frame, codebook).describe(rule=DisclosureRule(minimum)).tables)


def ticked(minimum: int = 5, **ticks: int) -> list[str]:
    columns = {name: np.arange(80) < number for name, number in ticks.items()}
    numbers = {name: column.astype(int) for name, column in columns.items()}
    outcome = lc.Outcome("acts", checklist=list(ticks))
    return described(outcome, minimum, **numbers)["Outcome: acts, by activity"]["ticked"].tolist()


def test_two_activities_of_one_person_each_do_not_protect_each_other() -> None:
    assert ticked(a=41, b=42, c=32, d=1, e=1) == ["41", "42", "hidden", "hidden", "hidden"]
    # Nor two that all but one ticked.
    assert ticked(a=79, b=79, c=32, d=20) == ["hidden", "hidden", "hidden", "20"]


def test_an_activity_is_protected_by_its_place_not_by_its_size() -> None:
    assert ticked(a=29, b=42, c=29, d=4) == ["29", "42", "hidden", "hidden"]
    assert ticked(d=4, b=42, a=29, c=29) == ["hidden", "hidden", "29", "29"]


def test_a_larger_minimum_hides_the_activities_that_a_smaller_one_hides() -> None:
    ticks = {"a": 78, "b": 74, "c": 32, "d": 20}
    assert ticked(5, **ticks) == ["hidden", "hidden", "hidden", "20"]
    assert ticked(8, **ticks) == ["hidden", "hidden", "hidden", "20"]


@pytest.mark.parametrize("minimums", [(5,), (5, 8)])
def test_no_rare_activity_is_found_by_who_knows_the_rule(minimums: tuple[int, ...]) -> None:
    n = 12
    studies = defaultdict(list)
    for study in itertools.product(range(1, n), repeat=3):
        told: list[object] = []
        hidden = []
        for minimum in minimums:
            marks, protected = _activities_hidden(np.array(study), n, DisclosureRule(minimum))
            shown = tuple(None if hide else size for size, hide in zip(study, marks, strict=True))
            told += [shown, sum(study) if protected else None]
            hidden.append(marks)
        assert all((low <= high).all() for low, high in itertools.pairwise(hidden))
        studies[tuple(told)].append(study)
    for told, alike in studies.items():
        assert isinstance(told[0], tuple)
        for place, shown in enumerate(told[0]):
            sizes = {study[place] for study in alike}
            few = [size for size in sizes if min(size, n - size) < 5]
            assert shown is not None or len(sizes) > 1 or not few


def test_a_mean_that_nothing_protects_is_hidden() -> None:
    told = described(
        lc.Outcome("acts", checklist=["a", "b"]), a=[1, 1] + [0] * 38, b=[0] * 36 + [1] * 4
    )
    # The few who ticked anything are six; each activity was ticked by fewer than five.
    assert told["Outcome: acts, by activity"]["ticked"].tolist() == ["hidden", "hidden"]
    alone = described(lc.Outcome("acts", checklist=["a", "b"]), a=[1, 1] + [0] * 38, b=[0] * 40)
    assert alone["Outcome: acts"]["mean"].tolist() == ["hidden"]


def test_a_version_of_few_is_not_the_study_less_the_others() -> None:
    bins = {"A": ["0", "1 or more"], "B": ["0", "1 or more"], "C": ["0", "1 or more"]}
    outcome = lc.Outcome("y", bins=bins, version="v")
    told = described(outcome, y=["0", "1 or more"] * 30, v=["A"] * 20 + ["B"] * 3 + ["C"] * 37)
    assert [title for title in told if title.startswith("Outcome")] == ["Outcome: y, version A"]


def test_counts_of_the_few_who_have_one_are_not_in_the_mean_and_variance() -> None:
    counts = np.zeros(120, dtype=int)
    counts[[3, 77]] = 2, 5
    outcome = lc.Outcome("all", kinds=["k0", "k1"])
    told = described(outcome, k0=np.arange(120) % 4, k1=counts)["Outcome: all, by kind"]
    rare = told[told["kind"] == "k1"]
    assert rare[["mean", "variance", "share of zeros"]].eq("hidden").all(axis=None)
    assert told.loc[told["kind"] == "k0", "mean"].item() == 1.5
    single = described(lc.Outcome("y"), y=counts)["Outcome: y"]
    assert single[["mean", "variance"]].eq("hidden").all(axis=None)
