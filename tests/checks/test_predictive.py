from dataclasses import replace

import numpy as np
import pytest

from learnclimate.checks.predictive import posterior_predictive
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit

STATISTICS = [
    "mean",
    "dispersion",
    "share of zeros",
    "highest counts",
    "team share",
    "distribution",
]


@pytest.fixture(scope="module")
def predictive(synthetic_fit):
    return posterior_predictive(synthetic_fit)


def with_outcome(fit, outcome):
    return replace(fit, design=replace(fit.design, outcome=np.asarray(outcome, dtype=np.int64)))


def test_statistics_tell_the_answers(predictive, synthetic_fit):
    outcome = synthetic_fit.design.outcome
    table = predictive.statistics.set_index("statistic")
    assert table.index.tolist() == STATISTICS
    assert table.loc["mean", "observed"] == pytest.approx(outcome.mean())
    assert table.loc["dispersion", "observed"] == pytest.approx(
        outcome.var(ddof=1) / outcome.mean()
    )
    assert (table["lower"] <= table["median"]).all()
    assert (table["median"] <= table["upper"]).all()


def test_rootogram_adds_up_and_hides_small_bins(predictive, synthetic_fit):
    table = predictive.rootogram
    assert table["observed"].sum() == synthetic_fit.design.n_respondents
    assert table["expected"].sum() == pytest.approx(synthetic_fit.design.n_respondents)
    assert table["observed"].min() >= 5
    assert table["counts"].iloc[-1].endswith("or more")
    assert table["last"].isna().tolist() == [False] * (len(table) - 1) + [True]


def test_the_largest_answer_is_not_told(synthetic_fit):
    outcome = synthetic_fit.design.outcome.copy()
    outcome[outcome.argmax()] = 987
    shown = posterior_predictive(with_outcome(synthetic_fit, outcome))
    texts = str(shown) + shown._repr_html_() + shown.rootogram.to_string()
    assert "987" not in texts
    assert shown.rootogram["first"].max() < 100


def test_few_zeros_are_not_told(synthetic_fit):
    outcome = np.maximum(synthetic_fit.design.outcome, 1)
    outcome[:3] = 0
    table = posterior_predictive(with_outcome(synthetic_fit, outcome))
    zeros = table.statistics.set_index("statistic").loc["share of zeros"]
    assert zeros["hidden"]
    assert np.isnan(zeros["observed"])
    assert np.isnan(zeros["probability"])
    assert zeros["verdict"] in ("doubtful", "bad")
    assert table.rootogram["counts"].iloc[0] != "0"


def test_means_of_small_levels_are_not_told_nor_recoverable(synthetic_fit):
    design = synthetic_fit.design
    level = np.where(design.frequency_level == 0, 1, design.frequency_level)
    level[:3] = 0
    fit = replace(synthetic_fit, design=replace(design, frequency_level=level))
    means = posterior_predictive(fit).level_means
    assert means["hidden"].tolist()[0]
    assert means["hidden"].sum() >= 2
    hidden = means[means["hidden"]]
    assert hidden[["observed", "median", "probability", "n_respondents"]].isna().all(axis=None)
    assert (hidden["verdict"] == "not applicable").all()


def test_level_means_are_those_of_the_answers(predictive, synthetic_fit):
    design = synthetic_fit.design
    for index, row in enumerate(predictive.level_means.itertuples()):
        there = design.frequency_level[:, 0] == index
        assert row.observed == pytest.approx(design.outcome[there].mean())
        assert row.n_respondents == there.sum()


def test_a_study_without_frequency_has_no_level_means():
    survey = simulate_survey(
        n_teams=10, team_size=8, truth=Truth(levels=(), frequency_shape=()), seed=2
    )
    fit = make_synthetic_fit(survey, CountModel(team_effects=("intercept",)))
    assert len(posterior_predictive(fit, draws=50).level_means) == 0


def test_rows_that_stand_for_several_respondents(synthetic_fit):
    design = synthetic_fit.design
    doubled = replace(design, multiplicity=2 * design.multiplicity)
    shown = posterior_predictive(replace(synthetic_fit, design=doubled), draws=50)
    assert shown.rootogram["observed"].sum() == 2 * design.n_respondents
    mean = shown.statistics["observed"].iloc[0]
    assert mean == pytest.approx(design.outcome.mean())


def test_same_seed_same_numbers(synthetic_fit):
    first, again = (posterior_predictive(synthetic_fit, draws=40, seed=3) for _ in range(2))
    other = posterior_predictive(synthetic_fit, draws=40, seed=4)
    assert first.statistics.equals(again.statistics)
    assert not first.statistics.equals(other.statistics)


def test_no_more_draws_than_there_are(synthetic_fit):
    assert posterior_predictive(synthetic_fit, draws=10**6).draws == 400


def test_a_fit_without_respondents_says_what_to_do(synthetic_fit):
    with pytest.raises(FitError, match="include_respondents=True"):
        posterior_predictive(replace(synthetic_fit, design=None))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"draws": 1}, ArgumentError),
        ({"draws": 2.5}, ArgumentTypeError),
        ({"draws": True}, ArgumentTypeError),
        ({"interval": 1.2}, ArgumentError),
        ({"seed": -1}, ArgumentError),
        ({"seed": "one"}, ArgumentTypeError),
        ({"rule": 5}, ArgumentTypeError),
        ({"rule": DisclosureRule(100_000)}, FitError),
    ],
)
def test_bad_arguments(synthetic_fit, options, error):
    with pytest.raises(error):
        posterior_predictive(synthetic_fit, **options)


def test_what_is_no_fit_is_refused():
    with pytest.raises(ArgumentTypeError, match="Give a fit"):
        posterior_predictive("fit.nc")


def test_prints_its_tables(predictive):
    assert "dispersion" in str(predictive)
    assert repr(predictive) == str(predictive)
    assert "<table" in predictive._repr_html_()
