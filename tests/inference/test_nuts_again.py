"""NUTS that compiles once: other answers are put in, and nothing of the old ones stays."""

from dataclasses import replace

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.pymc_model import build_from_design
from learnclimate.inference import nuts
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.nuts_again import (
    NutsAgain,
    answers_in_model,
    differ_in_answers_alone,
)


@pytest.fixture(scope="module")
def study():
    return lc.simulate_survey(n_teams=8, team_size=6, seed=2)


def problem_of(study, **options):
    # Without team effects of their own, whose coordinates follow the counts.
    model = lc.CountModel(**({"team_effects": (), "between": "latent"} | options))
    design = model.design(study)
    return CountProblem(model, design, resolve_priors(model.priors, design))


def answered_anew(problem, seed=1):
    design, rng = problem.design, np.random.default_rng(seed)
    levels = rng.integers(0, 5, (design.n_rows, 1))
    counts = rng.poisson(3.0, design.n_rows)
    # Values of factors are covariates that a joint model draws anew.
    drawn = design.covariates + rng.standard_normal(design.covariates.shape)
    answers = {"outcome": counts, "frequency_level": levels, "covariates": drawn}
    return replace(problem, design=replace(design, **answers))


def log_density(built, point):
    from pytensor.compile.mode import Mode

    function = built.compile_fn([built.logp()], mode=Mode(linker="py", optimizer=None))
    return float(function(point)[0])


@pytest.mark.parametrize(
    "options",
    [{}, {"between": False, "family": lc.Poisson()}],
    ids=["latent means", "no composition"],
)
def test_a_model_with_other_answers_is_that_of_these_answers(study, options):
    import pymc as pm

    one = problem_of(study, **options)
    other = answered_anew(one)
    assert differ_in_answers_alone(one, other)
    builds = [build_from_design(each.model, each.design, each.priors) for each in (one, other)]
    point = {
        name: value + np.random.default_rng(3).normal(0, 0.2, np.shape(value))
        for name, value in builds[0].initial_point().items()
    }
    before = log_density(builds[0], point)
    with builds[0]:
        pm.set_data(answers_in_model(other.design))
    after = log_density(builds[0], point)
    assert after == pytest.approx(log_density(builds[1], point), rel=1e-12)
    assert abs(after - before) > 1


def test_it_compiles_anew_only_where_more_than_answers_differs(study, monkeypatch):
    made = []

    class Compiled:
        def with_data(self, **data):
            return sorted(data)

    monkeypatch.setattr(nuts, "compiled_model", lambda *_: made.append(1) or Compiled())
    engine, problem = NutsAgain(), problem_of(study)
    engine.compiled(problem, 1)
    swapped = engine.compiled(answered_anew(problem), 2)
    assert swapped == [
        *("answered_to_talk", "counts", "covariate_means", "covariates_centred"),
        *("level_of_talk", "shares_of_talk"),
    ]
    assert len(made) == 1
    engine.compiled(replace(problem, model=replace(problem.model, family=lc.Poisson())), 3)
    assert len(made) == 2


def test_each_of_two_threads_that_compile_at_once_keeps_its_own(study, monkeypatch):
    engine, problem, made = NutsAgain(), problem_of(study), []

    def slow(*_):
        made.append(f"model {len(made)}")
        own = made[-1]
        if len(made) == 1:
            engine.compiled(answered_anew(problem), 2)
        return own

    monkeypatch.setattr(nuts, "compiled_model", slow)
    assert engine.compiled(problem, 1) == "model 0"


def change_of(design: CountDesign, name):
    value = getattr(design, name)
    return replace(design, **{name: value[::-1].copy() + (0 if name == "team" else 1)})


@pytest.mark.parametrize("name", ["team", "log_exposure", "multiplicity"])
def test_other_respondents_are_told(study, name):
    problem = problem_of(study)
    assert differ_in_answers_alone(problem, problem)
    other = replace(problem, design=change_of(problem.design, name))
    assert not differ_in_answers_alone(problem, other)


@pytest.mark.parametrize(
    "options",
    [{"between": True}, {"between": False, "family": lc.HurdlePoisson()}],
    ids=["observed means", "zero part"],
)
def test_models_that_hold_answers_elsewhere_are_compiled_anew(study, options):
    problem = problem_of(study, **options)
    assert not differ_in_answers_alone(problem, problem)
