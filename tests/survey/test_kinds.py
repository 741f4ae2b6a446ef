"""Counts asked by kind: reading, missing kinds, description, simulation."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    CodebookError,
    SurveyError,
)
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.kinds_truth import KindsTruth
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.pseudonyms import pseudonymise
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey

KINDS = Outcome("activities", kinds=["training", "sharing"])
CODEBOOK = Codebook(outcome=KINDS, team="team")


def answers(**columns):
    base = {"team": list("AAABBB"), "training": [0, 2, 1, 3, 0, 1], "sharing": [1, 0, 4, 2, 2, 0]}
    return pd.DataFrame(base | columns)


def test_who_left_one_kind_open_keeps_the_other():
    survey = read_survey(answers(sharing=[1, None, 4, 2, 2, 0]), CODEBOOK)
    assert survey.n_respondents == 6
    assert survey.frame["training"].tolist() == [0, 2, 1, 3, 0, 1]
    assert survey.frame["sharing"].isna().tolist() == [False, True] + [False] * 4
    assert survey.frame["activities"].tolist() == [1, 2, 5, 5, 2, 1]


def test_who_left_every_kind_open_is_left_out_aloud():
    frame = answers(training=[0, None, 1, 3, 0, 1], sharing=[1, None, 4, 2, 2, 0])
    survey = read_survey(frame, CODEBOOK)
    assert survey.n_respondents == 5
    assert survey.ledger[["row", "column", "reason"]].to_numpy().tolist() == [
        [2, "training", "kind of activity not answered"]
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"sharing": [1, 0, -4, 2, 2, 0]}, "Column 'sharing', row 3: -4 is negative"),
        ({"sharing": [1, 0, 1.5, 2, 2, 0]}, "Column 'sharing', row 3: 1.5 is fractional"),
        ({"sharing": [None] * 6}, "Column 'sharing' .kind of activity.: nobody answered it"),
        ({"training": [0] * 6, "sharing": [0] * 6}, "every count is 0"),
    ],
)
def test_wrong_answers_to_a_kind_are_refused_by_name(columns, words):
    with pytest.raises(SurveyError, match=words):
        read_survey(answers(**columns), CODEBOOK)


def test_a_column_that_is_missing_is_named():
    with pytest.raises(SurveyError, match=r"no column 'sharing' \(kind of activity\)"):
        read_survey(answers().drop(columns="sharing"), CODEBOOK)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": []}, "kinds is empty. Name two or more"),
        ({"kinds": ["training"]}, "one kind only"),
        ({"kinds": ["training", "total"]}, "cannot be called 'total'"),
        ({"kinds": ["training", "activities"]}, "needs a name of its own"),
        ({"kinds": ["training", "training"]}, "twice"),
        ({"kinds": ["training", "sharing"], "top": 10}, "top is for open numbers"),
        ({"kinds": ["a", "b"], "trials": 4}, "only one of bins, checklist, trials and kinds"),
    ],
)
def test_contradictions_are_refused(options, words):
    with pytest.raises(CodebookError, match=words):
        Outcome("activities", **options)


def test_a_kind_has_one_role():
    with pytest.raises(CodebookError, match="'training' has two roles"):
        Codebook(outcome=KINDS, team="team", covariates=["training"])


def test_codebooks_with_kinds_go_to_files_and_back(tmp_path):
    CODEBOOK.to_toml(tmp_path / "study.toml")
    assert Codebook.from_toml(tmp_path / "study.toml") == CODEBOOK
    assert eval(repr(CODEBOOK), {"Codebook": Codebook, "Outcome": Outcome}) == CODEBOOK


def test_the_description_tells_of_every_kind_and_of_no_few():
    survey = simulate_survey(n_teams=20, team_size=10, truth=KindsTruth(left_open=0.01), seed=1)
    table = dict(survey.describe().tables)["Outcome: activities, by kind"]
    assert table["kind"].tolist() == list(KindsTruth().kinds)
    assert set(table["left open"]) <= {"0", "few"} | {str(n) for n in range(5, 20)}


def test_the_truth_is_simulated():
    truth = KindsTruth(respondent_sd=(0, 0, 0), team_sd=((0, 0),) * 3, tenure_effect=(0, 0, 0))
    survey = simulate_survey(n_teams=200, team_size=30, truth=truth, seed=4)
    never = survey.frame[survey.frame["talk"] == "never"]
    weekly = survey.frame[survey.frame["talk"] == "weekly"]
    for place, kind in enumerate(truth.kinds):
        ratio = weekly[kind].mean() / never[kind].mean()
        assert np.isclose(np.log(ratio), truth.frequency_effect[place], atol=0.1)


def test_simulated_effects_go_together_as_asked():
    truth = KindsTruth(team_correlation=1.0)
    effects = simulate_survey(n_teams=500, team_size=2, truth=truth, seed=1).truth.team_effects
    assert np.allclose(np.corrcoef(effects[:, :, 0].T), 1)
    assert np.allclose(effects[:, :, 0].std(axis=0), [0.3, 0.35, 0.3], rtol=0.1)


def test_pseudonyms_reach_the_truth(tmp_path):
    survey = simulate_survey(n_teams=5, truth=KindsTruth(), seed=1)
    hidden = pseudonymise(survey, tmp_path / "names.csv")
    assert set(hidden.truth.teams) == set(hidden.frame["team"])


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ({"kinds": ("a",)}, ArgumentError, "two kinds or more"),
        ({"intercept": (0.0,)}, ArgumentError, "3 kinds need 3"),
        ({"intercept": ("a", 0, 0)}, ArgumentTypeError, "'a' is no finite number"),
        ({"intercept": 0.5}, ArgumentTypeError, "tuple of numbers"),
        ({"frequency_shape": (0.5, 0.5)}, ArgumentError, "one step"),
        ({"frequency_shape": (1.5, -0.5, 0, 0)}, ArgumentError, "no step below 0"),
        ({"team_sd": (0.3, 0.2, 0.1)}, ArgumentError, "pair a kind"),
        ({"respondent_sd": (0.3, -0.2, 0.1)}, ArgumentError, "below 0"),
        ({"respondent_correlation": -0.8}, ArgumentError, "from -0.5 to 1"),
        ({"left_open": 1.0}, ArgumentError, "share"),
    ],
)
def test_truths_that_contradict_themselves_are_refused(parts, error, words):
    with pytest.raises(error, match=words):
        KindsTruth(**parts)


def test_a_version_without_a_kind_tells_no_hidden_team():
    """Who left it open, less the teams of that version that are shown, would be the hidden one."""
    sizes = {"T1": 3, "T2": 9, "T3": 10, "T4": 11, "T5": 8}
    rng = np.random.default_rng(1)
    team = np.repeat(list(sizes), list(sizes.values()))
    columns = {name: rng.poisson(2, len(team)).astype(float) for name in ("training", "sharing")}
    frame = pd.DataFrame({"team": team} | columns)
    # T1 is small and T2 protects it; T2 and T4 were not asked, which everybody knows.
    frame.loc[frame["team"].isin(["T2", "T4"]), "sharing"] = np.nan
    (table,) = (
        own for title, own in read_survey(frame, CODEBOOK).describe().tables if "by kind" in title
    )
    told = table.set_index("kind")
    assert told.loc["training", "left open"] == "0"
    assert told.loc["sharing", "left open"] == "some"
    answered = frame["sharing"].dropna()
    assert told.loc["sharing", "mean"] == round(answered.mean(), 1) != round(answered.mean(), 2)
    # Where the hidden teams left it open alike, nothing follows from their number.
    frame.loc[frame["team"].isin(["T1"]), "sharing"] = np.nan
    (table,) = (
        own for title, own in read_survey(frame, CODEBOOK).describe().tables if "by kind" in title
    )
    assert table.set_index("kind").loc["sharing", "left open"] == "23"
