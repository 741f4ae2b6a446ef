"""Check a saved fit, against the answers where their file is given."""

from pathlib import Path
from typing import TYPE_CHECKING

from learnclimate.core.errors import FileError
from learnclimate.disclosure.rule import DisclosureRule

if TYPE_CHECKING:
    from learnclimate.checks.verdict import Verdict


def check_saved_fit(
    fit_file: Path,
    responses: Path | None,
    rule: DisclosureRule,
    *,
    thorough: bool,
    language: str,
    sheet: str | None,
) -> "Verdict":
    """
    Print the checks of a saved fit.

    Parameters
    ----------
    fit_file : Path
        The fit.
    responses : Path or None
        The answers it was fitted to, read with the codebook of the fit; without them the
        computation alone is checked, unless the fit holds its respondents.
    rule : DisclosureRule
        Which groups are too small to show.
    thorough : bool
        Whether to add what takes a minute.
    language : {"en", "nl"}
        The language.
    sheet : str or None
        Sheet of an Excel file.

    Returns
    -------
    {"good", "doubtful", "bad", "not applicable"}
        The gravest verdict.
    """
    if responses is not None and not responses.exists():
        raise FileError(f"There is no file {responses}. Check the path (folder {Path.cwd()}).")
    from learnclimate.checks.fit_check import check_fit
    from learnclimate.cli.terminal import Terminal
    from learnclimate.inference.joint_fit import JointFit
    from learnclimate.inference.store import load_fit
    from learnclimate.reporting.method import threshold_sentences
    from learnclimate.survey.reading import read_survey

    fit, terminal = load_fit(fit_file), Terminal(language, quiet=False)
    if isinstance(fit, JointFit):
        terminal.sentences([terminal.words["count_of_joint"]])
        fit = fit.count
    survey = None if responses is None else read_survey(responses, fit.codebook, sheet=sheet)
    checks = check_fit(fit, survey=survey, thorough=thorough, rule=rule)
    terminal.tell_checks(fit, checks)
    if checks.note:
        terminal.sentences(threshold_sentences(rule, language=language))
    return checks.verdict
