"""Expected and predicted counts of the study, against sums over SciPy's own distributions."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

import learnclimate as lc
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.study_standardised import answers_of_the_study

ALPHA, DRAWS = 2.5, 40_000
ZERO = lc.ZeroPart(covariates=("tenure",))
FAMILIES = {
    "hurdle Poisson": lc.HurdlePoisson(ZERO),
    "hurdle negative binomial": lc.HurdleNegativeBinomial(ZERO),
    "zero-inflated Poisson": lc.ZeroInflatedPoisson(ZERO),
    "zero-inflated negative binomial": lc.ZeroInflatedNegativeBinomial(ZERO),
    "bins, negative binomial": lc.NegativeBinomial(),
}
COUNTS = np.arange(400)


def study(name):
    family, truth = FAMILIES[name], lc.Truth(zeros="inflated")
    if name.startswith("bins"):
        truth = lc.Truth(outcome=lc.Outcome("activities", bins=["none", "1-2", "3-5", "6+"]))
    survey = lc.simulate_survey(n_teams=6, team_size=6, truth=truth, seed=2)
    model = lc.CountModel(family=family, team_effects=("intercept",), covariates=("tenure",))
    return model, model.design(survey)


def parameters(model, design):
    """One point, and the same one at every draw."""
    own = np.random.default_rng(1).normal(0, 0.3, (design.n_teams, 1))
    shape = np.array([0.1, 0.2, 0.3, 0.4])
    curve = np.concatenate([[0], np.cumsum(shape)])
    point = {
        "intercept": np.array(0.4),
        "frequency_curve": 0.9 * curve,
        "frequency_effect": np.array([0.9]),
        "frequency_shape": shape[None],
        "covariate_effects": np.array([0.03]),
        "team_sd": np.array([0.3]),
        "team_effects": own,
    }
    if model.family.has_dispersion:
        point["dispersion"] = np.array(ALPHA)
    if model.family.zeros != "none":
        point |= {
            "zero_intercept": np.array(-0.7),
            "zero_covariate_effects": np.array([0.05]),
            "zero_frequency_curve": -0.8 * curve,
        }
    return point


def probabilities(model, design, point, level):
    """Probability of every count for every respondent, all at one level (None: their own)."""
    levels = design.frequency_level[:, 0] if level is None else np.full(design.n_rows, level)
    tenure = design.covariates[:, 0]
    rate = point["intercept"] + point["frequency_curve"][levels] + 0.03 * tenure
    mean = np.exp(rate + point["team_effects"][design.team, 0])[:, None]
    counts = stats.poisson(mean)
    if model.family.has_dispersion:
        counts = stats.nbinom(ALPHA, ALPHA / (ALPHA + mean))
    found = counts.pmf(COUNTS)
    if model.family.zeros == "none":
        return found
    zero = expit(-0.7 + 0.05 * tenure + point["zero_frequency_curve"][levels])[:, None]
    if model.family.zeros == "inflated":
        found = (1 - zero) * found
        found[:, :1] += zero
        return found
    found[:, 0] = 0
    found = (1 - zero) * found / found.sum(axis=1, keepdims=True)
    found[:, :1] = zero
    return found


@pytest.mark.parametrize("name", FAMILIES)
def test_counts_of_the_study_are_sums_over_the_distribution(name):
    model, design = study(name)
    point = parameters(model, design)
    repeated = {key: np.broadcast_to(at, (1, DRAWS, *at.shape)) for key, at in point.items()}
    drawn = EngineDraws(repeated, {}, None)
    found = answers_of_the_study(model.family, drawn, design, seed=4)
    for level in (None, 0, 2, 4):
        of_counts = probabilities(model, design, point, level).mean(axis=0)
        end, place = ("_observed", ()) if level is None else ("", (level,))
        expected = found[f"expected_count{end}"][(0, 0, *place)]
        assert of_counts.sum() == pytest.approx(1, abs=1e-9)
        assert expected == pytest.approx(of_counts @ COUNTS, rel=1e-7)
        predicted = found[f"predicted_count{end}"][(0, slice(None), *place)].astype(int)
        seen = np.bincount(predicted, minlength=len(COUNTS))[:8] / DRAWS
        error = np.sqrt(of_counts[:8] * (1 - of_counts[:8]) / DRAWS)
        assert (np.abs(seen - of_counts[:8]) < 4.5 * error + 1e-6).all()
