"""The exact likelihood in PyMC of answers that allow several counts, with finite gradients."""

from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.counts.families import Family
from learnclimate.survey.counts_allowed import OPEN

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any
IntArray = npt.NDArray[np.int64]

#: Below this probability of a range that is open above, its counts are summed one by one.
_LITTLE = 1e-8
#: Counts summed then: at so small a tail each is a fraction of the one before.
_TAIL = 60


def log_probability_of_answers(
    family: Family,
    answers: tuple[IntArray, IntArray | None],
    predictor: Tensor,
    shape: Tensor | None,
    zero: Tensor | None,
) -> Tensor:
    """
    Log probability of every answer.

    Parameters
    ----------
    family : Family
        Distribution of the counts, none that is out of K.
    answers : tuple of ndarray of shape (n_rows,), int64
        Lowest and highest count that each answer allows, the latter None where they are the
        same and `OPEN` where nothing bounds it.
    predictor : tensor of shape (n_rows,)
        Log rate.
    shape : tensor, scalar, or None
        Dispersion.
    zero : tensor of shape (n_rows,), or None
        Log odds of a zero of the zero part.

    Returns
    -------
    tensor of shape (n_rows,)
        Log probabilities.
    """
    lowest, highest = answers
    if highest is None:
        base = _log_density(lowest, predictor, shape)
    else:
        base = _log_of_ranges(lowest, highest, predictor, shape)
    return base if zero is None else _with_zeros(family, lowest, base, (predictor, shape, zero))


def _log_of_ranges(
    lowest: IntArray, highest: IntArray, predictor: Tensor, shape: Tensor | None
) -> Tensor:
    """Log probability of every range of counts, without a zero part, range by range."""
    import pytensor.tensor as pt

    parts, order = [], []
    for low, high in sorted({(int(a), int(b)) for a, b in zip(lowest, highest, strict=True)}):
        rows = np.flatnonzero((lowest == low) & (highest == high))
        rate = predictor[rows]
        if low == 0 and high == OPEN:
            parts.append(pt.zeros_like(rate))
        elif high == OPEN:
            parts.append(_log_from(low, rate, shape))
        else:
            parts.append(_log_sum(low, high, rate, shape))
        order.append(rows)
    place = np.argsort(np.concatenate(order), kind="stable")
    return pt.concatenate(parts)[place]


def _with_zeros(
    family: Family, lowest: IntArray, base: Tensor, at: tuple[Tensor, Any, Tensor]
) -> Tensor:
    """Join the zero part: an answer allows 0 alone, or not at all."""
    import pytensor.tensor as pt

    rate, shape, zero = at
    counted = base - pt.softplus(zero)
    if family.zeros == "hurdle":
        counted = counted - pt.log1mexp(_log_density(0, rate, shape))
        return pt.switch(lowest == 0, -pt.softplus(-zero), counted)
    return pt.switch(lowest == 0, pt.logaddexp(-pt.softplus(-zero), counted), counted)


def _log_density(count: Any, rate: Tensor, shape: Tensor | None) -> Tensor:
    import pymc as pm

    expected = pm.math.exp(rate)
    base = pm.Poisson.dist(expected) if shape is None else pm.NegativeBinomial.dist(expected, shape)
    return pm.logp(base, count)


def _log_sum(low: int, high: int, rate: Tensor, shape: Tensor | None) -> Tensor:
    import pymc as pm

    counts = np.arange(low, high + 1)[:, None]
    terms = _log_density(counts, rate[None, :], shape)
    return pm.math.logsumexp(terms, axis=0, keepdims=False)


def _log_from(low: int, rate: Tensor, shape: Tensor | None) -> Tensor:
    """Log probability of at least so many, by the complement, or by its largest terms."""
    import pytensor.tensor as pt

    below = _log_sum(0, low - 1, rate, shape)
    enough = pt.lt(below, np.log1p(-_LITTLE))
    # Each branch stays finite where the other is taken, since gradients go through both.
    complement = pt.log1mexp(pt.minimum(below, np.log1p(-_LITTLE)))
    return pt.switch(enough, complement, _log_sum(low, low + _TAIL, rate, shape))
