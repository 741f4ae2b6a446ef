"""CSV files as programs write them."""

import pandas as pd
import pytest

from learnclimate.core.errors import FileError, SurveyError
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
    with pytest.raises(SurveyError, match="Column 'n', row 1: '1,234' is not a number"):
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
            (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
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
