"""Code the outcome and the zero part of a survey, refusing what the family cannot take."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.coding import CovariateCoding, ZeroCoding
from learnclimate.counts.families import Family, ZeroPart
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.counts_allowed import counts_allowed, trials_of, versions_of

if TYPE_CHECKING:
    from learnclimate.survey.survey import Survey

IntArray = npt.NDArray[np.int64]


def asked_rows(
    family: Family, survey: "Survey", zero: ZeroCoding | None
) -> tuple[IntArray, AskedRows]:
    """
    Code the answers to the outcome.

    Parameters
    ----------
    family : Family
        The family they are modelled by.
    survey : Survey
        Validated answers.
    zero : ZeroCoding or None
        The zero part.

    Returns
    -------
    lowest : ndarray of shape (n_respondents,), int64
        Lowest count that each answer allows.
    asked : AskedRows
        What else rows hold.

    Raises
    ------
    ModelError
        If the family cannot model an outcome that was asked in this way.

    Examples
    --------
    >>> from learnclimate.counts.families import Poisson
    >>> from learnclimate.survey.example import load_example
    >>> asked_rows(Poisson(), load_example(), None)[1].highest is None
    True
    """
    frame, codebook = survey.frame, survey.codebook
    _refuse_other_family(family, codebook)
    lowest, highest = counts_allowed(frame, codebook)
    if zero is not None:
        _refuse_unseen_zeros(family, codebook, lowest, highest)
    return lowest, AskedRows(
        highest=None if codebook.asked.is_exact else highest,
        trials=trials_of(frame, codebook.asked) if family.out_of_trials else None,
        zero_covariates=None if zero is None else zero.encode_covariates(frame),
        version=versions_of(frame, codebook.asked),
    )


def zero_coding(
    part: ZeroPart | None, covariates: tuple[CovariateCoding, ...], codebook: Codebook
) -> ZeroCoding | None:
    """
    Code the zero part of a family.

    Parameters
    ----------
    part : ZeroPart or None
        Its declaration.
    covariates : tuple of CovariateCoding
        Its covariates, coded.
    codebook : Codebook
        Tells whether there is a frequency.

    Returns
    -------
    ZeroCoding or None
        The coding.

    Examples
    --------
    >>> zero_coding(ZeroPart(), (), Codebook(outcome="n", team="team")).frequency
    False
    """
    if part is None:
        return None
    frequency = part.frequency and bool(codebook.frequency_columns)
    return ZeroCoding(covariates, frequency, part.team_intercept)


def largest_trials(asked: AskedRows) -> int | None:
    """
    Give the number of activities that counts are out of, the largest where it differs.

    Parameters
    ----------
    asked : AskedRows
        The rows.

    Returns
    -------
    int or None
        K; None where counts have no bound.

    Examples
    --------
    >>> largest_trials(AskedRows(trials=np.array([5, 8])))
    8
    """
    return None if asked.trials is None else int(asked.trials.max())


def _refuse_other_family(family: Family, codebook: Codebook) -> None:
    outcome, name = codebook.asked, codebook.outcome_column
    if family.out_of_trials and outcome.trials is None:
        raise ModelError(
            f"CountModel(family=BetaBinomial()): outcome {name!r} is no number out of K. Say out "
            "of how many: Outcome(..., trials=8) or Outcome(..., checklist=[...]); or choose "
            "another family, such as NegativeBinomial()."
        )
    if not family.out_of_trials and outcome.trials is not None:
        raise ModelError(
            f"Outcome {name!r} is a number out of {outcome.trials}, which "
            f"{type(family).__name__}() does not know: it expects more than that, too. Use "
            "CountModel(family=BetaBinomial())."
        )
    if family.out_of_trials and codebook.exposure is not None:
        raise ModelError(
            f"CountModel(family=BetaBinomial()): there is an exposure ({codebook.exposure!r}), but "
            "a number out of K is per K. Take the exposure out of the codebook, or adjust for it "
            "as a covariate."
        )


def _refuse_unseen_zeros(
    family: Family, codebook: Codebook, lowest: IntArray, highest: IntArray
) -> None:
    name, kind = codebook.outcome_column, type(family).__name__
    if ((lowest == 0) & (highest > 0)).any():
        raise ModelError(
            f"CountModel(family={kind}()): an answer option of {name!r} joins 0 with higher "
            "counts, so zeros cannot be told. Use NegativeBinomial() or Poisson()."
        )
    if not (highest == 0).any():
        raise ModelError(
            f"CountModel(family={kind}()): nobody counted 0 in {name!r}, so there is nothing for a "
            "zero part to tell. Use NegativeBinomial() or Poisson()."
        )
