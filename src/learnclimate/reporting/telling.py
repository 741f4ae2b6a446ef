"""What a report says, section by section, in sentences: question, answer, teams, respondents."""

from typing import TypedDict

from learnclimate.checks.verdict import CheckReport
from learnclimate.core.labels import INTERCEPT
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_mixture import JOINT
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.checks_told import CERTIFICATE
from learnclimate.reporting.facts import heaping_sentence, left_out_sentence, response_sentences
from learnclimate.reporting.language import listed, number, percentage, quoted, texts
from learnclimate.reporting.method import engine_name
from learnclimate.reporting.method_of_kinds import left_open_sentence
from learnclimate.reporting.quantities import FrequencyAnswer, TeamsAnswer
from learnclimate.reporting.robustness import share_sentence, strength_sentence, style_sentence
from learnclimate.reporting.sentences import (
    alike_sentence,
    counts_sentence,
    direction_sentence,
    hidden_sentence,
    is_likely,
    overall_sentence,
    ratio_sentence,
    team_sentences,
)
from learnclimate.reporting.sentences_of_kinds import (
    kind_teams_sentences,
    kinds_sentences,
    total_counts_sentence,
    total_ratio_sentence,
)


class _How(TypedDict):
    """How sentences are told."""

    interval: float
    language: str


def limit_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State what the answers do not say.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Paragraphs.
    """
    words = texts(language)["limits"]
    ending = "" if answers.frequencies else "_without"
    told = [words[f"{name}{ending}"] for name in ("association", "own_words", "teams")]
    strengths = [
        strength_sentence(answer, interval=answers.interval, language=language)
        for answer in answers.frequencies
    ]
    styles = [
        style_sentence(answer, interval=answers.interval, language=language)
        for answer in answers.frequencies
    ]
    overlap = texts(language)["kinds"]["overlap"] * isinstance(answers.fit, KindsFit)
    lasting = [told[2], words["privacy"], words["nonresponse"]]
    paragraphs = [told[0], *strengths, told[1], *styles, overlap, *lasting]
    return [paragraph for paragraph in paragraphs if paragraph]


def teams_note_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State how figures of teams are to be read, and how much lies between teams at all.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    shares = [
        share_sentence(answer, interval=answers.interval, language=language)
        for answer in answers.frequencies
    ]
    words, fit = texts(language)["teams"], answers.fit
    told = [one for one in shares if one]
    if not any(one.ranked for one in teams_told(answers)):
        return told
    told.append(words["pooling"])
    if any(is_likely(team) for one in teams_told(answers) for team in one.ranked):
        told.append(words["stands_out"])
    if isinstance(fit, KindsFit):
        return told
    family = fit.model.family
    if family.out_of_trials:
        told.append(words["odds"])
    if family.zeros != "none":
        told.append(words[f"zeros_{family.zeros}"])
    return told


def counted_sentence(answers: Answers, *, language: str) -> str:
    """
    State how many respondents and teams are in the analysis.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    provenance = answers.fit.provenance
    return texts(language)["who"]["counted"].format(
        respondents=number(provenance.n_respondents, 0, language),
        teams=number(provenance.n_teams, 0, language),
    )


def who_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State who answered, how many were left out, what is not known, and whether counts are rounded.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    told = [
        counted_sentence(answers, language=language),
        *response_sentences(answers.fit, answers.rule, language=language),
        left_out_sentence(answers.fit, answers.rule, language=language),
        left_open_sentence(answers.fit, language=language),
        heaping_sentence(answers.fit, answers.rule, language=language),
    ]
    return [sentence for sentence in told if sentence]


