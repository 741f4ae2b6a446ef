"""Simulation-based calibration: whether intervals hold what they say, for any declared model."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.asked_again import as_answered, as_surveyed
from learnclimate.checks.calibration_run import THIN, Rehearsal, fixed_problem, replicate
from learnclimate.checks.calibration_verdict import judged, told
from learnclimate.checks.kept_work import Record, fingerprint_of, kept_work
from learnclimate.checks.many_fits import HowToRun, check_executor, run_missing
from learnclimate.checks.ranked_quantities import chosen_teams
from learnclimate.checks.verdict import Judged, Verdict
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError, ModelError
from learnclimate.core.numbers import is_whole
from learnclimate.counts.model import CountModel
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import ResolvedPriors, resolve_priors
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.engine import CountProblem, Engine
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.fitting import EngineName, engine_for
from learnclimate.inference.kinds_fit import refuse_kinds
from learnclimate.inference.provenance import data_hash
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

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

    def __repr__(self) -> str:
        """Say the outcome, and the quantities that are not good."""
        lines = [f"Calibration: {self.verdict}. {self.words}"]
        off = self.table[self.table["verdict"].isin(["bad", "doubtful"])]
        lines += [f"  [{row.verdict}] {row.quantity}: {row.words}" for row in off.itertuples()]
        return "\n".join(lines)


def calibrate(  # noqa: PLR0913 - model and survey; the options by name
    model: CountModel,
    survey: Survey,
    *,
    replicates: int = 200,
    draws: int = 400,
    seed: int = 0,
    engine: EngineName | Engine = "marginal",
    simulate_from: CountModel | None = None,
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
    survey (their teams, levels, covariates, exposures and answer options); the counts they
    gave serve only to fill in the default priors, once, so that these stay the same in every
    replicate. With ``between="latent"`` levels are simulated too, and NUTS has to fit, which
    takes half a minute a replicate.

    Besides the parameters, three teams' own effects and the log likelihood of the counts
    are ranked: the latter alone tells of draws that never saw the counts. A replicate
    whose certificate does not pass is left out and counted; that depends on its counts
    alone, and takes nothing from the uniformity of the others.

    Parameters
    ----------
    model : CountModel
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
    simulate_from : CountModel, optional
        Another model to simulate from, to see what a wrong model does to the answers. The
        quantities that both have are ranked.
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
        If model and survey contradict each other, or the engine does not apply.
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
    _check_arguments(model, survey, simulate_from)
    problem = _problem(model, survey)
    source = problem if simulate_from is None else _problem(simulate_from, survey)
    rehearsal = Rehearsal(
        problem=problem,
        truth_from=source,
        around=None,
        options=as_surveyed(survey),
        teams=chosen_teams(problem.design, DisclosureRule()),
        engine=engine_for(engine, problem),
        draws=_checked(draws, "draws", _FEWEST_DRAWS),
        seed=_checked(seed, "seed", 0),
        alone=executor is not None,
    )
    number = _checked(replicates, "replicates", 1)
    how = HowToRun(executor=executor, progress=progress, message="Calibrating")
    return _calibrated(rehearsal, number, path, how)


def calibrate_around(  # noqa: PLR0913 - the fit; the options by name
    fit: Fit,
    *,
    replicates: int = 100,
    draws: int = 400,
    seed: int = 0,
    engine: EngineName | Engine = "marginal",
    path: object = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Calibration:
    """
    Check by simulation whether intervals hold what they say, where the posterior of a fit is.

    Priors are wide, and `calibrate` spends its replicates on studies unlike yours. Here
    each truth is a draw of the fit's posterior, team effects included; counts are simulated
    from it for the same respondents, and the model is fitted to the answers given and the
    simulated ones together. The rank of the truth among those draws is uniform where the
    fit's draws and the engine are right.

    Parameters
    ----------
    fit : Fit
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
        If the engine does not apply, or team means are latent (between="latent").
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
    problem, posterior = _around(fit)
    number = _checked(replicates, "replicates", 1)
    seed = _checked(seed, "seed", 0)
    available = len(posterior["intercept"])
    if number > available:
        raise ArgumentError(f"replicates={number}: the fit has {available} draws. Ask for fewer.")
    # The same order for any number of replicates, so that more can be added later.
    rows = np.random.default_rng([seed, 1]).permutation(available)[:number]
    rehearsal = Rehearsal(
        problem=problem,
        truth_from=problem,
        around={name: values[rows] for name, values in posterior.items()},
        options=as_answered(fit.codebook.asked, problem.design),
        teams=chosen_teams(problem.design, DisclosureRule()),
        engine=engine_for(engine, problem),
        draws=_checked(draws, "draws", _FEWEST_DRAWS),
        seed=seed,
        alone=executor is not None,
    )
    how = HowToRun(executor=executor, progress=progress, message="Calibrating around the fit")
    made_by = (fit.provenance.seed, fit.provenance.draws, fit.certificate.engine)
    return _calibrated(rehearsal, number, path, how, made_by)


