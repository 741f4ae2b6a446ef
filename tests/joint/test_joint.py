"""Scales and counts in one model: attenuation undone, teams as predictors, bad input."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.checks.calibration import calibrate_around
from learnclimate.checks.fit_check import check_fit
from learnclimate.checks.joint_truths import joint_around
from learnclimate.checks.leave_out import leave_one_out
from learnclimate.core.errors import ArgumentTypeError, FitError, LearnClimateWarning, ModelError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.pymc_model import build_model
from learnclimate.estimands.teams import rank_teams
from learnclimate.inference.convergence import convergence
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.fitting import fit, fit_counts
from learnclimate.inference.joint_counts import counts_of, log_counts_of_teams
from learnclimate.inference.joint_fit import CARRIED, TWO_STEP
from learnclimate.inference.joint_mixture import mixed, with_item_draws
from learnclimate.inference.nuts import compiled_model
from learnclimate.inference.store import load_fit
from learnclimate.joint.face_values import with_factors
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey


def study(rng, *, n_teams, size, effect, loading, team_sd=0.0):
    """Counts that depend on a factor, of which three items tell only so much."""
    n = n_teams * size
    team = np.repeat(np.arange(n_teams), size)
    team_factor = rng.standard_normal(n_teams)
    factor = rng.standard_normal(n) if team_sd == 0 else team_factor[team]
    own = factor if team_sd == 0 else team_sd * factor + rng.standard_normal(n)
    latent = loading * own[:, None] + np.sqrt(1 - loading**2) * rng.standard_normal((n, 3))
    rate = np.exp(1.0 + effect * factor + 0.2 * rng.standard_normal(n_teams)[team])
    frame = pd.DataFrame(
        1 + np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent), columns=["q1", "q2", "q3"]
    )
    frame["n"] = rng.poisson(rate)
    frame["team"] = [f"T{place:02d}" for place in team]
    codebook = Codebook(outcome="n", team="team", scales=[Scale("climate", ["q1", "q2", "q3"])])
    return read_survey(frame, codebook)


COUNT = CountModel(team_effects=("intercept",))


def effect_rows(joint):
    return joint.comparison().summary.set_index("contrast")


def test_every_set_of_values_has_its_share_of_the_draws(monkeypatch, tmp_path):
    monkeypatch.setattr("learnclimate.inference.joint.N_VALUES", 2)
    monkeypatch.setattr("learnclimate.inference.joint._WARM_UP", 1)
    monkeypatch.setattr("learnclimate.inference.joint._MOST_ROUNDS", 1)
    monkeypatch.setattr("learnclimate.inference.joint_mixture._TOO_FAR", np.inf)
    survey = study(np.random.default_rng(3), n_teams=12, size=8, effect=0.4, loading=0.7)
    joint = fit(
        JointModel(COUNT, FactorModel("climate")), survey, draws=300, seed=1, progress=False
    )
    effects = joint.count.draws["posterior"]["covariate_effects"].sel(covariate="climate")
    assert effects.shape == (4, 76)
    by_value = effects.to_numpy().reshape(4, 2, -1).mean(axis=(0, 2))
    assert by_value.std() > 0
    assert joint.n_values == 2
    told = {check.name: check.value for check in joint.certificate.checks}
    assert told["items given the count"] == len(set(joint.sets.factor_draw.tolist()))
    # Sets that all rest on a draw or two of the items' parameters are not to be relied on.
    narrow = with_item_draws(joint.count, np.arange(30) % 2).certificate
    assert not narrow.passed
    assert "rest on 2 of the draws" in " ".join(str(narrow).split())
    told = joint.comparison().summary
    assert told["contrast"].nunique() == 3
    assert told["contrast"].str.contains("two steps, weakened").sum() == 1
    assert "attenuation" in told.attrs["notes"][0]
    joint.save(tmp_path / "joint.nc")
    loaded = load_fit(tmp_path / "joint.nc")
    assert loaded.model == joint.model
    again = loaded.comparison().summary
    # Draws of a file are moved by noise: figures agree within it, and all else is the same.
    figures = ["mean", "sd", "median", "lower", "upper", "probability"]
    pd.testing.assert_frame_equal(again.drop(columns=figures), told.drop(columns=figures))
    for name in ("mean", "median", "lower", "upper"):
        assert (np.abs(again[name] - told[name]) < 0.5 * told["sd"]).all(), name
    assert not len(loaded.factor.design.categories)
    assert loaded.count.design is None
    # No log density is in a file, and what is expected of the study is not that of its people.
    for name in ("factor", "count", "two_step", "face_value"):
        kept, own = (getattr(one, name).draws for one in (loaded, joint))
        assert not {"lp", "log_weight"} & {str(one) for one in kept["sample_stats"]}
        assert "log_evidence" not in kept["sample_stats"].attrs
        if name != "factor":
            kept, own = (
                one["standardised"]["expected_count_observed"].to_numpy() for one in (kept, own)
            )
            assert not np.isclose(kept, own, rtol=1e-6).any()
            assert abs(kept.mean() - own.mean()) < 5 * own.std() / np.sqrt(own.size)
    with pytest.raises(FitError, match="Fit the survey again"):
        calibrate_around(loaded, progress=False)
    assert "climate" in repr(joint)


def with_talk(rng, *, n_teams, size, by_team, effect=0.4, shift=0.3):
    """Counts whose level and slope depend on a factor of teams or of respondents."""
    n, team = n_teams * size, np.repeat(np.arange(n_teams), size)
    factor = rng.standard_normal(n_teams)[team] if by_team else rng.standard_normal(n)
    own = 0.6 * factor + rng.standard_normal(n) if by_team else factor
    latent = 0.7 * own[:, None] + np.sqrt(1 - 0.7**2) * rng.standard_normal((n, 3))
    talk = rng.integers(0, 3, n)
    slope = (0.6 + shift * factor) * talk / 2
    rate = np.exp(1.2 + effect * factor + slope + 0.25 * rng.standard_normal(n_teams)[team])
    frame = pd.DataFrame(
        1 + np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent), columns=["q1", "q2", "q3"]
    )
    levels = ["never", "monthly", "weekly"]
    frame["n"], frame["talk"] = rng.poisson(rate), np.array(levels)[talk]
    frame["team"] = [f"T{place:02d}" for place in team]
    codebook = Codebook(
        outcome="n", team="team", frequency="talk", frequency_levels={"talk": levels},
        scales=[Scale("climate", ["q1", "q2", "q3"])],
    )  # fmt: skip
    return read_survey(frame, codebook)


MODERATED = CountModel(family=Poisson(), team_effects=("intercept",), moderators=("climate",))


@pytest.mark.parametrize("levels", ["respondent", "team"])
def test_a_factor_moderates_the_slope_at_either_level(monkeypatch, levels):
    monkeypatch.setattr("learnclimate.inference.joint.N_VALUES", 2)
    monkeypatch.setattr("learnclimate.inference.joint._WARM_UP", 0)
    monkeypatch.setattr("learnclimate.inference.joint._MOST_ROUNDS", 1)
    monkeypatch.setattr("learnclimate.inference.joint_mixture._TOO_FAR", np.inf)
    survey = with_talk(
        np.random.default_rng(8), n_teams=20, size=10, by_team=levels == "team", effect=0.1
    )
    model = JointModel(MODERATED, FactorModel("climate", levels=levels))
    joint = fit(model, survey, draws=400, seed=1, progress=False)
    (shift,) = joint.count.coding.slope_shifts
    assert (shift.label, shift.centre) == ("talk:climate", 0.0)
    told = joint.comparison().summary
    assert told["estimand"].tolist() == ["covariate_effect"] * 3 + ["slope_shift"] * 3
    assert told["contrast"].str.startswith("talk:climate, ").sum() == 3
    # Two sets of values that know of the items alone tell less.
    shifts = told[told["estimand"] == "slope_shift"].set_index("contrast")["probability"]
    assert (shifts > np.where(shifts.index.str.contains(TWO_STEP), 0.8, 0.9)).all()
    ranked = rank_teams(joint.count, "talk").summary
    assert np.isfinite(ranked["mean"]).all()


def test_the_log_probability_of_teams_is_that_of_their_own_effects_integrated_out():
    from scipy import stats

    survey = study(np.random.default_rng(4), n_teams=6, size=5, effect=0.4, loading=0.7)
    model = JointModel(
        CountModel(family=Poisson(), team_effects=("intercept",)),
        FactorModel("climate", levels="team"),
    )
    factors = np.random.default_rng(5).standard_normal(6)
    design = model.count.design(with_factors(survey, model.names, np.repeat(factors, 5)[:, None]))
    problem = CountProblem(model.count, design, resolve_priors(None, design))
    one = {
        "intercept": np.array([1.1]),
        "covariate_effects": np.array([[0.5]]),
        "team_sd": np.array([[0.3]]),
    }
    found = log_counts_of_teams(problem, one)[:, 0]
    counts = survey.frame["n"].to_numpy().reshape(6, 5)
    grid = np.linspace(-3, 3, 2001)
    rate = np.exp(1.1 + 0.5 * factors[:, None] + grid)
    log_density = stats.poisson.logpmf(counts[:, None, :], rate[:, :, None]).sum(axis=2)
    density = np.exp(log_density) * stats.norm.pdf(grid, 0, 0.3)
    np.testing.assert_allclose(found, np.log(np.trapezoid(density, grid, axis=1)), atol=1e-3)
    # Several sets of values at once are computed as teams of their own.
    fitted = fit_counts(
        model.count,
        with_factors(survey, model.names, np.repeat(factors, 5)[:, None]),
        "marginal",
        SamplingOptions(draws=400, seed=1, progress=False, team_draws=True),
    )
    counts = counts_of(fitted, model.names, by_team=True)
    sets = np.stack([factors, -factors])[:, :, None]
    at_once = counts.log_probabilities(one, sets)
    for place in range(2):
        each = counts.log_probability(one, np.repeat(sets[place], 5, axis=0))
        np.testing.assert_allclose(at_once[place], each, atol=1e-10)


def test_one_pymc_model_holds_items_and_counts():
    survey = with_talk(np.random.default_rng(9), n_teams=8, size=6, by_team=True)
    built = build_model(JointModel(MODERATED, FactorModel("climate", levels="team")), survey)
    assert {"answers_5", "outcome"} == {one.name for one in built.observed_RVs}
    assert {"loadings", "team_factors", "covariate_effects", "slope_shifts"} <= set(
        built.named_vars
    )
    logp = built.compile_logp()
    point = built.initial_point()
    base = logp(point)
    assert np.isfinite(base)
    # The counts depend on the factors: moving these changes the probability of the outcome.
    outcome = built.compile_logp(vars=[built["outcome"]])
    moved = point | {"team_scores": point["team_scores"] + 1.0}
    slope = {"covariate_effects": np.array([0.5])}
    assert outcome(point | slope) != pytest.approx(outcome(moved | slope))


@pytest.mark.slow
def test_the_mixture_agrees_with_nuts_on_the_whole_model():
    """Of teams' factors, loosely: more chains of NUTS do not always agree with these two."""
    import nutpie

    survey = with_talk(np.random.default_rng(5), n_teams=30, size=12, by_team=True)
    model = JointModel(MODERATED, FactorModel("climate", levels="team"))
    joint = fit(model, survey, draws=2000, seed=1, progress=False)
    assert joint.certificate.passed, str(joint.certificate)
    compiled = compiled_model(build_model(model, survey), 1)
    tree = nutpie.sample(
        compiled, draws=1000, tune=700, chains=2, cores=1, seed=1, target_accept=0.9,
        progress_bar=False,
    )  # fmt: skip
    for name in ("covariate_effects", "slope_shifts", "frequency_effect", "team_sd"):
        theirs = tree["posterior"][name].to_numpy().ravel()
        ours = joint.count.draws["posterior"][name].to_numpy().ravel()
        # The mixture is known to within a third of a posterior sd, NUTS to within a sixth.
        assert abs(ours.mean() - theirs.mean()) < 0.75 * theirs.std(), name
        assert 0.65 < ours.std() / theirs.std() < 1.35, name
    truth = {"covariate_effects": 0.4, "slope_shifts": 0.3}
    for name, value in truth.items():
        ours = joint.count.draws["posterior"][name].to_numpy().ravel()
        assert abs(ours.mean() - value) < 3 * ours.std(), name
    rows = joint.comparison().summary.set_index("contrast")["mean"]
    assert rows[f"climate, {TWO_STEP}"] < rows[f"climate, {CARRIED}"]


