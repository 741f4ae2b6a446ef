"""CSV files as programs write them."""

import pandas as pd
import pytest

from learnclimate.core.errors import FileError, LearnClimateWarning, SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.csv_file import read_csv
from learnclimate.survey.reading import read_survey

PLAIN = "team,talk,n,hours\nnoord,wekelijks,3,1.5\nzuid,nooit,0,12\nzuid,nooit,2,8\n"
DUTCH = "team;talk;n;hours\nnoord;wekelijks;3;1,5\nzuid;nooit;0;12\nzuid;nooit;2;8\n"
BOOK = Codebook(
    outcome="n",
    team="team",
    frequency="talk",
    frequency_levels=["nooit", "wekelijks"],
    exposure="hours",
)


def written(tmp_path, content, name="answers.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        DUTCH,
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.replace("\n", "\r\n"),
        "sep=;\r\n" + DUTCH,
        DUTCH + ";;;\n;;;\n",
        DUTCH.replace("team;talk", ' team ;"talk"'),
    ],
    ids=["comma", "semicolon", "tab", "bar", "crlf", "sep", "last lines", "spaced header"],
)
def test_delimiter_and_decimal_comma_are_found(tmp_path, text):
    survey = read_survey(written(tmp_path, text), BOOK)
    assert survey.frame["hours"].tolist() == [1.5, 12.0, 8.0]
    assert survey.frame["n"].tolist() == [3, 0, 2]
    assert survey.n_left_out == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_encodings(tmp_path, encoding):
    text = DUTCH.replace("noord", "Zoë's team").replace("zuid", "cliënten")
    survey = read_survey(written(tmp_path, text.encode(encoding)), BOOK)
    assert survey.frame["team"].tolist() == ["Zoë's team", "cliënten", "cliënten"]


def test_windows_punctuation(tmp_path):
    text = DUTCH.replace("noord", "\N{EN DASH}noord\N{EURO SIGN}").encode("cp1252")
    assert "\N{EN DASH}noord\N{EURO SIGN}" in set(read_csv(written(tmp_path, text)).frame["team"])


def test_text_in_quotes_may_hold_delimiter_and_line_break(tmp_path):
    text = 'team,n,note\n"a, b",1,"first\nsecond"\nc,2,"he said ""no"""\n'
    frame = read_csv(written(tmp_path, text)).frame
    assert frame["team"].tolist() == ["a, b", "c"]
    assert frame["note"].tolist() == ["first\nsecond", 'he said "no"']


def test_thousands_in_a_comma_file_stay_text_and_are_refused_as_a_count(tmp_path):
    path = written(tmp_path, 'team,n\na,"1,234"\nb,2\n')
    with pytest.raises(
        SurveyError, match=r"Column 'n', row 1 \(line 2 of the file\): '1,234' is not a number"
    ):
        read_survey(path, Codebook(outcome="n", team="team"))


def test_codes_with_a_leading_zero_stay_codes(tmp_path):
    frame = read_csv(written(tmp_path, "team,n,share\n007,1,0.5\n010,2,0.25\n")).frame
    assert frame["team"].tolist() == ["007", "010"]
    assert frame["share"].tolist() == [0.5, 0.25]


def test_an_empty_cell_is_missing_and_words_for_nothing_are_answers(tmp_path):
    text = "team,talk,n\nNA,None,1\nb,,2\nb,weekly,0\n"
    book = Codebook(outcome="n", team="team", frequency="talk", frequency_levels=["None", "weekly"])
    survey = read_survey(written(tmp_path, text), book)
    assert survey.frame["team"].tolist() == ["NA", "b"]
    assert survey.ledger["row"].tolist() == [2]


def test_a_column_name_that_comes_twice_matters_only_when_asked_for(tmp_path):
    path = written(tmp_path, "team,n,note,note\na,1,x,y\nb,2,,\n")
    assert read_survey(path, Codebook(outcome="n", team="team")).frame["n"].sum() == 3
    with pytest.raises(SurveyError, match="Two columns are named 'note'"):
        read_survey(path, Codebook(outcome="n", team="team", covariates=["note"]))


