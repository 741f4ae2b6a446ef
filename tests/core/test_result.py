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


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_figure_without_draws_is_shown_and_scales_are_told_once_below(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    table = {name: [None] * 3 for name in RESULT_COLUMNS}
    table |= {"estimand": ["rmsea", "rmsea", "elpd_loo"], "population": "study"}
    table |= {"contrast": ["classical", "posterior", "posterior"]}
    table |= {"scale": ["fit index", "fit index", "log predictive density, one left out"]}
    table |= {"mean": [0.0151, 0.0312, -1595.0], "sd": [None, 0.02, 24.8]}
    table |= {"median": [None, 0.0152, None], "lower": [None, 0.0, None]}
    table |= {"n_respondents": [692] * 3, "suppressed": [False] * 3}
    shown = str(Result(pd.DataFrame(table, columns=RESULT_COLUMNS), xr.Dataset()))
    assert "0.015" in shown.split("classical")[1].split("\n", maxsplit=1)[0]
    assert "-1595" in shown
    assert shown.count("log predictive density") == 1
    assert "scale of elpd_loo: log predictive density" in " ".join(shown.split())


def test_scales_that_differ_within_an_estimand_stay_in_the_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    table = {name: [None] * 2 for name in RESULT_COLUMNS}
    table |= {"estimand": "team_effect", "contrast": ["intercept", "talk"], "population": "study"}
    table |= {"scale": ["log rate", "log rate ratio"], "mean": [0.1, 0.2], "median": [0.3, 0.4]}
    table |= {"suppressed": [False] * 2}
    shown = str(Result(pd.DataFrame(table, columns=RESULT_COLUMNS), xr.Dataset()))
    assert "scale of" not in shown
    assert "log rate" in shown.split("intercept")[1]
