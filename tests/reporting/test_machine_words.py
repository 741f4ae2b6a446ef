"""What the machinery says in English is Dutch in a Dutch report, to the last sentence."""

import html
import re
from dataclasses import replace

import pytest

from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.marginal.sampling import certificate_checks as marginal
from learnclimate.inference.remedies import NutsDiagnostics, NutsSettings, remedy
from learnclimate.inference.remedies import certificate_checks as nuts_checks
from learnclimate.reporting.answers import ask
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.machine_words import (
    action_words,
    check_words,
    prior_words,
    reason_words,
    source_words,
)

BAD = NutsDiagnostics(1.2, 30.0, 20.0, 7, 0.05, 0.1)
MARGINAL = [value for name, value in vars(marginal).items() if re.fullmatch("[A-Z]+", name)]
CHECKS = (
    *nuts_checks(BAD),
    *(
        CertificateCheck(name, "good", 0.0123, 0.7, "the draws are as they should be")
        for name in MARGINAL
    ),
    CertificateCheck("quadrature", "not applicable", float("nan"), 0.02, "there are no teams"),
)
ACTIONS = (
    ("Quadrature with 9 nodes was too coarse (sd of the change 0.3): sampled again with 13 nodes."),
    "A polynomial in the place of the likelihood stayed off by 0.2 (sd): weighed 8 draws exactly.",
    "The importance weights were uneven: learned the proposal again from 4096 more evaluations.",
    (
        "Importance sampling did not reach the posterior, and NUTS with team effects "
        "integrated out was given up: its trajectories were too long."
    ),
    "Importance sampling did not reach the posterior: sampled the outer parameters by NUTS.",
    "Kept summaries of the 20000 teams' effects instead of draws: they would take 3.0 GiB.",
    "The draws of some team's effects rested on few proposals: drew them again.",
    "Draws guided by a polynomial had uneven weights: adapted the proposal without it.",
    "Sampled with NUTS, since the marginal engine does not apply: the covariates are many.",
    remedy(nuts_checks(BAD), NutsSettings(100, 100, 0.9))[0] + "; it helped.",
    remedy(nuts_checks(replace(BAD, n_divergent=0)), NutsSettings(100, 100, 0.9))[0],
    "Something new was tried with the draws.",
)
#: Words that no Dutch sentence has.
ENGLISH = re.compile(
    r"\b(the|and|draws?|with|were|not|answered|chains?|teams? effect|which|agree|from|again|user"
    r"|says|mean|levels?|share|prior for|standard|rate)\b",
    re.IGNORECASE,
)


def visible(page):
    """Text of a page without what is English by its nature: literature, labels, code."""
    page = re.sub(r"<style>.*?</style>|data:image[^\"]*", "", page, flags=re.DOTALL)
    page = re.sub(r"<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r"<td class=\"code\">.*?</td>", "", page, flags=re.DOTALL)
    attributes = " ".join(re.findall(r"(?:alt|aria-label)=\"([^\"]*)\"", page))
    return html.unescape(re.sub(r"<[^>]+>", " ", page) + attributes)


def test_a_dutch_report_is_dutch_throughout(synthetic_fit):
    left_out = (
        ("talk", "frequency not answered", 9),
        ("tenure", "user-missing code 99 (weet niet)", 8),
        ("Status", "preview, test or spam, says Qualtrics", 7),
        ("submitdate", "not submitted, says LimeSurvey", 6),
        ("contract", "not asked, says LimeSurvey; covariate not answered", 6),
    )
    fit = replace(
        synthetic_fit,
        certificate=Certificate("marginal", CHECKS, ACTIONS),
        provenance=replace(synthetic_fit.provenance, left_out=left_out, n_left_out=30),
    )
    text = visible(report_html(ask(fit), language="nl"))
    # The names of the library stand for themselves, as do those of the questionnaire.
    for own in ("frequency_shape", "team_correlation", "team_sd", "partial pooling", "talk"):
        text = text.replace(own, "")
    text = re.sub(r"\w+\(\w+=[^)]*\)", "", text)
    found = [text[max(0, one.start() - 40) : one.end() + 40] for one in ENGLISH.finditer(text)]
    assert not found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_of_every_engine_has_dutch_words(check):
    name, words = check_words(check, "nl")
    assert not ENGLISH.search(words)
    assert "grens is" not in words
    assert check_words(check, "en") == (check.name, check.words)
    if check.verdict != "not applicable":
        assert re.search(r"\d", words)
    assert name == "R-hat" or name != check.name


def test_numbers_are_written_as_the_language_does():
    check = CertificateCheck("R-hat", "good", 1.0034, 1.01, "words")
    assert "tot op 1,00; " in check_words(check, "nl")[1]
    unknown = CertificateCheck("new", "good", 0.00123, 400.0, "words")
    assert check_words(unknown, "nl") == ("new", "Gemeten is 0,0012; de grens is 400.")


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_dutch_words(action):
    assert action_words(action, "en") == action
    told = action_words(action, "nl")
    assert not ENGLISH.search(told)
    is_known = told != "De berekening is met andere instellingen herhaald."
    assert is_known == (not action.startswith("Something new"))


def test_reasons_and_sources():
    told = "in de bron als ontbrekend gemerkt: code 9 (weet niet)"
    assert reason_words("user-missing code 9 (weet niet)", "nl") == told
    assert reason_words("asked not to be used", "nl") == "asked not to be used"
    assert source_words("study.xlsx, sheet 'Data'", "nl") == "study.xlsx, werkblad 'Data'"


def test_every_prior_has_its_meaning_in_dutch():
    from dataclasses import fields

    from learnclimate.counts.prior_choice import Priors

    rows = tuple((field.name, "", "", "as the machinery says") for field in fields(Priors))
    _, told = prior_words(("parameter", "coordinate", "prior", "meaning"), rows, "nl")
    assert [row[0] for row in told if row[-1] == "as the machinery says"] == []
