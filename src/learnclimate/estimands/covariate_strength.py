"""How strongly each covariate goes together with the count, for every family."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import CovariateCoding
from learnclimate.counts.design import CountDesign
from learnclimate.estimands.count_draws import (
    CountDraws,
    count_draws,
    covariate_means,
    zero_covariate_means,
)
from learnclimate.estimands.family_means import Somebody, at_level, expected_at, typical_person
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.standardised_families import has_exponential_mean

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeasuredCovariate:
    """
    One covariate, or one category against the reference, as respondents answered it.

    Attributes
    ----------
    label : str
        Its label.
    values : ndarray of shape (n_rows,)
        As coded.
    is_category : bool
        Whether values are 0 and 1.
    count_columns, zero_columns : tuple of int
        Where its covariate stands among those of the count part and of the zero part, itself
        first; empty where it is not among them.
    """

    label: str
    values: FloatArray
    is_category: bool
    count_columns: tuple[int, ...]
    zero_columns: tuple[int, ...]


def measured_covariates(fit: Fit, design: CountDesign) -> Iterator[MeasuredCovariate]:
    """
    List the covariates of a fit, those of the zero part alone last.

    Parameters
    ----------
    fit : Fit
        The fit.
    design : CountDesign
        Its respondents.

    Yields
    ------
    MeasuredCovariate
        One a label.
    """
    zero = () if fit.coding.zero is None else fit.coding.zero.covariates
    in_count, in_zero = _columns(fit.coding.covariates), _columns(zero)
    everyone = [*fit.coding.covariates, *(one for one in zero if one not in fit.coding.covariates)]
    for covariate in everyone:
        for label in covariate.labels:
            own = _itself_first(covariate, label, in_count)
            of_zero = _itself_first(covariate, label, in_zero)
            values = design.covariates[:, own[0]] if own else _zero_column(design, of_zero[0])
            yield MeasuredCovariate(label, values, bool(covariate.categories), own, of_zero)


def outcome_ratio(fit: Fit, design: CountDesign, covariate: MeasuredCovariate) -> FloatArray:
    """
    Give the ratio of expected counts that goes with a covariate.

    Parameters
    ----------
    fit : Fit
        The fit.
    design : CountDesign
        Its respondents.
    covariate : MeasuredCovariate
        The covariate: a category against the reference, or a number one standard deviation
        above its mean against one below.

    Returns
    -------
    ndarray of shape (n_chains, n_draws)
        At least 1: the ratio or its inverse. The same for everybody where the mean is
        exponential and nothing shifts slopes; else of people with the other covariates at
        their means, over the distribution of teams and the levels as answered.
    """
    shape = fit.draws["posterior"]["intercept"].shape
    middle = np.average(covariate.values, weights=design.multiplicity)
    spread = np.average((covariate.values - middle) ** 2, weights=design.multiplicity) ** 0.5
    ends = (1.0, 0.0) if covariate.is_category else (middle + spread, middle - spread)
    shifts = {shift.by for shift in fit.coding.slope_shifts}
    if has_exponential_mean(fit.model.family) and covariate.label not in shifts:
        effects = fit.draws["posterior"]["covariate_effects"].to_numpy()
        log_ratio = effects[:, :, covariate.count_columns[0]] * (ends[0] - ends[1])
        return np.exp(np.abs(log_ratio))
    draws = count_draws(fit)
    high, low = (_expected(fit, design, draws, covariate, end) for end in ends)
    return np.asarray(np.maximum(high / low, low / high).reshape(shape))


def _expected(
    fit: Fit, design: CountDesign, draws: CountDraws, covariate: MeasuredCovariate, end: float
) -> FloatArray:
    """Give the expected count with a covariate at a value, over teams and levels, (n_draws,)."""
    means, zero_means = covariate_means(fit).copy(), zero_covariate_means(fit).copy()
    for own, columns in ((means, covariate.count_columns), (zero_means, covariate.zero_columns)):
        # The other categories of the same question cannot be true as well.
        own[list(columns)] = 0.0
        own[list(columns[:1])] = end
    person = typical_person(draws, means, zero_means)
    total = np.zeros(draws.n_draws)
    for levels, share in zip(*_answered(design), strict=True):
        somebody = _at_levels(person, levels)
        total += share * expected_at(draws, somebody, new_team=True)[:, 0]
    return total


def _answered(design: CountDesign) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """List the combinations of levels that were answered, and their shares."""
    combinations, which = np.unique(design.frequency_level, axis=0, return_inverse=True)
    people = np.bincount(which.ravel(), weights=design.multiplicity)
    return combinations, people / people.sum()


def _at_levels(person: Somebody, levels: npt.NDArray[np.int64]) -> Somebody:
    for position, level in enumerate(levels):
        person = at_level(person, position, int(level))
    return person


def _columns(covariates: tuple[CovariateCoding, ...]) -> dict[str, int]:
    labels = [label for covariate in covariates for label in covariate.labels]
    return {label: column for column, label in enumerate(labels)}


def _itself_first(
    covariate: CovariateCoding, label: str, columns: dict[str, int]
) -> tuple[int, ...]:
    if label not in columns:
        return ()
    others = [columns[other] for other in covariate.labels if other != label]
    return (columns[label], *others)


def _zero_column(design: CountDesign, column: int) -> FloatArray:
    of_zero = design.asked.zero_covariates
    return np.zeros(design.n_rows) if of_zero is None else of_zero[:, column]
