"""Priors as values, with densities in numpy, so that no engine needs PyMC to read them."""

from dataclasses import dataclass, fields
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_number

FloatArray = npt.NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@runtime_checkable
class Prior(Protocol):
    """A univariate prior: what an engine needs to know of it."""

    #: ``"real"``, ``"positive"`` or ``"unit"``: where the prior has mass.
    support: ClassVar[str]

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise, normalised over the support."""

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density in `x`, elementwise."""

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density in `x`, elementwise."""

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw from the prior."""


def _check_fields(prior: object, positive: tuple[str, ...]) -> None:
    """Refuse numbers that no such distribution can have, naming prior and field."""
    kind = type(prior).__name__
    for field in fields(prior):  # type: ignore[arg-type]
        value = getattr(prior, field.name)
        if not is_number(value):
            raise ArgumentTypeError(
                f"{kind}({field.name}={value!r}): give {field.name} as a number, "
                f"not {type(value).__name__}."
            )
        if not np.isfinite(value):
            raise ArgumentError(f"{kind}({field.name}={value!r}): give a finite number.")
        if field.name in positive and value <= 0:
            raise ArgumentError(f"{kind}({field.name}={value!r}): {field.name} must be above 0.")
        # A number of Python, so that a prior prints and saves as it was meant.
        plain = value.item() if isinstance(value, np.generic) else value
        object.__setattr__(prior, field.name, plain)


@dataclass(frozen=True, slots=True)
class Normal:
    """
    Normal prior.

    Parameters
    ----------
    mean : float
        Mean.
    sd : float
        Standard deviation, above 0.

    Examples
    --------
    >>> float(Normal(0, 1).log_density(0.0).round(4))
    -0.9189
    """

    mean: float
    sd: float
    support: ClassVar[str] = "real"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("sd",))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        z = (np.asarray(x, dtype=float) - self.mean) / self.sd
        return np.asarray(-0.5 * z**2 - _HALF_LOG_2PI - np.log(self.sd))

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        return (self.mean - np.asarray(x, dtype=float)) / self.sd**2

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        return np.full_like(np.asarray(x, dtype=float), -1 / self.sd**2)

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return rng.normal(self.mean, self.sd, size)


@dataclass(frozen=True, slots=True)
class HalfNormal:
    """
    Half-normal prior: a normal around 0, folded to the positive half.

    Parameters
    ----------
    sd : float
        Scale, above 0.

    Examples
    --------
    >>> float(HalfNormal(1).log_density(0.0).round(4))
    -0.2258
    """

    sd: float
    support: ClassVar[str] = "positive"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("sd",))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        z = np.asarray(x, dtype=float) / self.sd
        inside = -0.5 * z**2 - _HALF_LOG_2PI - np.log(self.sd / 2)
        return np.where(z < 0, -np.inf, inside)

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        return -np.asarray(x, dtype=float) / self.sd**2

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        return np.full_like(np.asarray(x, dtype=float), -1 / self.sd**2)

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return np.abs(rng.normal(0, self.sd, size))


@dataclass(frozen=True, slots=True)
class Gamma:
    """
    Gamma prior.

    Parameters
    ----------
    shape : float
        Shape, above 0.
    rate : float
        Rate (the inverse of the scale), above 0; the mean is ``shape / rate``.

    Examples
    --------
    >>> float(Gamma(1, 2).log_density(0.0).round(4))
    0.6931
    """

    shape: float
    rate: float
    support: ClassVar[str] = "positive"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("shape", "rate"))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        from scipy import special

        x = np.asarray(x, dtype=float)
        constant = self.shape * np.log(self.rate) - special.gammaln(self.shape)
        inside = constant + special.xlogy(self.shape - 1, x) - self.rate * x
        return np.where(x < 0, -np.inf, inside)

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        return (self.shape - 1) / np.asarray(x, dtype=float) - self.rate

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        return (1 - self.shape) / np.asarray(x, dtype=float) ** 2

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return rng.gamma(self.shape, 1 / self.rate, size)


@dataclass(frozen=True, slots=True)
class Exponential:
    """
    Exponential prior.

    Parameters
    ----------
    rate : float
        Rate, above 0; the mean is ``1 / rate``.

    Examples
    --------
    >>> float(Exponential(2).log_density(0.5).round(4))
    -0.3069
    """

    rate: float
    support: ClassVar[str] = "positive"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("rate",))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        x = np.asarray(x, dtype=float)
        return np.where(x < 0, -np.inf, np.log(self.rate) - self.rate * x)

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        return np.full_like(np.asarray(x, dtype=float), -self.rate)

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        return np.zeros_like(np.asarray(x, dtype=float))

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return rng.exponential(1 / self.rate, size)


