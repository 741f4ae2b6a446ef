from dataclasses import replace

import numpy as np
import pytest

from learnclimate import plots
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError


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


def test_large_counts_are_labelled_without_crowding(synthetic_fit):
    outcome = synthetic_fit.design.outcome * 100 + np.arange(synthetic_fit.design.n_rows) % 97
    fit = replace(synthetic_fit, design=replace(synthetic_fit.design, outcome=outcome))
    labels = [label.get_text() for label in plots.rootogram(fit).axes[0].get_xticklabels()]
    assert sum(map(len, labels)) < 65


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
