"""Codebooks as files: written, read again, and refused when damaged."""

import pytest

from learnclimate.core.errors import CodebookError, FileError
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.codebook_toml import (
    codebook_from_mapping,
    codebook_to_mapping,
    read_codebook,
)

FULL = Codebook(
    outcome="aantal activiteiten",
    team='team "A"',
    frequency=["in de wandelgangen", "overleg"],
    frequency_levels={
        "overleg": ["nooit", "≥ 1×"],
        "in de wandelgangen": ["nooit", "soms", "vaak"],
    },
    department="afdeling",
    exposure="uren",
    covariates=["leeftijd", "q.1"],
    weight="gewicht",
    scales=[Scale("leer klimaat", ["q.1", "q\\2"], minimum=0, maximum=6, reverse=["q.1"])],
    respondent="id",
)


@pytest.mark.parametrize("book", [FULL, Codebook(outcome="n", team="t")])
def test_round_trip(tmp_path, book):
    book.to_toml(tmp_path / "study.toml")
    assert Codebook.from_toml(str(tmp_path / "study.toml")) == book
    assert codebook_from_mapping(codebook_to_mapping(book)) == book


def test_levels_may_be_listed_for_a_single_frequency(tmp_path):
    text = 'outcome = "n"\nteam = "t"\nfrequency = "f"\nfrequency_levels = ["a", "b"]\n'
    (tmp_path / "study.toml").write_text(text)
    assert Codebook.from_toml(tmp_path / "study.toml").levels_of("f") == ("a", "b")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('outcome = n\nteam = "t"', FileError, "not valid TOML.*quotes"),
        ('team = "t"', CodebookError, "The key 'outcome' is missing. Column with the number"),
        ('outcom = "n"\nteam = "t"', CodebookError, "no key 'outcom'. Did you mean 'outcome'"),
        ('outcome = 1\nteam = "t"', CodebookError, "study.toml: .*column name, not 1"),
        ('outcome = "n"\nteam = "t"\nscales = ["s"]', CodebookError, "should be tables"),
        ('outcome = "n"\nteam = "t"\n[scales.s]\n', CodebookError, "'s' has no items"),
        (
            'outcome = "n"\nteam = "t"\n[scales.s]\nitems = ["q"]\nmaxium = 3',
            CodebookError,
            "no key 'maxium'. Did you mean 'maximum'",
        ),
        ("", CodebookError, "'outcome' is missing"),
    ],
)
def test_a_wrong_file(tmp_path, text, error, message):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(error, match=message):
        Codebook.from_toml(tmp_path / "study.toml")


def test_a_file_that_is_not_there_says_how_to_start_one(tmp_path):
    with pytest.raises(FileError, match=r"no codebook at .*learnclimate init"):
        Codebook.from_toml(tmp_path / "study.toml")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00\x9d")
    with pytest.raises(FileError, match="cannot be read"):
        Codebook.from_toml(tmp_path / "study.toml")


def test_nothing_is_written_into_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="There is no folder"):
        FULL.to_toml(tmp_path / "none" / "study.toml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'outcome = "n"\noutcome = "m"\n', "second time: keep one of the two"),
        (b"[scales.a]\n[scales.a]\n", "second time: keep one of the two"),
        (b"x = " + b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ('# é\nteam = "t"'.encode("latin-1"), "not saved as UTF-8.*with the encoding UTF-8"),
        ('team = "t"'.encode("utf-16"), "not saved as UTF-8"),
        (b'outcome = "n\n', "between straight quotes"),
    ],
)
def test_each_fault_has_its_own_remedy(tmp_path, content, said):
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(FileError, match=said):
        read_codebook(tmp_path / "study.toml")


def test_a_key_below_a_table_is_missing_above_it(tmp_path):
    (tmp_path / "study.toml").write_text('team = "t"\n[frequency_levels]\noutcome = "n"\n')
    with pytest.raises(CodebookError, match=r"'outcome' is missing.*above the first \[table\]"):
        read_codebook(tmp_path / "study.toml")


def test_answers_of_a_scale_are_written_and_read(tmp_path):
    words = ["oneens", "neutraal", "eens"]
    codebook = Codebook(
        outcome="n", team="team", scales=[Scale("s", ["q1", "q2"], maximum=3, answers=words)]
    )
    codebook.to_toml(tmp_path / "study.toml")
    assert Codebook.from_toml(tmp_path / "study.toml") == codebook
