"""Which engine fits a count model: the one asked for, or the fastest that applies."""

import warnings
from dataclasses import replace
from importlib import import_module
from typing import Literal, cast

from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LearnClimateWarning,
    ModelError,
    nearest,
)
from learnclimate.inference.engine import (
    CountProblem,
    Engine,
    EngineDraws,
    EngineError,
    SamplingOptions,
)

EngineName = Literal["auto", "marginal", "nuts"]

#: Where each engine lives; imported when it is asked for, so that none costs the others.
_ENGINES = {
    "marginal": ("learnclimate.inference.marginal.engine", "MarginalEngine"),
    "nuts": ("learnclimate.inference.nuts", "NutsEngine"),
}
#: What the user may ask for.
ENGINE_NAMES = ("auto", *_ENGINES)


def run_engine(
    engine: EngineName | Engine, problem: CountProblem, options: SamplingOptions
) -> EngineDraws:
    """
    Run the engine asked for; where left open, the fastest that applies and is certified.

    Parameters
    ----------
    engine : {"auto", "marginal", "nuts"} or Engine
        The engine.
    problem : CountProblem
        What is fitted.
    options : SamplingOptions
        How to sample.

    Returns
    -------
    EngineDraws
        Its draws.

    Raises
    ------
    ModelError
        If the engine asked for does not apply.
    FitError
        If the posterior cannot be computed.

    Warns
    -----
    LearnClimateWarning
        If the choice was open and another engine was used than the fastest.
    """
    if not isinstance(engine, str):
        return engine.run(problem, options)
    if engine == "nuts":
        return _engine("nuts").run(problem, options)
    marginal = _engine("marginal")
    obstacle = marginal.obstacle(problem)
    if engine == "marginal":
        if obstacle is not None:
            raise ModelError(
                f"The marginal engine does not apply: {obstacle}. Use engine='nuts' or 'auto'."
            )
        return marginal.run(problem, options)
    reason = f"the marginal engine does not apply: {obstacle}"
    tried: tuple[str, ...] = ()
    if obstacle is None:
        try:
            drawn = marginal.run(problem, options)
        except EngineError as error:
            reason = f"the marginal engine failed ({str(error).split(':')[0]})"
        else:
            if drawn.certificate.passed:
                return drawn
            reason = f"the certificate of the marginal engine did not pass ({_bad(drawn)})"
            tried = drawn.certificate.actions
    told = f"Sampled with NUTS, since {reason}."
    warnings.warn(f"{told} This takes longer.", LearnClimateWarning, stacklevel=4)
    sampled = _engine("nuts").run(problem, options)
    actions = (*tried, told, *sampled.certificate.actions)
    return replace(sampled, certificate=replace(sampled.certificate, actions=actions))


def _bad(drawn: EngineDraws) -> str:
    return ", ".join(check.name for check in drawn.certificate.checks if check.verdict == "bad")


def _engine(name: str) -> Engine:
    module, kind = _ENGINES[name]
    return cast("Engine", getattr(import_module(module), kind)())


def engine_for(engine: object, problem: CountProblem) -> Engine:
    """
    Give the engine of a name, for those who run it themselves.

    Parameters
    ----------
    engine : {"auto", "marginal", "nuts"} or Engine
        The name; an engine of the caller's own is handed back.
    problem : CountProblem
        The problem; ``"auto"`` takes the marginal engine where it applies to it, else NUTS.

    Returns
    -------
    Engine
        The engine.

    Raises
    ------
    ArgumentError
        If there is no engine of that name.
    ArgumentTypeError
        If it is neither a name nor an engine.
    ModelError
        If the engine does not apply to the problem.
    """
    if not isinstance(engine, str):
        if not (hasattr(engine, "run") and hasattr(engine, "obstacle")):
            raise ArgumentTypeError(f"engine={engine!r}: {nearest('', ['auto', *_ENGINES])}")
        found = cast("Engine", engine)
    elif engine not in ("auto", *_ENGINES):
        raise ArgumentError(f"engine={engine!r}: {nearest(engine, ['auto', *_ENGINES])}")
    else:
        found = _engine("marginal" if engine == "auto" else engine)
    obstacle = found.obstacle(problem)
    if obstacle is None:
        return found
    if engine == "auto":
        return _engine("nuts")
    raise ModelError(f"The engine does not apply: {obstacle}. Use engine='nuts' or 'auto'.")
