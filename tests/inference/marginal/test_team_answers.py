"""Draws or summaries of the team effects: which, and what vouches for them."""

import numpy as np
import pytest

from learnclimate.counts.families import NegativeBinomial
from learnclimate.inference.engine import SamplingOptions
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.sampling.certificate_checks import summary_check
from learnclimate.inference.marginal.teams import team_answers as module
from learnclimate.inference.marginal.teams.team_answers import team_answers
from marginal_designs import make


def ask(team_draws, spread=0.05):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"), n_teams=30)
    psi = psi + np.random.default_rng(0).normal(0, spread, (400, len(psi)))
    options = SamplingOptions(draws=400, team_draws=team_draws)
    return team_answers(likelihood.anchor(psi.mean(axis=0)), psi, 7, options, Workers())


def test_draws_are_kept_while_they_fit(monkeypatch):
    found = ask("auto")
    assert found.effects.shape == (400, 30, 2)
    assert not found.summary
    assert found.standardised is None
    monkeypatch.setattr(module, "MOST_BYTES", 8 * 400 * 30 * 2 - 1)
    assert ask("auto").effects is None
    assert ask(True).effects is not None


def test_summaries_say_what_was_done_and_are_vouched_for():
    found = ask(False)
    assert found.effects is None
    assert {name: values.shape for name, values in found.summary.items()} == {
        "mean": (30, 2),
        "sd": (30, 2),
        "skewness": (30, 2),
        "correlation": (30, 2, 2),
    }
    assert found.standardised["expected_count"].shape == (400, 7)
    assert [check.verdict for check in found.checks] == ["good", "good"]
    assert "30 teams" in found.actions[0]


def test_a_wide_posterior_is_computed_at_more_draws():
    narrow, wide = ask(False), ask(False, spread=0.5)
    points = [int(found.checks[1].words.split()[2]) for found in (narrow, wide)]
    assert points[0] < points[1] == 400
    assert wide.checks[1].value == pytest.approx(0)


@pytest.mark.parametrize(("points", "verdict"), [(100, "bad"), (400, "good")])
def test_an_uneven_summary_is_bad_unless_it_rests_on_all_draws(points, verdict):
    assert summary_check(0.05, points, 400).verdict == verdict
    assert summary_check(0.02, points, 400).verdict == "good"
