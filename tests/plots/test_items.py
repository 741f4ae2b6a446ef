"""Curves of items and test information, drawn from their results."""

import numpy as np
import pytest

import learnclimate as lc
from factor_answers import ordinal_answers
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import Result
from measurement_answers import survey_of


@pytest.fixture(scope="module")
def graded():
    answers = ordinal_answers(np.random.default_rng(6), 200, np.full((3, 1), 0.7))
    return lc.fit(lc.GradedResponse("s"), survey_of(answers), draws=400, seed=1, progress=False)


def test_each_item_has_a_panel_and_each_answer_a_curve(graded, texts_of):
    source = lc.item_curves(graded, draws=100)
    figure = lc.plots.item_curves(source, language="nl")
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title(loc="left") for panel in shown] == ["q1", "q2", "q3"]
    curves = [line for line in shown[1].lines if line.get_gid() == "curve"]
    assert len(curves) == 5
    drawn = source.draws["answer_probability"].sel(answer="q2 = 4").median(["chain", "draw"])
    np.testing.assert_allclose(curves[3].get_ydata(), drawn.to_numpy())
    total = sum(line.get_ydata() for line in curves)
    # Medians of shares: they add up to 1 but for their skewness.
    np.testing.assert_allclose(total, 1, atol=0.1)
    assert "Kans op elk antwoord" in texts_of(figure)


def test_long_names_leave_out_what_all_share(graded, texts_of):
    source = lc.item_curves(graded, draws=100)
    long = source.draws.assign_coords(
        answer=[f"leadership_of_learning_{name}" for name in source.draws["answer"].to_numpy()]
    )
    figure = lc.plots.item_curves(Result(source.summary, long))
    shown = [panel.get_title(loc="left") for panel in figure.axes if panel.get_visible()]
    assert shown == ["q1", "q2", "q3"]
    assert "All names begin with ‘leadership_of_learning_’, left out here." in texts_of(figure)


def test_information_of_all_items_lies_above_that_of_each(graded, drawn, texts_of):
    figure = lc.plots.test_information(lc.test_information(graded, draws=100))
    whole = drawn(figure, "whole").get_ydata()
    below = figure.axes[1]
    most = [line.get_xdata()[0] for line in below.lines if line.get_gid() == "most"]
    assert most == sorted(most, reverse=True)
    assert {one.get_text() for one in below.get_yticklabels()} == {"q1", "q2", "q3"}
    items = [line for line in figure.axes[0].lines if line.get_gid() == "item"]
    assert len(items) == 3
    assert all((whole > line.get_ydata()).all() for line in items)
    assert "standard error" in texts_of(figure)


def test_what_cannot_be_drawn_is_refused(graded):
    with pytest.raises(ArgumentTypeError, match="item_curves"):
        lc.plots.item_curves(graded)
    with pytest.raises(ArgumentTypeError, match="test_information"):
        lc.plots.test_information(lc.item_curves(graded, draws=100))
    with pytest.raises(ArgumentError, match="two levels"):
        lc.plots.item_curves(lc.item_curves(graded, at=[0.0], draws=100))
