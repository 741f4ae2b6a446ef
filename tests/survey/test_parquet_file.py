"""Parquet files."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from learnclimate.core.errors import FileError, SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.parquet_file import read_parquet
from learnclimate.survey.reading import read_survey


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return left.astype(object).equals(right.astype(object))


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
