"""
An attack on every public name that tells something of a study, found by name.

A new public function fails the first test until it stands in the list of those attacked, or
in the list of those that tell nothing of respondents, with the reason. Everything an answer
holds is gathered: its fields, tables, texts, HTML, draws, and what its figures are drawn from.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

import learnclimate as lc
from gathering import Gathered, public_functions
from kinds_fits import make_kinds_fit

mpl.use("Agg")
# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

LEVELS = ["never", "yearly", "monthly", "weekly"]
HIDDEN_TEAMS = {"Aachen": 3, "Bonn": 6}
HIDDEN_LEVELS = ["never", "yearly"]
TEAMS = HIDDEN_TEAMS | {f"Team{number:02}": 9 + number % 5 for number in range(20)}
ITEMS = ["room_1", "room_2", "room_3", "room_4"]
ROOM = "room"


def people(bonn=2):
    """Respondents; those of hidden teams and levels answer unlike any others."""
    rng = np.random.default_rng(20260202)
    frame = pd.DataFrame({"team": [team for team, n in TEAMS.items() for _ in range(n)]})
    frame["department"] = np.where(
        frame["team"].isin(["Aachen", "Bonn", "Team00", "Team01", "Team02", "Team03"]), "x", "y"
    )
    level = 2 + np.arange(len(frame)) % 2
    level[[30, 60]] = 0
    level[[12, 28, 45, 62, 70, 80]] = 1
    frame["talk"] = np.array(LEVELS, dtype=object)[level]
    frame["learnt"] = rng.poisson(2 + level)
    frame.loc[frame["team"] == "Aachen", "learnt"] = [17, 19, 23]
    # So many that no mean of theirs is met by chance, however simple a fraction it is.
    frame.loc[frame["team"] == "Bonn", "learnt"] = [21, 27, 33, 24, 30, 38]
    frame.loc[level == 0, "learnt"] = [41, 54]
    frame.loc[level == 1, "learnt"] = [23, 31, 26, 34, 29, 38]
    shared = rng.normal(0, 1, len(frame))
    for item in ITEMS:
        answer = np.clip(np.round(3 + shared + rng.normal(0, 0.7, len(frame))), 1, 5)
        # Few give the lowest answer to the first item.
        frame[item] = np.maximum(answer, 2) if item == ITEMS[0] else answer
    frame.loc[[33, 66], ITEMS[0]] = 1
    # The six at Bonn may answer the last item otherwise, and nobody else does then.
    frame.loc[frame["team"] == "Bonn", ITEMS[-1]] = [bonn, 3, 5, bonn, 4, bonn + 1]
    # Three people are at a site of their own, which those in the hills protect.
    half = np.where(np.arange(len(frame)) % 2, "north", "south")
    frame["site"] = np.where(frame["department"] == "x", "hills", half)
    frame.loc[[40, 80, 120], "site"] = "east"
    # No whole numbers, so that no mean of few is met by chance.
    frame["tenure"] = rng.uniform(1, 20, len(frame))
    return frame


@dataclass
class Study:
    survey: lc.Survey
    fit: lc.Fit
    free: lc.Fit
    loaded: lc.Fit
    factor: lc.FactorFit
    team_factor: lc.FactorFit
    sited: lc.Survey
    kinds: lc.KindsFit
    folder: object

    def agreement(self):
        return lc.agreement(self.survey, ROOM, draws=100)

    @cached_property
    def influence(self):
        return lc.influence(self.fit, refits=1, progress=False)


@pytest.fixture(scope="module", autouse=True)
def wide_terminal():
    """What is printed leaves no column out, so that none escapes the attack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "1000")
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everything")
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=LEVELS,
        covariates=["tenure"],
        scales=[lc.Scale(ROOM, ITEMS)],
    )
    survey = lc.read_survey(people(), codebook)
    options = {"draws": 400, "seed": 1, "progress": False, "engine": "marginal"}
    fit = lc.fit(lc.CountModel(), survey, **options)
    free = lc.fit(lc.CountModel(frequency=lc.Unordered(), between=True), survey, **options)
    fit.save(folder / "fit.nc")
    factor = lc.fit(lc.FactorModel(ROOM), survey, draws=200, seed=1, progress=False)
    both = lc.FactorModel(ROOM, levels="team")
    team_factor = lc.fit(both, survey, draws=200, seed=1, progress=False)
    sited = lc.read_survey(
        people(),
        lc.Codebook(
            outcome="learnt", team="team", covariates=["site"], scales=[lc.Scale(ROOM, ITEMS)]
        ),
    )
    loaded, kinds = lc.load_fit(folder / "fit.nc"), make_kinds_fit(kinds_answered())
    return Study(survey, fit, free, loaded, factor, team_factor, sited, kinds, folder)


