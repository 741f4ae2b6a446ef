"""Values of several kinds in PyMC that scatter about common ones: coordinates that NUTS likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from learnclimate.counts.kinds_working import differences, told_keys
from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.counts.pymc_priors import random_variable

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


@dataclass(frozen=True, slots=True)
class PooledValues:
    """
    Values by kind, and what they scatter about.

    Attributes
    ----------
    values : tensor of shape (n_kinds, n_columns)
        One row a kind.
    common, spread : tensor of shape (n_columns,), or None
        The common values and the kinds' standard deviations about them; None where kinds are
        not pooled.
    """

    values: Tensor
    common: Tensor | None
    spread: Tensor | None


def values_by_kind(
    name: str,
    prior: Normal | None,
    spread: ScalarPrior | None,
    data: Mapping[str, Tensor],
    size: tuple[int, int],
) -> PooledValues:
    """
    Add values of every kind to the PyMC model in context.

    Pooled, ``value[k] ~ Normal(common, spread)``. What the data tell most about is the mean over
    the kinds, so that is sampled, beside the kinds' differences; and since a few kinds leave the
    common value open, it is drawn given their mean in closed form, apart from the data. The
    differences are sampled less what the data and the spread make of them, divided by how far
    these leave them open: whether they are told well or the spread is next to nothing, what is
    sampled hardly depends on the spread. The guess sets coordinates only.

    Parameters
    ----------
    name : str
        Name of the values.
    prior : Normal or None
        Prior of the common value; of each kind's own where they are not pooled.
    spread : prior or None
        Prior of the standard deviation of the kinds; None where they are not pooled.
    data : mapping of str to tensor
        Where kinds are pooled, with what `learnclimate.counts.kinds_working.kinds_data` gives
        under this name.
    size : tuple of int
        Kinds, columns.

    Returns
    -------
    PooledValues
        The values.
    """
    import pymc as pm
    import pytensor.tensor as pt

    n_kinds, n_columns = size
    prior = prior or Normal(0.0, 1.0)
    if spread is None:
        own = pm.Normal(f"{name}_by_kind", prior.mean, prior.sd, shape=size)
        return PooledValues(own, None, None)
    sd = standard_deviations(f"{name}_spread", spread, (n_columns,))
    of_mean = sd / np.sqrt(n_kinds)
    mean_sd = pt.sqrt(prior.sd**2 + of_mean**2)
    mean = prior.mean + mean_sd * pm.Normal(f"{name}_mean", 0.0, 1.0, shape=n_columns)
    open_part = pm.Normal(f"{name}_open", 0.0, 1.0, shape=n_columns)
    known = (prior.sd / mean_sd) ** 2 * (mean - prior.mean)
    common = prior.mean + known + prior.sd * of_mean / mean_sd * open_part
    told, told_variance = (data[key] for key in told_keys(name))
    # Of differences in units of the spread, given it: how well they are told, and where they lie.
    precise = pt.sqrt(1 + sd**2 / told_variance)
    towards = sd * told / told_variance / precise
    start = np.zeros((n_kinds - 1, n_columns))
    apart = pm.Normal(f"{name}_apart", -towards, precise, initval=start)
    values = mean + pt.dot(differences(n_kinds), sd * (apart + towards) / precise)
    return PooledValues(values, common, sd)


def standard_deviations(name: str, prior: ScalarPrior, shape: tuple[int, ...]) -> Tensor:
    """
    Add standard deviations to the PyMC model in context.

    An exponential prior is sampled through its quantiles, as the image of standard normal
    variables: a logarithm of a standard deviation near 0 wanders far off.

    Parameters
    ----------
    name : str
        Name.
    prior : prior
        Prior of each, cut off at 0.
    shape : tuple of int
        Shape.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Of that shape.
    """
    import pymc as pm
    import pytensor.tensor as pt

    if not isinstance(prior, Exponential):
        size = int(np.prod(shape))
        return random_variable(name, prior, positive=True, shape=size).reshape(shape)
    score = pm.Normal(f"{name}_score", 0.0, 1.0, shape=shape)
    # The log of the upper tail of a standard normal, of which this is the exponential quantile.
    return -pt.log(pt.erfc(score / np.sqrt(2)) / 2) / prior.rate


def correlation_factor_of(name: str, size: int, eta: float) -> Tensor:
    """
    Add the Cholesky factor of an LKJ correlation matrix, by partial correlations at once.

    Parameters
    ----------
    name : str
        Prefix of the random variable.
    size : int
        Size of the matrix.
    eta : float
        Shape of the prior.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Lower triangular, shape (size, size).

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.
    """
    import pymc as pm
    import pytensor.tensor as pt

    if size == 1:
        return pt.as_tensor_variable(np.ones((1, 1)))
    rows, columns = np.tril_indices(size, -1)
    shape = eta + (size - 2 - columns) / 2
    partial = 2 * pm.Beta(f"{name}_partial_correlation_unit", shape, shape) - 1
    table = pt.zeros((size, size))[rows, columns].set(partial)
    # What is left of each row's length before a column: running products, as sums of logs.
    left = pt.cumsum(pt.log1p(-(table**2)), axis=1)
    before = pt.concatenate([pt.zeros((size, 1)), left[:, :-1]], axis=1)
    return (table + np.eye(size)) * pt.exp(before / 2)
