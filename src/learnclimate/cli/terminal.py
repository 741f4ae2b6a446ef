"""Answers in a terminal: the same sentences and tables as in the report."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from learnclimate.checks.kinds_predictive import KindsPredictive
from learnclimate.checks.verdict import CheckReport
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.checks_of_kinds import kinds_checks_told
from learnclimate.reporting.checks_told import CERTIFICATE, checks_told
from learnclimate.reporting.facts import left_out_rows
from learnclimate.reporting.language import texts
from learnclimate.reporting.tables import (
    Column,
    Table,
    left_out_table,
    level_table,
    overall_table,
    team_table,
)
from learnclimate.reporting.tables_of_kinds import kind_levels_table, kinds_table
from learnclimate.reporting.telling import (
    answer_sentences,
    limit_sentences,
    overall_sentences,
    teams_sentences,
    teams_told,
    trust_of,
    who_sentences,
)
from learnclimate.survey.codebook import Codebook

_MARKS = {"good": "green", "doubtful": "yellow", "bad": "red", "unsuitable": "dim"}


class Terminal:
    """
    Where a command speaks.

    Parameters
    ----------
    language : {"en", "nl"}
        The language.
    quiet : bool
        Whether to say nothing but errors.
    """

    def __init__(self, language: str, *, quiet: bool) -> None:
        self.language = language
        self.quiet = quiet
        self.words = texts(language)["console"]
        self.console = Console(quiet=quiet, markup=False, highlight=False, emoji=False)

    def tell_codebook(self, codebook: Codebook) -> None:
        """
        Print what was asked.

        Parameters
        ----------
        codebook : Codebook
            The codebook.
        """
        self.heading(self.words["codebook"])
        self.table(codebook_table(codebook, language=self.language))

    def tell_answers(self, answers: Answers) -> None:
        """
        Print who answered, the answer, the teams and the checks.

        Parameters
        ----------
        answers : Answers
            What the fit answered.
        """
        self._tell_who(answers)
        self._tell_answer(answers)
        self._tell_teams(answers)
        self.tell_checks(answers.fit, answers.checks, answers.predictive)

    def heading(self, text: str) -> None:
        """
        Print a heading.

        Parameters
        ----------
        text : str
            The heading.
        """
        self.console.print()
        self.console.print(text, style="bold")

    def sentences(self, told: Sequence[str], *, style: str = "") -> None:
        """
        Print sentences as a paragraph.

        Parameters
        ----------
        told : sequence of str
            Sentences.
        style : str
            Style of the letters.
        """
        self.console.print(" ".join(told), style=style)

    def table(self, table: Table) -> None:
        """
        Print a table.

        Parameters
        ----------
        table : Table
            The table.
        """
        drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in table.columns:
            drawn.add_column(column.name, justify="right" if column.numeric else "left")
        for row in table.rows:
            drawn.add_row(*row)
        self.console.print(drawn)

    def written(self, path: Path) -> None:
        """
        Print what was written.

        Parameters
        ----------
        path : Path
            A file.
        """
        line = self.words["written"].format(path=path)
        self.console.print(line, style="bold green", soft_wrap=True)

    def _tell_who(self, answers: Answers) -> None:
        self.heading(self.words["who"])
        self.sentences(who_sentences(answers, language=self.language))
        reasons = left_out_rows(
            answers.fit.provenance.left_out, answers.rule, language=self.language
        )
        table = left_out_table(reasons, language=self.language)
        if table is not None:
            self.table(table)

    def _tell_answer(self, answers: Answers) -> None:
        self.heading(self.words["answer"])
        language, interval = self.language, answers.interval
        for answer in answers.frequencies:
            headline, *others = answer_sentences(answers, answer, language=language)
            self.sentences([headline], style="bold cyan")
            self.sentences(others)
            if not answer.of_kinds:
                self.table(level_table(answer, interval=interval, language=language))
                continue
            compared = kinds_table(answer, interval=interval, language=language)
            if compared is not None:
                self.table(compared)
                self.console.print()
            self.table(kind_levels_table(answer, interval=interval, language=language))
        if not answers.frequencies:
            self.sentences(overall_sentences(answers, language=language), style="bold cyan")
            respondents = answers.fit.provenance.n_respondents
            self.table(
                overall_table(answers.overall, respondents, interval=interval, language=language)
            )
        self.sentences(limit_sentences(answers, language=language)[:1], style="italic")

    def _tell_teams(self, answers: Answers) -> None:
        for answer in teams_told(answers):
            self.heading(self.words["teams"])
            self.sentences(teams_sentences(answers, answer, language=self.language))
            if answer.ranked:
                self.table(team_table(answer, interval=answers.interval, language=self.language))

    def tell_checks(
        self,
        fit: Fit | KindsFit,
        checks: CheckReport,
        predictive: KindsPredictive | None = None,
    ) -> None:
        """
        Print whether a fit passed its checks.

        Parameters
        ----------
        fit : Fit or KindsFit
            The fit.
        checks : CheckReport
            Its checks.
        predictive : KindsPredictive, optional
            The figures behind those of several kinds.
        """
        self.heading(self.words["checks"])
        computed, model = trust_of(fit, checks, language=self.language)
        self.sentences([computed], style="" if fit.certificate.passed else "bold red")
        self.sentences([model])
        about_model = [check for check in checks.checks if check.name != CERTIFICATE]
        drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        every = checks_told(about_model, language=self.language)
        if predictive is not None:
            every = kinds_checks_told(about_model, predictive, language=self.language)
        for told in every:
            drawn.add_row(told.name, told.verdict, told.words, style=_MARKS[told.mark])
        self.console.print(drawn)


def codebook_table(codebook: Codebook, *, language: str) -> Table:
    """
    Lay out what was asked.

    Parameters
    ----------
    codebook : Codebook
        The codebook.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    Table
        Role, column, and the levels of each frequency.
    """
    words = texts(language)["console"]
    rows = [(words["team"], codebook.team, "")]
    if codebook.outcome is not None:
        rows.insert(0, (words["outcome"], codebook.outcome_column, ""))
    rows += [
        (words["frequency"], column, ", ".join(levels))
        for column, levels in codebook.frequency_levels
    ]
    for role in ("department", "exposure", "weight", "respondent"):
        column = getattr(codebook, role)
        if column is not None:
            rows.append((words[role], column, ""))
    rows += [(words["covariate"], column, "") for column in codebook.covariates]
    rows += [
        (words["scale"], scale.name, f"{scale.minimum}–{scale.maximum} × {len(scale.items)}")
        for scale in codebook.scales
    ]
    names = (words["role"], words["column"], words["levels"])
    columns = tuple(Column(name, numeric=False) for name in names)
    return Table(words["codebook"], columns, tuple(rows))
