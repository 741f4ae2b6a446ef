"""Figures about scales say who is not among them for want of an answer about counts."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.measurement.not_counted import not_counted, not_counted_of
from measurement_answers import likert

ITEMS = ["q1", "q2", "q3", "q4"]
SAID = "are not counted here"


def answers(n_open, *, without_team=0):
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(likert(rng, 160, np.full(4, 0.7)), columns=ITEMS)
    frame["team"] = [f"T{place % 16:02d}" for place in range(160)]
    frame["n"] = rng.poisson(2.0, 160).astype(float)
    frame["talk"] = np.where(rng.random(160) < 0.5, "no", "yes")
    frame.loc[: n_open - 1, "talk"] = None
    frame.loc[150 : 149 + without_team, "team"] = None
    return frame


def with_count(frame):
    book = lc.Codebook(
        outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"],
        scales=[lc.Scale("s", ITEMS)],
    )  # fmt: skip
    return lc.read_survey(frame, book)


def notes_of(result):
    return [note for note in result.summary.attrs["notes"] if SAID in note]


def test_every_closed_form_answer_says_how_many_and_what_they_left_open():
    survey = with_count(answers(12))
    for ask in (lc.item_analysis, lc.reliability, lc.agreement, lc.aggregation, lc.scale_scores):
        (note,) = notes_of(ask(survey, "s", draws=100))
        assert note.startswith("12 people who left 'talk' open")
    (note,) = notes_of(lc.polychoric(survey, "s"))
    (note,) = notes_of(lc.parallel_analysis(survey, "s"))
    (note,) = notes_of(lc.explore_factors(survey, "s", 1, draws=100))


def test_the_remedy_counts_them():
    frame = answers(12)
    book = lc.Codebook(team="team", scales=[lc.Scale("s", ITEMS)])
    everyone = lc.read_survey(frame, book)
    found = lc.reliability(everyone, "s", draws=100)
    assert everyone.n_respondents == 160
    assert not notes_of(found)
    assert "160 of 160" in found.summary.attrs["notes"][0]


def test_nothing_is_said_where_nobody_is_missing_or_only_for_want_of_a_team():
    assert not_counted(with_count(answers(0))) == ()
    assert not_counted(with_count(answers(0, without_team=6))) == ()


def test_no_number_is_told_of_some_of_the_rows_that_were_left_out():
    """Less what `describe` tells of the others it would be the number of a reason of few."""
    (note,) = not_counted(with_count(answers(12, without_team=6)))
    assert note.startswith("Some people who left 'talk' open")
    frame = answers(9, without_team=7)
    frame.loc[20:22, "n"] = None
    (note,) = not_counted(with_count(frame))
    assert note.startswith("Some people who left 'talk' or 'n' open")


def test_every_reason_of_a_column_counts():
    book = with_count(answers(0)).codebook
    reasons = [("talk", "refused", 8), ("talk", "frequency not answered", 7)]
    assert not_counted_of(reasons, book)[0].startswith("15 people who left 'talk' open")


@pytest.mark.parametrize(("minimum", "words"), [(5, "12 people"), (20, "Fewer than 20 people")])
def test_few_are_not_counted_out(minimum, words):
    assert not_counted(with_count(answers(12)), minimum)[0].startswith(words)
    assert not_counted(with_count(answers(3)))[0].startswith("Fewer than 5 people who left 'talk'")


def test_a_fit_of_a_factor_model_knows_it_too_and_after_loading(tmp_path):
    survey = with_count(answers(12))
    model = lc.FactorModel("s", levels="team")
    fit = lc.fit(model, survey, draws=400, seed=1, progress=False)
    fit.save(tmp_path / "fit.nc")
    for one in (fit, lc.load_fit(tmp_path / "fit.nc")):
        (note,) = notes_of(lc.latent_aggregation(one))
        assert note.startswith("12 people who left 'talk' open")
    (note,) = notes_of(lc.factor_scores(fit, draws=100))


def test_reasons_that_a_file_tells_together_are_taken_together():
    book = with_count(answers(0)).codebook
    (note,) = not_counted_of([("n, talk", "few", "fewer than 5")], book)
    assert note.startswith("Fewer than 5 people who left 'n' or 'talk' open")
