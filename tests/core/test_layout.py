"""Text that fits a terminal."""

import pandas as pd
import pytest

from learnclimate.core.layout import call_text, one_line_call, paragraph, table_text, terminal_width


@pytest.fixture(params=[40, 60, 80])
def width(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "contrast": ["weekly against never", "monthly against never"],
            "population": ["average_team"] * 2,
            "mean": ["4.12", "-3.1"],
            "sd": ["0.10", "0.20"],
            "lower": ["3.92", "-3.5"],
            "upper": ["4.32", "-2.7"],
            "what it says": ["the counts of those who talk weekly are higher"] * 2,
        }
    )


def test_a_paragraph_keeps_every_word_and_fits(width):
    text = "Those who talk weekly report 4.1 times as many activities. " * 5
    lines = paragraph(text, first="  - ", rest="    ").split("\n")
    assert " ".join(lines).split()[1:] == text.split()
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("  - ")
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_word_longer_than_a_line_is_broken_and_a_wide_letter_takes_two_places(width):
    assert {len(line) for line in paragraph("x" * 3 * width).split("\n")} == {width}
    assert {len(line) for line in paragraph("学" * 3 * width).split("\n")} == {width // 2}


def test_a_table_fits_and_says_what_it_leaves_out(width, table):
    lines = table_text(table, least=("sd",), where=".summary").split("\n")
    assert max(map(len, lines)) <= width
    told = " ".join(lines)
    for column in table.columns:
        words = column.split()
        assert all(word in told for word in words), column
    if "sd" not in " ".join(lines[:4]).split():
        assert "Too narrow here for sd" in told
        assert "see .summary." in told


def test_nothing_is_left_out_where_there_is_room(monkeypatch, table):
    monkeypatch.setenv("COLUMNS", "200")
    told = table_text(table)
    assert "Too narrow" not in told
    assert "In every row" not in told
    assert len(told.split("\n")) == 3


def test_numbers_stand_below_one_another_and_are_never_broken(monkeypatch, table):
    monkeypatch.setenv("COLUMNS", "60")
    lines = table_text(table).split("\n")
    ends = {
        line.index(number) + 4 for line in lines for number in ("4.12", "-3.1") if number in line
    }
    assert len(ends) == 1


def test_a_call_is_one_line_whatever_the_terminal_where_it_tells_work_apart(monkeypatch):
    value = {"levels": ["never", "yearly", "quarterly", "monthly", "weekly", "daily"]}
    monkeypatch.setenv("COLUMNS", "40")
    narrow, line = call_text(value), one_line_call(value)
    monkeypatch.setenv("COLUMNS", "200")
    assert "\n" in narrow
    assert line == one_line_call(value) == repr(value)


def test_width_is_of_the_terminal_or_80(monkeypatch):
    monkeypatch.setenv("COLUMNS", "113")
    assert terminal_width() == 113
    monkeypatch.setenv("COLUMNS", "7")
    assert terminal_width() == 40