class TestDamage:
    def test_a_file_cut_short(self, tmp_path):
        with pytest.raises(FileError, match=r"row 3 \(the last\).*cut short. Export it again"):
            read_csv(written(tmp_path, PLAIN[:-6]))

    def test_a_file_cut_short_within_quotes(self, tmp_path):
        with pytest.raises(FileError, match=r"between quotes does not end.*Export it again"):
            read_csv(written(tmp_path, 'team,n\na,"1"\nb,"2'))

    def test_a_row_with_too_many_fields(self, tmp_path):
        text = PLAIN.replace("noord", "noord, oost")
        with pytest.raises(FileError, match=r"row 1: 5 fields under 4 column names.*quotes"):
            read_csv(written(tmp_path, text))

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"PK\x03\x04rest", "an Excel or zip file"),
            (b"PAR1rest", "a Parquet file"),
            (b"$FL2@(#) SPSS", "an SPSS file"),
            (b"%PDF-1.7", "a PDF"),
            (b"<html><body>Sign in", "a web page"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
        ],
    )
    def test_a_foreign_file(self, tmp_path, content, kind):
        with pytest.raises(FileError, match=kind):
            read_csv(written(tmp_path, content))

    @pytest.mark.parametrize("content", ["\n\n", " \n"])
    def test_a_file_without_a_table(self, tmp_path, content):
        with pytest.raises((FileError, SurveyError)) as caught:
            read_survey(written(tmp_path, content), BOOK)
        assert "empty" in str(caught.value) or "no rows" in str(caught.value)

    def test_a_header_alone(self, tmp_path):
        with pytest.raises(SurveyError, match=r"no answers in answers.csv: it has no rows"):
            read_survey(written(tmp_path, "team,talk,n,hours\n"), BOOK)


QUALTRICS = (
    "StartDate,Status,Finished,team,talk,n,hours\n"
    'Start Date,Response Type,Finished,In which team?,"How often, roughly?",How many?,Hours\n'
    '"{""ImportId"":""startDate""}","{""ImportId"":""status""}","{""ImportId"":""finished""}",'
    '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3_TEXT""}",'
    '"{""ImportId"":""QID4_TEXT""}"\n'
    "2026-01-01,Survey Preview,True,noord,nooit,9,9\n"
    "2026-01-02,IP Address,True,noord,wekelijks,3,1.5\n"
    "2026-01-02,Spam,True,zuid,nooit,0,1\n"
    "2026-01-03,Anonymous,False,zuid,nooit,,12\n"
    "2026-01-04,Imported,True,zuid,nooit,2,8\n"
)


class TestQualtrics:
    def test_three_header_rows_and_previews(self, tmp_path):
        survey = read_survey(written(tmp_path, QUALTRICS), BOOK)
        assert survey.frame["n"].tolist() == [3, 2]
        assert survey.frame.index.tolist() == [2, 5]
        assert survey.source == "answers.csv (Qualtrics)"
        assert survey.ledger.to_numpy().tolist() == [
            [1, "Status", "Survey Preview", "preview, test or spam, says Qualtrics"],
            [3, "Status", "Spam", "preview, test or spam, says Qualtrics"],
            [4, "n", "", "outcome not answered"],
        ]

    def test_status_as_choice_numbers(self, tmp_path):
        coded = QUALTRICS.replace("Survey Preview", "1").replace("IP Address", "0")
        coded = coded.replace("Spam", "8").replace("Anonymous", "4").replace("Imported", "2")
        coded = coded.replace(",2,True", ",16,True")
        assert read_survey(written(tmp_path, coded), BOOK).frame["n"].tolist() == [3, 2]

    def test_without_a_status_column(self, tmp_path):
        frame = pd.read_csv(written(tmp_path, QUALTRICS), dtype=str, keep_default_na=False)
        frame.drop(columns="Status").to_csv(tmp_path / "short.csv", index=False)
        assert read_survey(tmp_path / "short.csv", BOOK).frame["n"].tolist() == [9, 3, 0, 2]


