"""Names replaced by codes: everywhere, the same each time, resolved by the table alone."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentTypeError, FileError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.pseudonyms import pseudonymise
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey

NAMES = ["Finance", "Care", "Sales"]


@pytest.fixture
def survey():
    rng = np.random.default_rng(1)
    answers = pd.DataFrame({"team": np.repeat(NAMES, 8), "learnt": rng.poisson(3, 24)})
    answers["place"] = answers["team"].map({"Finance": "Here", "Care": "There", "Sales": "There"})
    return read_survey(answers, Codebook(outcome="learnt", team="team", department="place"))


@pytest.fixture
def table(tmp_path):
    return tmp_path / "names.csv"


def test_no_name_is_left_and_the_table_resolves_all(survey, table):
    told = pseudonymise(survey, table)
    assert told.pseudonymised == ("team", "place")
    written = pd.read_csv(table)
    back = written.set_index("pseudonym")["name"]
    for column in ("team", "place"):
        names = set(survey.frame[column].astype(str))
        assert not names & set(told.frame[column].astype(str))
        assert not names & set(told.frame[column].cat.categories)
        assert (told.frame[column].astype(str).map(back) == survey.frame[column].astype(str)).all()
    assert told.frame["learnt"].equals(survey.frame["learnt"])
    assert survey.pseudonymised == ()


def test_categories_lie_in_the_order_of_the_codes(survey, table):
    for column in ("team", "place"):
        categories = pseudonymise(survey, table).frame[column].cat.categories
        assert list(categories) == sorted(categories)


def test_a_second_wave_keeps_codes_and_adds_teams(survey, table):
    first = pseudonymise(survey, table)
    more = survey.frame.reset_index(drop=True).astype({"team": str, "place": str})
    more.loc[:4, ["team", "place"]] = ["New", "Elsewhere"]
    second = pseudonymise(read_survey(more, survey.codebook), table)
    kept = second.frame["team"].astype(str).to_numpy()[5:]
    np.testing.assert_array_equal(kept, first.frame["team"].astype(str).to_numpy()[5:])
    assert second.frame["team"].nunique() == 4
    assert pd.read_csv(table).groupby("role").size().to_dict() == {"department": 3, "team": 4}


def test_pseudonyms_are_not_replaced_again(survey, table, tmp_path):
    told = pseudonymise(survey, table)
    again = pseudonymise(told, tmp_path / "other.csv")
    assert again.frame["team"].equals(told.frame["team"])
    assert again.pseudonymised == ("team", "place")


def test_the_truth_of_a_simulation_follows(table):
    simulated = simulate_survey(n_teams=10, team_size=8, seed=1)
    told = pseudonymise(simulated, table)
    assert set(told.truth.teams) == set(told.frame["team"].cat.categories)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("team,code\nA,B\n", "is no table of pseudonyms"),
        ("role,name,pseudonym\nteam,A\n", "line 2: give a role"),
        ("role,name,pseudonym\nclub,A,T-1\n", "line 2: give a role"),
        ("role,name,pseudonym\nteam,A,T-1\nteam,B,T-1\n", "line 3: .* stands there twice"),
    ],
)
def test_a_wrong_table_is_refused_and_kept(survey, table, text, message):
    table.write_text(text)
    with pytest.raises(FileError, match=message):
        pseudonymise(survey, table)
    assert table.read_text() == text


def test_what_is_no_survey_is_refused(table):
    with pytest.raises(ArgumentTypeError, match="is not a Survey"):
        pseudonymise("survey.csv", table)
