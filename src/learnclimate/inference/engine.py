"""What every engine takes and gives, so that engines are interchangeable."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.inference.certificate import Certificate

FloatArray = npt.NDArray[np.float64]
TeamDrawsChoice = Literal["auto"] | bool


class EngineError(FitError):
    """An engine that could not do its work on a problem that another may be able to do."""


@dataclass(frozen=True, slots=True)
class CountProblem:
    """
    A count model brought together with its data and priors.

    Attributes
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The data in numbers; rows may be cells with a multiplicity.
    priors : ResolvedPriors
        A prior for every coordinate.
    """

    model: CountModel
    design: CountDesign
    priors: ResolvedPriors


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOptions:
    """
    How to sample.

    Attributes
    ----------
    draws : int
        Posterior draws in total, over all chains (a multiple of 4).
    seed : int
        Seed of every random number.
    executor : concurrent.futures.Executor or None
        Where shards of teams or blocks of draws are computed; this process when None.
    progress : bool
        Whether to show progress.
    team_draws : {"auto", True, False}
        Whether to keep the draws of every team's effects; summaries instead when False,
        and with ``"auto"`` where the draws would take too much memory.
    """

    draws: int = 4000
    seed: int = 0
    executor: Executor | None = None
    progress: bool = True
    team_draws: TeamDrawsChoice = "auto"


@dataclass(frozen=True, slots=True)
class EngineDraws:
    """
    What an engine gives back.

    Attributes
    ----------
    posterior : mapping of str to ndarray of shape (4, n_draws, ...)
        The variables of `learnclimate.core.labels.POSTERIOR_DIMS` that the model has.
    sample_stats : mapping of str to ndarray of shape (4, n_draws)
        Per-draw figures of the engine, such as ``diverging`` or ``log_weight``.
    certificate : Certificate
        What vouches for the draws.
    constants : mapping of str to float
        Figures of the whole run, such as ``log_evidence``.
    team_summary : mapping of str to ndarray of shape (n_teams, n_team_effects, ...)
        ``mean``, ``sd``, ``skewness`` and ``correlation`` of the teams' effects, where the
        engine keeps these instead of ``team_effects``; else empty.
    standardised : mapping of str to ndarray of shape (4, n_draws, ...), or None
        Answers standardised over the respondents, where the engine does not keep the draws
        to compute them from.
    """

    posterior: Mapping[str, FloatArray]
    sample_stats: Mapping[str, FloatArray]
    certificate: Certificate
    constants: Mapping[str, float] = field(default_factory=dict)
    team_summary: Mapping[str, FloatArray] = field(default_factory=dict)
    standardised: Mapping[str, FloatArray] | None = None


class Engine(Protocol):
    """An inference engine for count models."""

    name: str

    def obstacle(self, problem: CountProblem) -> str | None:
        """Say in words why the engine does not apply to `problem`; None where it does."""

    def run(self, problem: CountProblem, options: SamplingOptions) -> EngineDraws:
        """Sample the posterior of `problem`."""