class TestLimeSurvey:
    TEXT = (
        '"id","submitdate","lastpage","team","talk","n","hours"\n'
        '"1","2026-01-01 10:00:00","3","noord","wekelijks","3","1.5"\n'
        '"2","","1","noord","nooit","4",""\n'
        '"3","2026-01-01 11:00:00","3","zuid","nooit","0","12"\n'
        '"4","2026-01-01 12:00:00","3","zuid","nooit","","12"\n'
    )

    def test_unfinished_responses_are_in_the_ledger(self, tmp_path):
        survey = read_survey(written(tmp_path, self.TEXT), BOOK)
        assert survey.frame["n"].tolist() == [3, 0]
        assert survey.ledger["row"].tolist() == [2, 4]
        assert survey.ledger["reason"].tolist() == [
            "not submitted, says LimeSurvey",
            "outcome not answered",
        ]

    def test_headings_of_code_and_question_and_a_decimal_comma(self, tmp_path):
        header, *rows = self.TEXT.splitlines()
        codes = [code.strip('"') for code in header.split(",")]
        header = ",".join(f'"{code}. Text of {code}, in words"' for code in codes)
        text = "\n".join([header, *rows]).replace('","', '";"').replace("1.5", "1,5") + "\n"
        survey = read_survey(written(tmp_path, text), BOOK)
        assert survey.frame["hours"].tolist() == [1.5, 12.0]


@pytest.mark.parametrize("text", [PLAIN + "west,nooit,,3\n", DUTCH, QUALTRICS])
@pytest.mark.parametrize("block", [1, 2])
def test_blocks_of_rows_make_no_difference(tmp_path, monkeypatch, text, block):
    path = written(tmp_path, text)
    whole = read_csv(path)
    monkeypatch.setattr("learnclimate.survey.csv_file._BLOCK", block)
    assert read_csv(path).frame.equals(whole.frame)
    assert whole.frame.shape[0] > block
    with pytest.raises(FileError, match=r"row 3 \(the last\).*cut short"):
        read_csv(written(tmp_path, PLAIN[:-6]))


CODES = "team,talk,n,hours\n{0},wekelijks,3,1.5\n{1},nooit,0,12\n{1},nooit,2,8\n"


