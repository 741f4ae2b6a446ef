"""What a release carries: type information, texts, templates, data, and how to cite it."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    "path",
    [
        "py.typed",
        "__init__.pyi",
        "reporting/templates/report.html.jinja",
        "reporting/templates/style.css",
        "reporting/texts/en.toml",
        "reporting/texts/nl.toml",
        "reporting/texts/references.bib",
        "survey/data/example.csv",
        "survey/data/example.toml",
    ],
)
def test_the_package_carries(path):
    assert (resources.files("learnclimate") / path).is_file()


def test_every_dependency_has_a_lowest_version():
    without = [one for one in PROJECT["dependencies"] if ">=" not in one]
    assert without == []


def test_types_are_declared_to_be_shipped():
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_supported_versions_are_those_of_the_classifiers():
    named = {one.rsplit(" ", 1)[1] for one in PROJECT["classifiers"] if "Python :: 3." in one}
    assert named == {"3.12", "3.13", "3.14"}
    assert PROJECT["requires-python"] == ">=3.12,<3.15"
