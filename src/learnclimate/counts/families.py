"""Families of the outcome, as values; Var(y) = mean + mean squared / dispersion."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Poisson:
    """
    Poisson counts: the variance equals the mean.

    Examples
    --------
    >>> Poisson()
    Poisson()
    """

    name: ClassVar[str] = "poisson"
    has_dispersion: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """
    Negative binomial counts with dispersion α: ``Var(y) = μ + μ²/α``.

    The smaller α, the more the counts differ between alike respondents; as α grows
    the family approaches `Poisson`.

    Examples
    --------
    >>> NegativeBinomial()
    NegativeBinomial()
    """

    name: ClassVar[str] = "negative_binomial"
    has_dispersion: ClassVar[bool] = True


Family = Poisson | NegativeBinomial
