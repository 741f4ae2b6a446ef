"""
Numbers of people that are not told stand in no output, nor follow from its digits.

One awkward study: few left items open, a team is hidden and another protects it, few gave an
answer, few are at a site. A new public function fails the first test until it says here how it is
asked, or why it tells nothing of who answered what.
"""

import itertools
import re
from dataclasses import dataclass, replace
from functools import cached_property

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import learnclimate as lc
from gathering import Gathered, public_functions
from kinds_fits import make_kinds_fit
from learnclimate.checks.bins import count_bins, joined_edges
from learnclimate.disclosure.rounding import digits_that_hide

mpl.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore")

ITEMS = ["q1", "q2", "q3", "q4"]
ALONE = lc.Scale("alone", ["q2"])
TEAMS = {"Aachen": 3, "Bonn": 8} | {f"T{number:02}": 13 + number % 3 for number in range(13)}
N = sum(TEAMS.values())
#: Of T04 one left everything open; of T05 and T06 two left the second item open, and five of T07
#: the third, which may be told.
TOUCHED = {"T04", "T05", "T06"}
#: Who answered anything, the second item, and all: 1, 3 and 8 fewer than were asked.
UNTOLD = {N - 1, N - 3, N - 8}
HIDDEN_SITES = {"east", "hills"}


def people():
    rng = np.random.default_rng(20261126)
    frame = pd.DataFrame({"team": [team for team, n in TEAMS.items() for _ in range(n)]})
    shared = rng.normal(0, 0.7, len(frame))
    for item in ITEMS:
        frame[item] = np.clip(np.round(3.4 + shared + rng.normal(0, 0.8, len(frame))), 2, 5)
    place = np.arange(len(frame))
    frame["learnt"] = rng.poisson(3, len(frame))
    frame["talk"] = np.where(place % 2, "weekly", "never")
    frame["site"] = np.where(place % 5 == 0, "hills", np.where(place % 2, "north", "south"))
    frame.loc[[30, 60, 90], "site"] = "east"
    # Two gave the lowest answer to the first item.
    frame.loc[frame.index[frame["team"] == "T08"][:2], "q1"] = 1
    first = {team: frame.index[frame["team"] == team] for team in (*TOUCHED, "T07")}
    frame.loc[first["T04"][:1], ITEMS] = np.nan
    frame.loc[[first["T05"][0], first["T06"][0]], "q2"] = np.nan
    frame.loc[first["T07"][:5], "q3"] = np.nan
    return frame


@dataclass
class Study:
    @cached_property
    def survey(self):
        codebook = lc.Codebook(
            outcome="learnt",
            team="team",
            frequency="talk",
            frequency_levels=["never", "weekly"],
            covariates=["site"],
            scales=[lc.Scale("climate", ITEMS)],
        )
        return lc.read_survey(people(), codebook)

    @cached_property
    def factor(self):
        model = lc.FactorModel("climate")
        return lc.fit(model, self.survey, draws=200, seed=1, progress=False)

    @cached_property
    def team_factor(self):
        model = lc.FactorModel("climate", levels="team")
        return lc.fit(model, self.survey, draws=200, seed=1, progress=False)

    @cached_property
    def kinds(self):
        """Two of 99 left one kind open, and one of another team the next."""
        made = lc.simulate_survey(n_teams=12, team_size=9, truth=lc.KindsTruth(), seed=3)
        frame, names = made.frame.copy(), made.codebook.asked.kinds
        frame.loc[frame.index[[4, 50]], names[0]] = pd.NA
        frame.loc[frame.index[[7]], names[1]] = pd.NA
        return replace(made, frame=frame)

    @cached_property
    def kinds_fit(self):
        return make_kinds_fit(self.kinds)

    @cached_property
    def agreement(self):
        return lc.agreement(self.survey, "climate", draws=100)

    @cached_property
    def curves(self):
        return lc.item_curves(self.factor, draws=100)

    @cached_property
    def information(self):
        return lc.test_information(self.factor, draws=100)


