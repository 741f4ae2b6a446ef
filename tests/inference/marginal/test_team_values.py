from dataclasses import replace

import numpy as np
import pytest

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.likelihood.team_values import team_values
from marginal_designs import make


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize("effects", [("intercept",), ("intercept", "talk"), ("talk", "meet")])
def test_the_teams_add_up_to_the_likelihood(family, effects):
    model, design, likelihood, psi = make(family, effects)
    points = np.stack([psi, psi * 0.9, psi * 0.5])
    by_team = team_values(model, design, points, 9)
    assert by_team.shape == (design.n_teams, 3)
    whole = likelihood.anchor(psi).value(points, 9)
    # Newton stops within a hundredth of a standard deviation of the mode, elsewhere in company.
    assert by_team.sum(axis=0) == pytest.approx(whole, abs=1e-5)


def test_a_team_has_the_likelihood_of_its_rows_alone():
    model, design, _, psi = make(NegativeBinomial(), ("intercept", "talk"))
    # Covariates are centred on the design's means, so the points have to be, too.
    rows = np.flatnonzero(design.team == 2)
    alone = replace(design.of_rows(rows), team=np.zeros(len(rows), dtype=np.int64))
    alone = replace(alone, teams=design.teams[2:3])
    likelihood = prepare(model, alone, compress=False)
    moved = psi.copy()
    shift = alone.covariate_means - design.covariate_means
    moved[likelihood.layout.intercept] += shift @ psi[likelihood.layout.coefficients]
    expected = likelihood.anchor(moved).value(moved[None], 9)[0]
    assert team_values(model, design, psi[None], 9)[2, 0] == pytest.approx(expected, abs=1e-5)


def test_very_large_counts_keep_their_constants():
    model, design, _, psi = make(NegativeBinomial(), ("intercept",))
    outcome = design.outcome.copy()
    outcome[3] = 9000
    design = replace(design, outcome=outcome)
    whole = prepare(model, design).anchor(psi).value(psi[None], 9)
    found = team_values(model, design, psi[None], 9).sum()
    assert found == pytest.approx(whole[0], rel=1e-10)
