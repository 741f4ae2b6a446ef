"""The outer posterior: sampled exactly and by a surrogate alike, and certified honestly."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.sampling import approximation, outer, plan
from learnclimate.inference.marginal.sampling.importance import WeightedDraws
from learnclimate.inference.marginal.sampling.mode_search import posterior_mode
from learnclimate.inference.marginal.sampling.node_check import checked_nodes
from learnclimate.inference.marginal.sampling.node_choice import enough_nodes
from learnclimate.inference.marginal.sampling.outer import OuterSettings, sample_and_certify
from learnclimate.inference.marginal.sampling.plan import plan_for
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.target import marginal_posterior
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth

DRAWS = 2000


def anchored(n_teams, team_size, seed=1):
    return anchored_model(
        CountModel(), simulate_survey(n_teams=n_teams, team_size=team_size, seed=seed)
    )


def anchored_model(model, survey):
    design = model.design(survey)
    problem = CountProblem(model, design, resolve_priors(None, design))
    target = marginal_posterior(problem)
    mode = posterior_mode(problem, target)
    return target.anchored(mode.theta), symmetric_proposal(mode.theta, mode.covariance)


@pytest.fixture(scope="module")
def study():
    return anchored(60, 12)


@pytest.fixture(scope="module")
def exact(study):
    return sample_and_certify(*study, OuterSettings(draws=DRAWS, seed=1))


def planned(monkeypatch, **changes):
    """Sample by a plan that differs from the usual one."""

    def another(*arguments):
        return replace(plan_for(*arguments), **changes)

    monkeypatch.setattr(outer, "plan_for", another)


def verdicts(drawn):
    return {check.name: check.verdict for check in drawn.checks}


def test_exact_weights_pass_and_need_no_remedy(exact):
    assert exact.engine == "marginal"
    assert set(verdicts(exact).values()) == {"good"}
    assert "surrogate" not in verdicts(exact)
    assert exact.actions == ()
    assert exact.theta.shape[:2] == (4, DRAWS // 4)


def test_a_surrogate_gives_the_same_posterior(monkeypatch):
    larger = anchored(500, 12)
    found = sample_and_certify(*larger, OuterSettings(draws=DRAWS, seed=2))
    monkeypatch.setattr(plan, "_CHEAP_ROWS", 10_000)
    exact = sample_and_certify(*larger, OuterSettings(draws=DRAWS, seed=1))
    assert verdicts(found)["surrogate"] == "good"
    assert set(verdicts(found).values()) == {"good"}
    assert "surrogate" not in verdicts(exact)
    p = exact.theta.shape[2]
    one, other = exact.theta.reshape(-1, p), found.theta.reshape(-1, p)
    sd = one.std(axis=0)
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 0.15 * sd).all()
    assert (np.abs(np.log(other.std(axis=0) / sd)) < 0.12).all()
    assert found.log_evidence == pytest.approx(exact.log_evidence, abs=0.1)


def test_a_poor_surrogate_is_found_out(study, monkeypatch):
    fit = approximation.fit_surrogate

    def poor(*arguments, reach):
        found = fit(*arguments, reach=reach)
        return replace(found, cube=np.zeros_like(found.cube), square=0.7 * found.square)

    monkeypatch.setattr(approximation, "fit_surrogate", poor)
    planned(monkeypatch, cheap=False, aim=0.05, trials=(256,))
    found = sample_and_certify(*study, OuterSettings(draws=DRAWS, seed=1))
    assert "surrogate" not in verdicts(found)
    assert "polynomial in the place of the likelihood stayed off" in found.actions[0]


def test_a_poor_proposal_fails_where_nothing_is_adapted(study):
    target, proposal = study
    narrow = replace(proposal, factor=0.3 * proposal.factor, wide=0.0)
    settings = OuterSettings(draws=DRAWS, seed=1, nodes=5, escalate=False)
    found = sample_and_certify(target, narrow, settings)
    assert verdicts(found)["importance tails"] == "bad"


def test_one_node_fails_on_sparse_teams():
    target, proposal = anchored(400, 3)
    settings = OuterSettings(draws=DRAWS, seed=1, nodes=1, escalate=False)
    found = sample_and_certify(target, proposal, settings)
    assert verdicts(found)["quadrature"] == "bad"
    again = sample_and_certify(target, proposal, replace(settings, escalate=True))
    assert again.nodes > 1
    assert verdicts(again)["quadrature"] == "good"
    assert "too coarse" in again.actions[0]


def test_enough_nodes_are_enough(study):
    target, proposal = study
    nodes = enough_nodes(target, proposal, seed=1)
    theta = proposal.draw(np.random.default_rng(1).random((64, proposal.uniforms)))
    error = target.log_likelihood(theta, nodes) - target.log_likelihood(theta, 15)
    assert 3 <= nodes <= 7
    assert np.std(error) < 0.02


def test_a_few_blocks_of_teams_stand_for_all():
    target, proposal = anchored(500, 12)
    psi = target.parameters.psi(proposal.draw(np.random.default_rng(2).random((16, 13))))
    thin = target.likelihood.thinned(2000)
    rows = len(thin.compressed.data.activities)
    assert 1000 < rows < 3000
    whole, part = (each.evaluate(psi, 3) for each in (target.likelihood, thin))
    assert part == pytest.approx(whole, rel=0.15)
    assert target.likelihood.thinned(10**6) is target.likelihood


def test_same_seed_same_draws(study, exact):
    again = sample_and_certify(*study, OuterSettings(draws=DRAWS, seed=1))
    assert np.array_equal(again.theta, exact.theta)


@pytest.mark.parametrize("rows", [100, 4001, 60_000, 3_000_000])
def test_plans_are_made_of_whole_nets(rows):
    planned_points = plan_for(rows, 12, 4000)
    for points in (planned_points.first, *planned_points.exact):
        assert points % 64 == 0
    assert all(points % 4 == 0 for points in planned_points.trials)
    assert planned_points.checked >= 64 or rows > 10_000


def test_however_few_draws_are_wanted_uneven_weights_are_tried_with_more():
    few, many = plan_for(240, 8, 200), plan_for(240, 8, 4000)
    assert few.exact == (256, 2048, 4096)
    assert many.exact == (4032, 8000, 16000)


class _Changed:
    """A target whose log density changes by a given amount at each draw when nodes are added."""

    def __init__(self, change):
        self.change, self.asked = change, []

    def log_density(self, theta, nodes):
        self.asked.append(len(theta))
        return self.change[theta[:, 0].astype(int)]


@pytest.mark.parametrize(
    ("jump", "asked", "verdict"), [(0.0, [16], "good"), (0.03, [16, 128], "bad")]
)
def test_a_change_at_few_draws_calls_for_a_look_at_all(jump, asked, verdict):
    draws = np.arange(128.0).reshape(4, 32, 1)
    even = np.full((4, 32), -np.log(128))
    exact = WeightedDraws(draws, np.zeros((4, 32)), even, even, khat=0.0)
    # One draw in four changes: some of the first sixteen are among them for sure.
    change = np.where(np.arange(128) % 4 == 0, jump * 4, 1e-6 * np.arange(128))
    target = _Changed(change)
    target.parameters = SimpleNamespace(layout=SimpleNamespace(n_team_effects=2))
    check = checked_nodes(target, exact, 5, plan_for(100_000, 12, 4000), seed=1)
    assert (target.asked, check.verdict) == (asked, verdict)


@pytest.mark.parametrize("seed", [0, 11])
def test_good_draws_that_are_too_few_ask_for_more_of_the_same(seed):
    """Teams that differ much: what is fitted to few draws is a poorer place to draw from."""
    truth = Truth(intercept=0.3, frequency_effect=-1.3, team_sd=(1.7, 0.6), dispersion=4.0)
    survey = simulate_survey(n_teams=20, team_size=8, truth=truth, seed=seed)
    study = anchored_model(CountModel(covariates=("contract",)), survey)
    found = sample_and_certify(*study, OuterSettings(draws=400, seed=1, by_nuts=False))
    assert "adapted the proposal" in found.actions[0]
    assert set(verdicts(found).values()) == {"good"}