#: What tells of answers to a scale, of which some are open.
OF_SCALES = {
    "agreement": lambda s: [s.agreement, lc.agreement(s.survey, ALONE, draws=100)],
    "aggregation": lambda s: [
        lc.aggregation(s.survey, name, draws=100) for name in ("climate", ALONE)
    ],
    "scale_scores": lambda s: [
        lc.scale_scores(s.survey, "climate", draws=100, missing_allowed=allowed)
        for allowed in (0, 1, 3)
    ],
    "item_analysis": lambda s: lc.item_analysis(s.survey, "climate", draws=100),
    "polychoric": lambda s: lc.polychoric(s.survey, "climate"),
    "reliability": lambda s: lc.reliability(s.survey, "climate", draws=100),
    "parallel_analysis": lambda s: lc.parallel_analysis(s.survey, "climate", draws=100),
    "explore_factors": lambda s: lc.explore_factors(s.survey, "climate", 1, draws=100),
    # The design of a fit is the session's, as the survey is; no file holds it.
    "fit": lambda s: [
        (repr(one), one._repr_html_(), one.provenance) for one in (s.factor, s.team_factor)
    ],
    "fit_indices": lambda s: [lc.fit_indices(one, draws=100) for one in (s.factor, s.team_factor)],
    "compare_models": lambda s: [
        lc.compare_models({"one": one, "same": one}, unit=unit, progress=False)
        for one in (s.factor, s.team_factor)
        for unit in ("respondent", "team")
    ],
    "factor_scores": lambda s: lc.factor_scores(s.factor, draws=100),
    "plausible_values": lambda s: lc.plausible_values(s.factor, 2),
    "item_curves": lambda s: s.curves,
    "test_information": lambda s: s.information,
    "latent_aggregation": lambda s: lc.latent_aggregation(s.team_factor),
    "compare_invariance": lambda s: lc.compare_invariance(
        s.survey, lc.FactorModel("climate"), "site", draws=100
    ),
    "read_survey": lambda s: [repr(s.survey), s.survey.describe()],
    "plots.agreement": lambda s: lc.plots.agreement(s.agreement),
    "plots.item_curves": lambda s: lc.plots.item_curves(s.curves),
    "plots.test_information": lambda s: lc.plots.test_information(s.information),
}

#: What tells of several kinds, of which some are open.
OF_KINDS = {
    "posterior_predictive": lambda s: lc.posterior_predictive(s.kinds_fit, draws=50),
    "prior_predictive": lambda s: lc.prior_predictive(lc.KindsModel(), s.kinds, draws=50),
    "expected_counts": lambda s: lc.expected_counts(s.kinds_fit, population="study"),
    "predicted_counts": lambda s: lc.predicted_counts(s.kinds_fit, population="study"),
    "rate_ratio": lambda s: lc.rate_ratio(
        s.kinds_fit, "monthly", "yearly", population="average_team"
    ),
    "compare_kinds": lambda s: lc.compare_kinds(
        s.kinds_fit, "monthly", "yearly", population="average_team"
    ),
    "team_effects": lambda s: lc.team_effects(s.kinds_fit, "intercept"),
    "rank_teams": lambda s: lc.rank_teams(s.kinds_fit, top=2, kind="training"),
    "plots.kind_ratios": lambda s: lc.plots.kind_ratios(s.kinds_fit),
}

#: Why the others tell nothing of who left something open.
OTHERS = {
    "counts, which everybody who is in the study has: see test_disclosure_everything": (
        "write_up report check_fit influence leave_one_out leave_one_team_out "
        "prior_sensitivity confounder_benchmarks e_value tipping_point select_teams "
        "variance_partition within_between specification_table plots.check plots.certificate "
        "plots.expected_counts plots.frequency_response plots.influence plots.leave_out "
        "plots.prior_sensitivity plots.interview_selection plots.model_comparison "
        "plots.prior_posterior plots.residuals plots.rootogram plots.team_effects "
        "plots.team_shrinkage"
    ),
    "a file, which test_disclosure_files attacks": "load_fit",
    "simulated surveys, declarations, paths and texts, or rows as the survey has them": (
        "build_model calibrate calibrate_around plots.calibration design_analysis "
        "plots.specifications plots.design_analysis example_path load_example simulate_survey "
        "pseudonymise codebook_template learning_climate_scales stimuli_scales"
    ),
}


def test_every_public_function_is_asked_or_tells_nothing_of_open_answers():
    others = {name for names in OTHERS.values() for name in names.split()}
    assert {*OF_SCALES} | {*OF_KINDS} | others == {*public_functions()}
    assert not ({*OF_SCALES} | {*OF_KINDS}) & others


@pytest.fixture(scope="module")
def gathered():
    """What each tells, without what is the respondents' own and as confidential as answers."""
    study, found = Study(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "1000")
        for name, ask in (OF_SCALES | OF_KINDS).items():
            found[name] = Gathered([], [], [])
            found[name].take(name, ask(study))
    return found


