"""Who answered and what was left out, told so that no small group can be made out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import DisclosureRule, suppress
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.response import response_of
from learnclimate.reporting.language import listed, number, percentage, quoted, texts
from learnclimate.reporting.machine_words import reason_words
from learnclimate.survey.heaping import heaped_at_fives, heaped_at_months

_SIZE_CLASSES = (10, 20, 50)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    Rows left out of the analysis for one reason.

    Attributes
    ----------
    column : str
        The question.
    reason : str
        Why, in the language of the report.
    rows : int
        How many; reasons of few rows are told together.
    """

    column: str
    reason: str
    rows: int


def size_classes(
    sizes: npt.ArrayLike, n_teams: int, rule: DisclosureRule, *, language: str
) -> list[tuple[str, int]]:
    """
    Count the teams that may be shown by classes of their size.

    Counting the hidden ones by size as well could tell them: of two that hold six together,
    one below the minimum of five, the sizes can only be one and five.

    Parameters
    ----------
    sizes : array_like of shape (n_shown_teams,)
        Respondents of each team that may be shown.
    n_teams : int
        Teams in the analysis.
    rule : DisclosureRule
        The smallest class begins at its minimum.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of (str, int)
        Class and number of teams; classes without teams are left out.

    Examples
    --------
    >>> size_classes([12, 14, 60], 5, DisclosureRule(), language="en")
    [('10 to 19', 2), ('50 or more', 1), ('not shown', 2)]
    """
    words = texts(language)["numbers"]
    known = np.asarray(sizes, dtype=float)
    edges = [rule.minimum, *(edge for edge in _SIZE_CLASSES if edge > rule.minimum)]
    counted: list[tuple[str, int]] = []
    for first, following in zip(edges, [*edges[1:], None], strict=True):
        inside = (known >= first) & (known < (np.inf if following is None else following))
        label = (
            words["or_more"].format(first=first)
            if following is None
            else words["from_to"].format(first=first, last=following - 1)
        )
        counted.append((label, int(inside.sum())))
    counted.append((words["unknown"], n_teams - len(known)))
    return [(label, teams) for label, teams in counted if teams]


def response_sentences(fit: Fit | KindsFit, rule: DisclosureRule, *, language: str) -> list[str]:
    """
    State which part of those who were asked is in the analysis, or that it is not known.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    rule : DisclosureRule
        Which groups are too small to show.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of str
        One to three sentences.
    """
    words, told = texts(language)["who"], response_of(fit.provenance, fit.draws, rule)
    if told is None:
        return [words["asked"]]
    if told.share is None:
        return [words["hardly_missing"].format(minimum=told.missing_below)]
    sentences = [
        words["response"].format(
            invited=number(told.invited or 0, 0, language), share=percentage(told.share, language)
        )
    ]
    shares = told.team_shares
    if len(shares) > 1:
        lowest, median, highest = (
            percentage(float(one), language) for one in np.quantile(shares, [0, 0.5, 1])
        )
        sentences.append(
            words["response_by_team"].format(
                teams=number(len(shares), 0, language),
                lowest=lowest,
                median=median,
                highest=highest,
            )
        )
    if told.silent_teams:
        template = words["silent_team" if told.silent_teams == 1 else "silent_teams"]
        sentences.append(template.format(teams=number(told.silent_teams, 0, language)))
    return sentences


def left_out_sentence(fit: Fit | KindsFit, rule: DisclosureRule, *, language: str) -> str:
    """
    State how many rows of the source were left out, and of how many a level was summed out.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    rule : DisclosureRule
        Fewer rows than its minimum are not counted out.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        One to three sentences.
    """
    words = texts(language)["who"]
    told = [_left_out(fit, rule, language=language)]
    rows = fit.provenance.n_summed_out
    if rows is None or 0 < rows < rule.minimum:
        # A file may have been saved under a larger minimum, and holds no number then.
        minimum = max(rule.minimum, fit.provenance.n_summed_out_below or 0)
        told.append(words["few_summed_out"].format(minimum=minimum))
    elif rows:
        told.append(words["summed_out"].format(rows=number(rows, 0, language)))
    return " ".join(told)


