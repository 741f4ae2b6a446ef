"""Items and factors drawn in turn, against factors integrated out, and where these end."""

import numpy as np
import pytest

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.core.errors import LearnClimateWarning
from learnclimate.counts.model import CountModel
from learnclimate.inference.convergence import convergence
from learnclimate.inference.engine import EngineError
from learnclimate.inference.factors import fitting, sampling, walk
from learnclimate.inference.factors.engine import FactorProblem, run_marginal
from learnclimate.inference.factors.kernels_walk import sweep
from learnclimate.inference.factors.walk import STOPPED, _data, _start, run_walk
from learnclimate.inference.fitting import fit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of


def answered(n, n_teams):
    """Two scales of three items each, a tenth of the answers left open."""
    rng, team = np.random.default_rng(16), np.arange(n) % n_teams
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    correlation = np.array([[1, 0.4], [0.4, 1]])
    answers = ordinal_answers(rng, n, loadings, correlation=correlation, team=team, team_sd=0.6)
    return two_scales(with_holes(rng, answers, 0.1), 3, team)


@pytest.mark.parametrize(
    ("model", "n"),
    [
        (FactorModel(["f", "g"]), 100),
        (GradedResponse("f", levels="team"), 200),
        pytest.param(FactorModel(["f", "g"], cross_loadings=0.2), 100, marks=pytest.mark.slow),
        pytest.param(FactorModel(["f", "g"], levels="team"), 100, marks=pytest.mark.slow),
    ],
)
def test_factors_drawn_in_turn_give_the_posterior_of_factors_integrated_out(model, n):
    problem = FactorProblem(model, factor_design(model, answered(n, 10)))
    walked = run_walk(problem, draws=6000, seed=1)
    integrated = run_marginal(problem, draws=4000, seed=2)
    assert walked.certificate.passed, str(walked.certificate)
    assert integrated.certificate.passed
    assert_same_posterior(walked, integrated)


def assert_same_posterior(walked, integrated):
    """Means within Monte Carlo error, spreads within 15 %."""
    assert set(walked.posterior) == set(integrated.posterior)
    for name in walked.posterior:
        one, two = (np.asarray(each.posterior[name]) for each in (walked, integrated))
        varies = two.std(axis=(0, 1)) > 1e-9
        one, two = one[:, :, varies], two[:, :, varies]
        sd = two.std(axis=(0, 1))
        worth = [convergence({name: each})["ess_bulk"] for each in (one, two)]
        error = np.sqrt(1 / worth[0] + 1 / worth[1])
        apart = np.abs(one.mean(axis=(0, 1)) - two.mean(axis=(0, 1))) / sd
        assert (apart / error).max() < 4.2, name
        assert np.sqrt(np.mean((apart / error) ** 2)) < 2.2, name
        np.testing.assert_allclose(one.std(axis=(0, 1)) / sd, 1, atol=0.15, err_msg=name)


def test_an_item_that_starts_far_off_comes_home_while_warming_up():
    """Of many respondents, a Newton step is likely and its way back is not: it was never taken."""
    answers = ordinal_answers(np.random.default_rng(4), 1500, np.full((4, 1), 0.6))
    problem = FactorProblem(model := FactorModel("s"), factor_design(model, survey_of(answers)))
    data, rng = _data(problem), np.random.default_rng(1)
    state = _start(problem, rng)
    state.loadings[2, 0] = 4.0
    state.cuts[2] *= 3.0
    for _ in range(60):
        sweep(state, data, np.empty_like(state.factors), 0.1, rng)
    np.testing.assert_allclose(state.loadings[:, 0], 0.75, atol=0.25)


def test_as_many_sweeps_are_made_as_draws_are_asked_for():
    problem = FactorProblem(model := FactorModel("f"), factor_design(model, answered(40, 10)))
    found = run_walk(problem, draws=16_000, seed=1).posterior["loadings"]
    assert np.shape(found)[:2] == (4, 4000)
    different = len(np.unique(np.reshape(found, (16_000, -1)), axis=0))
    assert different > 0.5 * 16_000


def hardly_used(answers):
    """Nobody gives the third answer to an item, and one respondent each the ends of another."""
    answers = answers.copy()
    answers[answers[:, 0] == 3, 0] = 2
    ends = np.flatnonzero(np.isin(answers[:, 1], (1, 5)))
    answers[ends, 1] = np.clip(answers[ends, 1], 2, 4)
    answers[ends[:2], 1] = 1, 5
    return answers


def test_items_do_not_stand_still_where_hardly_anybody_gives_an_answer():
    """Distances between such thresholds lie at 0 or are open: no normal proposal keeps up."""
    rng = np.random.default_rng(4)
    answers = hardly_used(ordinal_answers(rng, 100, np.full((4, 1), 0.7)))
    problem = FactorProblem(model := FactorModel("s"), factor_design(model, survey_of(answers)))
    walked = run_walk(problem, draws=6000, seed=1)
    assert walked.certificate.passed, str(walked.certificate)
    cuts = np.asarray(walked.posterior["thresholds"])
    apart = np.stack([cuts[:, :, 0, 2] - cuts[:, :, 0, 1], cuts[:, :, 1, 1] - cuts[:, :, 1, 0]])
    assert apart.min() > 0
    worth = convergence({"thresholds": cuts[:, :, :2], "apart": np.moveaxis(apart, 0, 2)})
    assert np.nanmin(worth["ess_bulk"]) > 600
    assert_same_posterior(walked, run_marginal(problem, draws=4000, seed=2))