@pytest.mark.parametrize("name", OF_SCALES)
def test_no_number_that_is_not_told_stands_anywhere(gathered, name):
    spelled = re.compile(rf"(?<![\d.])(?:{'|'.join(map(str, sorted(UNTOLD)))})(?![\d.]*\d)")
    for text in gathered[name].texts:
        assert not spelled.search(text), text[:300]
    for where, numbers in gathered[name].numbers:
        # Draws are numbered.
        if not where.endswith(".draw"):
            assert not np.isin(numbers, sorted(UNTOLD)).any(), where


def rests_on_open_answers(row):
    """Whether few of those whom a row is about left something open."""
    team, contrast = row["team"], str(row["contrast"])
    if isinstance(team, str):
        return team in TOUCHED
    # What is told of one item rests on answers to that one.
    item = contrast.split(" ", maxsplit=1)[0]
    share = row["estimand"].startswith(("item_mean", "item_sd", "category", "share_"))
    return not (share and item in {"q1", "q3", "q4", "respondents"})


FIGURES = ["mean", "sd", "median", "lower", "upper", "probability"]


@pytest.mark.parametrize("name", OF_SCALES)
def test_figures_beside_a_number_that_is_not_told_have_few_digits(gathered, name):
    for where, table in gathered[name].tables:
        if not {"estimand", *FIGURES} <= {*table.columns}:
            continue
        own = table[[rests_on_open_answers(row) for _, row in table.iterrows()]]
        if name == "agreement" and len(own):
            # Each item's own answers of a team tell it, of T04 and T05 alike.
            assert set(own["team"].dropna()) <= TOUCHED
        values = own[FIGURES].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        assert np.allclose(values * 100, np.rint(values * 100), atol=1e-6), where


@pytest.mark.parametrize("name", OF_SCALES)
def test_a_team_of_which_few_left_something_open_has_no_number(gathered, name):
    for where, table in gathered[name].tables:
        if "n_respondents" in table and "team" in table:
            own = table[table["team"].isin({"T04", "T05", "T06"})]
            told = own["n_respondents"].dropna()
            assert told.isin([TEAMS[team] for team in own.loc[told.index, "team"]]).all(), where


def test_no_group_is_compared_that_the_description_hides(gathered):
    told = gathered["compare_invariance"].tables[0][1]
    compared = {label.rsplit(", ", 1)[1] for label in told["contrast"] if ", " in label}
    assert compared == {"north", "south"}


@pytest.mark.parametrize("name", OF_KINDS)
def test_who_left_a_kind_open_is_not_counted(gathered, name):
    """97 and 98 answered the two kinds; T02, and the levels of these three, are told whole."""
    survey = Study().kinds
    whole = survey.frame["talk"].value_counts().to_dict()
    teams = survey.frame["team"].value_counts().to_dict()
    for where, table in gathered[name].tables:
        if "n_respondents" not in table:
            continue
        for _, row in table.dropna(subset=["n_respondents"]).iterrows():
            level = str(row.get("level", row.get("contrast", ""))).rsplit(": ", 1)[-1]
            asked = teams.get(row.get("team"), whole.get(level))
            assert asked is None or row["n_respondents"] == asked, (where, row)
    for where, numbers in gathered[name].numbers:
        if "observed" not in where:
            continue
        for kind, (n, counts) in fractions_of(survey).items():
            known = numbers[np.isfinite(numbers)]
            near = np.abs(known[:, None] - counts[None, :] / n).min(initial=1.0)
            assert near > 1e-9, (where, kind)


def fractions_of(survey):
    """Means and shares of zeros of the kinds that few left open, as fractions that tell n."""
    found = {}
    for kind in survey.codebook.asked.kinds[:2]:
        own = survey.frame[kind].dropna().astype(int)
        found[kind] = (len(own), np.array([own.sum(), (own == 0).sum()]))
    return found


# Attacks that reason: every study that agrees with what is told is made, and more than one must do.


def small_study(left_open, seed=0, n=120):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"team": [f"T{place // 12:02}" for place in range(n)]})
    shared = rng.normal(0, 1, n)
    for item in ITEMS:
        frame[item] = np.clip(np.round(3 + shared + rng.normal(0, 0.8, n)), 1, 5)
    frame["learnt"] = rng.poisson(3, n)
    frame.loc[rng.choice(n, left_open, replace=False), ITEMS] = np.nan
    return lc.read_survey(
        frame,
        lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("climate", ITEMS)]),
    )


