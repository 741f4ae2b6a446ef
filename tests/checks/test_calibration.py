"""Calibration says good of exact draws, and bad of each planted fault; it resumes what it did."""

import json
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

import learnclimate as lc
from exact_engine import ALONE, ExactEngine
from learnclimate.checks.calibration import calibrate, calibrate_around
from learnclimate.checks.calibration_verdict import _coverage_by_chance
from learnclimate.checks.rehearsed_counts import counts_around
from learnclimate.checks.simulated_study import recentred, simulated_parameters
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FileError, FitError
from learnclimate.counts.composition import level_counts
from learnclimate.counts.families import shape_variable
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.row_predictions import predictor_of_rows
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import CountProblem, EngineDraws, SamplingOptions
from prior_engine import PriorEngine
from structured import fit_from_prior

ASK = {"replicates": 150, "draws": 400, "seed": 1, "progress": False}


@pytest.fixture(scope="module")
def plain():
    return lc.simulate_survey(
        n_teams=4, team_size=5, truth=lc.Truth(levels=(), frequency_shape=()), seed=2
    )


def test_exact_draws_are_calibrated(plain):
    found = calibrate(ALONE, plain, engine=ExactEngine(), **ASK)
    assert found.verdict == "good"
    assert set(found.table["quantity"]) == {"intercept", "log likelihood"}
    assert found.table["coverage_90"].between(0.82, 0.98).all()
    assert len(found.ranks) == 150
    assert "90% intervals held it" in found.words


@pytest.mark.parametrize(
    ("fault", "quantity", "words"),
    [
        ({"shift": 0.6}, "intercept", "too high"),
        ({"shift": -0.6}, "intercept", "too low"),
        ({"stretch": 0.6}, "intercept", "too narrow"),
        ({"stretch": 1.7}, "intercept", "too wide"),
        # Draws that never saw the counts: only the counts' own density tells.
        ({"blind": True}, "log likelihood", ""),
    ],
)
def test_planted_faults_of_the_engine_are_found(plain, fault, quantity, words):
    found = calibrate(ALONE, plain, engine=ExactEngine(**fault), **ASK)
    assert found.verdict == "bad"
    first = found.table.iloc[0]
    assert first["quantity"] == quantity
    assert words in first["words"]
    assert quantity in repr(found)
    if fault.get("blind"):
        parameter = found.table.set_index("quantity").loc["intercept"]
        assert parameter["verdict"] == "good"


def test_a_wrong_prior_is_found(plain):
    truths = replace(ALONE, priors=lc.Priors(intercept=lc.Normal(-1.5, 0.7)))
    tight = replace(ALONE, priors=lc.Priors(intercept=lc.Normal(1.5, 0.2)))
    found = calibrate(tight, plain, engine=ExactEngine(), simulate_from=truths, **ASK)
    assert found.verdict == "bad"
    assert "too high" in found.table.set_index("quantity").loc["intercept", "words"]


def test_ignored_spread_is_found(plain):
    """Counts more spread than Poisson counts: intervals are too narrow."""
    spread = replace(
        ALONE,
        family=lc.NegativeBinomial(),
        priors=replace(ALONE.priors, dispersion=lc.Gamma(20, 40)),
    )
    found = calibrate(ALONE, plain, engine=ExactEngine(), simulate_from=spread, **ASK)
    assert found.verdict == "bad"
    assert found.table["quantity"].tolist() == ["intercept"]
    assert "too narrow" in found.table["words"].iloc[0]


def test_truths_around_a_fit_rank_uniformly_among_exact_draws(plain):
    fit = lc.fit(ALONE, plain, draws=800, seed=1, progress=False)
    found = calibrate_around(fit, engine=ExactEngine(), **ASK)
    assert found.kind == "posterior"
    assert found.verdict == "good"
    # A fit whose draws are off is found, though the engine that fits the replicates is exact.
    posterior = fit.draws["posterior"].to_dataset()
    tree = fit.draws.copy()
    tree["posterior"] = posterior.assign(intercept=posterior["intercept"] + 0.25)
    off = calibrate_around(replace(fit, draws=tree), engine=ExactEngine(), **ASK)
    assert off.verdict == "bad"


