"""How the outcome was asked: declared, read, described, and written to files."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentTypeError, CodebookError, SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.counts_allowed import OPEN, counts_allowed, trials_of
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.outcome_toml import outcome_from_mapping, outcome_to_mapping
from learnclimate.survey.reading import read_survey

BINS = ["none", "1-2", "3-5", "6 or more"]
OUTCOMES = [
    Outcome("n", bins=BINS),
    Outcome("n", bins={"a few": (0, 2), "a lot": (3, None)}),
    Outcome("n", version="wave", bins={"1": BINS, "2": {"no": 0, "yes": (1, None)}}),
    Outcome("n", top=10),
    Outcome("n", checklist=["course", "coaching"]),
    Outcome("n", checklist=["course", "coaching"], empty_means_unticked=True),
    Outcome("n", trials=8),
    Outcome("n", trials="asked"),
]


def read(outcome, **columns):
    size = len(next(iter(columns.values())))
    frame = pd.DataFrame({"team": [f"t{i % 2}" for i in range(size)], **columns})
    return read_survey(frame, Codebook(outcome=outcome, team="team"))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcomes_survive_toml_and_their_own_repr(outcome, tmp_path):
    codebook = Codebook(outcome=outcome, team="team", frequency="t", frequency_levels=["a", "b"])
    codebook.to_toml(tmp_path / "study.toml")
    assert Codebook.from_toml(tmp_path / "study.toml") == codebook
    assert outcome_from_mapping(outcome_to_mapping(outcome)) == outcome
    assert eval(repr(outcome)) == outcome
    assert hash(codebook) == hash(Codebook.from_toml(tmp_path / "study.toml"))


def test_an_open_number_is_its_column():
    assert Codebook(outcome=Outcome("n"), team="team") == Codebook(outcome="n", team="team")
    assert Codebook(outcome="n", team="team").asked == Outcome("n")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"bins": BINS, "trials": 3}, CodebookError, "only one of bins, checklist, trials"),
        ({"bins": BINS, "top": 3}, CodebookError, "top is for open numbers"),
        ({"version": "wave"}, CodebookError, "there are no bins"),
        ({"version": "wave", "bins": BINS}, ArgumentTypeError, "mapping of version to options"),
        ({"version": "n", "bins": {"1": BINS}}, CodebookError, "has two roles"),
        ({"checklist": ["a", "n"]}, CodebookError, "needs a name of its own"),
        ({"checklist": ["a", "a"]}, CodebookError, "named twice"),
        ({"checklist": ["a", "b"], "trials": 2}, CodebookError, "follow from the checklist"),
        ({"trials": 0}, CodebookError, "between 1 and 1000"),
        ({"trials": 1.5}, ArgumentTypeError, "whole number or a column"),
        ({"top": 0}, CodebookError, "should be 1 or more"),
        ({"top": "10"}, ArgumentTypeError, "should be a whole number"),
        ({"empty_means_unticked": True}, CodebookError, "is for a checklist"),
        ({"empty_means_unticked": 1}, ArgumentTypeError, "True or False"),
        ({"bins": "none"}, ArgumentTypeError, "give bins as a list"),
        ({"bins": ["none", "1-2", "2+"]}, CodebookError, "overlap"),
        (
            {"bins": {"2023": ["none", "1+"], "2024": ["0-2", "3+"]}},
            CodebookError,
            "'2023' and '2024' apart, .* but version= is missing",
        ),
        ({"bins": {"2023": {"none": 0, "some": (1, None)}}}, CodebookError, "version= is missing"),
        (
            {"kinds": [Outcome("a", bins=["none", "1+"]), "b"]},
            ArgumentTypeError,
            "kinds are open numbers, each told by its column",
        ),
    ],
)
def test_contradictions_refused(options, error, message):
    with pytest.raises(error, match=message):
        Outcome("n", **options)


def test_keys_of_a_codebook_file_are_checked():
    with pytest.raises(CodebookError, match=r"no key 'bin'.*'bins'"):
        outcome_from_mapping({"name": "n", "bin": BINS})
    with pytest.raises(CodebookError, match="has no name"):
        outcome_from_mapping({"bins": BINS})


def test_columns_of_an_outcome_have_one_role():
    with pytest.raises(CodebookError, match="'team' has two roles"):
        Codebook(outcome=Outcome("n", checklist=["team", "b"]), team="team")
    version = Outcome("n", version="wave", bins={"1": BINS})
    assert Codebook(outcome=version, team="team", covariates=["wave"]).covariates == ("wave",)


def test_options_allow_ranges_of_counts():
    survey = read(Outcome("n", bins=BINS), n=["none", "3-5", "6 or more", None, "1-2"])
    low, high = counts_allowed(survey.frame, survey.codebook)
    assert low.tolist() == [0, 3, 6, 1]
    assert high.tolist() == [0, 5, OPEN, 2]
    assert survey.ledger["reason"].tolist() == ["outcome option not answered"]
    assert survey.frame["n"].cat.categories.tolist() == BINS


def test_versions_have_options_of_their_own():
    outcome = Outcome("n", version="wave", bins={"1": BINS, "2": ["none", "1-4", "5+"]})
    survey = read(outcome, n=["none", "3-5", "1-4", "5+"], wave=[1, 1, 2, 2])
    low, high = counts_allowed(survey.frame, survey.codebook)
    assert low.tolist() == [0, 3, 1, 5]
    assert high.tolist() == [0, 5, 4, OPEN]
    with pytest.raises(SurveyError, match=r"row 2: '3-5' is not among the answer options"):
        read(outcome, n=["none", "3-5"], wave=[1, 2])
    with pytest.raises(SurveyError, match="row 2: 3 is no version that has bins"):
        read(outcome, n=["none", "none"], wave=[1, 3])


def test_whole_numbers_may_be_floats():
    assert Outcome("n", top=10.0) == Outcome("n", top=10)
    assert Outcome("n", trials=8.0) == Outcome("n", trials=8)
    given = {"none": 0.0, "some": (1.0, 3.0), "more": (4.0, None)}
    assert [one.highest for one in Outcome("n", bins=given).options_of()] == [0, 3, None]


def test_an_option_of_another_version_is_told_so():
    outcome = Outcome("n", version="wave", bins={"a": BINS, "b": ["none", "1-4", "5+"]})
    words = "row 2: '1-2' is not .* of version 'b', but of version 'a'. .* in column 'wave'"
    with pytest.raises(SurveyError, match=words):
        read(outcome, n=["none", "1-2"], wave=["a", "b"])
    with pytest.raises(SurveyError, match=r"of version 'b'. Did you mean '1-4'"):
        read(outcome, n=["none", "1-3"], wave=["a", "b"])


def test_dashes_and_spaces_about_them_do_not_tell_options_apart():
    survey = read(Outcome("n", bins=BINS), n=["none", "1–2", "3 — 5", "1-2"])
    assert survey.frame["n"].tolist() == ["none", "1-2", "3-5", "1-2"]
    versions = {"a": ["none", "1 – 2", "3+"], "b": ["none", "1-2", "3 or more"]}
    outcome = Outcome("n", version="wave", bins=versions)
    survey = read(outcome, n=["1-2", "1–2", "none"], wave=["a", "b", "a"])
    assert survey.frame["n"].tolist() == ["1 – 2", "1-2", "none"]
    assert counts_allowed(survey.frame, survey.codebook)[1].tolist() == [2, 2, 0]


def test_what_is_out_of_so_many_is_told_in_its_own_words():
    of_k = Outcome("n", trials="k")
    with pytest.raises(SurveyError, match=r"Column 'k', row 2: 'six' .* how many activities were"):
        read(of_k, n=[1, 2], k=[5, "six"])
    with pytest.raises(SurveyError, match=r"Column 'k', row 1: 5.5 is fractional. This column"):
        read(of_k, n=[1, 2], k=[5.5, 6])
    with pytest.raises(SurveyError, match="'two' is not a number") as caught:
        read(of_k, n=[1, "two"], k=[5, 6])
    assert "bins" not in str(caught.value)
    with pytest.raises(SurveyError, match="if it is a share, multiply"):
        read(of_k, n=[0.5, 1], k=[5, 6])


def test_a_column_that_bears_the_name_of_a_sum_is_not_lost():
    asked = Outcome("k", checklist=["a", "b"])
    with pytest.raises(SurveyError, match=r"Column 'k': .* row 2 .* number ticked"):
        read(asked, a=[1, 0], b=[1, 0], k=[2, 7])
    assert read(asked, a=[1, 0], b=[1, 0], k=[2, 0]).frame["k"].tolist() == [2, 0]
    with pytest.raises(SurveyError, match="total of the kinds"):
        read(Outcome("k", kinds=["a", "b"]), a=[1, 0], b=[1, 0], k=[2, 7])


@pytest.mark.parametrize("how", ["checklist", "kinds"])
def test_where_nothing_was_counted_its_columns_are_named(how):
    with pytest.raises(SurveyError, match="'a', 'b'") as caught:
        read(Outcome("k", **{how: ["a", "b"]}), a=[0, 0], b=[0, 0])
    assert "'k'" not in str(caught.value)


def test_an_unknown_option_is_refused_by_row():
    with pytest.raises(SurveyError, match=r"Column 'n', row 2: '1 - 3' is not among .*'1-2'"):
        read(Outcome("n", bins=BINS), n=["none", "1 - 3"])


def test_numbers_may_be_options():
    survey = read(Outcome("n", bins=["0", "1", "2+"]), n=[0, "1", "2+"])
    assert counts_allowed(survey.frame, survey.codebook)[0].tolist() == [0, 1, 2]


def test_a_top_code_stands_for_all_above():
    survey = read(Outcome("n", top=10), n=["3", "10+", "10", "10 or more"])
    low, high = counts_allowed(survey.frame, survey.codebook)
    assert low.tolist() == [3, 10, 10, 10]
    assert high.tolist() == [3, OPEN, OPEN, OPEN]
    with pytest.raises(SurveyError, match="lies above the top code, 10"):
        read(Outcome("n", top=10), n=[3, 11])


def test_a_checklist_becomes_a_number():
    survey = read(
        Outcome("n", checklist=["a", "b", "c"]), a=[1, 0, 1], b=[1, 0, 0], c=[True, False, 1]
    )
    assert survey.frame["n"].tolist() == [3, 0, 2]
    assert trials_of(survey.frame, survey.codebook.asked).tolist() == [3, 3, 3]
    with pytest.raises(SurveyError, match=r"Column 'b', row 2: 2 is neither 1"):
        read(Outcome("n", checklist=["a", "b"]), a=[1, 0], b=[1, 2])
    with pytest.raises(SurveyError, match="holds 1 and empty cells only"):
        read(Outcome("n", checklist=["a", "b"]), a=[1, None, None], b=[1, 0, 1])


def test_empty_cells_of_a_checklist_may_mean_unticked():
    outcome = Outcome("n", checklist=["a", "b"], empty_means_unticked=True)
    survey = read(outcome, a=[1, None, None], b=[np.nan, 1, np.nan])
    assert survey.frame["n"].tolist() == [1, 1]
    assert survey.ledger["row"].tolist() == [3]


def test_more_than_were_asked_about_is_refused():
    with pytest.raises(SurveyError, match="row 2: 9 is more than the 8 asked about"):
        read(Outcome("n", trials=8), n=[3, 9])
    with pytest.raises(
        SurveyError, match="row 2: 4 is more than the number asked about, in column"
    ):
        read(Outcome("n", trials="asked"), n=[3, 4], asked=[3, 3])
    with pytest.raises(SurveyError, match="row 1: 0 should be 1 or more"):
        read(Outcome("n", trials="asked"), n=[0, 1], asked=[0, 3])


def test_all_none_is_nothing_to_compare():
    with pytest.raises(SurveyError, match="every count is 0"):
        read(Outcome("n", bins=BINS), n=["none", "none"])


def tables(survey):
    return dict(survey.describe().tables)


def test_options_are_described_without_small_groups():
    answers = ["none"] * 10 + ["1-2"] * 3 + ["3-5"] * 9 + ["6 or more"] * 8
    table = tables(read(Outcome("n", bins=BINS), n=answers))["Outcome: n"]
    assert table["answer"].tolist() == BINS
    assert table["respondents"].tolist() == ["10", "hidden", "hidden", "8"]


def test_versions_are_described_apart():
    outcome = Outcome("n", version="wave", bins={"1": BINS, "2": ["none", "1+"]})
    survey = read(outcome, n=["none", "3-5"] * 6 + ["none", "1+"] * 6, wave=[1] * 12 + [2] * 12)
    told = tables(survey)
    assert told["Outcome: n, version 2"]["respondents"].tolist() == ["6", "6"]


def test_a_checklist_is_described_by_activity():
    ticks = {"a": [1] * 10 + [0] * 10, "b": [0] * 18 + [1] * 2, "c": [1] * 7 + [0] * 13}
    told = tables(read(Outcome("n", checklist=["a", "b", "c"]), **ticks))
    assert told["Outcome: n"]["out of"].item() == "3"
    # Hiding b alone, the mean would tell it.
    assert told["Outcome: n, by activity"]["ticked"].tolist() == ["10", "hidden", "hidden"]


def test_a_top_code_is_described_by_its_share():
    table = tables(read(Outcome("n", top=3), n=[0, 1, 2, 3] * 6))["Outcome: n"]
    assert table.to_dict("list") == {"share of zeros": ["25.0%"], "share of 3 or more": ["25.0%"]}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"bins": []}, "bins is empty"),
        ({"bins": {}}, "bins is empty"),
        ({"checklist": []}, "checklist is empty"),
        ({"checklist": ["a"]}, "has one activity, 'a'"),
    ],
)
def test_parts_without_content_are_no_open_number(parts, words):
    with pytest.raises(CodebookError, match=words):
        Outcome("n", **parts)
