"""Excel, Parquet and SPSS files."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from learnclimate.core.errors import ArgumentError, FileError, LearnClimateWarning, SurveyError
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey
from learnclimate.survey.table_files import read_parquet


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return left.astype(object).equals(right.astype(object))


class TestExcel:
    def test_a_sheet_says_what_the_frame_says(self, tmp_path, answers, codebook):
        answers.to_excel(tmp_path / "answers.xlsx", index=False)
        survey = read_survey(tmp_path / "answers.xlsx", codebook)
        assert same(survey.frame, read_survey(answers, codebook).frame)
        assert survey.source == "answers.xlsx"

    def test_words_for_nothing_are_answers_and_empty_cells_missing(self, tmp_path):
        frame = pd.DataFrame(
            {"team": ["NA", "b", "b"], "talk": ["None", None, "yes"], "n": [1, 2, 3]}
        )
        frame.to_excel(tmp_path / "answers.xlsx", index=False)
        book = Codebook(
            outcome="n", team="team", frequency="talk", frequency_levels=["None", "yes"]
        )
        survey = read_survey(tmp_path / "answers.xlsx", book)
        assert survey.frame["talk"].tolist() == ["None", "yes"]
        assert survey.ledger["row"].tolist() == [2]

    def test_an_empty_line_in_the_middle_is_a_row_and_at_the_end_is_none(self, tmp_path):
        frame = pd.DataFrame({"team": ["a", None, "b", None], "n": [1, None, 2, None]})
        frame.to_excel(tmp_path / "answers.xlsx", index=False)
        survey = read_survey(tmp_path / "answers.xlsx", Codebook(outcome="n", team="team"))
        assert survey.frame.index.tolist() == [1, 3]
        assert survey.ledger["row"].unique().tolist() == [2]

    @pytest.mark.parametrize("content", [b"team,n\na,1\n", b"PK\x03\x04broken"])
    def test_no_excel_file(self, tmp_path, codebook, content):
        (tmp_path / "answers.xlsx").write_bytes(content)
        with pytest.raises(FileError, match=r"is not a readable Excel file .*Save it again"):
            read_survey(tmp_path / "answers.xlsx", codebook)

    def test_cut_short(self, tmp_path, answers, codebook):
        path = tmp_path / "answers.xlsx"
        answers.to_excel(path, index=False)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(FileError, match="is not a readable Excel file"):
            read_survey(path, codebook)

    @pytest.fixture
    def workbook(self, tmp_path, answers):
        path = tmp_path / "answers.xlsx"
        with pd.ExcelWriter(path) as writer:
            pd.DataFrame({"note": ["read me"]}).to_excel(writer, sheet_name="Notes", index=False)
            answers.to_excel(writer, sheet_name="Answers", index=False)
        return path

    def test_a_sheet_by_name(self, workbook, answers, codebook):
        survey = read_survey(workbook, codebook, sheet="Answers")
        assert same(survey.frame, read_survey(answers, codebook).frame)
        assert survey.source == "answers.xlsx, sheet 'Answers'"

    def test_the_first_sheet_unless_one_is_named(self, workbook, codebook):
        with pytest.raises(SurveyError, match=r"no column 'team' .* in answers\.xlsx"):
            read_survey(workbook, codebook)

    def test_a_sheet_that_is_not_there(self, workbook, codebook):
        with pytest.raises(ArgumentError) as caught:
            read_survey(workbook, codebook, sheet="answer")
        assert "no sheet 'answer'. Did you mean 'Answers'? It has 'Notes', 'Answers'." in str(
            caught.value
        )
        with pytest.raises(ArgumentError, match="Choose from 'Notes', 'Answers'"):
            read_survey(workbook, codebook, sheet="2014")

    def test_files_without_sheets(self, tmp_path, answers, codebook):
        answers.to_csv(tmp_path / "answers.csv", index=False)
        with pytest.raises(ArgumentError, match=r"only Excel files .* answers\.csv is none"):
            read_survey(tmp_path / "answers.csv", codebook, sheet="Answers")
        with pytest.raises(ArgumentError, match="this is no file"):
            read_survey(answers, codebook, sheet="Answers")


class TestParquet:
    def test_a_file_says_what_the_frame_says(self, tmp_path, answers, codebook):
        answers.to_parquet(tmp_path / "answers.parquet")
        survey = read_survey(tmp_path / "answers.parquet", codebook)
        assert same(survey.frame, read_survey(answers, codebook).frame)

    def test_a_column_that_became_the_index_is_found(self, tmp_path, answers, codebook):
        answers.set_index("person").to_parquet(tmp_path / "answers.parquet")
        survey = read_survey(tmp_path / "answers.parquet", codebook)
        assert survey.frame["person"].tolist() == answers["person"].tolist()

    def test_a_range_that_became_the_index_is_found(self, tmp_path, answers, codebook):
        index = pd.RangeIndex(101, 113, name="person")
        answers.drop(columns="person").set_axis(index).to_parquet(tmp_path / "answers.parquet")
        survey = read_survey(tmp_path / "answers.parquet", codebook)
        assert survey.frame["person"].tolist() == list(range(101, 113))

    def test_row_groups_with_different_words_make_one_survey(self, tmp_path, answers, codebook):
        answers = answers.assign(person=[f"P{n}" for n in range(12)])
        answers.to_parquet(tmp_path / "answers.parquet", row_group_size=5)
        survey = read_survey(tmp_path / "answers.parquet", codebook)
        assert same(survey.frame, read_survey(answers, codebook).frame)
        assert survey.frame.dtypes.equals(read_survey(answers, codebook).frame.dtypes)

    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
    def test_every_kind_of_text(self, tmp_path, answers, codebook, kind):
        texts = answers.astype({"activities": object, "tenure": object}).map(str)
        schema = pa.schema([(name, kind) for name in texts.columns])
        table = pa.Table.from_pandas(texts.replace("nan", None), schema, preserve_index=False)
        pq.write_table(table.replace_schema_metadata(), tmp_path / "answers.parquet")
        survey = read_survey(tmp_path / "answers.parquet", codebook)
        wanted = read_survey(answers, codebook).frame.assign(person=texts["person"].to_numpy())
        assert same(
            survey.frame.drop(columns="tenure"),
            wanted.drop(columns="tenure")[survey.frame.columns.drop("tenure")],
        )

    def test_columns_that_the_codebook_does_not_name_are_not_read(
        self, tmp_path, answers, codebook
    ):
        answers["remarks"] = "long"
        answers.to_parquet(tmp_path / "answers.parquet")
        raw = read_parquet(tmp_path / "answers.parquet", codebook)
        assert set(raw.frame.columns) == set(answers.columns) - {"remarks"}

    def test_a_missing_column_suggests_from_all_there_are(self, tmp_path, answers, codebook):
        answers.rename(columns={"talk": "talks"}).to_parquet(tmp_path / "answers.parquet")
        with pytest.raises(SurveyError, match=r"no column 'talk' .* Did you mean 'talks'\?"):
            read_survey(tmp_path / "answers.parquet", codebook)

    def test_wrong_and_missing_answers_are_told_by_their_row_in_the_file(
        self, tmp_path, answers, codebook
    ):
        path = tmp_path / "answers.parquet"
        answers.loc[[6, 9], "talk"] = [" ", None]
        answers.to_parquet(path, row_group_size=5)
        ledger = read_survey(path, codebook).ledger
        assert ledger.equals(read_survey(answers, codebook).ledger)
        assert ledger["row"].tolist() == [7, 10]
        answers.loc[10, "talk"] = "weekley"
        answers.to_parquet(path, row_group_size=5)
        with pytest.raises(SurveyError, match=r"'talk', row 11: 'weekley' .*'weekly'\?"):
            read_survey(path, codebook)

    @pytest.mark.parametrize("as_text", [True, False])
    def test_a_respondent_in_two_row_groups(self, tmp_path, answers, codebook, as_text):
        answers.loc[11, "person"] = 102
        if as_text:
            answers["person"] = answers["person"].astype(str)
        answers.to_parquet(tmp_path / "answers.parquet", row_group_size=5)
        with pytest.raises(SurveyError, match=r"respondent '?102'? answers in rows 2, 12"):
            read_survey(tmp_path / "answers.parquet", codebook)

    def test_respondents_without_identity_are_no_doubles(self, tmp_path, answers, codebook):
        answers["person"] = ["a", None, None, " ", " ", *"bcdefgh"]
        answers.to_parquet(tmp_path / "answers.parquet")
        assert read_survey(tmp_path / "answers.parquet", codebook).n_respondents == 12
        answers.loc[[8, 9, 10], "person"] = ["b", "b", "c"]
        answers.to_parquet(tmp_path / "answers.parquet")
        with pytest.raises(SurveyError, match=r"'b' answers in rows 6, 9, 10\..* 1 other answer"):
            read_survey(tmp_path / "answers.parquet", codebook)

    def test_text_that_holds_numbers_is_a_number_and_declared_categories_are_none(self, tmp_path):
        path = tmp_path / "answers.parquet"
        book = Codebook(outcome="n", team="team", covariates=["age"])
        ages = [str(age) for age in range(50, 20, -2)]
        frame = pd.DataFrame({"team": ["a", "b", "c"] * 5, "age": ages, "n": 1})
        frame.to_parquet(path, row_group_size=4)
        assert read_survey(path, book).frame["age"].tolist() == [float(age) for age in ages]
        frame["age"] = pd.Categorical(ages, categories=ages)
        frame.to_parquet(path, row_group_size=4)
        assert read_survey(path, book).frame["age"].cat.categories.tolist() == ages

    def test_an_order_of_levels_in_the_file_must_be_that_of_the_codebook(
        self, tmp_path, answers, codebook
    ):
        wrong = pd.Categorical(answers["talk"], ["weekly", "monthly", "never"], ordered=True)
        answers.assign(talk=wrong).to_parquet(tmp_path / "answers.parquet")
        with pytest.raises(SurveyError, match="categories run weekly < monthly < never"):
            read_survey(tmp_path / "answers.parquet", codebook)

    @pytest.mark.parametrize("keep", [4, 200])
    def test_foreign_and_cut_short(self, tmp_path, answers, codebook, keep):
        path = tmp_path / "answers.parquet"
        answers.to_parquet(path)
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(FileError, match="is not a readable Parquet file"):
            read_survey(path, codebook)


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

    def test_cut_short(self, path):
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(FileError, match="is not a readable SPSS file"):
            read_survey(path, self.BOOK)
