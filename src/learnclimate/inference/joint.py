"""Fit scales and counts together: plausible values that know of the count, one fit each."""

import time
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import LearnClimateWarning
from learnclimate.counts.model import shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.engine import Engine, SamplingOptions
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_counts import counts_of
from learnclimate.inference.joint_fit import JointFit, ValueSets
from learnclimate.inference.joint_mixture import ENOUGH, mixed, mixture_error, with_item_draws
from learnclimate.inference.joint_moves import moved_kept_teams, values_from_items
from learnclimate.inference.joint_parameters import (
    CountParameters,
    parameter_pool,
    parameters_at,
)
from learnclimate.inference.joint_respondents import moved_respondents
from learnclimate.inference.joint_teams import moved_teams
from learnclimate.inference.joint_value_source import Values
from learnclimate.inference.joint_values import (
    KeptTeamValues,
    RespondentValues,
    TeamValues,
    value_source,
)
from learnclimate.inference.nuts_again import NutsAgain
from learnclimate.inference.private_seed import answers_of
from learnclimate.joint.face_values import face_values, with_factors
from learnclimate.joint.model import JointModel
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.engine_choice import EngineName

FloatArray = npt.NDArray[np.float64]

#: Sets of values in a round, how many are made before, and how many rounds there are at most.
N_VALUES = 20
_WARM_UP = 10
_MOST_ROUNDS = 4
_LEAST_DRAWS = 100
#: Rounds at least, by whether factors are the teams': sets differ by more than chance within a set,
#: and the ends of an interval come out too close of twenty. Respondents' factors take longer to
#: leave the values that they started from: against NUTS the slope's spread was a tenth to a
#: seventh too small.
_LEAST_ROUNDS = {False: 3, True: 2}
#: Of how many fits, every third of the last, the draws are pooled, and how often.
_POOLED, _POOLED_EVERY = 6, 10
#: Nodes a dimension for the teams' own effects: proposals need be no more exact than this.
_NODES = 7


@dataclass(frozen=True, slots=True)
class _Work:
    """What every step needs."""

    model: JointModel
    survey: Survey
    factor: FactorFit
    source: RespondentValues | TeamValues | KeptTeamValues
    engine: "EngineName | Engine"
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
    given up by how likely it makes the respondent's (or the team's) counts, and the items'
    parameters by how likely they make all counts; the count model is fitted to the values, and
    so on in turn. Values drawn from the items alone weaken the relation, as they know nothing
    of the count: what they give is laid beside.

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
    from learnclimate.inference.fitting import fit_factors

    start = time.perf_counter()
    factor = fit_factors(model.factor, survey, "auto", (max(draws, 400), seed, False))
    mixture = fit_mixture(model, survey, factor, engine=engine, draws=draws, seed=seed)
    work, rng = mixture.work, mixture.rng
    first = _WARM_UP + _MOST_ROUNDS * N_VALUES
    plain = [
        _count_fit(work, values_from_items(work.source, rng).factors, first + step)
        for step in range(N_VALUES)
    ]
    two_step = mixed(plain, factor, N_VALUES)
    face = _count_fit(replace(work, draws=max(draws, 400)), face_values(model, survey), _WARM_UP)
    n_values = len(mixture.sets.factor_draw)
    # What a report tells is what was asked for, not the seed and the time of one of many fits.
    asked = replace(mixture.count.provenance, seed=seed, seconds=time.perf_counter() - start)
    count = replace(mixture.count, provenance=asked)
    return JointFit(count, two_step, face, factor, work.model, n_values, mixture.sets)


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
    fixed = _with_fixed_priors(model, survey)
    made_by = _engine(model, engine)
    work = _Work(fixed, survey, factor, value_source(factor), made_by, each, seed)
    rng = _numbers(fixed, survey, seed)
    values, pool = values_from_items(work.source, rng), None
    fits: list[Fit] = []
    sets: list[Values] = []
    for step in range(_WARM_UP + _MOST_ROUNDS * N_VALUES):
        counted = _count_fit(work, values.factors, step)
        fits.append(counted)
        sets.append(values)
        kept = _settled(fits, _LEAST_ROUNDS[work.by_team])
        if kept and mixture_error(kept) < ENOUGH:
            break
        counts = counts_of(counted, work.model.names, by_team=work.by_team)
        if (len(fits) - _WARM_UP) % _POOLED_EVERY == 0:
            # Seldom made anew: proposals that went with the values at hand would lead them astray.
            recent = slice(-3 * _POOLED, None, 3) if len(fits) > 3 * _POOLED else slice(1, None)
            made = [one.factors for one in sets[recent]]
            pool = parameter_pool(counts, fits[recent], made)
        parameters = parameters_at(counts, counted, pool, rng)
        values = _moved(work.source, values, parameters, rng)
    of_kept = _value_sets(work, sets[len(fits) - len(kept) :], kept)
    found = with_item_draws(mixed(kept, factor, N_VALUES), of_kept.factor_draw)
    return Mixture(found, of_kept, work, rng)


