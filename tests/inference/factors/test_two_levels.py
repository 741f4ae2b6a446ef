"""Several factors at two levels: recovery, scores at both levels, what is refused."""

import numpy as np
import pytest

from factor_answers import CUTS, two_scales
from learnclimate.core.errors import ModelError
from learnclimate.estimands.factor_scores import factor_scores
from learnclimate.estimands.plausible_values import plausible_values
from learnclimate.inference.factors.engine import FactorProblem, obstacle
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Scale

WITHIN = np.array([[1, 0.5], [0.5, 1]])
SPREAD = np.array([0.7, 0.5])
BETWEEN = np.array([[1, -0.4], [-0.4, 1]])


def study(rng, n_teams, size):
    """Two scales of three items; the factors go together in people, and not in teams."""
    team = np.repeat(np.arange(n_teams), size)
    own = rng.standard_normal((n_teams, 2)) @ np.linalg.cholesky(BETWEEN).T * SPREAD
    people = rng.standard_normal((len(team), 2)) @ np.linalg.cholesky(WITHIN).T
    factors = own[team] + people
    slopes = np.kron(np.eye(2), np.full((3, 1), 1.2))
    latent = factors @ slopes.T + rng.standard_normal((len(team), 6))
    spread = np.sqrt(1 + (slopes**2 @ (1 + SPREAD**2)))
    answers = 1.0 + (latent[:, :, None] > CUTS * spread[:, None]).sum(axis=2)
    return two_scales(answers, 3, team), own, factors


@pytest.mark.slow
def test_two_factors_are_recovered_at_both_levels():
    survey, own, factors = study(np.random.default_rng(3), n_teams=50, size=10)
    model = FactorModel(["f", "g"], levels="team")
    fitted = fit(model, survey, engine="marginal", draws=400, seed=1, progress=False)
    assert fitted.certificate.passed, str(fitted.certificate)
    posterior = fitted.draws["posterior"]

    def apart(name, truth):
        drawn = posterior[name].to_numpy()
        return (drawn.mean(axis=(0, 1)) - truth) / drawn.std(axis=(0, 1)).clip(1e-9)

    assert np.abs(apart("team_factor_sd", SPREAD)).max() < 3
    assert abs(apart("factor_correlation", WITHIN)[0, 1]) < 3
    assert abs(apart("team_factor_correlation", BETWEEN)[0, 1]) < 3
    assert np.abs(apart("slopes", np.kron(np.eye(2), np.full((3, 1), 1.2)))).max() < 3
    # Teams by name: T0, T1, T10, T11, ...
    order = np.argsort([f"T{place}" for place in range(50)])
    told = posterior["team_factors"].to_numpy()
    z = (own[order] - told.mean(axis=(0, 1))) / told.std(axis=(0, 1))
    assert 0.7 < z.std() < 1.3
    scores = factor_scores(fitted, draws=100)
    assert set(scores.summary["contrast"]) == {"f", "g"}
    respondents = scores.respondents
    for place, name in enumerate(("f", "g")):
        left = (factors[:, place] - respondents[name]) / respondents[f"{name}_sd"]
        assert 0.85 < left.std() < 1.15
    values = plausible_values(fitted, 5)
    assert values.teams.sizes == {"value": 5, "team": 50, "factor": 2}


def test_three_factors_at_two_levels_say_what_works():
    survey, _, _ = study(np.random.default_rng(4), n_teams=6, size=10)
    items = list(survey.codebook.items)
    scales = [Scale(name, items[at : at + 2]) for name, at in (("a", 0), ("b", 2), ("c", 4))]
    model = FactorModel(scales, levels="team")
    told = obstacle(FactorProblem(model, factor_design(model, survey)))
    assert "more than the 2 that can be integrated out" in told
    with pytest.raises(ModelError, match=r"more than the 2.*Use engine='auto'"):
        fit(model, survey, engine="marginal", progress=False)
