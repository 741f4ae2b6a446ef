import numpy as np
import pytest

from learnclimate.checks import specifications
from learnclimate.checks.specifications import alternatives, specification_table
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.counts.families import HurdleNegativeBinomial, Poisson
from learnclimate.counts.frequency import Linear
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey


def small(**options):
    return {"linear": CountModel(frequency=Linear()), **options}


def test_alternatives_differ_in_one_choice_each(survey):
    found = alternatives(CountModel(), survey)
    assert {choice for choice, _ in found.values()} >= {
        "family",
        "frequency",
        "team_effects",
        "covariates",
    }
    assert found["Poisson()"][1] == CountModel(family=Poisson())
    assert found["without tenure"][1].covariates == ("contract",)
    assert CountModel() not in [model for _, model in found.values()]


def test_priors_of_what_an_alternative_lacks_do_not_stop_it(survey):
    priors = Priors(
        zero=Normal(0, 1),
        covariates={"tenure": Normal(0, 1), "contract": Normal(0, 2)},
        team_sd={"intercept": Exponential(3), "talk": Exponential(1)},
        dispersion=Exponential(2),
    )
    model = CountModel(family=HurdleNegativeBinomial(), priors=priors)
    found = alternatives(model, survey)
    resolved = {
        name: resolve_priors(one.priors, one.design(survey)) for name, (_, one) in found.items()
    }
    assert resolved["Poisson()"].zero is None
    assert found["Poisson()"][1].priors.dispersion is None
    assert resolved["NegativeBinomial()"].dispersion == Exponential(2)
    assert resolved["without tenure"].covariates == (Normal(0, 2),)
    assert resolved["teams differ in level only"].team_sd == (Exponential(3),)
    assert resolved["Linear()"].team_sd == (Exponential(3), Exponential(1))


def test_the_declared_model_comes_first_and_does_not_move(survey):
    told = specification_table(
        CountModel(),
        survey,
        models=small(teamless=CountModel(team_effects=())),
        draws=1000,
        progress=False,
    )
    assert told.table["specification"].tolist() == ["as declared", "linear", "teamless"]
    assert told.table["shift"].iloc[0] == 0
    assert (told.table["lower"] < told.table["rate_ratio"]).all()
    assert told.verdict in ("good", "doubtful")
    assert "as declared" in told.words


def test_a_choice_that_matters_is_named(survey):
    """A covariate that stands for the relation itself: adjusting for it takes that away."""
    frame = survey.frame.copy()
    rng = np.random.default_rng(1)
    level = frame["talk"].map({name: i for i, name in enumerate(survey.codebook.levels_of("talk"))})
    frame["eager"] = level.astype(float) + rng.normal(0, 0.3, len(frame))
    frame["activities"] = rng.poisson(np.exp(0.2 + 0.4 * frame["eager"]))
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency="talk",
        frequency_levels=survey.codebook.levels_of("talk"),
        covariates=("eager",),
    )
    told = specification_table(
        CountModel(team_effects=("intercept",)),
        read_survey(frame, codebook),
        models={"no covariates": CountModel(team_effects=("intercept",), covariates=())},
        draws=400,
        progress=False,
    )
    assert told.verdict == "bad"
    assert "depends on the choice of: no covariates" in told.words


def test_an_interruption_keeps_what_is_finished(survey, monkeypatch):
    real, done = specifications.fit, []

    def interrupted(*arguments, **options):
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return real(*arguments, **options)

    monkeypatch.setattr(specifications, "fit", interrupted)
    told = specification_table(CountModel(), survey, models=small(), draws=400, progress=False)
    assert told.table["specification"].tolist() == ["as declared"]
    assert told.unfinished == ("linear",)
    monkeypatch.setattr(
        specifications, "fit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        specification_table(CountModel(), survey, progress=False)


def test_a_specification_that_cannot_be_fitted_says_why(survey):
    models = {"unknown": CountModel(covariates=("height",))}
    told = specification_table(CountModel(), survey, models=models, draws=400, progress=False)
    assert "height" in told.table["note"].iloc[1]
    assert told.verdict == "not applicable"
    with pytest.raises(ModelError, match="height"):
        specification_table(models["unknown"], survey, models={}, progress=False)


def test_arguments_are_checked(survey):
    with pytest.raises(ArgumentTypeError, match="declared model"):
        specification_table(survey, CountModel())
    with pytest.raises(ArgumentTypeError, match="mapping of names"):
        specification_table(CountModel(), survey, models=[CountModel()])
    with pytest.raises(ArgumentTypeError, match="is no text"):
        specification_table(CountModel(), survey, models={1: CountModel()})
    with pytest.raises(ArgumentError, match="choose another name"):
        specification_table(CountModel(), survey, models={"as declared": CountModel()})
    with pytest.raises(ArgumentTypeError, match="models"):
        specification_table(CountModel(), survey, models={"one": Poisson()})
