"""Cells hold what the rows held: every sum over respondents stays, and only alike rows merge."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from learnclimate.counts.cells import cells, kinds
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.survey.simulation import simulate_survey


@pytest.fixture(scope="module")
def design() -> CountDesign:
    survey = simulate_survey(n_teams=40, team_size=60, seed=3)
    return CountModel(covariates=("contract",)).design(survey)


def listed(design: CountDesign) -> pd.DataFrame:
    """Every row with all that makes it alike to another."""
    return pd.DataFrame(
        {
            "team": design.team,
            "outcome": design.outcome,
            "level": design.frequency_level[:, 0],
            "contract": design.covariates[:, 0],
            "log_exposure": design.log_exposure,
            "weight": design.weight,
        }
    )


def test_cells_are_the_groups_that_pandas_finds(design):
    merged = cells(design)
    wanted = listed(design).value_counts(sort=False).sort_index()
    told = listed(merged).assign(n=merged.multiplicity).set_index(list(wanted.index.names))["n"]
    assert merged.n_rows == len(wanted) < 0.85 * design.n_rows
    assert told.sort_index().tolist() == wanted.tolist()


def test_sums_over_respondents_stay(design):
    merged = cells(design)
    assert merged.n_respondents == design.n_respondents
    assert np.array_equal(merged.team_sizes, design.team_sizes)
    assert merged.covariate_means == pytest.approx(design.covariate_means, rel=1e-12)
    assert merged.covariate_sds == pytest.approx(design.covariate_sds, rel=1e-12)
    assert merged.mean_rate == pytest.approx(design.mean_rate, rel=1e-12)


@pytest.mark.parametrize("column", ["weight", "log_exposure"])
def test_rows_that_differ_in_one_thing_stay_apart(design, column):
    value = np.where(np.arange(design.n_rows) % 2, 1.5, 1.0)
    differing = replace(design, **{column: value})
    merged = cells(differing)
    assert merged.n_rows > cells(design).n_rows
    sums = np.bincount((getattr(merged, column) == 1.5).astype(int), merged.multiplicity)
    assert sums.tolist() == [(value == 1.0).sum(), (value == 1.5).sum()]


def test_cells_of_cells_are_the_same_cells(design):
    merged = cells(design)
    assert cells(merged) is merged
    twice = replace(
        merged,
        **{
            name: np.concatenate([getattr(merged, name)] * 2)
            for name in (
                "outcome",
                "log_exposure",
                "frequency_level",
                "covariates",
                "team",
                "multiplicity",
                "weight",
            )
        },
    )
    assert cells(twice).multiplicity.tolist() == (2 * merged.multiplicity).tolist()


def test_a_covariate_in_which_all_differ_leaves_the_design_as_it_is(design):
    continuous = replace(design, covariates=np.arange(design.n_rows, dtype=float)[:, None])
    assert cells(continuous) is continuous


@pytest.mark.parametrize("all_differ", [True, False])
def test_a_large_design_is_tried_on_some_teams(all_differ):
    survey = simulate_survey(n_teams=600, team_size=60, seed=4)
    design = CountModel(covariates=("tenure",) if all_differ else ("contract",)).design(survey)
    assert (cells(design) is design) == all_differ


def test_kinds_are_dense_and_exact():
    columns = [np.array([1.0, np.nextafter(1.0, 2.0), 1.0, 1.0]), np.array([0, 0, 3, 0])]
    assert kinds(columns, np.arange(4)).tolist() == [0, 1, 2, 0]
    assert kinds(columns, np.array([3, 2])).tolist() == [0, 1]
