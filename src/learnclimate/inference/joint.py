"""Fit scales and counts together: plausible values that know of the count, one fit each."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import LearnClimateWarning
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import score_draws
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit, ValueSets
from learnclimate.inference.joint_mixture import ENOUGH, mixed, mixture_error
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
from learnclimate.inference.structural_draws import structural_draws
from learnclimate.joint.face_values import face_values, with_factors
from learnclimate.joint.model import JointModel
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.fitting import EngineName

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Sets of values in a round, how many are made before, and how many rounds there are at most.
N_VALUES = 20
_WARM_UP = 6
_MOST_ROUNDS = 4
#: Proposals a respondent or team between two fits of the count model.
_PROPOSALS = 8
_LEAST_DRAWS = 100
#: Nodes a dimension for the teams' own effects: proposals need be no more exact than this.
_NODES = 7


@dataclass(frozen=True, slots=True)
class _Work:
    """What every step needs."""

    model: JointModel
    survey: Survey
    factor: FactorFit
    engine: "EngineName"
    draws: int
    seed: int

    @property
    def by_team(self) -> bool:
        """Whether the factors are the teams'."""
        return self.model.factor.levels == "team"


def fit_joint_model(
    model: JointModel, survey: Survey, *, engine: "EngineName", draws: int, seed: int
) -> JointFit:
    """
    Fit a joint model.

    Values of the factors are drawn that are plausible given the items; each is kept or
    given up by how likely it makes the respondent's (or the team's) counts, the count model
    is fitted to the values, and so on in turn. Values drawn from the items alone weaken the
    relation, as they know nothing of the count: what they give is laid beside.

    Parameters
    ----------
    model : JointModel
        What to fit.
    survey : Survey
        The answers.
    engine : {"auto", "marginal", "nuts"}
        For the count model.
    draws : int
        Draws in total.
    seed : int
        Seed.

    Returns
    -------
    JointFit
        The mixed draws, what two separate steps give, and what mean scores give.

    References
    ----------
    Bartlett, Seaman, White and Carpenter (2015), doi 10.1177/0962280214521348 (values that
    agree with the model of interest).
    """
    from learnclimate.inference.fitting import fit

    factor: FactorFit = fit(model.factor, survey, draws=max(draws, 400), seed=seed, progress=False)
    mixture = fit_mixture(model, survey, factor, engine=engine, draws=draws, seed=seed)
    work, rng = mixture.work, mixture.rng
    first = _WARM_UP + _MOST_ROUNDS * N_VALUES
    plain = [
        _count_fit(work, _proposal(work, _parameters_alike(work, rng), rng), first + step)
        for step in range(N_VALUES)
    ]
    two_step = mixed(plain, factor, N_VALUES)
    face = _count_fit(replace(work, draws=max(draws, 400)), face_values(model, survey), _WARM_UP)
    n_values = len(mixture.sets.factor_draw)
    return JointFit(mixture.count, two_step, face, factor, model, n_values, mixture.sets)


@dataclass(frozen=True, slots=True)
class Mixture:
    """
    The count model's draws mixed over plausible values, and what further steps need.

    Attributes
    ----------
    count : Fit
        The mixed draws.
    sets : ValueSets
        The sets of values that were mixed.
    work : _Work
        Model, answers and factor fit.
    rng : numpy.random.Generator
        Random numbers, as the steps so far left them.
    """

    count: Fit
    sets: ValueSets
    work: _Work
    rng: np.random.Generator


