"""One replicate of a calibration: a truth, answers made from it, a fit, the truth's rank."""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.kept_work import Record
from learnclimate.checks.rehearsal import Draws, Rehearsal
from learnclimate.core.errors import ArgumentError, FitError
from learnclimate.counts.prediction import flattened
from learnclimate.inference.engine import EngineDraws, SamplingOptions
from learnclimate.inference.marginal.likelihood.sharding import by_itself

FloatArray = npt.NDArray[np.float64]

#: Of the draws so many are skipped for each that is ranked: neighbours may be copies.
THIN = 4
_FEWEST_OF_NUTS = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What every replicate of a calibration needs.

    Attributes
    ----------
    rehearsal : Rehearsal
        Simulates, fits, and says what is ranked.
    draws : int
        Posterior draws a fit.
    seed : int
        Seed of everything.
    alone : bool
        Whether a replicate is to use one processor, since others run beside it.
    """

    rehearsal: Rehearsal
    draws: int
    seed: int
    alone: bool

    def __post_init__(self) -> None:
        """Refuse so few draws of NUTS that its certificate could not pass."""
        if self.rehearsal.engine.name == "nuts" and self.draws < _FEWEST_OF_NUTS:
            raise ArgumentError(
                f"draws={self.draws}: the certificate of NUTS asks for 400 independent draws, and "
                f"fewer than {_FEWEST_OF_NUTS} seldom hold as many. Give draws=2000."
            )


def replicate(plan: Plan, name: str) -> Record:
    """
    Do one replicate.

    Parameters
    ----------
    plan : Plan
        What they share.
    name : str
        Its number, from 0.

    Returns
    -------
    dict
        ``ranks`` by quantity, each the share of draws below the truth with ties and the
        space between two draws broken at random, so that it is uniform on (0, 1) where the
        draws are right; ``passed``, whether the certificate passed; ``failed``, why there
        are no ranks, or an empty text; ``seconds``.
    """
    started = time.perf_counter()
    rng = np.random.default_rng([plan.seed, int(name)])
    study = plan.rehearsal.simulated(int(name), rng)
    options = SamplingOptions(
        draws=plan.draws, seed=int(rng.integers(2**31)), progress=False, team_draws=True
    )
    record: Record = {"ranks": {}, "passed": False, "failed": ""}
    try:
        drawn = _fitted(plan, study.problem, options)
    except FitError as error:
        return record | {"failed": str(error), "seconds": time.perf_counter() - started}
    thinned = {key: values[:, ::THIN] for key, values in drawn.posterior.items()}
    true, found = plan.rehearsal.quantities(study.truth, flattened(thinned), study.problem)
    return record | {
        "ranks": _ranks(true, found, rng),
        "passed": bool(drawn.certificate.passed),
        "seconds": round(time.perf_counter() - started, 3),
    }


def _fitted(plan: Plan, problem: object, options: SamplingOptions) -> EngineDraws:
    if not plan.alone:
        return plan.rehearsal.engine.run(problem, options)
    with by_itself():
        return plan.rehearsal.engine.run(problem, options)


def _ranks(true: Draws, drawn: Draws, rng: np.random.Generator) -> dict[str, float]:
    ranks = {}
    for name, values in drawn.items():
        if name in true:
            below = (values < true[name][0]).sum()
            ties = (values == true[name][0]).sum()
            ranks[name] = float((below + rng.random() * (ties + 1)) / (len(values) + 1))
    return ranks
