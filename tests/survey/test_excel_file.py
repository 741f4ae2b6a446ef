"""Excel files."""

import contextlib
import io
import random
import zipfile
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentError, FileError, SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey


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
        with pytest.raises(SurveyError, match=r"not in answers\.xlsx: 'team' \(team\)"):
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


HEADER = ["team", "talk", "n", "x"]
ROWS = [["a", "no", 1, 1.5], ["a", "yes", 2, 2], ["b", "no", 3, 4], ["b", "yes", 0, 3]]
BOOK = Codebook(
    outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"], covariates=["x"]
)


@pytest.fixture
def write(tmp_path):
    """Write lines of cells as they are, in the first and in other sheets."""

    def written(lines, **sheets):
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        for name, others in sheets.items():
            sheet = book.create_sheet(name)
            for line in others:
                sheet.append(line)
        book.save(tmp_path / "answers.xlsx")
        return tmp_path / "answers.xlsx"

    return written


class TestCells:
    @pytest.mark.parametrize(("one", "other"), [("1.1", "1.10"), ("1E2", 100), ("007", 7)])
    def test_codes_stay_apart(self, write, one, other):
        rows = [[one if row[0] == "a" else other, *row[1:]] for row in ROWS]
        frame = read_survey(write([HEADER, *rows]), BOOK).frame
        assert frame["team"].tolist() == [one, one, str(other), str(other)]

    def test_decimal_commas_in_cells_of_text(self, write):
        rows = [[*row[:3], str(row[3]).replace(".", ",")] for row in ROWS]
        assert read_survey(write([HEADER, *rows]), BOOK).frame["x"].tolist() == [1.5, 2, 4, 3]

    def test_numbers_in_cells_of_text(self, write):
        rows = [[*row[:2], str(row[2]), row[3]] for row in ROWS]
        assert read_survey(write([HEADER, *rows]), BOOK).frame["n"].tolist() == [1, 2, 3, 0]

    def test_a_name_that_comes_twice(self, write):
        path = write([[*HEADER, "x"], *([*row, 1] for row in ROWS)])
        with pytest.raises(SurveyError, match="Two columns are named 'x'"):
            read_survey(path, BOOK)

    @pytest.mark.parametrize(("place", "role"), [(2, "outcome"), (1, "frequency")])
    def test_a_cell_that_became_a_date(self, write, place, role):
        rows = [[*row[:place], datetime(2026, 2, 1), *row[place + 1 :]] for row in ROWS]  # noqa: DTZ001
        with pytest.raises(
            SurveyError,
            match=rf"\({role}\), row 1 \(line 2 of the file\): .* is a date. Spreadsheets",
        ):
            read_survey(write([HEADER, *rows]), BOOK)


class TestPlaceOfTheTable:
    def test_a_title_above_the_names(self, write):
        with pytest.raises(SurveyError, match="stand in line 2: delete the lines above it"):
            read_survey(write([["Our survey"], HEADER, *ROWS]), BOOK)

    def test_another_sheet_has_the_answers(self, write):
        path = write([["read me"]], Data=[HEADER, *ROWS])
        with pytest.raises(SurveyError, match="Sheet 'Data' has them: read it with sheet='Data'"):
            read_survey(path, BOOK)

    def test_an_empty_sheet(self, write):
        with pytest.raises(SurveyError, match=r"sheet in answers\.xlsx is empty"):
            read_survey(write([]), BOOK)

    def test_names_alone(self, write):
        with pytest.raises(SurveyError, match="it has no rows"):
            read_survey(write([HEADER]), BOOK)


class TestPrograms:
    def test_qualtrics_with_a_row_of_texts(self, write):
        header = ["StartDate", "Status", "Progress", *HEADER]
        texts = ["Start Date", "Response Type", "Progress", "Team?", "Talk?", "How many?", "X?"]
        states = ["IP Address", "IP Address", "Survey Preview", "IP Address"]
        rows = [["2026-01-01", s, 100, *row] for s, row in zip(states, ROWS, strict=True)]
        survey = read_survey(write([header, texts, *rows]), BOOK)
        assert survey.frame["n"].tolist() == [1, 2, 0]
        assert survey.ledger[["row", "column"]].to_numpy().tolist() == [[3, "Status"]]

    def test_limesurvey_in_words(self, write):
        header = ["Response ID", "Date submitted", "Last page", *HEADER]
        dates = ["2026-01-01", None, "2026-01-01", "2026-01-01"]
        rows = [[1, date, 3, *row] for date, row in zip(dates, ROWS, strict=True)]
        rows[3][-1] = "N/A"
        survey = read_survey(write([header, *rows]), BOOK)
        assert survey.frame["n"].tolist() == [1, 3]
        assert survey.ledger["reason"].tolist() == [
            "not submitted, says LimeSurvey",
            "not asked, says LimeSurvey",
        ]


class TestDamage:
    def test_any_part_cut_short_or_missing(self, write, tmp_path):
        good = write([HEADER, *ROWS]).read_bytes()
        parts = zipfile.ZipFile(io.BytesIO(good))
        for broken in parts.namelist():
            for keep in (0, 40):
                path = tmp_path / "damaged.xlsx"
                with zipfile.ZipFile(path, "w") as out:
                    for name in parts.namelist():
                        content = parts.read(name)
                        out.writestr(name, content[:keep] if name == broken else content)
                with contextlib.suppress(FileError):
                    read_survey(path, BOOK)

    def test_any_byte_changed(self, write, tmp_path):
        good = write([HEADER, *ROWS]).read_bytes()
        rng = random.Random(7)
        refusals = []
        for _ in range(60):
            content = bytearray(good)
            for _ in range(3):
                content[rng.randrange(len(content))] = rng.randrange(256)
            (tmp_path / "damaged.xlsx").write_bytes(content)
            try:
                read_survey(tmp_path / "damaged.xlsx", BOOK)
            except FileError as error:
                refusals.append(str(error))
        assert len(refusals) > 30
        assert all("is not a readable Excel file" in refusal for refusal in refusals)

    def test_a_password(self, tmp_path):
        (tmp_path / "answers.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
        with pytest.raises(FileError, match=r"old Excel file \(\.xls\), or locked with a password"):
            read_survey(tmp_path / "answers.xlsx", BOOK)
