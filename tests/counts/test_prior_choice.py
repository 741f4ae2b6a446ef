"""Which prior each coordinate gets."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentTypeError, ModelError
from learnclimate.counts.frequency import Unordered
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Gamma, Normal, StudentT


def test_defaults_take_their_scale_from_the_survey(survey):
    shown = CountModel().priors_for(survey)
    assert shown.intercept == Normal(round(np.log(survey.frame["activities"].mean()), 1), 2.0)
    assert shown.frequency == {"talk": Normal(0, 1)}
    assert shown.frequency_shape == {"talk": Dirichlet(1.0)}
    tenure_sd = survey.frame["tenure"].std(ddof=0)
    # The nearest of 1, 2 and 5 times a power of ten: exact scales tell of hidden teams.
    assert shown.covariates["tenure"].sd == 0.2
    assert np.sqrt(0.1 * 0.2) < 1 / tenure_sd < np.sqrt(0.2 * 0.5)
    assert shown.team_sd == {"intercept": Exponential(2), "talk": Exponential(2)}
    assert shown.team_correlation == LKJ(2)
    assert shown.dispersion == Exponential(0.1)


def test_one_value_serves_all_and_a_mapping_some(survey):
    priors = Priors(
        covariates=Normal(0, 0.5),
        team_sd={"talk": Gamma(2, 4)},
        frequency={"talk": StudentT(3, 0, 1)},
        frequency_shape=Dirichlet(2),
    )
    shown = CountModel(priors=priors).priors_for(survey)
    assert set(shown.covariates.values()) == {Normal(0, 0.5)}
    assert shown.team_sd == {"intercept": Exponential(2), "talk": Gamma(2, 4)}
    assert shown.frequency == {"talk": StudentT(3, 0, 1)}
    assert shown.frequency_shape == {"talk": Dirichlet(2)}


def test_the_name_of_a_categorical_covariate_stands_for_its_coordinates(survey):
    model = CountModel(priors=Priors(covariates={"contract": Normal(0, 0.3)}))
    shown = model.priors_for(survey).covariates
    assert shown["contract[temporary]"] == Normal(0, 0.3)
    assert shown["tenure"] == CountModel().priors_for(survey).covariates["tenure"]
    closer = Priors(covariates={"contract": Normal(0, 9), "contract[temporary]": Normal(0, 1)})
    shown = CountModel(priors=closer).priors_for(survey).covariates
    assert shown["contract[temporary]"] == Normal(0, 1)


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        (Priors(team_sd={"tlak": Exponential(1)}), "no coordinate 'tlak'. Did you mean 'talk'"),
        (Priors(covariates={"contrat": Normal(0, 1)}), "no coordinate 'contrat'. Choose from"),
        (Priors(frequency={"meeting": Normal(0, 1)}), "Choose from 'talk'"),
    ],
)
def test_a_coordinate_that_the_model_lacks(survey, priors, message):
    with pytest.raises(ModelError, match=message):
        CountModel(priors=priors).priors_for(survey)


@pytest.mark.parametrize(
    "fields",
    [
        {"intercept": 2.0},
        {"intercept": {"a": Normal(0, 1)}},
        {"frequency_shape": Normal(0, 1)},
        {"team_correlation": Exponential(1)},
        {"dispersion": LKJ(2)},
        {"covariates": {"tenure": Dirichlet(1)}},
    ],
)
def test_what_is_no_prior_of_that_parameter(fields):
    with pytest.raises(ArgumentTypeError, match=rf"Priors\({next(iter(fields))}=\.\.\.\)"):
        Priors(**fields)


def test_what_the_model_lacks_is_not_shown(survey):
    shown = CountModel(
        frequency=Unordered(), covariates=(), team_effects=("intercept",)
    ).priors_for(survey)
    assert shown.covariates is None
    assert shown.team_correlation is None
    assert shown.frequency_shape is None
    assert shown.team_sd == {"intercept": Exponential(2)}


def test_printing_shows_a_row_for_each_coordinate(survey):
    shown = CountModel().priors_for(survey)
    table = shown.table()
    assert table["coordinate"].tolist() == [
        "",
        "talk",
        "talk",
        "tenure",
        "contract[temporary]",
        "intercept",
        "talk",
        "",
        "",
    ]
    assert "Exponential(rate=0.1)" in str(shown)
    assert Priors().table().empty


def test_meanings_hold_for_counts_out_of_a_list_too(survey):
    """Coefficients of `BetaBinomial` are log odds; nothing says they are log rates alone."""
    meanings = CountModel().priors_for(survey).table()["meaning"]
    of_rates = meanings[meanings.str.contains("log rate")]
    assert len(of_rates) >= 4
    assert of_rates.str.contains("k of K: log odds").all()
