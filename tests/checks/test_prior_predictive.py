import numpy as np
import pytest

from learnclimate.checks.prior_predictive import prior_predictive
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Exponential, Normal


def with_priors(**priors):
    return CountModel(priors=Priors(**priors))


def test_the_default_priors_expect_the_answers(survey):
    told = prior_predictive(CountModel(), survey)
    assert told.verdict == "good"
    assert told.far < 0.1
    assert "within what they expect" in told.words
    ratio = told.rate_ratios.iloc[0]
    # The prior of the log rate ratio is standard normal.
    assert ratio["median"] == pytest.approx(1.0, abs=0.15)
    assert ratio["upper"] == pytest.approx(np.exp(1.645), rel=0.15)


def test_a_prior_that_contradicts_the_answers_is_bad(survey):
    told = prior_predictive(with_priors(intercept=Normal(5, 0.1)), survey)
    assert told.verdict == "bad"
    assert "mean" in told.words
    assert "priors_for" in told.words


def test_a_prior_that_allows_anything_is_doubtful(survey):
    told = prior_predictive(with_priors(intercept=Normal(1, 10)), survey)
    assert told.verdict == "doubtful"
    assert told.far > 0.3
    assert "a thousand times" in told.words


def test_a_prior_of_equal_teams_contradicts_teams_that_differ(survey):
    priors = {"team_sd": Exponential(1000), "intercept": Normal(0.7, 0.3)}
    told = prior_predictive(CountModel(family=Poisson(), priors=Priors(**priors)), survey)
    assert told.verdict == "bad"


def test_the_same_seed_gives_the_same(survey):
    one, other = (prior_predictive(CountModel(), survey, draws=50, seed=3) for _ in range(2))
    assert one.statistics.equals(other.statistics)
    assert str(one) == str(other)


def test_arguments_are_checked(survey):
    with pytest.raises(ArgumentTypeError, match="declared model"):
        prior_predictive(survey, CountModel())
    with pytest.raises(ArgumentError, match="at least 2"):
        prior_predictive(CountModel(), survey, draws=1)
    with pytest.raises(ArgumentError, match="at most"):
        prior_predictive(CountModel(), survey, draws=10**8)
    with pytest.raises(ArgumentTypeError, match="DisclosureRule"):
        prior_predictive(CountModel(), survey, rule=5)
    with pytest.raises(ArgumentError, match="seed"):
        prior_predictive(CountModel(), survey, seed=-1)
