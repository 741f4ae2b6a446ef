"""An engine that never looks at the counts: its draws are the priors', for every family."""

import numpy as np

from learnclimate.counts.prior_draws import prior_draws
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws


class PriorEngine:
    name = "prior"

    def obstacle(self, problem):
        return None

    def run(self, problem, options):
        rng = np.random.default_rng(options.seed)
        drawn = prior_draws(
            problem.model.family, problem.design, problem.priors, options.draws, rng
        )
        shaped = {name: v.reshape(4, -1, *v.shape[1:]) for name, v in drawn.items()}
        check = CertificateCheck("made", "good", 0.0, 1.0, "draws of the prior")
        return EngineDraws(shaped, {}, Certificate("prior", (check,)))
