"""`report`: a fit told in one page that stands by itself."""

from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Literal

from learnclimate.core.errors import ArgumentError
from learnclimate.core.files import checked_path, write_atomically
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers, ask
from learnclimate.reporting.asking import checked_fit
from learnclimate.reporting.language import check_language, texts
from learnclimate.reporting.page import page

_PACKAGE = "learnclimate.reporting"
_ENDINGS = (".html", ".htm")
_SECTIONS = ("question", "who", "answer", "teams", "checks", "method", "limits", "appendix")


def report(
    fit: Fit | KindsFit,
    path: str | Path,
    *,
    language: Literal["en", "nl"] = "en",
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> None:
    """
    Tell a fit in one HTML file that needs no network and prints well.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded; what cannot be told without respondents
        is then marked as not applicable.
    path : path
        Where to write; an existing file is replaced.
    language : {"en", "nl"}, default "en"
        English or Dutch.
    interval : float, default 0.9
        Probability of every interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; below 5 respondents where left out. Of a
        fit from a file that was saved with a larger minimum, that one holds.

    Raises
    ------
    ArgumentError
        If there are no texts in that language, `interval` is no probability, or the name of
        the file does not end in ``.html`` or ``.htm``.
    ArgumentTypeError
        If `fit` is no fit of counts, or `path` names no file.
    FileError
        If the file cannot be written; nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> path = Path(tempfile.mkdtemp()) / "report.html"
    >>> lc.report(fit, path, language="nl")
    >>> "Het antwoord" in path.read_text(encoding="utf-8")
    True
    """
    check_language(language)
    asked = checked_fit("report", fit)
    target = checked_path(path, "report(path=...)")
    if target.suffix.lower() not in _ENDINGS and not target.is_dir():
        raise ArgumentError(
            f"report(path={str(path)!r}): a report is an HTML file; give a name that ends in "
            ".html. A browser opens it, and prints it to PDF."
        )
    told = report_html(ask(asked, interval=interval, rule=rule), language=language)
    write_atomically(target, told.encode())


def report_html(answers: Answers, *, language: str) -> str:
    """
    Write the page of a report.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ArgumentError
        If there are no texts in that language.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    words = texts(language)
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined
    )
    style = resources.files(_PACKAGE) / "templates" / "style.css"
    version = metadata.version("learnclimate")
    made = words["page"]["made"].format(date=datetime.now(UTC).date().isoformat(), version=version)
    return environment.get_template("report.html.jinja").render(
        language=language,
        t=words,
        page=page(answers, language=language),
        sections=[(name, words[name]) for name in _SECTIONS],
        style=style.read_text(encoding="utf-8"),
        made=made,
        version=version,
    )