@pytest.mark.slow
def test_with_a_factor_a_respondent_the_mixture_agrees_with_certified_nuts():
    """Some three minutes of CPU, nearly all of them NUTS's."""
    import nutpie

    survey = study(np.random.default_rng(21), n_teams=15, size=10, effect=0.5, loading=0.7)
    model = JointModel(COUNT, FactorModel("climate"))
    joint = fit(model, survey, draws=4000, seed=1, progress=False)
    tree = nutpie.sample(
        compiled_model(build_model(model, survey), 1), draws=1000, tune=1000, chains=4, cores=1,
        seed=1, target_accept=0.9, progress_bar=False,
    )  # fmt: skip
    names = ("covariate_effects", "intercept", "team_sd", "dispersion")
    theirs = {name: tree["posterior"][name].to_numpy() for name in names}
    worth = convergence(theirs)
    assert np.nanmax(worth["rhat"]) < 1.02
    assert np.nanmin(worth["ess_bulk"]) > 200
    for name, nuts in theirs.items():
        ours = joint.count.draws["posterior"][name].to_numpy().ravel()
        assert abs(ours.mean() - nuts.mean()) < 0.3 * nuts.std(), name
        assert 0.8 < ours.std() / nuts.std() < 1.25, name
    # The count tells of the loadings as well: by the items alone they lie elsewhere.
    nuts = tree["posterior"]["loadings"].to_numpy()[..., 0].reshape(-1, 3)
    alone = joint.factor.draws["posterior"]["loadings"].to_numpy()[..., 0].reshape(-1, 3)
    ours = alone[joint.sets.factor_draw]
    assert np.abs((ours.mean(axis=0) - nuts.mean(axis=0)) / nuts.std(axis=0)).max() < 0.5
    assert np.abs((alone.mean(axis=0) - nuts.mean(axis=0)) / nuts.std(axis=0)).max() > 0.5