class TestCodes:
    """Names and codes that would be one and the same number."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [("1.1", "1.10"), ("1E2", "100"), ("007", "7"), ("12345678901234567", "12345678901234568")],
    )
    def test_teams_stay_apart(self, tmp_path, one, other):
        survey = read_survey(written(tmp_path, CODES.format(one, other)), BOOK)
        assert survey.frame["team"].tolist() == [one, other, other]

    def test_respondents_and_departments_stay_apart(self, tmp_path):
        text = "id,team,unit,n\n1E2,a,1.1,1\n100,b,1.10,2\n12345678901234567,c,01,3\n"
        book = Codebook(outcome="n", team="team", department="unit", respondent="id")
        frame = read_survey(written(tmp_path, text), book).frame
        assert frame["id"].tolist() == ["1E2", "100", "12345678901234567"]
        assert frame["unit"].tolist() == ["1.1", "1.10", "01"]

    def test_whole_numbers_as_pandas_writes_them_are_whole(self, tmp_path):
        text = CODES.format("1.0", "2.0").replace("nooit", "1.0").replace("wekelijks", "2.0")
        book = Codebook(outcome="n", team="team", frequency="talk", frequency_levels=[1, 2])
        frame = read_survey(written(tmp_path, text), book).frame
        assert frame["team"].tolist() == ["1", "2", "2"]
        assert frame["talk"].tolist() == ["2", "1", "1"]


COVARIATE = Codebook(outcome="n", team="team", covariates=["x"])


def with_covariate(values, delimiter=","):
    rows = [delimiter.join(["ab"[k % 2], str(k), x]) for k, x in enumerate(values, start=1)]
    return "\n".join([delimiter.join(["team", "n", "x"]), *rows]) + "\n"


class TestNumbersInWords:
    def test_decimal_commas_between_quotes(self, tmp_path):
        text = with_covariate(['"1,5"', '"2,25"', "4", '"0,125"'])
        frame = read_survey(written(tmp_path, text), COVARIATE).frame
        assert frame["x"].tolist() == [1.5, 2.25, 4.0, 0.125]

    @pytest.mark.parametrize(
        "values",
        [['"1,500"', "2", "3"], ["12 jaar", "7 jaar", "1,5 jaar"], [f"{n}%" for n in range(30)]],
    )
    def test_what_looks_like_a_number_does_not_become_a_category(self, tmp_path, values):
        text = with_covariate(values).replace("1,5 ", "1.5 ")
        with pytest.raises(
            SurveyError,
            match=r"'x', row 1 \(line 2 of the file\): .* looks like a number, .* plain",
        ):
            read_survey(written(tmp_path, text), COVARIATE)

    def test_thousands_with_a_decimal_comma(self, tmp_path):
        text = with_covariate(["1.234,5", "2.000,0", "3"], ";")
        with pytest.raises(
            SurveyError, match=r"row 1 \(line 2 of the file\): '1\.234,5' looks like a number"
        ):
            read_survey(written(tmp_path, text), COVARIATE)

    def test_a_thousand_with_a_point_is_pointed_out(self, tmp_path):
        path = written(tmp_path, "team;n\na;1.000\nb;2\n")
        with pytest.warns(LearnClimateWarning, match=r"'n' .* '1\.000' is read as 1\."):
            survey = read_survey(path, Codebook(outcome="n", team="team"))
        assert survey.frame["n"].tolist() == [1, 2]

    def test_categories_that_begin_with_a_figure_are_categories(self, tmp_path):
        text = with_covariate(["0", "1", "2", "3+"] * 3)
        assert set(read_survey(written(tmp_path, text), COVARIATE).frame["x"]) == {
            *("0", "1", "2", "3+")
        }

    def test_a_number_and_a_slip(self, tmp_path):
        text = with_covariate(["1.5", "2.5", "some", "4"])
        with pytest.raises(
            SurveyError, match=r"row 3 \(line 4 of the file\): 'some' is not a number"
        ):
            read_survey(written(tmp_path, text), COVARIATE)


class TestLinesAndLetters:
    @pytest.mark.parametrize("end", ["\r", "\r\n"])
    def test_line_ends(self, tmp_path, end):
        mixed = PLAIN.replace("\n", end, 2)
        for text in (PLAIN.replace("\n", end), mixed):
            assert read_survey(written(tmp_path, text), BOOK).frame["n"].tolist() == [3, 0, 2]

    @pytest.mark.parametrize("encoding", ["utf-32", "utf-16"])
    def test_wide_encodings_with_their_mark(self, tmp_path, encoding):
        text = DUTCH.replace("noord", "Zoë")
        frame = read_survey(written(tmp_path, text.encode(encoding)), BOOK).frame
        assert frame["team"].tolist() == ["Zoë", "zuid", "zuid"]

    def test_a_letter_written_in_two_ways_is_one(self, tmp_path):
        text = PLAIN.replace("noord", "caf\u00e9").replace("zuid", "cafe\u0301")
        frame = read_survey(written(tmp_path, text), BOOK).frame
        assert frame["team"].cat.categories.tolist() == ["caf\u00e9"]

    @pytest.mark.parametrize(
        "content",
        [
            bytes(range(1, 256)) * 20,
            b"\xc3\x28\x80\x81,;\x90" * 500,
            (PLAIN + "\x00\x00").encode(),
            PLAIN.encode("utf-16-le"),
        ],
    )
    def test_bytes_that_are_no_text(self, tmp_path, content):
        with pytest.raises(FileError, match=r"not a text file. Export the answers as CSV"):
            read_survey(written(tmp_path, content), BOOK)

    def test_a_field_that_does_not_end(self, tmp_path):
        with pytest.raises(FileError, match=r"is damaged.*Export it again"):
            read_survey(written(tmp_path, '"' + "x" * 200_000 + '",a\n1,2\n'), BOOK)

    @pytest.mark.parametrize("before", ["", "ë"])
    def test_cut_in_the_middle_of_a_letter(self, tmp_path, before):
        content = (PLAIN + before + "west,nooit,1,é").encode()[:-1]
        with pytest.raises(FileError, match=r"middle of a letter.*cut short"):
            read_survey(written(tmp_path, content), BOOK)

    def test_one_byte_of_another_encoding(self, tmp_path):
        content = PLAIN.replace("noord", "é").encode() + "ü,nooit,1,1\n".encode("latin-1")
        with pytest.raises(FileError, match="line 5: a byte there is no UTF-8"):
            read_survey(written(tmp_path, content), BOOK)

    def test_a_last_line_without_end_may_be_cut_short(self, tmp_path):
        said = r"without a line end.*row 3, column 'hours': '8'"
        with pytest.warns(LearnClimateWarning, match=said) as caught:
            read_survey(written(tmp_path, PLAIN[:-1]), BOOK)
        assert caught[0].filename == __file__

    def test_a_last_field_that_is_closed_is_whole(self, tmp_path):
        read_survey(written(tmp_path, PLAIN[:-2] + '"8"'), BOOK)


class TestLinesAboveTheNames:
    @pytest.mark.parametrize(
        "text",
        ["Survey of 2026\n\n" + PLAIN, ("a,,,\nb,,,\n" + PLAIN).replace(",", ";")],
    )
    def test_they_are_told(self, tmp_path, text):
        with pytest.raises(SurveyError, match=r"stand in line 3: delete the lines above it"):
            read_survey(written(tmp_path, text), BOOK)


class TestAllRowsLeftOut:
    def test_previews(self, tmp_path):
        text = "\n".join(QUALTRICS.splitlines()[:4]) + "\n"
        said = r"Every row .* is left out \(column 'Status': preview.*Export the responses"
        with pytest.raises(SurveyError, match=said):
            read_survey(written(tmp_path, text), BOOK)

    def test_unfinished_responses(self, tmp_path):
        header, _, unfinished, *_ = TestLimeSurvey.TEXT.splitlines()
        with pytest.raises(SurveyError, match="'submitdate': not submitted, says LimeSurvey"):
            read_survey(written(tmp_path, f"{header}\n{unfinished}\n"), BOOK)


class TestLimeSurveyInWords:
    TEXT = TestLimeSurvey.TEXT.replace('"submitdate"', '"Date submitted"').replace(
        '"lastpage"', '"Last page"'
    )

    def test_unfinished_responses_are_found_by_the_heading_in_words(self, tmp_path):
        survey = read_survey(written(tmp_path, self.TEXT), BOOK)
        assert survey.frame["n"].tolist() == [3, 0]
        assert survey.ledger["row"].tolist() == [2, 4]

    def test_what_was_not_asked_is_missing_and_says_so(self, tmp_path):
        text = self.TEXT.replace('"zuid","nooit","",', '"zuid","nooit","N/A",')
        survey = read_survey(written(tmp_path, text.replace('"12"', '"N/A"', 1)), BOOK)
        assert survey.frame["hours"].tolist() == [1.5]
        assert survey.ledger[["row", "column", "reason"]].to_numpy().tolist() == [
            [2, "Date submitted", "not submitted, says LimeSurvey"],
            [3, "hours", "not asked, says LimeSurvey"],
            [4, "n", "not asked, says LimeSurvey"],
        ]


def test_qualtrics_with_one_row_of_texts(tmp_path):
    lines = QUALTRICS.splitlines()
    text = "\n".join([*lines[:2], *lines[3:]]) + "\n"
    survey = read_survey(written(tmp_path, text), BOOK)
    assert survey.frame["n"].tolist() == [3, 2]
    assert survey.source == "answers.csv (Qualtrics)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("n,team\n1,a\n-2,a\n", r"row 2 \(line 3 of the file\): -2"),
        ("sep=;\nn;team\n1;a\n-2;a\n", r"row 2 \(line 4 of the file\): -2"),
        ("n,team\r\n1,a\r\n-2,a\r\n\r\n", r"row 2 \(line 3 of the file\): -2"),
        # Rows and lines go apart: an empty line, or an answer that takes two.
        ("n,team\n1,a\n\n-2,a\n", "row 2: -2"),
        ('n,team\n1,"a\nb"\n-2,a\n', "row 2: -2"),
    ],
)
def test_a_wrong_answer_is_named_by_row_and_by_line(tmp_path, text, told):
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(SurveyError, match=told):
        read_survey(path, Codebook(outcome="n", team="team"))