def kinds_answered():
    """Several kinds, simulated; 2 people and 6 give the lowest answers, and report much."""
    survey = lc.simulate_survey(n_teams=20, team_size=10, truth=lc.KindsTruth(), seed=2)
    frame = survey.frame.copy()
    levels = frame["talk"].cat.categories
    for level, n_kept in zip(HIDDEN_LEVELS, (2, 6), strict=True):
        own = frame.index[frame["talk"] == level]
        frame.loc[own[n_kept:], "talk"] = levels[2]
        for place, kind in enumerate(survey.codebook.asked.kinds):
            frame.loc[own[:n_kept], kind] = 31 + 7 * place + np.arange(n_kept) ** 2
    return replace(survey, frame=frame)


def _report(study, make=lc.report):
    make(study.fit, study.folder / "report.html")
    return (study.folder / "report.html").read_text(encoding="utf-8")


ASKED = {"high": "weekly", "low": "monthly", "population": "study"}
HIDDEN_ASKED = {"high": "weekly", "low": "never", "population": "study"}

#: How each public function is asked, and what it tells is attacked.
ATTACKED = {
    "fit": lambda s: [s.fit.summary(teams=True), s.free.summary(teams=True), s.fit.certificate],
    "load_fit": lambda s: [s.loaded, s.loaded.summary(teams=True), s.loaded.draws],
    "report": _report,
    "write_up": lambda s: [lc.write_up(s.fit), lc.write_up(s.fit, language="nl")],
    "read_survey": lambda s: [repr(s.survey), s.survey._repr_html_(), s.survey.describe()],
    "check_fit": lambda s: lc.check_fit(s.fit),
    "influence": lambda s: s.influence,
    "leave_one_out": lambda s: lc.leave_one_out(s.fit, refits=0, progress=False),
    "leave_one_team_out": lambda s: lc.leave_one_team_out(s.fit, refits=0, progress=False),
    "compare_models": lambda s: lc.compare_models(
        {"one": s.fit, "other": s.free}, refits=0, progress=False
    ),
    "prior_sensitivity": lambda s: lc.prior_sensitivity(s.fit, progress=False),
    "prior_predictive": lambda s: lc.prior_predictive(lc.CountModel(), s.survey, draws=100),
    "posterior_predictive": lambda s: lc.posterior_predictive(s.fit, draws=100),
    "confounder_benchmarks": lambda s: [
        lc.confounder_benchmarks(s.fit, **asked) for asked in (ASKED, HIDDEN_ASKED)
    ],
    "e_value": lambda s: [lc.e_value(s.fit, **asked) for asked in (ASKED, HIDDEN_ASKED)],
    "rate_ratio": lambda s: [
        lc.rate_ratio(fit, **asked)
        for asked in (ASKED, HIDDEN_ASKED)
        for fit in (s.fit, s.free, s.loaded)
    ],
    "tipping_point": lambda s: [
        lc.tipping_point(s.fit, **asked, bias=bias)
        for asked in (ASKED, HIDDEN_ASKED)
        for bias in ("confounder", "reporting")
    ],
    "select_teams": lambda s: lc.select_teams(s.fit, strong=2, typical=1, weak=2),
    "expected_counts": lambda s: [
        lc.expected_counts(fit, population=population)
        for fit in (s.fit, s.free, s.loaded)
        for population in ("study", "average_team", "new_team", s.survey.frame)
    ],
    "predicted_counts": lambda s: [
        lc.predicted_counts(s.fit, population=population)
        for population in ("study", "average_team", "new_team")
    ],
    "rank_teams": lambda s: [lc.rank_teams(fit, top=2) for fit in (s.fit, s.loaded)],
    "team_effects": lambda s: [
        lc.team_effects(fit, effect)
        for fit in (s.fit, s.loaded)
        for effect in ("intercept", "talk")
    ],
    "variance_partition": lambda s: lc.variance_partition(s.fit),
    "within_between": lambda s: lc.within_between(s.free),
    "compare_kinds": lambda s: [
        lc.compare_kinds(s.kinds, high, low, population=population)
        for high, low in (("weekly", "monthly"), ("weekly", "never"), ("monthly", "yearly"))
        for population in ("study", "average_team")
    ],
    "latent_aggregation": lambda s: lc.latent_aggregation(s.team_factor),
    "compare_invariance": lambda s: [
        lc.compare_invariance(survey, lc.FactorModel(ROOM), by, draws=100)
        for survey, by in ((s.survey, "department"), (s.sited, "site"))
    ],
    "specification_table": lambda s: [
        lc.specification_table(lc.CountModel(), s.survey, models=models, draws=400, progress=False)
        for models in ({"no covariates": lc.CountModel(covariates=())},)
    ],
    "fit_indices": lambda s: lc.fit_indices(s.factor, draws=100),
    "factor_scores": lambda s: lc.factor_scores(s.factor, draws=100),
    "plausible_values": lambda s: lc.plausible_values(s.factor, 2),
    "item_curves": lambda s: lc.item_curves(s.factor, draws=100),
    "test_information": lambda s: lc.test_information(s.factor, draws=100),
    "aggregation": lambda s: lc.aggregation(s.survey, ROOM, draws=100),
    "agreement": lambda s: s.agreement(),
    "explore_factors": lambda s: lc.explore_factors(s.survey, ROOM, 1, draws=100),
    "parallel_analysis": lambda s: lc.parallel_analysis(s.survey, ROOM, draws=100),
    "item_analysis": lambda s: lc.item_analysis(s.survey, ROOM, draws=100),
    "polychoric": lambda s: lc.polychoric(s.survey, ROOM),
    "reliability": lambda s: lc.reliability(s.survey, ROOM, draws=100),
    "scale_scores": lambda s: lc.scale_scores(s.survey, ROOM, draws=100),
    "plots.agreement": lambda s: lc.plots.agreement(s.agreement()),
    "plots.check": lambda s: [
        lc.plots.check(one)
        for one in (lc.check_fit(s.fit), lc.posterior_predictive(s.fit, draws=100), s.influence)
    ],
    "plots.certificate": lambda s: lc.plots.certificate(s.fit),
    "plots.expected_counts": lambda s: [
        lc.plots.expected_counts(fit) for fit in (s.fit, s.free, s.loaded)
    ],
    "plots.frequency_response": lambda s: [
        lc.plots.frequency_response(fit) for fit in (s.fit, s.free, s.loaded)
    ],
    "plots.influence": lambda s: lc.plots.influence(s.influence),
    "plots.kind_ratios": lambda s: lc.plots.kind_ratios(s.kinds),
    "plots.item_curves": lambda s: lc.plots.item_curves(lc.item_curves(s.factor, draws=100)),
    "plots.test_information": lambda s: lc.plots.test_information(
        lc.test_information(s.factor, draws=100)
    ),
    "plots.leave_out": lambda s: lc.plots.leave_out(
        lc.leave_one_out(s.fit, refits=0, progress=False)
    ),
    "plots.prior_sensitivity": lambda s: lc.plots.prior_sensitivity(
        lc.prior_sensitivity(s.fit, progress=False)
    ),
    "plots.interview_selection": lambda s: lc.plots.interview_selection(
        lc.select_teams(s.fit, strong=2, typical=1, weak=2)
    ),
    "plots.model_comparison": lambda s: lc.plots.model_comparison(
        lc.compare_models({"one": s.fit, "other": s.free}, refits=0, progress=False)
    ),
    "plots.prior_posterior": lambda s: [lc.plots.prior_posterior(f) for f in (s.fit, s.loaded)],
    "plots.residuals": lambda s: lc.plots.residuals(s.fit),
    "plots.rootogram": lambda s: lc.plots.rootogram(s.fit),
    "plots.team_effects": lambda s: [
        lc.plots.team_effects(s.fit, effect=effect) for effect in ("intercept", "talk")
    ],
    "plots.team_shrinkage": lambda s: [
        lc.plots.team_shrinkage(s.fit, effect=effect) for effect in ("intercept", "talk")
    ],
}

