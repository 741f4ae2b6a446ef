"""Simulated counts told as each respondent was asked: as the answer option they belong to."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.survey.counts_allowed import OPEN, versions_of
from learnclimate.survey.option_blocks import starts_by_version
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.survey import Survey

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """
    The answer options that each respondent had.

    Attributes
    ----------
    starts : tuple of ndarray of shape (n_options,), int
        Lowest count of each option, the first 0: one array a version of the questionnaire.
    version : ndarray of shape (n_rows,), int
        Which version each row answered.

    Examples
    --------
    >>> asked = AskedAgain((np.array([0, 1, 3]),), np.zeros(3, dtype=np.int64))
    >>> lowest, highest = asked.answers(np.array([0, 2, 9]))
    >>> lowest.tolist(), highest.tolist()[:2]
    ([0, 1, 3], [0, 2])
    """

    starts: tuple[IntArray, ...]
    version: IntArray

    def answers(self, counts: IntArray) -> tuple[IntArray, IntArray]:
        """
        Give the lowest and the highest count of the option of each count.

        Parameters
        ----------
        counts : ndarray of shape (n_rows,), int
            Counts.

        Returns
        -------
        lowest, highest : ndarray of shape (n_rows,), int
            Both included; `OPEN` where the option is open above.
        """
        lowest, highest = np.empty_like(counts), np.empty_like(counts)
        for place, starts in enumerate(self.starts):
            own = self.version == place
            option = np.searchsorted(starts, counts[own], side="right") - 1
            lowest[own], highest[own] = starts[option], _ends(starts)[option]
        return lowest, highest

    def design(self, design: CountDesign, counts: IntArray) -> CountDesign:
        """
        Put counts in the place of a design's answers.

        Parameters
        ----------
        design : CountDesign
            The respondents.
        counts : ndarray of shape (n_rows,), int
            Counts.

        Returns
        -------
        CountDesign
            With the answers that the counts give.
        """
        lowest, highest = self.answers(counts)
        return replace(design, outcome=lowest, asked=replace(design.asked, highest=highest))


def as_surveyed(survey: Survey) -> AskedAgain | None:
    """
    Read off a survey which options each respondent had.

    Parameters
    ----------
    survey : Survey
        The survey.

    Returns
    -------
    AskedAgain or None
        None where answers are the counts themselves.
    """
    outcome = survey.codebook.asked
    if outcome.is_exact:
        return None
    version = versions_of(survey.frame, outcome)
    if version is None:
        version = np.zeros(len(survey.frame), dtype=np.int64)
    return AskedAgain(_starts(outcome), version)


def as_answered(outcome: Outcome, design: CountDesign) -> AskedAgain | None:
    """
    Tell from the answers given which options each respondent had, as far as that matters.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked.
    design : CountDesign
        The respondents; one read from an older file does not tell which version each answered.

    Returns
    -------
    AskedAgain or None
        Of the version answered, or else of the first that has the option which the respondent
        chose; None where answers are the counts themselves.
    """
    highest = design.asked.highest
    if outcome.is_exact or highest is None:
        return None
    starts = _starts(outcome)
    if design.asked.version is not None:
        return AskedAgain(starts, design.asked.version)
    has = np.array(
        [np.isin(design.outcome, own) & _has(own, design.outcome, highest) for own in starts]
    )
    return AskedAgain(starts, has.argmax(axis=0))


def with_counts(survey: Survey, counts: IntArray) -> Survey:
    """
    Put counts in the place of the answers of a survey, told as each respondent was asked.

    Parameters
    ----------
    survey : Survey
        The survey.
    counts : ndarray of shape (n_rows,), int
        A count for every respondent.

    Returns
    -------
    Survey
        The same respondents with other answers.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=2, team_size=3, seed=1)
    >>> with_counts(survey, np.full(len(survey.frame), 4)).frame["activities"].tolist()[:2]
    [4, 4]
    """
    outcome, asked = survey.codebook.asked, as_surveyed(survey)
    answers: npt.NDArray[np.generic] = counts
    if asked is not None:
        answers = asked.answers(counts)[0]
    if asked is not None and outcome.bins:
        labels = [{o.lowest: o.label for o in options} for _, options in outcome.bins]
        pairs = zip(asked.version.tolist(), answers.tolist(), strict=True)
        answers = np.array([labels[version][lowest] for version, lowest in pairs], dtype=object)
    return replace(survey, frame=survey.frame.assign(**{survey.codebook.outcome_column: answers}))


def _has(starts: IntArray, lowest: IntArray, highest: IntArray) -> npt.NDArray[np.bool_]:
    option = np.searchsorted(starts, lowest, side="right") - 1
    return np.asarray(_ends(starts)[option] == highest)


def _starts(outcome: Outcome) -> tuple[IntArray, ...]:
    if outcome.top is not None:
        return (np.arange(outcome.top + 1, dtype=np.int64),)
    return starts_by_version(outcome)


def _ends(starts: IntArray) -> IntArray:
    return np.append(starts[1:] - 1, OPEN)
