from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from learnclimate import plots
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.plots import style
from learnclimate.plots.distribution import _label_bins
from learnclimate.plots.words import words


def bars(figure):
    return [patch.get_height() for patch in figure.axes[0].patches]


def test_draws_the_numbers(synthetic_fit, drawn, ends_of):
    table = posterior_predictive(synthetic_fit).rootogram
    figure = plots.rootogram(synthetic_fit)
    assert bars(figure) == table["observed"].tolist()
    assert drawn(figure, "expected").get_ydata() == pytest.approx(table["expected"])
    lower, upper = ends_of(figure, 1)
    assert lower == pytest.approx(table["lower"])
    assert upper == pytest.approx(table["upper"])


def test_a_check_is_drawn_as_its_fit(synthetic_fit):
    predictive = posterior_predictive(synthetic_fit)
    assert bars(plots.rootogram(predictive)) == bars(plots.rootogram(synthetic_fit))


def test_no_bar_holds_fewer_than_five_and_the_last_is_open(synthetic_fit, texts_of):
    outcome = synthetic_fit.design.outcome.copy()
    outcome[outcome.argmax()] = 9876
    fit = replace(synthetic_fit, design=replace(synthetic_fit.design, outcome=outcome))
    figure = plots.rootogram(fit)
    assert min(bars(figure)) >= 5
    text = texts_of(figure)
    assert "9876" not in text
    assert figure.axes[0].get_xticklabels()[-1].get_text().endswith("+")


def test_large_counts_are_labelled_without_crowding(synthetic_fit, texts_of):
    outcome = synthetic_fit.design.outcome * 100 + np.arange(synthetic_fit.design.n_rows) % 97
    fit = replace(synthetic_fit, design=replace(synthetic_fit.design, outcome=outcome))
    figure = plots.rootogram(fit)
    labels = [label for label in figure.axes[0].get_xticklabels() if label.get_text()]
    boxes = [label.get_window_extent() for label in drawn_labels(figure, labels)]
    assert all(left.x1 <= right.x0 + 1 for left, right in pairwise(boxes))
    if len(labels) < len(bars(figure)):
        assert "Bars without a label hold the counts between" in texts_of(figure)


def drawn_labels(figure, labels):
    figure.draw_without_rendering()
    return labels


@pytest.mark.parametrize("pooled", [2, 8])
def test_a_bar_of_several_counts_always_has_its_label(synthetic_fit, pooled):
    """Two last bars of two counts each, or many."""
    predictive = posterior_predictive(synthetic_fit)
    singles = 20 - pooled
    firsts = [*range(singles), *range(singles, singles + 2 * pooled, 2), singles + 2 * pooled]
    lasts = [*range(singles), *range(singles + 1, singles + 2 * pooled, 2), np.nan]
    table = predictive.rootogram.iloc[[0] * len(firsts)].assign(first=firsts, last=lasts)
    figure = plots.rootogram(replace(predictive, rootogram=table))
    labels = {label.get_text() for label in figure.axes[0].get_xticklabels()}
    wanted = {f"{first}–{first + 1}" for first in firsts[singles:-1]}
    assert wanted <= labels


def test_scale_is_that_of_square_roots(synthetic_fit):
    axes = plots.rootogram(synthetic_fit).axes[0]
    pixels = axes.transData.transform([[0, 0], [0, 1], [0, 4], [0, 9]])[:, 1]
    steps = np.diff(pixels)
    assert steps == pytest.approx(np.full(3, steps[0]))


def test_dutch(synthetic_fit, texts_of):
    text = texts_of(plots.rootogram(synthetic_fit, language="nl"))
    assert "gegeven antwoorden" in text
    assert "wortelschaal" in text


def test_bad_input(synthetic_fit):
    with pytest.raises(FitError, match="holds no respondents"):
        plots.rootogram(replace(synthetic_fit, design=None))
    with pytest.raises(ArgumentTypeError, match="rootogram"):
        plots.rootogram(3)
    with pytest.raises(ArgumentError, match="language"):
        plots.rootogram(synthetic_fit, language="english")


def test_only_labels_too_long_for_their_bar_stand_upright():
    firsts = [*range(13), 13, 15, 17]
    table = pd.DataFrame({"first": firsts, "last": [*range(13), 14, 16, None]})
    figure, axes = style.new_figure(82)
    assert _label_bins(axes, table, words("en")["or more"])
    labels = {one.get_text(): one.get_rotation() for one in axes.get_xticklabels()}
    assert {label for label, angle in labels.items() if angle == 90} == {"13–14", "15–16", "17+"}
    assert {labels[str(count)] for count in range(13)} == {0}
    figure.canvas.draw()
    boxes = [one.get_window_extent() for one in axes.get_xticklabels()]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))
