"""Moderators, interactions and departments: declared, coded, refused, and built in PyMC."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln
from tests.structured import (
    TALK,
    log_rate_by_hand,
    structured_codebook,
    structured_frame,
    structured_survey,
)

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, SurveyError
from learnclimate.counts.centring import centring_weights, department_centring_weights
from learnclimate.counts.composition import level_counts
from learnclimate.counts.model import CountModel
from learnclimate.counts.moderators import with_moderators
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Normal
from learnclimate.counts.pymc_model import build_model
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey
from learnclimate.survey.scale_means import team_scale_means


class TestModerators:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("department", "is the department, which is no moderator.*department_effects="),
            ("talk", "is a frequency.*interactions="),
            ("mood", r"Name its column in Codebook\(covariates="),
        ],
    )
    def test_what_is_no_moderator_is_told_what_it_is(self, name, words):
        book = Codebook(
            outcome="n",
            team="team",
            department="department",
            frequency="talk",
            frequency_levels=TALK,
        )
        survey = read_survey(structured_frame(), book)
        with pytest.raises(ModelError, match=words):
            CountModel(moderators=(name,)).design(survey)

    def test_a_covariate_that_describes_teams_shifts_every_slope_about_its_mean(self):
        survey = structured_survey()
        design = CountModel(moderators=("challenge",), covariates=("age",)).design(survey)
        assert design.coding.covariate_labels == ("age", "challenge")
        labels = [shift.label for shift in design.coding.slope_shifts]
        assert labels == ["talk:challenge", "meet:challenge"]
        mean = survey.frame["challenge"].mean()
        told, spread = design.coding.slope_shifts[0].centre, survey.frame["challenge"].std()
        # Rounded: known of each team, it would tell the sizes of hidden ones.
        assert told == pytest.approx(mean, abs=10 * spread / len(survey.frame))
        assert told != pytest.approx(mean, abs=1e-9)

    def test_a_scale_enters_by_its_mean_in_each_team(self):
        survey = structured_survey()
        design = CountModel(moderators=("room",)).design(survey)
        frame = survey.frame
        score = (frame["room_1"] + 6 - frame["room_2"]) / 2
        expected = score.groupby(frame["team"]).transform("mean").to_numpy()
        column = design.coding.covariate_labels.index("room")
        np.testing.assert_allclose(design.covariates[:, column], expected)

    def test_one_that_differs_within_a_team_is_refused_by_the_team_s_name(self):
        with pytest.raises(ModelError, match=r"'age' differs between members of team 'T000' and"):
            CountModel(moderators=("age",)).design(structured_survey())

    def test_how_many_others_differ_is_told_only_where_no_team_is_hidden(self):
        """All teams less that number are those whose members agree: the small one, mostly."""
        survey = structured_survey()
        sizes = survey.frame.groupby("team", observed=True).size()
        assert sizes.min() >= 5
        with pytest.raises(ModelError, match=rf"'T000' and of {len(sizes) - 1} other teams: "):
            CountModel(moderators=("age",)).design(survey)
        frame = survey.frame
        frame = frame.drop(index=frame.index[frame["team"] == "T003"][3:])
        with pytest.raises(ModelError, match=r"'T000' and of others: a moderator"):
            CountModel(moderators=("age",)).design(dataclasses.replace(survey, frame=frame))

    def test_an_unknown_one_is_refused_with_the_nearest(self):
        with pytest.raises(ModelError, match="'chalenge' is neither a covariate nor a scale"):
            CountModel(moderators=("chalenge",)).design(structured_survey())

    def test_hardly_more_teams_than_moderators_are_refused(self):
        survey = structured_survey(n_teams=3)
        with pytest.raises(ModelError, match="3 teams are too few"):
            CountModel(moderators=("challenge",), covariates=()).design(survey)

    def test_a_team_without_any_score_is_named(self):
        frame = structured_frame()
        frame[["room_1", "room_2"]] = frame[["room_1", "room_2"]].astype(float)
        frame.loc[frame["team"] == "T002", ["room_1", "room_2"]] = np.nan
        with pytest.raises(SurveyError, match="nobody in team 'T002' answered half"):
            team_scale_means(frame, "team", Scale("room", ("room_1", "room_2")))

    @pytest.mark.parametrize("small", [True, False])
    def test_a_hidden_team_is_not_named(self, small):
        """What its few members answered, or left open, is nobody's business."""
        frame = structured_frame()
        first = frame["team"] == "T000"
        if small:
            frame = frame.drop(index=frame.index[first][3:])
            first = frame["team"] == "T000"
        items = ["room_1", "room_2"]
        frame[items] = frame[items].astype(float)
        frame.loc[first, items] = np.nan
        named = "a team that may not be named" if small else "team 'T000'"
        codebook = structured_survey().codebook
        with pytest.raises(SurveyError, match=f"nobody in {named}"):
            with_moderators(frame, codebook, ("room",))
        frame["age"] = np.where(first, np.arange(len(frame)), 30.0)
        with pytest.raises(ModelError, match=f"between members of {named}"):
            with_moderators(frame, codebook, ("age",))

    def test_a_score_needs_half_of_the_items(self):
        frame = structured_frame()
        frame[["room_1", "room_2"]] = frame[["room_1", "room_2"]].astype(float)
        frame.loc[0, "room_2"] = np.nan
        mean = team_scale_means(frame, "team", Scale("room", ("room_1", "room_2")))
        members = frame[frame["team"] == "T000"]
        expected = members[["room_1", "room_2"]].mean(axis=1).mean()
        # Rounded where somebody left an item open, else an exact fraction tells how many did.
        assert mean[0] == pytest.approx(expected, abs=0.5)
        assert mean[0] * 10 == pytest.approx(round(mean[0] * 10))
        untouched = frame[frame["team"] == "T003"]
        assert mean[untouched.index[0]] == pytest.approx(
            untouched[["room_1", "room_2"]].mean(axis=1).mean()
        )


