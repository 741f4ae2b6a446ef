"""Values of factors in joint models: against closed forms, dense grids and enumeration."""

import numpy as np
import pytest
from scipy.stats import norm

from factor_answers import ordinal_answers
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.inference.joint_moves import moved_kept_teams, values_from_items
from learnclimate.inference.joint_values import TeamValues, value_source
from learnclimate.measurement.factor_model import FactorModel
from measurement_answers import survey_of


class Kept:
    """Factors of four teams kept with draws of the items' parameters: their mean and spread."""

    mean, sd = np.array([-0.6, 0.0, 0.9]), np.array([0.7, 1.0, 0.5])
    n_draws, unit = 3, np.arange(4)

    def noise(self, rng):
        return (rng.standard_normal(4),)

    def values(self, draw, noise):
        return (self.mean[draw] + self.sd[draw] * noise[0])[:, None]


class Seen:
    """Counts in the guise of normal numbers that depend on the factors."""

    slope, error, seen = 0.8, 0.6, np.array([0.9, 0.1, 1.2, -0.2])

    def log_counts(self, factors):
        return norm.logpdf(self.seen, self.slope * factors[:, 0], self.error)

    def moved(self, factors, now, rng):
        return self, now


def test_kept_teams_move_to_what_counts_say_and_leave_the_items_parameters_to_the_items():
    kept, seen, rng = Kept(), Seen(), np.random.default_rng(1)
    values, draws, factors = values_from_items(kept, rng), [], []
    for _ in range(1500):
        values, _ = moved_kept_teams(kept, values, seen, rng)
        draws.append(values.draw)
        factors.append(values.factors[:, 0])
    # Of the three draws each is as likely as by the items alone, whatever the counts.
    np.testing.assert_allclose(np.bincount(draws, minlength=3) / len(draws), 1 / 3, atol=0.04)
    precision = 1 / kept.sd**2 + (seen.slope / seen.error) ** 2
    means = kept.mean[:, None] / kept.sd[:, None] ** 2 + seen.slope * seen.seen / seen.error**2
    means /= precision[:, None]
    told = [np.array(factors)[np.array(draws) == draw] for draw in range(3)]
    for draw in range(3):
        np.testing.assert_allclose(told[draw].mean(axis=0), means[draw], atol=0.08)
        np.testing.assert_allclose(told[draw].std(axis=0), precision[draw] ** -0.5, rtol=0.12)
    # The items alone would put the teams elsewhere.
    assert np.abs(means - kept.mean[:, None]).max() > 0.5


def team_moments(found, answers):
    """Mean and sd of a team's factor by a grid of its own and its members', written out anew."""
    own, behind = np.linspace(-5, 5, 201), np.linspace(-9, 9, 721)
    sd = np.sqrt(found.between[0, 0, 0])
    log = norm.logpdf(own)
    for row in answers:
        product = np.ones(len(behind))
        for item, answer in enumerate(row):
            if answer >= 0:
                cuts = np.concatenate([[-np.inf], found.thresholds[0, item], [np.inf]])
                predictor = found.loadings[0, item, 0] * behind
                product = product * (
                    norm.cdf(cuts[answer + 1] - predictor) - norm.cdf(cuts[answer] - predictor)
                )
        density = norm.pdf(behind, sd * own[:, None], 1.0)
        log = log + np.log(density @ product * (behind[1] - behind[0]))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ own
    return mean, np.sqrt(weight @ (own - mean) ** 2)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_teams_factors_have_the_moments_of_a_dense_grid():
    rng = np.random.default_rng(2)
    team = np.arange(60) % 8
    answers = ordinal_answers(rng, 60, np.full((3, 1), 0.7), team=team, team_sd=0.6)
    answers[3, 1] = np.nan
    fitted = fit(FactorModel("s", levels="team"), survey_of(answers, team), draws=400, seed=1,
                 progress=False)  # fmt: skip
    source, draw = value_source(fitted), 7
    assert isinstance(source, TeamValues)
    drawn = np.array([source.values(draw, source.noise(rng))[:, 0] for _ in range(1500)])
    found = parameters_of(fitted, np.array([draw]))
    for place in range(8):
        inside = fitted.design.team == place
        mean, sd = team_moments(found, fitted.design.categories[inside])
        own = drawn[:, np.flatnonzero(inside)[0]]
        assert own.mean() == pytest.approx(mean, abs=4.5 * sd / np.sqrt(1500))
        assert own.std() == pytest.approx(sd, rel=0.08)


def test_teams_factors_of_continuous_items_have_the_moments_of_a_joint_normal():
    rng = np.random.default_rng(2)
    team = np.arange(60) % 8
    answers = ordinal_answers(rng, 60, np.full((3, 1), 0.7), team=team, team_sd=0.6)
    model = FactorModel("s", levels="team", ordinal=False)
    fitted = fit(model, survey_of(answers, team), draws=400, seed=1, progress=False)
    # Answers that few gave stand at their middle.
    answers = fitted.design.numbers
    source, draw = value_source(fitted), 7
    assert isinstance(source, TeamValues)
    posterior = fitted.draws["posterior"]
    taken = {name: found.to_numpy().reshape(400, *found.shape[2:])[draw]
             for name, found in posterior.items()}  # fmt: skip
    raw, residual, sd = taken["slopes"][:, 0], taken["residual_sd"], taken["team_factor_sd"][0]
    middle = source.values(draw, (np.zeros((8, 1)),))[:, 0]
    further = source.values(draw, (np.ones((8, 1)),))[:, 0]
    for place in range(8):
        inside = team == place
        n, loading = inside.sum(), raw * residual
        own = np.outer(loading, loading) + np.diag(residual**2)
        same = sd**2 * np.outer(loading, loading)
        covariance = np.kron(np.eye(n), own) + np.kron(np.ones((n, n)), same)
        # With the team's factor in standard deviations over teams.
        solved = np.linalg.solve(covariance, np.tile(sd * loading, n))
        apart = (answers[inside] - taken["item_means"]).ravel()
        assert middle[inside] == pytest.approx(solved @ apart)
        left = 1 - solved @ np.tile(sd * loading, n)
        assert further[inside] - middle[inside] == pytest.approx(np.sqrt(left))
