"""Normal effects in PyMC, in coordinates in which their posterior is close to standard normal."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any

#: Most groups that are told apart by how much the data say of them; each costs a Cholesky factor.
_MOST_CLASSES = 128
#: Groups are alike whose logarithms of the information round to the same multiple of a step: the
#: finest one, made coarser until there are few enough classes.
_FINEST, _COARSER = 0.01, 1.25
#: Added to an information before its logarithm is taken: below it, the prior says it all.
_NEXT_TO_NOTHING = 0.05


def whitened_effects(
    name: str, factor: Tensor, data: Mapping[str, Tensor], pull: Tensor, shape: tuple[int, int]
) -> Tensor:
    """
    Add effects of many groups, standard normal a priori, to the PyMC model in context.

    Were the likelihood normal, with information ``I`` about the effects ``factor @ e`` of a
    group, then ``e`` would be normal a posteriori with precision ``P = 1 + factor' I factor`` and
    mean ``P⁻¹ factor' pull``. What is sampled is ``e`` less that mean, divided by that standard
    deviation: next to independent of all other parameters, whatever they are. The information
    and the pull may be guesses: the prior of ``e`` is exactly standard normal all the same.

    Parameters
    ----------
    name : str
        Name of the random variable.
    factor : tensor of shape (n_effects, n_effects)
        Turns standard effects into effects.
    data : mapping of str to tensor
        With what `whitening_data` gives under this name.
    pull : tensor of shape (n_groups, n_effects)
        The information times the effects that the data ask for.
    shape : tuple of int
        Groups, effects.

    Returns
    -------
    pytensor.tensor.TensorVariable
        ``e``, shape (n_groups, n_effects).

    References
    ----------
    Papaspiliopoulos, Roberts and Sköld (2007), doi 10.1214/088342307000000014.
    """
    import pymc as pm
    import pytensor.tensor as pt
    from pytensor.tensor.linalg import cholesky, solve_triangular

    class_of, common = (data[key] for key in _keys(name))
    size = shape[1]
    times = pt.dot(common.reshape((-1, size)), factor).reshape((-1, size, size))
    turned = times.transpose(0, 2, 1).reshape((-1, size))
    precision = pt.dot(turned, factor).reshape((-1, size, size)) + np.eye(size)
    lower = cholesky(precision)
    identity = pt.zeros_like(lower) + np.eye(size)
    inverse = solve_triangular(lower, identity, lower=True, b_ndim=2)
    # The mean in the coordinates that are sampled; the prior there is normal about its opposite.
    towards = (inverse[class_of] * pt.dot(pull, factor)[:, None, :]).sum(axis=2)
    sampled = pm.CustomDist(
        name,
        *(lower, inverse, towards, class_of),
        dist=_prior_draw,
        logp=_prior_density,
        shape=shape,
        initval=np.zeros(shape),
    )
    return _standard(inverse, class_of, sampled + towards)


def _prior_draw(*given: Tensor) -> Tensor:
    import pymc as pm

    lower, _, towards, class_of, _ = given
    standard = pm.Normal.dist(0.0, 1.0, shape=towards.shape)
    return (lower[class_of] * standard[:, :, None]).sum(axis=1) - towards


def _prior_density(
    value: Tensor, lower: Tensor, inverse: Tensor, towards: Tensor, class_of: Tensor
) -> Tensor:
    import pytensor.tensor as pt

    standard = _standard(inverse, class_of, value + towards)
    scale = pt.log(pt.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)[class_of]
    return -0.5 * (standard**2 + np.log(2 * np.pi)).sum(axis=1) - scale


def _standard(inverse: Tensor, class_of: Tensor, value: Tensor) -> Tensor:
    return (inverse[class_of] * value[:, :, None]).sum(axis=1)


def _keys(name: str) -> tuple[str, str]:
    return f"{name}_class", f"{name}_information"


def whitening_data(
    name: str, information: FloatArray
) -> dict[str, npt.NDArray[np.float64 | np.int64]]:
    """
    Give what `whitened_effects` reads of the data: which groups are alike, and their information.

    Parameters
    ----------
    name : str
        Name of the random variable.
    information : ndarray of shape (n_groups, n_effects, n_effects)
        What the data say about the effects of each group.

    Returns
    -------
    dict of str to ndarray
        By the name of the data.
    """
    return dict(zip(_keys(name), alike(information), strict=True))


def alike(information: FloatArray) -> tuple[IntArray, FloatArray]:
    """
    Put groups together of which the data say about as much.

    Parameters
    ----------
    information : ndarray of shape (n_groups, n_effects, n_effects)
        Of each group.

    Returns
    -------
    class_of : ndarray of shape (n_groups,), int
        The class of each group, at most 128.
    common : ndarray of shape (n_classes, n_effects, n_effects)
        Mean information of the groups of each class.

    Examples
    --------
    >>> of, common = alike(np.array([1.0, 4.0, 1.0])[:, None, None])
    >>> of.tolist(), common.ravel().tolist()
    ([0, 1, 0], [1.0, 4.0])
    """
    seen = np.log(np.diagonal(information, axis1=1, axis2=2) + _NEXT_TO_NOTHING)
    step = _FINEST
    while True:
        distinct, class_of = np.unique(np.round(seen / step), axis=0, return_inverse=True)
        if len(distinct) <= _MOST_CLASSES:
            break
        step *= _COARSER
    class_of = class_of.ravel()
    sums = np.zeros((len(distinct), *information.shape[1:]))
    np.add.at(sums, class_of, information)
    return class_of.astype(np.int64), sums / np.bincount(class_of)[:, None, None]
