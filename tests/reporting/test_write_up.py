"""Text for a paper: the numbers of the fit, and a BibTeX entry for every citation."""

import re

import pytest

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.reporting.language import LANGUAGES
from learnclimate.reporting.references import REFERENCES
from learnclimate.reporting.write_up import _entries, write_up, written_up


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_states_what_the_report_states(answers, language, causal):
    text = written_up(answers, language=language)
    headline = answers.frequencies[0].ratio
    decimal = "." if language == "en" else ","
    assert f"{headline.median:.1f}".replace(".", decimal) in text.results
    assert str(answers.fit.provenance.n_respondents) in text.methods
    assert str(answers.fit.provenance.seed) in text.methods
    assert not causal.search(text.results.replace("associations", ""))
    assert "{" not in str(text)


def test_every_prior_is_told_in_words(answers):
    text = written_up(answers, language="en").methods
    told = text.partition("were: ")[2].partition(".\n")[0].split("; ")
    priors = answers.fit.priors.table()["prior"]
    assert len(told) == len(priors)
    for words, prior in zip(told, priors, strict=True):
        figures = [f"{float(one):g}" for one in re.findall(r"=([\d.]+)", prior)]
        assert [one.rstrip(".") for one in re.findall(r"\d[\d.]*", words)] == figures
        assert not re.search(r"[\[\]~=_]", words)


def test_every_citation_has_an_entry(answers):
    text = written_up(answers, language="en")
    cited = set(re.findall(r"\(([A-Z][\w'’ü-]+)[^()]*, (\d{4})\)", text.methods))
    assert {("Hilbe", "2011"), ("Hundepool", "2012")} <= cited
    for name, year in cited:
        entries = [one for one in text.bibtex.split("\n\n") if f"{{{year}}}" in one]
        plain = [one.replace('{\\"u}', "ü") for one in entries]
        assert any(name in one for one in plain), (name, year)
    assert text.bibtex.startswith("@software{learnclimate,")


def test_the_bibliography_holds_every_reference_with_its_doi():
    for key, (text, doi) in REFERENCES.items():
        (entry,) = _entries([key])
        assert entry.count("{") == entry.count("}")
        assert re.search(r"\((\d{4})\)", text)[1] in entry
        assert not doi or doi in entry


def test_a_study_without_frequency_and_hidden_teams(no_frequency_fit, small_team_fit, small_teams):
    assert write_up(no_frequency_fit).results
    text = str(write_up(small_team_fit))
    assert not [team for team in small_teams if re.search(rf"\b{team}\b", text)]


def test_what_is_no_fit_is_refused():
    with pytest.raises(ArgumentTypeError, match="is not a Fit"):
        write_up("fit.nc")