def test_finished_replicates_are_kept_and_not_done_again(plain, tmp_path):
    path = tmp_path / "calibration.json"
    engine = ExactEngine()
    ask = ASK | {"path": path, "engine": engine}
    few = calibrate(ALONE, plain, **(ask | {"replicates": 30}))
    assert len(engine.runs) == 30
    more = calibrate(ALONE, plain, **(ask | {"replicates": 50}))
    assert len(engine.runs) == 50
    whole = calibrate(ALONE, plain, **(ASK | {"replicates": 50, "engine": ExactEngine()}))
    np.testing.assert_array_equal(more.ranks.to_numpy(), whole.ranks.to_numpy())
    np.testing.assert_array_equal(more.ranks.iloc[:30].to_numpy(), few.ranks.to_numpy())
    with pytest.raises(ArgumentError, match="other work"):
        calibrate(ALONE, plain, **(ask | {"seed": 2}))


def test_an_interruption_costs_nothing_that_was_finished(plain, tmp_path):
    class Interrupted(ExactEngine):
        def run(self, problem, options):
            if len(self.runs) == 7:
                raise KeyboardInterrupt
            return super().run(problem, options)

    path = tmp_path / "calibration.json"
    with pytest.raises(KeyboardInterrupt):
        calibrate(ALONE, plain, engine=Interrupted(), path=path, **ASK)
    assert len(json.loads(path.read_text())["parts"]) == 7
    assert [each.name for each in tmp_path.iterdir()] == ["calibration.json"]


def test_files_of_something_else_are_refused(plain, tmp_path):
    path = tmp_path / "notes.json"
    path.write_text("{}")
    with pytest.raises(FileError, match="no finished parts"):
        calibrate(ALONE, plain, path=path, engine=ExactEngine(), **ASK)
    assert path.read_text() == "{}"


def test_an_executor_gives_the_same_ranks(plain):
    alone = calibrate(ALONE, plain, engine=ExactEngine(), **(ASK | {"replicates": 40}))
    with ThreadPoolExecutor(2) as executor:
        beside = calibrate(
            ALONE, plain, engine=ExactEngine(), executor=executor, **(ASK | {"replicates": 40})
        )
    np.testing.assert_array_equal(alone.ranks.to_numpy(), beside.ranks.to_numpy())


def test_a_worker_that_fails_gives_one_error(plain):
    class Broken(ExactEngine):
        def run(self, problem, options):
            raise RuntimeError("planted")

    with ThreadPoolExecutor(2) as executor, pytest.raises(FitError, match="planted"):
        calibrate(ALONE, plain, engine=Broken(), executor=executor, **ASK)


def test_replicates_without_draws_to_rely_on_are_left_out_and_told(plain):
    found = calibrate(ALONE, plain, engine=ExactEngine(fails_on=3), **(ASK | {"replicates": 60}))
    assert (found.n_failed, len(found.ranks)) == (1, 59)
    assert "no draws could be made in 1" in found.words
    assert found.verdict == "good"
    none = calibrate(ALONE, plain, engine=ExactEngine(certified=False), **ASK)
    assert none.n_uncertified == 150
    assert none.verdict == "not applicable"


def test_too_few_replicates_have_no_verdict(plain):
    found = calibrate(ALONE, plain, engine=ExactEngine(), **(ASK | {"replicates": 10}))
    assert found.verdict == "not applicable"
    assert "too few" in found.words


def test_progress_is_silent_on_request_and_else_goes_to_stderr(plain, capfd):
    calibrate(ALONE, plain, engine=ExactEngine(), **(ASK | {"replicates": 5}))
    assert capfd.readouterr() == ("", "")
    calibrate(ALONE, plain, engine=ExactEngine(), **(ASK | {"replicates": 5, "progress": True}))
    assert capfd.readouterr().out == ""


def test_wrong_arguments_are_refused(plain, loaded_without_respondents):
    with pytest.raises(ArgumentTypeError, match="declared model"):
        calibrate("model", plain)
    with pytest.raises(ArgumentTypeError, match="not a Survey"):
        calibrate(ALONE, plain.frame)
    with pytest.raises(ArgumentError, match="at least 100"):
        calibrate(ALONE, plain, draws=10)
    with pytest.raises(ArgumentTypeError, match="whole number"):
        calibrate(ALONE, plain, replicates=1.5)
    with pytest.raises(ArgumentError, match="engine='nutz'"):
        calibrate(ALONE, plain, engine="nutz")
    with pytest.raises(ArgumentError, match="Give draws=2000"):
        calibrate(ALONE, plain, engine="nuts", progress=False)
    with pytest.raises(ArgumentTypeError, match="Executor"):
        calibrate(ALONE, plain, executor=4, progress=False)
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        calibrate_around(plain)
    with pytest.raises(FitError, match="without respondents"):
        calibrate_around(loaded_without_respondents)