@pytest.mark.slow
def test_measurement_error_no_longer_weakens_the_relation():
    rng = np.random.default_rng(1)
    survey = study(rng, n_teams=40, size=12, effect=0.4, loading=0.6)
    joint = fit(
        JointModel(COUNT, FactorModel("climate")), survey, draws=2000, seed=1, progress=False
    )
    assert joint.certificate.passed, str(joint.certificate)
    rows = effect_rows(joint)
    carried = rows.loc["climate, measurement error carried through"]
    face = rows.loc["climate, mean scores at face value"]
    assert carried["lower"] < 0.4 < carried["upper"]
    assert face["upper"] < 0.4
    plain = rows.loc[f"climate, {TWO_STEP}"]
    assert plain["mean"] < carried["mean"] - 0.05
    assert carried["sd"] > face["sd"]
    # No fewer than were asked for; of more than twenty sets each gives up some.
    assert 500 <= joint.count.draws["posterior"]["team_effects"].sizes["draw"] <= 600


@pytest.mark.slow
def test_a_teams_factor_predicts_its_counts():
    rng = np.random.default_rng(2)
    survey = study(rng, n_teams=60, size=8, effect=0.3, loading=0.6, team_sd=0.6)
    joint = fit(
        JointModel(COUNT, FactorModel("climate", levels="team")), survey, draws=2000, seed=1,
        progress=False,
    )  # fmt: skip
    rows = effect_rows(joint)
    carried = rows.loc["climate, measurement error carried through"]
    face = rows.loc["climate, mean scores at face value"]
    assert carried["lower"] < 0.3 < carried["upper"]
    assert carried["mean"] > face["mean"]


