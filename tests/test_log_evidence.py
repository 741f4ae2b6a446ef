"""
The marginal engine against brute force: problems so small that a grid gives the posterior.

Nothing of the engine is used on the other side: the priors and counts have scipy's densities, the
team effects are integrated out on a grid of their own, and the parameters on another.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special, stats

from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Exponential, Gamma, Normal
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.marginal.engine import MarginalEngine

#: Counts of each team; the second team of one, and one without any activity.
TEAMS = ((0, 2, 1, 0), (7,), (0, 0, 0), (3, 1), (12, 9, 4, 6, 11), (1, 0, 5))
EXPOSURE = (1.0, 2.0, 0.5, 1.0, 1.5, 1.0)
INTERCEPT, SD, DISPERSION = Normal(0.5, 1.0), Exponential(1.0), Gamma(2.0, 0.5)


@dataclass(frozen=True)
class Exact:
    """Posterior by brute force: densities on the grids, all normalised by `log_evidence`."""

    log_evidence: float
    moments: dict


def gauss_legendre(low, high, size):
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return low + (nodes + 1) / 2 * (high - low), weights * (high - low) / 2


def log_density_of_counts(counts, log_rate, alpha):
    """Sum over a team's counts, for arrays of log rates and dispersions."""
    rate = np.exp(log_rate)
    total = np.zeros(np.broadcast_shapes(np.shape(log_rate), np.shape(alpha)))
    for y in counts:
        if np.isinf(alpha).all():
            total = total + y * log_rate - rate - special.gammaln(y + 1)
        else:
            total = total + (
                special.gammaln(y + alpha)
                - special.gammaln(alpha)
                - special.gammaln(y + 1)
                + y * (log_rate - np.log(alpha + rate))
                + alpha * (np.log(alpha) - np.log(alpha + rate))
            )
    return total


def exact(family):
    """Integrate over a grid of intercept, sd and dispersion, and over each team's effect."""
    intercept, by_intercept = gauss_legendre(-3.5, 4.5, 40)
    sd, by_sd = gauss_legendre(0.0, 8.0, 40)
    alpha, by_alpha = np.array([np.inf]), np.ones(1)
    log_prior = stats.norm(INTERCEPT.mean, INTERCEPT.sd).logpdf(intercept)[:, None, None]
    log_prior = log_prior + stats.expon(scale=1 / SD.rate).logpdf(sd)[None, :, None]
    if family == NegativeBinomial():
        alpha, by_alpha = gauss_legendre(0.0, 40.0, 24)
        log_prior = log_prior + stats.gamma(DISPERSION.shape, scale=1 / DISPERSION.rate).logpdf(
            alpha
        )
    effect, by_effect = gauss_legendre(-8.0, 8.0, 120)
    log_weight = np.log(by_effect) + stats.norm.logpdf(effect)
    grid = (intercept[:, None, None], sd[None, :, None], alpha[None, None, :])
    log_likelihood = np.zeros(np.broadcast_shapes(*(part.shape for part in grid)))
    first, second = [], []
    for counts, exposure in zip(TEAMS, EXPOSURE, strict=True):
        inner = np.stack(
            [
                log_weight[q]
                + log_density_of_counts(
                    counts, np.log(exposure) + grid[0] + grid[1] * effect[q], grid[2]
                )
                for q in range(len(effect))
            ]
        )
        of_team = special.logsumexp(inner, axis=0)
        share = np.exp(inner - of_team)
        first.append(grid[1] * np.tensordot(effect, share, axes=(0, 0)))
        second.append(grid[1] ** 2 * np.tensordot(effect**2, share, axes=(0, 0)))
        log_likelihood = log_likelihood + of_team
    weights = by_intercept[:, None, None] * by_sd[None, :, None] * by_alpha
    log_joint = log_prior + log_likelihood + np.log(weights)
    log_evidence = float(special.logsumexp(log_joint))
    mass = np.exp(log_joint - log_evidence)

    def moments_of(value, square=None):
        mean = float((mass * value).sum())
        square = value**2 if square is None else square
        return mean, float(np.sqrt((mass * square).sum() - mean**2))

    moments = {"intercept": moments_of(grid[0]), "team_sd": moments_of(grid[1])}
    if family == NegativeBinomial():
        moments["dispersion"] = moments_of(grid[2])
    for team, (value, square) in enumerate(zip(first, second, strict=True)):
        moments[f"team {team}"] = moments_of(value, square)
    return Exact(log_evidence, moments)


