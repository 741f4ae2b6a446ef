"""From a frame of variables to the columns that plausible values are given."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]

#: Fewer respondents a column say too little of it.
_RESPONDENTS_A_COLUMN = 10


def conditioning_columns(given: object, design: FactorDesign) -> FloatArray:
    """
    Lay variables out as standardised columns, beside a column of ones.

    Parameters
    ----------
    given : object
        A DataFrame with a row for every respondent of the fit.
    design : FactorDesign
        The respondents.

    Returns
    -------
    ndarray of shape (n_respondents, n_columns)
        Numbers; an indicator for each further category, and for missing values, which are
        put at the column's mean. Columns that do not vary are left out.

    Raises
    ------
    ArgumentError
        If respondents are missing or told twice, a number is not finite, or there are too
        many columns.
    ArgumentTypeError
        If it is no DataFrame.
    """
    if not isinstance(given, pd.DataFrame):
        raise ArgumentTypeError(
            f"plausible_values(given=...): {type(given).__name__} is no DataFrame. Give columns "
            "of the survey, as survey.frame[['tenure']]."
        )
    rows = pd.Index(design.rows)
    if given.index.has_duplicates or not rows.isin(given.index).all():
        raise ArgumentError(
            "plausible_values(given=...): each respondent of the fit needs one row, under the "
            "index of survey.frame."
        )
    parts = [np.ones(len(rows))]
    for name in given.columns:
        parts += _columns_of(given.loc[rows, name], str(name))
    answered = design.answered
    varying = [part for part in parts[1:] if _varies(part, answered)]
    found = np.column_stack([parts[0], *(_standardised(part, answered) for part in varying)])
    if found.shape[1] > max(int(answered.sum()) // _RESPONDENTS_A_COLUMN, 1):
        raise ArgumentError(
            f"plausible_values(given=...): {found.shape[1] - 1} columns (categories count one by "
            f"one) are too many; give at most one for {_RESPONDENTS_A_COLUMN} respondents."
        )
    return found


def _columns_of(values: pd.Series, name: str) -> list[FloatArray]:
    if isinstance(values, pd.DataFrame):
        raise ArgumentError(f"plausible_values(given=...): two columns are called {name!r}.")
    missing = values.isna().to_numpy()
    parts = [missing.astype(float)]
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype(float).to_numpy(dtype=float, na_value=np.nan)
        if np.isinf(numbers).any():
            raise ArgumentError(
                f"plausible_values(given=...): column {name!r} holds infinite numbers."
            )
        centre = numbers[~missing].mean() if (~missing).any() else 0.0
        return [np.where(missing, centre, numbers), *parts]
    categories = sorted(values.dropna().unique(), key=str)
    return [*((values == one).fillna(False).to_numpy(float) for one in categories[1:]), *parts]


def _varies(part: FloatArray, answered: npt.NDArray[np.bool_]) -> bool:
    return bool(np.ptp(part[answered]) > 0)


def _standardised(part: FloatArray, answered: npt.NDArray[np.bool_]) -> FloatArray:
    own = part[answered]
    return np.asarray((part - own.mean()) / own.std())
