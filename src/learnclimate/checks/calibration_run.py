"""One replicate of a calibration: a truth, answers made from it, a fit, the truth's rank."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.asked_again import AskedAgain
from learnclimate.checks.kept_work import Record
from learnclimate.checks.ranked_quantities import LOG_LIKELIHOOD, quantities
from learnclimate.checks.simulated_study import (
    log_likelihood,
    simulated_counts,
    simulated_parameters,
)
from learnclimate.core.errors import ArgumentError, FitError, ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.inference.engine import CountProblem, Engine, SamplingOptions
from learnclimate.inference.marginal.sharding import by_itself

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Of the draws so many are skipped for each that is ranked: neighbours may be copies.
THIN = 4
_FEWEST_OF_NUTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """
    What every replicate of a calibration needs.

    Attributes
    ----------
    problem : CountProblem
        Model, priors and respondents; for a calibration around a fit with their counts.
    truth_from : CountProblem
        The model and priors that truths are drawn from; `problem` itself as a rule.
    around : dict of str to ndarray of shape (n_replicates, ...), or None
        Truths that are draws of a fit's posterior; None where they come from priors.
    options : AskedAgain or None
        The answer options that respondents had; None where answers are counts.
    teams : ndarray of shape (n_chosen,), int
        Teams whose effects are ranked.
    engine : Engine
        Makes the draws.
    draws : int
        How many.
    seed : int
        Seed of everything.
    alone : bool
        Whether a replicate is to use one processor, since others run beside it.
    """

    problem: CountProblem
    truth_from: CountProblem
    around: Mapping[str, FloatArray] | None
    options: AskedAgain | None
    teams: IntArray
    engine: Engine
    draws: int
    seed: int
    alone: bool

    def __post_init__(self) -> None:
        """Refuse so few draws of NUTS that its certificate could not pass."""
        if self.engine.name == "nuts" and self.draws < _FEWEST_OF_NUTS:
            raise ArgumentError(
                f"draws={self.draws}: the certificate of NUTS asks for 400 independent draws, and "
                f"fewer than {_FEWEST_OF_NUTS} seldom hold as many. Give draws=2000."
            )


def replicate(rehearsal: Rehearsal, name: str) -> Record:
    """
    Do one replicate.

    Parameters
    ----------
    rehearsal : Rehearsal
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
    rng = np.random.default_rng([rehearsal.seed, int(name)])
    truth, levels = _truth(rehearsal, int(name), rng)
    source = rehearsal.truth_from
    answered = replace(source.design, frequency_level=levels)
    counts = simulated_counts(truth, answered, source.model.family, rng)[0]
    problem = _with_answers(rehearsal, counts, levels)
    options = SamplingOptions(
        draws=rehearsal.draws, seed=int(rng.integers(2**31)), progress=False, team_draws=True
    )
    record: Record = {"ranks": {}, "passed": False, "failed": ""}
    try:
        if rehearsal.alone:
            with by_itself():
                drawn = rehearsal.engine.run(problem, options)
        else:
            drawn = rehearsal.engine.run(problem, options)
    except FitError as error:
        return record | {"failed": str(error), "seconds": time.perf_counter() - started}
    thinned = {key: values[:, ::THIN] for key, values in drawn.posterior.items()}
    ranks = _ranks(rehearsal, truth, flattened(thinned), problem, rng)
    passed = bool(drawn.certificate.passed)
    return record | {
        "ranks": ranks,
        "passed": passed,
        "seconds": round(time.perf_counter() - started, 3),
    }


def fixed_problem(model: CountModel, design: CountDesign, priors: ResolvedPriors) -> CountProblem:
    """
    Bring a model and respondents together with priors that do not move with the counts.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The respondents.
    priors : ResolvedPriors
        The priors, defaults filled in once.

    Returns
    -------
    CountProblem
        The problem.

    Raises
    ------
    ModelError
        If rows stand for several respondents, or levels are summed out.
    """
    if not (design.multiplicity == 1).all():
        raise ModelError("Calibration needs a row for each respondent, not merged cells.")
    if design.unknown is not None:
        raise ModelError(
            "Calibration does not simulate respondents who left the frequency open yet. Use "
            "CountModel(missing_frequency='leave_out')."
        )
    return CountProblem(model, design, priors)


def _truth(
    rehearsal: Rehearsal, number: int, rng: np.random.Generator
) -> tuple[dict[str, FloatArray], IntArray]:
    """Parameters, and the levels that respondents answer under them."""
    source = rehearsal.truth_from
    if rehearsal.around is not None:
        truth = {name: values[[number]] for name, values in rehearsal.around.items()}
        return truth, source.design.frequency_level
    return simulated_parameters(source.model.family, source.design, source.priors, rng)


def _with_answers(rehearsal: Rehearsal, counts: IntArray, levels: IntArray) -> CountProblem:
    """Put new answers in the place of the old; around a fit, add them to the old."""
    problem, design = rehearsal.problem, rehearsal.problem.design
    new = replace(design, outcome=counts, frequency_level=levels)
    if rehearsal.options is not None:
        new = rehearsal.options.design(new, counts)
    if rehearsal.around is None:
        return replace(problem, design=new)
    twice = design.of_rows(np.tile(np.arange(design.n_rows), 2))
    outcome = np.concatenate([design.outcome, new.outcome])
    asked = twice.asked
    if design.asked.highest is not None and new.asked.highest is not None:
        asked = replace(asked, highest=np.concatenate([design.asked.highest, new.asked.highest]))
    return replace(problem, design=replace(twice, outcome=outcome, asked=asked))


def _ranks(
    rehearsal: Rehearsal,
    truth: Mapping[str, FloatArray],
    draws: Mapping[str, FloatArray],
    problem: CountProblem,
    rng: np.random.Generator,
) -> dict[str, float]:
    design, family = problem.design, problem.model.family
    # Teams are named by their size in the study, not by that with simulated answers added.
    study, teams = rehearsal.problem.design, rehearsal.teams
    true, drawn = quantities(truth, study, teams), quantities(draws, study, teams)
    if set(truth) == set(draws):
        true[LOG_LIKELIHOOD] = log_likelihood(truth, design, family)
        drawn[LOG_LIKELIHOOD] = log_likelihood(draws, design, family)
    ranks = {}
    for name, values in drawn.items():
        if name in true:
            below = (values < true[name][0]).sum()
            ties = (values == true[name][0]).sum()
            ranks[name] = float((below + rng.random() * (ties + 1)) / (len(values) + 1))
    return ranks
