"""Respondents who left the frequency open: from the survey to every answer and back from a file."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import learnclimate as lc
from learnclimate.checks.left_out import part_densities, respondents_as_parts, teams_as_parts
from learnclimate.checks.respondents import chosen_draws
from learnclimate.core.errors import ArgumentError, ModelError
from learnclimate.inference.summed_out import levels_go_with
from learnclimate.reporting.facts import left_out_sentence
from learnclimate.reporting.method import method_keys


def with_gaps(survey, open_rows):
    """Let some leave the frequency open."""
    answers = survey.frame["talk"].astype(object).mask(open_rows)
    return lc.read_survey(survey.frame.assign(talk=answers), survey.codebook)


@cache
def survey():
    whole = lc.simulate_survey(n_teams=22, team_size=8, seed=3)
    rows = np.random.default_rng(1).random(len(whole.frame)) < 0.12
    # And a team in which nobody said how often they talk.
    return with_gaps(whole, rows | (whole.frame["team"] == "T01").to_numpy())


@cache
def fitted():
    model = lc.CountModel(missing_frequency="sum_out", covariates=(), team_effects=("intercept",))
    return lc.fit(model, survey(), engine="marginal", draws=1000, seed=1, progress=False)


def test_the_default_leaves_them_out_and_says_so():
    model = lc.CountModel(covariates=())
    assert model.missing_frequency == "leave_out"
    assert model.design(survey()).unknown is None
    assert set(survey().ledger["reason"]) == {"frequency not answered"}
    assert len(survey().without_frequency) == survey().n_left_out


def test_the_ledger_tells_of_those_who_were_summed_out():
    told = fitted().provenance
    assert told.n_summed_out == len(survey().without_frequency) > 10
    assert told.n_respondents == len(survey().frame) + told.n_summed_out
    assert (told.n_left_out, told.left_out) == (0, ())
    assert fitted().certificate.passed
    assert "T01" in fitted().draws["posterior"]["team"].to_numpy()


def test_teams_are_told_by_those_who_answered():
    """As scales and descriptions tell them: these less those would tell who left it open."""
    sizes = fitted().draws["constant_data"]["team_size"]
    answered = survey().frame["team"].astype(str).value_counts()
    told = dict(zip(sizes["team"].to_numpy().astype(str), sizes.to_numpy(), strict=True))
    assert told == {team: answered.get(team, 0) for team in told}
    assert sum(told.values()) == len(survey().frame) < fitted().provenance.n_respondents


def test_rows_that_lack_more_than_the_frequency_stay_out():
    whole = lc.simulate_survey(n_teams=22, team_size=8, seed=3)
    frame = whole.frame.copy()
    frame["talk"] = frame["talk"].astype(object)
    frame.iloc[:9, frame.columns.get_loc("talk")] = None
    frame.iloc[:2, frame.columns.get_loc("tenure")] = np.nan
    read = lc.read_survey(frame, whole.codebook)
    assert len(read.without_frequency) == 7
    fit = lc.fit(
        lc.CountModel(missing_frequency="sum_out", team_effects=("intercept",)),
        read,
        draws=200,
        seed=1,
        progress=False,
    )
    assert fit.provenance.n_summed_out == 7
    assert fit.provenance.n_left_out == 2
    # Each row counts once: under the frequency only where it lacks nothing else.
    assert [(column, rows) for column, _, rows in fit.provenance.left_out] == [("tenure", 2)]


def test_fewer_than_may_be_told_of_are_left_out():
    whole = lc.simulate_survey(n_teams=10, team_size=8, seed=3)
    few = with_gaps(whole, np.arange(len(whole.frame)) < 4)
    design = lc.CountModel(missing_frequency="sum_out").design(few)
    assert design.unknown is None
    assert design.n_respondents == len(few.frame)


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(ArgumentError, match="Did you mean 'sum_out'"):
        lc.CountModel(missing_frequency="sumout")


def test_the_composition_of_teams_does_not_go_with_it():
    with pytest.raises(ModelError, match="how often its members talk"):
        lc.CountModel(missing_frequency="sum_out", between=True).design(survey())


def test_two_frequencies_are_refused():
    whole = lc.simulate_survey(n_teams=10, team_size=8, seed=3)
    frame = whole.frame.assign(meet=whole.frame["talk"].astype(str))
    levels = whole.codebook.levels_of("talk")
    book = lc.Codebook(
        outcome="activities",
        team="team",
        frequency=("talk", "meet"),
        frequency_levels={"talk": levels, "meet": levels},
    )
    with pytest.raises(ModelError, match="the codebook has 2 frequencies"):
        lc.CountModel(missing_frequency="sum_out").design(lc.read_survey(frame, book))


def associated(strength, by, seed=5):
    """A study in which talking goes with a covariate, or with the team, as closely as told."""
    whole = lc.simulate_survey(n_teams=30, team_size=8, seed=seed)
    frame = whole.frame.copy()
    levels = list(whole.codebook.levels_of("talk"))
    rng = np.random.default_rng(seed)
    score = frame[by].cat.codes.to_numpy() if by == "team" else frame[by].to_numpy(dtype=float)
    score = (score - score.mean()) / score.std()
    place = np.argsort(np.argsort(strength * score + rng.normal(size=len(score))))
    frame["talk"] = np.array(levels)[place * len(levels) // len(place)]
    return with_gaps(replace(whole, frame=frame), rng.random(len(frame)) < 0.2)


@pytest.mark.parametrize(("by", "words"), [("tenure", "covariate 'tenure'"), ("team", "the team")])
def test_levels_that_go_with_who_one_is_are_told_aloud(by, words):
    model = lc.CountModel(missing_frequency="sum_out", team_effects=("intercept",))
    with pytest.warns(lc.LearnClimateWarning, match=words):
        fit = lc.fit(model, associated(1.5, by), draws=200, seed=1, progress=False)
    assert any(words in action for action in fit.certificate.actions)


def test_levels_that_go_with_nothing_are_not_cried_about():
    alarms = [
        levels_go_with(
            lc.CountModel(missing_frequency="sum_out").design(associated(0.0, "tenure", seed))
        )
        for seed in range(20)
    ]
    assert sum(map(bool, alarms)) <= 1


def test_every_answer_can_be_asked():
    fit = fitted()
    for population in ("average_team", "new_team", "study"):
        lc.rate_ratio(fit, "weekly", "yearly", population=population)
        lc.expected_counts(fit, population=population)
        lc.predicted_counts(fit, population=population)
    assert "level_probability" in set(fit.summary().table["parameter"])
    assert lc.posterior_predictive(fit, seed=1).verdict
    assert lc.check_fit(fit).verdict
    assert lc.prior_sensitivity(fit).verdict


def test_expected_counts_of_the_study_average_over_those_of_unknown_level_too():
    fit, design = fitted(), fitted().design
    posterior = fit.draws["posterior"].to_dataset().stack(sample=("chain", "draw"))
    own = posterior["team_effects"].isel(team_effect=0).to_numpy()
    rate = posterior["intercept"].to_numpy() + own
    curve = posterior["frequency_curve"].to_numpy()
    share = design.team_sizes / design.team_sizes.sum()
    expected = np.exp(curve) * (share @ np.exp(rate))
    ours = fit.draws["standardised"]["expected_count"].to_numpy().reshape(-1, len(curve)).T
    np.testing.assert_allclose(ours, expected, rtol=1e-10)


def test_the_levels_of_those_who_left_them_open_are_told_together():
    fit, design = fitted(), fitted().design
    posterior = fit.draws["posterior"].to_dataset().stack(sample=("chain", "draw"))
    ours = fit.draws["standardised"]["unknown_level_share"].to_numpy().reshape(1000, -1)
    draw, n_levels = 17, ours.shape[1]
    at = posterior.isel(sample=draw)
    other = design.unknown.of_rows(np.arange(0, design.unknown.n_rows, n_levels))
    rate = float(at["intercept"]) + at["team_effects"].to_numpy()[other.team, 0]
    mean = np.exp(rate[:, None] + at["frequency_curve"].to_numpy())
    alpha = float(at["dispersion"])
    each = stats.nbinom.pmf(other.outcome[:, None], alpha, alpha / (alpha + mean))
    each = each * at["level_probability"].to_numpy()
    expected = (each / each.sum(axis=1, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(ours[draw], expected, rtol=1e-9)


def test_who_is_left_out_is_predicted_from_colleagues_of_unknown_level_too():
    fit, design = fitted(), fitted().design
    draws = {name: values[:1] for name, values in chosen_draws(fit, 2, design).items()}
    team = int(design.unknown.team[-1])
    row = int(np.flatnonzero(design.team == team)[0])
    found = part_densities(fit, design, respondents_as_parts(design, np.array([row])), draws)

    def log_integral(left_out):
        grid = np.linspace(-9, 9, 4001)
        total = stats.norm.logpdf(grid)
        at = {name: values[0] for name, values in draws.items()}
        rate = at["intercept"] + at["team_sd"][0] * grid[:, None] + at["frequency_curve"]
        alpha = at["dispersion"]
        share = alpha / (alpha + np.exp(rate))
        for one in np.flatnonzero(design.team == team):
            if one != left_out:
                level = design.frequency_level[one, 0]
                total += stats.nbinom.logpmf(design.outcome[one], alpha, share[:, level])
        theirs = np.flatnonzero(design.unknown.team == team)[:: rate.shape[1]]
        for count in design.unknown.outcome[theirs]:
            each = stats.nbinom.logpmf(count, alpha, share) + np.log(at["level_probability"])
            total += logsumexp(each, axis=1)
        return logsumexp(total)

    assert found[0, 0] == pytest.approx(log_integral(None) - log_integral(row), abs=1e-6)
    whole = part_densities(fit, design, [teams_as_parts(design)[team]], draws)
    width = np.log(18 / 4000)
    assert whole[0, 0] == pytest.approx(log_integral(None) + width, abs=1e-5)


def test_a_file_holds_nothing_of_them_unless_asked(tmp_path):
    fit = fitted()
    fit.save(tmp_path / "without.nc")
    fit.save(tmp_path / "with.nc", include_respondents=True)
    bare, full = lc.load_fit(tmp_path / "without.nc"), lc.load_fit(tmp_path / "with.nc")
    assert bare.design is None
    np.testing.assert_array_equal(full.design.unknown.outcome, fit.design.unknown.outcome)
    full.save(tmp_path / "again.nc")
    again = lc.load_fit(tmp_path / "again.nc")
    assert not [name for name in again.draws.children if "respondents" in name]
    # The survey tells the bare one its respondents, of unknown level too: their hash is kept.
    assert lc.posterior_predictive(bare, survey=survey(), seed=1).verdict


def test_the_report_says_what_became_of_them():
    for language, words in (("en", "left open how often they talk"), ("nl", "lieten open")):
        assert words in left_out_sentence(fitted(), lc.DisclosureRule(), language=language)


def test_a_file_does_not_count_out_fewer_than_may_be_told_of(tmp_path):
    """The attack: subtract the answers to each level from the total."""
    fit, rule = fitted(), lc.DisclosureRule(fitted().provenance.n_summed_out + 1)
    fit.save(tmp_path / "few.nc", rule=rule)
    loaded = lc.load_fit(tmp_path / "few.nc")
    assert loaded.provenance.n_summed_out is None
    assert loaded.draws["constant_data"]["level_size"].isnull().any()
    told = f"Fewer than {rule.minimum} respondents left open"
    for one, minimum in ((loaded, lc.DisclosureRule()), (fit, rule)):
        assert told in left_out_sentence(one, minimum, language="en")
        sizes = lc.expected_counts(one, population="study", rule=rule).summary["n_respondents"]
        assert sizes.isna().any()
    assert "ibrahim" in method_keys(loaded)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "equally probable in every team"), ("nl", "in elk team en bij alle kenmerken")],
)
def test_methods_say_that_one_set_of_probabilities_holds_for_all(language, words):
    assert words in str(lc.write_up(fitted(), language=language))


def test_methods_cite_whom_the_sum_is_from():
    assert "ibrahim" in method_keys(fitted())


def test_the_formula_says_that_brms_leaves_them_out():
    formula = fitted().model.formula(survey())
    assert any("leaves" in note for note in formula.notes)
    assert "π" in formula.text


def test_pseudonyms_cover_them(tmp_path):
    hidden = lc.pseudonymise(survey(), tmp_path / "names.csv")
    assert not set(hidden.without_frequency["team"].cat.categories) & {"T01", "T02"}
    design = lc.CountModel(missing_frequency="sum_out").design(hidden)
    assert all(name.startswith("T-") for name in design.teams)
