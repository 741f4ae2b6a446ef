"""Sums over a design, rows counting as often as they stand for respondents."""

import dataclasses

import numpy as np
import pytest

from learnclimate.counts.model import CountModel


def doubled(design, times):
    return dataclasses.replace(design, multiplicity=times)


def test_multiplicity_equals_repeated_rows(survey):
    design = CountModel().design(survey)
    times = np.random.default_rng(2).integers(1, 4, design.n_rows)
    cells = doubled(design, times.astype(float))
    rows = dataclasses.replace(
        design,
        **{
            name: np.repeat(getattr(design, name), times, axis=0)
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
    assert cells.n_respondents == rows.n_rows == times.sum()
    assert cells.mean_rate == pytest.approx(rows.mean_rate)
    np.testing.assert_allclose(cells.covariate_means, rows.covariate_means)
    np.testing.assert_allclose(cells.covariate_sds, rows.covariate_sds)
    np.testing.assert_array_equal(cells.team_sizes, rows.team_sizes)


def test_sizes_and_rates_of_the_survey(survey):
    design = CountModel().design(survey)
    assert design.n_teams == 24
    sizes = survey.frame["team"].value_counts().reindex(design.teams)
    np.testing.assert_array_equal(design.team_sizes, sizes)
    assert design.mean_rate == pytest.approx(survey.frame["activities"].mean())
