"""`write_up`: the methods and the results of a paper, as text, with its references as BibTeX."""

from dataclasses import dataclass
from html import escape
from importlib import metadata, resources
from typing import Literal

from learnclimate.core.layout import paragraph
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers, ask
from learnclimate.reporting.asking import checked_fit
from learnclimate.reporting.language import check_language, number, texts
from learnclimate.reporting.method import method_keys, method_sentences
from learnclimate.reporting.prior_sentences import prior_sentence
from learnclimate.reporting.question import question_sentences
from learnclimate.reporting.references import bibtex
from learnclimate.reporting.telling import (
    answer_sentences,
    limit_sentences,
    overall_sentences,
    teams_sentences,
    teams_told,
    trust_sentences,
    who_sentences,
)


@dataclass(frozen=True, slots=True, repr=False)
class WriteUp:
    """
    Text for a paper.

    Attributes
    ----------
    methods : str
        How it was asked, who answered, who was left out, the model, its priors, the computation,
        what is hidden.
    results : str
        The answers in sentences, and what they do not say.
    bibtex : str
        Every work that `methods` cites, and learnclimate itself.

    Examples
    --------
    >>> print(WriteUp("How.", "What.", "@software{learnclimate}"))
    How.
    <BLANKLINE>
    What.
    """

    methods: str
    results: str
    bibtex: str

    def _repr_html_(self) -> str:
        parts = str(self).split("\n\n")
        return "".join(f"<p>{escape(part)}</p>" for part in parts)

    def __str__(self) -> str:
        """Give methods and results behind one another."""
        return f"{self.methods}\n\n{self.results}"

    def __repr__(self) -> str:
        """Show the text in lines that fit the terminal; `str` leaves paragraphs whole."""
        return paragraph(str(self))


def write_up(
    fit: Fit | KindsFit,
    *,
    language: Literal["en", "nl"] = "en",
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> WriteUp:
    """
    Write the methods and the results of a fit for a paper.

    The sentences are those of `report`, so that the two never disagree. Every number comes
    from the fit; read the text before you use it, and add why the study was done.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
    language : {"en", "nl"}, default "en"
        English or Dutch.
    interval : float, default 0.9
        Probability of every interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; below 5 respondents where left out.

    Returns
    -------
    WriteUp
        ``.methods``, ``.results`` and ``.bibtex``.

    Raises
    ------
    ArgumentError
        If there are no texts in that language, or `interval` is no probability.
    ArgumentTypeError
        If `fit` is no fit of counts.
    FitError
        If the study has fewer respondents than may be shown.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> text = lc.write_up(fit)
    >>> "negative binomial regression (Hilbe, 2011)" in text.methods
    True
    >>> "@book{hilbe" in text.bibtex
    True
    """
    check_language(language)
    return written_up(
        ask(checked_fit("write_up", fit), interval=interval, rule=rule), language=language
    )


def written_up(answers: Answers, *, language: str) -> WriteUp:
    """
    Write up answers that were asked for already.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    WriteUp
        The text.
    """
    return WriteUp(
        methods="\n\n".join(_methods(answers, language)),
        results="\n\n".join(_results(answers, language)),
        bibtex="\n\n".join([bibtex(), *_entries(method_keys(answers.fit))]),
    )


def _methods(answers: Answers, language: str) -> list[str]:
    words = texts(language)["write_up"]
    _, asked = question_sentences(answers, language=language)
    model, computation, disclosure = method_sentences(answers, language=language)
    fit = answers.fit
    of_odds = not isinstance(fit, KindsFit) and fit.model.family.out_of_trials
    priors = prior_sentence(fit.priors, of_odds=of_odds, language=language)
    software = words["software"].format(
        version=metadata.version("learnclimate"),
        draws=number(answers.fit.provenance.draws, 0, language),
        seed=answers.fit.provenance.seed,
    )
    return [
        " ".join([asked, *who_sentences(answers, language=language)]),
        " ".join([*model, priors]),
        " ".join([*computation, software, *trust_sentences(answers, language=language)]),
        " ".join(disclosure),
    ]


def _results(answers: Answers, language: str) -> list[str]:
    told = [answer_sentences(answers, one, language=language) for one in answers.frequencies]
    if not told:
        told = [overall_sentences(answers, language=language)]
    told += [teams_sentences(answers, one, language=language) for one in teams_told(answers)]
    told.append(limit_sentences(answers, language=language))
    return [" ".join(sentences) for sentences in told if sentences]


def _entries(keys: list[str]) -> list[str]:
    """Choose the entries of some keys from the bibliography of the library."""
    folder = resources.files("learnclimate.reporting") / "texts"
    entries = (folder / "references.bib").read_text(encoding="utf-8").split("\n\n")
    by_key = {entry.partition("{")[2].partition(",")[0]: entry.strip() for entry in entries}
    return [by_key[key] for key in keys]
