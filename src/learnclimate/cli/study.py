"""From a survey to answers, as every command that fits does it."""

import sys

from learnclimate.cli.options import StudyOptions
from learnclimate.cli.terminal import Terminal
from learnclimate.counts.families import Family, NegativeBinomial, Poisson
from learnclimate.counts.frequency import FrequencyCodingKind, Linear, Monotonic, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.reporting.answers import Answers, ask
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.survey import Survey

_FAMILIES: dict[str, type[Family]] = {"negative-binomial": NegativeBinomial, "poisson": Poisson}
_CODINGS: dict[str, type[FrequencyCodingKind]] = {
    "monotonic": Monotonic,
    "unordered": Unordered,
    "linear": Linear,
}


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


def model_for(codebook: Codebook, options: StudyOptions) -> CountModel:
    """
    Declare the model of a codebook: levels vary over teams, relations too where asked.

    Parameters
    ----------
    codebook : Codebook
        The codebook.
    options : StudyOptions
        Family and coding.

    Returns
    -------
    CountModel
        The declaration.
    """
    effects = ("intercept", "frequency") if codebook.frequency_columns else ("intercept",)
    return CountModel(
        family=_FAMILIES[options.family](),
        frequency=_CODINGS[options.coding](),
        team_effects=effects,
    )