class TestInteractions:
    def test_pairs_are_checked(self):
        with pytest.raises(ArgumentTypeError, match="give pairs of frequencies"):
            CountModel(interactions="talk")
        with pytest.raises(ArgumentError, match="no pair of names"):
            CountModel(interactions=(("talk",),))
        with pytest.raises(ArgumentError, match="named twice"):
            CountModel(interactions=(("talk", "meet"), ("meet", "talk")))
        with pytest.raises(ModelError, match="no frequency 'meat'"):
            CountModel(interactions=(("talk", "meat"),)).design(structured_survey())

    def test_names_alone_or_of_what_describes_teams_get_the_remedy(self):
        with pytest.raises(ArgumentTypeError, match="give pairs of frequencies"):
            CountModel(interactions=("talk", "meet"))
        with pytest.raises(ModelError, match=r"no frequency 'age'.*CountModel\(moderators="):
            CountModel(interactions=(("talk", "age"),)).design(structured_survey())


class TestComposition:
    def survey(self, talk, **how):
        frame = structured_frame(**how)
        team = frame["team"].str[1:].astype(int).to_numpy()
        frame["talk"] = [TALK[at % 4] for at in talk(team, np.arange(len(frame)))]
        return read_survey(frame, structured_codebook())

    @pytest.mark.parametrize("between", [True, "latent"])
    def test_teams_that_cannot_tell_of_it_are_refused(self, between):
        model = CountModel(between=between)
        with pytest.raises(ModelError, match="'talk' have the same shares in every team"):
            model.design(self.survey(lambda team, row: row))
        with pytest.raises(ModelError, match="all members gave the same answer to 'talk'"):
            model.design(self.survey(lambda team, row: team))

    def test_hardly_more_teams_than_frequencies_are_refused(self):
        survey = structured_survey(n_teams=4)
        with pytest.raises(ModelError, match=r"4 teams are too few .* at least 5"):
            CountModel(between=True, covariates=()).design(survey)
        CountModel(between=True, covariates=(), team_effects=()).design(survey)


@pytest.mark.parametrize("field", ["moderators", "department_effects", "team_effects"])
def test_none_is_no_tuple_of_names(field):
    with pytest.raises(ArgumentTypeError, match=f"{field}=None.: give a tuple of names"):
        CountModel(**{field: None})


def test_a_moderator_is_left_out_of_the_moderators():
    frame = structured_frame()
    frame["challenge"] = 3.0
    survey = read_survey(frame, structured_codebook())
    with pytest.raises(ModelError, match=r"and out of CountModel\(moderators="):
        CountModel(moderators=("challenge",)).design(survey)
    few = structured_survey(n_teams=3)
    with pytest.raises(ModelError, match=r"3 teams are too few.*and out of CountModel\(moderators"):
        CountModel(moderators=("challenge",)).design(few)


class TestDepartments:
    def test_without_a_department_in_the_codebook(self):
        book = structured_codebook(department=None)
        survey = read_survey(structured_frame(), book)
        with pytest.raises(ModelError, match="the codebook has no department"):
            CountModel(department_effects=("intercept",)).design(survey)

    def test_a_single_department(self):
        survey = structured_survey(n_departments=1)
        with pytest.raises(ModelError, match="all teams are in department 'D0'"):
            CountModel(department_effects=("intercept",)).design(survey)

    def test_departments_of_one_team_each(self):
        survey = structured_survey(n_departments=12)
        with pytest.raises(ModelError, match="each department holds a single team"):
            CountModel(department_effects=("intercept",)).design(survey)

    def test_a_team_in_two_departments_is_refused_when_read(self):
        frame = structured_frame()
        frame.loc[0, "department"] = "D2"
        with pytest.raises(SurveyError, match="T000"):
            read_survey(frame, structured_codebook())

    def test_an_unknown_effect(self):
        with pytest.raises(ModelError, match=r"department_effects=.*no effect 'tlak'"):
            CountModel(department_effects=("tlak",)).design(structured_survey())


