"""Shares of the variance for families with a zero part, and for counts out of K."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.families import ZeroPart
from learnclimate.estimands.benchmarks import confounder_benchmarks
from learnclimate.estimands.variation import variance_partition
from learnclimate.inference import engine_choice
from prior_engine import PriorEngine

ZEROS = ZeroPart(covariates=("tenure",), team_intercept=True)
FAMILIES = [
    lc.ZeroInflatedPoisson(ZEROS),
    lc.HurdleNegativeBinomial(ZEROS),
    lc.BetaBinomial(),
]


@pytest.fixture
def fitted(monkeypatch):
    """Fits whose draws are those of tight priors."""
    monkeypatch.setattr(engine_choice, "_engine", lambda name: PriorEngine())

    def made(family, covariates=None):
        truth = lc.Truth(intercept=0.0, frequency_effect=0.5)
        if family.out_of_trials:
            truth = lc.Truth(outcome=lc.Outcome("activities", trials=8), intercept=-0.5)
        elif family.zeros != "none":
            truth = lc.Truth(zeros=family.zeros, zero_team_sd=0.5)
        survey = lc.simulate_survey(n_teams=20, team_size=10, truth=truth, seed=2)
        dispersion = lc.Gamma(100, 30) if family.has_dispersion else None
        priors = lc.Priors(team_sd=lc.Gamma(100, 200), dispersion=dispersion)
        model = lc.CountModel(family=family, priors=priors, covariates=covariates)
        return lc.fit(model, survey, engine="nuts", draws=100, seed=1, progress=False)

    return made


def simulated(fit, level, n=300_000):
    """Counts of two typical people of each of many teams, at the first draw, from scratch."""
    rng = np.random.default_rng(3)
    draw = fit.draws["posterior"].isel(chain=0, draw=0)
    constant = fit.draws["constant_data"]
    curve = draw["frequency_shape"].to_numpy()[0, :level].sum()
    sd, rho = draw["team_sd"].to_numpy(), draw["team_correlation"].to_numpy()[0, 1]
    first, second = rng.standard_normal((2, n))
    slope = sd[1] * (rho * first + np.sqrt(1 - rho**2) * second)
    place = draw["intercept"].item() + draw["frequency_curve"].to_numpy()[level]
    place += draw["covariate_effects"].to_numpy() @ constant["covariate_means"].to_numpy()
    place = place + sd[0] * first + slope * curve
    log_odds = None
    if "zero_intercept" in draw:
        log_odds = draw["zero_intercept"].item() + draw["zero_frequency_curve"].to_numpy()[level]
        means = constant["zero_covariate_means"].to_numpy()
        log_odds += draw["zero_covariate_effects"].to_numpy() @ means
        log_odds = log_odds + draw["zero_team_sd"].item() * rng.standard_normal(n)
    spread = draw.get("dispersion", draw.get("concentration"))
    at = At(
        place,
        None if spread is None else np.full(n, spread.item()),
        log_odds,
        np.full(n, 8) if fit.model.family.out_of_trials else None,
    )
    distribution = distribution_of(fit.model.family)
    return distribution.draw(rng, at), distribution.draw(rng, at)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_share_is_the_correlation_of_two_people_of_a_team(fitted, family):
    fit = fitted(family)
    result = variance_partition(fit)
    share = result.draws["team_share"].isel(chain=0, draw=0, frequency_level=3).item()
    one, other = simulated(fit, 3)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(share, abs=0.01)
    table = result.summary
    assert table["estimand"].value_counts().to_dict() == {
        "team_share": 5, "team_share_log": 5, "median_rate_ratio": 5, "slope_share": 1,
    }  # fmt: skip
    assert table.loc[table["estimand"] == "team_share_log", "mean"].between(0, 1).all()


def test_counts_out_of_k_are_told_in_odds(fitted):
    scales = variance_partition(fitted(lc.BetaBinomial())).summary["scale"].unique().tolist()
    assert "share of the variance of log odds" in scales
    assert "ratio of odds of two teams" in scales


def brute_force(fit, frame, level, n=200_000):
    """Expected count of people at a level, at the first draw: new teams drawn one by one."""
    rng = np.random.default_rng(5)
    draw = fit.draws["posterior"].isel(chain=0, draw=0)
    curve = draw["frequency_shape"].to_numpy()[0, :level].sum()
    sd, rho = draw["team_sd"].to_numpy(), draw["team_correlation"].to_numpy()[0, 1]
    means = []
    for person in frame.itertuples():
        contract = person.contract
        if isinstance(contract, str):
            contract = float(contract == "temporary")
        covariates = np.array([person.tenure, contract])
        place = draw["intercept"].item() + draw["frequency_curve"].to_numpy()[level]
        place += draw["covariate_effects"].to_numpy() @ covariates
        known = person.team in draw["team"].to_numpy()
        if known:
            own = draw["team_effects"].sel(team=person.team).to_numpy()
            place = np.array([place + own[0] + own[1] * curve])
        else:
            first, second = rng.standard_normal((2, n))
            slope = sd[1] * (rho * first + np.sqrt(1 - rho**2) * second)
            place = place + sd[0] * first + slope * curve
        log_odds = None
        if "zero_intercept" in draw:
            log_odds = draw["zero_intercept"].item()
            log_odds += draw["zero_frequency_curve"].to_numpy()[level]
            log_odds += draw["zero_covariate_effects"].item() * person.tenure
            own = draw["zero_team_sd"].item() * rng.standard_normal(len(place))
            if known:
                own = draw["zero_team_effects"].sel(team=person.team).item()
            log_odds = log_odds + own * np.ones(len(place))
        spread = draw.get("dispersion", draw.get("concentration"))
        at = At(
            place,
            None if spread is None else np.full(len(place), spread.item()),
            log_odds,
            np.full(len(place), 8) if fit.model.family.out_of_trials else None,
        )
        means.append(distribution_of(fit.model.family).mean(at).mean())
    return np.mean(means)


@pytest.mark.parametrize(
    "family", [lc.NegativeBinomial(), *FAMILIES], ids=lambda family: family.name
)
def test_a_named_population_is_integrated_over_new_teams(fitted, family):
    """Standardised counts and their ratio, against new teams drawn one by one."""
    fit = fitted(family)
    people = pd.DataFrame(
        {
            "team": ["T01", "a new team", None],
            "tenure": [2.0, 8.0, 5.0],
            "contract": ["temporary", "permanent", "permanent"],
        }
    )
    counts = lc.expected_counts(fit, population=people).draws["expected_count"]
    first = counts.isel(chain=0, draw=0)
    high, low = (brute_force(fit, people, level) for level in (4, 0))
    assert first.sel(frequency_level="talk[weekly]").item() == pytest.approx(high, rel=0.01)
    assert first.sel(frequency_level="talk[never]").item() == pytest.approx(low, rel=0.01)
    ratio = lc.rate_ratio(fit, "weekly", "never", population=people).draws["rate_ratio"]
    assert ratio.isel(chain=0, draw=0).item() == pytest.approx(high / low, rel=0.02)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_strength_of_a_covariate_is_that_of_new_teams_drawn_one_by_one(fitted, family):
    """Another mean than an exponential: the ratio of expected counts, by brute force."""
    fit = fitted(family)
    found = confounder_benchmarks(fit, "weekly", "never", population="study")
    tenure, contract = fit.design.covariates.T
    shares = np.bincount(fit.design.frequency_level[:, 0]) / fit.design.n_rows
    ends = {
        "tenure": [(tenure.mean() + side * tenure.std(), contract.mean()) for side in (1, -1)],
        "contract[temporary]": [(tenure.mean(), side) for side in (1.0, 0.0)],
    }
    for label, both in ends.items():
        means = []
        for own in both:
            person = pd.DataFrame({"team": [None], "tenure": [own[0]], "contract": [own[1]]})
            at = [brute_force(fit, person, level, n=100_000) for level in range(5)]
            means.append(shares @ at)
        ratio = max(means[0] / means[1], means[1] / means[0])
        drawn = found.draws["covariate_rate_ratio"].sel(covariate=label)
        assert drawn.isel(chain=0, draw=0).item() == pytest.approx(ratio, rel=0.01)


def test_a_covariate_of_the_zero_part_alone_is_measured_too(fitted):
    fit = fitted(lc.ZeroInflatedPoisson(ZEROS), covariates=("contract",))
    found = confounder_benchmarks(fit, "weekly", "never", population="study").summary
    assert found["contrast"].iloc[1:].unique().tolist() == ["contract[temporary]", "tenure"]
    assert (found["mean"].iloc[1:] > 1).all()
