"""What survey programs add to their exports: header rows, previews, unfinished responses."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.survey.answers import labels_of
from learnclimate.survey.headings import SUBMITTED, Program
from learnclimate.survey.raw_answers import RawAnswers, leave_out

BoolArray = npt.NDArray[np.bool_]

#: Qualtrics' Status of what is no response: text, or a code where choices are exported as numbers.
_NO_RESPONDENT = (
    "Survey Preview",
    "Survey Test",
    "Spam",
    "Offline Survey Preview",
    "1",
    "2",
    "8",
    "9",
    "12",
    "17",
)
#: What LimeSurvey writes where a question was not put to a respondent.
NOT_ASKED = "N/A"


def left_out_by_program(
    answers: pd.DataFrame, source: str, program: Program, not_asked: Mapping[str, BoolArray]
) -> RawAnswers:
    """
    Leave out the rows that a survey program itself marks as no finished response.

    Parameters
    ----------
    answers : pandas.DataFrame
        Numbered rows of an export.
    source : str
        Where they come from, for messages.
    program : {"", "Qualtrics", "LimeSurvey"}
        The program that wrote it, if known.
    not_asked : mapping of column to ndarray of shape (n_rows,), bool
        Where the program says that it did not put the question; those cells are missing.

    Returns
    -------
    RawAnswers
        The other rows, with why cells are missing where the program tells.
    """
    why = f"not asked, says {program}"
    reasons = {
        column: pd.Series(why, index=answers.index, dtype=object).where(mask[: len(answers)])
        for column, mask in not_asked.items()
    }
    if program == "Qualtrics" and "Status" in answers.columns:
        wrong = labels_of(answers["Status"]).isin(_NO_RESPONDENT).to_numpy()
        mark, reason = "Status", "preview, test or spam, says Qualtrics"
    elif program == "LimeSurvey" and set(SUBMITTED) & set(answers.columns):
        mark = next(name for name in SUBMITTED if name in answers.columns)
        wrong, reason = answers[mark].isna().to_numpy(), "not submitted, says LimeSurvey"
    else:
        return RawAnswers(answers, source, reasons)
    kept, excluded = leave_out(answers, wrong, mark, reason)
    return RawAnswers(kept, source, reasons, excluded)
