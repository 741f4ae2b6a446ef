"""
The marginal engine against NUTS on the joint posterior, its independent referee.

Nothing is shared but the declaration and the design: NUTS samples the PyMC model, team effects and
all. Means agree within 0.1 posterior sd and sds within 7 %, allowing for the Monte Carlo error of
both; and that error is small enough to tell.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from arviz_stats.base import array_stats

from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family, NegativeBinomial, Poisson
from learnclimate.counts.frequency import Linear, Monotonic, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.nuts import NutsEngine

MEAN_WITHIN_SDS = 0.1
SD_WITHIN = 0.07
#: Standard errors that chance may add, over some dozens of quantities.
ERRORS = 3.5


@dataclass(frozen=True)
class Case:
    """A simulated data set and the model it is fitted by."""

    sizes: tuple[int, ...]
    mean: float
    sd: tuple[float, ...] = (0.5, 0.5)
    correlation: float = 0.0
    effect: float = 1.0
    dispersion: float = np.inf
    coding: Monotonic | Unordered | Linear | None = Monotonic()
    exposure: bool = False
    family: Family = NegativeBinomial()
    draws: int = 16000

    @property
    def effects(self):
        """Team effects of the model."""
        return ("intercept", "talk")[: len(self.sd)]

    def problem(self):
        """Simulate, and declare."""
        random = np.random.default_rng(12)
        n, n_teams = sum(self.sizes), len(self.sizes)
        team = np.repeat(np.arange(n_teams), self.sizes)
        level = random.integers(0, 4, n)
        covariate = random.normal(0, 1, n)
        log_exposure = np.log(random.choice([0.5, 1.0, 2.0], n)) if self.exposure else np.zeros(n)
        standard = random.standard_normal((n_teams, 2))
        rest = np.sqrt(1 - self.correlation**2)
        standard[:, 1] = self.correlation * standard[:, 0] + rest * standard[:, 1]
        own = standard[:, : len(self.sd)] * self.sd
        log_rate = np.log(self.mean) + log_exposure + 0.2 * covariate + own[team, 0]
        if self.coding is not None:
            curve = np.array([0.0, 0.2, 0.7, 1.0])[level]
            log_rate += self.effect * curve
            if len(self.sd) > 1:
                log_rate += own[team, 1] * curve
        rate = np.exp(log_rate)
        if np.isfinite(self.dispersion):
            rate = random.gamma(self.dispersion, rate / self.dispersion)
        frequencies = ()
        if self.coding is not None:
            frequencies = (FrequencyCoding("talk", ("a", "b", "c", "d"), self.coding.name),)
        design = CountDesign(
            outcome=random.poisson(rate),
            log_exposure=log_exposure,
            frequency_level=level[:, None] if frequencies else np.zeros((n, 0), dtype=np.int64),
            covariates=covariate[:, None],
            team=team,
            multiplicity=np.ones(n),
            weight=np.ones(n),
            teams=np.array([f"t{i:02d}" for i in range(n_teams)], dtype=object),
            departments=None,
            coding=DesignCoding(frequencies, (CovariateCoding("tenure"),), self.effects),
        )
        model = CountModel(
            family=self.family, frequency=self.coding or Monotonic(), team_effects=self.effects
        )
        return CountProblem(model, design, resolve_priors(None, design))


CASES = {
    "small and sparse": Case((2, 3, 4, 5, 2, 6, 3, 4, 1, 5), 0.6, dispersion=2.0),
    "large counts": Case((8,) * 12, 150.0, (0.3, 0.2), dispersion=8.0),
    "sd near zero": Case((6,) * 20, 2.0, (0.0, 0.0), dispersion=3.0),
    "correlation near -1": Case((10,) * 20, 3.0, (0.8, 0.8), -0.98, dispersion=5.0),
    "heavy dispersion": Case((8,) * 16, 3.0, dispersion=0.3),
    "unbalanced, unordered": Case((60, *(2,) * 12, 20), 2.0, dispersion=4.0, coding=Unordered()),
    "linear, exposure": Case(
        (7,) * 15, 1.5, (0.6, 0.4), coding=Linear(), exposure=True, family=Poisson()
    ),
    "no frequency": Case((4,) * 12, 1.0, (0.7,), coding=None, family=Poisson(), draws=8000),
}
#: Compared at every run of the tests; the others are slow.
QUICK = ("no frequency",)


@cache
def both(name):
    """Draws by either engine."""
    case = CASES[name]
    problem = case.problem()
    options = SamplingOptions(draws=case.draws, seed=7, progress=False)
    return MarginalEngine().run(problem, options), NutsEngine().run(problem, options)


def columns(posterior):
    """Every quantity that varies, by name: arrays of shape (chains, draws)."""
    found = {}
    for name, values in posterior.items():
        flat = values.reshape(*values.shape[:2], -1)
        for i in range(flat.shape[2]):
            # Only one triangle of the correlations, and no level or step that is fixed.
            is_double = name == "team_correlation" and i != 1
            if np.ptp(flat[..., i]) > 1e-9 and not is_double:
                found[f"{name}[{i}]"] = flat[..., i]
    return found


def errors(draws):
    """Monte Carlo standard errors of the mean and of the sd."""
    return array_stats.mcse(draws, method="mean"), array_stats.mcse(draws, method="sd")


def comparison(name):
    """By quantity: difference of means in sds and log ratio of sds, each with its error."""
    ours, theirs = (columns(each.posterior) for each in both(name))
    assert set(ours) == set(theirs)
    found = {}
    for label, reference in theirs.items():
        sd = reference.std()
        shift, spread = (ours[label].mean() - reference.mean()) / sd, np.log(ours[label].std() / sd)
        of_means, of_sds = np.hypot(errors(ours[label]), errors(reference)) / sd
        found[label] = (shift, of_means, spread, of_sds)
    return found


cases = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in CASES]
)


@cases
def test_posterior_means_and_sds_agree(name):
    apart = {
        label: [round(float(figure), 3) for figure in figures]
        for label, figures in comparison(name).items()
        if abs(figures[0]) > MEAN_WITHIN_SDS + ERRORS * figures[1]
        or abs(figures[2]) > SD_WITHIN + ERRORS * figures[3]
    }
    assert not apart


@cases
def test_the_comparison_could_tell(name):
    """The Monte Carlo error leaves room to see a difference of the size that is looked for."""
    figures = np.array(list(comparison(name).values()))
    assert figures[:, 1].max() < MEAN_WITHIN_SDS / 2
    assert np.median(figures[:, 1]) < MEAN_WITHIN_SDS / 4
    assert np.median(figures[:, 3]) < SD_WITHIN / 3


@cases
def test_both_certificates_pass(name):
    """
    Of NUTS' divergences one in five hundred is let go: its bound is none at all.

    The unbalanced teams have 15 of 16,000 at a target acceptance of 0.99. Were its draws biased by
    them, they would not agree with ours, which `test_posterior_means_and_sds_agree` looks at.
    """
    ours, theirs = (each.certificate for each in both(name))
    assert ours.passed, str(ours)
    bad = {check.name: check.value for check in theirs.checks if check.verdict == "bad"}
    assert set(bad) <= {"divergences"}, str(theirs)
    assert bad.get("divergences", 0) <= CASES[name].draws / 500


def test_an_inflated_sd_would_be_seen():
    """Half a posterior sd more is rejected: the comparison is able to fail."""
    figures = comparison(QUICK[0])["team_sd[0]"]
    assert abs(figures[0] + 0.5) > MEAN_WITHIN_SDS + ERRORS * figures[1]
