"""Merge respondents who are alike into cells: fewer rows, the same likelihood."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.counts.design import CountDesign

IntArray = npt.NDArray[np.int64]
Column = npt.NDArray[Any]

#: Designs of at most so many rows are tried whole.
_SMALL = 20_000
_SAMPLED_TEAMS = 2_000
#: Cells are worth it when they are less than this share of the rows.
_WORTHWHILE = 0.85


def cells(design: CountDesign) -> CountDesign:
    """
    Merge alike rows of a design into cells.

    Rows are alike when they have the same team, levels, covariates, outcome, exposure and
    weight, exactly. A cell says in ``multiplicity`` how many respondents it stands for, so
    that every sum over respondents, the likelihood first of all, stays what it was. Whether
    that pays is tried first, on a sample of the teams.

    Parameters
    ----------
    design : CountDesign
        The data, a row a respondent or already cells.

    Returns
    -------
    CountDesign
        One row a cell, sorted by team; the design itself where merging leaves 85 % of the
        rows or more, as with a covariate in which all differ.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.simulation import simulate_survey
    >>> survey = simulate_survey(n_teams=10, team_size=80, seed=1)
    >>> design = CountModel(covariates=("contract",)).design(survey)
    >>> merged = cells(design)
    >>> merged.n_rows < design.n_rows, merged.n_respondents == design.n_rows
    (True, True)
    """
    if not _pays(design):
        return design
    order, first = _alike_rows(design, np.arange(design.n_rows))
    row = order[first]
    times = np.add.reduceat(design.multiplicity[order], first)
    return replace(design.of_rows(row), multiplicity=times)


def kinds(columns: Sequence[Column], rows: IntArray) -> IntArray:
    """
    Give rows that are alike in every column the same number.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_rows,)
        What is compared, each exactly.
    rows : ndarray of shape (n_chosen,), int
        The rows in question.

    Returns
    -------
    ndarray of shape (n_chosen,), int64
        Numbers from 0, in the order in which the kinds first come.

    Examples
    --------
    >>> kinds([np.array([5.0, 2.0, 5.0]), np.array([1, 1, 0])], np.arange(3)).tolist()
    [0, 1, 2]
    >>> kinds([np.array([5.0, 2.0, 5.0])], np.arange(3)).tolist()
    [0, 1, 0]
    """
    kind = np.zeros(len(rows), dtype=np.int64)
    n_kinds = 1
    for column in columns:
        code, values = pd.factorize(column[rows])
        if len(values) > 1:
            # After each column the numbers are dense again, so that the product stays small.
            kind, combinations = (
                (code, values) if n_kinds == 1 else pd.factorize(kind * len(values) + code)
            )
            n_kinds = len(combinations)
    return np.asarray(kind, dtype=np.int64)


def _alike_rows(design: CountDesign, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Sort rows by team and kind; tell where each cell begins."""
    columns = [
        design.outcome,
        *design.frequency_level.T,
        *design.covariates.T,
        design.log_exposure,
        design.weight,
        *design.asked.columns,
    ]
    kind = kinds(columns, rows)
    key = design.team[rows] * (int(kind.max()) + 1) + kind
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return rows[order], first


def _pays(design: CountDesign) -> bool:
    """Try on a sample of the teams whether merging leaves clearly fewer rows."""
    rows = np.arange(design.n_rows)
    if design.n_rows > _SMALL:
        n_sampled = min(_SAMPLED_TEAMS, max(design.n_teams * _SMALL // design.n_rows, 1))
        sampled = np.zeros(design.n_teams, dtype=bool)
        chosen = np.random.default_rng(0).choice(design.n_teams, n_sampled, replace=False)
        sampled[chosen] = True
        rows = np.flatnonzero(sampled[design.team])
    if len(rows) == 0:
        return False
    _, first = _alike_rows(design, rows)
    return len(first) < _WORTHWHILE * len(rows)
