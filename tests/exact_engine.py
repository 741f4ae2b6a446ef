"""A model whose posterior is known exactly, and an engine that draws from it, or off it."""

from dataclasses import dataclass, field

import numpy as np
from scipy import special

import learnclimate as lc
from learnclimate.counts.model import CountModel
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws, EngineError

#: An intercept alone, so that the posterior is known exactly.
ALONE = CountModel(
    family=lc.Poisson(),
    team_effects=(),
    covariates=(),
    priors=lc.Priors(intercept=lc.Normal(0.5, 0.7)),
)


@dataclass
class ExactEngine:
    """Draws of the posterior of `ALONE` from a fine grid, with a fault where one is planted."""

    shift: float = 0.0
    stretch: float = 1.0
    blind: bool = False
    fails_on: int = -1
    certified: bool = True
    runs: list = field(default_factory=list)
    name: str = "exact"

    def obstacle(self, problem):
        return None

    def run(self, problem, options):
        self.runs.append(options.seed)
        if len(self.runs) == self.fails_on:
            raise EngineError("The grid was too coarse: planted.")
        rng = np.random.default_rng(options.seed)
        grid = np.linspace(-4, 6, 20_001)
        log_density = problem.priors.intercept.log_density(grid)
        if not self.blind:
            counts = problem.design.outcome
            log_density = log_density + counts.sum() * grid - len(counts) * np.exp(grid)
        weight = special.softmax(log_density)
        drawn = np.interp(rng.random(options.draws), np.cumsum(weight), grid)
        middle = drawn.mean()
        drawn = middle + self.shift * drawn.std() + self.stretch * (drawn - middle)
        check = CertificateCheck("grid", "good" if self.certified else "bad", 0.0, 1.0, "a grid")
        return EngineDraws({"intercept": drawn.reshape(4, -1)}, {}, Certificate("exact", (check,)))
