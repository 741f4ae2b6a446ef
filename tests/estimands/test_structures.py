"""Answers of models with moderators, interactions and departments, against sums by hand."""

import numpy as np
import pandas as pd
import pytest
from tests.structured import (
    fit_from_prior,
    log_rate_by_hand,
    structured_family_survey,
    structured_survey,
)

from learnclimate.checks.replicates import expected_of_rows
from learnclimate.core.errors import ArgumentError, SurveyError
from learnclimate.counts.composition import mean_reliability
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import (
    BetaBinomial,
    HurdlePoisson,
    ZeroInflatedNegativeBinomial,
    ZeroPart,
)
from learnclimate.counts.model import CountModel
from learnclimate.counts.prediction import flattened
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.level_counts import expected_counts, predicted_counts
from learnclimate.estimands.teams import rank_teams, team_effects
from learnclimate.estimands.within_between import within_between
from learnclimate.inference.store import load_fit
from learnclimate.survey.outcome import Outcome

MODELS = {
    "moderator": CountModel(moderators=("challenge",)),
    "moderator without a slope of the teams": CountModel(
        moderators=("room",), team_effects=("intercept",)
    ),
    "interaction": CountModel(interactions=(("talk", "meet"),), moderators=("challenge",)),
    "departments": CountModel(department_effects=("intercept", "frequency")),
    "departments alone": CountModel(department_effects=("talk",), team_effects=()),
    "composition": CountModel(between=True),
    "latent composition": CountModel(between="latent", team_effects=("frequency",)),
    "all": CountModel(
        between="manifest",
        moderators=("challenge",),
        interactions=(("meet", "talk"),),
        department_effects=("intercept", "talk"),
        team_effects=("intercept", "meet"),
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def fitted(request):
    return fit_from_prior(MODELS[request.param], structured_survey(), n_draws=5)


def draws_of(fit):
    posterior = fit.draws["posterior"].to_dataset()
    return flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})


def by_hand(fit, levels=None):
    """Expected counts of every respondent, (n_draws, n_respondents); at one level of talk."""
    import dataclasses

    design, draws = fit.design, draws_of(fit)
    n_draws = len(draws["intercept"])
    if levels is not None:
        changed = design.frequency_level.copy()
        changed[:, 0] = levels
        design = dataclasses.replace(design, frequency_level=changed)
    rows = [log_rate_by_hand(design, draws, draw, fit.design) for draw in range(n_draws)]
    return np.exp(np.array(rows))


def test_replicates_expect_what_the_log_rate_says(fitted):
    rows = np.arange(fitted.design.n_rows)
    found = expected_of_rows(draws_of(fitted), fitted.design, rows)
    np.testing.assert_allclose(found, by_hand(fitted))


def test_standardised_over_the_study(fitted):
    found = expected_counts(fitted, frequency="talk", population="study").draws
    expected = np.stack([by_hand(fitted, level).mean(axis=1) for level in range(4)], axis=1)
    values = found["expected_count"].to_numpy().reshape(-1, 4)
    np.testing.assert_allclose(values, expected)


def test_the_respondents_as_a_data_frame_give_the_same(fitted):
    """Their teams are known: a data frame of them is the study."""
    survey = structured_survey()
    frame = survey.frame
    if "room" in fitted.coding.covariate_labels:
        column = fitted.coding.covariate_labels.index("room")
        frame = frame.assign(room=fitted.design.covariates[:, column])
    found = expected_counts(fitted, frequency="talk", population=frame)
    study = expected_counts(fitted, frequency="talk", population="study")
    np.testing.assert_allclose(
        found.draws["expected_count"].to_numpy(), study.draws["expected_count"].to_numpy()
    )


def test_saved_and_loaded_it_answers_the_same(fitted, tmp_path):
    people = pd.DataFrame(
        {"age": [1, 0], "challenge": [2.5, 4.0], "room": [2.0, 3.0], "meet": ["much", "no"]}
    )
    if fitted.coding.composition == "manifest":
        # Their observed composition is not kept: people of a data frame are in new teams.
        assert "team_level_shares" not in fitted.draws["constant_data"]
    fitted.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    before, after = (
        rate_ratio(one, "daily", "never", frequency="talk", population=people).summary
        for one in (fitted, loaded)
    )
    figures = ["mean", "sd", "median", "lower", "upper", "probability"]
    pd.testing.assert_frame_equal(before.drop(columns=figures), after.drop(columns=figures))
    # All draws of a file are moved, the same posterior by others; a prior's ratios have far tails.
    width = np.log(before["upper"] / before["lower"])
    assert (np.abs(np.log(after["median"] / before["median"])) < width / 4).all()
    assert np.log(after["upper"] / after["lower"]).to_numpy() == pytest.approx(width, rel=0.6)


