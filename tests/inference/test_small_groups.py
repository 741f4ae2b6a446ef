import numpy as np
import pytest
import xarray as xr

from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.small_groups import (
    hidden_levels,
    hidden_parameters,
    hidden_teams,
    merged_reasons,
    without_small_groups,
)
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.survey import Survey
from synthetic import make_synthetic_fit

RULE = DisclosureRule()
SIZES = [32, 50, 69, 63, 25, 2, 71, 70, 52, 44]


@pytest.fixture(scope="module")
def coding(draws):
    """How the answers of `draws` were coded."""
    names = draws["posterior"]["frequency"].to_numpy().astype(str)
    levels = ("never", "yearly", "quarterly", "monthly", "weekly")
    return DesignCoding(
        frequencies=tuple(FrequencyCoding(str(name), levels, "monotonic") for name in names),
        covariates=(),
        team_effects=tuple(draws["posterior"]["team_effect"].to_numpy().astype(str)),
    )


@pytest.fixture(scope="module", params=[("talk", "meetings"), ("q[1]", "q[2]"), ("q", "q[1]")])
def draws(request, survey):
    """Two frequencies, also named as LimeSurvey names its columns."""
    first, second = request.param
    frame = survey.frame.rename(columns={"talk": first})
    frame[second] = frame[first]
    levels = survey.codebook.levels_of("talk")
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency=(first, second),
        frequency_levels={first: levels, second: levels},
    )
    read = read_survey(frame.reset_index(drop=True), codebook)
    fit = make_synthetic_fit(
        Survey(read.frame, codebook, read.ledger, "a test", survey.truth), n_draws=1
    )
    tree = fit.draws.copy()
    constant = tree["constant_data"].to_dataset()
    tree["constant_data"] = constant.assign(level_size=("frequency_level", SIZES))
    return tree


def test_levels_are_protected_within_their_own_frequency(draws):
    """The attack: subtract what is shown of one frequency from the total."""
    hidden = hidden_levels(draws, RULE)
    assert np.flatnonzero(hidden).tolist() == [5, 6]


def one_frequency(sizes, n_respondents, *, summed_out):
    """The little of a fit's draws that tells who gave each answer."""
    names = [f"talk[{place}]" for place in range(len(sizes))]
    posterior = {"intercept": 0.0}
    if summed_out:
        posterior["level_probability"] = ("frequency_level", np.full(len(sizes), 1 / len(sizes)))
    constant = {"level_size": ("frequency_level", sizes), "n_respondents": n_respondents}
    coords = {"frequency_level": names}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(posterior, coords={"frequency": ["talk"]}),
            "constant_data": xr.Dataset(constant, coords=coords),
        }
    )


@pytest.mark.parametrize(
    ("sizes", "n_respondents", "minimum", "hidden"),
    [
        # 6 are told to have left it open: less them, the total would tell 3.
        ([3, 32, 44, 35], 120, 5, [0, 1]),
        # 6 are too few to be told of: one level more keeps them from being counted out.
        ([20, 32, 44, 18], 120, 10, [3]),
        ([20, 32, 44, 18], 120, 5, []),
    ],
)
def test_who_left_the_frequency_open_protects_no_level(sizes, n_respondents, minimum, hidden):
    """The attack: subtract the levels shown, and who left it open, from the total."""
    draws = one_frequency(sizes, n_respondents, summed_out=True)
    assert np.flatnonzero(hidden_levels(draws, DisclosureRule(minimum))).tolist() == hidden


def test_levels_of_the_kind_that_fewest_answered_need_not_add_up_to_everybody():
    """Two left a kind open: nothing tells how many, and no level is to be hidden for them."""
    draws = one_frequency([20, 32, 44, 18], 116, summed_out=False)
    assert not hidden_levels(draws, RULE).any()


def test_a_file_keeps_no_size_that_is_hidden(draws, coding):
    kept = without_small_groups(draws, coding, RULE)["constant_data"]["level_size"].to_numpy()
    assert np.isnan(kept).sum() == 2
    np.testing.assert_array_equal(
        hidden_levels(without_small_groups(draws, coding, RULE), RULE), np.isnan(kept)
    )


def test_a_file_keeps_no_counts_of_levels_that_are_hidden(draws, coding):
    told = without_small_groups(draws, coding, RULE)["standardised"]
    for name in ("expected_count", "predicted_count"):
        missing = told[name].isnull()
        assert missing.any(("chain", "draw")).to_numpy().nonzero()[0].tolist() == [5, 6]
    assert not draws["standardised"]["expected_count"].isnull().any()


