"""Values of several kinds in PyMC that scatter about common ones: coordinates that NUTS likes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.counts.pymc_priors import random_variable

FloatArray = npt.NDArray[np.float64]
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
    size: tuple[int, int],
    *,
    centred: bool = False,
) -> PooledValues:
    """
    Add values of every kind to the PyMC model in context.

    Pooled, ``value[k] ~ Normal(common, spread)``. What the data tell most about is the mean over
    the kinds, so that is sampled, beside the kinds' differences in units of the spread; and
    since a few kinds leave the common value open, it is drawn given their mean in closed form,
    apart from the data.

    Parameters
    ----------
    name : str
        Name of the values.
    prior : Normal or None
        Prior of the common value; of each kind's own where they are not pooled.
    spread : prior or None
        Prior of the standard deviation of the kinds; None where they are not pooled.
    size : tuple of int
        Kinds, columns.
    centred : bool, default False
        Whether the data tell each kind's value so well that the differences are sampled as they
        are, not in units of the spread.

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
    wide = (n_kinds - 1, n_columns)
    # Half centred: the data may tell kinds apart well, or the spread be next to nothing.
    half = sd if centred else pt.sqrt(sd)
    apart = pm.Normal(f"{name}_apart", 0.0, half, shape=wide)
    values = mean + pt.dot(differences(n_kinds), apart if centred else half * apart)
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


def differences(n_kinds: int) -> FloatArray:
    """
    Give orthonormal directions in which kinds differ: their sums over the kinds are 0.

    Parameters
    ----------
    n_kinds : int
        Number of kinds.

    Returns
    -------
    ndarray of shape (n_kinds, n_kinds - 1)
        One column a direction.

    Examples
    --------
    >>> basis = differences(4)
    >>> bool(np.allclose(basis.T @ basis, np.eye(3)) and np.allclose(basis.sum(axis=0), 0))
    True
    """
    centred = np.eye(n_kinds) - 1 / n_kinds
    return np.asarray(np.linalg.svd(centred)[0][:, :-1])


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
