import numpy as np
import pytest

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands import expectation
from learnclimate.estimands.count_draws import count_draws
from learnclimate.estimands.expectation import expected_of_people, half_variance, level_grid
from learnclimate.estimands.population import NO_DEPARTMENT, NO_TEAM, People, coded_people

RULE = DisclosureRule()


def expected_by_hand(fit, people, position):
    """The same, person by person and draw by draw, from the definition."""
    posterior = fit.draws["posterior"].to_dataset().stack(sample=("chain", "draw"))
    coding = fit.coding
    n_levels = len(coding.frequencies[position].levels)
    answer = np.zeros((posterior.sizes["sample"], n_levels))
    for s in range(len(answer)):
        draw = posterior.isel(sample=s)
        sd, correlation = draw["team_sd"].to_numpy(), draw["team_correlation"].to_numpy()
        covariance = np.diag(sd) @ correlation @ np.diag(sd)
        for i in range(people.n_people):
            for k in range(n_levels):
                levels = people.levels[i].copy()
                levels[position] = k
                z, curve = [1.0], 0.0
                for column, frequency in enumerate(coding.frequencies):
                    shape = draw["frequency_shape"].to_numpy()[column]
                    z.append(shape[: levels[column]].sum())
                    label = f"{frequency.name}[{frequency.levels[levels[column]]}]"
                    curve += draw["frequency_curve"].sel(frequency_level=label).item()
                z = np.array(z)
                log_rate = draw["intercept"].item() + people.log_exposure[i] + curve
                log_rate += people.covariates[i] @ draw["covariate_effects"].to_numpy()
                if people.team[i] == NO_TEAM:
                    log_rate += z @ covariance @ z / 2
                else:
                    log_rate += z @ draw["team_effects"].to_numpy()[people.team[i]]
                answer[s, k] += people.share[i] * np.exp(log_rate)
    return answer


@pytest.fixture(scope="module")
def mixed_people(two_fit, two_survey):
    """Known, unknown and absent teams, with weights and exposures of their own."""
    frame = two_survey.frame.iloc[[0, 11, 12, 30, 31, 60]].copy()
    frame["team"] = ["T01", "T02", "unknown", None, "T01", "T24"]
    return coded_people(frame, two_fit, 1, RULE)


def test_people_agree_with_the_definition(two_fit, mixed_people):
    assert (mixed_people.team == NO_TEAM).sum() == 2
    draws = count_draws(two_fit)
    np.testing.assert_allclose(
        expected_of_people(draws, mixed_people, 1),
        expected_by_hand(two_fit, mixed_people, 1),
        rtol=1e-12,
    )


def test_blocks_do_not_change_the_answer(two_fit, mixed_people, monkeypatch):
    draws = count_draws(two_fit)
    whole = expected_of_people(draws, mixed_people, 1)
    monkeypatch.setattr(expectation, "_BLOCK", 100)
    np.testing.assert_allclose(expected_of_people(draws, mixed_people, 1), whole, rtol=1e-13)


def test_order_of_people_does_not_matter(two_fit, two_survey):
    draws = count_draws(two_fit)
    shuffled = two_survey.frame.sample(frac=1.0, random_state=4)
    there = expected_of_people(draws, coded_people(two_survey.frame, two_fit, 0, RULE), 0)
    back = expected_of_people(draws, coded_people(shuffled, two_fit, 0, RULE), 0)
    np.testing.assert_allclose(there, back)


def test_a_person_twice_counts_as_twice_the_weight(two_fit, two_survey):
    draws = count_draws(two_fit)
    frame = two_survey.frame.iloc[:3].reset_index(drop=True)
    frame["weight"] = 1.0
    twice = frame.iloc[[0, 0, 1, 2]]
    frame.loc[0, "weight"] = 2.0
    heavy = expected_of_people(draws, coded_people(frame, two_fit, 0, RULE), 0)
    repeated = expected_of_people(draws, coded_people(twice, two_fit, 0, RULE), 0)
    np.testing.assert_allclose(heavy, repeated)


def test_exposure_multiplies(two_fit, two_survey):
    draws = count_draws(two_fit)
    frame = two_survey.frame.iloc[:5].copy()
    frame["years"] = 0.25
    quarter = expected_of_people(draws, coded_people(frame, two_fit, 0, RULE), 0)
    whole = expected_of_people(
        draws, coded_people(frame.drop(columns="years"), two_fit, 0, RULE), 0
    )
    np.testing.assert_allclose(4 * quarter, whole)


def test_half_variance_is_the_log_of_a_lognormal_mean(two_fit):
    draws = count_draws(two_fit)
    rng = np.random.default_rng(2)
    z = np.array([1.0, 0.4, 0.9])
    given = np.broadcast_to(z, (draws.n_draws, 1, 3))
    closed = np.exp(half_variance(draws, given)[0, 0])
    u = rng.multivariate_normal(np.zeros(3), draws.team_covariance[0], 1_000_000)
    assert closed == pytest.approx(np.exp(u @ z).mean(), rel=0.003)


def test_a_study_without_frequency_has_one_column(plain_fit, plain_survey):
    draws = count_draws(plain_fit)
    assert level_grid(draws, None).shape == (1, 0)
    people = coded_people(plain_survey.frame, plain_fit, None, RULE)
    by_people = expected_of_people(draws, people, None)
    kept = plain_fit.draws["standardised"]["expected_count_observed"].to_numpy().reshape(-1, 1)
    np.testing.assert_allclose(by_people, kept)


def test_one_person_alone_is_a_population(synthetic_fit):
    draws = count_draws(synthetic_fit)
    person = People(
        log_exposure=np.zeros(1),
        covariates=np.array([[2.0, 1.0]]),
        levels=np.zeros((1, 1), dtype=np.int64),
        team=np.array([0]),
        department=np.array([NO_DEPARTMENT]),
        share=np.ones(1),
    )
    posterior = synthetic_fit.draws["posterior"]
    lowest = posterior["intercept"] + 2 * posterior["covariate_effects"].sel(covariate="tenure")
    lowest = lowest + posterior["covariate_effects"].sel(covariate="contract[temporary]")
    lowest = lowest + posterior["team_effects"].sel(team="T01", team_effect="intercept")
    np.testing.assert_allclose(
        expected_of_people(draws, person, 0)[:, 0], np.exp(lowest.to_numpy().ravel())
    )
