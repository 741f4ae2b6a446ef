"""Scales of very many answers: one error with a remedy that works, for every question."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentError
from learnclimate.measurement.many_answers import MOST_ANSWERS, refuse_many_answers

ITEMS = ["q1", "q2", "q3", "q4"]


def sliders():
    rng = np.random.default_rng(3)
    shared = rng.standard_normal((360, 1)) + rng.standard_normal((360, 4))
    frame = pd.DataFrame(np.clip(np.rint(50 + 14 * shared), 0, 100), columns=ITEMS)
    return frame.assign(team=[f"T{place % 30:02d}" for place in range(360)])


def read(frame, minimum, maximum):
    scale = lc.Scale("s", ITEMS, minimum=minimum, maximum=maximum)
    return lc.read_survey(frame, lc.Codebook(team="team", scales=[scale]))


@pytest.mark.parametrize(
    "ask",
    [
        lc.item_analysis,
        lc.reliability,
        lc.agreement,
        lc.aggregation,
        lc.polychoric,
        lc.scale_scores,
        lc.parallel_analysis,
        lambda survey, scale: lc.explore_factors(survey, scale, 1),
        lambda survey, scale: lc.fit(lc.FactorModel(scale), survey),
        lambda survey, scale: lc.fit(lc.FactorModel(scale, ordinal=False), survey),
        lambda survey, scale: lc.fit(lc.GradedResponse(scale), survey),
        lambda survey, scale: lc.compare_invariance(survey, lc.FactorModel(scale), "team"),
    ],
)
def test_every_question_refuses_a_slider_with_the_same_remedy(ask):
    with pytest.raises(ArgumentError, match=r"offers 101 answers.*// 10, with .*maximum=10"):
        ask(read(sliders(), 0, 100), "s")


def test_the_remedy_is_taken_and_keeps_what_the_sliders_said():
    frame = sliders()
    grouped = frame.assign(**{item: frame[item] // 10 for item in ITEMS})
    survey = read(grouped, 0, 10)
    table = lc.reliability(survey, "s", draws=100).summary.set_index(["estimand", "contrast"])
    covariance = np.cov(frame[ITEMS].to_numpy().T)
    alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    assert table.loc[("alpha", "classical"), "mean"] == pytest.approx(alpha, abs=0.01)
    items = lc.item_analysis(survey, "s", draws=100).summary
    sd = items.loc[items["estimand"] == "item_sd", "mean"].to_numpy(float)
    # Answers that few gave count as their middle, which is felt at both ends of many answers: of
    # 21 groups of these sliders an sd is a quarter too small.
    assert sd * 10 == pytest.approx(frame[ITEMS].std().to_numpy(), rel=0.1)


@pytest.mark.parametrize(("minimum", "maximum"), [(0, 20), (1, 21), (-10, 10), (1, 5)])
def test_up_to_21_answers_are_taken(minimum, maximum):
    refuse_many_answers(lc.Scale("s", ITEMS, minimum=minimum, maximum=maximum))


@pytest.mark.parametrize(
    ("minimum", "maximum"), [(0, 21), (1, 100), (0, 100), (-50, 50), (7, 1006), (-1, 20)]
)
def test_the_groups_it_proposes_are_not_too_many(minimum, maximum):
    with pytest.raises(ArgumentError) as caught:
        refuse_many_answers(lc.Scale("s", ITEMS, minimum=minimum, maximum=maximum))
    width = int(str(caught.value).split("// ")[1].split(",")[0])
    groups = {answer // width for answer in range(minimum, maximum + 1)}
    assert 7 <= len(groups) <= 11 <= MOST_ANSWERS
    assert f"minimum={min(groups)}, maximum={max(groups)}" in str(caught.value)
