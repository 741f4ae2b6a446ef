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
