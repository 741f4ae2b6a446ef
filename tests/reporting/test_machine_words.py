"""What the machinery says in English is Dutch in a Dutch report, to the last sentence."""

import ast
import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from engine_sentences import every_check
from learnclimate import inference
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.remedies import NutsDiagnostics, NutsSettings, remedy
from learnclimate.inference.remedies import certificate_checks as nuts_checks
from learnclimate.reporting.answers import ask
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.machine_words import (
    _ACTIONS,
    action_words,
    reason_words,
    source_words,
)
from learnclimate.reporting.prior_words import prior_words

BAD = NutsDiagnostics(1.2, 30.0, 20.0, 7, 0.05, 0.1)


#: Sentences of the same modules that are warnings and errors.
NO_ACTIONS = ("The certificate did not pass", "The marginal engine does not apply")


def written_actions():
    """
    Every sentence that the engines of counts write into a certificate, read from their sources.

    What is filled in is "7", so that no words may hang on it. Factor models have no report.
    """
    found = []
    for path in sorted(Path(inference.__file__).parent.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "factors" in path.parts or "actions" not in source:
            continue
        left_out = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Raise | ast.Expr | ast.JoinedStr):
                left_out |= {id(part) for part in ast.walk(node)} - {id(node)}
            if id(node) in left_out or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts
            )
            if re.fullmatch(r"[A-Z][a-z]* .{15,}\.", text, re.DOTALL) and not text.startswith(
                NO_ACTIONS
            ):
                found.append(text)
    return tuple(found)


WRITTEN = written_actions()
ACTIONS = (
    *WRITTEN,
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
        certificate=Certificate("marginal", every_check(), ACTIONS),
        provenance=replace(synthetic_fit.provenance, left_out=left_out, n_left_out=30),
    )
    text = visible(report_html(ask(fit), language="nl"))
    # The names of the library stand for themselves, as do those of the questionnaire.
    for own in ("frequency_shape", "team_correlation", "team_sd", "partial pooling", "talk"):
        text = text.replace(own, "")
    text = re.sub(r"\w+\(\w+=[^)]*\)", "", text)
    found = [text[max(0, one.start() - 40) : one.end() + 40] for one in ENGLISH.finditer(text)]
    assert not found


def test_the_sources_were_read():
    """The engines say at least these; a sentence written otherwise would be missed in silence."""
    assert len(WRITTEN) >= 10
    for words in ("Quadrature with 7", "Draws guided by", "Kept summaries", "Levels were summed"):
        assert any(action.startswith(words) for action in WRITTEN), words


def test_no_words_are_kept_for_what_is_no_longer_said():
    for pattern, _ in _ACTIONS:
        assert any(re.match(pattern, action) for action in ACTIONS), pattern


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


@pytest.mark.parametrize("of_kinds", [False, True])
def test_every_prior_has_its_meaning_in_dutch(of_kinds):
    from dataclasses import fields

    from learnclimate.counts.kinds_priors import KindsPriors
    from learnclimate.counts.prior_choice import Priors

    every = fields(KindsPriors if of_kinds else Priors)
    rows = tuple((field.name, "", "", "as the machinery says") for field in every)
    headings = ("parameter", "coordinate", "prior", "meaning")
    _, told = prior_words(headings, rows, "nl", of_kinds=of_kinds)
    assert [row[0] for row in told if row[-1] == "as the machinery says"] == []