def test_means_that_are_not_known_well_are_warned_of(monkeypatch):
    monkeypatch.setattr("learnclimate.inference.joint.N_VALUES", 2)
    monkeypatch.setattr("learnclimate.inference.joint._WARM_UP", 0)
    monkeypatch.setattr("learnclimate.inference.joint._MOST_ROUNDS", 1)
    monkeypatch.setattr("learnclimate.inference.joint_mixture._TOO_FAR", 1e-6)
    survey = study(np.random.default_rng(3), n_teams=10, size=6, effect=0.4, loading=0.7)
    model = JointModel(COUNT, FactorModel("climate"))
    with pytest.warns(LearnClimateWarning, match="mixing of values"):
        joint = fit(model, survey, draws=400, seed=1, progress=False)
    assert not joint.certificate.passed


def test_parts_that_do_not_go_together_are_refused():
    with pytest.raises(ModelError, match="does not use the factor 'climate'"):
        JointModel(CountModel(covariates=("age",)), FactorModel("climate"))
    with pytest.raises(ArgumentTypeError, match="give a count model"):
        JointModel(FactorModel("climate"), FactorModel("climate"))
    with pytest.raises(ArgumentTypeError, match="give a factor model"):
        JointModel(CountModel(), "climate")
    with pytest.raises(ModelError, match="missing_frequency='sum_out' out of CountModel"):
        JointModel(CountModel(missing_frequency="sum_out"), FactorModel("climate"))


