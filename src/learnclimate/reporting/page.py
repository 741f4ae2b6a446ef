"""The contents of a report, section by section, ready to be laid out."""

from dataclasses import dataclass

from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.checks_of_kinds import kinds_checks_told
from learnclimate.reporting.checks_told import CERTIFICATE, CheckTold, certificate_told, checks_told
from learnclimate.reporting.drawings import counts_picture, response_picture, teams_picture
from learnclimate.reporting.drawings_of_kinds import (
    kind_counts_picture,
    kind_ratios_picture,
    kinds_response_picture,
)
from learnclimate.reporting.facts import (
    heaping_sentence,
    left_out_rows,
    left_out_sentence,
    response_sentences,
    size_classes,
)
from learnclimate.reporting.figures import Picture
from learnclimate.reporting.language import quoted, texts
from learnclimate.reporting.machine_words import action_words, source_words
from learnclimate.reporting.method import method_references, method_sentences, origin_rows
from learnclimate.reporting.method_of_kinds import is_left_open, left_open_sentence
from learnclimate.reporting.quantities import FrequencyAnswer
from learnclimate.reporting.question import question_sentences
from learnclimate.reporting.references import citation
from learnclimate.reporting.tables import (
    Table,
    left_out_table,
    level_table,
    overall_table,
    prior_table,
    size_table,
    team_table,
)
from learnclimate.reporting.tables_of_kinds import kind_levels_table, kinds_table
from learnclimate.reporting.telling import (
    answer_sentences,
    counted_sentence,
    limit_sentences,
    meaning_sentence,
    overall_sentences,
    teams_note_sentences,
    teams_sentences,
    teams_told,
    trust_sentences,
)
from learnclimate.survey.codebook_toml import codebook_text


@dataclass(frozen=True, slots=True)
class Part:
    """
    Sentences, figures and tables about one thing.

    Attributes
    ----------
    heading : str
        Empty where the section has one part.
    headline : str
        The sentence set large; empty where there is none.
    sentences : tuple of str
        The others.
    blocks : tuple of (Picture or None, Table or None)
        Figures, each with the table below it.
    """

    heading: str
    headline: str
    sentences: tuple[str, ...]
    blocks: tuple[tuple[Picture | None, Table | None], ...]


