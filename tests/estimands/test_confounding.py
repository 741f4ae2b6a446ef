import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.estimands.confounding import confounder_strength, e_value
from learnclimate.estimands.contrasts import rate_ratio


def test_published_example_is_met():
    """VanderWeele and Ding (2017): a risk ratio of 3.9 has an E-value of 7.26."""
    assert confounder_strength(np.array([3.9]))[0] == pytest.approx(7.26, abs=0.005)


def test_a_confounder_of_that_strength_would_do():
    """Ding's bound: strengths a and b can make up a ratio of a b / (a + b - 1)."""
    ratios = np.array([1.0, 1.2, 2.0, 3.8, 10.0])
    strength = confounder_strength(ratios)
    np.testing.assert_allclose(strength**2 / (2 * strength - 1), ratios)


def test_known_ratio_has_its_e_value(exact_fit):
    row = e_value(exact_fit, "weekly", "never", population="average_team").summary.iloc[0]
    ratio = np.exp(1.335)
    assert row["mean"] == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    assert row["probability"] == 1.0
    assert tuple(row.index) == RESULT_COLUMNS


def test_a_ratio_below_one_is_inverted(exact_fit):
    there = e_value(exact_fit, "weekly", "never", population="study").summary.iloc[0]
    back = e_value(exact_fit, "never", "weekly", population="study").summary.iloc[0]
    assert back["mean"] == pytest.approx(there["mean"])
    assert back["contrast"] == "never vs weekly"


def test_lower_is_that_of_the_end_nearer_to_one(synthetic_fit):
    ratio = rate_ratio(synthetic_fit, "weekly", "never", population="study").summary.iloc[0]
    row = e_value(synthetic_fit, "weekly", "never", population="study").summary.iloc[0]
    for name in ("median", "lower", "upper"):
        assert row[name] == pytest.approx(
            confounder_strength(ratio[[name]].to_numpy(float))[0], rel=1e-3
        )


def test_draws_on_the_other_side_need_no_confounder(synthetic_fit, change):
    curve = synthetic_fit.draws["posterior"]["frequency_curve"].to_numpy().copy()
    curve[0, :, -1] = -0.5
    fit = change(synthetic_fit, frequency_curve=curve)
    result = e_value(fit, "weekly", "never", population="average_team")
    assert (result.draws["e_value"].isel(chain=0) == 1).all()
    assert (result.draws["e_value"].isel(chain=[1, 2, 3]) > 1).all()
    row = result.summary.iloc[0]
    assert row["probability"] == 0.75
    assert row["lower"] == 1.0


def test_numbers_and_notes_are_those_of_the_ratio(synthetic_fit, change):
    fit = change(synthetic_fit, "constant_data", level_size=[3, 40, 70, 60, 66])
    result = e_value(fit, "weekly", "never", population="study")
    row = result.summary.iloc[0]
    assert pd.isna(row["n_respondents"])
    assert row["suppressed"]
    assert row[["mean", "median", "lower", "upper", "probability"]].isna().all()
    assert not result.draws.data_vars
    assert result.summary.attrs["notes"]
    assert result.summary.attrs["interval"] == 0.9


def test_wrong_arguments_are_refused(synthetic_fit, survey):
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        e_value(survey, "weekly", "never", population="study")
    with pytest.raises(ArgumentError, match="two different levels"):
        e_value(synthetic_fit, "weekly", "weekly", population="study")
    with pytest.raises(TypeError, match="population"):
        e_value(synthetic_fit, "weekly", "never")
