"""Answers of a fit of several kinds: closed forms, simulation, privacy, and the total."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from xarray import DataTree

import learnclimate as lc
from alike import assert_alike
from kinds_fits import make_kinds_fit
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_prior_draws import kinds_prior_draws
from learnclimate.inference.store import load_fit
from learnclimate.survey.kinds_truth import KindsTruth
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.survey import Survey

TRUTH = KindsTruth()
KINDS = ("training", "trying_out", "passed_on")


@pytest.fixture(scope="module")
def survey():
    return simulate_survey(n_teams=20, team_size=10, truth=TRUTH, seed=2)


@pytest.fixture(scope="module")
def exact(survey):
    """Four equal draws: the truth itself."""
    return make_kinds_fit(survey, n_draws=1, spread=0.0)


@pytest.fixture(scope="module")
def scattered(survey):
    return make_kinds_fit(survey)


def test_each_kind_and_the_total_have_a_rate_ratio(exact):
    ratio = lc.rate_ratio(exact, "weekly", "never", population="average_team")
    contrasts = [f"{kind}: weekly vs never" for kind in (*KINDS, "total")]
    assert ratio.summary["contrast"].tolist() == contrasts
    assert np.allclose(ratio.summary["mean"][:3], np.exp(TRUTH.frequency_effect))
    assert ratio.draws["rate_ratio"].dims == ("chain", "draw", "kind")


def test_the_totals_ratio_is_that_of_summed_lognormal_means(exact, survey):
    frame = survey.frame
    means = np.array([frame["tenure"].mean(), (frame["contract"] == "temporary").mean()])
    effects = np.array([TRUTH.tenure_effect, TRUTH.contract_effect])
    base = np.array(TRUTH.intercept) + means @ effects + np.square(TRUTH.respondent_sd) / 2
    slope = np.array(TRUTH.frequency_effect)
    average = np.exp(base + slope).sum() / np.exp(base).sum()
    ratio = lc.rate_ratio(exact, "weekly", "never", population="average_team").summary
    assert np.isclose(ratio["mean"].iloc[3], average)
    variances = np.square(TRUTH.team_sd)
    new = np.exp(base + slope + variances.sum(axis=1) / 2).sum()
    new /= np.exp(base + variances[:, 0] / 2).sum()
    ratio = lc.rate_ratio(exact, "weekly", "never", population="new_team").summary
    assert np.isclose(ratio["mean"].iloc[3], new)


def test_the_studys_expected_counts_are_means_over_its_respondents(exact, survey):
    frame, truth = survey.frame, survey.truth
    team = pd.Index(truth.teams).get_indexer(frame["team"].astype(str))
    level = frame["talk"].cat.codes.to_numpy()
    effects = truth.team_effects[team]
    base = np.array(TRUTH.intercept) + effects[:, :, 0] + np.square(TRUTH.respondent_sd) / 2
    base = base + frame["tenure"].to_numpy()[:, None] * np.array(TRUTH.tenure_effect)
    temporary = (frame["contract"] == "temporary").to_numpy()
    base = base + temporary[:, None] * np.array(TRUTH.contract_effect)
    slope = np.array(TRUTH.frequency_effect) + effects[:, :, 1]
    weekly = np.exp(base + slope).mean(axis=0)
    told = lc.expected_counts(exact, population="study").draws["expected_count"]
    at_weekly = told.sel(frequency_level="talk[weekly]").to_numpy()[0, 0]
    assert np.allclose(at_weekly, [*weekly, weekly.sum()])
    curve = np.concatenate([[0], np.cumsum(TRUTH.frequency_shape)])[level]
    given = np.exp(base + slope * curve[:, None]).mean(axis=0)
    kept = exact.draws["standardised"]["expected_count_observed"].to_numpy()[0, 0]
    assert np.allclose(kept, given)


@pytest.mark.parametrize("population", ["average_team", "new_team", "study"])
def test_predicted_counts_have_the_expected_means(survey, population):
    fit = make_kinds_fit(survey, n_draws=5000, spread=0.0)
    expected = lc.expected_counts(fit, population=population).summary["mean"]
    predicted = lc.predicted_counts(fit, population=population, seed=3).summary
    error = predicted["sd"] / np.sqrt(20_000)
    assert (np.abs(predicted["mean"] - expected) < 5 * error).all()


def test_a_persons_kinds_go_together_in_the_predicted_total(survey):
    fit = make_kinds_fit(survey, n_draws=5000, spread=0.0)
    draws = lc.predicted_counts(fit, population="average_team", seed=1).draws["predicted_count"]
    weekly = draws.sel(frequency_level="talk[weekly]").to_numpy().reshape(-1, 4)
    assert (weekly[:, 3] == weekly[:, :3].sum(axis=1)).all()
    parts = weekly[:, :3].var(axis=0).sum()
    means = weekly[:, :3].mean(axis=0)
    among = np.exp(TRUTH.covariance_of_respondents()) - 1
    covariances = means[:, None] * means * among
    together = parts + covariances.sum() - np.trace(covariances)
    assert np.isclose(weekly[:, 3].var(), together, rtol=0.1)


def test_kinds_are_compared_draw_by_draw(scattered):
    compared = lc.compare_kinds(scattered, "weekly", "never", population="average_team")
    ratios = lc.rate_ratio(scattered, "weekly", "never", population="average_team").draws
    own = ratios["rate_ratio"].to_numpy().reshape(-1, 4)
    summary = compared.summary
    assert summary["estimand"].tolist() == ["rate_ratio_of_kinds"] * 3 + ["kind_rank"] * 3
    assert summary["contrast"].iloc[0] == "training vs trying_out: weekly vs never"
    assert np.isclose(summary["mean"].iloc[0], (own[:, 0] / own[:, 1]).mean())
    assert np.isclose(summary["probability"].iloc[0], (own[:, 0] > own[:, 1]).mean())
    first = (own[:, :3].argmax(axis=1)[:, None] == np.arange(3)).mean(axis=0)
    assert np.allclose(summary["probability"].iloc[3:], first)
    assert np.isclose(summary["probability"].iloc[3:].sum(), 1)


def test_people_of_a_data_frame(exact):
    people = pd.DataFrame(
        {"tenure": [1.0, 8.0], "contract": ["permanent", "temporary"], "team": ["T01", "new"]}
    )
    ratio = lc.rate_ratio(exact, "weekly", "never", population=people)
    assert ratio.summary["n_respondents"].tolist() == [2] * 4
    predicted = lc.predicted_counts(exact, population=people, seed=1).summary
    assert len(predicted) == 20


def test_team_effects_by_kind_and_on_the_total(exact, survey):
    effects = lc.team_effects(exact)
    assert len(effects.summary) == 4 * 20
    own = effects.draws["team_effect"].sel(kind="trying_out").to_numpy()[0, 0]
    assert np.allclose(own, survey.truth.team_effects[:, 1, 1])
    only = lc.team_effects(exact, kind="trying_out").summary["mean"]
    assert np.allclose(only, own)
    frame = survey.frame
    means = np.array([frame["tenure"].mean(), (frame["contract"] == "temporary").mean()])
    effect = np.array([TRUTH.tenure_effect, TRUTH.contract_effect])
    base = np.array(TRUTH.intercept) + means @ effect + np.square(TRUTH.respondent_sd) / 2
    slope, team = np.array(TRUTH.frequency_effect), survey.truth.team_effects[0]
    low = np.exp(base + team[:, 0]).sum()
    high = np.exp(base + slope + team.sum(axis=1)).sum()
    average = np.exp(base + slope).sum() / np.exp(base).sum()
    total = effects.draws["team_effect"].sel(kind="total").to_numpy()[0, 0, 0]
    assert np.isclose(total, np.log(high / low / average))
    level = lc.team_effects(exact, "intercept", kind="total").draws["team_effect"]
    assert np.isclose(level.to_numpy()[0, 0, 0, 0], np.log(low / np.exp(base).sum()))


def test_teams_are_ranked_by_the_total_or_by_a_kind(scattered):
    ranks = lc.rank_teams(scattered, top=3)
    assert ranks.summary["contrast"].iloc[0] == "total: weekly vs never"
    assert np.isclose(ranks.summary["probability"].sum(), 3)
    own = lc.rank_teams(scattered, top=3, kind="passed_on")
    assert own.summary["contrast"].iloc[0] == "passed_on: weekly vs never"


def test_small_teams_and_levels_are_hidden_and_not_saved(tmp_path):
    told = simulate_survey(n_teams=12, team_size=8, truth=TRUTH, seed=5)
    frame = told.frame.drop(columns="activities").astype({"talk": str, "team": str})
    rare = frame.index[frame["talk"] == "weekly"][3:]
    frame.loc[rare, "talk"] = "monthly"
    team = frame["team"].iloc[0]
    # Five or more are in the team, but fewer answered one of the kinds.
    members = frame.index[frame["team"] == team]
    frame.loc[members[:-3], "passed_on"] = pd.NA
    read = read_survey(frame.reset_index(drop=True), told.codebook)
    survey = Survey(read.frame, told.codebook, read.ledger, "a test", told.truth)
    fit = make_kinds_fit(survey, n_draws=5)
    ratio = lc.rate_ratio(fit, "weekly", "never", population="average_team")
    assert ratio.summary["suppressed"].all()
    assert ratio.summary["mean"].isna().all()
    counts = lc.expected_counts(fit, population="study").summary
    weekly = counts["contrast"].str.endswith("weekly")
    assert counts["suppressed"][weekly].all()
    effects = lc.team_effects(fit).summary
    assert effects["suppressed"][effects["team"] == team].all()
    table = fit.summary(teams=True).table
    assert not table["coordinate"].str.contains(team).any()
    assert not table["coordinate"].str.contains("weekly").any()
    with pytest.raises(lc.FileError, match="Too few respondents gave one of the answers"):
        fit.save(tmp_path / "kinds.nc")


def test_a_small_team_is_not_in_a_file(tmp_path, scattered):
    rule = lc.DisclosureRule(8)
    sizes = scattered.draws["constant_data"]["team_size"]
    small = sizes["team"].to_numpy()[sizes.to_numpy() < 8]
    assert len(small)
    scattered.save(tmp_path / "kinds.nc", rule=rule)
    kept = load_fit(tmp_path / "kinds.nc").draws["posterior"]["team"].to_numpy()
    assert not set(small) & set(kept)


def test_a_saved_fit_gives_the_same_answers(tmp_path, scattered):
    scattered.save(tmp_path / "kinds.nc")
    again = load_fit(tmp_path / "kinds.nc")
    assert isinstance(again, lc.KindsFit)
    assert again.design is None
    assert (again.model, again.kinds, again.priors) == (
        scattered.model,
        scattered.kinds,
        scattered.priors,
    )
    for population in ("average_team", "new_team", "study"):
        first, second = (
            lc.rate_ratio(fit, "weekly", "never", population=population).summary
            for fit in (scattered, again)
        )
        # What is expected of the study is drawn anew in a file.
        assert_alike(first, second, scattered.provenance.draws, rounded=0.01)
    with pytest.raises(lc.FitError, match="holds no respondent's row"):
        lc.posterior_predictive(again)


def test_new_counts_look_like_the_answers_drawn_from_the_same_truth(survey):
    predictive = lc.posterior_predictive(make_kinds_fit(survey, spread=0.0), draws=200)
    assert predictive.statistics["kind"].tolist()[-1] == "trying_out and passed_on"
    assert len(predictive.statistics) == 4 * 3 + 3
    assert predictive.statistics["verdict"].eq("good").mean() > 0.8


def by_hand(survey, kind, column, value):
    frame = survey.frame[survey.frame[column] == value]
    columns = list(KINDS) if kind == "total" else [kind]
    return frame[columns].sum(axis=1)[frame[columns].notna().all(axis=1)].mean()


def test_means_by_level_and_team_are_those_of_the_answers(survey):
    told = lc.posterior_predictive(make_kinds_fit(survey, spread=0.0), draws=200)
    for table, column in ((told.level_means, "level"), (told.team_means, "team")):
        assert table["kind"].unique().tolist() == [*KINDS, "total"]
        shown = table[~table["hidden"]]
        names = {"level": "talk", "team": "team"}
        for row in shown.itertuples():
            own = by_hand(survey, row.kind, names[column], getattr(row, column))
            assert row.observed == pytest.approx(own)
        assert shown["verdict"].eq("good").mean() > 0.9
        assert (
            (shown["observed"] > shown["lower"]) & (shown["observed"] < shown["upper"])
        ).mean() > 0.8
    assert "weekly" in str(told)


def test_a_model_without_slopes_misses_the_means_by_level(survey):
    fit = make_kinds_fit(survey, spread=0.0)
    posterior = fit.draws["posterior"].to_dataset()
    flat = posterior["frequency_curve"].mean() + 0 * posterior["frequency_curve"]
    groups = {name: fit.draws[name].to_dataset() for name in fit.draws.children}
    groups["posterior"] = posterior.assign(
        frequency_curve=flat, frequency_effect=0 * posterior["frequency_effect"]
    )
    fit = replace(fit, draws=DataTree.from_dict(groups))
    told = lc.posterior_predictive(fit, draws=200)
    assert told.level_means["verdict"].eq("bad").any()
    assert "mean at talk: never" in told.words or "mean at talk: weekly" in told.words
    level = {check.name: check for check in lc.check_fit(fit, draws=200).checks}["level means"]
    assert level.verdict == "bad"


def test_a_model_that_ignores_teams_misses_their_means(survey):
    fit = make_kinds_fit(survey, spread=0.0)
    posterior = fit.draws["posterior"].to_dataset()
    groups = {name: fit.draws[name].to_dataset() for name in fit.draws.children}
    far = posterior.assign(team_effects=-3 * posterior["team_effects"])
    fit = replace(fit, draws=DataTree.from_dict(groups | {"posterior": far}))
    assert lc.posterior_predictive(fit, draws=200).team_means["verdict"].eq("bad").any()


def left_open(survey, rows, kind="training"):
    frame = survey.frame.copy()
    frame.loc[frame.index[rows], kind] = np.nan
    return replace(survey, frame=frame)


def test_means_of_few_are_hidden_and_cannot_be_subtracted_out(survey):
    sizes = survey.frame["team"].value_counts()
    # One person leaves a kind open: all kinds less the totals would be what they counted.
    one = left_open(survey, [0])
    told = lc.posterior_predictive(make_kinds_fit(one, spread=0.0), draws=20)
    totals = told.statistics[told.statistics["kind"] == "total"]
    assert totals["hidden"].all()
    assert totals["observed"].isna().all()
    for table in (told.level_means, told.team_means):
        rows = table[table["kind"] == "total"]
        assert rows["hidden"].all()
        assert rows["observed"].isna().all()
        assert not table[table["kind"] == "passed_on"]["hidden"].all()
    # A team of which three answered a kind is hidden for every kind, beside another.
    largest = np.flatnonzero(survey.frame["team"] == sizes.index[0])
    few = left_open(survey, largest[3:])
    table = lc.posterior_predictive(make_kinds_fit(few, spread=0.0), draws=20).team_means
    hidden = table[table["kind"] == "passed_on"].set_index("team")["hidden"]
    assert hidden[sizes.index[0]]
    assert hidden.sum() >= 2
    assert table[table["hidden"]]["observed"].isna().all()
    assert table[table["hidden"]]["n_respondents"].isna().all()


def test_priors_alone_give_means_by_level_and_team(survey):
    told = lc.prior_predictive(KindsModel(), survey, draws=100)
    assert told.level_means["verdict"].eq("good").all()
    assert not told.team_means["verdict"].eq("bad").any()
    certain = KindsModel(priors=lc.KindsPriors(frequency=lc.Normal(6, 0.1)))
    assert lc.prior_predictive(certain, survey, draws=100).level_means["verdict"].eq("bad").any()


def test_kinds_that_the_model_lets_go_apart_are_noticed(survey):
    fit = make_kinds_fit(survey, spread=0.0)
    posterior = fit.draws["posterior"].to_dataset()
    apart = np.where(np.eye(3, dtype=bool), 1.0, -0.45)
    same = posterior["respondent_correlation"]
    posterior["respondent_correlation"] = same.copy(data=np.broadcast_to(apart, same.shape))
    groups = {name: fit.draws[name].to_dataset() for name in fit.draws.children}
    tree = DataTree.from_dict(groups | {"posterior": posterior})
    table = lc.posterior_predictive(replace(fit, draws=tree), draws=200).statistics
    correlations = table[table["statistic"] == "correlation"]
    assert (correlations["observed"] > correlations["upper"]).any()
    assert correlations["verdict"].ne("good").any()


def test_models_without_slopes_or_covariates(survey):
    model = KindsModel(team_effects=("intercept",), covariates=())
    fit = make_kinds_fit(survey, model, n_draws=2)
    assert len(lc.rate_ratio(fit, "weekly", "never", population="new_team").summary) == 4
    assert len(lc.predicted_counts(fit, population="new_team").summary) == 20
    none = make_kinds_fit(survey, KindsModel(team_effects=()), n_draws=2)
    assert len(lc.rate_ratio(none, "weekly", "never", population="new_team").summary) == 4
    assert len(lc.predicted_counts(none, population="study").summary) == 20
    with pytest.raises(lc.ArgumentError, match="nothing varies over teams"):
        lc.team_effects(none)


def test_priors_alone_expect_counts_of_every_kind(survey):
    model = KindsModel()
    told = lc.prior_predictive(model, survey, draws=200)
    means = told.statistics[told.statistics["statistic"] == "mean"]
    assert means["kind"].tolist() == [*KINDS, "total"]
    assert (means["observed"] > means["lower"]).all()
    assert (means["observed"] < means["upper"]).all()
    assert "the priors alone" in str(told)
    certain = KindsModel(priors=lc.KindsPriors(intercept=lc.Normal(5, 0.1)))
    table = lc.prior_predictive(certain, survey, draws=200).statistics
    assert table["verdict"].eq("bad").any()


def test_prior_draws_scatter_about_common_values_as_declared(survey):
    priors = lc.KindsPriors(
        frequency=lc.Normal(0.5, 0.3),
        frequency_sd=lc.HalfNormal(0.4),
        team_sd=lc.Exponential(4),
        respondent_correlation=lc.LKJ(1),
    )
    model = KindsModel(priors=priors)
    design, resolved = model.design(survey), model.priors_for(survey)
    drawn = kinds_prior_draws(design, resolved, 20_000, np.random.default_rng(1))
    effect = drawn["frequency_effect"][:, :, 0]
    assert np.allclose(effect.mean(axis=0), 0.5, atol=0.02)
    assert np.allclose(effect.var(axis=0), 0.3**2 + 0.4**2, rtol=0.05)
    assert np.isclose(np.cov(effect.T)[0, 1], 0.3**2, atol=0.01)
    assert np.allclose(drawn["frequency_shape"].sum(axis=3), 1)
    assert np.isclose(drawn["team_sd"].mean(), 0.25, rtol=0.05)
    uniform = drawn["respondent_correlation"][:, 0, 1]
    assert np.isclose(uniform.var(), 1 / 4, rtol=0.05)


def test_expected_counts_are_per_unit_of_exposure_or_of_the_respondents_own(survey):
    frame = survey.frame.drop(columns="activities").astype({"talk": str, "team": str})
    codebook = lc.Codebook(
        outcome=survey.codebook.outcome,
        team="team",
        frequency="talk",
        frequency_levels=TRUTH.levels,
        exposure="years",
        covariates=("tenure", "contract"),
    )
    fits = []
    for years in (1.0, 2.0):
        read = read_survey(frame.assign(years=years).reset_index(drop=True), codebook)
        longer = Survey(read.frame, codebook, read.ledger, "a test", survey.truth)
        fits.append(make_kinds_fit(longer, n_draws=1, spread=0.0))
    one, two = (lc.expected_counts(fit, population="study").summary["mean"] for fit in fits)
    assert np.allclose(two, 2 * one)
    one, two = (lc.expected_counts(fit, population="new_team").summary["mean"] for fit in fits)
    assert np.allclose(two, one)
    assert "offset(log(years))" in KindsModel().formula(longer).brms


def of_answers(told, frame):
    read = read_survey(frame.reset_index(drop=True), told.codebook)
    return Survey(read.frame, told.codebook, read.ledger, "a test", told.truth)


def test_a_small_group_is_hidden_though_all_of_it_left_one_kind_open():
    told = simulate_survey(n_teams=12, team_size=8, truth=TRUTH, seed=5)
    frame = told.frame.drop(columns="activities").astype({"talk": str, "team": str})
    frame = frame.drop(frame.index[frame["team"] == "T01"][3:])
    frame.loc[frame["team"] == "T01", "passed_on"] = pd.NA
    rare = frame.index[frame["talk"] == "weekly"]
    frame.loc[rare[3:], "talk"] = "monthly"
    frame.loc[rare[:3], "passed_on"] = pd.NA
    fit = make_kinds_fit(of_answers(told, frame), n_draws=5)
    effects = lc.team_effects(fit).summary
    assert effects["suppressed"][effects["team"] == "T01"].all()
    counts = lc.expected_counts(fit, population="average_team").summary
    assert counts["suppressed"][counts["contrast"].str.endswith("weekly")].all()


def test_a_kind_that_few_answered_is_refused():
    told = simulate_survey(n_teams=12, team_size=8, truth=TRUTH, seed=5)
    frame = told.frame.drop(columns="activities").astype({"talk": str, "team": str})
    frame.loc[frame.index[4:], "passed_on"] = pd.NA
    with pytest.raises(lc.ModelError, match="'passed_on': fewer than 5 respondents"):
        KindsModel().design(of_answers(told, frame))


def test_dispersion_is_that_of_a_single_kind(survey):
    told = lc.posterior_predictive(make_kinds_fit(survey, n_draws=2), draws=4).statistics
    row = told[(told["kind"] == KINDS[0]) & (told["statistic"] == "dispersion")].iloc[0]
    counts = survey.frame[KINDS[0]].dropna().astype(float)
    assert row["observed"] == pytest.approx(counts.var(ddof=1) / counts.mean())


def test_priors_that_allow_what_no_study_finds_are_doubtful(survey):
    usual = lc.prior_predictive(KindsModel(), survey, draws=100)
    assert usual.far < 0.15
    assert "no study finds" not in usual.words
    vague = KindsModel(priors=lc.KindsPriors(intercept=lc.Normal(0, 20)))
    told = lc.prior_predictive(vague, survey, draws=100)
    assert told.verdict == "doubtful"
    assert told.far > 0.3
    assert "the priors alone allow what no study finds" in told.words
