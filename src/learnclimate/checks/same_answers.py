"""Fits of counts that rest on different answers, refused where they would be compared."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.checks.leave_out import LeaveOneOut
from learnclimate.checks.respondents import reasons_known, respondents_of
from learnclimate.core.errors import FitError
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.provenance import answers_hash, is_same_data
from learnclimate.survey.survey import Survey


def refuse_different_answers(fits: Mapping[str, Fit | LeaveOneOut], survey: Survey | None) -> None:
    """
    Refuse fits unless all rest on the same respondents, counts and teams.

    Parameters
    ----------
    fits : mapping of str to Fit or LeaveOneOut
        By name.
    survey : Survey or None
        The survey; needed where a fit was read from a file without respondents.

    Raises
    ------
    FitError
        If two rest on different answers.
    """
    answers = {name: _answers_of(fit, survey) for name, fit in fits.items()}
    first = next(iter(answers))
    for name, hashed in answers.items():
        if not is_same_data(hashed, answers[first]):
            raise FitError(
                f"{name!r} and {first!r} rest on different answers (other respondents, counts or "
                "teams, or in another order), so their predictions cannot be compared. Fit both to "
                "one survey: a covariate with missing answers leaves rows out; see survey.ledger."
            )
    _refuse_other_rows(fits)


def _refuse_other_rows(fits: Mapping[str, Fit | LeaveOneOut]) -> None:
    """Refuse fits that lack rows for other reasons, or were told otherwise by respondents."""
    known = {name: _reasons_of(one) for name, one in fits.items()}
    reasons = {name: reason for name, reason in known.items() if reason is not None}
    # A file puts reasons of few rows together, but tells how many rows there were, if not few.
    totals = {n: one.provenance.n_left_out for n, one in fits.items() if isinstance(one, Fit)}
    numbers = {name: number for name, number in totals.items() if number is not None}
    for told in (reasons, numbers):
        first = next(iter(told), "")
        for name, one in told.items():
            if one != told[first]:
                raise FitError(
                    f"{name!r} and {first!r} left rows out for different reasons, so they may rest "
                    "on different respondents and cannot be compared. Fit both to one survey whose "
                    "codebook has the covariates of both; see survey.ledger."
                )
    _refuse_other_frequencies({n: one for n, one in fits.items() if isinstance(one, Fit)})


def _refuse_other_frequencies(fits: Mapping[str, Fit]) -> None:
    """Refuse fits whose respondents answered a frequency of one name and levels differently."""
    seen: dict[tuple[str, tuple[str, ...]], tuple[str, npt.NDArray[np.int64]]] = {}
    for name, one in fits.items():
        if one.design is None:
            continue
        for place, frequency in enumerate(one.design.coding.frequencies):
            answered = one.design.frequency_level[:, place]
            asked = (frequency.name, frequency.levels)
            first, earlier = seen.setdefault(asked, (name, answered))
            if not np.array_equal(answered, earlier):
                raise FitError(
                    f"{name!r} and {first!r} rest on different answers to {frequency.name!r}, so "
                    "their predictions cannot be compared. Fit both to one survey."
                )


def _reasons_of(one: Fit | LeaveOneOut) -> tuple[tuple[str, str, int], ...] | None:
    return one.left_out if isinstance(one, LeaveOneOut) else reasons_known(one)


def _answers_of(fit: Fit | LeaveOneOut, survey: Survey | None) -> str:
    if isinstance(fit, LeaveOneOut):
        return fit.answers_hash
    if fit.provenance.answers_hash:
        return fit.provenance.answers_hash
    return answers_hash(respondents_of(fit, survey))
