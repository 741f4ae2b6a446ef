"""Over simulated studies 90 % intervals hold the truth at about their rate."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.survey.simulation import simulate_survey

N_STUDIES = 20
INTERVAL = 0.9


def inside(draws, truth):
    """Whether each truth lies in the equal-tailed interval of its draws."""
    lower, upper = np.quantile(draws, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], axis=(0, 1))
    return (lower <= truth) & (truth <= upper)


@cache
def covered():
    """By parameter, for each study, which truths lay inside."""
    found = {}
    for seed in range(N_STUDIES):
        survey = simulate_survey(n_teams=40, team_size=10, seed=1000 + seed)
        truth = survey.truth.parameters
        fitted = fit(CountModel(), survey, draws=2000, seed=seed, progress=False)
        posterior = fitted.draws["posterior"]
        values = {
            "intercept": truth.intercept,
            "frequency_effect": [truth.frequency_effect],
            "frequency_curve": [0, *np.cumsum(truth.frequency_shape) * truth.frequency_effect],
            "covariate_effects": [
                {"tenure": truth.tenure_effect}.get(label, truth.contract_effect)
                for label in fitted.coding.covariate_labels
            ],
            "team_sd": truth.team_sd,
            "dispersion": truth.dispersion,
            "team_effects": survey.truth.team_effects,
        }
        correlation = posterior["team_correlation"].to_numpy()[..., 0, 1]
        for name, value in values.items():
            result = inside(posterior[name].to_numpy(), np.asarray(value))
            found.setdefault(name, []).append(np.ravel(result))
        found.setdefault("team_correlation", []).append(
            np.ravel(inside(correlation, truth.team_correlation))
        )
    return {name: np.array(results) for name, results in found.items()}


OUTER = ("intercept", "frequency_effect", "covariate_effects", "team_sd", "dispersion")
OUTER = (*OUTER, "team_correlation")


@pytest.mark.slow
def test_structural_parameters_are_covered_at_about_their_rate():
    hits = np.concatenate([covered()[name] for name in OUTER], axis=1)
    # Eight parameters of one study are not independent, so the bounds are those of
    # half as many independent intervals.
    low, high = stats.binom.ppf([0.001, 0.999], hits.size // 2, INTERVAL) / (hits.size // 2)
    assert low <= hits.mean() <= high


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTER)
def test_no_parameter_is_missed_too_often(name):
    for hits in covered()[name].T:
        assert hits.sum() >= stats.binom.ppf(0.001, N_STUDIES, INTERVAL)


@pytest.mark.slow
def test_rate_ratios_of_every_level_are_covered():
    hits = covered()["frequency_curve"][:, 1:]
    low = stats.binom.ppf(0.001, N_STUDIES, INTERVAL) / N_STUDIES
    assert hits.mean() >= low


@pytest.mark.slow
def test_team_effects_are_covered_at_about_their_rate():
    """Some 1,600 of them; the teams of one study share the errors of its parameters."""
    by_study = covered()["team_effects"].mean(axis=1)
    error = by_study.std(ddof=1) / np.sqrt(N_STUDIES)
    assert abs(by_study.mean() - INTERVAL) < 4 * error + 0.005