@pytest.mark.parametrize("left_open", [1, 2, 3, 4])
def test_design_effect_and_icc_do_not_tell_how_many_have_a_score(left_open):
    told = lc.aggregation(small_study(left_open), "climate", draws=100).summary
    assert told["n_respondents"].isna().all()
    value = told[told["contrast"] == "classical"].set_index("estimand")["mean"]
    fits = []
    for missing in (1, 2, 3, 4):
        size = (120 - missing) / 10
        icc = np.linspace(value["icc1"] - 0.005, value["icc1"] + 0.005, 201)
        fits.append((np.abs(1 + (size - 1) * icc - value["design_effect"]) <= 0.005 + 1e-9).any())
    # The mean size asked goes into it, so that no number of the four is the one that fits.
    assert len(set(fits)) == 1


@pytest.mark.parametrize("left_open", [1, 2, 3, 4])
def test_the_interval_of_alpha_does_not_tell_how_many_answered_all(left_open):
    told = lc.reliability(small_study(left_open), "climate", draws=100).summary
    row = told[(told["estimand"] == "alpha") & (told["contrast"] == "classical")].iloc[0]
    alpha = np.linspace(row["mean"] - 0.005, row["mean"] + 0.005, 201)
    for n in range(116, 121):
        lower = 1 - (1 - alpha) * stats.f.ppf(0.95, n - 1, (n - 1) * 3)
        assert (np.abs(lower - row["lower"]) <= 0.005).any(), n


def kinds_row(n, left_open, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"team": [f"T{place // 10:02}" for place in range(n)]})
    for kind in ("courses", "reading"):
        frame[kind] = rng.poisson(1.5, n).astype(float)
    frame.loc[rng.choice(n, left_open, replace=False), "courses"] = np.nan
    outcome = lc.Outcome("learning", kinds=["courses", "reading"])
    survey = lc.read_survey(frame, lc.Codebook(outcome=outcome, team="team"))
    return dict(survey.describe().tables)["Outcome: learning, by kind"].iloc[0]


def agrees(n, row, digits):
    """Whether whole counts of n people have such a mean, variance and share of zeros."""
    slack, mean, variance = 0.5 * 10**-digits + 1e-9, float(row["mean"]), float(row["variance"])
    share = row["share of zeros"]
    if share != "hidden":
        zeros = float(re.sub(r"[^\d.]", "", share)) / 100
        if not any(abs(k / n - zeros) <= slack for k in range(n + 1)):
            return False
    for total in range(int((mean - slack) * n), int((mean + slack) * n) + 2):
        if abs(total / n - mean) <= slack:
            low, high = ((variance + sign * slack) * (n - 1) + total**2 / n for sign in (-1, 1))
            squares = range(int(np.ceil(low)), int(np.floor(high)) + 1)
            if any((square - total) % 2 == 0 for square in squares):
                return True
    return False


