import math

import pytest

from learnclimate.checks.verdict import Check
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.reporting.checks_told import certificate_told, checks_told

FOUND = {"median": 0.1, "lower": 0.08, "upper": 0.13, "observed": 0.2, "probability": 0.001}


def test_figures_of_a_check_are_told_in_dutch():
    (told,) = checks_told([Check("share of zeros", "bad", "English words.", FOUND)], language="nl")
    assert told.verdict == "slecht"
    assert "0,200" in told.words
    assert "0,080 tot 0,130" in told.words
    assert told.words_language == "nl"


def test_an_observation_that_is_withheld_is_not_told():
    values = {name: FOUND[name] for name in ("median", "lower", "upper")}
    (told,) = checks_told([Check("share of zeros", "good", "Hidden.", values)], language="en")
    assert "too few respondents" in told.words


def test_an_unknown_check_keeps_its_english_words():
    (told,) = checks_told([Check("new check", "doubtful", "It is odd.", {})], language="nl")
    assert (told.name, told.words) == ("new check", "It is odd.")
    assert (told.name_language, told.words_language) == ("en", "en")
    assert told.verdict == "twijfelachtig"


@pytest.mark.parametrize("verdict", ["good", "doubtful", "bad", "not applicable"])
def test_every_verdict_has_words(verdict):
    certificate = Certificate("nuts", (CertificateCheck("R-hat", verdict, math.nan, 1.01, "w"),))
    for language in ("en", "nl"):
        (told,) = certificate_told(certificate, language=language)
        assert told.verdict
        assert " " not in told.mark


def test_all_checks_of_a_fit_have_texts(answers):
    for told in checks_told(answers.checks.checks, language="nl"):
        assert told.words_language == "nl", told.name


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "name",
    [
        "residuals",
        "residuals by group",
        "prior sensitivity",
        "influence",
        "leave one out",
        "leave one team out",
    ],
)
def test_checks_in_words_are_told_in_the_language(name, language):
    good, bad = (
        checks_told([Check(name, verdict, "English")], language=language)[0]
        for verdict in ("good", "bad")
    )
    assert good.words != bad.words
    assert "English" not in (good.words, bad.words)
    assert good.words_language == bad.name_language == language
