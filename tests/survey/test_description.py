"""A description hides small groups, and nobody can subtract them out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.provenance import reasons_left_out
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.description import describe
from learnclimate.survey.reading import read_survey
from learnclimate.survey.survey import Survey, empty_ledger

BOOK = Codebook(
    outcome="n",
    team="team",
    frequency="talk",
    frequency_levels=["a", "b", "c", "d"],
    covariates=["place"],
)
GROUP_SIZES = st.lists(st.integers(0, 30), min_size=4, max_size=4)


def described(talk_sizes, place_sizes, zeros, team_size=6):
    """A survey with these many respondents in each group."""
    talk = np.repeat(list("abcd"), talk_sizes)
    n = len(talk)
    place = np.resize(np.repeat([f"p{i}" for i in range(4)], place_sizes), n)
    counts = np.where(np.arange(n) < zeros, 0, 2)
    frame = pd.DataFrame({"talk": talk, "place": place, "n": counts})
    frame["talk"] = pd.Categorical(frame["talk"], list("abcd"), ordered=True)
    frame["place"] = pd.Categorical(frame["place"])
    frame["team"] = [f"t{i // team_size}" for i in range(n)]
    return frame, describe(frame, BOOK, empty_ledger())


@settings(max_examples=100, deadline=None)
@given(GROUP_SIZES.filter(lambda s: sum(s) >= 5), GROUP_SIZES.filter(any), st.integers(0, 120))
def test_no_small_group_is_shown_nor_left_over(talk_sizes, place_sizes, zeros):
    """The attack: subtract all that is shown from the total, and see who is left."""
    frame, description = described(talk_sizes, place_sizes, zeros)
    tables = dict(description.tables)
    for title, column in (("Frequency: talk", "talk"), ("Covariate: place", "place")):
        table = tables[title]
        shown = table["respondents"] != "hidden"
        counts = table.loc[shown, "respondents"].astype(int)
        assert ((counts == 0) | (counts >= 5)).all()
        assert (table.loc[~shown, "share"] == "").all()
        left = len(frame) - counts.sum()
        hidden_groups = frame[column].value_counts().reindex(table.loc[~shown, "answer"])
        assert hidden_groups.sum() == left
        if left:
            assert left >= 5
            assert len(hidden_groups) >= 2
    share = tables["Outcome: n"]["share of zeros"].iloc[0]
    n_zero = (frame["n"] == 0).sum()
    if 0 < n_zero < 5 or 0 < len(frame) - n_zero < 5:
        assert share == "hidden"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 15), min_size=1, max_size=5).filter(lambda s: sum(s) >= 5))
def test_sizes_of_small_teams_cannot_be_worked_out(sizes):
    team = np.repeat([f"t{i}" for i in range(len(sizes))], sizes)
    frame = pd.DataFrame({"team": team, "n": np.arange(len(team))})
    table = dict(describe(frame, Codebook(outcome="n", team="team"), empty_ledger()).tables)[
        "Team sizes"
    ]
    if min(sizes) >= 5:
        assert table["smallest"].iloc[0] == str(min(sizes))
        assert table["teams hidden"].iloc[0] == 0
        return
    told = {value for value in table[["smallest", "largest"]].iloc[0] if value != "hidden"}
    assert all(int(value) >= 5 for value in told)
    # A lone small team among few is protected by hiding a second one with it.
    assert table["teams hidden"].iloc[0] >= min(2, len(sizes))


def test_too_few_respondents_get_no_table(answers):
    book = Codebook(outcome="activities", team="team", covariates=["contract"])
    description = read_survey(answers.head(4), book).describe()
    assert description.tables == ()


def test_a_stricter_rule_hides_more():
    frame, _ = described([8, 12, 9, 20], [1, 0, 0, 0], 10)
    table = dict(describe(frame, BOOK, empty_ledger(), DisclosureRule(10)).tables)
    # At 9 the 12 protects the 8, and so it stays hidden at 10, where the 9 would.
    assert table["Frequency: talk"]["respondents"].tolist() == ["hidden"] * 3 + ["20"]


@pytest.fixture
def survey(answers, codebook) -> Survey:
    answers.loc[0, "talk"] = None
    return read_survey(answers, codebook)


def test_text_and_html_hold_every_table(survey):
    description = survey.describe()
    assert str(description).startswith("11 respondents in 3 teams")
    for title in ("Team sizes", "Outcome: activities", "Frequency: talk", "Left out"):
        assert title in str(description)
        assert title in description._repr_html_()


def test_html_escapes_what_people_typed(answers, codebook):
    answers["contract"] = ["<script>alert(1)</script>", "b & c"] * 6
    shown = read_survey(answers, codebook).describe()._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_rows_left_out_are_counted_by_reason(survey):
    left = dict(survey.describe().tables)["Left out"]
    assert left.to_dict("records") == [
        {"column": "talk", "reason": "frequency not answered", "rows": "fewer than 5"}
    ]


def test_reasons_of_few_rows_are_told_together(answers, codebook):
    answers = pd.concat([answers.assign(person=answers["person"] + 100 * k) for k in range(3)])
    answers = answers.reset_index(drop=True)
    answers.loc[[0, 1], "talk"] = None
    answers.loc[[4, 5, 6], "tenure"] = None
    answers.loc[20:27, "contract"] = None
    left = dict(read_survey(answers, codebook).describe().tables)["Left out"]
    # Of 8, 3 and 2 rows, the few would be the rest of a total that is known.
    assert left["rows"].tolist() == [8, 5]
    assert left["column"].tolist() == ["contract", "talk, tenure"]
    answers.loc[20:27, "contract"] = "permanent"
    answers.loc[6, "tenure"] = 1.0
    (rows,) = dict(read_survey(answers, codebook).describe().tables)["Left out"]["rows"]
    assert rows == "fewer than 5"


def test_departments_are_told_as_their_teams_are():
    """A department that is one small team: what its protector holds together is not told."""
    teams = {"Anna": ("a", 3), "Bert": ("b", 12), "Carl": ("c", 2), "Dora": ("c", 12)}
    teams |= {"Emil": ("b", 8), "Fred": ("c", 9)}
    rows = [(team, place) for team, (place, size) in teams.items() for _ in range(size)]
    answers = pd.DataFrame(rows, columns=["team", "place"]).assign(learnt=2)
    codebook = Codebook(outcome="learnt", team="team", department="place", covariates=["place"])
    described = dict(read_survey(answers, codebook).describe().tables)
    # The teams of two, three and twelve are hidden, so b may be told, and neither a nor c.
    assert described["Team sizes"]["teams hidden"].item() == 3
    told = described["Covariate: place"].set_index("answer")["respondents"].to_dict()
    assert told == {"a": "hidden", "b": "20", "c": "hidden"}


def test_each_row_left_out_is_counted_once():
    """Numbers by reason, less that of all rows, would tell how many lack several answers."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "team": [f"T{place % 8}" for place in range(160)],
            "talk": rng.choice(["never", "weekly"], 160),
            "contract": rng.choice(["fixed", "flex"], 160),
            "learnt": rng.poisson(2, 160),
        }
    )
    frame.loc[:16, "talk"] = None
    frame.loc[14:29, "contract"] = None
    book = Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=["never", "weekly"],
        covariates=["contract"],
    )
    survey = read_survey(frame, book)
    table = dict(survey.describe().tables)["Left out"].set_index("column")["rows"]
    assert table.to_dict() == {"talk": 14, "contract": 16}
    assert table.sum() == survey.n_left_out == 30
    # As many as a model sums out: nothing is left to subtract.
    assert table["talk"] == len(survey.without_frequency)
    told = {column: rows for column, _, rows in reasons_left_out(survey.ledger)}
    assert told == table.to_dict()