@pytest.mark.parametrize("n", [20, 40, 100, 200, 400])
def test_mean_variance_and_zeros_do_not_tell_how_many_left_a_kind_open(n):
    for seed, left_open in itertools.product(range(3), (1, 4)):
        row = kinds_row(n, left_open, seed)
        assert row["left open"] == "few"
        digits = digits_that_hide(n // 2)
        assert all(agrees(n - missing, row, digits) for missing in (1, 2, 3, 4)), row


def test_the_attack_on_kinds_succeeds_where_two_decimals_are_told():
    row = kinds_row(100, 2, 1).copy()
    own = np.random.default_rng(1).poisson(1.5, 98)
    row["mean"], row["variance"] = round(own.mean(), 2), round(own.var(ddof=1), 2)
    row["share of zeros"] = f"{(own == 0).mean():.2%}"
    assert [n for n in (96, 97, 98, 99) if agrees(n, row, 2)] != [96, 97, 98, 99]


def test_agreement_tells_of_answers_that_may_not_be_shown_only_their_middle(monkeypatch):
    """Moving a rare answer to the one it is hidden with changes nothing that is told but chance."""
    monkeypatch.setattr(lc.Survey, "private_seed", lambda _, seed: seed)
    told = []
    for rare in (1.0, 2.0):
        rng = np.random.default_rng(3)
        frame = pd.DataFrame({"team": [f"T{place // 10:02}" for place in range(100)]})
        frame["q1"] = rng.choice([2.0, 3.0, 4.0, 5.0], 100)
        frame["learnt"], frame["q2"] = rng.poisson(3, 100), 3
        frame.loc[[5, 47], "q1"] = 1.0
        frame.loc[63, "q1"] = rare
        both = lc.Scale("both", ["q1", "q2"])
        survey = lc.read_survey(frame, lc.Codebook(outcome="learnt", team="team", scales=[both]))
        scale = lc.Scale("one", ["q1"])
        found = lc.agreement(survey, scale, draws=100)
        told.append((found.summary[FIGURES], found.draws))
    pd.testing.assert_frame_equal(told[0][0], told[1][0])
    assert told[0][1].equals(told[1][1])


@pytest.mark.parametrize("seed", range(20))
def test_bins_of_a_larger_minimum_are_whole_bins_of_a_smaller_one(seed):
    counts = np.random.default_rng(seed).negative_binomial(2, 0.35, 120)
    minimums = (5, 6, 8, 10, 12)
    bins = [set(count_bins(counts, np.ones(120), least).tolist()) for least in minimums]
    edges = [set(joined_edges(counts + 0.5, np.arange(80.0), least, 9.0)) for least in minimums]
    for found in (bins, edges):
        assert all(more <= fewer for fewer, more in itertools.pairwise(found))


def test_two_numbers_of_open_items_tell_no_mean_of_a_few():
    """Of T 4 answered everything: who allows no open item, and one, must not find their mean."""
    rng = np.random.default_rng(2)
    sizes = {"T": 14, "U": 9} | {f"V{place}": 11 for place in range(6)}
    frame = pd.DataFrame({"team": [team for team, n in sizes.items() for _ in range(n)]})
    for item in ITEMS:
        frame[item] = np.clip(np.round(rng.normal(3.3, 0.9, len(frame))), 2, 4)
    frame["learnt"] = rng.poisson(3, len(frame))
    frame.loc[:4, "q1"] = np.nan
    frame.loc[5:9, "q2"] = np.nan
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("climate", ITEMS)])
    survey = lc.read_survey(frame, codebook)
    strict = lc.scale_scores(survey, "climate", draws=100, missing_allowed=0).summary
    assert strict.loc[strict["team"].isin(["T", "U"]), "suppressed"].all()
    row = strict[strict["team"].isna()].iloc[0]
    assert pd.isna(row["n_respondents"])
    assert row["mean"] == round(row["mean"], 2)
    assert "how many is not told" in " ".join(strict.attrs["notes"])


def test_a_comparison_of_factor_models_has_few_digits(gathered):
    for _, table in gathered["compare_models"].tables:
        if "elpd" in table:
            figures = table[["elpd", "se", "n_parameters", "difference", "difference_se"]]
            assert np.allclose(figures * 100, np.rint(figures * 100), atol=1e-6)


def test_few_are_not_told_from_some_by_words():
    """Four teams are seen to have someone who left the item open: of few, each has one."""
    frame = people().drop(columns=ITEMS[1:])
    frame[ITEMS[0]] = frame[ITEMS[0]].fillna(3.0)
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("one", ITEMS[:1])])
    told = []
    for n_second in (1, 2):
        own = frame.copy()
        for team, n in zip(("T01", "T02", "T03", "T04"), (1, n_second, 1, 1), strict=True):
            own.loc[own.index[own["team"] == team][:n], ITEMS[0]] = np.nan
        # Draws enough for a design effect that chance does not round otherwise.
        found = lc.scale_scores(lc.read_survey(own, codebook), "one", draws=20_000).summary
        numbers = found.set_index(found["team"].fillna("all"))["n_respondents"]
        told.append((found.attrs["notes"][-3:], numbers.to_dict()))
    assert told[0] == told[1]


def test_aggregation_refuses_without_the_number_of_scores():
    frame = people()
    for n_scores in (3, 7):
        frame.loc[:, ITEMS] = np.nan
        frame.loc[frame.index[frame["team"] == "T09"][:n_scores], ITEMS] = 3.0
        codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("climate", ITEMS)])
        with pytest.raises(lc.SurveyError, match="too few respondents") as refusal:
            lc.aggregation(lc.read_survey(frame, codebook), "climate")
        assert f"{n_scores} " not in str(refusal.value)


@pytest.mark.parametrize(
    "ask", [lambda s: lc.reliability(s, "climate"), lambda s: lc.item_analysis(s, "climate")]
)
def test_a_refusal_tells_no_small_number(ask):
    frame = people()
    frame.loc[3:, ITEMS[0]] = np.nan
    frame.loc[3:9, ITEMS[0]] = 3.0
    frame.loc[3:9, ITEMS[1]] = np.nan
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("climate", ITEMS)])
    with pytest.raises(lc.SurveyError, match="fewer than 6 respondents answered all 4 items"):
        ask(lc.read_survey(frame, codebook))
