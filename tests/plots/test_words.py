import re

import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.plots.names import shortened
from learnclimate.plots.words import TEXTS, number, percentage, words

PLACE = re.compile(r"\{(\w*)\}")
CAUSAL = re.compile(
    r"because|effect of|leads? to|caus|due to|omdat|effect van|leidt tot|oorza", re.IGNORECASE
)


def test_languages_have_the_same_texts_and_places():
    assert TEXTS["en"].keys() == TEXTS["nl"].keys()
    for name, english in TEXTS["en"].items():
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(TEXTS["nl"][name])), name


@pytest.mark.parametrize("language", TEXTS)
def test_no_text_claims_a_cause(language):
    for text in TEXTS[language].values():
        assert CAUSAL.search(text) is None, text


def test_unknown_language():
    with pytest.raises(ArgumentError, match="language='de'"):
        words("de")


def test_numbers():
    assert number(1234.56, "en", 1) == "1,234.6"
    assert number(1234.56, "nl", 1) == "1.234,6"
    assert number(0.256, "en") == "0.26"
    assert percentage(0.9, "nl") == "90%"
    assert percentage(0.955, "en") == "95.5%"


def test_shortened_keeps_both_ends():
    assert shortened("Finance") == "Finance"
    long = shortened("Learning and development team 12")
    assert len(long) == 22
    assert long.startswith("Learning")
    assert long.endswith("team 12")
    assert shortened("a\tb\n c") == "a b c"
