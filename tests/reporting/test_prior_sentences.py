"""Priors are told in words, every one of them, the same in both languages."""

import re
from dataclasses import fields

import pytest

from learnclimate.counts import priors as shapes
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.prior_choice import Priors
from learnclimate.reporting.language import LANGUAGES, texts
from learnclimate.reporting.prior_sentences import _name, prior_sentence, shape_words

SHAPES = (
    shapes.Normal(-1.25, 0.5),
    shapes.HalfNormal(0.3),
    shapes.Gamma(2, 0.1),
    shapes.Exponential(1e-5),
    shapes.Beta(1.5, 3),
    shapes.StudentT(4, 0, 2.5),
    shapes.Dirichlet(1),
    shapes.LKJ(2),
)


def test_every_prior_there_is_has_words():
    known = {type(one).__name__ for one in SHAPES}
    for language in LANGUAGES:
        assert set(texts(language)["prior_shapes"]) == known
    made = {name for name, one in vars(shapes).items() if isinstance(one, type)}
    assert known <= made


@pytest.mark.parametrize("prior", SHAPES, ids=lambda prior: type(prior).__name__)
def test_a_distribution_is_told_with_all_its_figures(prior):
    exact = sorted(float(getattr(prior, field.name)) for field in fields(prior))
    for language in LANGUAGES:
        told = shape_words(prior, language)
        told = told.replace(".", "").replace(",", ".") if language == "nl" else told
        assert sorted(map(float, re.findall(r"-?\d+(?:\.\d+)?", told))) == pytest.approx(exact)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_parameter_has_a_name(language):
    for of in (Priors, KindsPriors):
        for field in fields(of):
            for at in ("", "intercept", "talk", "contract[temporary]", "talk:leadership"):
                told = _name(field.name, at, language)
                assert not re.search(r"[\[\]{}_]", told), (field.name, at, told)
    assert _name("zero", "team_sd", language) != _name("zero", "talk", language)


@pytest.mark.parametrize(("of_odds", "words"), [(True, "log odds"), (False, "expected number")])
def test_the_sentence_says_on_what_scale_it_is(of_odds, words):
    told = prior_sentence(
        Priors(dispersion=shapes.Exponential(0.1)), of_odds=of_odds, language="en"
    )
    assert words in told
    assert told.endswith("for the dispersion α an exponential distribution with rate 0.1.")
