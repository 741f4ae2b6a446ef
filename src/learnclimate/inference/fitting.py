"""`fit`: the one verb, for every declared model and every engine."""

import time
import warnings
from concurrent.futures import Executor
from dataclasses import replace
from typing import overload

from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LearnClimateWarning,
    nearest,
)
from learnclimate.core.flags import checked_flag
from learnclimate.counts.design import CountDesign
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.model import CountModel, shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.engine import (
    CountProblem,
    Engine,
    SamplingOptions,
    TeamDrawsChoice,
)
from learnclimate.inference.engine_choice import ENGINE_NAMES, EngineName, run_engine
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.private_seed import answers_of
from learnclimate.inference.progress import working
from learnclimate.inference.provenance import (
    Provenance,
    answers_hash,
    data_hash,
    reasons_left_out,
)
from learnclimate.inference.sampling_arguments import (
    check_team_draws,
    checked_draws,
    checked_seed,
)
from learnclimate.inference.summed_out import told_of_levels
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_model import (
    FactorDeclaration,
    FactorModel,
    GradedResponse,
)
from learnclimate.survey.survey import Survey


@overload
def fit(
    model: CountModel,
    survey: Survey,
    *,
    engine: EngineName = ...,
    draws: int = ...,
    seed: int | None = ...,
    executor: Executor | None = ...,
    progress: bool = ...,
    team_draws: TeamDrawsChoice = ...,
) -> Fit: ...
@overload
def fit(
    model: FactorDeclaration,
    survey: Survey,
    *,
    engine: EngineName = ...,
    draws: int = ...,
    seed: int | None = ...,
    executor: Executor | None = ...,
    progress: bool = ...,
    team_draws: TeamDrawsChoice = ...,
) -> FactorFit: ...
@overload
def fit(
    model: KindsModel,
    survey: Survey,
    *,
    engine: EngineName = ...,
    draws: int = ...,
    seed: int | None = ...,
    executor: Executor | None = ...,
    progress: bool = ...,
    team_draws: TeamDrawsChoice = ...,
) -> KindsFit: ...
@overload
def fit(
    model: JointModel,
    survey: Survey,
    *,
    engine: EngineName = ...,
    draws: int = ...,
    seed: int | None = ...,
    executor: Executor | None = ...,
    progress: bool = ...,
    team_draws: TeamDrawsChoice = ...,
) -> JointFit: ...
def fit(  # noqa: PLR0913 - the contract of design.md, options keyword-only
    model: CountModel | KindsModel | FactorDeclaration | JointModel,
    survey: Survey,
    *,
    engine: EngineName = "auto",
    draws: int = 4000,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    team_draws: TeamDrawsChoice = "auto",
) -> Fit | KindsFit | FactorFit | JointFit:
    """
    Fit a declared model to a survey.

    Parameters
    ----------
    model : CountModel, KindsModel, FactorModel, GradedResponse or JointModel
        What to fit.
    survey : Survey
        The answers, from `read_survey`.
    engine : {"auto", "marginal", "nuts"}, default "auto"
        ``"marginal"`` integrates the team effects (or the factors) out and certifies its draws;
        ``"nuts"`` samples everything jointly. ``"auto"`` takes the marginal engine where
        it applies and its certificate passes, else NUTS, saying so.
    draws : int, default 4000
        Posterior draws in total, at least 100; rounded up to a multiple of 4.
    seed : int, optional
        Seed of every random number; drawn and kept in ``fit.provenance.seed`` where
        left out. Same answers, same seed, same machine type: same draws, and other ones for
        other answers. NUTS is compiled anew in each process, in which rounding may differ; its
        trajectories amplify that.
    executor : concurrent.futures.Executor, optional
        Where the marginal engine computes; this process where left out. NUTS runs its chains
        in threads of this process.
    progress : bool, default True
        Whether to show what goes on.
    team_draws : {"auto", True, False}, default "auto"
        Whether to keep draws of every team's own effects. ``False`` keeps their means,
        sds, skewness and correlations instead, computed by quadrature, in memory that does not
        grow with draws times teams; ``"auto"`` does so where the draws would take more
        than 1 GiB (4,000 draws of two effects of 16,000 teams). NUTS always keeps draws. With
        moderators, interactions or `between` ``False`` is refused: what their teams add for
        people at other levels is read off the draws.

    Returns
    -------
    Fit, KindsFit, FactorFit or JointFit
        Draws, certificate and provenance; a `KindsFit` of a model of several kinds, a `FactorFit`
        of a factor model, a `JointFit` of a joint one.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.
    ModelError
        If model and survey contradict each other, or the engine asked for does not apply.
    FitError
        If the posterior cannot be computed.

    Warns
    -----
    LearnClimateWarning
        If another engine was used than the fastest, the certificate did not pass, or levels are
        summed out that go with a covariate or the team.

    References
    ----------
    Rabe-Hesketh, Skrondal and Pickles (2005), doi 10.1016/j.jeconom.2004.08.017 (marginal).
    Hoffman and Gelman (2014), Journal of Machine Learning Research 15, 1593-1623 (NUTS).

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> fit.certificate.passed, fit.provenance.draws
    (True, 400)
    """
    _check_arguments(model, survey, engine, executor)
    check_team_draws(team_draws)
    total, shown = checked_draws(draws), checked_flag(progress, "progress")
    if isinstance(model, FactorModel | GradedResponse):
        how = (total, checked_seed(seed), shown)
        return fit_factors(model, survey, engine, how, keep_finished=True)
    if isinstance(model, KindsModel):
        return _fit_kinds(model, survey, engine, (total, checked_seed(seed), shown))
    if isinstance(model, JointModel):
        from learnclimate.inference.joint import fit_joint_model

        with working("Fitting scales and counts in turn", shown=shown):
            joint = fit_joint_model(
                model, survey, engine=engine, draws=total, seed=checked_seed(seed)
            )
        if not joint.certificate.passed:
            warnings.warn(_failure(joint.certificate), LearnClimateWarning, stacklevel=2)
        return joint
    options = SamplingOptions(
        draws=total,
        seed=checked_seed(seed),
        executor=executor,
        progress=shown,
        team_draws=team_draws,
    )
    return fit_counts(model, survey, engine, options)


