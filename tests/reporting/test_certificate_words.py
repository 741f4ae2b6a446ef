"""A certificate tells the figures of its engine, the same in both languages."""

import ast
import re
from pathlib import Path

import pytest

from engine_sentences import every_check
from learnclimate import inference
from learnclimate.inference.certificate import CertificateCheck
from learnclimate.plots.check_names import check_name
from learnclimate.reporting.certificate_words import _PATTERNS, check_words
from learnclimate.reporting.language import texts

CHECKS = (*every_check(1), *every_check(2))
NUMBER = r"\d+(?:\.\d+)?"


def figures(text, language):
    """Numbers of a text, in order of size, as an English program writes them."""
    if language == "nl":
        text = text.translate(str.maketrans(".,", ",."))
    return sorted(
        float(one) for one in re.findall(NUMBER, re.sub(r"(\d),(\d{3})\b", r"\1\2", text))
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.name}-{check.value:.3g}")
def test_a_check_tells_the_figures_of_its_engine_in_both_languages(check):
    english, dutch = (check_words(check, language)[1] for language in ("en", "nl"))
    assert figures(english, "en") == figures(dutch, "nl")
    assert "Gemeten" not in dutch
    said = re.findall(r"\d[\d.]*(?:e[+-]\d+)?", check.words)
    told = figures(english, "en")
    for one in said:
        # What rounds to nothing is told as less than the least it could show.
        least = 10.0 ** -len(one.partition(".")[2]) if float(one) == 0 else float(one)
        assert any(abs(figure - whole) < 1e-9 for figure in told for whole in (float(one), least))
    assert not re.search(r"[{}]", english + dutch)


def test_every_check_of_an_engine_of_counts_has_words():
    """Names that the sources give to checks, and no others: factor models have no report."""
    named = {one.name for one in CHECKS}
    assert named == set(_PATTERNS)
    for language in ("en", "nl"):
        assert set(texts(language)["certificate_names"]) == named
    found = set()
    for path in sorted(Path(inference.__file__).parent.rglob("*.py")):
        if "factors" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CertificateCheck":
                found |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    assert found <= named


def test_a_figure_bears_the_names_of_the_report():
    for name in _PATTERNS:
        if name != "surrogate":
            assert check_name(name, "nl") == check_words(every(name), "nl")[0]


def every(name):
    return next(one for one in CHECKS if one.name == name)


def test_what_rounds_to_nothing_is_told_as_less_than_it_could_show():
    words = "0.0% of the trajectories were cut off"
    some = CertificateCheck("trajectory length", "good", 0.0004, 0.01, words)
    none = CertificateCheck("trajectory length", "good", 0.0, 0.01, words)
    assert check_words(some, "nl")[1].startswith("Van de trajecten is minder dan 0,1% afgebroken")
    assert check_words(none, "nl")[1].startswith("Van de trajecten is 0% afgebroken")


def test_words_of_another_version_are_told_by_their_figures():
    other = CertificateCheck("energy", "good", 0.83, 0.3, "the energies were explored")
    assert check_words(other, "en")[1] == "The energies were explored."
    assert check_words(other, "nl")[1] == "Gemeten is 0,83; de grens is 0,3."
    unknown = CertificateCheck("new", "good", 0.00123, 400.0, "words")
    assert check_words(unknown, "nl") == ("new", "Gemeten is 0,00123; de grens is 400.")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_figure_that_was_not_computed_is_not_called_absent(language):
    failed = CertificateCheck("R-hat", "bad", float("inf"), 1.01, "the chains agree up to inf")
    absent = CertificateCheck("team effects", "not applicable", float("nan"), 0.1, "no teams")
    told = [check_words(check, language)[1] for check in (failed, absent)]
    assert told[0] != told[1]
    assert ("no figure" if language == "en" else "geen getal") in told[0]