def fit_mixture(
    model: JointModel,
    survey: Survey,
    factor: FactorFit,
    *,
    engine: "EngineName",
    draws: int,
    seed: int,
) -> Mixture:
    """
    Fit a joint model, without the simpler ways that are laid beside it.

    Parameters
    ----------
    model : JointModel
        What to fit.
    survey : Survey
        The answers.
    factor : FactorFit
        The factor model, fitted to the same respondents' answers to the items.
    engine : {"auto", "marginal", "nuts"}
        For the count model.
    draws : int
        Draws in total.
    seed : int
        Seed.

    Returns
    -------
    Mixture
        The mixed draws.
    """
    each = max(_LEAST_DRAWS, -(-draws // N_VALUES // 4) * 4)
    work = _Work(model, survey, factor, engine, each, seed)
    rng = np.random.default_rng([seed, 23])
    alike = _parameters_alike(work, rng)
    values = _proposal(work, alike, rng)
    fits: list[Fit] = []
    sets: list[tuple[int, FloatArray]] = []
    for step in range(_WARM_UP + _MOST_ROUNDS * N_VALUES):
        counted = _count_fit(work, values, step)
        fits.append(counted)
        sets.append((int(alike[0]), values))
        kept = _settled(fits)
        if kept and mixture_error(kept) < ENOUGH:
            break
        alike = _parameters_alike(work, rng)
        values = _moved(work, counted, values, (alike, rng))
    of_kept = _value_sets(work, sets[len(fits) - len(kept) :])
    return Mixture(mixed(kept, factor, N_VALUES), of_kept, work, rng)


def _value_sets(work: _Work, sets: list[tuple[int, FloatArray]]) -> ValueSets:
    """Keep which parameters every set goes with, and the teams' values where they are theirs."""
    design = work.factor.design
    n_teams = len(design.teams) if work.by_team else 0
    of_teams = np.zeros((len(sets), n_teams, design.n_factors))
    if work.by_team:
        for place, (_, values) in enumerate(sets):
            of_teams[place, design.team] = values
    return ValueSets(np.array([draw for draw, _ in sets]), of_teams, work.survey)


def _settled(fits: list[Fit]) -> list[Fit]:
    """Give the fits to keep, after a round of them; none in between. Later rounds start later."""
    rounds, rest = divmod(len(fits) - _WARM_UP, N_VALUES)
    if rest or rounds < 1:
        return []
    return fits[_WARM_UP + (rounds - 1) * N_VALUES // 3 :]


def _parameters_alike(work: _Work, rng: np.random.Generator) -> IntArray:
    """
    Pick a draw of the factor model, and those that propose values under its parameters, it first.

    All values of one set go with one draw of the parameters: what is not known of these is
    not known of all respondents together. A draw of the parameters comes with one of the teams'
    factors, so that more are borrowed from the draws of nearly the same spread between teams.
    """
    posterior = work.factor.draws["posterior"]
    total = posterior.sizes["chain"] * posterior.sizes["draw"]
    draw = int(rng.integers(total))
    if not work.by_team:
        return np.array([draw])
    spread = np.log(posterior["team_factor_sd"].to_numpy().reshape(total, -1))
    apart = ((spread - spread[draw]) / spread.std(axis=0)) ** 2
    return np.argsort(apart.sum(axis=1))[: max(2 * _PROPOSALS, total // 50)]


def _proposal(work: _Work, alike: IntArray, rng: np.random.Generator) -> FloatArray:
    """Factors of every respondent, drawn from the items, (n_respondents, n_factors)."""
    draw = int(rng.choice(alike))
    if work.by_team:
        posterior = work.factor.draws["posterior"]
        names = ("team_factors", "team_factor_sd")
        factors, sd = (flattened({n: posterior[n].to_numpy()})[n][draw] for n in names)
        # In standard deviations over teams, as the mean scores they are compared with.
        return np.asarray((factors / sd)[work.factor.design.team])
    seed = int(rng.integers(2**31))
    return np.asarray(score_draws(work.factor, np.array([draw]), seed=seed)[0])


def _with_factors(work: _Work, values: FloatArray) -> Survey:
    return with_factors(work.survey, work.model.names, values)


def _count_fit(work: _Work, values: FloatArray, step: int) -> Fit:
    from learnclimate.inference.fitting import fit

    with warnings.catch_warnings():
        # Told once, by the certificate of the mixture.
        warnings.simplefilter("ignore", LearnClimateWarning)
        counted: Fit = fit(
            work.model.count,
            _with_factors(work, values),
            engine=work.engine,
            draws=work.draws,
            seed=work.seed + step,
            progress=False,
            team_draws=True,
        )
    return counted


def _moved(
    work: _Work, fit: Fit, values: FloatArray, by: tuple[IntArray, np.random.Generator]
) -> FloatArray:
    """Propose other values from the items, and keep those that the counts agree with."""
    alike, rng = by
    posterior = fit.draws["posterior"].to_dataset()
    total = posterior.sizes["chain"] * posterior.sizes["draw"]
    draw = int(rng.integers(total))
    arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
    one = {name: found[draw : draw + 1] for name, found in flattened(arrays).items()}
    now = _log_counts(work, fit, one, values)
    for _ in range(_PROPOSALS):
        proposed = _proposal(work, alike, rng)
        then = _log_counts(work, fit, one, proposed)
        accepted = np.log(rng.random(len(now))) < then - now
        now = np.where(accepted, then, now)
        whose = accepted[work.factor.design.team] if work.by_team else accepted
        values = np.where(whose[:, None], proposed, values)
    return values


def _log_counts(
    work: _Work, fit: Fit, one: Mapping[str, FloatArray], values: FloatArray
) -> FloatArray:
    """
    Log probability of the counts at one draw of the count model and some values of the factors.

    Where factors are the teams', of every team's counts, its own effects integrated out where
    they can be: given these, a team's factor would hardly move. Else of every respondent's.
    """
    design = _with_values(work, fit, values)
    if work.by_team and design.coding.team_effects:
        problem = CountProblem(fit.model, design, resolve_priors(fit.priors, design))
        if MarginalEngine().obstacle(problem) is None:
            return log_counts_of_teams(problem, one)
    of_respondents = _log_counts_of_respondents(fit, design, one)
    if work.by_team:
        return np.bincount(design.team, of_respondents, minlength=design.n_teams)
    return of_respondents


def _with_values(work: _Work, fit: Fit, values: FloatArray) -> CountDesign:
    """Put values of the factors into the design of a fit."""
    design = fit.design
    if design is None:
        raise TypeError("A fit that has just been made has its design.")
    covariates = design.covariates.copy()
    places = [design.coding.covariate_labels.index(name) for name in work.model.names]
    covariates[:, places] = values
    return replace(design, covariates=covariates)


def log_counts_of_teams(problem: CountProblem, one: Mapping[str, FloatArray]) -> FloatArray:
    """
    Compute the log probability of every team's counts, its own effects integrated out.

    Parameters
    ----------
    problem : CountProblem
        The counts.
    one : mapping of str to ndarray of shape (1, ...)
        A draw of the count model; team effects are not read.

    Returns
    -------
    ndarray of shape (n_teams,)
        By team.
    """
    from learnclimate.inference.marginal.likelihood.team_values import team_values

    design, draws = with_step_draws(problem, one)
    psi = structural_draws(draws, design, structural_layout(problem.model, design))
    return team_values(problem.model, design, psi, _NODES)[:, 0]


def _log_counts_of_respondents(
    fit: Fit, design: CountDesign, one: Mapping[str, FloatArray]
) -> FloatArray:
    at = places_of_rows(one, design, np.arange(len(design.outcome)))
    distribution = distribution_of(fit.model.family)
    if design.asked.highest is None:
        return np.asarray(distribution.log_density(design.outcome[None], at)[0])
    return np.asarray(
        log_probability_between(distribution, design.outcome, design.asked.highest, at)[0]
    )
