"""The documentation: every public name is in the reference, the promises of the README hold."""

import re
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BUILT = DOCS / "_build" / "html"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)

#: Words that claim more than a survey can; the page on associations discusses them.
CLAIMS = re.compile(r"\b(effects? of|leads? to|led to|causes?|caused by|because of talk)\b", re.I)


def listed_in_the_reference():
    """Names in the lists of the reference, as often as they stand there."""
    return Counter(
        name
        for page in sorted((DOCS / "reference").glob("*.md"))
        for name in re.findall(r"^   ([\w.]+)$", page.read_text(encoding="utf-8"), re.M)
    )


def test_every_public_name_is_in_the_reference_once():
    public = [name for name in lc.__all__ if name != "plots"]
    public += [f"plots.{name}" for name in lc.plots.__all__]
    assert listed_in_the_reference() == Counter(public)


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.name)
def test_prose_claims_no_more_than_associations(path):
    if path.name == "why_associations.md":
        pytest.skip("this page discusses the words")
    assert [match[0] for match in CLAIMS.finditer(path.read_text(encoding="utf-8"))] == []


def test_readme_gives_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install uv && uv run learnclimate demo" in text
    assert "uv run pytest" in text


def test_readme_and_docs_name_only_public_names():
    pages = [ROOT / "README.md", *PAGES]
    used = {
        (path.name, name)
        for path in pages
        for name in re.findall(r"\blc\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert used
    assert {(page, name) for page, name in used if name not in dir(lc)} == set()


def test_changelog_speaks_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{lc.__version__}]" in text


def test_citation_is_valid_and_of_this_version():
    from cffconvert import Citation

    citation = Citation((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    citation.validate()
    assert citation.cffobj["version"] == lc.__version__
    assert [author["name"] for author in citation.cffobj["authors"]] == [
        "The learnclimate developers"
    ]
    assert citation.cffobj["license"] == "Apache-2.0"


def test_licence_is_apache():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_bibliography_gives_a_doi_or_an_address():
    entries = (DOCS / "references.bib").read_text(encoding="utf-8").split("\n@")
    address = re.compile(r"doi\s*= \{10\.|url\s*= \{https://")
    found = [entry for entry in entries if address.search(entry)]
    assert len(entries) > 5
    assert found == entries


def test_constraints_pin_versions_and_name_no_host():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50
    assert [line for line in pins if not re.match(r"^[\w.\[\]-]+==[\w.!+]+( ;.*)?$", line)] == []


class Sources(HTMLParser):
    """Collect what a page loads when it is opened."""

    def __init__(self):
        super().__init__()
        self.loaded, self.images = [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.loaded.append(attributes.get("src") or "")
        if tag == "link" and attributes.get("rel") not in ("canonical", "next", "prev", "search"):
            self.loaded.append(attributes.get("href") or "")
        if tag == "img":
            self.images.append((attributes.get("src"), attributes.get("alt") or ""))


@pytest.mark.built_docs
def test_built_pages_load_nothing_from_the_network():
    pages = sorted(BUILT.rglob("*.html"))
    assert len(pages) > 20
    found = set()
    for page in pages:
        sources = Sources()
        sources.feed(page.read_text(encoding="utf-8"))
        found |= {src for src in sources.loaded if re.match(r"(https?:)?//", src)}
    assert found == set()


@pytest.mark.built_docs
def test_built_figures_say_in_words_what_they_show():
    images = []
    for page in BUILT.rglob("*.html"):
        sources = Sources()
        sources.feed(page.read_text(encoding="utf-8"))
        images += sources.images
    assert images
    assert [src for src, words in images if len(words.split()) < 5] == []


@pytest.mark.built_docs
def test_built_formulas_hold_no_mark_of_alignment():
    """What writes formulas knows no aligned lines, and prints their marks and all on one line."""
    pages = sorted(BUILT.rglob("*.html"))
    assert pages
    printed = re.compile(r"<m(?:i|o|text)[^>]*>(?:&|&amp;)</m")
    assert not [page.name for page in pages if printed.search(page.read_text(encoding="utf-8"))]


@pytest.mark.built_docs
def test_built_styles_load_nothing_from_the_network():
    styles = sorted(BUILT.rglob("*.css"))
    assert styles
    remote = re.compile(r"(?:url\(|@import\s+)['\"]?https?://")
    assert [s.name for s in styles if remote.search(s.read_text(encoding="utf-8"))] == []


class Places(HTMLParser):
    """Collect the places of a page that a link can lead to, and where its own links lead."""

    def __init__(self):
        super().__init__()
        self.places, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.places |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        if tag == "a" and attributes.get("href"):
            self.links.append(unquote(attributes["href"]))


@pytest.mark.built_docs
def test_built_links_within_the_site_lead_somewhere():
    """Every link to a page of the site, and to a place on it."""
    pages = {}
    for page in BUILT.rglob("*.html"):
        if "_static" not in page.parts:
            pages[page.resolve()] = Places()
            pages[page.resolve()].feed(page.read_text(encoding="utf-8"))
    within = [
        (page, link)
        for page, found in pages.items()
        for link in found.links
        if not re.match(r"[a-z]+:", link)
    ]
    assert len(within) > 1000
    broken = set()
    for page, link in within:
        path, _, place = link.partition("#")
        target = (page.parent / path.partition("?")[0]).resolve() if path else page
        known = pages.get(target)
        if not target.exists() or (place and known and place not in known.places):
            broken.add((page.name, link))
    assert broken == set()


class Words(HTMLParser):
    """Count the words of a page that a reader sees: prose, code and outputs, not what is folded."""

    EMPTY = ("br", "hr", "img", "input", "link", "meta", "source", "wbr", "col")

    def __init__(self):
        super().__init__()
        self.open, self.count = [], 0

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        hidden = {"script", "style", "svg", "button", "details"} & set(self.open)
        if "article" in self.open and not hidden:
            self.count += len(re.findall(r"\w[\w.'’-]*", data))


@pytest.mark.built_docs
def test_built_way_to_a_first_report_takes_five_minutes_to_read():
    """Home page and tutorial, outputs included, at 238 words a minute (Brysbaert 2019)."""
    counts = {}
    for page in ("index.html", "tutorials/first_survey.html"):
        words = Words()
        words.feed((BUILT / page).read_text(encoding="utf-8"))
        counts[page] = words.count
    assert min(counts.values()) > 250, counts
    assert sum(counts.values()) / 238 < 5, counts


def without_figures(text):
    """The words of a text, with a sign for every figure, and the figures."""
    words = " ".join(text.split())
    figures = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", words)]
    return re.sub(r"\d+(?:\.\d+)?", "#", words), np.array(figures)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """What the demo says, and the folder of its unrounded tables."""
    from typer.testing import CliRunner

    from learnclimate.cli.application import application

    folder = tmp_path_factory.mktemp("demo") / "results"
    done = CliRunner().invoke(application, ["demo", "--out", str(folder)], env={"COLUMNS": "80"})
    return " ".join(done.stdout.split()), folder / "tables"


def quoted_parts():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = re.search(r"```text\n(.*?)```", readme, re.S)[1]
    return [" ".join(part.split()) for part in quoted.strip().split("\n\n")]


def test_readme_says_what_the_demo_says(demonstration):
    for words, _ in map(without_figures, quoted_parts()):
        found = re.search(re.escape(words).replace("\\#", r"(\d+(?:\.\d+)?)"), demonstration[0])
        assert found, words
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert str(round(load_truth_ratio(), 1)) in readme


def test_readme_gives_the_figures_of_the_demo(demonstration):
    # Unrounded figures are compared, since those move less between machines than a rounding does.
    ratios = pd.read_csv(demonstration[1] / "rate_ratios.csv").set_index("contrast")
    counts = pd.read_csv(demonstration[1] / "expected_counts.csv").set_index("contrast")
    shown = ["median", "lower", "upper"]
    ratio, *bounds = ratios.loc["weekly vs never", shown]
    never, *never_bounds = counts.loc["never", shown]
    exact = [ratio, 90, *bounds, 1, 99, never, 90, *never_bounds, *counts.loc["weekly", shown]]
    _, figures = without_figures(quoted_parts()[0])
    np.testing.assert_allclose(figures, exact, rtol=0, atol=0.05 + 0.005)


def test_readme_ranks_the_teams_as_the_demo_does(demonstration):
    table = pd.read_csv(demonstration[1] / "team_ranks.csv")
    ranks = table[table["about"] == "talk"].set_index("team")["probability"]
    quoted = re.findall(r"(T\d+) \((\d+)%\)", quoted_parts()[1])
    exact = 100 * ranks[[team for team, _ in quoted]].to_numpy()
    slack = 0.25
    assert len(quoted) == 5
    assert np.abs(exact - [float(percent) for _, percent in quoted]).max() <= 0.5 + slack
    assert (np.diff(exact) <= slack).all()
    assert exact.min() >= 100 * ranks.nlargest(5).min() - slack


def load_truth_ratio():
    """The ratio of the highest to the lowest level from which the example was simulated."""
    return float(np.exp(lc.load_example().truth.parameters.frequency_effect))


def test_repository_holds_no_lock_file_and_no_index():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    kept = [ROOT / line for line in done.stdout.splitlines()]
    assert [path.name for path in kept if path.name.endswith(".lock")] == []
    written = [path for path in kept if path.suffix in (".toml", ".txt", ".cfg", ".md", "")]
    named = re.compile(r"index-url|extra-index|find-links|tool\.uv\.(index|sources)", re.I)
    texts = {path.name: path.read_text(encoding="utf-8") for path in written if path.is_file()}
    assert "pyproject.toml" in texts
    assert [name for name, text in texts.items() if named.search(text)] == []


@pytest.mark.slow
def test_readme_example_runs(tmp_path, monkeypatch, capsys):
    block = re.search(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S
    )
    (tmp_path / "responses.csv").write_bytes(lc.example_path().read_bytes())
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(block[1], "README.md", "exec"), names)
    assert names["fit"].certificate.passed
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert "rate_ratio" in capsys.readouterr().out


def test_contributing_names_only_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/.])((?:\.ci|tests|docs|benchmarks)/[\w./-]+)", text)
    here = [name for name in named if "_build" not in name and "<" not in name]
    assert here
    assert [name for name in here if not (ROOT / name).exists()] == []


def test_continuous_integration_runs_the_checks_in_order():
    # Cheap ones first, the documentation last; `set -e` stops at the first that fails.
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    checks = [
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "pytest -q",
        "sphinx-build",
    ]
    places = [script.index(f"step uv run --no-sync {check}") for check in checks]
    assert places == sorted(places)