def test_priors_have_the_scale_of_what_shifts_and_can_be_given_by_coordinate():
    survey = structured_survey()
    model = CountModel(
        moderators=("challenge",),
        interactions=(("talk", "meet"),),
        department_effects=("intercept",),
        priors=Priors(slope_shifts={"talk:meet": Normal(0, 0.3)}),
    )
    shown = model.priors_for(survey)
    sd = survey.frame["challenge"].std(ddof=0)
    told = shown.slope_shifts["talk:challenge"].sd
    # Of its order alone: a spread to three digits tells the sizes of hidden teams.
    assert 0.6 < told * sd < 1.7
    assert float(f"{told:.0e}") == told
    assert shown.slope_shifts["talk:meet"] == Normal(0, 0.3)
    assert set(shown.department_sd) == {"intercept"}
    assert shown.department_correlation is None
    with pytest.raises(ModelError, match="no coordinate 'talk:age'"):
        dataclasses.replace(
            model, priors=Priors(slope_shifts={"talk:age": Normal(0, 1)})
        ).priors_for(survey)


def test_the_pymc_model_has_the_log_density_written_by_hand():
    """Every term of the log rate, and the priors of what is new, at a random point."""
    from pytensor.compile.mode import Mode

    survey = structured_survey()
    model = CountModel(
        moderators=("challenge",),
        interactions=(("talk", "meet"),),
        department_effects=("intercept", "talk"),
        team_effects=("intercept",),
        between="latent",
    )
    design = model.design(survey)
    priors = resolve_priors(None, design)
    built = build_model(model, survey)
    named = [*built.free_RVs, *built.deterministics]
    terms = built.logp(jacobian=False, sum=False)
    rvs = [*built.free_RVs, *built.observed_RVs]
    values = built.replace_rvs_by_values(named)
    function = built.compile_fn([*terms, *values], mode=Mode(linker="py", optimizer=None))
    rng = np.random.default_rng(2)
    point = {
        name: value + rng.normal(0, 0.3, np.shape(value))
        for name, value in built.initial_point().items()
    }
    found = function(point)
    density = {rv.name: float(np.sum(part)) for rv, part in zip(rvs, found, strict=False)}
    at = {
        rv.name: np.asarray(part)[None] for rv, part in zip(named, found[len(rvs) :], strict=True)
    }
    rate = np.exp(log_rate_by_hand(design, at, 0))
    alpha = at["dispersion"][0]
    counts = stats.nbinom(alpha, alpha / (alpha + rate))
    assert density["outcome"] == pytest.approx(counts.logpmf(design.outcome).sum(), rel=1e-9)
    shifts = sum(
        stats.norm(0, prior.sd).logpdf(value)
        for prior, value in zip(priors.slope_shifts, at["slope_shifts"][0], strict=True)
    )
    parts = sum(value for name, value in density.items() if name.startswith("slope_shifts"))
    assert parts == pytest.approx(float(shifts), rel=1e-9)
    answers = 0.0
    for position, name in enumerate(design.coding.frequency_names):
        cuts, spread = at[f"thresholds_of_{name}"][0], at[f"latent_sd_of_{name}"][0]
        odds = (spread * at[f"latent_{name}"][0])[design.team][:, None] - cuts
        above = np.pad(1 / (1 + np.exp(-odds)), ((0, 0), (1, 1)), constant_values=(1, 0))[:, :]
        above[:, -1] = 0
        rows, level = np.arange(design.n_rows), design.frequency_level[:, position]
        chance = above[rows, level] - above[rows, level + 1]
        log_chance = np.log(chance).sum()
        counts = level_counts(design, position)
        ways = gammaln(counts.sum(axis=1) + 1).sum() - gammaln(counts + 1).sum()
        assert density[f"answers_to_{name}"] == pytest.approx(log_chance + ways, rel=1e-9)
        answers += log_chance
    assert np.isfinite(answers)
    sd, correlation = at["department_sd"][0], at["department_correlation"][0]
    covariance = correlation * np.outer(sd, sd)
    normal = stats.multivariate_normal(np.zeros(2), covariance)
    weights = department_centring_weights(design)
    stretch = np.log(sd) * (1 - weights) + np.log(np.diag(np.linalg.cholesky(correlation)))
    effects = at["department_effects"][0]
    assert density["department_effects_partly_centred"] == pytest.approx(
        normal.logpdf(effects).sum() + stretch.sum()
    )
    normal = stats.norm(0, at["team_sd"][0, 0])
    stretch = np.log(at["team_sd"][0, 0]) * (1 - centring_weights(design))
    assert density["team_effects_partly_centred"] == pytest.approx(
        normal.logpdf(at["team_effects"][0]).sum() + stretch.sum()
    )


def test_codebooks_without_a_frequency_let_moderators_shift_the_level_alone():
    book = Codebook(outcome="n", team="team", covariates=("challenge",))
    survey = read_survey(structured_frame(), book)
    design = CountModel(moderators=("challenge",), team_effects=("intercept",)).design(survey)
    assert design.coding.slope_shifts == ()
    assert design.coding.covariate_labels == ("challenge",)