#: Public functions that tell nothing of respondents, and why.
TELL_NOTHING = {
    "build_model": "holds the respondents' rows, as the survey does, for who computes further",
    "calibrate": "tells of simulated surveys",
    "calibrate_around": "tells of surveys simulated around a fit",
    "plots.calibration": "draws what calibrate tells",
    "design_analysis": "tells of simulated surveys",
    "plots.specifications": "draws what specification_table tells",
    "plots.design_analysis": "draws what design_analysis tells",
    "example_path": "a path",
    "load_example": "a simulated survey",
    "simulate_survey": "a simulated survey",
    "pseudonymise": "a survey, like the one it is given",
    "codebook_template": "a text",
    "learning_climate_scales": "declarations",
    "stimuli_scales": "declarations",
}


def test_every_public_function_is_attacked_or_tells_nothing():
    assert {*ATTACKED} | {*TELL_NOTHING} == {*public_functions()}
    assert not {*ATTACKED} & {*TELL_NOTHING}


@pytest.fixture(scope="module")
def gathered(study):
    """What every function tells, gathered once."""
    found = {}
    for name, ask in ATTACKED.items():
        found[name] = Gathered([], [], [])
        found[name].take(name, ask(study))
    return found


@pytest.mark.parametrize("name", ATTACKED)
def test_no_hidden_team_has_a_figure(gathered, name):
    for where, table in gathered[name].tables:
        for column in table:
            own = table[column].astype(str).isin(HIDDEN_TEAMS).to_numpy()
            if not own.any():
                continue
            told = table[own].select_dtypes("number")
            # Whether a row is hidden, and what was asked, are no figures of the team.
            told = told.drop(columns=[c for c in ("hidden", "suppressed") if c in told])
            assert told.isna().all(axis=None), (where, table[own])


