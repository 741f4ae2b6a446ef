"""The method paragraph: every family and every part of a model has its words and its works."""

from dataclasses import replace

import pytest

from learnclimate.counts.families import FAMILIES
from learnclimate.reporting.language import LANGUAGES, texts
from learnclimate.reporting.method import method_keys, method_sentences, origin_rows
from learnclimate.reporting.references import REFERENCES


def told(answers, language, *, model=None, coding=None):
    fit = answers.fit
    changed = replace(
        fit, model=replace(fit.model, **(model or {})), coding=replace(fit.coding, **(coding or {}))
    )
    paragraph = " ".join(method_sentences(replace(answers, fit=changed), language=language)[0])
    return paragraph, method_keys(changed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_is_told_with_the_works_it_cites(answers, family, language):
    paragraph, keys = told(answers, language, model={"family": family()})
    for key in keys:
        text, _ = REFERENCES[key]
        name = text.split(",")[0]
        if name in ("Hilbe", "Lambert", "Mullahy", "Williams"):
            assert name in paragraph
    for name in ("Hilbe", "Lambert", "Mullahy", "Williams"):
        assert (name in paragraph) == (name.lower() in keys)
    if family.name == "beta_binomial":
        assert "logit" in paragraph


@pytest.mark.parametrize("language", LANGUAGES)
def test_further_parts_are_told(answers, language):
    plain, _ = told(answers, language)
    more, keys = told(
        answers,
        language,
        model={"moderators": ("tenure",), "interactions": (("talk", "meet"),)},
        coding={"composition": "latent", "department_effects": ("intercept",)},
    )
    assert "‘tenure’" in more.replace(plain, "")
    assert "‘talk’ × ‘meet’" in more
    assert "2008" in more
    assert "ludtke" in keys
    assert len(more) > len(plain) + 150


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("engine", ["nuts", "marginal NUTS", "marginal"])
def test_the_engine_that_made_the_draws_is_told(answers, language, engine):
    fit = replace(answers.fit, certificate=replace(answers.fit.certificate, engine=engine))
    computation = " ".join(method_sentences(replace(answers, fit=fit), language=language)[1])
    keys = set(method_keys(fit))
    assert ("No-U-Turn" in computation) == ("hoffman" in keys) == (engine != "marginal")
    assert ("Rabe-Hesketh" in computation) == ("rabe-hesketh" in keys) == (engine != "nuts")
    assert ("importance sampling" in computation) == (engine == "marginal")
    origin = dict(origin_rows(fit, language=language))
    word = {"en": "marginal", "nl": "marginaal"}[language]
    name = origin[texts(language)["appendix"]["engine"]]
    assert (word in name, "NUTS" in name) == ("marginal" in engine, "nuts" in engine.lower())