@dataclass(frozen=True, slots=True)
class ChecksTable:
    """
    A table of checks.

    Attributes
    ----------
    caption : str
        What was checked.
    rows : tuple of CheckTold
        One a check.
    """

    caption: str
    rows: tuple[CheckTold, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """
    The section of the checks.

    Attributes
    ----------
    sentences : tuple of str
        The outcome.
    figure : Picture or None
        Counts reported and expected.
    tables : tuple of ChecksTable
        Model and computation.
    actions : tuple of str
        What was done about bad checks.
    """

    sentences: tuple[str, ...]
    figure: Picture | None
    tables: tuple[ChecksTable, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """
    The contents of a report; fields bear the names that the template uses.

    Attributes
    ----------
    title, source, subtitle : str
        What it is about.
    question, limits : tuple of str
        Paragraphs.
    trusted : bool
        Whether the computation passed its checks.
    answers, teams : tuple of Part
        One a frequency.
    meaning : str
        What an interval means.
    teams_note : tuple of str
        How team figures are to be read.
    counted, left_out : str
        Who answered, and who was left out.
    response : tuple of str
        Which part of those who were asked is in the analysis.
    heaped : str
        That counts are rounded; empty where that is not plain.
    sizes : Table
        Teams by size.
    left_out_table : Table or None
        Why rows were left out.
    checks : Checks
        The checks.
    method : tuple of tuple of str
        Paragraphs of sentences.
    references, origin : tuple of (str, str)
        Literature with addresses; items with values.
    priors : Table
        The priors used, in the words of the library.
    codebook, citation : str
        The appendix.
    """

    title: str
    source: str
    subtitle: str
    question: tuple[str, ...]
    limits: tuple[str, ...]
    trusted: bool
    answers: tuple[Part, ...]
    meaning: str
    teams: tuple[Part, ...]
    teams_note: tuple[str, ...]
    counted: str
    response: tuple[str, ...]
    sizes: Table
    left_out: str
    heaped: str
    left_out_table: Table | None
    checks: Checks
    method: tuple[tuple[str, ...], ...]
    references: tuple[tuple[str, str], ...]
    origin: tuple[tuple[str, str], ...]
    priors: Table
    codebook: str
    citation: str


def page(answers: Answers, *, language: str) -> Page:
    """
    Put the contents of a report together.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Page
        The contents.
    """
    fit, rule = answers.fit, answers.rule
    sizes = fit.draws["constant_data"]["team_size"].to_numpy()[~hidden_teams(fit.draws, rule)]
    classes = size_classes(sizes, fit.provenance.n_teams, rule, language=language)
    reasons = left_out_rows(fit.provenance.left_out, rule, language=language)
    counted = counted_sentence(answers, language=language)
    named = source_words(fit.provenance.source, language)
    source = texts(language)["page"]["subtitle"].format(source=named)
    return Page(
        title=texts(language)["page"]["title" if answers.frequencies else "title_without"],
        source=named,
        subtitle=f"{source}. {counted}",
        question=tuple(question_sentences(answers, language=language)),
        limits=tuple(limit_sentences(answers, language=language)),
        trusted=fit.certificate.passed,
        answers=answer_parts(answers, language=language),
        meaning=meaning_sentence(answers, language=language),
        teams=team_parts(answers, language=language),
        teams_note=tuple(teams_note_sentences(answers, language=language)),
        counted=counted,
        response=tuple(response_sentences(fit, rule, language=language)),
        sizes=size_table(classes, language=language),
        left_out=_left_out(answers, language),
        heaped=heaping_sentence(fit, rule, language=language),
        left_out_table=left_out_table(reasons, language=language),
        checks=checks_section(answers, language=language),
        method=tuple(map(tuple, method_sentences(answers, language=language))),
        references=tuple(method_references(fit, language=language)),
        origin=tuple(origin_rows(fit, language=language)),
        priors=prior_table(fit.priors, language=language),
        codebook=_codebook(fit, language),
        citation=citation(),
    )


def _codebook(fit: Fit | KindsFit, language: str) -> str:
    """Write the codebook as a file, its comments in the language."""
    written = texts("en")["codebook"]
    said = {
        f"# {english}": f"# {texts(language)['codebook'][key]}" for key, english in written.items()
    }
    lines = codebook_text(fit.codebook).splitlines()
    return "\n".join(said.get(line, line) for line in lines) + "\n"


def answer_parts(answers: Answers, *, language: str) -> tuple[Part, ...]:
    """
    Put the section of the answer together.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    tuple of Part
        One a frequency; a single one in a study without.
    """
    interval = answers.interval
    if not answers.frequencies:
        headline, *others = overall_sentences(answers, language=language)
        table = overall_table(
            answers.overall,
            answers.fit.provenance.n_respondents,
            interval=interval,
            language=language,
        )
        return (Part("", headline, tuple(others), ((None, table),)),)
    parts = []
    for answer in answers.frequencies:
        headline, *others = answer_sentences(answers, answer, language=language)
        heading = quoted(answer.name) if len(answers.frequencies) > 1 else ""
        blocks = _level_blocks(answers, answer, language)
        parts.append(Part(heading, headline, tuple(others), blocks))
    return tuple(parts)


def _level_blocks(
    answers: Answers, answer: FrequencyAnswer, language: str
) -> tuple[tuple[Picture | None, Table | None], ...]:
    """Figures and tables about one frequency."""
    interval = answers.interval
    if not isinstance(answers.fit, KindsFit):
        figure = response_picture(answers, answer, language=language)
        return ((figure, level_table(answer, interval=interval, language=language)),)
    return (
        (
            kind_ratios_picture(answers, answer, language=language),
            kinds_table(answer, interval=interval, language=language),
        ),
        (
            kinds_response_picture(answers, answer, language=language),
            kind_levels_table(answer, interval=interval, language=language),
        ),
    )


def team_parts(answers: Answers, *, language: str) -> tuple[Part, ...]:
    """
    Put the section of the teams together.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    tuple of Part
        One a difference between teams.
    """
    told = teams_told(answers)
    return tuple(
        Part(
            heading=quoted(answer.frequency) if len(told) > 1 else "",
            headline="",
            sentences=tuple(teams_sentences(answers, answer, language=language)),
            blocks=(
                (
                    teams_picture(answers, answer, language=language),
                    team_table(answer, interval=answers.interval, language=language)
                    if answer.ranked
                    else None,
                ),
            ),
        )
        for answer in told
    )


def _left_out(answers: Answers, language: str) -> str:
    """Say who was left out, and of several kinds, that some left one open."""
    told = left_out_sentence(answers.fit, answers.rule, language=language)
    left_open = left_open_sentence(answers.fit, language=language)
    return f"{told} {left_open}".strip()


def checks_section(answers: Answers, *, language: str) -> Checks:
    """
    Put the section of the checks together.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Checks
        The section.
    """
    words = texts(language)["checks"]
    certificate = answers.fit.certificate
    about_model = [check for check in answers.checks.checks if check.name != CERTIFICATE]
    if answers.predictive is None:
        model, figure = checks_told(about_model, language=language), None
    else:
        model = kinds_checks_told(about_model, answers.predictive, language=language)
        figure = kind_counts_picture(answers.predictive, language=language)
    computation = certificate_told(certificate, language=language)
    tables = [ChecksTable(words["computation_table"], tuple(computation))]
    if any(check.verdict != "not applicable" for check in about_model):
        tables.insert(0, ChecksTable(words["model_table"], tuple(model)))
    return Checks(
        sentences=tuple(trust_sentences(answers, language=language)),
        figure=figure or counts_picture(answers, language=language),
        tables=tuple(tables),
        actions=tuple(
            action_words(action, language)
            for action in certificate.actions
            if not is_left_open(action)
        ),
    )
