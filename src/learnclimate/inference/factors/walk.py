"""Draw items, factors of people and of teams in turn: where factors are too many to integrate."""

from collections.abc import Callable
from itertools import count

import numpy as np
import numpy.typing as npt
from scipy import stats

from learnclimate.inference.certificate import Certificate
from learnclimate.inference.convergence import convergence
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.factors.engine import FactorProblem, item_signs
from learnclimate.inference.factors.kernels_walk import sweep
from learnclimate.inference.factors.kernels_walk_state import (
    N_MOVES,
    WalkData,
    WalkState,
    correlations_at,
)
from learnclimate.inference.factors.parameters import factor_parameters
from learnclimate.inference.factors.variables import factor_signs
from learnclimate.inference.marginal.likelihood.sharding import in_threads
from learnclimate.inference.remedies import NutsDiagnostics, certificate_checks
from learnclimate.measurement.factor_design import LOGIT_SCALE

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

WALK = "Gibbs"
#: Told of chains that an interruption ended.
STOPPED = "Stopped by an interruption: the rounds of sweeps finished by then are all there are."
_CHAINS, _WARM_UP = 4, 400
#: Sweeps a chain, and how often as many are added where chains do not agree yet.
_SWEEPS, _MOST_ROUNDS = 1500, 12
_RATE = 0.15
#: A category with fewer answers than this leaves its thresholds' distance nearly open.
_FEW = 5
_RHAT, _ESS = 1.01, 400.0


