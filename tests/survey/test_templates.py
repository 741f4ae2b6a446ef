"""Templates are codebooks, and hold no item texts."""

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


def test_an_unknown_template():
    with pytest.raises(ArgumentError, match="Did you mean 'stimuli'"):
        codebook_template("stimulus")
