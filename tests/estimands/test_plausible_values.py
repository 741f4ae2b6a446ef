"""Plausible values keep relations with what they are given, and say what they are not given."""

import numpy as np
import pandas as pd
import pytest

from factor_answers import ordinal_answers
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.estimands.conditioning import conditioning_columns
from learnclimate.estimands.factor_scores import factor_scores
from learnclimate.estimands.plausible_values import plausible_values
from learnclimate.inference.factors.conditioned import Members, Regression, regress
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel
from measurement_answers import survey_of

N, SIZE = 800, 10


@pytest.fixture(scope="module")
def planted():
    """A factor of variance 1: 0.6 x, teams' variance 0.3, 0.34 left; four items of 0.6."""
    rng = np.random.default_rng(2)
    team = np.repeat(np.arange(N // SIZE), SIZE)
    x = rng.standard_normal(N)
    factor = 0.6 * x + np.sqrt(0.3) * rng.standard_normal(N // SIZE)[team]
    factor += np.sqrt(0.34) * rng.standard_normal(N)
    latent = 0.6 * factor[:, None] + 0.8 * rng.standard_normal((N, 4))
    cuts = np.array([-1.4, -0.5, 0.4, 1.3])
    survey = survey_of(1.0 + (latent[:, :, None] > cuts).sum(axis=2), team)
    fitted = fit(FactorModel("s"), survey, draws=400, seed=1, progress=False)
    return fitted, pd.DataFrame({"x": x}, index=survey.frame.index), factor, team


def share_between(values, team):
    """One-way ICC(1) of teams of one size."""
    means = np.bincount(team, values) / SIZE
    between = SIZE * means.var(ddof=1)
    within = ((values - means[team]) ** 2).sum() / (len(values) - len(means))
    return (between - within) / (between + (SIZE - 1) * within)


def test_values_keep_relations_with_what_they_are_given_and_lose_others(planted):
    fitted, given, factor, team = planted
    told = plausible_values(fitted, 20, given=given)
    alone = plausible_values(fitted, 20)
    drawn, blind = (one.respondents.to_numpy()[:, :, 0] for one in (told, alone))
    x = given["x"].to_numpy()
    slopes = np.array([np.polyfit(x, one, 1)[0] for one in drawn])
    backward = np.array([np.polyfit(one, x, 1)[0] for one in drawn])
    assert slopes.mean() == pytest.approx(np.polyfit(x, factor, 1)[0], abs=0.06)
    assert backward.mean() == pytest.approx(np.polyfit(factor, x, 1)[0], abs=0.06)
    assert np.mean([np.polyfit(x, one, 1)[0] for one in blind]) < 0.48
    between = np.mean([share_between(one, team) for one in drawn])
    assert between == pytest.approx(share_between(factor, team), abs=0.06)
    assert np.mean([share_between(one, team) for one in blind]) < 0.22
    # The truth is one more value among them.
    rank = (drawn < factor).sum(axis=0)
    assert rank.mean() == pytest.approx(10, abs=0.6)
    assert rank.std() == pytest.approx(np.sqrt((21**2 - 1) / 12), rel=0.06)


def test_it_is_said_what_the_values_know(planted):
    fitted, given, _, _ = planted
    assert "given answers>" in " ".join(repr(plausible_values(fitted, 2)).split())
    told = " ".join(plausible_values(fitted, 2).notes)
    assert "too weak" in told
    assert "levels='team'" in told
    known = plausible_values(fitted, 2, given=given[[]])
    assert "given answers, teams>" in " ".join(repr(known).split())
    assert "nothing else" in known.notes[0]
    assert "levels='team'" in factor_scores(fitted, draws=100).summary.attrs["notes"][0]


def test_the_regression_of_known_factors_is_that_of_least_squares_and_finds_covariances():
    """Two factors that are known: nothing but the regression is drawn."""
    rng = np.random.default_rng(3)
    n_teams, size = 60, 8
    team = np.repeat(np.arange(n_teams), size)
    rest, between = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[0.6, -0.3], [-0.3, 0.5]])
    columns = np.column_stack([np.ones(len(team)), rng.standard_normal(len(team))])
    own = rng.multivariate_normal(np.zeros(2), between, n_teams)
    factors = columns @ [[0.2, -0.1], [0.5, 0.0]] + own[team]
    factors += rng.multivariate_normal(np.zeros(2), rest, len(team))
    sums = np.stack([columns[team == one].sum(axis=0) for one in range(n_teams)])
    square = columns.T @ columns
    members = Members(columns, team, np.full(n_teams, float(size)), sums, square)
    state = Regression(np.zeros((2, 2)), np.zeros((n_teams, 2)), np.eye(2), 0.1 * np.eye(2))
    kept = []
    for sweep in range(400):
        regress(state, factors, members, rng)
        if sweep >= 50:
            kept.append((state.slopes[1], state.rest, state.between, state.teams))
    slope, within, over, teams = (np.mean([one[k] for one in kept], axis=0) for k in range(4))
    means = np.stack([factors[team == one].mean(axis=0) for one in range(n_teams)])
    centred, column = factors - means[team], columns[:, 1] - (sums[:, 1] / size)[team]
    # The regression within teams is all but that of a random intercept here.
    assert slope == pytest.approx(column @ centred / (column @ column), abs=0.03)
    left = centred - np.outer(column, slope)
    np.testing.assert_allclose(within, left.T @ left / (len(team) - n_teams - 1), atol=0.03)
    np.testing.assert_allclose(over, np.cov(own.T), atol=0.12)
    assert np.corrcoef(teams[:, 0], own[:, 0])[0, 1] > 0.85


def test_words_and_missing_values_have_columns_of_their_own():
    survey = survey_of(ordinal_answers(np.random.default_rng(4), 60, np.full((4, 1), 0.7)))
    design = factor_design(FactorModel("s"), survey)
    given = pd.DataFrame(
        {"kind": ["a", "b", "c"] * 20, "same": 1.0, "age": np.arange(60.0)},
        index=survey.frame.index,
    )
    given.loc[given.index[:6], "age"] = np.nan
    columns = conditioning_columns(given.iloc[::-1], design)
    # One, two kinds, age and that it is missing; what never varies is left out.
    assert columns.shape == (60, 5)
    np.testing.assert_allclose(columns[:, 1:].mean(axis=0), 0, atol=1e-12)
    assert len(set(columns[:6, 3])) == 1
    assert (np.diff(columns[6:, 3]) > 0).all()
    for bad, error, words in (
        (given.to_numpy(), ArgumentTypeError, "no DataFrame"),
        (given.iloc[1:], ArgumentError, "needs one row"),
        (given.assign(age=np.inf), ArgumentError, "'age' holds infinite"),
        (given.assign(name=[f"n{k}" for k in range(60)]), ArgumentError, "too many"),
    ):
        with pytest.raises(error, match=words):
            conditioning_columns(bad, design)


def test_every_set_has_the_unit_of_the_factor(planted):
    """Standardised over respondents, or within teams: draws of loadings leave that open."""
    fitted, given, _, _ = planted
    told = plausible_values(fitted, 40, given=given).respondents.to_numpy()[:, :, 0]
    spread = told.std(axis=1)
    assert spread.mean() == pytest.approx(1, abs=0.03)
    # Left as the draws of the loadings have it, the spread varies by 0.05 from set to set.
    assert spread.std() < 0.03


@pytest.mark.slow
def test_pooled_intervals_cover_a_slope():
    """
    They cover rather too often: usual standard errors do not know that the variance is 1.

    So do those of the factor itself, standardised.
    """
    covered, slopes, ratio, known = [], [], [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(400)
        factor = 0.5 * x + np.sqrt(0.75) * rng.standard_normal(400)
        loadings = np.array([0.7, 0.7, 0.6, 0.6])
        latent = factor[:, None] * loadings
        latent += np.sqrt(1 - loadings**2) * rng.standard_normal((400, 4))
        answers = 1.0 + np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent)
        survey = survey_of(answers, np.repeat(np.arange(40), 10))
        fitted = fit(FactorModel("s"), survey, draws=400, seed=1, progress=False)
        given = pd.DataFrame({"x": x}, index=survey.frame.index)
        drawn = plausible_values(fitted, 20, given=given).respondents.to_numpy()[:, :, 0]
        own = [np.polyfit(x, one, 1, cov=True) for one in drawn]
        slope = np.array([one[0][0] for one in own])
        within = np.mean([one[1][0, 0] for one in own])
        error = np.sqrt(within + (1 + 1 / 20) * slope.var(ddof=1))
        covered.append(abs(slope.mean() - 0.5) < 1.66 * error)
        slopes.append(slope.mean())
        ratio.append(error)
        itself = np.polyfit(x, (factor - factor.mean()) / factor.std(), 1, cov=True)
        known.append((itself[0][0], np.sqrt(itself[1][0, 0])))
    assert np.mean(covered) > 0.78
    assert np.mean(slopes) == pytest.approx(0.5, abs=0.03)
    too_wide = np.mean(ratio) / np.std(slopes, ddof=1)
    of_itself = np.mean([one[1] for one in known]) / np.std([one[0] for one in known], ddof=1)
    assert too_wide < 1.15 * of_itself
