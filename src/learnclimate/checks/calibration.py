"""Simulation-based calibration: whether intervals hold what they say, for any declared model."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from learnclimate.checks.calibration_run import THIN, Plan, replicate
from learnclimate.checks.calibration_verdict import judged, told
from learnclimate.checks.joint_truths import joint_around
from learnclimate.checks.kept_work import Record, fingerprint_of, kept_work
from learnclimate.checks.many_fits import HowToRun, check_executor, run_missing
from learnclimate.checks.rehearsal import Rehearsal, RehearsalEngine
from learnclimate.checks.rehearsed_counts import counts_around, rehearsed_counts
from learnclimate.checks.rehearsed_factors import factors_around, rehearsed_factors
from learnclimate.checks.rehearsed_joint import rehearsed_joint
from learnclimate.checks.rehearsed_kinds import kinds_around, rehearsed_kinds
from learnclimate.checks.verdict import Check, Judged, Verdict
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.layout import paragraph
from learnclimate.core.numbers import is_whole
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.model import CountModel
from learnclimate.inference.engine_choice import EngineName
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_model import FactorDeclaration, FactorModel, GradedResponse
from learnclimate.survey.survey import Survey

#: What rehearses a declared model, by its kind, and the model of a fit.
_REHEARSED: dict[type, Callable[..., Rehearsal]] = {
    CountModel: rehearsed_counts,
    KindsModel: rehearsed_kinds,
    FactorModel: rehearsed_factors,
    GradedResponse: rehearsed_factors,
    JointModel: rehearsed_joint,
}
_AROUND: dict[type, Callable[..., Rehearsal]] = {
    Fit: counts_around,
    KindsFit: kinds_around,
    FactorFit: factors_around,
    JointFit: joint_around,
}

_FEWEST_DRAWS = 100


@dataclass(frozen=True, slots=True, repr=False)
class Calibration(Judged):
    """
    What came of fitting many simulated studies whose truth is known.

    Attributes
    ----------
    verdict : {"good", "doubtful", "bad", "not applicable"}
        The outcome over all quantities.
    words : str
        The outcome in sentences.
    table : pandas.DataFrame
        One row a quantity, the most suspect first: ``quantity``; ``p_value``, that ranks
        as uneven come by chance, the more telling of place and width, for two looks;
        ``mean_rank``, 0.5 where the draws are right, above where they lie too low;
        ``coverage_50`` and ``coverage_90``, shares of replicates in which the interval
        held the truth; ``verdict``; ``words``.
    ranks : pandas.DataFrame
        The truth's rank among the draws, between 0 and 1, one row a replicate used and one
        column a quantity.
    kind : {"prior", "posterior"}
        Whether truths were drawn from the priors or from a fit's posterior.
    n_uncertified, n_failed : int
        Replicates whose certificate did not pass, and that gave no draws; both left out.
    seconds : float
        Time a replicate took, in the median.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=10, team_size=6, seed=1)
    >>> model = lc.CountModel(family=lc.Poisson(), team_effects=("intercept",), covariates=())
    >>> check = lc.calibrate(model, survey, replicates=20, draws=100, seed=1, progress=False)
    >>> len(check.ranks) + check.n_uncertified + check.n_failed
    20
    """

    verdict: Verdict
    words: str
    table: pd.DataFrame
    ranks: pd.DataFrame
    kind: str
    n_uncertified: int
    n_failed: int
    seconds: float

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        pairs = zip(self.table["quantity"], self.table["coverage_90"], strict=True)
        values = {f"coverage_90[{name}]": float(share) for name, share in pairs}
        return Check("calibration", self.verdict, self.words, values)

    def __repr__(self) -> str:
        """Say the outcome, and the quantities that are not good."""
        lines = [paragraph(f"Calibration: {self.verdict}. {self.words}")]
        off = self.table[self.table["verdict"].isin(["bad", "doubtful"])]
        told = [f"[{row.verdict}] {row.quantity}: {row.words}" for row in off.itertuples()]
        lines += [paragraph(text, first="  ", rest="    ") for text in told]
        return "\n".join(lines)


def calibrate(  # noqa: PLR0913 - model and survey; the options by name
    model: CountModel | KindsModel | FactorDeclaration | JointModel,
    survey: Survey,
    *,
    replicates: int = 200,
    draws: int = 400,
    seed: int = 0,
    engine: EngineName | RehearsalEngine = "marginal",
    simulate_from: CountModel | KindsModel | FactorDeclaration | JointModel | None = None,
    path: object = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Calibration:
    """
    Check by simulation whether a model's intervals hold what they say.

    Parameters are drawn from the model's priors, a study is simulated from them, and the
    model is fitted to it. Where priors, model and engine belong together, the rank of the
    truth among the draws is uniform, for every quantity; where the engine is wrong, or the
    studies are simulated from another model, it is not. The respondents are those of the
    survey (their teams, levels, covariates, exposures and answer options, and what they left
    open); their counts serve only to fill in the default priors, once, so that these stay the
    same in every replicate. A factor model's answers to items are simulated, a joint model's
    items and counts (between the answers offered where items are taken for continuous). With
    ``between="latent"`` levels are simulated too.

    The marginal engine takes a second or less a replicate. NUTS has to fit models of several
    kinds and those with ``between="latent"``, some seconds to half a minute a replicate, and
    once as long to compile; a joint model takes as long as its fits of the count model.

    Besides the parameters, three teams' own effects and the log likelihood of the answers
    are ranked: the latter alone tells of draws that never saw the answers. A replicate
    whose certificate does not pass is left out and counted; that depends on its answers
    alone, and takes nothing from the uniformity of the others.

    Parameters
    ----------
    model : CountModel, KindsModel, FactorModel, GradedResponse or JointModel
        What to fit.
    survey : Survey
        The respondents.
    replicates : int, default 200
        Studies to simulate. 200 find a 90 % interval that holds 80 % nearly always.
    draws : int, default 400
        Posterior draws a fit, at least 100, by NUTS 1000; every fourth is ranked.
    seed : int, default 0
        Seed of everything. Same seed: same replicates, also with more of them.
    engine : {"marginal", "nuts", "auto"} or engine, default "marginal"
        What is checked; ``"auto"`` takes the marginal engine where it applies, else NUTS.
    simulate_from : declared model, optional
        Another model of the same kind (and the same items) to simulate from, to see what a
        wrong model does to the answers. The quantities that both have are ranked.
    path : path, optional
        File that keeps the finished replicates. Called again with the same arguments, or
        more replicates, only those that are missing are done.
    executor : concurrent.futures.Executor, optional
        Where replicates are done; this process where left out.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    Calibration
        Verdict, table and ranks. Draw it with `learnclimate.plots.calibration`.

    Raises
    ------
    ArgumentError
        If a number is too small, or the file keeps replicates of something else.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If model and survey contradict each other, the engine does not apply, or the model to
        simulate from has other items.
    FitError
        If a worker of the executor fails.
    FileError
        If the file cannot be read or written.

    References
    ----------
    Talts and others (2018), Validating Bayesian inference algorithms with
    simulation-based calibration, doi 10.48550/arXiv.1804.06788.
    Modrák and others (2023), doi 10.1214/23-BA1404 (what to rank).
    Säilynoja, Bürkner and Vehtari (2022), doi 10.1007/s11222-022-10090-6 (the test).

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=10, team_size=6, seed=1)
    >>> model = lc.CountModel(family=lc.Poisson(), team_effects=("intercept",), covariates=())
    >>> lc.calibrate(model, survey, replicates=20, draws=100, seed=1, progress=False).verdict
    'good'
    """
    rehearse = _checked_model(model, survey)
    # Numbers first: laying the respondents out may take a while.
    numbers = (_checked(draws, "draws", _FEWEST_DRAWS), _checked(seed, "seed", 0))
    number = _checked(replicates, "replicates", 1)
    rehearsal = rehearse(model, survey, engine, simulate_from)
    plan = Plan(rehearsal, *numbers, alone=executor is not None)
    how = HowToRun(executor=executor, progress=progress, message="Calibrating")
    return _calibrated(plan, number, path, how, kind="prior")


def calibrate_around(  # noqa: PLR0913 - the fit; the options by name
    fit: Fit | KindsFit | FactorFit | JointFit,
    *,
    replicates: int = 100,
    draws: int = 400,
    seed: int = 0,
    engine: EngineName | RehearsalEngine = "marginal",
    path: object = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Calibration:
    """
    Check by simulation whether intervals hold what they say, where the posterior of a fit is.

    Priors are wide, and `calibrate` spends its replicates on studies unlike yours. Here
    each truth is a draw of the fit's posterior, team effects included; counts are simulated
    from it for the same respondents (and levels, where unknown ones are summed out or team means
    are latent), and the model is fitted to the answers given and the simulated ones together.
    The rank of the truth among those draws is uniform where the fit's draws and the engine are
    right.

    Parameters
    ----------
    fit : Fit, KindsFit, FactorFit or JointFit
        A fit that holds its respondents and draws of the team effects.
    replicates : int, default 100
        Truths to draw; at most as many as the fit has draws.
    draws : int, default 400
        Posterior draws a replicate, at least 100; every fourth is ranked.
    seed : int, default 0
        Seed of everything.
    engine : {"marginal", "nuts", "auto"} or engine, default "marginal"
        What fits the replicates.
    path : path, optional
        File that keeps the finished replicates; see `calibrate`. It holds ranks only.
    executor : concurrent.futures.Executor, optional
        Where replicates are done; this process where left out.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    Calibration
        As `calibrate` gives it.

    Raises
    ------
    ArgumentError
        If a number is too small or too large, or the file keeps something else.
    ArgumentTypeError
        If an argument has the wrong type.
    FitError
        If the fit lacks respondents or draws of the team effects, or a worker of the
        executor fails.
    ModelError
        If the engine does not apply.
    FileError
        If the file cannot be read or written.

    References
    ----------
    Säilynoja, Schmitt, Bürkner and Vehtari (2025), Posterior SBC: simulation-based
    calibration checking conditional on data, doi 10.48550/arXiv.2502.03279.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=10, team_size=6, seed=1)
    >>> model = lc.CountModel(family=lc.Poisson(), team_effects=("intercept",), covariates=())
    >>> fit = lc.fit(model, survey, draws=400, seed=1, progress=False)
    >>> lc.calibrate_around(fit, replicates=20, draws=100, progress=False).kind
    'posterior'
    """
    rehearse = _checked_fit(fit)
    numbers = (_checked(draws, "draws", _FEWEST_DRAWS), _checked(seed, "seed", 0))
    number = _checked(replicates, "replicates", 1)
    draws_of = fit.count.draws if isinstance(fit, JointFit) else fit.draws
    sizes = draws_of["posterior"].sizes
    available = sizes["chain"] * sizes["draw"]
    # The same order for any number of replicates, so that more can be added later.
    rows = np.random.default_rng([numbers[1], 1]).permutation(available)[:number]
    plan = Plan(rehearse(fit, engine, rows), *numbers, alone=executor is not None)
    if number > available:
        raise ArgumentError(f"replicates={number}: the fit has {available} draws. Ask for fewer.")
    how = HowToRun(executor=executor, progress=progress, message="Calibrating around the fit")
    return _calibrated(plan, number, path, how, kind="posterior")


def _calibrated(plan: Plan, number: int, path: object, how: HowToRun, *, kind: str) -> Calibration:
    check_executor(how.executor)
    work = kept_work(path, _fingerprint(plan, kind), "path")
    names = [str(i) for i in range(number)]
    records = run_missing(partial(replicate, plan), names, work, how)
    return summarised(list(records.values()), kind)


def summarised(records: list[Record], kind: str) -> Calibration:
    """
    Judge finished replicates.

    Parameters
    ----------
    records : list of dict
        As `learnclimate.checks.calibration_run.replicate` gives them.
    kind : {"prior", "posterior"}
        Where truths came from.

    Returns
    -------
    Calibration
        Verdict, table and ranks.
    """
    used = [record["ranks"] for record in records if record["ranks"] and record["passed"]]
    n_failed = sum(bool(record["failed"]) for record in records)
    ranks = pd.DataFrame(used).dropna(axis=1)
    table = judged(ranks)
    n_uncertified = len(records) - len(used) - n_failed
    verdict, words = told(table, len(ranks), n_uncertified, n_failed)
    return Calibration(
        verdict=verdict,
        words=words,
        table=table,
        ranks=ranks,
        kind=kind,
        n_uncertified=n_uncertified,
        n_failed=n_failed,
        seconds=float(np.median([record["seconds"] for record in records])),
    )


def _checked_model(model: object, survey: object) -> Callable[..., Rehearsal]:
    rehearse = _REHEARSED.get(type(model))
    if rehearse is None:
        raise ArgumentTypeError(f"model={model!r}: give a declared model, as CountModel().")
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"survey: {type(survey).__name__} is not a Survey. Read answers with read_survey, or "
            "make some with simulate_survey."
        )
    return rehearse


def _checked_fit(fit: object) -> Callable[..., Rehearsal]:
    rehearse = _AROUND.get(type(fit))
    if rehearse is not None:
        return rehearse
    raise ArgumentTypeError(f"fit={fit!r} is not a Fit. Make one with fit(model, survey).")


def _checked(value: object, name: str, least: int) -> int:
    if not is_whole(value):
        raise ArgumentTypeError(f"{name}={value!r}: give a whole number.")
    if value < least:
        raise ArgumentError(f"{name}={value}: give at least {least}.")
    return int(value)


def _fingerprint(plan: Plan, kind: str) -> str:
    from importlib.metadata import version

    engine = type(plan.rehearsal.engine)
    return fingerprint_of(
        *(kind, *plan.rehearsal.identity(), plan.draws, plan.seed, THIN),
        *(engine.__module__, engine.__qualname__, version("learnclimate")),
    )
