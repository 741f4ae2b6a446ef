"""Tell numbers from categories among the answers to a covariate, and refuse what is neither."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError
from learnclimate.survey.answers import coded_labels, labels_of, numbers_of, refuse
from learnclimate.survey.number_text import look_like_numbers, with_decimal_points

BoolArray = npt.NDArray[np.bool_]

#: A text column with more distinct numbers than this is meant as a number.
_NUMBERS_OF_A_NUMBER = 10
#: A covariate with more categories than this, and for most respondents one of their own, is none.
_CATEGORIES_OF_A_CATEGORY = 20
#: Numbers beyond these overflow or vanish where they are squared and exponentiated.
_LARGEST, _SMALLEST = 1e12, 1e-12


def canonical_covariate(answers: pd.Series, missing: BoolArray, *, is_text: bool) -> pd.Series:
    """
    Give a covariate its canonical type: numbers, or categories.

    Parameters
    ----------
    answers : pandas.Series
        Answers as they were read, indexed by row.
    missing : ndarray of bool
        Which are missing.
    is_text : bool
        Whether categories only stand for text, to save memory.

    Returns
    -------
    pandas.Series
        Numbers, or a categorical; text that holds numbers throughout, decimal commas
        included, gives numbers where they are many or have decimals.

    Raises
    ------
    SurveyError
        If answers look like numbers but are none, are dates, are on a scale that no model
        can use, or differ from one respondent to the next.

    Examples
    --------
    >>> answers = pd.Series(["2,5", "10", "0,5"], name="tenure")
    >>> canonical_covariate(answers, np.zeros(3, dtype=bool), is_text=False).tolist()
    [2.5, 10.0, 0.5]
    """
    is_number = pd.api.types.is_numeric_dtype(answers) and not pd.api.types.is_bool_dtype(answers)
    has_categories = isinstance(answers.dtype, pd.CategoricalDtype) and not is_text
    _refuse_dates(answers)
    labels = None if is_number else coded_labels(answers)
    if labels is not None and not has_categories and not pd.api.types.is_bool_dtype(answers):
        is_number = _are_meant_as_numbers(labels.categories)
        if not is_number:
            _refuse_what_looks_like_numbers(answers, labels)
    if labels is None or is_number:
        return _numbers(answers, missing)
    _refuse_too_many(answers, labels, len(answers) - int(missing.sum()))
    if has_categories:
        order = labels_of(pd.Series(answers.cat.categories)).dropna()
        labels = labels.set_categories(list(dict.fromkeys(order)))
    return pd.Series(labels, index=answers.index)


def _numbers(answers: pd.Series, missing: BoolArray) -> pd.Series:
    values = numbers_of(answers)
    numbers = values.to_numpy()
    refuse(
        answers,
        ~missing & ~np.isfinite(numbers),
        "is not a number, as other answers to this covariate are. Correct it, or leave it empty.",
    )
    refuse(
        answers,
        ~missing & (np.abs(numbers) > _LARGEST),
        f"is beyond ±{_LARGEST:g}, on a scale that no model can use. Give the covariate in larger "
        "units, or correct the answer.",
    )
    largest = np.abs(numbers[~missing]).max(initial=0)
    if 0 < largest < _SMALLEST:
        raise SurveyError(
            f"Covariate {answers.name!r}: all its answers lie within ±{largest:g}, on a scale that "
            "no model can use. Give it in smaller units."
        )
    return values


def _are_meant_as_numbers(labels: pd.Index) -> bool:
    """Tell text that holds numbers (and perhaps a slip) from categories."""
    distinct = pd.Series(labels, dtype=object)
    # A leading zero marks a code, such as a location number, not a quantity.
    if distinct.str.match(r"^0\d").any():
        return False
    pointed = with_decimal_points(distinct)
    is_number = pd.to_numeric(pointed, errors="coerce").notna()
    # Nobody numbers categories with decimals.
    has_decimals = pointed[is_number].astype(str).str.match(r"^[-+]?\d*\.\d").any()
    are_many = is_number.sum() > _NUMBERS_OF_A_NUMBER
    return bool((are_many or has_decimals) and is_number.mean() > 0.5)


def _refuse_what_looks_like_numbers(answers: pd.Series, labels: pd.Categorical) -> None:
    """Refuse quantities in a notation that was not understood: they would become categories."""
    distinct = pd.Series(labels.categories, dtype=object)
    if distinct.str.match(r"^0\d").any():
        return
    odd = look_like_numbers(distinct) & pd.to_numeric(distinct, errors="coerce").isna()
    alike = look_like_numbers(distinct)
    has_marks = distinct[odd].str.contains(r"\d[.,'’]\d", regex=True).any()
    if not odd.any() or alike.mean() <= 0.5:
        return
    if has_marks or alike.sum() > _NUMBERS_OF_A_NUMBER:
        wrong = np.append(odd.to_numpy(), False)[labels.codes]
        refuse(
            answers,
            wrong,
            "looks like a number, but cannot be read as one. Write the answers to this covariate "
            "as plain numbers: no unit, no sign for thousands, one sign for decimals.",
        )


def _refuse_dates(answers: pd.Series) -> None:
    kind = pd.api.types.infer_dtype(answers, skipna=True) if answers.dtype == object else ""
    if pd.api.types.is_datetime64_any_dtype(answers) or kind in ("datetime", "date", "datetime64"):
        raise SurveyError(
            f"Covariate {answers.name!r} holds dates. Turn them into a number, such as years up to "
            "the survey, or into categories."
        )


def _refuse_too_many(answers: pd.Series, labels: pd.Categorical, n_answered: int) -> None:
    n_categories = len(labels.categories)
    if n_categories > _CATEGORIES_OF_A_CATEGORY and n_categories > n_answered / 2:
        raise SurveyError(
            f"Covariate {answers.name!r} has {n_categories} different answers, more than half as "
            "many as respondents who gave one: too many for categories. Check the column, group "
            "the answers, or take it out of the codebook."
        )
