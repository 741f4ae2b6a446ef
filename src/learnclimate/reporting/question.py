"""What was asked, and how, in sentences."""

from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.language import listed, number, quoted, texts


def question_sentences(answers: Answers, *, language: str) -> list[str]:
    """
    State what was asked.

    Parameters
    ----------
    answers : Answers
        The answers.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        The question, then how it was asked.
    """
    words = texts(language)["question"]
    coding = answers.fit.coding
    asked = [
        _outcome_asked(answers, language),
        *_options_asked(answers, language),
        *(
            words["frequency"].format(
                frequency=quoted(frequency.name),
                levels=listed([quoted(level) for level in frequency.levels], language),
            )
            for frequency in coding.frequencies
        ),
    ]
    if coding.exposure is not None:
        asked.append(words["exposure"].format(exposure=quoted(coding.exposure)))
    question = words["talking" if coding.frequencies else "without"]
    if isinstance(answers.fit, KindsFit):
        question = texts(language)["kinds"]["question"]
    return [question, " ".join(asked)]


def _outcome_asked(answers: Answers, language: str) -> str:
    """Where the count was asked, or those of every kind."""
    codebook = answers.fit.codebook
    team = quoted(codebook.team)
    if isinstance(answers.fit, KindsFit):
        kinds = listed([quoted(kind) for kind in answers.fit.kinds], language)
        return texts(language)["kinds"]["outcome"].format(kinds=kinds, team=team)
    outcome = quoted(codebook.outcome_column)
    return texts(language)["question"]["outcome"].format(outcome=outcome, team=team)


def _options_asked(answers: Answers, language: str) -> list[str]:
    """How the count was asked, where that was no open number."""
    words, asked = texts(language)["question"], answers.fit.codebook.asked
    if asked.version is not None:
        return [words["options_of_version"]]
    if asked.bins:
        options = [quoted(option.label) for option in asked.options_of()]
        return [words["options"].format(options=listed(options, language))]
    if asked.top is not None:
        return [words["top"].format(top=number(asked.top, 0, language))]
    if isinstance(asked.trials, str):
        return [words["out_of_column"].format(trials=quoted(asked.trials))]
    return [] if asked.trials is None else [words["out_of"].format(trials=asked.trials)]