def three_scales(rng, n_teams, size):
    """Three scales of three items each, of teams that differ."""
    team = np.repeat(np.arange(n_teams), size)
    loadings = np.kron(np.eye(3), np.full((3, 1), 0.7))
    correlation = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
    answers = ordinal_answers(
        rng, len(team), loadings, correlation=correlation, team=team, team_sd=0.5
    )
    survey = two_scales(answers, 3, team)
    items = list(survey.codebook.items)
    scales = [Scale(name, items[at : at + 3]) for name, at in (("a", 0), ("b", 3), ("c", 6))]
    return survey, scales


def test_three_scales_of_teams_are_drawn_in_turn_and_say_so():
    survey, scales = three_scales(np.random.default_rng(2), 20, 8)
    fitted = fit(FactorModel(scales, levels="team"), survey, draws=1000, seed=1, progress=False)
    assert fitted.certificate.passed, str(fitted.certificate)
    assert fitted.certificate.engine == "Gibbs"
    assert "3 factors at two levels are more than the 2" in fitted.certificate.actions[0]
    posterior = fitted.draws["posterior"]
    loading = posterior["loadings"].to_numpy()
    own = loading[:, :, np.arange(9), np.repeat(np.arange(3), 3)].mean(axis=(0, 1))
    assert np.abs(own - 0.75).max() < 0.2
    assert posterior["team_factors"].shape == (4, 250, 20, 3)


def few_answers(n_scales=3, levels="team"):
    survey, scales = three_scales(np.random.default_rng(3), 8, 5)
    return FactorModel(scales[:n_scales], levels=levels), survey


@pytest.fixture
def interrupted(monkeypatch):
    """The second round of sweeps is interrupted, after some chains have done theirs."""
    rounds = []

    def in_threads(run, chains):
        rounds.append(len(chains))
        for chain in chains[: 2 if len(rounds) == 2 else None]:
            run(chain)
        if len(rounds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(walk, "in_threads", in_threads)
    monkeypatch.setattr(walk, "_SWEEPS", 60)
    monkeypatch.setattr(walk, "_WARM_UP", 20)
    return rounds


def test_an_interruption_keeps_the_finished_rounds(interrupted, monkeypatch):
    def by_nuts(*_args, **_kwargs):
        raise AssertionError("nothing follows on an interruption")

    monkeypatch.setattr(fitting, "_by_nuts", by_nuts)
    with pytest.warns(LearnClimateWarning, match="did not pass"):
        fitted = fit(*few_answers(), draws=800, seed=1, progress=False)
    assert len(interrupted) == 2
    assert fitted.draws["posterior"]["loadings"].shape[:2] == (4, 60)
    assert fitted.provenance.draws == 240
    assert STOPPED in fitted.certificate.actions


def test_an_interruption_within_longer_work_ends_that_work(interrupted):
    model, survey = few_answers()
    with pytest.raises(KeyboardInterrupt):
        fit(JointModel(CountModel(), model), survey, draws=800, seed=1, progress=False)
    assert len(interrupted) == 2


def test_every_round_says_how_far_the_chains_are(monkeypatch):
    monkeypatch.setattr(walk, "_SWEEPS", 30)
    monkeypatch.setattr(walk, "_WARM_UP", 10)
    monkeypatch.setattr(walk, "_MOST_ROUNDS", 3)
    heard = []
    model, survey = few_answers()
    problem = FactorProblem(model, factor_design(model, survey))
    run_walk(problem, draws=200, seed=1, say=heard.append)
    assert [words.split(",")[0] for words in heard] == [
        f"round {place} of at most 3 done" for place in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("n_scales", "levels", "goes_on"),
    [(3, "respondent", False), (2, "team", False), (2, "respondent", True), (1, "team", True)],
)
def test_a_large_grid_is_left_where_the_first_proposals_do_not_reach(
    monkeypatch, n_scales, levels, goes_on
):
    asked = []

    def fitted(*_args, **_kwargs):
        asked.append("fitted")
        raise EngineError("no further")

    def walked(*_args, **_kwargs):
        asked.append("walked")
        raise EngineError("no further")

    monkeypatch.setattr(sampling, "all_good", lambda _checks: False)
    monkeypatch.setattr(sampling, "_fitted_draws", fitted)
    monkeypatch.setattr(walk, "run_walk", walked)
    with pytest.raises(EngineError, match="no further"):
        fit(*few_answers(n_scales, levels), draws=400, seed=1, progress=False)
    assert asked == (["fitted", "walked"] if goes_on else ["walked"])
