"""From a survey to answers, as every command that fits does it."""

import sys

from learnclimate.cli.declared import model_for
from learnclimate.cli.options import StudyOptions
from learnclimate.cli.terminal import Terminal
from learnclimate.inference.fitting import fit
from learnclimate.reporting.answers import Answers, ask
from learnclimate.survey.survey import Survey


def answer_study(survey: Survey, options: StudyOptions, terminal: Terminal) -> Answers:
    """
    Fit and ask; print all of it.

    Parameters
    ----------
    survey : Survey
        The answers that were read.
    options : StudyOptions
        How to fit.
    terminal : Terminal
        Where to print.

    Returns
    -------
    Answers
        What the fit answered.

    Raises
    ------
    LearnClimateError
        If model and survey contradict each other, or the fit fails.
    """
    terminal.tell_codebook(survey.codebook)
    model = model_for(survey.codebook, options)
    terminal.console.print()
    fitted = fit(
        model,
        survey,
        engine=options.engine,
        draws=options.draws,
        seed=options.seed,
        progress=not terminal.quiet and sys.stderr.isatty(),
    )
    answers = ask(fitted, rule=options.rule)
    terminal.tell_answers(answers)
    return answers