def problem(family):
    sizes = [len(counts) for counts in TEAMS]
    n = sum(sizes)
    dispersion = DISPERSION if family.has_dispersion else None
    priors = Priors(intercept=INTERCEPT, team_sd=SD, dispersion=dispersion)
    model = CountModel(family=family, team_effects=("intercept",), priors=priors)
    design = CountDesign(
        outcome=np.concatenate(TEAMS).astype(np.int64),
        log_exposure=np.repeat(np.log(EXPOSURE), sizes),
        frequency_level=np.zeros((n, 0), dtype=np.int64),
        covariates=np.zeros((n, 0)),
        team=np.repeat(np.arange(len(TEAMS)), sizes),
        multiplicity=np.ones(n),
        weight=np.ones(n),
        teams=np.array([f"t{i}" for i in range(len(TEAMS))], dtype=object),
        departments=None,
        coding=DesignCoding(frequencies=(), covariates=(), team_effects=("intercept",)),
    )
    return CountProblem(model, design, resolve_priors(priors, design))


@pytest.fixture(scope="module", params=[Poisson(), NegativeBinomial()], ids=lambda f: f.name)
def both(request):
    options = SamplingOptions(draws=20000, seed=5, progress=False)
    return exact(request.param), MarginalEngine().run(problem(request.param), options)


def test_the_grid_is_fine_enough():
    """The integral of one Poisson team, by another rule."""
    from scipy import integrate

    counts, exposure = TEAMS[0], EXPOSURE[0]
    intercept, sd = 0.7, 1.3

    def integrand(b):
        rate = exposure * np.exp(intercept + sd * b)
        return stats.norm.pdf(b) * np.prod(stats.poisson.pmf(counts, rate))

    value, _ = integrate.quad(integrand, -10, 10, epsabs=0, epsrel=1e-10)
    effect, weight = gauss_legendre(-8.0, 8.0, 120)
    log_rate = np.log(exposure) + intercept + sd * effect
    density = np.exp(log_density_of_counts(counts, log_rate, np.array(np.inf)))
    assert (weight * stats.norm.pdf(effect) * density).sum() == pytest.approx(value, rel=1e-8)


def test_the_log_evidence_is_the_integral(both):
    truth, drawn = both
    assert drawn.constants["log_evidence"] == pytest.approx(truth.log_evidence, abs=0.01)


def test_draws_have_the_moments_of_the_posterior(both):
    """20,000 draws, worth some 14,000 independent ones: an sd of a mean is 0.9 % of the sd."""
    truth, drawn = both
    posterior = {
        name: values.reshape(-1, *values.shape[2:]) for name, values in drawn.posterior.items()
    }
    draws = {"intercept": posterior["intercept"], "team_sd": posterior["team_sd"][:, 0]}
    if "dispersion" in posterior:
        draws["dispersion"] = posterior["dispersion"]
    draws |= {f"team {i}": posterior["team_effects"][:, i, 0] for i in range(len(TEAMS))}
    assert set(draws) == set(truth.moments)
    for name, (mean, sd) in truth.moments.items():
        assert draws[name].mean() == pytest.approx(mean, abs=0.04 * sd), name
        assert draws[name].std() == pytest.approx(sd, rel=0.05), name


def test_the_certificate_passes(both):
    assert both[1].certificate.passed, str(both[1].certificate)
