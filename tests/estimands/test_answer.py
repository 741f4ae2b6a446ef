import numpy as np
import pandas as pd
import pytest

from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.estimands import answer
from learnclimate.estimands.answer import Rows, answered, chained, draws_dataset, summarised
from learnclimate.estimands.groups import WITHHELD


@pytest.fixture
def rows():
    return Rows(
        estimand="e",
        scale="s",
        population="p",
        contrast=["a", "b", "c"],
        team=[None] * 3,
        n_respondents=np.array([7, WITHHELD, 9]),
        shown=np.array([True, True, False]),
        statement="it is so",
        notes=("a note",),
    )


def laid_out(fit, rows, values):
    dataset = draws_dataset(fit, {"e": values}, {"level": ["a", "b"]})
    return answered(rows, values, np.array([0.1, 0.2]), interval=0.5, draws=dataset)


def test_columns_are_the_fixed_ones_with_fixed_types(synthetic_fit, rows):
    values = chained(synthetic_fit, np.random.default_rng(1).normal(size=(400, 2)))
    summary = laid_out(synthetic_fit, rows, values).summary
    assert tuple(summary.columns) == RESULT_COLUMNS
    assert summary["n_respondents"].dtype == "Int64"
    assert summary["suppressed"].dtype == bool
    assert all(summary[name].dtype == float for name in ("mean", "sd", "median", "probability"))


def test_a_withheld_number_leaves_the_figures(synthetic_fit, rows):
    values = chained(synthetic_fit, np.zeros((400, 2)))
    summary = laid_out(synthetic_fit, rows, values).summary
    assert summary["suppressed"].tolist() == [False, True, True]
    assert summary["n_respondents"].isna().tolist() == [False, True, True]
    assert summary["mean"].isna().tolist() == [False, False, True]
    assert summary["probability"].isna().tolist() == [False, False, True]


def test_attributes_say_interval_statement_and_notes(synthetic_fit, rows):
    values = chained(synthetic_fit, np.zeros((400, 2)))
    result = laid_out(synthetic_fit, rows, values)
    assert result.summary.attrs == {
        "interval": 0.5, "statement": "it is so", "notes": ("a note",)
    }  # fmt: skip


def test_figures_are_those_of_numpy():
    values = np.random.default_rng(2).normal(size=(4, 50, 3))
    flat = values.reshape(200, 3)
    figures = summarised(values, 0.8)
    np.testing.assert_allclose(figures["mean"], flat.mean(axis=0))
    np.testing.assert_allclose(figures["sd"], flat.std(axis=0, ddof=1))
    np.testing.assert_allclose(figures["lower"], np.quantile(flat, 0.1, axis=0))
    np.testing.assert_allclose(figures["upper"], np.quantile(flat, 0.9, axis=0))
    np.testing.assert_allclose(figures["median"], np.median(flat, axis=0))


def test_whole_numbers_give_whole_bounds_that_hold_enough():
    values = np.random.default_rng(2).poisson(2.5, size=(4, 101, 1))
    figures = summarised(values, 0.9)
    for name in ("lower", "median", "upper"):
        assert figures[name][0] == int(figures[name][0])
    inside = (values >= figures["lower"]) & (values <= figures["upper"])
    assert inside.mean() >= 0.9


def test_blocks_do_not_change_the_figures(monkeypatch):
    values = np.random.default_rng(3).normal(size=(4, 10, 7))
    whole = summarised(values, 0.9)
    monkeypatch.setattr(answer, "_BLOCK", 80)
    pieces = summarised(values, 0.9)
    for name, figures in whole.items():
        np.testing.assert_allclose(pieces[name], figures)


def test_the_sd_of_one_draw_is_missing():
    assert np.isnan(summarised(np.ones((1, 1, 2)), 0.9)["sd"]).all()


def test_draws_bear_the_chains_and_names_of_the_fit(synthetic_fit):
    values = chained(synthetic_fit, np.arange(800.0).reshape(400, 2))
    dataset = draws_dataset(synthetic_fit, {"e": values}, {"level": ["a", "b"]})
    assert dataset["e"].dims == ("chain", "draw", "level")
    assert dataset["e"].sel(level="b", chain=1, draw=0).item() == 201.0
    assert dict(dataset.sizes) == {"chain": 4, "draw": 100, "level": 2}


def test_no_row_at_all_is_an_answer(synthetic_fit):
    nothing = np.zeros(0, dtype=int)
    rows = Rows(
        estimand="e", scale="s", population="p", contrast=[], team=[],
        n_respondents=nothing, shown=nothing.astype(bool),
    )  # fmt: skip
    values = np.zeros((4, 100, 0))
    dataset = draws_dataset(synthetic_fit, {"e": values}, {"team": []})
    result = answered(rows, values, None, interval=0.9, draws=dataset)
    assert tuple(result.summary.columns) == RESULT_COLUMNS
    assert isinstance(result.summary, pd.DataFrame)
    assert len(result.summary) == 0
