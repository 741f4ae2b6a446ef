"""One replicate of a design analysis: a simulated study, its fit, and what it would have told."""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.kept_work import Record
from learnclimate.core import labels
from learnclimate.core.errors import FitError, ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.model import CountModel
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.team_totals import team_setting, team_totals
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.engine_choice import engine_for
from learnclimate.inference.marginal.likelihood.sharding import by_itself
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What every replicate of a design analysis needs.

    Attributes
    ----------
    truth : Truth
        What studies are simulated from.
    model : CountModel
        What is fitted to them.
    top : int
        How many teams are to be found.
    interval : float
        Probability of the interval.
    draws, seed : int
        Posterior draws a fit; seed of everything.
    alone : bool
        Whether a replicate is to use one processor, since others run beside it.
    """

    truth: Truth
    model: CountModel
    top: int
    interval: float
    draws: int
    seed: int
    alone: bool


def replicate(plan: Plan, name: str) -> Record:
    """
    Do one replicate of one design.

    Parameters
    ----------
    plan : Plan
        What they share.
    name : str
        Number of teams, team size and number of the replicate, as ``"40 12 0"``.

    Returns
    -------
    dict
        ``width``, upper over lower bound of the rate ratio of the highest against the
        lowest level in an average team; ``held``, whether they held the truth;
        ``above``, whether both lie above 1; ``right``, the share of the truly strongest
        teams among those that look strongest (missing where no slope varies); ``passed``,
        whether the certificate did; ``failed``, why there is nothing, or an empty text.
    """
    started = time.perf_counter()
    n_teams, team_size, number = name.split(" ")
    key = [plan.seed, int(n_teams), round(1000 * float(team_size)), int(number)]
    seed = int(np.random.default_rng(key).integers(2**31))
    survey = simulate_survey(
        n_teams=int(n_teams), team_size=float(team_size), truth=plan.truth, seed=seed
    )
    record: Record = {"passed": False, "failed": "", "n_respondents": len(survey.frame)}
    try:
        design = plan.model.design(survey)
        problem = CountProblem(plan.model, design, resolve_priors(plan.model.priors, design))
        posterior, passed = _drawn(plan, problem, seed)
    except (FitError, ModelError) as error:
        return record | {"failed": str(error), "seconds": time.perf_counter() - started}
    effects = survey.truth.team_effects if survey.truth is not None else np.empty((0, 2))
    found = _interval(posterior, plan) | {"passed": passed}
    if any(effect != labels.INTERCEPT for effect in design.coding.varying_effects):
        found["right"] = right_teams(posterior, design, effects, plan.top)
    return record | found | {"seconds": round(time.perf_counter() - started, 3)}


def _drawn(plan: Plan, problem: CountProblem, seed: int) -> tuple[dict[str, FloatArray], bool]:
    engine = engine_for("auto", problem)
    options = SamplingOptions(draws=plan.draws, seed=seed, progress=False, team_draws=True)
    if plan.alone:
        with by_itself():
            drawn = engine.run(problem, options)
    else:
        drawn = engine.run(problem, options)
    return flattened(drawn.posterior), bool(drawn.certificate.passed)


def _interval(posterior: dict[str, FloatArray], plan: Plan) -> Record:
    effect = posterior["frequency_effect"][:, 0]
    tail = (1 - plan.interval) / 2
    lower, upper = np.quantile(effect, [tail, 1 - tail])
    return {
        "width": float(np.exp(upper - lower)),
        "held": bool(lower <= plan.truth.frequency_effect <= upper),
        "above": bool(lower > 0),
    }


def right_teams(
    posterior: dict[str, FloatArray], design: CountDesign, effects: FloatArray, top: int
) -> float:
    """
    Give the share of the truly strongest teams among those that look strongest.

    Parameters
    ----------
    posterior : dict of str to ndarray of shape (n_draws, ...)
        Draws, ``team_effects`` among them.
    design : CountDesign
        The study. Teams too small to show are not chosen, but may be among the strongest.
    effects : ndarray of shape (n_teams, 2)
        True intercepts and slopes.
    top : int
        How many teams are chosen, by the probability of being among so many strongest.

    Returns
    -------
    float
        Between 0 and 1.
    """
    coding = design.coding
    position = next(i for i, name in enumerate(coding.varying_effects) if name != labels.INTERCEPT)
    shown = np.flatnonzero(~hidden_teams_of(design, DisclosureRule()))
    # All that a team departs by, as rank_teams has it: its department's share too.
    slopes = team_totals(coding, posterior, team_setting(design))[:, shown, position]
    if len(shown) <= top:
        chosen = shown
    else:
        ranks = np.argsort(np.argsort(-slopes, axis=1), axis=1)
        # Ties are told apart by the mean rank, as in rank_teams.
        order = np.lexsort([ranks.mean(axis=0), -(ranks < top).mean(axis=0)])
        chosen = shown[order[:top]]
    strongest = np.argsort(-effects[:, 1])[:top]
    return float(np.isin(strongest, chosen).mean())
