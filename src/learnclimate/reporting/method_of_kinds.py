"""How a fit of several kinds was computed, in sentences with citations."""

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.language import listed, number, quoted, texts

#: First words of what a certificate says where kinds were left open.
_LEFT_OPEN = "Left open:"


def is_left_open(action: str) -> bool:
    """
    Tell whether an action of a certificate says that kinds were left open.

    Those of older versions name the number of those who did, whatever rule a report obeys;
    `left_open_sentence` says it without.

    Parameters
    ----------
    action : str
        As in `Certificate.actions`.

    Returns
    -------
    bool
        Whether it does.

    Examples
    --------
    >>> is_left_open("Left open: 'training' by 7; their answers to the other kinds are kept.")
    True
    """
    return action.startswith(_LEFT_OPEN)


def left_open_sentence(fit: Fit | KindsFit, *, language: str) -> str:
    """
    State that some respondents left a kind open, and what numbers of respondents then count.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Two sentences; nothing where every kind was answered by all.
    """
    if not any(map(is_left_open, fit.certificate.actions)):
        return ""
    return texts(language)["kinds"]["left_open"]


def kinds_model_sentences(fit: KindsFit, *, language: str) -> list[str]:
    """
    State the model of several kinds.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        Sentences.
    """
    words, shared = texts(language)["kinds"], texts(language)["method"]
    kinds = listed([quoted(kind) for kind in fit.kinds], language)
    model = [
        words["model"].format(n=number(len(fit.kinds), 0, language), kinds=kinds),
        words["pooled" if fit.model.pooled else "not_pooled"],
    ]
    model += [
        shared[frequency.kind].format(frequency=quoted(frequency.name))
        for frequency in fit.coding.frequencies
    ]
    if fit.coding.covariates:
        names = [quoted(covariate.name) for covariate in fit.coding.covariates]
        model.append(shared["covariates"].format(covariates=listed(names, language)))
    teams = team_part(fit.coding)
    return model if teams is None else [*model, words[teams]]


def total_sentence(*, language: str) -> str:
    """
    State what the total is.

    Parameters
    ----------
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One sentence.
    """
    return texts(language)["kinds"]["total_ratio"]


def team_part(coding: DesignCoding) -> str | None:
    """
    Name the text about what varies between teams.

    Parameters
    ----------
    coding : DesignCoding
        How answers were coded.

    Returns
    -------
    str or None
        ``"team_both"``, ``"team_level"`` or ``"team_slope"``; None where nothing varies.
    """
    effects = coding.team_effects
    if not effects:
        return None
    has_level, has_slope = INTERCEPT in effects, any(name != INTERCEPT for name in effects)
    if has_level and has_slope:
        return "team_both"
    return "team_level" if has_level else "team_slope"