@dataclass(frozen=True, slots=True)
class Beta:
    """
    Beta prior, for probabilities.

    Parameters
    ----------
    a, b : float
        The two shapes, above 0; the mean is ``a / (a + b)``.

    Examples
    --------
    >>> float(Beta(1, 1).log_density(0.3))
    0.0
    """

    a: float
    b: float
    support: ClassVar[str] = "unit"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("a", "b"))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        from scipy import special

        x = np.asarray(x, dtype=float)
        body = special.xlogy(self.a - 1, x) + special.xlog1py(self.b - 1, -x)
        return np.where((x < 0) | (x > 1), -np.inf, body - special.betaln(self.a, self.b))

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        x = np.asarray(x, dtype=float)
        return (self.a - 1) / x - (self.b - 1) / (1 - x)

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        x = np.asarray(x, dtype=float)
        return (1 - self.a) / x**2 + (1 - self.b) / (1 - x) ** 2

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return rng.beta(self.a, self.b, size)


@dataclass(frozen=True, slots=True)
class StudentT:
    """
    Student's t prior.

    Parameters
    ----------
    df : float
        Degrees of freedom, above 0.
    mean : float
        Location.
    sd : float
        Scale (the standard deviation only as `df` grows), above 0.

    Examples
    --------
    >>> float(StudentT(3, 0, 1).log_density(0.0).round(4))
    -1.0009
    """

    df: float
    mean: float
    sd: float
    support: ClassVar[str] = "real"

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("df", "sd"))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Log density at `x`, elementwise."""
        from scipy import special

        z = (np.asarray(x, dtype=float) - self.mean) / self.sd
        half = (self.df + 1) / 2
        constant = special.gammaln(half) - special.gammaln(self.df / 2)
        constant -= 0.5 * np.log(self.df * np.pi) + np.log(self.sd)
        return np.asarray(constant - half * np.log1p(z**2 / self.df))

    def log_density_slope(self, x: npt.ArrayLike) -> FloatArray:
        """First derivative of the log density at `x`."""
        z = np.asarray(x, dtype=float) - self.mean
        return -(self.df + 1) * z / (self.df * self.sd**2 + z**2)

    def log_density_curvature(self, x: npt.ArrayLike) -> FloatArray:
        """Second derivative of the log density at `x`."""
        z = np.asarray(x, dtype=float) - self.mean
        a = self.df * self.sd**2
        return -(self.df + 1) * (a - z**2) / (a + z**2) ** 2

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Draw `size` values."""
        return self.mean + self.sd * rng.standard_t(self.df, size)


@dataclass(frozen=True, slots=True)
class Dirichlet:
    """
    Symmetric Dirichlet prior on the steps of a monotone frequency.

    Parameters
    ----------
    concentration : float
        Concentration of every step, above 0; 1 is uniform over the simplex,
        more pulls towards equal steps.

    Examples
    --------
    >>> float(Dirichlet(1).log_density([0.2, 0.3, 0.5]).round(4))
    0.6931
    """

    concentration: float

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("concentration",))

    def log_density(self, steps: npt.ArrayLike) -> FloatArray:
        """Log density of simplexes `steps`, shape (..., n_steps), over the last axis."""
        from scipy import special

        steps = np.asarray(steps, dtype=float)
        n = steps.shape[-1]
        constant = special.gammaln(n * self.concentration) - n * special.gammaln(self.concentration)
        return np.asarray(constant + (self.concentration - 1) * np.log(steps).sum(axis=-1))

    def sample(self, rng: np.random.Generator, n_steps: int, size: int) -> FloatArray:
        """Draw `size` simplexes of `n_steps` steps."""
        return rng.dirichlet(np.full(n_steps, self.concentration), size)


@dataclass(frozen=True, slots=True)
class LKJ:
    """
    LKJ prior on the correlations of the team effects.

    Parameters
    ----------
    eta : float
        Shape, above 0; 1 is uniform over correlation matrices, more pulls towards 0.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.

    Examples
    --------
    >>> LKJ(2)
    LKJ(eta=2)
    """

    eta: float

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_fields(self, ("eta",))