def test_parameters_of_hidden_levels_are_marked(draws):
    marked = hidden_parameters(draws, RULE)
    assert np.flatnonzero(marked["frequency_curve"]).tolist() == [5, 6]
    assert marked["frequency_effect"].tolist() == [False, True]
    assert marked["frequency_shape"].all(axis=1).tolist() == [False, True]
    assert marked["intercept"]


def kept_means(counts, numbers=(), rule=RULE):
    """Means that a file keeps, from people by category and from numeric covariates."""
    n = sum(counts) if counts else len(numbers[0])
    coding = DesignCoding(
        frequencies=(),
        covariates=(
            *([CovariateCoding("contract", tuple("abcdef"[: len(counts)]))] if counts else ()),
            *(CovariateCoding(f"x{k}") for k in range(len(numbers))),
        ),
        team_effects=(),
    )
    means = [*(c / n for c in counts[1:]), *(np.mean(x) for x in numbers)]
    common = [max(set(x), key=list(x).count) for x in numbers]
    few = [sum(v != c for v in x) for x, c in zip(numbers, common, strict=True)]
    fill = [0] * (len(means) - len(numbers))
    constant = xr.Dataset(
        {
            "team_size": ("team", [n]),
            "n_respondents": n,
            "covariate_means": ("covariate", means),
            "covariate_majority": ("covariate", [*fill, *common]),
            "covariate_minority": ("covariate", [*fill, *few]),
        },
        coords={"team": ["T1"], "covariate": list(coding.covariate_labels)},
    )
    kept = without_small_groups(xr.DataTree.from_dict({"constant_data": constant}), coding, rule)
    assert "covariate_minority" not in kept["constant_data"]
    return kept["constant_data"]["covariate_means"].to_numpy() * n


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ((300, 100, 60), (100, 60)),
        ((300, 100, 3), (100, 0)),
        ((4, 100, 60), (104, 60)),
        ((3, 600), (603,)),
        ((40, 1, 2, 70), (0, 0, 73)),
    ],
)
def test_a_category_of_few_cannot_be_counted_from_the_means(counts, kept):
    """The attack: mean times number of respondents is the number in the category."""
    np.testing.assert_allclose(kept_means(counts), kept, atol=1e-9)


def test_two_studies_that_differ_in_who_is_few_keep_the_same_means():
    np.testing.assert_allclose(kept_means((300, 100, 3)), kept_means((302, 100, 1)))
    np.testing.assert_allclose(kept_means((4, 100, 60)), kept_means((1, 103, 60)))


def test_a_numeric_indicator_of_few_takes_the_common_value():
    rare, usual = [0.0] * 97 + [1.0] * 3, [0.0] * 60 + [1.0] * 40
    np.testing.assert_allclose(kept_means((), (rare, usual)), [0, 40])
    np.testing.assert_allclose(kept_means((), ([1 - x for x in rare], usual)), [100, 40])
    np.testing.assert_allclose(kept_means((), (rare[:-1] + [0.0] * 1, rare)), [0, 0])


def test_a_stricter_rule_hides_more():
    np.testing.assert_allclose(kept_means((300, 100, 8)), [100, 8])
    np.testing.assert_allclose(kept_means((300, 100, 8), rule=DisclosureRule(10)), [100, 0])


def test_reasons_of_few_rows_are_put_together():
    reasons = (("talk", "not answered", 20), ("tenure", "not answered", 3), ("age", "absurd", 1))
    merged = merged_reasons(reasons, RULE)
    assert sum(rows for _, _, rows in merged) == 24
    assert all(rows >= 5 for _, _, rows in merged)
    assert merged_reasons(reasons[1:], RULE) == ()
    assert merged_reasons(reasons[:1], RULE) == reasons[:1]


@pytest.mark.parametrize("minimum", [5, 8, 12, 20])
def test_a_file_hides_the_teams_that_the_session_hides(minimum):
    rng = np.random.default_rng(4)
    for _ in range(20):
        sizes = rng.integers(1, 24, 9)
        teams = [f"T{place}" for place in rng.permutation(9)]
        departments = rng.choice(["x", "y", "z"], 9)
        constant = xr.Dataset(
            {"team_size": ("team", sizes), "team_department": ("team", departments)},
            coords={"team": teams},
        )
        session = xr.DataTree.from_dict({"constant_data": constant})
        coding = DesignCoding(frequencies=(), covariates=(), team_effects=())
        file = without_small_groups(session, coding, RULE)

        def shown(draws):
            names = draws["constant_data"]["team"].to_numpy()
            return set(names[~hidden_teams(draws, DisclosureRule(minimum))].tolist())

        assert shown(file) == shown(session)
