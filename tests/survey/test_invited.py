"""How many were asked: for the study, by team, in a column; and what is wrong with it."""

import pandas as pd
import pyreadstat
import pytest

import learnclimate as lc
from learnclimate.disclosure.response import Invited

BOOK = lc.Codebook(outcome="n", team="team")
SIZES = {"Noord": 12, "Zuid": 7, "7": 6}


@pytest.fixture
def frame():
    teams = [team for team, size in SIZES.items() for _ in range(size)]
    return pd.DataFrame({"n": range(len(teams)), "team": teams})


def read(frame, invited):
    return lc.read_survey(frame, BOOK, invited=invited)


def test_one_number_is_for_the_study(frame):
    assert read(frame, 40).invited == Invited(40)
    assert read(frame, None).invited is None


def test_numbers_by_team_may_hold_teams_in_which_nobody_answered(frame):
    asked = {"Noord": 15, "Zuid": 9.0, 7: 8, "Stil": 11}
    expected = Invited(43, (("Noord", 15), ("Zuid", 9), ("7", 8)), 1, 11)
    assert read(frame, asked).invited == expected
    assert read(frame, pd.Series(asked)).invited == expected


def test_a_column_holds_the_number_of_each_team(frame):
    frame["size"] = frame["team"].map({"Noord": "15", "Zuid": "9", "7": "8"})
    frame.loc[0, "size"] = None
    assert dict(read(frame, "size").invited.by_team) == {"Noord": 15, "Zuid": 9, "7": 8}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "sav"])
def test_a_column_of_any_kind_of_file_holds_them(frame, tmp_path, ending):
    frame["size"] = frame["team"].map({"Noord": 15, "Zuid": 9, "7": 8})
    path = tmp_path / f"answers.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending == "xlsx":
        frame.to_excel(path, index=False)
    elif ending == "parquet":
        frame.to_parquet(path)
    else:
        pyreadstat.write_sav(frame, path)
    survey = read(path, "size")
    assert dict(survey.invited.by_team) == {"Noord": 15, "Zuid": 9, "7": 8}
    assert "size" not in survey.frame
    with pytest.raises(lc.SurveyError, match="no such column"):
        read(path, "sise")


WRONG = {
    "a share": (0.8, "invited=0.8 is no whole number of 1 or more. Give people, not a share."),
    "fewer than answered": (24, "invited=24: more people answered, 25."),
    "none": (0, "invited=0 is no whole number of 1 or more."),
    "a team without": (
        {"Noord": 15, "Zuiden": 9, "7": 8},
        "invited has no number for team 'Zuid', of which people answered. Did you mean 'Zuiden'?",
    ),
    "fewer of a team": (
        {"Noord": 15, "Zuid": 6, "7": 8},
        "invited['Zuid']=6: more people of this team answered. Give all",
    ),
    "a team's share": ({"Noord": 0.5}, "invited['Noord']=0.5 is no whole number"),
    "a number that is missing": ({"Noord": float("nan")}, "invited['Noord']=nan is no whole"),
    "a team twice": ({7: 8, "7": 8}, "invited names team '7' twice."),
    "no teams": ({}, "invited holds no numbers."),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_number_is_one_clear_error(frame, case):
    invited, told = WRONG[case]
    with pytest.raises(lc.ArgumentError) as raised:
        read(frame, invited)
    assert told in str(raised.value)


@pytest.mark.parametrize("invited", [True, [40], ("team",)])
def test_what_is_no_number_is_refused(frame, invited):
    with pytest.raises(lc.ArgumentTypeError, match="give the number of people who were asked"):
        read(frame, invited)


def test_a_column_that_contradicts_itself_is_refused(frame):
    with pytest.raises(lc.SurveyError, match=r"no such column\. Did you mean 'team'"):
        read(frame, "tem")
    frame["size"] = range(15, 15 + len(frame))
    with pytest.raises(lc.SurveyError, match="gives team '7' several numbers of people asked: 34"):
        read(frame, "size")


def test_the_description_tells_response_and_hides_that_of_small_teams(frame):
    described = read(frame, {"Noord": 24, "Zuid": 10, "7": 8, "Stil": 8}).describe()
    table = dict(described.tables)["Response"]
    assert table.iloc[0].to_dict() == {
        "asked": 50,
        "respondents": 25,
        "response": "50%",
        "lowest of 3 teams": "50%",
        "median of 3 teams": "70%",
        "highest of 3 teams": "75%",
        "teams without respondents": 1,
    }
    small = frame[frame["team"] != "7"]
    small = pd.concat([small, frame[frame["team"] == "7"].head(3)])
    asked = {"Noord": 24, "Zuid": 10, "7": 8}
    told = dict(read(small, asked).describe().tables)["Response"]
    # Of three teams two are hidden, and one makes no spread.
    assert list(told) == ["asked", "respondents", "response"]
    nearly = dict(read(small, 24).describe().tables)["Response"].iloc[0]
    assert (nearly["asked"], nearly["response"]) == ("not told", "all but fewer than 5")


def test_pseudonyms_forget_the_numbers_of_the_teams(frame, tmp_path):
    survey = read(frame, {"Noord": 24, "Zuid": 10, "7": 8, "Stil": 8})
    coded = lc.pseudonymise(survey, tmp_path / "names.csv")
    assert coded.invited == Invited(50, (), 1, 8)
    (told,) = coded.describe().tables[0][1].to_dict("records")
    assert told == {
        "asked": 50, "respondents": 25, "response": "50%", "teams without respondents": 1,
    }  # fmt: skip
