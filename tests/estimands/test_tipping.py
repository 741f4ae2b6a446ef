"""Tipping points: against simulation from the stated bias models, and against the E-value."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.estimands.confounding import e_value
from learnclimate.estimands.reporting_bias import overstatement_factor, tipping_overstatement
from learnclimate.estimands.tipping import _to_reach_one, tipping_point


def simulated_ratio(strength, method_share, cuts):
    """Counts of people whose style, not their learning, goes with their frequency answer."""
    rng = np.random.default_rng(5)
    style, other = rng.standard_normal((2, 4_000_000))
    answer = np.sqrt(method_share) * style + np.sqrt(1 - method_share) * other
    counts = rng.poisson(2.0 * strength**style)
    level = np.searchsorted(cuts, answer)
    return counts[level == len(cuts)].mean() / counts[level == 0].mean()


@pytest.mark.parametrize(("strength", "share"), [(1.5, 0.25), (2.0, 0.5), (1.2, 1.0)])
def test_factor_is_what_style_makes_of_unrelated_answers(strength, share):
    cuts = np.array([-0.8, 0.1, 1.3])
    spans = np.array([[1.3, np.inf], [-np.inf, -0.8]])
    factor = overstatement_factor(np.array([np.sqrt(share) * np.log(strength)]), spans)
    assert factor[0] == pytest.approx(simulated_ratio(strength, share, cuts), rel=0.01)


def test_tipping_is_where_the_factor_is_the_ratio():
    spans = np.array([[0.2, 1.1], [-1.0, 0.2]])
    ratios = np.array([0.4, 1.0, 1.7, 6.0, 40.0])
    tilt = tipping_overstatement(ratios, spans)
    np.testing.assert_allclose(overstatement_factor(tilt, spans), ratios, rtol=1e-9)
    np.testing.assert_allclose(tipping_overstatement(1 / ratios, spans[::-1]), tilt, atol=1e-9)


def test_factors_far_out_keep_their_digits():
    spans = np.array([[6.0, np.inf], [-np.inf, -6.0]])
    factor = overstatement_factor(np.array([-15.0, 15.0]), spans)
    assert np.isfinite(factor).all()
    assert factor[0] * factor[1] == pytest.approx(1.0, rel=1e-9)


def test_nothing_is_left_at_the_e_value(exact_fit):
    strength = e_value(exact_fit, "weekly", "never", population="study").summary["mean"].item()
    result = tipping_point(
        exact_fit, "weekly", "never", population="study", strengths=[1.0, strength]
    )
    ratio = tipping_point(exact_fit, "never", "weekly", population="study", strengths=[strength])
    table = result.summary
    assert tuple(table.columns) == RESULT_COLUMNS
    assert table["mean"].iloc[1] == pytest.approx(1.0)
    assert ratio.summary["mean"].iloc[0] == pytest.approx(1.0)
    assert table["mean"].iloc[2] == pytest.approx(strength)
    assert table["estimand"].tolist() == ["adjusted_rate_ratio"] * 2 + ["e_value"]


def test_a_confounder_never_moves_the_ratio_past_ones_bound(synthetic_fit):
    """Simulate binary confounders of given strengths: none moves a true ratio of 1 further."""
    rng = np.random.default_rng(6)
    for _ in range(200):
        with_outcome, with_exposure = rng.uniform(1, 6, 2)
        p_low = rng.uniform(0, 1 / with_exposure)
        p_high = p_low * with_exposure
        observed = (1 + (with_outcome - 1) * p_high) / (1 + (with_outcome - 1) * p_low)
        bound = with_outcome * with_exposure / (with_outcome + with_exposure - 1)
        assert observed <= bound * (1 + 1e-9)


def test_reporting_bias_leaves_nothing_at_its_tipping_point(exact_fit):
    ask = {"population": "study", "bias": "reporting"}
    first = tipping_point(exact_fit, "weekly", "never", **ask)
    tipping = first.summary["mean"].iloc[-1]
    again = tipping_point(exact_fit, "weekly", "never", strengths=[1.0, tipping], **ask)
    assert again.summary["mean"].iloc[1] == pytest.approx(1.0)
    turned = tipping_point(exact_fit, "never", "weekly", strengths=[tipping], **ask)
    assert turned.summary["mean"].iloc[0] == pytest.approx(1.0)
    assert "more generously" in first.summary.attrs["notes"][0]


def test_more_style_in_the_answer_needs_less_overstatement(exact_fit):
    ask = {"population": "study", "bias": "reporting"}
    found = [
        tipping_point(exact_fit, "weekly", "never", method_share=share, **ask).summary["mean"]
        for share in (0.1, 0.25, 0.9)
    ]
    assert found[0].iloc[-1] > found[1].iloc[-1] > found[2].iloc[-1] > 1


@pytest.mark.parametrize("bias", ["confounder", "reporting"])
def test_small_levels_are_hidden(synthetic_fit, change, bias):
    fit = change(synthetic_fit, "constant_data", level_size=[3, 40, 70, 60, 66])
    result = tipping_point(fit, "weekly", "never", population="study", bias=bias)
    assert result.summary["suppressed"].all()
    assert result.summary[["mean", "n_respondents"]].isna().all(axis=None)
    assert not result.draws.data_vars
    other = tipping_point(fit, "weekly", "monthly", population="study", bias=bias)
    # Style is reckoned from the shares of all levels, and those of two may not be told.
    assert other.summary["suppressed"].all() == (bias == "reporting")


def test_words_say_no_more_than_an_association(synthetic_fit):
    for bias in ("confounder", "reporting"):
        result = tipping_point(synthetic_fit, "weekly", "never", population="study", bias=bias)
        words = " ".join(result.summary.attrs["notes"])
        assert "because" not in words
        assert "cause" not in words


def test_wrong_arguments_are_refused(synthetic_fit):
    ask = {"population": "study"}
    with pytest.raises(ArgumentError, match="choose 'confounder'"):
        tipping_point(synthetic_fit, "weekly", "never", bias="both", **ask)
    with pytest.raises(ArgumentError, match="1 \\(no bias\\)"):
        tipping_point(synthetic_fit, "weekly", "never", strengths=[0.5], **ask)
    with pytest.raises(ArgumentError, match="at least one"):
        tipping_point(synthetic_fit, "weekly", "never", strengths=[], **ask)
    with pytest.raises(ArgumentTypeError, match="list of numbers"):
        tipping_point(synthetic_fit, "weekly", "never", strengths="2", **ask)
    with pytest.raises(ArgumentTypeError, match="not a number"):
        tipping_point(synthetic_fit, "weekly", "never", strengths=["2"], **ask)
    with pytest.raises(ArgumentError, match="method_share"):
        tipping_point(synthetic_fit, "weekly", "never", method_share=0, **ask)
    with pytest.raises(ArgumentTypeError, match="method_share"):
        tipping_point(synthetic_fit, "weekly", "never", method_share="half", **ask)
    with pytest.raises(ArgumentError, match="to 1000"):
        tipping_point(synthetic_fit, "weekly", "never", strengths=[1e200], **ask)


def test_biases_at_the_bounds_stay_numbers(synthetic_fit):
    """The strongest bias and the smallest share of style, without a warning of overflow."""
    for bias in ("confounder", "reporting"):
        result = tipping_point(
            synthetic_fit, "weekly", "never", population="study", bias=bias,
            strengths=[1000], method_share=0.01,
        )  # fmt: skip
        assert np.isfinite(result.summary[["mean", "lower", "upper"]].to_numpy()).all()


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1.016, "1.016 would bring its interval to 1"),
        (1.52, "1.5 would bring its interval to 1"),
        (0.9, "its interval reaches 1 as it is"),
    ],
)
def test_a_factor_near_1_is_not_told_as_1(factor, words):
    assert _to_reach_one(factor, "its") == words