@pytest.fixture
def loaded_without_respondents(synthetic_fit, tmp_path):
    synthetic_fit.save(tmp_path / "fit.nc")
    return lc.load_fit(tmp_path / "fit.nc")


@pytest.mark.slow
def test_the_default_model_is_calibrated_and_a_wrong_family_is_not():
    study = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    model = CountModel(covariates=("contract",))
    ask = {"replicates": 60, "seed": 1, "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lc.LearnClimateWarning)
        right = calibrate(model, study, **ask)
        poisson = replace(model, family=lc.Poisson())
        wrong = calibrate(poisson, study, simulate_from=model, **(ask | {"replicates": 24}))
        fit = lc.fit(model, study, seed=1, progress=False)
        around = calibrate_around(fit, **(ask | {"replicates": 40}))
    assert right.verdict == "good", right
    assert around.verdict == "good", around
    assert wrong.verdict == "bad", wrong


@pytest.mark.parametrize(
    "family",
    [
        lc.ZeroInflatedNegativeBinomial(lc.ZeroPart(team_intercept=True)),
        lc.HurdlePoisson(),
        lc.BetaBinomial(),
    ],
    ids=lambda family: family.name,
)
def test_every_family_can_be_calibrated(family):
    """Draws that never saw the counts: parameters rank evenly, the counts' density does not."""
    truth = lc.Truth(zeros=family.zeros) if family.zeros != "none" else lc.Truth()
    if family.out_of_trials:
        truth = lc.Truth(outcome=lc.Outcome("activities", trials=6), intercept=-0.5)
    study = lc.simulate_survey(n_teams=10, team_size=8, truth=truth, seed=2)
    spread = {} if shape_variable(family) is None else {"dispersion": lc.Gamma(4, 1)}
    priors = lc.Priors(team_sd=lc.Gamma(4, 8), **spread)
    model = CountModel(family=family, priors=priors, covariates=())
    found = calibrate(model, study, engine=PriorEngine(), **(ASK | {"replicates": 80}))
    table = found.table.set_index("quantity")
    assert table.loc["log likelihood", "verdict"] == "bad"
    assert (table.drop("log likelihood")["verdict"] != "bad").all()
    if family.zeros != "none":
        assert {"zero_probability", "zero_frequency_effect[talk]"} <= set(table.index)


class ExactOfOptions(ExactEngine):
    """The same for answers that allow several counts; one that takes the lowest, if so planted."""

    def __init__(self, lowest=False):
        super().__init__()
        self.lowest = lowest

    def run(self, problem, options):
        rng = np.random.default_rng(options.seed)
        grid = np.linspace(-4, 6, 2_001)
        low, high = problem.design.outcome, problem.design.asked.highest
        log_density = problem.priors.intercept.log_density(grid)
        for (first, last), n in Counter(zip(low, high, strict=True)).items():
            top = first if self.lowest else min(last, 10_000)
            counted = stats.poisson(np.exp(grid))
            log_density = log_density + n * np.log(counted.cdf(top) - counted.cdf(first - 1))
        weight = special.softmax(log_density)
        drawn = np.interp(rng.random(options.draws), np.cumsum(weight), grid)
        check = CertificateCheck("grid", "good", 0.0, 1.0, "a grid")
        return EngineDraws({"intercept": drawn.reshape(4, -1)}, {}, Certificate("exact", (check,)))


ASKED = {
    "options": lc.Outcome("activities", bins=["none", "1-2", "3 or more"]),
    "two versions": lc.Outcome(
        "activities",
        version="form",
        bins={"a": ["none", "1-2", "3 or more"], "b": ["0", "1", "2-4", "5 or more"]},
    ),
    "top code": lc.Outcome("activities", top=3),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_answers_that_allow_several_counts_are_simulated_as_asked(asked):
    truth = lc.Truth(levels=(), frequency_shape=(), outcome=asked)
    study = lc.simulate_survey(n_teams=4, team_size=5, truth=truth, seed=2)
    ask = ASK | {"replicates": 100}
    found = calibrate(ALONE, study, engine=ExactOfOptions(), **ask)
    assert found.verdict == "good"
    assert set(found.table["quantity"]) == {"intercept", "log likelihood"}
    # An engine that takes an option for its lowest count.
    off = calibrate(ALONE, study, engine=ExactOfOptions(lowest=True), **ask)
    assert off.verdict == "bad"
    assert "too low" in off.table.set_index("quantity").loc["intercept", "words"]


def test_truths_around_a_fit_of_answer_options_rank_uniformly():
    truth = lc.Truth(levels=(), frequency_shape=(), outcome=ASKED["two versions"])
    study = lc.simulate_survey(n_teams=4, team_size=5, truth=truth, seed=2)
    fit = fit_from_prior(ALONE, study, n_draws=100)
    options = SamplingOptions(draws=400, seed=1, progress=False)
    exact = ExactOfOptions().run(CountProblem(ALONE, fit.design, fit.priors), options)
    tree = fit.draws.copy()
    posterior = tree["posterior"].to_dataset()
    shape = posterior["intercept"].dims
    tree["posterior"] = posterior.assign(intercept=(shape, exact.posterior["intercept"]))
    fit = replace(fit, draws=tree)
    found = calibrate_around(fit, engine=ExactOfOptions(), **(ASK | {"replicates": 100}))
    assert found.verdict == "good"


@pytest.mark.slow
def test_the_marginal_engine_takes_answer_options():
    truth = lc.Truth(outcome=ASKED["options"])
    study = lc.simulate_survey(n_teams=8, team_size=6, truth=truth, seed=1)
    model = CountModel(
        family=lc.Poisson(),
        team_effects=("intercept",),
        covariates=(),
        frequency=lc.Linear(),
        priors=lc.Priors(team_sd=lc.Gamma(4, 8)),
    )
    found = calibrate(model, study, replicates=24, draws=200, seed=3, progress=False)
    assert found.verdict == "good"
    assert found.n_failed == 0


def structured(**parts):
    sds = {"team_sd": lc.Gamma(4, 8)} if parts.get("team_effects", True) else {}
    if "department_effects" in parts:
        sds["department_sd"] = lc.Gamma(4, 8)
    return CountModel(family=lc.Poisson(), priors=lc.Priors(**sds), covariates=(), **parts)


def test_departments_and_compositions_can_be_calibrated():
    study = lc.simulate_survey(n_teams=40, team_size=6, seed=2)
    model = structured(department_effects=("intercept", "frequency"), between=True)
    found = calibrate(model, study, engine=PriorEngine(), **(ASK | {"replicates": 60}))
    table = found.table.set_index("quantity")
    ranked = {"department_sd[intercept]", "department_correlation[talk, intercept]"}
    assert ranked <= set(table.index)
    assert (table.drop("log likelihood")["verdict"] != "bad").all()
    assert table.loc["log likelihood", "verdict"] == "bad"


def test_frequency_answers_are_simulated_where_the_model_tells_of_them():
    study = lc.simulate_survey(n_teams=40, team_size=6, seed=2)
    model = structured(between="latent")
    ask = ASK | {"replicates": 60}
    found = calibrate(model, study, engine=PriorEngine(), **ask)
    table = found.table.set_index("quantity")
    assert table.loc["log likelihood", "verdict"] == "bad"
    assert sum(name.startswith("team_composition[team ") for name in table.index) == 3
    assert "composition_effects[talk]" in table.index
    assert (table.drop("log likelihood")["verdict"] != "bad").all()
    with pytest.raises(lc.ModelError, match="engine='nuts'"):
        calibrate(model, study, **ask)


def test_levels_are_answered_as_often_as_their_shares_say():
    study = lc.simulate_survey(n_teams=3, team_size=4000, seed=2)
    model = structured(between="latent", team_effects=())
    design, rng = model.design(study), np.random.default_rng(3)
    priors = resolve_priors(model.priors, design)
    truth, levels = simulated_parameters(model.family, design, priors, rng)
    answered = replace(design, frequency_level=levels)
    curve = truth["frequency_curve"][0] / truth["frequency_effect"][0]
    means = np.array([curve[levels[design.team == team, 0]].mean() for team in range(3)])
    np.testing.assert_allclose(
        truth["team_composition"][0, :, 0], means - curve[levels[:, 0]].mean(), atol=0.03
    )
    assert not (levels == design.frequency_level).all()
    assert level_counts(answered, 0).sum() == design.n_rows


def test_latent_means_are_simulated_around_a_fit_too():
    study = lc.simulate_survey(n_teams=40, team_size=6, seed=2)
    model = structured(between="latent")
    fit = fit_from_prior(model, study)
    ask = ASK | {"replicates": 60}
    found = calibrate_around(fit, engine=PriorEngine(), **ask)
    table = found.table.set_index("quantity")
    assert table.loc["log likelihood", "verdict"] == "bad"
    assert sum(name.startswith("team_composition[team ") for name in table.index) == 3
    assert (table.drop("log likelihood")["verdict"] != "bad").all()
    # Truths of other priors than those that the engine draws from.
    moved = fit_from_prior(replace(model, priors=lc.Priors(composition=lc.Normal(3, 0.3))), study)
    wrong = calibrate_around(replace(moved, model=model, priors=fit.priors),
                             engine=PriorEngine(), **ask)  # fmt: skip
    planted = wrong.table.set_index("quantity").loc["composition_effects[talk]"]
    assert planted["verdict"] == "bad"


def test_levels_around_a_fit_are_answered_as_often_as_the_team_does():
    study = lc.simulate_survey(n_teams=3, team_size=4000, seed=2)
    fit = fit_from_prior(structured(between="latent", team_effects=()), study, n_draws=5)
    one = counts_around(fit, "nuts", np.arange(5)).simulated(2, np.random.default_rng(1))
    design, both = fit.design, one.problem.design
    n = design.n_rows
    np.testing.assert_array_equal(both.frequency_level[:n], design.frequency_level)
    new = both.frequency_level[n:, 0]
    shares = [np.bincount(new[design.team == team], minlength=5) for team in range(3)]
    asked = fit.draws["posterior"]["team_level_probability"].to_numpy()[0, 2]
    np.testing.assert_allclose(np.array(shares) / 4000, asked, atol=0.03)


def test_a_truth_from_another_mean_of_the_answers_has_the_same_rates():
    study = lc.simulate_survey(n_teams=6, team_size=8, seed=2)
    model = structured(between="latent")
    design, rng = model.design(study), np.random.default_rng(3)
    priors = resolve_priors(model.priors, design)
    truth, _ = simulated_parameters(model.family, design, priors, rng)
    levels = np.concatenate([design.frequency_level, 0 * design.frequency_level])
    moved = recentred(truth, design, levels)
    rows = np.arange(design.n_rows)
    rates = [predictor_of_rows(one, design, rows) for one in (truth, moved)]
    np.testing.assert_allclose(*rates, atol=1e-12)
    assert abs(moved["intercept"] - truth["intercept"]) > 1e-3
    # The share of the curve that is answered is half of what it was, all others being lowest.
    curve = truth["frequency_curve"][0] / truth["frequency_effect"][0]
    apart = curve[design.frequency_level[:, 0]].mean() / 2
    np.testing.assert_allclose(
        moved["team_composition"] - truth["team_composition"], apart, atol=1e-12
    )


@pytest.mark.slow
def test_nuts_is_calibrated_with_latent_team_means():
    """The likelihood of counts and frequency answers together."""
    study = lc.simulate_survey(n_teams=12, team_size=6, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lc.LearnClimateWarning)
        found = calibrate(
            structured(between="latent"),
            study,
            engine="nuts",
            # More than the 20 that a verdict asks for: a few chains in a hundred do not pass.
            **(ASK | {"replicates": 25, "draws": 2000}),
        )
    assert found.verdict == "good", found
    assert found.n_failed == 0


def test_chance_spreads_the_coverage_of_many_quantities_wider_than_of_one():
    least, most = _coverage_by_chance(30, 13)
    rng = np.random.default_rng(1)
    held = rng.binomial(30, 0.9, (4000, 13)) / 30
    inside = ((held >= least) & (held <= most)).all(axis=1).mean()
    assert 0.93 < inside < 1