def fit_counts(
    model: CountModel, survey: Survey, engine: EngineName | Engine, options: SamplingOptions
) -> Fit:
    """
    Fit a count model; what the user gave is checked.

    Parameters
    ----------
    model : CountModel
        What to fit.
    survey : Survey
        The answers.
    engine : {"auto", "marginal", "nuts"} or Engine
        The engine.
    options : SamplingOptions
        How to sample.

    Returns
    -------
    Fit
        Draws, certificate and provenance.

    Raises
    ------
    ModelError
        If model and survey contradict each other, or the engine asked for does not apply.
    FitError
        If the posterior cannot be computed.
    """
    started = time.perf_counter()
    design = model.design(survey)
    problem = CountProblem(model, design, resolve_priors(model.priors, design))
    private = replace(options, seed=private_seed(options.seed, *answers_of(design)))
    drawn = told_of_levels(run_engine(engine, problem, private), design)
    if not drawn.certificate.passed:
        warnings.warn(_failure(drawn.certificate), LearnClimateWarning, stacklevel=3)
    with working("Standardising over the respondents", shown=options.progress):
        from learnclimate.inference.posterior_tree import posterior_tree
        from learnclimate.inference.study_standardised import answers_of_the_study

        standardised = answers_of_the_study(model.family, drawn, design, seed=private.seed)
        tree = posterior_tree(drawn, design, standardised)
    provenance = _provenance(survey, design, options, time.perf_counter() - started)
    return Fit(
        draws=tree,
        certificate=drawn.certificate,
        model=model,
        codebook=survey.codebook,
        coding=design.coding,
        priors=shown_priors(model, design, problem.priors),
        provenance=provenance,
        design=design,
    )


