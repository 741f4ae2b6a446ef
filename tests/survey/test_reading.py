"""`read_survey`: data frames of every make, and what is no source."""

import polars as pl
import pyarrow as pa
import pytest

from learnclimate.core.errors import ArgumentTypeError, FileError
from learnclimate.survey.reading import read_survey


def test_a_pandas_frame(answers, codebook):
    survey = read_survey(answers, codebook)
    assert survey.n_respondents == 12
    assert survey.source == "the data frame"


@pytest.mark.parametrize("make", [pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), pa.table])
def test_other_frames_say_the_same(answers, codebook, make):
    other = make(answers)
    expected = read_survey(answers, codebook).frame
    read = read_survey(other, codebook).frame
    assert read.astype(object).equals(expected.astype(object))


def test_polars_categories_and_missing_answers(answers, codebook):
    frame = pl.from_pandas(answers).with_columns(
        pl.col("talk").cast(pl.Enum(["never", "monthly", "weekly"])),
        pl.when(pl.col("person") == 103)
        .then(None)
        .otherwise(pl.col("activities"))
        .alias("activities"),
    )
    survey = read_survey(frame, codebook)
    assert survey.ledger[["row", "column"]].to_numpy().tolist() == [[3, "activities"]]
    assert survey.frame["activities"].sum() == answers["activities"].sum() - 5


@pytest.mark.parametrize("source", [{"team": ["a"]}, 3, None, [1, 2]])
def test_what_is_no_source(codebook, source):
    with pytest.raises(ArgumentTypeError, match=r"data frame .* or the path of a file"):
        read_survey(source, codebook)


def test_a_codebook_is_needed(answers):
    with pytest.raises(ArgumentTypeError, match=r"Codebook.from_toml"):
        read_survey(answers, "study.toml")


def test_a_file_that_is_not_there(tmp_path, codebook):
    with pytest.raises(FileError, match=r"There is no file .*nowhere.csv.*working folder"):
        read_survey(tmp_path / "nowhere.csv", codebook)


def test_a_folder(tmp_path, codebook):
    with pytest.raises(FileError, match="is a folder"):
        read_survey(tmp_path, codebook)


@pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx", "answers.parquet", "answers.sav"])
def test_an_empty_file(tmp_path, codebook, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(FileError, match="is empty"):
        read_survey(tmp_path / name, codebook)


def test_an_unknown_ending(tmp_path, codebook):
    (tmp_path / "answers.docx").write_bytes(b"words")
    with pytest.raises(FileError, match=r"'\.docx' are not known. Save it as one of \.csv"):
        read_survey(tmp_path / "answers.docx", codebook)


def test_the_ending_may_be_in_capitals_and_the_path_a_string(tmp_path, answers, codebook):
    answers.to_csv(tmp_path / "ANSWERS.CSV", index=False)
    assert read_survey(str(tmp_path / "ANSWERS.CSV"), codebook).n_respondents == 12


def test_reading_loads_neither_pymc_nor_matplotlib():
    import subprocess
    import sys

    code = (
        "import sys, learnclimate.survey.reading;"
        "print(sorted({'pymc', 'pytensor', 'matplotlib', 'arviz', 'nutpie', 'openpyxl', "
        "'pyreadstat'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