#: Session tables say which teams are hidden; a note names a team of the data frame given.
NAMED_BY_THE_ASKER = {"team_effects", "rank_teams", "expected_counts"}


@pytest.mark.parametrize("name", sorted({*ATTACKED} - NAMED_BY_THE_ASKER))
def test_no_hidden_team_is_named_in_words(gathered, name):
    in_tables = " ".join(
        table.select_dtypes(["object", "string", "category"]).to_string()
        for _, table in gathered[name].tables
    )
    for text in gathered[name].texts:
        for team in HIDDEN_TEAMS:
            if team in text and team not in in_tables:
                raise AssertionError(text[:300])


def statistics_of(rows):
    """What a group could be known by, in numbers that no other group has by chance."""
    count = rows["learnt"].to_numpy(dtype=float)
    room = rows[ITEMS].to_numpy().mean(axis=1)
    for values in (count, room, rows["tenure"].to_numpy()):
        if len(values):
            yield values.mean()
            yield np.log(values.mean()) if values.mean() > 0 else 0.0
        if len(values) > 1:
            yield values.std(ddof=1)
            yield values.var(ddof=1)
            yield values.std()
    for item in ITEMS:
        yield rows[item].mean()


def kinds_canaries():
    """Means and totals of those who gave a hidden answer, of every kind and all together."""
    survey = kinds_answered()
    frame, kinds = survey.frame, list(survey.codebook.asked.kinds)
    counts = frame[kinds].assign(total=frame[kinds].sum(axis=1))
    for level in HIDDEN_LEVELS:
        own = frame["talk"] == level
        for told in (counts[own].mean(), np.log(counts[own].mean()), counts[~own].mean()):
            for kind, value in told.items():
                yield f"{level}: {kind}", float(value)
        ratios = counts[frame["talk"] == "weekly"].mean() / counts[own].mean()
        for kind, value in ratios.items():
            yield f"weekly vs {level}: {kind}", float(value)


def canaries():
    """Statistics of hidden groups, and of everybody but one of them."""
    frame = people()
    groups = {f"team {team}": frame["team"] == team for team in HIDDEN_TEAMS}
    groups |= {f"level {level}": frame["talk"] == level for level in HIDDEN_LEVELS}
    groups["answer 1"] = frame[ITEMS[0]] == 1
    told = [True, *(frame["team"] == team for team in TEAMS if team not in HIDDEN_TEAMS)]
    told += [frame["talk"] == level for level in LEVELS if level not in HIDDEN_LEVELS]
    innocent = {
        round(x, 8) for own in told for x in statistics_of(frame[own] if own is not True else frame)
    }
    for name, own in groups.items():
        for rows in (frame[own], frame[~own]):
            for value in statistics_of(rows):
                # Small simple fractions, and roots of them, stand everywhere by chance.
                whole = min(abs(120 * x - round(120 * x)) for x in (value, value**2)) < 1e-6
                half = abs(2 * value - round(2 * value)) < 1e-6
                by_chance = (half and abs(value) < 20) or (whole and abs(value) < 5)
                if round(value, 8) not in innocent and not by_chance:
                    yield name, value


