from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.left_out import (
    log_mean_density,
    part_densities,
    respondents_as_parts,
    teams_as_parts,
)
from learnclimate.checks.replicates import expected_of_rows
from learnclimate.checks.respondents import chosen_draws
from learnclimate.checks.smoothing import left_out, smoothed_rows
from refits import relative_error


def test_densities_are_those_of_scipy(fitted, poisson_fit):
    rows = np.array([0, 7, 100])
    for fit in (fitted, poisson_fit):
        design = fit.design
        draws = chosen_draws(fit, 50, design)
        mean, y = expected_of_rows(draws, design, rows), design.outcome[rows]
        expected = stats.poisson.logpmf(y, mean)
        if "dispersion" in draws:
            alpha = draws["dispersion"][:, None]
            expected = stats.nbinom.logpmf(y, alpha, alpha / (alpha + mean))
        assert log_density_of_rows(draws, design, fit.model.family, rows) == pytest.approx(
            expected, abs=1e-9
        )


def test_a_team_is_integrated_out_as_monte_carlo_does(fitted):
    design = fitted.design
    draws = {name: values[:1] for name, values in chosen_draws(fitted, 2, design).items()}
    rows = np.flatnonzero(design.team == 4)
    rng = np.random.default_rng(8)
    n, sd = 50_000, draws["team_sd"][0]
    covariance = draws["team_correlation"][0] * np.outer(sd, sd)
    effects = rng.multivariate_normal(np.zeros(2), covariance, n)
    many = {name: np.repeat(values, n, axis=0) for name, values in draws.items()}
    many["team_effects"] = effects[:, None, :]
    alone = design.of_rows(rows)
    alone = replace(alone, team=np.zeros(len(rows), dtype=np.int64), teams=design.teams[4:5])
    density = log_density_of_rows(many, alone, fitted.model.family, np.arange(len(rows))).sum(
        axis=1
    )
    found = part_densities(fitted, design, [teams_as_parts(design)[4]], draws)[0, 0]
    assert found == pytest.approx(log_mean_density(density[None])[0], abs=0.02)


def test_integrating_the_team_out_gives_the_same_estimate_with_milder_weights(fitted):
    design, rows = fitted.design, np.arange(0, 200, 10)
    draws = chosen_draws(fitted, 2000, design)
    given = log_density_of_rows(draws, design, fitted.model.family, rows).T
    weighed, rough = left_out(given)
    averaged = part_densities(fitted, design, respondents_as_parts(design, rows), draws)
    integrated, mild = left_out(averaged)
    for row in range(len(rows)):
        errors = [
            relative_error(one[row], smoothed_rows(-one)[0][row]) for one in (given, averaged)
        ]
        assert max(errors) < 0.06
        assert abs(integrated[row] - weighed[row]) < 4 * np.hypot(*errors) / np.sqrt(0.6)
    assert np.median(mild) < np.median(rough)


def test_parts_leave_the_right_rows(fitted):
    design = fitted.design
    part = respondents_as_parts(design, np.array([17]))[0]
    assert part.rows.tolist() == [17]
    assert 17 not in part.rest
    assert set(design.team[part.rest]) == {design.team[17]}
    teams = teams_as_parts(design)
    assert sum(len(team.rows) for team in teams) == design.n_rows
    assert all((design.team[team.rows] == j).all() for j, team in enumerate(teams))
