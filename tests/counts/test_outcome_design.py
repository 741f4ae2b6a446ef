"""Which families take which outcomes, and how zero parts are coded."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.survey.counts_allowed import OPEN
from learnclimate.survey.truth import Truth

BINS = ["none", "1-2", "3-5", "6 or more"]


def survey(outcome="n", seed=1, **codebook):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"team": np.arange(60) % 6, "n": rng.integers(0, 5, 60)})
    frame["tenure"] = rng.gamma(2, 3, 60)
    frame["group"] = rng.choice(["a", "b"], 60)
    frame["label"] = np.array(BINS)[rng.integers(0, 4, 60)]
    frame["tenure_count"] = rng.integers(1, 6, 60)
    frame["merged"] = np.array(["0-2", "3+"])[rng.integers(0, 2, 60)]
    return lc.read_survey(frame, lc.Codebook(outcome=outcome, team="team", **codebook))


def model(family, **options):
    return lc.CountModel(family=family, team_effects=("intercept",), **options)


def test_bins_are_ranges_of_counts():
    design = model(lc.Poisson()).design(survey(lc.Outcome("label", bins=BINS)))
    assert set(zip(design.outcome.tolist(), design.asked.highest.tolist(), strict=True)) == {
        (0, 0),
        (1, 2),
        (3, 5),
        (6, OPEN),
    }
    assert design.of_rows(np.array([3])).asked.highest.tolist() == [design.asked.highest[3]]


def test_numbers_out_of_k_need_the_beta_binomial():
    design = model(lc.BetaBinomial()).design(survey(lc.Outcome("n", trials=6)))
    assert design.coding.trials == 6
    assert design.asked.trials.tolist() == [6] * 60
    with pytest.raises(ModelError, match=r"is a number out of 6"):
        model(lc.NegativeBinomial()).design(survey(lc.Outcome("n", trials=6)))
    with pytest.raises(ModelError, match="'n' is no number out of K"):
        model(lc.BetaBinomial()).design(survey())
    with pytest.raises(ModelError, match="there is an exposure"):
        model(lc.BetaBinomial()).design(survey(lc.Outcome("n", trials=6), exposure="tenure"))


def test_zero_parts_have_covariates_of_their_own():
    part = lc.ZeroPart(covariates=("group",))
    design = model(lc.HurdlePoisson(part), covariates=("tenure",)).design(
        survey(covariates=["tenure", "group"])
    )
    assert design.coding.covariate_labels == ("tenure",)
    assert design.coding.zero.covariate_labels == ("group[b]",)
    assert design.asked.zero_covariates.shape == (60, 1)
    assert not design.coding.zero.frequency


def test_a_zero_part_names_covariates_of_the_codebook():
    part = lc.ZeroPart(covariates=("grup",))
    with pytest.raises(ModelError, match=r"ZeroPart\(covariates=\.\.\.\): 'grup' is not .*'group'"):
        model(lc.ZeroInflatedPoisson(part)).design(survey(covariates=["group"]))


def test_zeros_have_to_be_seen():
    with pytest.raises(ModelError, match="joins 0 with higher counts"):
        model(lc.ZeroInflatedPoisson()).design(survey(lc.Outcome("merged", bins=["0-2", "3+"])))
    with pytest.raises(ModelError, match="nobody counted 0"):
        model(lc.HurdlePoisson()).design(survey("tenure_count"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lc.ZeroPart(covariates="tenure"), ArgumentTypeError, "give a tuple of names"),
        (lambda: lc.ZeroPart(covariates=("a", "a")), ArgumentError, "named twice"),
        (lambda: lc.ZeroPart(frequency=1), ArgumentTypeError, "True or False"),
        (lambda: lc.HurdlePoisson(zero=True), ArgumentTypeError, r"give ZeroPart\("),
    ],
)
def test_declarations_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_priors_of_a_zero_part_go_by_coordinate():
    found = lc.simulate_survey(n_teams=6, team_size=10, seed=1, truth=Truth(zeros="inflated"))
    part = lc.ZeroPart(covariates=("contract",), team_intercept=True)
    given = lc.Priors(zero={"contract": lc.Normal(0, 0.3), "team_sd": lc.HalfNormal(0.5)})
    shown = model(lc.ZeroInflatedPoisson(part), priors=given).priors_for(found).zero
    assert shown == {
        "intercept": lc.Normal(0.0, 1.5),
        "talk": lc.Normal(0.0, 1.0),
        "contract[temporary]": lc.Normal(0, 0.3),
        "team_sd": lc.HalfNormal(0.5),
    }
    with pytest.raises(ModelError, match="no zero part"):
        model(lc.Poisson(), priors=given).priors_for(found)
    with pytest.raises(
        ModelError, match=r"Priors\(zero=\.\.\.\): the model has no coordinate 'tlk'"
    ):
        model(
            lc.ZeroInflatedPoisson(part), priors=lc.Priors(zero={"tlk": lc.Normal(0, 1)})
        ).priors_for(found)
