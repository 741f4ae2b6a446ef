"""SPSS files."""

import struct

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from learnclimate.core.errors import FileError, LearnClimateWarning, SurveyError
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey
from learnclimate.survey.spss_dictionary import state_of_dictionary


class TestSpss:
    BOOK = Codebook(
        outcome="n",
        team="team",
        frequency="talk",
        frequency_levels=["never", "monthly", "weekly"],
        covariates=["contract", "age"],
        scales=[Scale("climate", ["q1"])],
    )

    @pytest.fixture
    def path(self, tmp_path):
        frame = pd.DataFrame(
            {
                "team": ["a", "a", "b", "b", "b", "a"],
                "talk": [1.0, 2.0, 3.0, 9.0, 1.0, np.nan],
                "n": [0.0, 4.0, 99.0, 2.0, 5.0, 1.0],
                "contract": [2.0, 1.0, 1.0, 2.0, 2.0, 1.0],
                "age": [30.0, 41.0, 52.0, 28.0, 35.0, 44.0],
                "q1": [1.0, 5.0, 3.0, 2.0, 4.0, 3.0],
            }
        )
        pyreadstat.write_sav(
            frame,
            tmp_path / "answers.sav",
            variable_value_labels={
                "talk": {1: "never", 2: "monthly", 3: "weekly", 9: "prefers not to say"},
                "n": {99: "does not know"},
                "contract": {1: "permanent", 2: "temporary"},
                "q1": {1: "disagree", 2: "", 3: "", 4: "", 5: "agree"},
                "age": {98: "98 or more"},
            },
            missing_ranges={"talk": [9], "n": [{"lo": 90, "hi": 99}]},
        )
        return tmp_path / "answers.sav"

    def test_value_labels_are_the_answers(self, path):
        survey = read_survey(path, self.BOOK)
        assert survey.frame["talk"].tolist() == ["never", "monthly", "never"]
        assert survey.frame["contract"].tolist() == ["temporary", "permanent", "temporary"]

    def test_labels_keep_the_order_of_their_codes(self, path):
        frame = read_survey(path, self.BOOK).frame
        assert frame["contract"].cat.categories.tolist() == ["permanent", "temporary"]

    def test_counts_items_and_partly_labelled_columns_stay_numbers(self, path):
        frame = read_survey(path, self.BOOK).frame
        assert frame["n"].tolist() == [0, 4, 5]
        assert frame["q1"].tolist() == [1.0, 5.0, 4.0]
        assert frame["age"].tolist() == [30.0, 41.0, 35.0]

    def test_user_missing_codes_are_told_apart_in_the_ledger(self, path):
        ledger = read_survey(path, self.BOOK).ledger
        assert ledger[["row", "column", "reason"]].to_numpy().tolist() == [
            [3, "n", "user-missing code 99 (does not know)"],
            [4, "talk", "user-missing code 9 (prefers not to say)"],
            [6, "talk", "frequency not answered"],
        ]

    def test_labels_of_counts_that_are_no_counts_are_pointed_out(self, tmp_path):
        frame = pd.DataFrame({"team": ["a", "b", "a", "b"], "n": [0.0, 1.0, 2.0, 3.0]})
        options = {0: "none", 1: "1", 2: "2 to 4", 3: "5 or more", 9: "unused"}
        path = tmp_path / "options.sav"
        pyreadstat.write_sav(frame, path, variable_value_labels={"n": options})
        said = r"'n' is read as counts.*: 2 \('2 to 4'\), 3 \('5 or more'\)\. If"
        with pytest.warns(LearnClimateWarning, match=said) as caught:
            read_survey(path, Codebook(outcome="n", team="team"))
        assert caught[0].filename == __file__

    def test_a_compressed_file(self, tmp_path):
        frame = pd.DataFrame({"team": ["a", "b"], "n": [1.0, 2.0]})
        pyreadstat.write_sav(frame, tmp_path / "answers.zsav", compress=True)
        survey = read_survey(tmp_path / "answers.zsav", Codebook(outcome="n", team="team"))
        assert survey.frame["n"].tolist() == [1, 2]

    def test_user_missing_text(self, tmp_path):
        frame = pd.DataFrame({"team": ["a", "b", "none", "a"], "n": [1.0, 2.0, 3.0, 4.0]})
        pyreadstat.write_sav(frame, tmp_path / "t.sav", missing_ranges={"team": ["none"]})
        survey = read_survey(tmp_path / "t.sav", Codebook(outcome="n", team="team"))
        assert survey.ledger["reason"].tolist() == ["user-missing code none"]

    @pytest.mark.parametrize("content", [b"team,n\na,1\n", b"$FL2@(#) SPSS DATA FILE"])
    def test_no_spss_file(self, tmp_path, content):
        (tmp_path / "answers.sav").write_bytes(content)
        with pytest.raises(FileError, match=r"is not a readable SPSS file .*Save it again"):
            read_survey(tmp_path / "answers.sav", self.BOOK)

    def test_a_file_cut_in_its_dictionary_needs_no_trial(self, path, monkeypatch):
        """No other process is started for what nothing can read."""
        path.write_bytes(path.read_bytes()[:400])
        monkeypatch.setattr("learnclimate.survey.spss_file.subprocess.run", None)
        with pytest.raises(FileError, match=r"is not a readable SPSS file .*cut short"):
            read_survey(path, self.BOOK)

    def test_cut_short(self, path):
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(FileError, match="is not a readable SPSS file"):
            read_survey(path, self.BOOK)