def answer_sentences(answers: Answers, answer: FrequencyAnswer, *, language: str) -> list[str]:
    """
    State the answer for one frequency, the headline first.

    Parameters
    ----------
    answers : Answers
        All answers.
    answer : FrequencyAnswer
        That of the frequency.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    how: _How = {"interval": answers.interval, "language": language}
    if answer.of_kinds:
        headline = total_ratio_sentence(answer, **how)
    else:
        headline = ratio_sentence(answer, **how)
    if answer.ratio is None:
        return [headline]
    if answer.of_kinds:
        figures = [*kinds_sentences(answer, **how), total_counts_sentence(answer, **how)]
    else:
        figures = [counts_sentence(answer.given[0], answer.given[-1], **how)]
    others = [one.name for one in answers.frequencies if one.name != answer.name]
    is_complete = len(answer.levels) == len(answer.asked)
    told = [
        headline,
        direction_sentence(answer.ratio, language=language),
        *figures,
        alike_sentence(_alike(answers, language), other=others, language=language),
        "" if is_complete else texts(language)["answer"]["few_gave"],
        _nobody_gave(answer, language),
    ]
    return [sentence for sentence in told if sentence]


def _nobody_gave(answer: FrequencyAnswer, language: str) -> str:
    """Say which levels nobody is at."""
    names = [quoted(level.level) for level in answer.levels if level.respondents == 0]
    if not names:
        return ""
    return texts(language)["answer"]["nobody_gave"].format(
        levels=listed(names, language), frequency=quoted(answer.name)
    )


def overall_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State the answer of a study without a frequency.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    return [overall_sentence(answers.overall, interval=answers.interval, language=language)]


def meaning_sentence(answers: Answers, *, language: str) -> str:
    """
    State what an interval means.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    interval = percentage(answers.interval, language)
    return texts(language)["answer"]["meaning"].format(interval=interval)


def teams_told(answers: Answers) -> list[TeamsAnswer]:
    """
    Choose which team differences are told: the relations, and the level only without them.

    Parameters
    ----------
    answers : Answers
        The answers.

    Returns
    -------
    list of TeamsAnswer
        In order; empty where the model has no team effects.
    """
    slopes = [one.teams for one in answers.frequencies if one.teams is not None]
    if slopes:
        return slopes
    return [] if answers.levels is None else [answers.levels]


def teams_sentences(answers: Answers, answer: TeamsAnswer, *, language: str) -> list[str]:
    """
    State which teams stand out in one respect.

    Parameters
    ----------
    answers : Answers
        All answers.
    answer : TeamsAnswer
        Those about the teams.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    hidden = hidden_sentence(answer, minimum=answers.rule.minimum, language=language)
    by_kind = [
        sentence
        for frequency in answers.frequencies
        if frequency.teams is answer
        for sentence in kind_teams_sentences(frequency, language=language)
    ]
    told = [*team_sentences(answer, language=language), *by_kind, hidden]
    return [sentence for sentence in told if sentence]


def trust_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State whether the computation and the model passed their checks.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One sentence about the computation, one about the model, and of a saved fit one on why
        its figures are not quite those told before it was saved.
    """
    told = trust_of(answers.fit, answers.checks, language=language)
    # A mixture of fits holds no respondents from the start.
    if answers.fit.design is None and answers.fit.certificate.engine != JOINT:
        told.append(texts(language)["checks"]["saved"])
    return told


def trust_of(fit: Fit | KindsFit, checks: CheckReport, *, language: str) -> list[str]:
    """
    State whether a fit passed its checks.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    checks : CheckReport
        Its checks.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One sentence about the computation, one about the model.
    """
    words = texts(language)["checks"]
    certificate = fit.certificate
    draws = number(fit.provenance.draws, 0, language)
    computed = words["computed" if certificate.passed else "not_computed"]
    verdicts = {check.verdict for check in checks.checks if check.name != CERTIFICATE}
    if verdicts & {"bad", "doubtful"}:
        model = "misfits"
    elif "good" in verdicts:
        model = "fits"
    else:
        model = "not_applicable"
    engine = engine_name(certificate.engine, language)
    return [computed.format(engine=engine, draws=draws), words[model]]


def _alike(answers: Answers, language: str) -> list[str]:
    """In what respondents are alike who are compared."""
    team = [texts(language)["answer"]["team"]]
    has_team = INTERCEPT in answers.fit.coding.team_effects
    return [*(team if has_team else []), *(quoted(c.name) for c in answers.fit.coding.covariates)]
