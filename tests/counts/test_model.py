"""`CountModel`: declared, checked against itself, and never sampling."""

import sys

import pytest

from learnclimate.checks.specifications import alternatives
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.counts.families import BetaBinomial, NegativeBinomial, Poisson
from learnclimate.counts.frequency import Linear, Monotonic
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Normal


def test_the_defaults_are_those_of_the_study():
    model = CountModel()
    assert model.family == NegativeBinomial()
    assert model.frequency == Monotonic()
    assert model.team_effects == ("intercept", "frequency")
    assert model.covariates is None


def test_a_model_is_a_value_that_its_repr_makes_again():
    model = CountModel(family=Poisson(), frequency=Linear(), covariates=["age"])
    assert model == CountModel(family=Poisson(), frequency=Linear(), covariates=("age",))
    assert eval(repr(model)) == model


def test_a_declaration_does_not_change_with_the_callers_mappings():
    codings, scales = {"talk": Linear()}, {"talk": Normal(0, 1)}
    model = CountModel(frequency=codings, priors=Priors(frequency=scales))
    codings["talk"] = Monotonic()
    scales["talk"] = Normal(0, 9)
    assert model.frequency == {"talk": Linear()}
    assert model.priors.frequency == {"talk": Normal(0, 1)}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"family": "poisson"}, ArgumentTypeError, r"give one of Poisson\(\), Neg"),
        ({"family": Poisson}, ArgumentTypeError, r"give one of Poisson\(\)"),
        ({"frequency": "linear"}, ArgumentTypeError, r"give Monotonic\(\), Unordered\(\) or"),
        ({"frequency": {"talk": 3}}, ArgumentTypeError, r"frequency=3"),
        ({"team_effects": "intercept"}, ArgumentTypeError, r"such as \('intercept',\)"),
        ({"team_effects": ("intercept", 1)}, ArgumentTypeError, "1 is not a name"),
        ({"team_effects": ("intercept", "intercept")}, ArgumentError, "is named twice"),
        ({"covariates": ("age", "age")}, ArgumentError, "'age' is named twice"),
        ({"priors": {"intercept": Normal(0, 1)}}, ArgumentTypeError, r"give Priors\(\.\.\.\)"),
    ],
)
def test_declarations_refused(options, error, message):
    with pytest.raises(error, match=message):
        CountModel(**options)


def test_declaring_coding_and_choosing_priors_need_no_pymc(survey):
    import subprocess

    code = (
        "import sys\n"
        "from learnclimate.counts.model import CountModel\n"
        "from learnclimate.survey.simulation import simulate_survey\n"
        "CountModel().priors_for(simulate_survey(n_teams=5, team_size=8, seed=1))\n"
        "print({'pymc', 'pytensor', 'matplotlib'} & set(sys.modules) or 'none')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "none"


def test_equal_declarations_have_equal_hashes():
    """Mappings count by content, whatever their order."""
    one = CountModel(
        frequency={"talk": Monotonic(), "meet": Linear()},
        priors=Priors(frequency={"talk": Normal(0, 1), "meet": Normal(0, 2)}),
    )
    other = CountModel(
        frequency={"meet": Linear(), "talk": Monotonic()},
        priors=Priors(frequency={"meet": Normal(0, 2), "talk": Normal(0, 1)}),
    )
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other, CountModel()}) == 2


@pytest.mark.parametrize("method", ["design", "resolved_priors", "priors_for", "build"])
def test_answers_that_were_not_read_are_refused(method, survey):
    with pytest.raises(ArgumentTypeError, match=r"DataFrame is not a Survey.*read_survey"):
        getattr(CountModel(), method)(survey.frame)


@pytest.mark.parametrize(
    ("options", "priors", "words"),
    [
        ({"family": Poisson()}, {"dispersion": Exponential(1)}, "has no dispersion"),
        ({"team_effects": ()}, {"team_sd": Exponential(1)}, "without team_effects"),
        ({"team_effects": ()}, {"team_correlation": LKJ(2)}, "without team_effects"),
        ({}, {"composition": Normal(0, 1)}, "without between"),
        ({}, {"slope_shifts": Normal(0, 1)}, "without moderators or interactions"),
        ({}, {"department_sd": Exponential(1)}, "without department_effects"),
        ({}, {"level_probability": Dirichlet(2)}, "without missing_frequency='sum_out'"),
    ],
)
def test_priors_of_what_a_model_does_not_have_are_refused(options, priors, words):
    with pytest.raises(ArgumentError, match=words):
        CountModel(**options, priors=Priors(**priors))


def test_the_prior_of_a_correlation_of_a_single_effect_is_refused(survey):
    alone = CountModel(team_effects=("intercept",), priors=Priors(team_correlation=LKJ(2)))
    with pytest.raises(ModelError, match="only 'intercept' varies"):
        alone.design(survey)
    # An alternative that lets less vary leaves the prior out, instead of failing.
    both = CountModel(priors=Priors(team_correlation=LKJ(2), team_sd=Exponential(1)))
    for _, model in alternatives(both, survey).values():
        model.design(survey)


@pytest.mark.parametrize(
    ("family", "words"),
    [(BetaBinomial, r"Outcome\(..., trials=8\)"), (NegativeBinomial, r"Priors\(dispersion=...\)")],
)
def test_what_does_not_belong_to_a_family_is_told_its_place(family, words):
    with pytest.raises(ArgumentTypeError, match=words):
        family(8)
