"""A declared model that can be rehearsed: what simulates its answers, fits them and is ranked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, nearest
from learnclimate.inference.engine import EngineDraws, SamplingOptions

FloatArray = npt.NDArray[np.float64]
Draws = Mapping[str, FloatArray]

LOG_LIKELIHOOD = "log likelihood"


class RehearsalEngine(Protocol):
    """What makes draws of one kind of problem: of counts, of items, of several kinds, of both."""

    name: str

    def obstacle(self, problem: Any) -> str | None:
        """Say in words why the engine does not apply to `problem`; None where it does."""

    def run(self, problem: Any, options: SamplingOptions) -> EngineDraws:
        """Sample the posterior of `problem`."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """
    A study whose truth is known.

    Attributes
    ----------
    truth : mapping of str to ndarray of shape (1, ...)
        Variables of the model, as one draw.
    problem : object
        The answers made from it, as the engine takes them.
    """

    truth: Draws
    problem: Any


class Rehearsal(Protocol):
    """
    A declared model with its respondents: simulates their answers, and says what is ranked.

    Attributes
    ----------
    engine : RehearsalEngine
        Fits what is simulated.
    """

    @property
    def engine(self) -> RehearsalEngine:
        """What fits the simulated answers."""

    def simulated(self, number: int, rng: np.random.Generator) -> Simulated:
        """Draw the truth of a replicate, and the answers of all respondents under it."""

    def quantities(self, truth: Draws, draws: Draws, problem: Any) -> tuple[Draws, Draws]:
        """Read what is ranked, by name, off the truth and off the draws, (1,) and (n_draws,)."""

    def identity(self) -> tuple[object, ...]:
        """Give what tells these replicates from those of other work."""


def chosen_engine(
    engine: object, problem: object, available: Mapping[str, RehearsalEngine]
) -> RehearsalEngine:
    """
    Give the engine of a name, for a problem that it applies to.

    Parameters
    ----------
    engine : {"auto", "marginal", "nuts"} or engine
        The name; an engine of the caller's own is handed back.
    problem : object
        The problem.
    available : mapping of str to engine
        Those that this kind of model has, the fastest first.

    Returns
    -------
    RehearsalEngine
        The engine; for ``"auto"`` the first that applies.

    Raises
    ------
    ArgumentError
        If there is no engine of that name.
    ArgumentTypeError
        If it is neither a name nor an engine.
    ModelError
        If the engine does not apply to the problem.
    """
    names = ["auto", "marginal", "nuts"]
    if not isinstance(engine, str):
        if not (hasattr(engine, "run") and hasattr(engine, "obstacle")):
            raise ArgumentTypeError(f"engine={engine!r}: {nearest('', names)}")
        asked = [cast("RehearsalEngine", engine)]
    elif engine not in names:
        raise ArgumentError(f"engine={engine!r}: {nearest(engine, names)}")
    else:
        asked = list(available.values()) if engine == "auto" else [available[engine]]
    obstacles = [one.obstacle(problem) for one in asked]
    for one, obstacle in zip(asked, obstacles, strict=True):
        if obstacle is None:
            return one
    raise ModelError(f"The engine does not apply: {obstacles[-1]}. Use engine='nuts'.")


def require_same_kind(other: object, model: object, kind: type | tuple[type, ...]) -> None:
    """
    Refuse to simulate from what is no model of the kind that is fitted.

    Parameters
    ----------
    other : object
        What the user gave to simulate from.
    model : object
        What is fitted.
    kind : type or tuple of type
        What `other` has to be.

    Raises
    ------
    ArgumentTypeError
        If it is not.
    """
    if not isinstance(other, kind):
        raise ArgumentTypeError(
            f"simulate_from={other!r}: give a {type(model).__name__}, as the model that is fitted "
            "is, or None."
        )
