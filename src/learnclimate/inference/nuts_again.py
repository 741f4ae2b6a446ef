"""NUTS for the same respondents again and again: compiled once, other answers put in."""

from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.pymc_composition import latent_data
from learnclimate.counts.pymc_log_rate import covariate_data
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.nuts import NutsEngine


class NutsAgain(NutsEngine):
    """NUTS of count models; compiled once for the same respondents, where only answers differ."""

    def __init__(self) -> None:
        self._compiled: Any = None
        self._first: CountProblem | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the compiled model behind: another process compiles its own."""
        return {"_compiled": None, "_first": None}

    def compiled(self, problem: CountProblem, seed: int) -> Any:
        """
        Compile a model, or put other answers of the same respondents into what was compiled.

        Parameters
        ----------
        problem : CountProblem
            The problem.
        seed : int
            Seed of the initial points, where it is compiled.

        Returns
        -------
        object
            For `learnclimate.inference.nuts.sample_certified`.
        """
        if self._first is not None and differ_in_answers_alone(self._first, problem):
            return self._compiled.with_data(**answers_in_model(problem.design))
        # Another thread may put its own in this place before this one is handed back.
        compiled = super().compiled(problem, seed)
        self._compiled, self._first = compiled, problem
        return compiled


def answers_in_model(design: CountDesign) -> dict[str, npt.NDArray[Any]]:
    """
    Give every array of a PyMC model that holds answers, by name.

    Parameters
    ----------
    design : CountDesign
        The respondents.

    Returns
    -------
    dict of str to ndarray
        Counts, levels, covariates, and what latent team means are estimated from.
    """
    answers: dict[str, npt.NDArray[Any]] = {"counts": design.outcome, **covariate_data(design)}
    for position, name in enumerate(design.coding.frequency_names):
        answers[f"level_of_{name}"] = design.frequency_level[:, position]
        if design.coding.latent_composition:
            answers |= latent_data(design, position)
    return answers


def differ_in_answers_alone(one: CountProblem, other: CountProblem) -> bool:
    """
    Say whether two problems are of one model and the same respondents, and hold answers apart.

    Covariates count among the answers: values of factors differ where a joint model is fitted.

    Parameters
    ----------
    one, other : CountProblem
        The problems.

    Returns
    -------
    bool
        False too where a PyMC model holds answers elsewhere than in data of their own: with a
        zero part, answers that allow several counts, cells, levels that are summed out, or
        observed team means.
    """
    if (one.model, one.priors) != (other.model, other.priors):
        return False
    own, another = one.design, other.design
    coding, asked = own.coding, own.asked
    apart = (
        coding.zero is None
        and one.model.family.zeros == "none"
        and asked.highest is None
        and own.unknown is None
        and another.unknown is None
        and (not coding.composition or coding.latent_composition)
        and bool((own.multiplicity == 1).all())
    )
    return apart and coding == another.coding and _same_people(own, another)


def _same_people(one: CountDesign, other: CountDesign) -> bool:
    names = ("team", "teams", "departments", "log_exposure", "multiplicity")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    pairs.append((one.asked.trials, other.asked.trials))
    # None is equal to None alone.
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)
