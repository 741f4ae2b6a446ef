"""The Dutch report says, sentence by sentence, what the English one says, in the same figures."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import learnclimate as lc
from engine_sentences import every_check
from kinds_fits import make_kinds_fit
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.remedies import NutsDiagnostics
from learnclimate.inference.remedies import certificate_checks as nuts_checks
from learnclimate.reporting.answers import ask
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.workbook import workbook_sheets
from learnclimate.reporting.write_up import written_up

SCRIPTS = Path(__file__).parents[2] / "docs" / "designs" / "scripts"
#: Words that both languages write alike.
ALIKE = """
team teams interval model in is per open over rest we band moment monotone multivariate out item
items respondent parameter parameters factor maximum minimum log odds prior priors posterior
rootogram seed joint as of on
"""
#: Names of methods, works and programs, and of the library's own things.
NAMES = """
R-hat hat bfmi nuts likelihood poisson pareto monte importance sampling sampler no turn sha utc var
dirichlet lkj rabe hesketh vehtari hoffman gelman abril pla aitchison ho hilbe hill hundepool
bürkner charpentier learnclimate numpy scipy pandas xarray numba pymc nutpie
intercept frequency frequency_shape covariates team_sd sd team_correlation dispersion slope_shifts
respondent_sd respondent_correlation intercept_sd frequency_sd frequency_shape_sd covariates_sd
outcome department scales reverse levels name kinds csv test rate_ratio
"""
#: Questions, answers and characteristics of the studies.
OF_STUDIES = """
talk meet never yearly quarterly monthly weekly tenure contract temporary training trying out
passed_on trying_out example leadership_of_learning team_dynamics challenging_work
frequency_levels
"""
SHARED = frozenset(f"{ALIKE} {NAMES} {OF_STUDIES}".lower().split())


class Blocks(HTMLParser):
    """The text of a page, block by block, with what is read aloud of its pictures."""

    ENDS = frozenset(
        ("p", "h1", "h2", "h3", "li", "td", "th", "caption", "figcaption", "dt", "dd", "pre")
    ) | {"summary", "a", "title", "strong", "div", "section", "figure", "table", "tr"}

    def __init__(self, page):
        super().__init__()
        self.found, self.text, self.style = [], "", False
        self.feed(page)
        self.end()

    def end(self):
        text = re.sub(r"\s+", " ", self.text.replace("\N{SOFT HYPHEN}", "")).strip()
        self.found += [text] if text else []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.style = tag in ("style", "script")
        if tag in self.ENDS:
            self.end()
        for name, value in attributes:
            if name in ("alt", "aria-label", "title") and value:
                self.end()
                self.found.append(value)

    def handle_endtag(self, tag):
        self.style = False if tag in ("style", "script") else self.style
        if tag in self.ENDS:
            self.end()

    def handle_data(self, data):
        self.text += "" if self.style else data


#: Hashes, versions, addresses and times, which are no numbers of a language; priors as code.
NO_NUMBERS = re.compile(
    r"SHA-256|(?:scrypt-)?\b[0-9a-f]{32,64}\b|\d+\.\d+\.\d+\b|\b10\.\d{4,5}/\S+"
    r"|\d{4}-\d\d-\d\d[T ]?[\d:]*|\((?:mean|rate|sd|eta|concentration)=[^)]*\)"
)
#: What both languages quote.
QUOTED = re.compile(
    r"‘[^’]*’|\"[^\"]*\"|(?:scrypt-)?\b[0-9a-f]{32,64}\b|\bT\d\d\b|\w+\(\w+=[^)]*\)|https?://\S+"
)


def figures(text, language):
    """Numbers of a text as an English program writes them, smallest first."""
    text = NO_NUMBERS.sub("", text.replace("²", "^2"))
    if language == "nl":
        text = text.translate(str.maketrans(".,", ",."))
    text = re.sub(r"(\d),(\d{3})\b", r"\1\2", text)
    return sorted(float(one) for one in re.findall(r"\d+(?:\.\d+)?", text))


def shared_words(english, dutch):
    """Words of two letters and more that both texts hold, beside names and what is quoted."""
    one, other = (
        set(re.findall(r"[a-zà-ÿ_]{2,}", QUOTED.sub(" ", text).lower()))
        for text in (english, dutch)
    )
    return one & other - SHARED


def is_literature(text):
    return re.search(r"\(\d{4}\)\. ", text) is not None


@pytest.fixture(scope="module")
def told_of(
    request, answers, small_team_fit, two_frequencies_fit, no_frequency_fit, tmp_path_factory
):
    """What is asked of each fit, by name."""
    survey = lc.simulate_survey(n_teams=12, team_size=10, truth=lc.KindsTruth(), seed=1)
    kinds, saved = make_kinds_fit(survey, n_draws=20), tmp_path_factory.mktemp("fits") / "one.nc"
    of_engine = Certificate("marginal", every_check(), ())
    of_nuts = Certificate(
        "nuts", nuts_checks(NutsDiagnostics(1.002, 4471.3, 462.0, 0, 0.0, 0.8)), ()
    )
    answers.fit.save(saved)
    fits = {
        "count": answers.fit,
        "small teams": small_team_fit,
        "two frequencies": two_frequencies_fit,
        "no frequency": no_frequency_fit,
        "saved": lc.load_fit(saved),
    }
    fits = {name: replace(fit, certificate=of_nuts) for name, fit in fits.items()}
    fits["kinds"] = replace(kinds, certificate=of_nuts)
    fits["not certified"] = replace(answers.fit, certificate=of_engine)
    fits["joint"] = lc.load_fit(SCRIPTS / "joint.nc").count
    return {name: ask(fit) for name, fit in fits.items()}


#: The fits of `told_of`.
FITS = ("count", "small teams", "two frequencies", "no frequency", "kinds", "joint", "saved")
FITS = (*FITS, "not certified")


@pytest.mark.parametrize("name", FITS)
def test_a_dutch_report_tells_what_the_english_one_tells(told_of, name):
    pages = [report_html(told_of[name], language=language) for language in ("en", "nl")]
    english, dutch = (Blocks(page).found for page in pages)
    assert len(english) == len(dutch) > 100
    for one, other in zip(english, dutch, strict=True):
        assert figures(one, "en") == figures(other, "nl"), (one, other)
        if not is_literature(one):
            assert shared_words(one, other) == set(), (one, other)


@pytest.mark.parametrize("name", FITS)
def test_a_dutch_text_for_a_paper_tells_what_the_english_one_tells(told_of, name):
    texts = [written_up(told_of[name], language=language) for language in ("en", "nl")]
    for part in ("methods", "results"):
        english, dutch = (getattr(text, part).split("\n\n") for text in texts)
        assert len(english) == len(dutch)
        for one, other in zip(english, dutch, strict=True):
            assert figures(one, "en") == figures(other, "nl"), (one, other)
            assert shared_words(one, other) == set(), (one, other)
    assert texts[0].bibtex == texts[1].bibtex


@pytest.mark.parametrize("name", FITS)
def test_a_dutch_workbook_tells_what_the_english_one_tells(told_of, name):
    english, dutch = (workbook_sheets(told_of[name], language=one) for one in ("en", "nl"))
    assert len(english) == len(dutch)
    for (sheet, told), other in zip(english.items(), dutch.values(), strict=True):
        assert told.shape == other.shape
        if sheet == "checks":
            # In English the table of `check_fit` itself; the report tells both alike.
            continue
        for row, same in zip(told.to_numpy(), other.to_numpy(), strict=True):
            for one, cell in zip(row, same, strict=True):
                if not isinstance(one, str):
                    assert one == cell or one != one
                    continue
                assert figures(one, "en") == figures(str(cell), "nl"), (one, cell)
                assert shared_words(one, str(cell)) == set(), (one, cell)


def test_a_joint_model_says_that_scales_are_not_known_exactly(told_of):
    for language, words in (("en", "not known exactly"), ("nl", "niet precies bekend")):
        assert words in written_up(told_of["joint"], language=language).methods
        assert words not in written_up(told_of["count"], language=language).methods
        assert html.escape("gezamenlijk" if language == "nl" else "joint") in report_html(
            told_of["joint"], language=language
        )


def test_the_comparison_is_able_to_fail():
    assert figures("95% of 1,024 draws", "en") == figures("95% van 1.024 trekkingen", "nl")
    assert figures("0.95 of 1024", "en") != figures("0,95 van 1.000", "nl")
    assert (
        shared_words("role of the priors", "rol van de priors: role") == {"role", "priors"} - SHARED
    )