#: What tells of the study of several kinds.
OF_KINDS = {"compare_kinds", "plots.kind_ratios"}


@pytest.mark.parametrize("name", ATTACKED)
def test_no_number_is_a_statistic_of_a_hidden_group(gathered, name):
    sought = list(kinds_canaries() if name in OF_KINDS else canaries())
    values = np.array([value for _, value in sought])
    for where, numbers in gathered[name].numbers:
        if name == "posterior_predictive" and where.endswith((".lower", ".upper", ".expected")):
            # Means of simulated whole numbers meet those of few answers by chance.
            continue
        known = np.unique(numbers[np.isfinite(numbers)])
        if not len(known):
            continue
        at = np.clip(np.searchsorted(known, values), 1, len(known) - 1) if len(known) > 1 else 0
        near = np.minimum(np.abs(known[at] - values), np.abs(known[np.maximum(at - 1, 0)] - values))
        hit = np.flatnonzero(near < 1e-9)
        assert not len(hit), (where, [sought[place] for place in hit])


@pytest.mark.parametrize("name", sorted({*ATTACKED} - {"team_effects", "rank_teams"}))
def test_no_hidden_level_has_a_figure(gathered, name):
    for where, table in gathered[name].tables:
        for column in table.columns:
            texts = table[column].astype(str)
            own = texts.isin([*HIDDEN_LEVELS, *(f"talk[{one}]" for one in HIDDEN_LEVELS)])
            own |= texts.str.contains(r"\b(?:never|yearly)\b vs|vs \b(?:never|yearly)\b")
            if not own.any():
                continue
            told = table[own.to_numpy()].select_dtypes("number")
            told = told.drop(columns=[c for c in ("hidden", "suppressed") if c in told])
            assert told.isna().all(axis=None), (where, table[own.to_numpy()])


def test_a_comparison_tells_of_no_group_that_the_description_hides(study, gathered):
    """Three are at a site: the study less the sizes of the other sites would be three."""
    by_department, by_site = (
        table for _, table in gathered["compare_invariance"].tables if "n_respondents" in table
    )
    assert by_department["n_respondents"].notna().all()
    assert by_site["n_respondents"].notna().all()
    told = dict(study.sited.describe().tables)["Covariate: site"].set_index("answer")
    shown = told["respondents"] != "hidden"
    assert shown.to_dict() == {"east": False, "hills": False, "north": True, "south": True}
    compared = {label.split(", ")[1] for label in by_site["contrast"] if ", " in label}
    assert compared == {"north", "south"}
    assert "2 groups that may not be shown are not compared" in " ".join(
        gathered["compare_invariance"].texts
    )


#: Columns that count people, whatever table they stand in.
COUNTS_PEOPLE = re.compile(r"respondents|members|people|ticked|^rows$|^observed people$")
#: Figures whose bars count people.
BARS_OF_PEOPLE = ("plots.rootogram", "plots.residuals", "plots.leave_out", "plots.check")


def small_numbers(found, figures):
    """Every number of people from 1 to 4 that a table or a bar tells."""
    for where, table in found.tables:
        counting = [column for column in table if COUNTS_PEOPLE.search(str(column))]
        if "rootogram" in where:
            counting.append("observed")
        for column in counting:
            numbers = pd.to_numeric(table[column], errors="coerce")
            few = table[((numbers > 0) & (numbers < 5)).to_numpy(dtype=bool, na_value=False)]
            # Of bounds of influence, one counts no people: by how much somebody moves a ratio.
            if len(few) and column != "shift above":
                yield where, few
    for where, numbers in found.numbers if figures else ():
        whole = np.abs(numbers - np.rint(numbers)) < 1e-9
        few = numbers[whole & (numbers > 0) & (numbers < 5)]
        if ".bar" in where and len(few):
            yield where, few


@pytest.mark.parametrize("name", ATTACKED)
def test_no_number_of_people_is_small(gathered, name):
    assert list(small_numbers(gathered[name], name in BARS_OF_PEOPLE)) == []


def test_a_planted_small_number_is_found():
    figure = Figure()
    figure.subplots().bar([0, 1], [30, 3])
    for told in (pd.DataFrame({"n_respondents": [9, 3]}), {"rows": figure}):
        found = Gathered([], [], [])
        found.take("planted", told)
        assert list(small_numbers(found, figures=True))


