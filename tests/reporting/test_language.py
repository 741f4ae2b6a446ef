import string

import pytest

from learnclimate.core.errors import ArgumentError, FitError
from learnclimate.reporting.language import (
    LANGUAGES,
    check_language,
    fitting_decimals,
    listed,
    number,
    percentage,
    probability,
    texts,
)


def flat(language):
    return {
        (section, name): text
        for section, entries in texts(language).items()
        for name, text in entries.items()
    }


def placeholders(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_languages_have_the_same_texts_with_the_same_numbers():
    english, dutch = flat("en"), flat("nl")
    assert set(english) == set(dutch)
    different = [key for key in english if placeholders(english[key]) != placeholders(dutch[key])]
    # A Dutch sentence may leave out nothing that the English one states.
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_a_cause(language, causal):
    assert [key for key, text in flat(language).items() if causal.search(text)] == []


def test_the_causal_pattern_finds_what_it_should(causal):
    assert causal.search("They learn more, omdat zij praten")
    assert causal.search("Talking leads to learning")
    assert not causal.search("De controle is door het team gekomen")


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_typographic_and_closed(language):
    for key, text in flat(language).items():
        assert "'" not in text, key
        assert text == text.strip(), key
        assert "  " not in text, key


def test_dutch_texts_differ_from_english():
    dutch = flat("nl")
    same = [key for key, text in flat("en").items() if dutch[key] == text]
    # Layout without words, and words that both languages share.
    assert all(len(dutch[key].split()) < 3 for key in same)
    assert len(same) < len(dutch) / 10


def test_unknown_language_is_refused_with_the_options():
    with pytest.raises(ArgumentError, match="'en', 'nl'"):
        check_language("french")


def test_numbers_follow_the_language():
    assert number(12345.678, 2, "en") == "12,345.68"
    assert number(12345.678, 2, "nl") == "12.345,68"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_told(value):
    with pytest.raises(FitError, match="no value"):
        number(value, 1, "en")


@pytest.mark.parametrize(
    ("value", "told"), [(1.0, "more than 99%"), (0.0, "less than 1%"), (0.5, "50%"), (0.986, "99%")]
)
def test_probabilities_never_claim_certainty(value, told):
    assert probability(value, "en") == told


def test_percentages_keep_a_decimal_only_where_needed():
    assert percentage(0.9, "nl") == "90%"
    assert percentage(0.955, "nl") == "95,5%"


def test_decimals_become_finer_for_small_quantities():
    assert [fitting_decimals(v, fine_below=1) for v in (0.99, 1.0, 99.9, 100.0)] == [2, 1, 1, 0]


@pytest.mark.parametrize(("parts", "told"), [([], ""), (["a"], "a"), (["a", "b"], "a en b")])
def test_lists_of_few(parts, told):
    assert listed(parts, "nl") == told
