"""The shape of every answer."""

import dataclasses

import pandas as pd
import pytest
import xarray as xr

from learnclimate.core.result import RESULT_COLUMNS, Result


def test_the_columns_are_those_promised():
    assert RESULT_COLUMNS == (
        "estimand",
        "contrast",
        "population",
        "team",
        "scale",
        "mean",
        "sd",
        "median",
        "lower",
        "upper",
        "probability",
        "n_respondents",
        "suppressed",
    )


def test_a_result_is_frozen():
    result = Result(pd.DataFrame(columns=RESULT_COLUMNS), xr.Dataset())
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.summary = pd.DataFrame()


@pytest.mark.parametrize("width", [44, 48, 52, 60, 80])
def test_the_median_is_the_last_figure_to_go(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    names = ["never", "weekly"]
    table = {name: [None, None] for name in RESULT_COLUMNS}
    table |= {"contrast": names, "population": "study", "estimand": "expected_count"}
    figures = dict(zip(("mean", "sd", "median", "lower", "upper"), range(11, 16), strict=True))
    table |= {name: [figure + 0.25] * 2 for name, figure in figures.items()}
    table |= {"n_respondents": [30, 40], "suppressed": [False, False]}
    shown = str(Result(pd.DataFrame(table, columns=RESULT_COLUMNS), xr.Dataset()))
    assert "13.2" in shown
    assert ("11.2" in shown) is ("mean" in shown.partition("Too narrow")[0])
