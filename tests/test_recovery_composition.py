"""
What a team's composition goes with, found again: latent means correct what observed ones attenuate.

Teams of four tell their mean poorly (reliability about a half), so observed means halve the effect.
"""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc

LEVELS = ("never", "monthly", "weekly")
CURVE = np.array([0.0, 0.6, 1.0])
CUTS = np.array([-0.8, 0.8])
WITHIN, COMPOSITION = 0.6, 1.4


def small_teams(n_teams=200, size=4, seed=12):
    """Answers by a proportional odds model; counts by own level and the team's true mean."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    talk = rng.normal(0, 1, n_teams)
    level = np.digitize(talk[team] + rng.logistic(size=len(team)), CUTS)
    above = 1 / (1 + np.exp(CUTS - talk[:, None]))
    mean = 0.6 * (above[:, 0] - above[:, 1]) + above[:, 1]
    log_rate = 0.8 + WITHIN * CURVE[level] + COMPOSITION * (mean - mean.mean())[team]
    log_rate = log_rate + rng.normal(0, 0.15, n_teams)[team]
    counts = rng.poisson(np.exp(log_rate) * rng.gamma(6, 1 / 6, len(team)))
    frame = pd.DataFrame(
        {"n": counts, "team": [f"T{one:03d}" for one in team], "talk": np.array(LEVELS)[level]}
    )
    codebook = lc.Codebook(outcome="n", team="team", frequency="talk", frequency_levels=LEVELS)
    return lc.read_survey(frame, codebook)


@pytest.mark.slow
def test_observed_means_attenuate_and_latent_means_do_not():
    survey = small_teams()
    observed, latent = (
        lc.fit(
            lc.CountModel(between=kind, team_effects=("intercept",)),
            survey,
            engine=engine,
            draws=4000,
            seed=2,
            progress=False,
        )
        for kind, engine in (("manifest", "marginal"), ("latent", "nuts"))
    )
    assert observed.certificate.passed
    assert latent.certificate.passed
    effects = {
        name: fit.draws["posterior"]["composition_effects"].to_numpy().ravel()
        for name, fit in (("observed", observed), ("latent", latent))
    }
    off = {name: (COMPOSITION - own.mean()) / own.std() for name, own in effects.items()}
    assert off["observed"] > 2.5
    assert abs(off["latent"]) < 2.5
    # Both read the same study; the mean of four is 0.51 reliable, by simulation of its answers.
    assert effects["latent"].mean() / effects["observed"].mean() == pytest.approx(1 / 0.51, rel=0.2)
    # Latent means are less sure, and say so.
    assert effects["latent"].std() > 1.2 * effects["observed"].std()
    answer = lc.within_between(observed, latent).summary
    within = answer[answer["estimand"] == "within_rate_ratio"]
    assert (abs(np.log(within["median"]) - WITHIN) < 0.3).all()


@pytest.mark.slow
def test_few_small_teams_are_sampled_to_a_passed_certificate_with_few_draws_asked():
    """Forty teams of six and 800 draws did not pass once; chains are longer now, and thinned."""
    fit = lc.fit(
        lc.CountModel(between="latent"),
        small_teams(n_teams=40, size=6, seed=5),
        engine="nuts",
        draws=800,
        seed=1,
        progress=False,
    )
    assert fit.certificate.passed
    assert fit.provenance.draws == fit.draws["posterior"]["intercept"].size == 800