def _left_out(fit: Fit | KindsFit, rule: DisclosureRule, *, language: str) -> str:
    words = texts(language)["who"]
    rows = fit.provenance.n_left_out
    if rows == 0:
        return words["nobody_left_out"]
    if rows is None or rows < rule.minimum:
        # A file may have been saved under a larger minimum, and holds no number then.
        minimum = max(rule.minimum, fit.provenance.n_left_out_below or 0)
        return words["few_left_out"].format(minimum=minimum)
    return words["left_out"].format(rows=number(rows, 0, language))


def heaping_sentence(fit: Fit | KindsFit, rule: DisclosureRule, *, language: str) -> str:
    """
    State that counts are heaped at round numbers, where they plainly are.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit; one saved without its respondents, or of several kinds, tells nothing of it.
    rule : DisclosureRule
        Nothing is told where few counts are round, or few are not.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Two sentences for each kind of rounding that is plain.
    """
    design = None if isinstance(fit, KindsFit) else fit.design
    if design is None or design.asked.trials is not None:
        return ""
    counts = np.repeat(design.outcome, np.rint(design.multiplicity).astype(np.int64))
    if design.asked.highest is not None:
        exact = design.asked.highest == design.outcome
        # Where nothing but answer options was offered, nobody had a number to round.
        if fit.codebook.asked.bins:
            return ""
        times = np.rint(design.multiplicity[exact]).astype(np.int64)
        counts = np.repeat(design.outcome[exact], times)
    told = []
    for template, found in (
        ("heaped", heaped_at_fives(counts)),
        ("heaped_monthly", heaped_at_months(counts)),
    ):
        shares = found.told(rule.minimum)
        if shares is not None:
            share, expected = (percentage(one, language) for one in shares)
            told.append(texts(language)["who"][template].format(share=share, expected=expected))
    return " ".join(told)


def left_out_rows(
    reasons: tuple[tuple[str, str, int], ...], rule: DisclosureRule, *, language: str
) -> list[LeftOut]:
    """
    Tell by question and reason how many rows were left out; reasons of few rows are merged.

    Parameters
    ----------
    reasons : tuple of (column, reason, number of rows)
        As in `Provenance`.
    rule : DisclosureRule
        The rule; what it hides is told together.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of LeftOut
        Most rows first, the merged ones last; empty where all together are too few.

    Examples
    --------
    >>> reasons = (("talk", "frequency not answered", 9), ("tenure", "covariate not answered", 3))
    >>> [one.rows for one in left_out_rows(reasons, DisclosureRule(), language="en")]
    [12]
    """
    counts = np.array([rows for _, _, rows in reasons], dtype=np.int64)
    if counts.sum() < rule.minimum:
        return []
    hidden = suppress(counts, rule, order=[f"{column}: {why}" for column, why, _ in reasons])
    told = [
        LeftOut(
            _columns(column, reason, language),
            _reasons(reason, language),
            int(rows),
        )
        for (column, reason, rows), hide in sorted(
            zip(reasons, hidden, strict=True), key=lambda pair: -pair[0][2]
        )
        if not hide
    ]
    merged = [reason for reason, hide in zip(reasons, hidden, strict=True) if hide]
    if merged:
        columns = listed([quoted(column) for column, _, _ in merged], language)
        why = dict.fromkeys(_reasons(reason, language) for _, reason, _ in merged)
        rows = sum(rows for _, _, rows in merged)
        told.append(LeftOut(columns, "; ".join(why), int(rows)))
    return told


def _columns(joined: str, reason: str, language: str) -> str:
    """Quote a column, or several that a saved fit put together with their reasons."""
    columns = joined.split(", ") if "; " in reason else [joined]
    return listed([quoted(column) for column in columns], language)


def _reasons(joined: str, language: str) -> str:
    """Translate a reason, or several that a saved fit put together."""
    own = texts(language)["reasons"]
    return "; ".join(
        own.get(reason, reason_words(reason, language)) for reason in joined.split("; ")
    )
