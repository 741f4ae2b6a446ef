"""Priors as PyMC random variables."""

from collections.abc import Callable, Sequence
from typing import Any

from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.counts.priors import Beta, Exponential, Gamma, HalfNormal, Normal, StudentT

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def random_variable(
    name: str,
    prior: ScalarPrior,
    *,
    positive: bool = False,
    shape: int | None = None,
    dims: str | tuple[str, ...] | None = None,
) -> Tensor:
    """
    Add a random variable with a prior to the PyMC model in context.

    Parameters
    ----------
    name : str
        Name of the variable.
    prior : prior
        Its prior.
    positive : bool, default False
        Whether to cut a prior with support on the real line off at 0.
    shape : int, optional
        Length of a vector of independent variables.
    dims : str or tuple of str, optional
        Dim of such a vector, or dims of an array.

    Returns
    -------
    pytensor.tensor.TensorVariable
        The variable.
    """
    import pymc as pm

    sized: dict[str, Any] = {}
    if dims is not None:
        sized["dims"] = dims
    elif shape is not None:
        sized["shape"] = shape
    if positive and prior.support == "real":
        return pm.Truncated(name, _distribution(prior), lower=0.0, **sized)
    return _FORMS[type(prior)](prior, name, sized)


def prior_vector(
    name: str, priors: Sequence[ScalarPrior], dim: str, *, positive: bool = False
) -> Tensor:
    """
    Add a vector whose elements may have different priors.

    Parameters
    ----------
    name : str
        Name of the vector.
    priors : sequence of priors
        One an element.
    dim : str
        Dim of the vector.
    positive : bool, default False
        Whether to cut priors with support on the real line off at 0.

    Returns
    -------
    pytensor.tensor.TensorVariable
        One random variable where all priors are equal, else a deterministic stack of
        random variables ``name[0], name[1], ...``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    if len(set(priors)) == 1:
        return random_variable(name, priors[0], positive=positive, dims=dim)
    parts = [
        random_variable(f"{name}[{position}]", prior, positive=positive)
        for position, prior in enumerate(priors)
    ]
    return pm.Deterministic(name, pt.stack(parts), dims=dim)


def _distribution(prior: ScalarPrior) -> Tensor:
    import pymc as pm

    if isinstance(prior, StudentT):
        return pm.StudentT.dist(nu=prior.df, mu=prior.mean, sigma=prior.sd)
    if isinstance(prior, Normal):
        return pm.Normal.dist(prior.mean, prior.sd)
    raise TypeError(f"{prior!r} needs no cutting off.")


def _normal(prior: Normal, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.Normal(name, prior.mean, prior.sd, **sized)


def _half_normal(prior: HalfNormal, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.HalfNormal(name, prior.sd, **sized)


def _exponential(prior: Exponential, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.Exponential(name, prior.rate, **sized)


def _gamma(prior: Gamma, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.Gamma(name, alpha=prior.shape, beta=prior.rate, **sized)


def _beta(prior: Beta, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.Beta(name, alpha=prior.a, beta=prior.b, **sized)


def _student_t(prior: StudentT, name: str, sized: dict[str, Any]) -> Tensor:
    import pymc as pm

    return pm.StudentT(name, nu=prior.df, mu=prior.mean, sigma=prior.sd, **sized)


_FORMS: dict[type, Callable[[Any, str, dict[str, Any]], Tensor]] = {
    Normal: _normal,
    HalfNormal: _half_normal,
    Exponential: _exponential,
    Gamma: _gamma,
    Beta: _beta,
    StudentT: _student_t,
}