FAMILIES = {
    "inflated": (ZeroInflatedNegativeBinomial(ZeroPart(frequency=False)), "n"),
    "hurdle": (HurdlePoisson(ZeroPart(covariates=("age",), frequency=False)), "n"),
    "out of nine": (BetaBinomial(), Outcome("n", trials=9)),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_other_families_leave_teams_composed_as_they_are(name):
    """Everybody at one level, but in teams whose members answered as they did."""
    import dataclasses

    family, outcome = FAMILIES[name]
    survey = structured_family_survey(outcome, n_teams=9)
    model = CountModel(
        family=family, between=True, moderators=("challenge",), interactions=(("meet", "talk"),)
    )
    fit = fit_from_prior(model, survey, n_draws=3)
    design, draws = fit.design, draws_of(fit)
    places = places_of_rows(draws, design, np.arange(design.n_rows))
    expected = []
    for level in range(4):
        changed = design.frequency_level.copy()
        changed[:, 0] = level
        at_level = dataclasses.replace(design, frequency_level=changed)
        rows = [log_rate_by_hand(at_level, draws, draw, design) for draw in range(12)]
        at = dataclasses.replace(places, predictor=np.array(rows))
        expected.append(distribution_of(family).mean(at).mean(axis=1))
    for population in ("study", survey.frame):
        found = expected_counts(fit, frequency="talk", population=population)
        values = found.draws["expected_count"].to_numpy().reshape(-1, 4)
        np.testing.assert_allclose(values, np.stack(expected, axis=1))


def test_predictions_have_the_expected_counts_as_their_mean():
    fit = fit_from_prior(
        CountModel(
            moderators=("challenge",),
            interactions=(("talk", "meet"),),
            department_effects=("intercept",),
        ),
        structured_survey(),
        n_draws=10,
    )
    # The same small draws over and over: what is left is chance in team and count alone.
    posterior = fit.draws["posterior"]
    for name in posterior.data_vars:
        one = posterior[name].to_numpy()[:1, :1] * 0.3
        posterior[name] = posterior[name].copy(data=np.broadcast_to(one, posterior[name].shape))
    people = pd.DataFrame(
        {"age": [0.0], "challenge": [2.0], "meet": ["some"], "department": ["D1"]}
    )
    expected = expected_counts(fit, frequency="talk", population=people).draws["expected_count"]
    counts = np.concatenate(
        [
            predicted_counts(fit, frequency="talk", population=people, seed=seed)
            .draws["predicted_count"]
            .to_numpy()
            .reshape(-1, 4)
            for seed in range(150)
        ]
    )
    wanted = expected.to_numpy().reshape(-1, 4)[0]
    error = counts.std(axis=0) / np.sqrt(len(counts))
    assert (np.abs(counts.mean(axis=0) - wanted) < 4.5 * error).all()


@pytest.fixture(scope="module")
def divided():
    model = CountModel(department_effects=("intercept", "talk"))
    return fit_from_prior(model, structured_survey(), n_draws=25)


class TestDepartments:
    def people(self, **columns):
        return pd.DataFrame({"age": [0], "challenge": [3.0], "meet": ["no"], **columns})

    def expectation(self, fit, **columns):
        found = expected_counts(fit, frequency="talk", population=self.people(**columns))
        return found.draws["expected_count"].to_numpy().reshape(-1, 4)

    def test_a_new_team_of_a_known_department_takes_its_effects(self, divided):
        draws = draws_of(divided)
        found = self.expectation(divided, department=["D1"])
        sd, effects = draws["team_sd"], draws["department_effects"][:, 1]
        rate = draws["intercept"] + draws["covariate_effects"] @ np.array([0, 3.0])
        at_lowest = np.exp(rate + effects[:, 0] + sd[:, 0] ** 2 / 2)
        np.testing.assert_allclose(found[:, 0], at_lowest)
        covariance = draws["team_correlation"] * sd[:, :, None] * sd[:, None, :]
        z = np.array([1.0, 1.0, 0.0])
        spread = np.einsum("i,nij,j->n", z, covariance, z)
        curve = draws["frequency_curve"][:, 3]
        np.testing.assert_allclose(
            found[:, 3], np.exp(rate + curve + effects.sum(axis=1) + spread / 2)
        )

    def test_a_new_department_adds_its_spread(self, divided):
        draws = draws_of(divided)
        new, known = self.expectation(divided, department=["D9"]), self.expectation(divided)
        np.testing.assert_allclose(new, known)
        rate = draws["intercept"] + draws["covariate_effects"] @ np.array([0, 3.0])
        spread = draws["team_sd"][:, 0] ** 2 + draws["department_sd"][:, 0] ** 2
        np.testing.assert_allclose(new[:, 0], np.exp(rate + spread / 2))

    def test_a_team_said_to_be_in_another_department_is_refused(self, divided):
        with pytest.raises(SurveyError, match="team 'T000' in department 'D2', but it was in 'D0'"):
            self.expectation(divided, team=["T000"], department=["D2"])

    def test_a_team_s_effect_includes_its_department_s(self, divided):
        draws = draws_of(divided)
        found = team_effects(divided, "talk").draws["team_effect"].to_numpy().reshape(-1, 12)
        own, department = draws["team_effects"][:, :, 1], draws["department_effects"][:, :, 1]
        np.testing.assert_allclose(found, own + department[:, np.arange(12) % 3])
        assert len(rank_teams(divided, "talk").summary) == 12

    def test_small_departments_are_neither_shown_nor_kept(self, tmp_path):
        survey = structured_survey(n_teams=7, team_size=8, n_departments=6)
        fit = fit_from_prior(CountModel(department_effects=("intercept",), covariates=()), survey)
        rule = DisclosureRule(10)
        table = fit.summary(rule=rule).table
        told = table[table["parameter"] == "department_effects"]["coordinate"].tolist()
        assert all(not name.startswith(("D1", "D2", "D3", "D4", "D5")) for name in told)
        fit.save(tmp_path / "fit.nc", rule=rule)
        kept = load_fit(tmp_path / "fit.nc").draws["posterior"]["department"].to_numpy()
        assert set(kept) <= {"D0"}


def test_a_moderated_team_s_slope_includes_what_its_moderator_shifts():
    survey = structured_survey()
    fit = fit_from_prior(CountModel(moderators=("challenge",)), survey, n_draws=5)
    draws, frame = draws_of(fit), survey.frame
    centre = fit.coding.slope_shifts[0].centre
    # Rounded, since the exact one would tell how many are in hidden teams.
    assert centre == pytest.approx(frame["challenge"].mean(), abs=0.1)
    challenge = frame.groupby("team")["challenge"].first() - centre
    expected = draws["team_effects"][:, :, 1] + draws["slope_shifts"][:, [0]] * challenge.to_numpy()
    found = team_effects(fit, "talk").draws["team_effect"].to_numpy().reshape(-1, 12)
    np.testing.assert_allclose(found, expected)


class TestWithinBetween:
    @pytest.fixture(scope="class")
    @staticmethod
    def pair():
        survey = structured_survey(("talk",))
        return tuple(
            fit_from_prior(CountModel(between=kind), survey, n_draws=25)
            for kind in ("manifest", "latent")
        )

    def test_the_three_ratios_of_both_kinds(self, pair):
        answer = within_between(*pair)
        assert answer.summary["estimand"].tolist() == 2 * [
            "within_rate_ratio",
            "composition_rate_ratio",
            "between_rate_ratio",
        ]
        draws = draws_of(pair[1])
        within, composed = draws["frequency_effect"][:, 0], draws["composition_effects"][:, 0]
        found = answer.draws.sel(team_means="latent")
        for name, expected in (
            ("within_rate_ratio", within),
            ("composition_rate_ratio", composed),
            ("between_rate_ratio", within + composed),
        ):
            np.testing.assert_allclose(found[name].to_numpy().ravel(), np.exp(expected))
        assert answer.summary["contrast"].iloc[-1] == "daily vs never, latent team means"
        np.testing.assert_allclose(
            answer.summary["mean"].iloc[0],
            np.exp(draws_of(pair[0])["frequency_effect"]).mean(),
        )

    def test_the_notes_say_which_to_trust(self, pair):
        """Answers at random: team means are noise, and the notes say so."""
        notes = within_between(pair[0]).summary.attrs["notes"]
        assert "ICC(2)" in notes[0]
        assert "Trust latent means where" in notes[1]

    @pytest.mark.parametrize(
        ("reliability", "effect", "sd", "trusted"),
        [
            (0.81, 1.1, 0.1, "latent"),  # noise takes 0.26, 2.6 standard deviations
            (0.81, 1.1, 1.5, "observed"),
            (0.98, 1.1, 0.1, "observed"),  # 0.02 is little
            (0.5, 0.0, 0.1, "latent"),  # noise made it look sure
        ],
    )
    def test_noise_is_judged_against_the_interval(self, reliability, effect, sd, trusted):
        survey = structured_survey(("talk",))
        fit = fit_from_prior(CountModel(between=True), survey, n_draws=25)
        effects = fit.draws["posterior"]["composition_effects"]
        spread = np.resize([effect - sd, effect + sd], effects.shape)
        effects.data[...] = spread
        fit.draws["constant_data"]["team_mean_reliability"].data[...] = reliability
        told, advice = within_between(fit).summary.attrs["notes"]
        assert f"{reliability:.0%}" in told
        assert ("Trust latent means" in advice) == (trusted == "latent")

    def test_other_fits_are_refused(self, pair):
        plain = fit_from_prior(CountModel(), structured_survey(("talk",)), n_draws=5)
        with pytest.raises(ArgumentError, match=r"CountModel\(between=True\)"):
            within_between(plain)
        with pytest.raises(ArgumentError, match="both fits have manifest team means"):
            within_between(pair[0], pair[0])
        elsewhere = structured_survey(("talk",), seed=9)
        other = fit_from_prior(CountModel(between="latent"), elsewhere, n_draws=25)
        with pytest.raises(ArgumentError, match="of different answers"):
            within_between(pair[0], other)


class TestCompositionOfPeople:
    @pytest.fixture(scope="class")
    @staticmethod
    def composed():
        return fit_from_prior(CountModel(between=True), structured_survey(), n_draws=25)

    def notes(self, fit, *teams):
        people = pd.DataFrame({"age": 0, "challenge": 3.0, "meet": "no", "team": teams})
        found = rate_ratio(fit, "daily", "never", frequency="talk", population=people)
        return " ".join(found.summary.attrs["notes"])

    def test_a_fit_with_its_respondents_knows_it(self, composed):
        assert "composition" not in self.notes(composed, "T000", "T001")
        assert "1 person of the population in a team whose composition is not known" in self.notes(
            composed, "T000", "T999"
        )

    def test_a_loaded_fit_says_that_it_does_not(self, composed, tmp_path):
        composed.save(tmp_path / "fit.nc")
        told = self.notes(load_fit(tmp_path / "fit.nc"), "T000", "T001")
        assert "2 people of the population in a team whose composition is not known" in told
        assert "include_respondents=True" in told
        composed.save(tmp_path / "all.nc", include_respondents=True)
        assert "composition" not in self.notes(load_fit(tmp_path / "all.nc"), "T000", "T001")

    def test_latent_composition_is_kept(self, tmp_path):
        fit_from_prior(CountModel(between="latent"), structured_survey(), n_draws=5).save(
            tmp_path / "fit.nc"
        )
        assert "composition" not in self.notes(load_fit(tmp_path / "fit.nc"), "T000")

    @pytest.mark.parametrize("moderators", [(), ("challenge",)])
    def test_it_is_no_part_of_a_team_s_own_level(self, moderators):
        fit = fit_from_prior(
            CountModel(between=True, moderators=moderators), structured_survey(), n_draws=5
        )
        found = team_effects(fit, "intercept").draws["team_effect"].to_numpy().reshape(-1, 12)
        np.testing.assert_allclose(found, draws_of(fit)["team_effects"][:, :, 0])

    def test_a_level_that_differs_by_composition_alone_is_no_team_effect(self):
        fit = fit_from_prior(
            CountModel(between=True, team_effects=("talk",)), structured_survey(), n_draws=5
        )
        with pytest.raises(ArgumentError, match="does not vary over teams"):
            team_effects(fit, "intercept")


def test_reliability_of_team_means_is_that_of_an_analysis_of_variance():
    survey = structured_survey(("talk",))
    design = CountModel().design(survey)
    level = pd.Series(design.frequency_level[:, 0] / 3)
    groups = [part.to_numpy() for _, part in level.groupby(design.team)]
    between = sum(len(g) * (g.mean() - level.mean()) ** 2 for g in groups) / (len(groups) - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(level) - len(groups))
    assert mean_reliability(design, 0) == pytest.approx(max(0, 1 - within / between))
