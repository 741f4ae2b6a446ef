"""How a fit was computed, in sentences with citations, and where its figures come from."""

from collections.abc import Mapping

from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_mixture import JOINT
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.provenance import told_fingerprint
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.language import listed, number, quoted, texts
from learnclimate.reporting.machine_words import source_words
from learnclimate.reporting.method_of_kinds import (
    kinds_model_sentences,
    team_part,
    total_sentence,
)
from learnclimate.reporting.references import reference

#: Part of the name of a family to the work that its text cites.
_OF_FAMILIES = {
    "negative_binomial": "hilbe",
    "zero_inflated": "lambert",
    "hurdle": "mullahy",
    "beta_binomial": "williams",
}
#: Name of the text about an engine to the works that it cites.
_OF_ENGINES = {
    "engine_nuts": {"abril-pla", "hoffman", "vehtari"},
    "engine_marginal_nuts": {"rabe-hesketh", "hoffman", "vehtari"},
    "engine_marginal": {"rabe-hesketh", "vehtari-psis"},
}


def method_sentences(answers: Answers, *, language: str) -> list[list[str]]:
    """
    State how the answers were computed.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of list of str
        Paragraphs of sentences.
    """
    words = texts(language)["method"]
    fit = answers.fit
    if isinstance(fit, KindsFit):
        model = kinds_model_sentences(fit, language=language)
    else:
        model = _count_model(fit, language)
    computation = [words["joint"]] if fit.certificate.engine == JOINT else []
    computation.append(words[_engine_part(fit)])
    if fit.coding.frequencies:
        computation.append(words["standardised"])
    if isinstance(fit, KindsFit):
        computation.append(total_sentence(language=language))
    if fit.codebook.weight is not None:
        computation.append(words["weighted"].format(weight=quoted(fit.codebook.weight)))
    disclosure = threshold_sentences(answers.rule, language=language)
    if fit.provenance.pseudonymised:
        columns = listed([quoted(column) for column in fit.provenance.pseudonymised], language)
        disclosure.append(words["pseudonymised"].format(columns=columns))
    return [model, computation, disclosure]


def threshold_sentences(rule: DisclosureRule, *, language: str) -> list[str]:
    """
    State which groups are not shown, and why the threshold was lowered where it was.

    Parameters
    ----------
    rule : DisclosureRule
        The rule.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One or two sentences.
    """
    words = texts(language)["method"]
    told = [words["disclosure"].format(minimum=rule.minimum)]
    # A reason may be given for a larger minimum too, which is not lowered.
    if lowered(rule):
        reason = str(rule.reason).strip().rstrip(".")
        told.append(words["disclosure_reason"].format(reason=reason))
    return told


def _count_model(fit: Fit, language: str) -> list[str]:
    """State the model of a single count."""
    words, family = texts(language)["method"], fit.model.family
    link = "model_out_of" if family.out_of_trials else "model"
    model = [words[link].format(family=words[family.name])]
    if family.zeros != "none":
        model += [words[f"zeros_{family.zeros}"], _zero_part(fit, language)]
    if not fit.codebook.asked.is_exact:
        model.append(words["ranges"])
    model += [
        words[frequency.kind + ("_odds" if family.out_of_trials else "")].format(
            frequency=quoted(frequency.name)
        )
        for frequency in fit.coding.frequencies
    ]
    if fit.coding.covariates:
        names = [quoted(covariate.name) for covariate in fit.coding.covariates]
        model.append(words["covariates"].format(covariates=listed(names, language)))
    teams = team_part(fit.coding)
    if teams is not None:
        model.append(words[teams])
    return model + _further_parts(fit, language)


def method_references(fit: Fit | KindsFit, *, language: str) -> list[tuple[str, str]]:
    """
    Give the literature behind `method_sentences`.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of (text, address)
        In alphabetical order.
    """
    return [reference(key, language=language) for key in method_keys(fit)]


def method_keys(fit: Fit | KindsFit) -> list[str]:
    """
    Name the works that `method_sentences` cites.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.

    Returns
    -------
    list of str
        Keys of `REFERENCES`, in alphabetical order.
    """
    keys = {"hundepool"}
    if isinstance(fit, KindsFit):
        keys |= {"aitchison", *({"gelman"} if fit.model.pooled else ())}
    else:
        keys |= {key for part, key in _OF_FAMILIES.items() if part in fit.model.family.name}
    if fit.coding.composition == "latent":
        keys.add("ludtke")
    if any(frequency.kind == "monotonic" for frequency in fit.coding.frequencies):
        keys.add("burkner")
    if fit.provenance.n_summed_out != 0:
        keys.add("ibrahim")
    if team_part(fit.coding) is not None:
        keys.add("gelman")
    return sorted(keys | _OF_ENGINES[_engine_part(fit)])


def origin_rows(fit: Fit | KindsFit, *, language: str) -> list[tuple[str, str]]:
    """
    Tell where the figures come from.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of (item, value)
        Source, time, engine, draws, seed, hash, duration and versions.
    """
    words = texts(language)["appendix"]
    told = fit.provenance
    versions = ", ".join(f"{name} {version}" for name, version in told.versions.items())
    values = {
        "source": source_words(told.source, language),
        "created": told.created.replace("T", " ").replace("+00:00", " UTC"),
        "engine": engine_name(fit.certificate.engine, language),
        "draws": number(told.draws, 0, language),
        "seed": str(told.seed),
        "data_hash": told_fingerprint(told.data_hash),
        "seconds": number(told.seconds, 1, language),
        "versions": versions or "–",
    }
    return [(words[name], value) for name, value in values.items()]


def engine_name(engine: str, language: str) -> str:
    """
    Name an engine as literature does.

    Parameters
    ----------
    engine : str
        As in the certificate.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        ``"NUTS"`` in capitals; other names in the language, or as they are.

    Examples
    --------
    >>> engine_name("nuts", "en"), engine_name("marginal", "nl")
    ('NUTS', 'marginaal')
    """
    named: Mapping[str, str] = texts(language)["engines"]
    return named.get(engine, engine)


def _zero_part(fit: Fit, language: str) -> str:
    """State what the probability of a zero depends on."""
    words, zero = texts(language), fit.coding.zero
    names = []
    if zero is not None:
        names += [quoted(name) for name in fit.coding.frequency_names if zero.frequency]
        names += [quoted(covariate.name) for covariate in zero.covariates]
        names += [words["answer"]["team"]] * zero.team_intercept
    if not names:
        return words["method"]["zero_same"]
    return words["method"]["zero_depends"].format(names=listed(names, language))


def _further_parts(fit: Fit, language: str) -> list[str]:
    """State what else is in the model, beside frequencies, covariates and teams."""
    words, model = texts(language)["method"], fit.model
    told: list[str] = []
    if model.moderators:
        names = listed([quoted(name) for name in model.moderators], language)
        told.append(words["moderators"].format(names=names))
    if model.interactions:
        pairs = [f"{quoted(one)} × {quoted(other)}" for one, other in model.interactions]
        told.append(words["interactions"].format(names=listed(pairs, language)))
    if fit.coding.composition:
        told.append(words[fit.coding.composition])
    if fit.coding.department_effects:
        told.append(words["departments"])
    if fit.provenance.n_summed_out != 0:
        told.append(words["summed_out"].format(frequency=quoted(fit.coding.frequency_names[0])))
    return told


def _engine_part(fit: Fit | KindsFit) -> str:
    """Name of the text about how draws were made."""
    named = {"nuts": "engine_nuts", "marginal NUTS": "engine_marginal_nuts"}
    return named.get(fit.certificate.engine, "engine_marginal")