def _provenance(
    survey: Survey, design: CountDesign, options: SamplingOptions, seconds: float
) -> Provenance:
    ledger, aside = survey.ledger, survey.without_frequency
    if design.unknown is not None and aside is not None:
        ledger = ledger[~ledger["row"].isin(aside.index)]
    return Provenance(
        source=survey.source,
        n_respondents=design.n_respondents,
        n_teams=design.n_teams,
        n_left_out=int(ledger["row"].nunique()),
        left_out=reasons_left_out(ledger),
        n_summed_out=0 if design.unknown is None else design.unknown.n_respondents,
        data_hash=data_hash(design),
        answers_hash=answers_hash(design),
        seed=options.seed,
        draws=options.draws,
        seconds=round(seconds, 3),
        pseudonymised=survey.pseudonymised,
        invited=survey.invited and survey.invited.among(set(map(str, design.teams))),
    )


def fit_factors(
    model: FactorDeclaration,
    survey: Survey,
    engine: str,
    how: tuple[int, int, bool],
    *,
    keep_finished: bool = False,
) -> FactorFit:
    """
    Fit a factor model; what the user gave is checked.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        What to fit.
    survey : Survey
        The answers.
    engine : {"auto", "marginal", "nuts"}
        The engine.
    how : tuple of (int, int, bool)
        Draws, a multiple of 4; seed; whether to show what goes on.
    keep_finished : bool, default False
        Whether an interruption of chains keeps what is finished: not within longer work, which
        it is to end.

    Returns
    -------
    FactorFit
        Draws, certificate and provenance.

    Raises
    ------
    ModelError
        If model and survey contradict each other, or the engine does not apply.
    FitError
        If the posterior cannot be computed.

    Warns
    -----
    LearnClimateWarning
        If the certificate did not pass.
    """
    from learnclimate.inference.factors.fitting import FactorOptions, fit_factor_model

    draws, seed, progress = how
    options = FactorOptions(
        engine=engine,
        draws=draws,
        seed=seed,
        progress=progress,
        left_out=reasons_left_out(survey.ledger),
        keep_finished=keep_finished,
    )
    fitted = fit_factor_model(model, survey, options)
    if not fitted.certificate.passed:
        warnings.warn(_failure(fitted.certificate), LearnClimateWarning, stacklevel=3)
    return fitted


def _fit_kinds(
    model: KindsModel, survey: Survey, engine: str, how: tuple[int, int, bool]
) -> KindsFit:
    from learnclimate.inference.kinds_fitting import KindsOptions, fit_kinds_model

    draws, seed, progress = how
    options = KindsOptions(engine=engine, draws=draws, seed=seed, progress=progress)
    fitted = fit_kinds_model(model, survey, options)
    if not fitted.certificate.passed:
        warnings.warn(_failure(fitted.certificate), LearnClimateWarning, stacklevel=3)
    return fitted


def _check_arguments(model: object, survey: object, engine: object, executor: object) -> None:
    if isinstance(model, type):
        raise ArgumentTypeError(f"fit(model={model.__name__}): declare it, {model.__name__}().")
    if not isinstance(model, CountModel | KindsModel | FactorModel | GradedResponse | JointModel):
        raise ArgumentTypeError(f"fit(model={model!r}): give a declared model, as CountModel().")
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"fit(survey=...): {type(survey).__name__} is not a Survey. Read the answers first: "
            "survey = read_survey(answers, codebook)."
        )
    if engine not in ENGINE_NAMES:
        raise ArgumentError(f"fit(engine={engine!r}): {nearest(engine, ENGINE_NAMES)}")
    if executor is not None and not (hasattr(executor, "submit") and hasattr(executor, "map")):
        raise ArgumentTypeError(
            f"fit(executor={executor!r}): give a concurrent.futures.Executor, or None."
        )


def _failure(certificate: Certificate) -> str:
    bad = "; ".join(
        f"{check.name}: {check.words}" for check in certificate.checks if check.verdict == "bad"
    )
    return (
        f"The certificate did not pass ({bad}). Do not rely on these draws: ask for more draws, "
        "or for a simpler model (fewer team effects, tighter priors)."
    )