#: What tells of a scale: quick, and about answers from 1 to 5, whose means are simple fractions.
OF_SCALES = {
    "agreement": lambda survey: lc.agreement(survey, ROOM, draws=100),
    "aggregation": lambda survey: lc.aggregation(survey, ROOM, draws=100),
    "item_analysis": lambda survey: lc.item_analysis(survey, ROOM, draws=100),
    "reliability": lambda survey: lc.reliability(survey, ROOM, draws=100),
    "scale_scores": lambda survey: lc.scale_scores(survey, ROOM, draws=100).summary,
    "polychoric": lambda survey: lc.polychoric(survey, ROOM),
    "describe": lambda survey: survey.describe(),
}


def scale_statistics(frame):
    """Means, sds and variances of the answers of the hidden team, by item and of the score."""
    rows = frame.loc[frame["team"] == "Bonn", ITEMS]
    parts = [rows[item] for item in ITEMS] + [rows.mean(axis=1)]
    found = {}
    for place, values in enumerate(parts):
        found |= {
            (place, "mean"): values.mean(),
            (place, "sd"): values.std(ddof=1),
            (place, "variance"): values.var(ddof=1),
        }
    return found


@pytest.fixture(scope="module")
def two_surveys():
    """The same study twice; only the few answered one item otherwise."""
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale(ROOM, ITEMS)])
    frames = [people(bonn) for bonn in (2, 4)]
    return frames, [lc.read_survey(frame, codebook) for frame in frames]


def told_twice(ask, two_surveys):
    """Every number that is told, by where it stands, of the one study and of the other."""
    told = []
    for survey in two_surveys[1]:
        gathered = Gathered([], [], [])
        gathered.take("told", ask(survey))
        told.append(dict(gathered.numbers))
    assert set(told[0]) == set(told[1])
    return [(w, a, told[1][w]) for w, a in told[0].items() if a.shape == told[1][w].shape]


def followed(ask, two_surveys):
    """Statistics of the few that some number follows from the one study to the other."""
    before, after = map(scale_statistics, two_surveys[0])
    moved = [key for key in before if abs(before[key] - after[key]) > 1e-9]
    assert moved
    return {
        (where, key)
        for where, first, second in told_twice(ask, two_surveys)
        for key in moved
        if (
            np.isclose(first, before[key], atol=1e-9) & np.isclose(second, after[key], atol=1e-9)
        ).any()
    }


@pytest.mark.parametrize("name", OF_SCALES)
def test_no_number_follows_the_answers_of_a_hidden_team(two_surveys, name):
    """A simple fraction may be met by chance once, but not where it should be in both studies."""
    assert followed(OF_SCALES[name], two_surveys) == set()


def test_a_planted_fraction_is_followed(two_surveys):
    def leak(survey):
        few = survey.frame.loc[survey.frame["team"] == "Bonn", ITEMS[-1]]
        return pd.DataFrame({"told": [1.0, few.astype(float).mean()]})

    assert followed(leak, two_surveys)


def leaks():
    """Answers that tell of a hidden group, and the attack that must find each."""
    frame = people()
    few, level = frame[frame["team"] == "Bonn"], frame[frame["talk"] == "yearly"]
    table = pd.DataFrame({"team": ["Bonn", "Team00"], "mean": [few["learnt"].mean(), 2.0]})
    levels = pd.DataFrame({"contrast": ["weekly vs yearly"], "mean": [1.7]})
    figure = Figure()
    figure.subplots().scatter([0, 1], [few["tenure"].mean(), 3])
    draws = xr.Dataset({"kept": ("draw", [0.1, np.log(level["learnt"].mean())])})
    yield "table", {"answer": table}, test_no_hidden_team_has_a_figure
    yield "words", "Of the team Bonn we say nothing.", test_no_hidden_team_is_named_in_words
    yield "figure", figure, test_no_number_is_a_statistic_of_a_hidden_group
    yield "draws", [draws], test_no_number_is_a_statistic_of_a_hidden_group
    yield "level", levels, test_no_hidden_level_has_a_figure


@pytest.mark.parametrize(
    ("told", "attack"), [pytest.param(*rest, id=name) for name, *rest in leaks()]
)
def test_a_planted_leak_is_found(told, attack):
    found = Gathered([], [], [])
    found.take("planted", told)
    with pytest.raises(AssertionError):
        attack({"planted": found}, "planted")
