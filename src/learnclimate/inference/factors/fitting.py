"""Fit a declared factor model: choose the engine, lay the draws out."""

import hashlib
import time
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import LearnClimateWarning
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.engine import EngineDraws, EngineError
from learnclimate.inference.factors.engine import (
    FactorProblem,
    is_slow_grid,
    obstacle,
    run_marginal,
)
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.variables import FACTOR_DIMS
from learnclimate.inference.progress import working
from learnclimate.inference.provenance import Provenance
from learnclimate.inference.small_groups import kept_as
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorDeclaration
from learnclimate.survey.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorOptions:
    """
    How to fit a factor model, checked.

    Attributes
    ----------
    engine : {"auto", "marginal", "nuts"}
        The engine.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    progress : bool
        Whether to show what goes on.
    left_out : tuple of (column, reason, number of rows)
        Why rows were left out of the survey.
    keep_finished : bool
        Whether an interruption of chains keeps the rounds that are finished: not within longer
        work, which it is to end.
    """

    engine: str
    draws: int
    seed: int
    progress: bool
    left_out: tuple[tuple[str, str, int], ...] = ()
    keep_finished: bool = False


def fit_factor_model(model: FactorDeclaration, survey: Survey, options: FactorOptions) -> FactorFit:
    """
    Fit a factor model to a survey.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        What to fit.
    survey : Survey
        The answers.
    options : FactorOptions
        How.

    Returns
    -------
    FactorFit
        Draws, certificate and provenance.

    Raises
    ------
    ModelError
        If model and survey contradict each other, or the engine does not apply.
    SurveyError
        If an answer lies outside its scale, or an item never varies.
    FitError
        If the posterior cannot be computed.
    """
    return fit_of_design(model, factor_design(model, survey), survey, options)


def fit_of_design(
    model: FactorDeclaration, design: FactorDesign, survey: Survey, options: FactorOptions
) -> FactorFit:
    """
    Fit a factor model to answers that are laid out already.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        What to fit.
    design : FactorDesign
        The answers to items, those of the survey or simulated ones.
    survey : Survey
        Where the respondents come from.
    options : FactorOptions
        How.

    Returns
    -------
    FactorFit
        Draws, certificate and provenance.

    Raises
    ------
    ModelError
        If the engine does not apply.
    FitError
        If the posterior cannot be computed.
    """
    started = time.perf_counter()
    private = replace(options, seed=private_seed(options.seed, *_answers(design)))
    drawn = _run(FactorProblem(model, design), private)
    provenance = Provenance(
        source=survey.source,
        n_respondents=design.discretion().told(int(design.answered.sum())),
        n_teams=len(design.teams),
        n_left_out=survey.n_left_out,
        left_out=options.left_out,
        data_hash=_hashed(design),
        seed=options.seed,
        draws=int(np.prod(np.shape(drawn.posterior["loadings"])[:2])),
        seconds=round(time.perf_counter() - started, 3),
        pseudonymised=survey.pseudonymised,
    )
    tree = factor_tree(drawn, design)
    return FactorFit(tree, drawn.certificate, model, survey.codebook, provenance, design)


def _run(problem: FactorProblem, options: FactorOptions) -> EngineDraws:
    reason = obstacle(problem)
    actions: tuple[str, ...] = ()
    is_only = options.engine == "marginal" or problem.model.link == "identity"
    if options.engine == "marginal" or (options.engine == "auto" and reason is None):
        # Chains on a large grid take minutes where those of factors and items in turn, which
        # come next, take less.
        insist = is_only or not is_slow_grid(problem)
        try:
            with working("Sampling, factors integrated out", shown=options.progress):
                drawn = run_marginal(problem, draws=options.draws, seed=options.seed, insist=insist)
        except EngineError as error:
            if options.engine == "marginal":
                raise
            reason = f"the marginal engine failed ({str(error).split(':')[0]})"
        else:
            if drawn.certificate.passed or options.engine == "marginal":
                return drawn
            reason = "the certificate of the marginal engine did not pass"
            actions = drawn.certificate.actions
    if options.engine == "auto" and not is_only:
        told = f"Drew factors and items in turn (Gibbs steps), since {reason}."
        walked, is_last = _walked(problem, options)
        actions = (*actions, told, *walked.certificate.actions)
        if walked.certificate.passed or is_last:
            return replace(walked, certificate=replace(walked.certificate, actions=actions))
        reason = "the chains of Gibbs steps did not agree"
    return _by_nuts(problem, options, reason, actions)


