"""Templates are codebooks, and hold no item texts."""

import re

import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.templates import TEMPLATES, codebook_template


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_parses(tmp_path, name):
    (tmp_path / "study.toml").write_text(codebook_template(name), encoding="utf-8")
    book = Codebook.from_toml(tmp_path / "study.toml")
    assert book.outcome == "activities"
    assert len(book.levels_of("talk")) == 5
    assert all(line.count("#") <= 1 for line in codebook_template(name).splitlines())


def test_the_scales_of_each_template(tmp_path):
    expected = {
        "count": [],
        "stimuli": ["challenging_work", "team_dynamics", "leadership_of_learning"],
        "learning-climate": ["facilitation", "appreciation", "error_avoidance"],
    }
    for name, scales in expected.items():
        path = tmp_path / f"{name}.toml"
        path.write_text(codebook_template(name), encoding="utf-8")
        assert [scale.name for scale in Codebook.from_toml(path).scales] == scales


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_only_for_what_every_study_has(tmp_path, name):
    path = tmp_path / "study.toml"
    path.write_text(codebook_template(name), encoding="utf-8")
    book = Codebook.from_toml(path)
    assert (book.department, book.exposure, book.weight, book.respondent) == (None,) * 4
    assert book.covariates == ()


@pytest.mark.parametrize("name", TEMPLATES)
def test_optional_lines_hold_once_their_sign_is_taken_away(tmp_path, name):
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", codebook_template(name))
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    book = Codebook.from_toml(tmp_path / "study.toml")
    assert (book.department, book.exposure) == ("department", "months")
    assert (book.weight, book.respondent) == ("weight", "respondent")
    assert book.covariates == ("tenure", "contract")
    assert book.scales
    for word in ("minimum and maximum:", "reverse:"):
        assert word in text


def test_an_unknown_template():
    with pytest.raises(ArgumentError, match="Did you mean 'stimuli'"):
        codebook_template("stimulus")
