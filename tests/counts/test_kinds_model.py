"""Models of several kinds: declaration, design, priors, formula."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear, Unordered
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_prior_draws import kinds_prior_draws
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.kinds_working import differences
from learnclimate.counts.model import CountModel
from learnclimate.counts.priors import LKJ, Exponential, HalfNormal, Normal
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.example import load_example
from learnclimate.survey.kinds_truth import KindsTruth
from learnclimate.survey.simulation import simulate_survey


@pytest.fixture(scope="module")
def survey():
    return simulate_survey(n_teams=10, team_size=8, truth=KindsTruth(left_open=0.1), seed=1)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"frequency": Unordered()}, ArgumentTypeError, "give Monotonic.. or Linear"),
        ({"pooled": 1}, ArgumentTypeError, "True or False"),
        ({"priors": Normal(0, 1)}, ArgumentTypeError, "give KindsPriors"),
        ({"team_effects": "intercept"}, ArgumentTypeError, r"\('intercept',\)"),
        ({"covariates": ("tenure", "tenure")}, ArgumentError, "named twice"),
    ],
)
def test_wrong_declarations_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        KindsModel(**options)


@pytest.mark.parametrize(
    ("field", "value"),
    [("frequency", HalfNormal(1)), ("team_correlation", Normal(0, 1)), ("team_sd", LKJ(2))],
)
def test_priors_of_the_wrong_kind_are_refused(field, value):
    with pytest.raises(ArgumentTypeError, match=rf"KindsPriors\({field}=...\)"):
        KindsPriors(**{field: value})


def test_a_spread_of_kinds_that_are_not_pooled_is_refused(survey):
    model = KindsModel(pooled=False, priors=KindsPriors(frequency_sd=Exponential(1)))
    with pytest.raises(ModelError, match="kinds are not pooled"):
        model.priors_for(survey)
    apart = KindsModel(pooled=False).priors_for(survey)
    assert apart.frequency_sd is None
    assert not apart.table()["meaning"].str.contains("about which kinds scatter").any()
    pooled = KindsModel().priors_for(survey).table()
    assert pooled["meaning"].str.contains("about which kinds scatter").sum() == 4


def test_priors_are_shown_and_the_users_are_kept(survey):
    model = KindsModel(priors=KindsPriors(team_sd=HalfNormal(0.4)))
    table = model.priors_for(survey).table().set_index("parameter")["prior"]
    assert table["team_sd"] == "HalfNormal(sd=0.4)"
    assert table["frequency_sd"] == "Exponential(rate=2.0)"
    mean = survey.frame[["training", "trying_out", "passed_on"]].stack().mean()
    assert model.priors_for(survey).intercept.mean == pytest.approx(np.log(mean), abs=0.06)


def test_designs_keep_the_kinds_that_were_answered(survey):
    design = KindsModel().design(survey)
    assert design.n_left_open.tolist() == survey.frame[list(design.kinds)].isna().sum().tolist()
    assert (design.counts[~design.answered] == 0).all()
    assert (design.team_sizes <= design.people.team_sizes).all()


def test_an_outcome_that_was_not_asked_by_kind_is_refused():
    with pytest.raises(ModelError, match="'activities' was not asked by kind"):
        KindsModel().design(load_example())


def test_a_count_model_refuses_kinds_and_says_what_to_do(survey):
    with pytest.raises(ModelError, match=r"was asked by kind. In Python use KindsModel"):
        CountModel().design(survey)


def test_errors_about_respondents_name_the_model_that_was_declared(survey):
    with pytest.raises(ModelError, match=r"KindsModel\(covariates=...\): 'tenrue'"):
        KindsModel(covariates=("tenrue",)).design(survey)
    with pytest.raises(ModelError, match=r"KindsModel\(team_effects=...\)"):
        KindsModel(team_effects=("talks",)).design(survey)


def test_a_kind_that_nobody_counted_is_refused(survey):
    frame = survey.frame.assign(training=survey.frame["training"] * 0)
    with pytest.raises(ModelError, match="Kind 'training': nobody counted any"):
        KindsModel().design(replace(survey, frame=frame))


def test_a_study_without_a_frequency_is_refused(survey):
    codebook = Codebook(outcome=survey.codebook.outcome, team="team")
    with pytest.raises(ModelError, match="the codebook has no frequency"):
        KindsModel().design(replace(survey, codebook=codebook))


def test_what_is_no_survey_is_refused():
    with pytest.raises(ArgumentTypeError, match="is not a Survey"):
        KindsModel().design("answers.csv")


def test_the_formula_is_multivariate(survey):
    formula = KindsModel(covariates=("tenure",)).formula(survey)
    lines = formula.brms.splitlines()
    assert lines[0] == "data$respondent <- factor(seq_len(nrow(data)))"
    assert (
        "bf(passed_on | subset(has_passed_on) ~ mo(talk) + tenure + (1 + mo(talk) |p| team) + "
        "(1 |q| respondent), family = poisson()) +"
    ) in lines
    assert lines[-1] == "set_rescor(FALSE)"
    assert formula.text.splitlines()[1] == (
        "log μ[i,k] = α[k] + b_talk[k]·m_talk[k](talk[i]) + γ_tenure[k]·tenure[i] + u0[j,k] + "
        "u1[j,k]·m_talk[k](talk[i]) + v[i,k]"
    )
    assert "b_talk[k] ~ Normal(b_talk, τ_b_talk²)" in formula.text
    assert r"y_{ik} &\sim \text{Poisson}(\mu_{ik})" in formula.latex
    apart = KindsModel(pooled=False, frequency=Linear(), team_effects=()).formula(survey)
    assert "Normal(b_talk" not in apart.text
    assert "talk_steps" in apart.brms
    assert apart.notes == ()


@pytest.mark.parametrize(
    ("options", "priors", "words"),
    [
        ({"team_effects": ()}, {"team_sd": Exponential(1)}, "without team_effects"),
        ({"team_effects": ()}, {"team_correlation": LKJ(2)}, "without team_effects"),
        ({"covariates": ()}, {"covariates": Normal(0, 1)}, "without covariates"),
        ({"frequency": Linear()}, {"frequency_shape_sd": Exponential(1)}, r"with Linear\(\)"),
    ],
)
def test_priors_of_what_the_model_does_not_have_are_refused(options, priors, words):
    with pytest.raises(ArgumentError, match=words):
        KindsModel(**options, priors=KindsPriors(**priors))


@pytest.mark.parametrize(
    ("option", "remedy"),
    [
        ({"family": Poisson()}, "which scatter them. Leave it out"),
        ({"moderators": ("tenure",)}, "covariates=..., so that it shifts the level"),
        ({"interactions": (("talk", "meet"),)}, "do not interact here. Leave it out"),
        ({"between": True}, "a column of the team's mean among"),
        ({"department_effects": ("intercept",)}, "name their column among covariates"),
        ({"missing_frequency": "sum_out"}, "Leave it out"),
    ],
)
def test_options_of_a_count_model_are_refused_with_a_remedy(option, remedy):
    (name,) = option
    with pytest.raises(ModelError, match=remedy) as error:
        KindsModel(**option)
    assert f"or fit CountModel({name}=...) to one kind" in str(error.value)


def test_a_declaration_is_changed_and_shown_as_ever():
    model = replace(KindsModel(pooled=False), covariates=())
    assert model == KindsModel(pooled=False, covariates=())
    assert "moderators" not in repr(model) + model._repr_html_()


def test_directions_of_difference_leave_the_mean_alone():
    for n_kinds in (2, 3, 5):
        basis = differences(n_kinds)
        assert np.allclose(basis.T @ basis, np.eye(n_kinds - 1))
        assert np.allclose(basis.sum(axis=0), 0)


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [True, False])
def test_the_built_model_has_the_priors_that_numpy_draws(survey, pooled):
    """Whatever coordinates are sampled in: what is drawn before any count is what is declared."""
    import pymc as pm

    model, n_draws = KindsModel(pooled=pooled), 2000
    design, priors = model.design(survey), model.priors_for(survey)
    ours = kinds_prior_draws(design, priors, n_draws, np.random.default_rng(1))
    built = model.build(survey)
    names = [name for name in ours if name in built.named_vars]
    assert {"intercept", "frequency_shape", "team_effects", "respondent_sd"} <= set(names)
    theirs = pm.draw([built[name] for name in names], draws=n_draws, random_seed=2)
    for name, drawn in zip(names, theirs, strict=True):
        # Rounded, since only rounding tells the ones on the diagonals of correlations apart.
        pair = [values.reshape(n_draws, -1).T.round(9) for values in (ours[name], drawn)]
        chances = [stats.ks_2samp(one, other).pvalue for one, other in zip(*pair, strict=True)]
        assert min(chances) > 1e-3 / len(chances), name
