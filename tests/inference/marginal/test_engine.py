"""The marginal engine as a whole: where it applies, and what it does where it stumbles."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import FitError, LearnClimateWarning
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Gamma, Normal
from learnclimate.inference.engine import EngineError, SamplingOptions
from learnclimate.inference.fitting import fit
from learnclimate.inference.marginal import engine as engine_module
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.teams.team_answers import team_answers
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from marginal_problems import problem_of, simulated

OPTIONS = SamplingOptions(draws=1000, seed=1, progress=False)


def run(problem):
    return MarginalEngine().run(problem, OPTIONS)


def test_it_applies_to_what_it_integrates():
    assert MarginalEngine().obstacle(simulated(8, 6)) is None


@pytest.mark.parametrize(
    "error", [np.linalg.LinAlgError("singular"), FloatingPointError("out of reach")]
)
def test_arithmetic_that_breaks_down_is_an_error_of_the_engine(monkeypatch, error):
    def broken(*_):
        raise error

    monkeypatch.setattr(engine_module, "sample_and_certify", broken)
    with pytest.raises(EngineError, match=r"broke down .*Use engine='nuts'"):
        run(simulated(8, 6))


@pytest.mark.parametrize("error", [ValueError, IndexError, ZeroDivisionError, RuntimeWarning])
def test_a_mistake_of_ours_is_not_hidden_by_another_engine(monkeypatch, error):
    """`fit(engine="auto")` goes on to NUTS after errors of the engine only."""

    def broken(*_):
        raise error("shapes do not match")

    monkeypatch.setattr(engine_module, "sample_and_certify", broken)
    with pytest.raises(error, match="shapes do not match") as told:
        fit(CountModel(), simulate_survey(n_teams=8, team_size=6, seed=1), draws=100, seed=1)
    assert not isinstance(told.value, EngineError)


def test_an_error_of_ours_is_passed_on_as_it_is():
    with pytest.raises(FitError, match="contradicts the answers") as told:
        run(simulated(priors=Priors(intercept=Normal(50, 1))))
    assert not isinstance(told.value, EngineError)


def test_a_prior_of_team_sds_near_0_is_sampled_without_noise():
    """It used to take minutes, and to warn of sds that had lost their digits."""
    found = run(simulated(priors=Priors(team_sd=Gamma(0.01, 0.01))))
    assert found.certificate.passed
    for values in found.posterior.values():
        assert np.isfinite(values).all()


def test_a_dominant_level_is_sampled_without_noise():
    """Shares of 1, 1, 96, 1 and 1 %: intercept and effect trade off along a curve."""
    made = simulate_survey(n_teams=60, team_size=12, seed=3)
    frame = made.frame.copy()
    levels = np.array(made.codebook.levels_of("talk"))
    shares = (0.01, 0.01, 0.96, 0.01, 0.01)
    frame["talk"] = np.random.default_rng(3).choice(levels, len(frame), p=shares)
    survey = read_survey(frame, made.codebook)
    found = run(problem_of(survey, team_effects=("intercept",), covariates=()))
    assert found.certificate.passed
    for values in found.posterior.values():
        assert np.isfinite(values).all()


def test_poor_team_proposals_are_found_out_and_drawn_again(monkeypatch):
    """Check C: where the first draws rest on few proposals, more are made, and it is told."""
    from learnclimate.inference.marginal.teams import team_answers as module

    asked = []
    draw = module.draw_team_effects

    def poor(likelihood, psi, **options):
        asked.append(options)
        found = draw(likelihood, psi, **options)
        if len(asked) == 1:
            return replace(found, khat=np.full_like(found.khat, 0.95))
        return found

    monkeypatch.setattr(module, "draw_team_effects", poor)
    assert team_answers is module.team_answers
    found = run(simulated(12, 6, family=Poisson()))
    assert len(asked) == 2
    assert any("drew them again" in words for words in found.certificate.actions)
    verdict = {check.name: check.verdict for check in found.certificate.checks}
    assert verdict["team effects"] == "good"


def test_team_draws_that_stay_poor_fail_the_certificate(monkeypatch):
    """Proposals four prior sds beside the teams' modes: not to be mended by more of them."""

    def beside(likelihood, *arguments):
        moved = replace(likelihood, team_modes=likelihood.team_modes + 4.0, newton_steps=0)
        return team_answers(moved, *arguments)

    monkeypatch.setattr(engine_module, "team_answers", beside)
    survey = simulate_survey(n_teams=12, team_size=6, seed=1)
    with pytest.warns(LearnClimateWarning, match=r"did not pass \(team effects"):
        found = fit(CountModel(), survey, engine="marginal", draws=400, seed=1, progress=False)
    bad = [check.name for check in found.certificate.checks if check.verdict == "bad"]
    assert bad == ["team effects"]
    assert any("drew them again" in words for words in found.certificate.actions)


COLD = """
import learnclimate as lc
for family in (lc.Poisson(), lc.NegativeBinomial()):
    fitted = lc.fit(
        lc.CountModel(family=family, team_effects=("intercept",), covariates=()),
        lc.simulate_survey(n_teams=8, team_size=6, seed=1),
        engine="marginal", draws=100, seed=1, progress=False,
    )
    print(fitted.draws["posterior"]["team_effects"].shape)
"""


@pytest.mark.slow
def test_kernels_compile_without_a_cache(tmp_path):
    """An old cache once hid a kernel that no longer compiled; some 30 s of compiling."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", COLD]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.splitlines() == ["(4, 25, 8, 1)"] * 2
    assert any(tmp_path.rglob("*.nbi"))