def _moved(
    source: RespondentValues | TeamValues | KeptTeamValues,
    values: Values,
    parameters: CountParameters,
    rng: np.random.Generator,
) -> Values:
    if isinstance(source, RespondentValues):
        return moved_respondents(source, values, parameters, rng)[0]
    if isinstance(source, TeamValues):
        return moved_teams(source, values, parameters, rng)[0]
    return moved_kept_teams(source, values, parameters, rng)[0]


def _engine(model: JointModel, engine: "EngineName") -> "EngineName | Engine":
    """Give NUTS that compiles once for all sets, where it has to fit every one of them."""
    always = model.count.between == "latent" and engine == "auto"
    return NutsAgain() if engine == "nuts" or always else engine


def _value_sets(work: _Work, sets: list[Values], fits: list[Fit]) -> ValueSets:
    """Keep which parameters every set goes with, and the teams' values where they are theirs."""
    design = work.factor.design
    n_teams = len(design.teams) if work.by_team else 0
    of_teams = np.zeros((len(sets), n_teams, design.n_factors))
    if work.by_team:
        for place, values in enumerate(sets):
            of_teams[place, design.team] = values.factors
    name = "team_moderators"
    constants = [one.draws["constant_data"] for one in fits]
    shifted = name in constants[0]
    moderators = [found[name].to_numpy() for found in constants] if shifted else np.zeros((0, 0, 0))
    draws = np.array([values.draw for values in sets])
    return ValueSets(draws, of_teams, np.array(moderators), work.survey)


def _with_fixed_priors(model: JointModel, survey: Survey) -> JointModel:
    """Fill the count model's priors in, as beside standardised scores: the same for all values."""
    count = model.count
    design = count.design(with_factors(survey, model.names, face_values(model, survey)))
    priors = shown_priors(count, design, resolve_priors(count.priors, design))
    return replace(model, count=replace(count, priors=priors))


def _numbers(model: JointModel, survey: Survey, seed: int) -> np.random.Generator:
    """Start from the seed and the answers: a file's sets of values cannot be made from it again."""
    scored = with_factors(survey, model.names, face_values(model, survey))
    answers = answers_of(model.count.design(scored))
    return np.random.default_rng([private_seed(seed, *answers), 23])


def _settled(fits: list[Fit], least: int) -> list[Fit]:
    """Give the fits to keep, after a round of them; none in between. Later rounds start later."""
    rounds, rest = divmod(len(fits) - _WARM_UP, N_VALUES)
    if rest or rounds < min(least, _MOST_ROUNDS):
        return []
    return fits[_WARM_UP + (rounds - 1) * N_VALUES // 3 :]


def _with_factors(work: _Work, values: FloatArray) -> Survey:
    return with_factors(work.survey, work.model.names, values)


def _count_fit(work: _Work, values: FloatArray, step: int) -> Fit:
    from learnclimate.inference.fitting import fit_counts

    with warnings.catch_warnings():
        # Told once, by the certificate of the mixture.
        warnings.simplefilter("ignore", LearnClimateWarning)
        options = SamplingOptions(
            draws=-(-work.draws // 4) * 4, seed=work.seed + step, progress=False, team_draws=True
        )
        return fit_counts(work.model.count, _with_factors(work, values), work.engine, options)