def _walked(problem: FactorProblem, options: FactorOptions) -> tuple[EngineDraws, bool]:
    """Draw factors and items in turn; an interruption that is kept says that nothing follows."""
    from learnclimate.inference.factors.walk import STOPPED, run_walk

    with working("Sampling factors and items in turn", shown=options.progress) as say:
        walked = run_walk(
            problem,
            draws=options.draws,
            seed=options.seed,
            say=say,
            keep_finished=options.keep_finished,
        )
    return walked, STOPPED in walked.certificate.actions


def _by_nuts(
    problem: FactorProblem, options: FactorOptions, reason: str | None, actions: tuple[str, ...]
) -> EngineDraws:
    from learnclimate.inference.factors.nuts import run_nuts

    if options.engine == "auto":
        told = f"Sampled with NUTS, since {reason}."
        actions = (*actions, told)
        warnings.warn(f"{told} This takes longer.", LearnClimateWarning, stacklevel=5)
    sampled = run_nuts(problem, draws=options.draws, seed=options.seed, progress=options.progress)
    certificate = sampled.certificate
    actions = (*actions, *certificate.actions)
    return replace(sampled, certificate=replace(certificate, actions=actions))


def factor_tree(drawn: EngineDraws, design: FactorDesign) -> xr.DataTree:
    """
    Name the dims of an engine's draws.

    Parameters
    ----------
    drawn : EngineDraws
        The draws.
    design : FactorDesign
        Tells the coordinates.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior, sample_stats, constant_data``.
    """
    n_chains, n_draws = np.shape(drawn.posterior["loadings"])[:2]
    most = int(design.n_categories.max()) if len(design.n_categories) else 0
    coords: dict[str, npt.NDArray[np.generic]] = {
        labels.CHAIN: np.arange(n_chains),
        labels.DRAW: np.arange(n_draws),
        "item": np.array(design.items, dtype=str),
        "factor": np.array(design.factors, dtype=str),
        "factor_other": np.array(design.factors, dtype=str),
        "cut": np.arange(1, most),
        labels.TEAM: np.array(design.teams, dtype=str),
    }
    both = (labels.CHAIN, labels.DRAW)
    posterior = xr.Dataset(
        {name: ((*both, *FACTOR_DIMS[name]), value) for name, value in drawn.posterior.items()}
    )
    stats = xr.Dataset({name: (both, value) for name, value in drawn.sample_stats.items()})
    constant = xr.Dataset({"team_size": ((labels.TEAM,), design.team_sizes)})
    if design.hidden_from is not None:
        constant[kept_as(design.hidden_from)] = ((labels.TEAM,), design.hidden_from)
    if len(set(design.department.tolist())) > 1:
        constant["team_department"] = ((labels.TEAM,), design.department)
    groups = {
        "posterior": posterior,
        "sample_stats": stats.assign_attrs(drawn.constants),
        "constant_data": constant,
    }
    return xr.DataTree.from_dict(
        {
            name: group.assign_coords({dim: coords[dim] for dim in group.dims if dim in coords})
            for name, group in groups.items()
        }
    )


def _answers(design: FactorDesign) -> tuple[npt.NDArray[np.generic], ...]:
    own = (design.categories, design.team)
    return own if design.measured is None else (*own, design.measured)


def _hashed(design: FactorDesign) -> str:
    digest = hashlib.sha256()
    for array in _answers(design):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update("\x00".join((*design.items, *design.teams)).encode())
    return digest.hexdigest()