class TestLabels:
    BOOK = Codebook(
        outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"], covariates=["x"]
    )
    FRAME = pd.DataFrame(
        {
            "team": [1.0, 1, 2, 2, 3],
            "talk": [1.0, 2, 1, 2, 1],
            "n": [1.0, 2, 3, 4, 0],
            "x": [1.0, 2, 1, 3, 2],
        }
    )

    @pytest.fixture
    def read(self, tmp_path):
        def reading(frame=self.FRAME, **labels):
            labels = {"talk": {1: "no", 2: "yes"}} | labels
            pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_value_labels=labels)
            return read_survey(tmp_path / "a.sav", self.BOOK).frame

        return reading

    @pytest.mark.parametrize(("column", "role"), [("x", "covariate"), ("talk", "frequency")])
    def test_a_category_with_a_code_that_has_none(self, read, column, role):
        code = self.FRAME[column].max()
        labels = {k: f"label {k}" for k in range(1, int(code))}
        said = rf"'{column}' \({role}\), row \d: code {code:g} has no value label, while these"
        with pytest.raises(SurveyError, match=said):
            read(**{column: labels})

    def test_a_number_of_which_few_have_a_label(self, read):
        frame = self.FRAME.assign(x=[1.0, 2, 3, 4, 99])
        said = r"'x' \(covariate\) is read as a number, .*: 99 \('not applicable'\)"
        with pytest.warns(LearnClimateWarning, match=said):
            assert read(frame, x={99: "not applicable"})["x"].tolist() == [1, 2, 3, 4, 99]

    @pytest.mark.parametrize("column", ["x", "team"])
    def test_two_codes_with_one_label(self, read, column):
        said = rf"'{column}' .* codes 1 and 2 have the same label, 'A'"
        with pytest.raises(SurveyError, match=said):
            read(**{column: {1: "A", 2: "A ", 3: "B"}})

    def test_teams_of_which_some_have_a_label(self, read):
        with pytest.warns(LearnClimateWarning, match=r"'team' \(team\): .* no value label.*: 3"):
            assert read(team={1: "A", 2: "B"})["team"].tolist() == ["A", "A", "B", "B", "3"]

    def test_labels_of_teams_that_are_numbers_stay_apart(self, read):
        frame = read(team={1: "007", 2: "7", 3: "8"})
        assert frame["team"].tolist() == ["007", "007", "7", "7", "8"]


class TestDamage:
    def test_a_dictionary_that_makes_no_sense_does_not_end_the_process(self, tmp_path):
        """The attack: a number of value labels far beyond the file's end."""
        frame = pd.DataFrame({"team": ["a", "b"], "n": [1.0, 2.0]})
        path = tmp_path / "answers.sav"
        pyreadstat.write_sav(frame, path, variable_value_labels={"n": {1: "one"}})
        content = bytearray(path.read_bytes())
        start = content.index(struct.pack("<ii", 3, 1), 176)
        content[start + 4 : start + 8] = struct.pack("<i", 2**30)
        path.write_bytes(content)
        assert state_of_dictionary(bytes(content)) != "sound"
        with pytest.raises(FileError, match="list of variables is damaged, or it was cut short"):
            read_survey(path, Codebook(outcome="n", team="team"))

    def test_every_length_is_checked_and_good_files_pass(self, path_of_labels):
        content = path_of_labels.read_bytes()
        assert state_of_dictionary(content) == "sound"
        end = content.index(struct.pack("<ii", 999, 0), 176)
        states = {state_of_dictionary(content[:size]) for size in range(0, end, 7)}
        assert states == {"cut short"}

    @pytest.fixture
    def path_of_labels(self, tmp_path):
        frame = pd.DataFrame({"team": ["a", "b"], "n": [1.0, 2.0], "long": ["x" * 300, "y"]})
        path = tmp_path / "labels.sav"
        pyreadstat.write_sav(
            frame,
            path,
            file_label="a study",
            note="a note",
            column_labels=["Your team", "How many?", "Remarks"],
            variable_value_labels={"n": {1: "one"}},
            missing_ranges={"n": [9, {"lo": 90, "hi": 99}], "team": ["none"]},
        )
        return path


def test_codes_without_labels_are_told_with_what_to_do(tmp_path):
    frame = pd.DataFrame({"n": [1.0, 2.0, 0.0], "team": ["a", "a", "b"], "talk": [1.0, 2.0, 5.0]})
    pyreadstat.write_sav(frame, tmp_path / "study.sav")
    levels = ["never", "monthly", "weekly"]
    book = Codebook(outcome="n", team="team", frequency="talk", frequency_levels=levels)
    with pytest.raises(SurveyError) as raised:
        read_survey(tmp_path / "study.sav", book)
    told = str(raised.value)
    assert "holds the codes 1, 2, 5 without value labels" in told
    assert "Variable View, Values" in told
    assert "frequency_levels=['1', '2', '5']" in told
    coded = Codebook(outcome="n", team="team", frequency="talk", frequency_levels=["1", "2", "5"])
    assert read_survey(tmp_path / "study.sav", coded).n_respondents == 3
