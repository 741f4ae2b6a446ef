"""NUTS on the marginal posterior: the same posterior as importance sampling, within bounds."""

import numpy as np
import pytest

from learnclimate.counts.families import Poisson
from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.sampling import marginal_nuts, outer
from learnclimate.inference.marginal.sampling.certificate_checks import importance_checks
from learnclimate.inference.marginal.sampling.marginal_nuts import sample_outer
from learnclimate.inference.marginal.sampling.mode_search import posterior_mode
from learnclimate.inference.marginal.sampling.outer import OuterSettings, sample_and_certify
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.target import marginal_posterior
from marginal_problems import simulated


@pytest.fixture(scope="module")
def study():
    problem = simulated(30, 10, family=Poisson(), team_effects=("intercept",), covariates=())
    target = marginal_posterior(problem)
    mode = posterior_mode(problem, target)
    return target.anchored(mode.theta), symmetric_proposal(mode.theta, mode.covariance)


@pytest.fixture(scope="module")
def chains(study):
    # Short chains: a gradient is 1.4 ms of Python whatever the size of the data.
    with pytest.MonkeyPatch.context() as short:
        short.setattr(marginal_nuts, "_TUNE", 150)
        short.setattr(marginal_nuts, "_LEAST_DRAWS", 250)
        return sample_outer(*study, draws=250, nodes=5, seed=1)


def test_nuts_and_importance_sampling_agree(study, chains):
    assert {check.verdict for check in chains.checks} == {"good"}
    weighed = sample_and_certify(*study, OuterSettings(draws=4000, seed=2, nodes=5))
    p = chains.theta.shape[2]
    one, other = chains.theta.reshape(-1, p), weighed.theta.reshape(-1, p)
    sd = other.std(axis=0)
    # The Monte Carlo error of a mean of some 700 independent draws is 0.04 sd.
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 0.15 * sd).all()
    assert (np.abs(np.log(one.std(axis=0) / sd)) < 0.15).all()


def test_log_target_belongs_to_the_draws(study, chains):
    target, _ = study
    theta = chains.theta[0, :20]
    found = target.log_density(theta, 5)
    np.testing.assert_allclose(chains.log_target[0, :20], found, rtol=1e-8)


def test_chains_that_spend_all_their_gradients_are_given_up(study, monkeypatch):
    monkeypatch.setattr(marginal_nuts, "_GRADIENTS", 1)
    assert sample_outer(*study, draws=100, nodes=3, seed=1) is None


def test_chains_that_mix_slowly_are_run_longer_and_only_these(study, monkeypatch):
    lengths = []

    def kept(target, proposal, nodes, run):
        lengths.append(run.draws)
        theta = np.zeros((4, run.draws, len(proposal.centre)))
        return marginal_nuts._Chains(theta, theta[..., 0], {})

    def told(of_short):
        def checks(theta):
            bad = of_short if theta.shape[1] < 1000 else set()
            return [
                CertificateCheck(name, "bad" if name in bad else "good", 0.0, 0.0, name)
                for name in ("R-hat", "effective sample size", "divergences")
            ]

        monkeypatch.setattr(marginal_nuts, "certificate_checks", checks)
        monkeypatch.setattr(marginal_nuts, "_diagnostics", lambda theta, stats: theta)
        lengths.clear()
        found = sample_outer(*study, draws=100, nodes=3, seed=1)
        assert found.theta.shape[1] == 100
        return {check.verdict for check in found.checks}

    monkeypatch.setattr(marginal_nuts, "_run", lambda *_: "trial")
    monkeypatch.setattr(marginal_nuts, "_chains", kept)
    assert (told({"effective sample size"}), lengths) == ({"good"}, [500, 1500])
    assert (told(set()), lengths) == ({"good"}, [500])
    assert (told({"effective sample size", "divergences"}), lengths) == ({"good", "bad"}, [500])


@pytest.fixture
def no_good_weights(monkeypatch):
    """Importance weights that never pass."""

    def bad(weighted):
        from dataclasses import replace

        return tuple(replace(check, verdict="bad") for check in importance_checks(weighted))

    monkeypatch.setattr(outer, "importance_checks", bad)


def test_weights_that_stay_uneven_lead_to_nuts_and_it_is_told(
    study, chains, no_good_weights, monkeypatch
):
    monkeypatch.setattr(outer, "sample_outer", lambda *_, **__: chains)
    found = sample_and_certify(*study, OuterSettings(draws=1000, seed=1, nodes=5))
    assert found.engine == "marginal NUTS"
    assert "sampled the outer parameters by NUTS" in found.actions[-1]
    assert {check.name for check in found.checks} > {"quadrature", "R-hat"}


def test_nuts_that_is_given_up_is_told_and_not_certified(study, no_good_weights, monkeypatch):
    monkeypatch.setattr(marginal_nuts, "_GRADIENTS", 1)
    found = sample_and_certify(*study, OuterSettings(draws=400, seed=1, nodes=5))
    assert found.engine == "marginal"
    assert "was given up" in found.actions[-1]
    assert "bad" in {check.verdict for check in found.checks}
