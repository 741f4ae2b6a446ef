"""Answers of a fit and of its file: alike within what so many draws leave uncertain."""

import numpy as np
import pandas as pd

#: How many Monte Carlo errors of a mean each figure may be off; quantiles are less certain.
_TIMES = {"mean": 5, "median": 7, "lower": 12, "upper": 12}
_FIGURES = [*_TIMES, "sd", "probability"]


def assert_alike(before, after, n_draws, *, rounded=0.0, unit=0.0):
    """
    Compare two summaries: what is drawn anew in a file is alike, and all else the same.

    `rounded` is the share of a figure by which rounded means of covariates may move it, and
    `unit` the step of quantiles of whole numbers.
    """
    pd.testing.assert_frame_equal(
        before.drop(columns=_FIGURES), after.drop(columns=_FIGURES), check_dtype=False
    )
    assert before["mean"].isna().tolist() == after["mean"].isna().tolist()
    error = before["sd"].fillna(0).to_numpy(dtype=float) / np.sqrt(n_draws)
    for name, times in _TIMES.items():
        one, other = (each[name].to_numpy(dtype=float) for each in (before, after))
        step = 0.0 if name == "mean" else unit
        bound = times * error + step + rounded * np.abs(np.nan_to_num(one)) + 1e-9
        assert (np.nan_to_num(np.abs(other - one)) <= bound).all(), name
    spread = (after["sd"] / before["sd"]).dropna().to_numpy(dtype=float)
    assert np.abs(spread - 1).max(initial=0.0) < 6 / np.sqrt(2 * n_draws) + rounded
    chance = (after["probability"] - before["probability"]).abs()
    assert chance.fillna(0).max() < 3 / np.sqrt(n_draws)
