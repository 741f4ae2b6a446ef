"""Polychoric correlations: against lavaan and psych, known truth, and hard tables."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError, SurveyError
from learnclimate.measurement.answers import scale_answers
from learnclimate.measurement.polychoric import estimated, polychoric
from learnclimate.measurement.positive_definite import (
    SMALLEST_EIGENVALUE,
    is_positive_definite,
    nearest_correlation,
)
from measurement_answers import keyed, likert, survey_of


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["three", "five", "nine", "ten"])
def test_it_agrees_with_lavaan_and_psych(reliability_reference, name):
    theirs = reliability_reference["sets"][name]
    found = polychoric(survey_of(keyed(reliability_reference, theirs["items"])), "s")
    ours = found.draws["correlation"].to_numpy()
    assert np.abs(ours - np.array(theirs["lavaan_polychoric"])).max() < 1e-6
    assert np.abs(ours - np.array(theirs["polychoric"])).max() < 1e-3


def test_reverse_keyed_items_only_change_sign():
    values = likert(np.random.default_rng(3), 300, [0.7, 0.6, 0.8])
    plain = estimated(scale_answers(survey_of(values), "s")).correlation
    values[:, 1] = 6 - values[:, 1]
    turned = estimated(scale_answers(survey_of(values, reverse=["q2"]), "s")).correlation
    assert np.allclose(plain, turned)


def test_standard_errors_are_those_of_the_jackknife():
    rng = np.random.default_rng(4)
    values = likert(rng, 300, [0.7, 0.6, 0.8])
    whole = estimated(scale_answers(survey_of(values), "s"))
    left_out = np.array(
        [
            estimated(scale_answers(survey_of(np.delete(values, row, 0)), "s")).correlation
            for row in range(0, 300, 3)
        ]
    )
    spread = ((left_out - left_out.mean(axis=0)) ** 2).mean(axis=0) * 299
    assert np.allclose(np.sqrt(whole.variance), np.sqrt(spread), rtol=0.2, atol=1e-6)


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(5)
    truth, inside = 0.7 * 0.6, 0
    for _ in range(100):
        row = polychoric(survey_of(likert(rng, 200, [0.7, 0.6])), "s").summary.iloc[0]
        inside += row["lower"] < truth < row["upper"]
    # Of 100 intervals of 90 %, 90 with an sd of 3 should cover.
    assert 81 <= inside <= 99


def test_an_empty_category_changes_nothing():
    values = likert(np.random.default_rng(6), 400, [0.7, 0.6, 0.8])
    values[values[:, 0] == 2, 0] = 3
    values[values[:, 1] == 5, 1] = 4
    values[values[:, 2] == 1, 2] = 2
    found = estimated(scale_answers(survey_of(values), "s")).correlation
    relabelled = values.copy()
    relabelled[relabelled[:, 0] > 1, 0] -= 1
    relabelled[:, 2] -= 1
    other = estimated(scale_answers(survey_of(relabelled), "s")).correlation
    assert np.allclose(found, other, atol=1e-8)


def test_missing_answers_are_left_out_pair_by_pair():
    rng = np.random.default_rng(7)
    values = likert(rng, 400, [0.7, 0.6, 0.8])
    values[:100, 2] = np.nan
    found = polychoric(survey_of(values), "s").summary
    assert found["n_respondents"].tolist() == [400, 300, 300]
    only_two = polychoric(survey_of(values[:, :2]), "s").summary
    assert np.isclose(found["mean"].iloc[0], only_two["mean"].iloc[0])


def test_perfect_dependence_is_told_and_does_not_crash():
    values = np.repeat([[1, 1, 1], [5, 5, 5], [1, 1, 5], [5, 5, 1]], 10, axis=0)
    found = polychoric(survey_of(values), "s")
    assert any("q1 and q2" in note for note in found.summary.attrs["notes"])
    assert found.summary["mean"].abs().max() < 1
    assert is_positive_definite(found.draws["correlation"].to_numpy() + 1e-8 * np.eye(3))


def test_the_repair_is_the_nearest_and_leaves_good_matrices_alone():
    good = np.array([[1, 0.5, 0.2], [0.5, 1, 0.3], [0.2, 0.3, 1.0]])
    assert nearest_correlation(good) is good
    broken = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    repaired = nearest_correlation(broken)
    assert np.linalg.eigvalsh(repaired)[0] > 0.9 * SMALLEST_EIGENVALUE
    assert np.allclose(np.diag(repaired), 1)
    rng = np.random.default_rng(8)
    distance = np.linalg.norm(repaired - broken)
    for _ in range(300):
        other = np.corrcoef(
            np.linalg.cholesky(repaired + 1e-9 * np.eye(3)) + 0.02 * rng.normal(size=(3, 3))
        )
        assert np.linalg.norm(other - broken) > distance - 1e-3


def test_pairs_that_few_answered_are_hidden():
    values = likert(np.random.default_rng(9), 60, [0.7, 0.6, 0.8])
    values[4:, 0] = np.nan
    values[:4, 0] = [1, 2, 3, 4]
    found = polychoric(survey_of(values), "s")
    hidden = found.summary["suppressed"].tolist()
    assert hidden == [True, True, False]
    assert found.summary.loc[hidden, "mean"].isna().all()
    assert np.isnan(found.draws["correlation"].to_numpy()[0, 1])


def test_a_battery_of_fifty_items_is_one_of_array_operations():
    values = likert(np.random.default_rng(10), 2000, np.full(50, 0.7))
    found = estimated(scale_answers(survey_of(values), "s"))
    pairs = found.correlation[np.triu_indices(50, 1)]
    assert np.isclose(pairs.mean(), 0.49, atol=0.03)
    assert is_positive_definite(found.correlation)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([[1], [2], [3]], ArgumentError, "1 item;"),
        ([[1, 3], [2, 3], [3, 3]] * 2, SurveyError, "'q2': everyone .* answered 3"),
        ([[1, np.nan], [2, np.nan]], SurveyError, "'q2': nobody answered"),
    ],
)
def test_bad_scales_are_refused(values, error, words):
    with pytest.raises(error, match=words):
        polychoric(survey_of(values), "s")


def test_a_study_too_small_to_show_is_refused_and_a_good_matrix_is_said_to_be_checked():
    rng = np.random.default_rng(3)
    values = np.clip(likert(rng, 80, [0.7, 0.7, 0.7]), 2, 4)
    with pytest.raises(SurveyError, match="no two items were both answered by 5"):
        polychoric(survey_of(np.array([[1.0, 2], [2, 1], [3, 3], [1, 1]])), "s")
    # Few gave two of three answers together, and figures are rounded.
    note, independent, rounded = polychoric(survey_of(values), "s").summary.attrs["notes"]
    assert "two of them together" in rounded
    assert "respondents to be independent" in independent
    least = np.linalg.eigvalsh(polychoric(survey_of(values), "s").draws["correlation"])[0]
    assert note == f"The matrix is positive definite: its smallest eigenvalue is {least:.2g}."


def test_a_pair_of_which_no_correlation_is_known_is_named():
    values = np.tile([[1.0, 2.0, 1.0], [2.0, 4.0, 3.0], [4.0, 1.0, 5.0], [5.0, 3.0, 2.0]], (10, 1))
    values[:20, 0], values[20:, 1] = np.nan, np.nan
    found = polychoric(survey_of(values), "s")
    assert np.isnan(found.summary.set_index("contrast").loc["q1 with q2", "mean"])
    assert "No correlation is known of q1 and q2" in " ".join(found.summary.attrs["notes"])
