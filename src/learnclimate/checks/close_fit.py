"""Indices of close fit, RMSEA, CFI and TLI, from how far a model is off."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.limited_information import LimitedFit
from learnclimate.measurement.rows import POSTERIOR, Row, Sampling, posterior_figures

FloatArray = npt.NDArray[np.float64]

INDEX = "fit index"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """
    How far a model is off.

    Attributes
    ----------
    best : LimitedFit
        Its test at the best parameters.
    draws : ndarray of shape (n_draws,)
        The discrepancy at draws of the parameters.
    added : float
        What the draws add to it on average: the effective number of parameters.
    """

    best: LimitedFit
    draws: FloatArray
    added: float


def index_rows(
    model: Discrepancy, null: LimitedFit, sizes: tuple[int, int, int], options: Sampling, test: str
) -> tuple[list[Row], dict[str, FloatArray]]:
    """
    Tell a test, and the indices made of it.

    Parameters
    ----------
    model : Discrepancy
        Of the model.
    null : LimitedFit
        Of the model in which items go together with nothing.
    sizes : tuple of int
        Moments; those that are free in that model; respondents.
    options : Sampling
        Probability of the intervals.
    test : str
        Name of the test, an estimand.

    Returns
    -------
    rows : list of Row
        The test, then classical and posterior indices.
    drawn : dict of str to ndarray of shape (n_draws,)
        Draws of the latter.

    References
    ----------
    Garnier-Villarreal and Jorgensen (2020), doi 10.1037/met0000224.
    """
    n_moments, n_free, n = sizes
    rows = [
        Row(
            estimand=test,
            scale=f"chi-squared with {model.best.df} degrees of freedom",
            contrast="classical",
            figures={"mean": model.best.statistic, "probability": model.best.p_value},
            n_respondents=n,
        )
    ]
    for name, value in classical_indices(model.best, null, n).items():
        rows.append(Row(estimand=name, scale=INDEX, contrast="classical",
                        figures={"mean": value}, n_respondents=n))  # fmt: skip
    # Of a model of independent items, shares or variances alone are estimated.
    null_excess = null.statistic + n_free - n_moments
    drawn = _posterior_indices(model, null_excess, sizes)
    for name, values in drawn.items():
        rows.append(Row(estimand=name, scale=INDEX, contrast=POSTERIOR,
                        figures=posterior_figures(values, options.interval),
                        n_respondents=n))  # fmt: skip
    return rows, drawn


def classical_indices(model: LimitedFit, null: LimitedFit, n: int) -> dict[str, float]:
    """
    Give RMSEA, CFI and TLI.

    Parameters
    ----------
    model, null : LimitedFit
        Tests of the model, and of the one in which items go together with nothing.
    n : int
        Respondents.

    Returns
    -------
    dict of str to float
        By name; empty where the model has no degree of freedom, missing where a test is.

    Examples
    --------
    >>> tests = LimitedFit(24.0, 19, 0.2), LimitedFit(3078.0, 28, 0.0)
    >>> {name: round(value, 3) for name, value in classical_indices(*tests, 1500).items()}
    {'rmsea': 0.013, 'cfi': 0.998, 'tli': 0.998}
    """
    if model.df <= 0:
        return {}
    if np.isnan(model.statistic) or np.isnan(null.statistic):
        return dict.fromkeys(("rmsea", "cfi", "tli"), float("nan"))
    excess = max(model.statistic - model.df, 0.0)
    null_excess = max(null.statistic - null.df, excess, 1e-12)
    ratio, null_ratio = model.statistic / model.df, null.statistic / null.df
    return {
        "rmsea": float(np.sqrt(excess / (model.df * (n - 1)))),
        "cfi": 1 - excess / null_excess,
        "tli": (null_ratio - ratio) / (null_ratio - 1),
    }


def _posterior_indices(
    model: Discrepancy, null_excess: float, sizes: tuple[int, int, int]
) -> dict[str, FloatArray]:
    n_moments, n_shares, n = sizes
    df, null_df = n_moments - model.added, n_moments - n_shares
    if df <= 0 or model.best.df <= 0 or np.isnan(model.best.statistic + null_excess):
        return {}
    excess = np.maximum(model.draws - n_moments, 0.0)
    beyond = max(null_excess, 1e-12)
    return {
        "rmsea": np.sqrt(excess / (df * n)),
        "cfi": np.clip(1 - excess / beyond, 0.0, 1.0),
        "tli": 1 - (model.draws - n_moments) / df / (beyond / null_df),
    }