def run_walk(
    problem: FactorProblem,
    *,
    draws: int,
    seed: int,
    say: Callable[[str], None] | None = None,
    keep_finished: bool = False,
) -> EngineDraws:
    """
    Sample items' parameters and factors of an ordinal model in turn, and certify the draws.

    Given the factors, items are independent of each other, and given the items so are people:
    each is drawn by one Newton step with noise. What makes such chains slow, factors that are
    stretched or shifted for all while items give way, and spreads over teams that go together
    with the teams' factors, are moves of their own that the answers do not notice.

    Parameters
    ----------
    problem : FactorProblem
        The problem; the answers are ordered categories.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    say : callable, optional
        Takes words on how far the chains are, after every round.
    keep_finished : bool, default False
        Whether an interruption (Ctrl-C) after the first round ends the chains and no more, their
        finished rounds kept; else it is passed on, as it must be within longer work.

    Returns
    -------
    EngineDraws
        The draws. Sweeps are added until chains agree and there are as many as draws asked for,
        and thinned; there are fewer where an interruption came first.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts, and no finished rounds are there, or they are not to be kept.

    References
    ----------
    Gamerman (1997), doi 10.1023/A:1018509429360; Yu and Meng (2011),
    doi 10.1198/jcgs.2011.203main (moves between two ways to write the same model).
    """
    data = _data(problem)
    generators = [np.random.default_rng([seed, 31, chain]) for chain in range(_CHAINS)]
    states = [_start(problem, rng) for rng in generators]
    parts: list[list[Draws]] = [[] for _ in range(_CHAINS)]
    found: Draws = {}
    worst: dict[str, FloatArray] = {}
    actions: tuple[str, ...] = ()
    for round_ in count():

        def run(chain: int, warm_up: int = _WARM_UP if round_ == 0 else 0) -> None:
            parts[chain].append(_swept(states[chain], data, warm_up, generators[chain]))

        try:
            in_threads(run, range(_CHAINS))
        except KeyboardInterrupt:
            if round_ == 0 or not keep_finished:
                raise
            actions = (STOPPED,)
            break
        found = _variables(problem, parts)
        worst = convergence(found)
        agree = np.nanmax(worst["rhat"]) < _RHAT and _least(worst) > _ESS
        is_enough = found["loadings"].shape[1] >= draws // _CHAINS
        if say is not None:
            say(_told(round_, worst))
        if is_enough and (agree or round_ + 1 >= _MOST_ROUNDS):
            break
    of_nuts = NutsDiagnostics(
        max_rhat=float(np.nanmax(worst["rhat"])),
        min_ess_bulk=float(np.nanmin(worst["ess_bulk"])),
        min_ess_tail=float(np.nanmin(worst["ess_tail"])),
        n_divergent=0, share_max_depth=0.0, min_bfmi=1.0,
    )  # fmt: skip
    checks = tuple(check for check in certificate_checks(of_nuts) if check.name in _CHECKED)
    n_sweeps = found["loadings"].shape[1]
    n_kept = min(draws // _CHAINS, n_sweeps)
    kept = np.arange(n_kept) * n_sweeps // n_kept
    posterior = {name: values[:, kept] for name, values in found.items()}
    return EngineDraws(posterior, {}, Certificate(WALK, checks, actions))


def _told(round_: int, worst: dict[str, FloatArray]) -> str:
    return (
        f"round {round_ + 1} of at most {_MOST_ROUNDS} done, R-hat {np.nanmax(worst['rhat']):.3f}, "
        f"least effective sample size {_least(worst):.0f}"
    )


_CHECKED = ("R-hat", "effective sample size")


def _least(worst: dict[str, FloatArray]) -> float:
    return float(min(np.nanmin(worst["ess_bulk"]), np.nanmin(worst["ess_tail"])))


def _data(problem: FactorProblem) -> WalkData:
    model, design = problem.model, problem.design
    parameters = factor_parameters(model, design)
    loads = np.zeros((len(design.items), design.n_factors), dtype=bool)
    sd = np.ones(loads.shape)
    loads[design.loading_item, design.loading_factor] = True
    sd[design.loading_item, design.loading_factor] = design.loading_sd
    given = design.categories >= 0
    return WalkData(
        answers=np.ascontiguousarray(design.categories.T),
        values=np.where(given, design.categories.astype(float), np.nan),
        team=design.team.astype(np.int64),
        n_cuts=design.n_categories.astype(np.int64) - 1,
        tied=_tied(problem),
        loads=loads,
        loading_sd=sd,
        shapes=parameters.partial_shapes(),
        team_scale=float(parameters.team_scale or 0.0),
        logit=model.link == "logit",
    )


def _tied(problem: FactorProblem) -> npt.NDArray[np.bool_]:
    """Say which thresholds have hardly an answer below them, or beyond them at an end."""
    design = problem.design
    tied = np.zeros((len(design.items), int(design.n_categories.max()) - 1), dtype=bool)
    for item, n in enumerate(design.n_categories):
        column = design.categories[:, item]
        is_rare = np.bincount(column[column >= 0], minlength=n) < _FEW
        own = tied[item, 1 : n - 1]
        own[:] = is_rare[1 : n - 1]
        own[:1] |= is_rare[0]
        own[-1:] |= is_rare[-1]
    return tied


def _start(problem: FactorProblem, rng: np.random.Generator) -> WalkState:
    """Start at moderate loadings with each item's sign, and at the shares of its answers."""
    design = problem.design
    n_items, n_factors = len(design.items), design.n_factors
    by_team = problem.model.levels == "team"
    loadings = np.zeros((n_items, n_factors))
    loadings[np.arange(n_items), design.own_factor] = item_signs(design)
    loadings *= rng.uniform(0.7, 1.5, loadings.shape)
    sd = np.where(by_team, 0.4, 0.0) * np.ones(n_factors)
    scale = np.sqrt(1 + (loadings**2 * (1 + sd**2)).sum(axis=1))
    cuts = np.full((n_items, int(design.n_categories.max()) - 1), np.nan)
    for item, n in enumerate(design.n_categories):
        column = design.categories[:, item]
        share = np.bincount(column[column >= 0], minlength=n) + 1.0
        below = np.cumsum(share / share.sum())[:-1]
        cuts[item, : n - 1] = stats.norm.ppf(below) * scale[item]
    n_correlations = n_factors * (n_factors - 1) // 2
    size = (N_MOVES, max(n_factors, n_correlations, n_items))
    return WalkState(
        factors=0.5 * rng.standard_normal((len(design.categories), n_factors)),
        of_teams=sd * rng.standard_normal((len(design.teams), n_factors)),
        loadings=loadings,
        cuts=cuts,
        within=0.2 * rng.standard_normal(n_correlations),
        over=0.2 * rng.standard_normal(n_correlations),
        log_sd=np.log(np.where(sd > 0, sd, 1.0)),
        log_step=np.full(size, -2.0),
    )


def _swept(state: WalkState, data: WalkData, warm_up: int, rng: np.random.Generator) -> Draws:
    mean = np.empty_like(state.factors)
    for place in range(warm_up):
        sweep(state, data, mean, _RATE / (1 + place / 50), rng)
    kept = ("of_teams", "loadings", "cuts", "within", "over", "log_sd")
    found = {name: np.empty((_SWEEPS, *getattr(state, name).shape)) for name in kept}
    for place in range(_SWEEPS):
        sweep(state, data, mean, 0.0, rng)
        for name, values in found.items():
            values[place] = getattr(state, name)
    return found


def _variables(problem: FactorProblem, parts: list[list[Draws]]) -> Draws:
    """Give the variables of the posterior, signs fixed, (n_chains, n_sweeps, ...)."""
    raw = {
        name: np.stack([np.concatenate([part[name] for part in chain]) for chain in parts])
        for name in parts[0][0]
    }
    design, by_team = problem.design, problem.model.levels == "team"
    shape = raw["loadings"].shape[:2]
    n_all = shape[0] * shape[1]
    flat = {name: values.reshape(n_all, *values.shape[2:]) for name, values in raw.items()}
    within = np.array([correlations_at(one, design.n_factors) for one in flat["within"]])
    sd = np.exp(flat["log_sd"]) * by_team
    over = np.array([correlations_at(one, design.n_factors) for one in flat["over"]])
    total = within + over * sd[:, :, None] * sd[:, None, :]
    own = flat["loadings"]
    scale = np.sqrt(1 + np.einsum("sja,sab,sjb->sj", own, total, own))
    loadings = own * np.sqrt(1 + sd**2)[:, None, :] / scale[:, :, None]
    signs = factor_signs(loadings, design)
    turned = signs[:, :, None] * signs[:, None, :]
    logit = problem.model.link == "logit"
    found = {
        "loadings": loadings * signs[:, None, :],
        "slopes": own * signs[:, None, :] * (LOGIT_SCALE if logit else 1.0),
        "thresholds": flat["cuts"] / scale[:, :, None],
    }
    if logit:
        found["difficulty"] = flat["cuts"] / (own * signs[:, None, :])[:, :, :1]
    if design.n_factors > 1:
        found["factor_correlation"] = within * turned
    if by_team:
        found |= {"team_factor_sd": sd, "factor_icc": sd**2 / (1 + sd**2),
                  "team_factors": flat["of_teams"] * signs[:, None, :]}  # fmt: skip
        if design.n_factors > 1:
            found["team_factor_correlation"] = over * turned
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in found.items()}
