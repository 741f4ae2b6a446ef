import re
from pathlib import Path

import learnclimate
from learnclimate.reporting.references import REFERENCES, bibtex, citation, reference

ROOT = Path(learnclimate.__file__).parents[2]


def test_the_citation_agrees_with_the_citation_file():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    title = re.search(r'^title: "(.+)"$', text, re.MULTILINE)[1]
    assert title in citation()
    assert title in bibtex()
    assert re.search(r"^version: (.+)$", text, re.MULTILINE)[1] in citation()


def test_the_bibtex_entry_is_balanced():
    entry = bibtex()
    assert entry.startswith("@software{")
    assert entry.count("{") == entry.count("}")


def test_references_have_a_year_and_a_well_formed_doi():
    for key, (text, doi) in REFERENCES.items():
        assert re.search(r"\(\d{4}\)", text), key
        assert not doi or re.fullmatch(r"10\.\d{4,}/\S+", doi), key
        assert reference(key)[0] == text