def test_a_teams_whole_slope_is_that_of_every_draw_and_answers_are_held_against_no_mixture(
    monkeypatch,
):
    monkeypatch.setattr("learnclimate.inference.joint.N_VALUES", 2)
    monkeypatch.setattr("learnclimate.inference.joint._WARM_UP", 0)
    monkeypatch.setattr("learnclimate.inference.joint._MOST_ROUNDS", 1)
    monkeypatch.setattr("learnclimate.inference.joint_mixture._TOO_FAR", np.inf)
    made = []
    monkeypatch.setattr(
        "learnclimate.inference.joint.mixed",
        lambda fits, factor, n: made.append(list(fits)) or mixed(fits, factor, n),
    )
    survey = with_talk(np.random.default_rng(8), n_teams=12, size=10, by_team=True)
    count = CountModel(family=Poisson(), moderators=("climate",))
    model = JointModel(count, FactorModel("climate", levels="team"))
    joint = fit(model, survey, draws=400, seed=1, progress=False)

    def slopes(one):
        draws = one.draws["posterior"]
        moderator = one.draws["constant_data"]["team_moderators"].to_numpy()[:, 0]
        own = draws["team_effects"].sel(team_effect="talk").to_numpy()
        return own + draws["slope_shifts"].to_numpy() * moderator

    each = np.concatenate([slopes(one) for one in made[0]], axis=1)
    np.testing.assert_allclose(slopes(joint.count), each, atol=1e-12)
    # Truths around the fit are draws of the sets again: own effects, and the teams' factors.
    n_chains, n_draws = each.shape[:2]
    around = joint_around(joint, "marginal", np.arange(n_chains * n_draws)).around
    parts = [one.draws["posterior"]["team_effects"].to_numpy() for one in made[0]]
    own = np.concatenate(parts, axis=1).reshape(-1, *parts[0].shape[2:])
    np.testing.assert_allclose(around.of_counts["team_effects"], own, atol=1e-12)
    factors = around.of_items["team_factors"] / around.of_items["team_factor_sd"][:, None]
    means = [one.draws["constant_data"]["team_moderators"].to_numpy() for one in made[0]]
    of_sets = np.tile(np.repeat(means, n_draws // 2, axis=0), (n_chains, 1, 1))
    np.testing.assert_allclose(factors, of_sets, atol=1e-12)
    with pytest.raises(FitError, match=r"mixes draws over many values.*JointFit\.face_value"):
        leave_one_out(joint.count, progress=False)
    report = check_fit(joint.count)
    assert "mixes draws over many values" in " ".join(str(report).split())
    assert leave_one_out(joint.face_value, progress=False).verdict == "good"
