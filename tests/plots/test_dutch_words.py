"""Figures say in Dutch what they say in English, with the same figures left open."""

import re

import pytest

from learnclimate.plots import item_words, row_names, words, words_of_doubts, words_of_kinds

#: Words that both languages write alike, and names of measures and distributions.
ALIKE = frozenset(
    re.findall(
        r"\S+",
        """
        band score curve item items interval intercept team teams model prior priors posterior rwg
        wg sd log odds poisson pareto monte even per in is of open over rest factor respondent
        studies
        """,
    )
)


def told():
    for module in (words, words_of_doubts, words_of_kinds, item_words, row_names):
        for value in vars(module).values():
            if isinstance(value, dict) and set(value) == {"en", "nl"}:
                for name in value["en"].keys() & value["nl"].keys():
                    yield name, value["en"][name], value["nl"][name]


TOLD = sorted(set(told()))


def test_there_are_words():
    assert len(TOLD) > 100


@pytest.mark.parametrize(("name", "english", "dutch"), TOLD, ids=[one[0] for one in TOLD])
def test_a_dutch_text_leaves_the_same_open_and_has_no_english_word(name, english, dutch):
    fields = [sorted(re.findall(r"\{(\w+)", text)) for text in (english, dutch)]
    assert fields[0] == fields[1]
    plain = (re.sub(r"\{[^}]*\}", " ", text).lower() for text in (english, dutch))
    one, other = (set(re.findall(r"[a-zà-ÿ]{2,}", text)) for text in plain)
    assert one & other - ALIKE == set()
    digits = [sorted(re.findall(r"\d", text)) for text in (english, dutch)]
    assert digits[0] == digits[1]
