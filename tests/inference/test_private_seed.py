"""Numbers of an engine hang on all answers: the told seed alone does not make them again."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.factors.engine import FactorProblem, run_marginal
from learnclimate.inference.factors.scores import score_draws, score_noise, scores_under
from learnclimate.inference.private_seed import answers_of, seed_of_sampler

ITEMS = ["q1", "q2", "q3"]


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(5)
    factor = rng.standard_normal(120)
    rows = {
        name: 1 + np.digitize(0.7 * factor + 0.7 * rng.standard_normal(120), [-1.0, 0.0, 1.0])
        for name in ITEMS
    }
    rows["talk"] = rng.choice(["never", "monthly"], 120)
    rows["learned"] = rng.poisson(2, 120)
    rows["team"] = rng.choice([f"T{i}" for i in range(8)], 120)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def codebook():
    return lc.Codebook(
        outcome="learned",
        frequency="talk",
        team="team",
        frequency_levels=["never", "monthly"],
        scales=[lc.Scale("climate", ITEMS, minimum=1, maximum=4)],
    )


@pytest.fixture(scope="module")
def survey(answers, codebook):
    return lc.read_survey(answers, codebook)


def test_draws_of_a_factor_fit_are_not_those_of_the_seed_that_its_file_tells(survey):
    model = lc.FactorModel(["climate"])
    fit = lc.fit(model, survey, draws=400, seed=1, progress=False)
    found = fit.draws["posterior"]["thresholds"].to_numpy()
    problem = FactorProblem(model, fit.design)
    by_told = run_marginal(problem, draws=400, seed=fit.provenance.seed).posterior["thresholds"]
    assert not np.isclose(np.sort(found, axis=None), np.sort(by_told, axis=None)).mean() > 0.05
    secret = private_seed(1, fit.design.categories, fit.design.team)
    by_secret = run_marginal(problem, draws=400, seed=secret).posterior["thresholds"]
    np.testing.assert_array_equal(found, by_secret)


def test_the_same_answers_give_the_same_draws_and_one_other_answer_gives_others(
    answers, codebook, survey
):
    first = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    again = lc.fit(
        lc.CountModel(), lc.read_survey(answers, codebook), draws=400, seed=1, progress=False
    )
    name = ("posterior", "intercept")
    np.testing.assert_array_equal(first.draws[name[0]][name[1]], again.draws[name[0]][name[1]])
    changed = answers.assign(
        learned=[*answers["learned"][:-1], 0 if answers["learned"].iloc[-1] else 1]
    )
    other = lc.read_survey(changed, codebook)
    seeds = [private_seed(1, *answers_of(lc.CountModel().design(one))) for one in (survey, other)]
    assert seeds[0] != seeds[1]
    assert min(seeds) > 2**64
    assert first.provenance.seed == 1


def test_seeds_of_nuts_are_too_long_to_be_tried():
    """Of 32 bits all could be; the compiled sampler takes 64."""
    from nutpie import _lib

    secret = private_seed(1, np.arange(3))
    assert seed_of_sampler(secret) > 2**32
    assert seed_of_sampler(secret) == seed_of_sampler(secret % 2**64)
    _lib.PyNutsSettings.Diag(seed_of_sampler(secret))
    assert seed_of_sampler(12) == 12


@pytest.mark.parametrize(
    "ask",
    [
        lambda survey: lc.agreement(survey, "climate", draws=100),
        lambda survey: lc.reliability(survey, "climate", draws=100),
        lambda survey: lc.item_analysis(survey, "climate", draws=100),
        lambda survey: lc.scale_scores(survey, "climate", draws=100),
        lambda survey: lc.aggregation(survey, "climate", draws=100),
    ],
)
def test_intervals_of_scales_hang_on_all_answers_and_not_on_the_seed_alone(
    ask, answers, codebook, survey
):
    """The attack: of all orders of a team's answers one has that bootstrap sd, by a known seed."""
    first = ask(survey)
    again = ask(lc.read_survey(answers, codebook))
    assert first.draws.equals(again.draws)
    # Somebody's count is another, which no figure of the scale is about.
    other = ask(
        lc.read_survey(answers.assign(learned=answers["learned"].to_numpy()[::-1]), codebook)
    )
    for name, values in first.draws.data_vars.items():
        assert not np.isclose(values, other.draws[name]).all(), name


def test_scores_are_not_drawn_from_the_seed_that_is_told(survey):
    """The attack: with it a team's mean score is a known number for each way its members answer."""
    fit = lc.fit(lc.FactorModel(["climate"]), survey, draws=400, seed=1, progress=False)
    found = score_draws(fit, np.array([3]), seed=1)
    by_told = scores_under(fit, 3, score_noise(fit, np.random.default_rng([1, 11])))
    assert not np.isclose(found[0], by_told).all()
    np.testing.assert_array_equal(found, score_draws(fit, np.array([3]), seed=1))


def test_new_counts_are_not_drawn_from_the_seed_that_is_told(answers, codebook, survey):
    """Of known draws they would be known numbers for each level that somebody may have given."""
    told = lc.prior_predictive(lc.CountModel(), survey, draws=50)
    again = lc.prior_predictive(lc.CountModel(), lc.read_survey(answers, codebook), draws=50)
    pd.testing.assert_frame_equal(told.level_means, again.level_means)
    other = answers.assign(learned=answers["learned"].to_numpy()[::-1])
    apart = lc.prior_predictive(lc.CountModel(), lc.read_survey(other, codebook), draws=50)
    assert not np.isclose(told.level_means["upper"], apart.level_means["upper"]).all()