def _calibrated(
    rehearsal: Rehearsal, number: int, path: object, how: HowToRun, made_by: object = None
) -> Calibration:
    check_executor(how.executor)
    work = kept_work(path, _fingerprint(rehearsal, made_by), "path")
    names = [str(i) for i in range(number)]
    records = run_missing(partial(replicate, rehearsal), names, work, how)
    kind = "prior" if rehearsal.around is None else "posterior"
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


def _problem(model: CountModel, survey: Survey) -> CountProblem:
    design = model.design(survey)
    priors = resolve_priors(model.priors, design)
    return fixed_problem(model, design, priors)


def _around(fit: object) -> tuple[CountProblem, Mapping[str, FloatArray]]:
    refuse_kinds("calibrate_around", fit)
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(f"fit={fit!r} is not a Fit. Make one with fit(model, survey).")
    if fit.design is None:
        raise FitError(
            "This fit was read from a file without respondents, and the counts they gave are "
            "needed here. Fit the survey again."
        )
    if fit.coding.latent_composition:
        raise ModelError(
            "calibrate_around: with between='latent' the frequency answers are data too, and a fit "
            "does not keep what simulates them. Use calibrate(model, survey, engine='nuts')."
        )
    posterior = fit.draws["posterior"].to_dataset()
    if fit.coding.team_effects and "team_effects" not in posterior:
        raise FitError(
            "This fit keeps moments of its many teams, not draws. Fit again with team_draws=True."
        )
    priors: ResolvedPriors = resolve_priors(fit.priors, fit.design)
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    return fixed_problem(replace(fit.model, priors=fit.priors), fit.design, priors), draws


def _check_arguments(model: object, survey: object, simulate_from: object) -> None:
    if not isinstance(model, CountModel):
        raise ArgumentTypeError(f"model={model!r}: give a declared model, as CountModel().")
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"survey: {type(survey).__name__} is not a Survey. Read answers with read_survey, or "
            "make some with simulate_survey."
        )
    if simulate_from is not None and not isinstance(simulate_from, CountModel):
        raise ArgumentTypeError(f"simulate_from={simulate_from!r}: give a CountModel, or None.")


def _checked(value: object, name: str, least: int) -> int:
    if not is_whole(value):
        raise ArgumentTypeError(f"{name}={value!r}: give a whole number.")
    if value < least:
        raise ArgumentError(f"{name}={value}: give at least {least}.")
    return int(value)


def _fingerprint(rehearsal: Rehearsal, made_by: object) -> str:
    from importlib.metadata import version

    problem, source = rehearsal.problem, rehearsal.truth_from
    of_counts = data_hash(problem.design) if rehearsal.around is not None else ""
    without = replace(problem.design, outcome=np.zeros_like(problem.design.outcome))
    engine = type(rehearsal.engine)
    return fingerprint_of(
        *(problem.model, problem.priors, source.model, source.priors, data_hash(without)),
        *(of_counts, made_by, rehearsal.teams.tolist(), rehearsal.draws, rehearsal.seed, THIN),
        *(engine.__module__, engine.__qualname__, version("learnclimate")),
    )
