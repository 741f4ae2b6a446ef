"""The outer parameters one by one, each with its prior."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import level_label
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.composition import level_counts
from learnclimate.counts.priors import Beta, Normal
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.prior_scale import PriorScale

FloatArray = npt.NDArray[np.float64]

#: Scores further out mean that data and prior have nothing to say to each other.
_FARTHEST_START = 6.0
FARTHEST_SHIFT = 50.0


@dataclass(frozen=True, slots=True)
class OuterParameter:
    """
    One outer parameter.

    Attributes
    ----------
    name : str
        Its name in messages, for example ``"frequency_effect[talk]"``.
    scale : PriorScale
        From its score to its own scale.
    """

    name: str
    scale: PriorScale

    @property
    def is_bounded(self) -> bool:
        """Whether the quantity has an end, and its score leans to one side of it."""
        return self.scale.positive or self.scale.prior.support != "real"

    def rest(self, score: FloatArray) -> FloatArray:
        """Compute 1 less the quantity at `score`, without loss near 1 for a beta prior."""
        prior = self.scale.prior
        if isinstance(prior, Beta):
            return PriorScale(Beta(prior.b, prior.a)).value(-score)
        return 1 - self.scale.value(score)

    def start_score(self, quantity: float) -> float:
        """Find the score of `quantity`, not too far out; 0 for one that is not a number."""
        with np.errstate(invalid="ignore", divide="ignore"):
            score = float(self.scale.score(np.asarray(quantity)))
        linear = isinstance(self.scale.prior, Normal) and not self.scale.positive
        farthest = FARTHEST_SHIFT if linear else _FARTHEST_START
        return 0.0 if np.isnan(score) else float(np.clip(score, -farthest, farthest))


class PriorSlopes(NamedTuple):
    """
    Derivatives of the log prior.

    Attributes
    ----------
    own : ndarray of shape (p,)
        First derivatives by theta of the scores' part.
    information : ndarray of shape (p,)
        Minus its second derivatives; they do not mix.
    intercept : float
        First derivative by the intercept of the part that depends on it.
    intercept_information : float
        Minus its second derivative.
    """

    own: FloatArray
    information: FloatArray
    intercept: float
    intercept_information: float


def outer_parameters(problem: CountProblem) -> tuple[OuterParameter, ...]:
    """
    List the outer parameters of a problem, in the order of theta.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    tuple of OuterParameter
        One a coordinate; see `ParameterMap`.
    """
    coding, priors = problem.design.coding, problem.priors
    found = [OuterParameter("intercept", PriorScale(priors.intercept))]
    for name, prior in zip(coding.covariate_labels, priors.covariates, strict=True):
        found.append(OuterParameter(f"covariate_effects[{name}]", PriorScale(prior)))
    for shift, prior in zip(coding.slope_shifts, priors.slope_shifts, strict=True):
        found.append(OuterParameter(f"slope_shifts[{shift.label}]", PriorScale(prior)))
    if coding.composition:
        for name, prior in zip(coding.frequency_names, priors.composition, strict=True):
            found.append(OuterParameter(f"composition_effects[{name}]", PriorScale(prior)))
    for position, frequency in enumerate(coding.frequencies):
        scale = PriorScale(priors.frequency[position])
        found += [OuterParameter(name, scale) for name in _effect_names(frequency)]
        concentration = priors.frequency_shape[position].concentration
        found += _sticks(frequency, concentration)
    for name, prior in zip(coding.team_effects, priors.team_sd, strict=True):
        found.append(OuterParameter(f"team_sd[{name}]", PriorScale(prior, positive=True)))
    found += _partial_correlations(coding.team_effects, priors.team_correlation.eta)
    if problem.model.family.has_dispersion:
        found.append(OuterParameter("dispersion", PriorScale(priors.dispersion, positive=True)))
    return (*found, *level_parameters(problem), *zero_parameters(problem))


def level_parameters(problem: CountProblem) -> tuple[OuterParameter, ...]:
    """
    List the stick-breaking fractions of the probabilities of the levels.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    tuple of OuterParameter
        None where all levels are known. The priors hold the levels that were answered.
    """
    design = problem.design
    if design.unknown is None:
        return ()
    frequency = design.coding.frequencies[0]
    weights = problem.priors.level_probability.concentration + level_counts(design, 0).sum(axis=0)
    found = []
    for place, level in enumerate(frequency.levels[:-1]):
        prior = Beta(float(weights[place]), float(weights[place + 1 :].sum()))
        name = f"level_probability[{level_label(frequency.name, level)}]"
        found.append(OuterParameter(name, PriorScale(prior)))
    return tuple(found)


def zero_parameters(problem: CountProblem) -> tuple[OuterParameter, ...]:
    """
    List the parameters of the zero part, in the order of theta.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    tuple of OuterParameter
        None for a family without one.
    """
    coding, priors = problem.design.coding, problem.priors
    if coding.zero is None or priors.zero is None:
        return ()
    found = [OuterParameter("zero_intercept", PriorScale(priors.zero.intercept))]
    for name, prior in zip(coding.zero.covariate_labels, priors.zero.covariates, strict=True):
        found.append(OuterParameter(f"zero_covariate_effects[{name}]", PriorScale(prior)))
    for position, frequency in enumerate(coding.frequencies if coding.zero.frequency else ()):
        scale = PriorScale(priors.zero.frequency[position])
        found += [OuterParameter(f"zero_{name}", scale) for name in _effect_names(frequency)]
        concentration = priors.frequency_shape[position].concentration
        for stick in _sticks(frequency, concentration):
            found.append(OuterParameter(f"zero_{stick.name}", stick.scale))
    return tuple(found)


def n_effects(frequency: FrequencyCoding) -> int:
    """
    Count the coordinates of a frequency's effect: one, or one a level above the lowest.

    Parameters
    ----------
    frequency : FrequencyCoding
        How the frequency was coded.

    Returns
    -------
    int
        The number.
    """
    return frequency.n_steps if frequency.kind == "unordered" else 1


def n_sticks(frequency: FrequencyCoding) -> int:
    """
    Count the stick-breaking fractions of a frequency's steps.

    Parameters
    ----------
    frequency : FrequencyCoding
        How the frequency was coded.

    Returns
    -------
    int
        The number; 0 where the steps are not free.
    """
    return frequency.n_steps - 1 if frequency.kind == "monotonic" else 0


def _effect_names(frequency: FrequencyCoding) -> list[str]:
    if frequency.kind != "unordered":
        return [f"frequency_effect[{frequency.name}]"]
    levels = frequency.levels[1:]
    return [f"frequency_curve[{level_label(frequency.name, level)}]" for level in levels]


def _sticks(frequency: FrequencyCoding, concentration: float) -> list[OuterParameter]:
    """Stick-breaking fractions of a symmetric Dirichlet: independent beta priors."""
    found = []
    for step in range(n_sticks(frequency)):
        prior = Beta(concentration, concentration * (frequency.n_steps - 1 - step))
        name = f"frequency_shape[{frequency.name}, step {step + 1}]"
        found.append(OuterParameter(name, PriorScale(prior)))
    return found


def _partial_correlations(effects: tuple[str, ...], eta: float) -> list[OuterParameter]:
    """Partial correlations of an LKJ correlation matrix, rescaled to (0, 1)."""
    found = []
    for row in range(len(effects)):
        for column in range(row):
            shape = eta + (len(effects) - 2 - column) / 2
            name = f"team_correlation[{effects[row]}, {effects[column]}]"
            found.append(OuterParameter(name, PriorScale(Beta(shape, shape))))
    return found
