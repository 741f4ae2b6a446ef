"""Families of the outcome, as values; Var(y) = mean + mean squared / dispersion."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.names import distinct_names
from learnclimate.core.showing import Called

ZeroKind = Literal["none", "inflated", "hurdle"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ZeroPart(Called):
    """
    What the probability of a zero depends on, in zero-inflated and hurdle families.

    Its log odds are an intercept, plus a curve over the levels of each frequency (coded as in
    the count part, with effects and steps of its own), plus covariates, plus, if asked for,
    an effect of the team that is independent of the team effects of the count part.

    Parameters
    ----------
    covariates : tuple of str, default ()
        Covariates of the codebook on which the zeros depend.
    frequency : bool, default True
        Whether they depend on the frequencies of the study.
    team_intercept : bool, default False
        Whether they vary over teams. Such a model is sampled by NUTS.

    Raises
    ------
    ArgumentTypeError
        If a part has the wrong type.
    ArgumentError
        If a covariate is named twice.

    Examples
    --------
    >>> ZeroPart(covariates=("tenure",))
    ZeroPart(covariates=('tenure',), frequency=True, team_intercept=False)
    """

    covariates: tuple[str, ...] = ()
    frequency: bool = True
    team_intercept: bool = False

    def __post_init__(self) -> None:
        """Check the parts."""
        checked = distinct_names("ZeroPart(covariates=...)", self.covariates)
        object.__setattr__(self, "covariates", checked)
        for name in ("frequency", "team_intercept"):
            if not isinstance(getattr(self, name), bool):
                raise ArgumentTypeError(
                    f"ZeroPart({name}={getattr(self, name)!r}): give True or False."
                )


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
    zeros: ClassVar[ZeroKind] = "none"
    out_of_trials: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, init=False)
class NegativeBinomial:
    """
    Negative binomial counts with dispersion α: ``Var(y) = μ + μ²/α``.

    The smaller α, the more the counts differ between alike respondents; as α grows
    the family approaches `Poisson`.

    Parameters
    ----------
    *misplaced : object
        Nothing: what is given is refused, and told where it belongs.

    Raises
    ------
    ArgumentTypeError
        If anything is given.

    Examples
    --------
    >>> NegativeBinomial()
    NegativeBinomial()
    """

    name: ClassVar[str] = "negative_binomial"
    has_dispersion: ClassVar[bool] = True
    zeros: ClassVar[ZeroKind] = "none"
    out_of_trials: ClassVar[bool] = False

    def __init__(self, *misplaced: object) -> None:
        if misplaced:
            raise ArgumentTypeError(
                f"NegativeBinomial({misplaced[0]!r}): the dispersion is estimated, not given. Say "
                "what you know of it as CountModel(priors=Priors(dispersion=...))."
            )


@dataclass(frozen=True, slots=True, repr=False)
class ZeroInflatedPoisson(Called):
    """
    Some respondents count 0 for a reason of their own; the others' counts are Poisson.

    ``P(y = 0) = π + (1 - π) exp(-μ)``, so that zeros come from both parts and
    ``E(y) = (1 - π) μ``.

    Parameters
    ----------
    zero : ZeroPart, default ZeroPart()
        What π, the share of those who count 0 anyway, depends on.

    References
    ----------
    Lambert (1992), doi 10.2307/1269547.

    Examples
    --------
    >>> ZeroInflatedPoisson(ZeroPart(frequency=False)).zero.frequency
    False
    """

    zero: ZeroPart = ZeroPart()
    name: ClassVar[str] = "zero_inflated_poisson"
    has_dispersion: ClassVar[bool] = False
    zeros: ClassVar[ZeroKind] = "inflated"
    out_of_trials: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the zero part."""
        _check_zero(self)


@dataclass(frozen=True, slots=True, repr=False)
class ZeroInflatedNegativeBinomial(Called):
    """
    Some respondents count 0 for a reason of their own; the others' are negative binomial.

    As `ZeroInflatedPoisson`, with counts that have ``Var(y) = μ + μ²/α``.

    Parameters
    ----------
    zero : ZeroPart, default ZeroPart()
        What π, the share of those who count 0 anyway, depends on.

    References
    ----------
    Greene (1994), New York University, Stern School working paper EC-94-10.

    Examples
    --------
    >>> ZeroInflatedNegativeBinomial().zero
    ZeroPart(covariates=(), frequency=True, team_intercept=False)
    """

    zero: ZeroPart = ZeroPart()
    name: ClassVar[str] = "zero_inflated_negative_binomial"
    has_dispersion: ClassVar[bool] = True
    zeros: ClassVar[ZeroKind] = "inflated"
    out_of_trials: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the zero part."""
        _check_zero(self)


@dataclass(frozen=True, slots=True, repr=False)
class HurdlePoisson(Called):
    """
    First whether there is any activity at all, then how many: Poisson counts above 0.

    ``P(y = 0) = π``; a count above 0 has the density of a Poisson that is not 0, so that
    ``E(y) = (1 - π) μ / (1 - exp(-μ))``.

    Parameters
    ----------
    zero : ZeroPart, default ZeroPart()
        What π, the probability of a zero, depends on.

    References
    ----------
    Mullahy (1986), doi 10.1016/0304-4076(86)90002-3.

    Examples
    --------
    >>> HurdlePoisson(ZeroPart(team_intercept=True)).zero.team_intercept
    True
    """

    zero: ZeroPart = ZeroPart()
    name: ClassVar[str] = "hurdle_poisson"
    has_dispersion: ClassVar[bool] = False
    zeros: ClassVar[ZeroKind] = "hurdle"
    out_of_trials: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the zero part."""
        _check_zero(self)


@dataclass(frozen=True, slots=True, repr=False)
class HurdleNegativeBinomial(Called):
    """
    First whether there is any activity at all, then how many: negative binomial above 0.

    As `HurdlePoisson`; μ and α are those of the negative binomial before it is cut off.

    Parameters
    ----------
    zero : ZeroPart, default ZeroPart()
        What π, the probability of a zero, depends on.

    References
    ----------
    Mullahy (1986), doi 10.1016/0304-4076(86)90002-3.

    Examples
    --------
    >>> HurdleNegativeBinomial().has_dispersion
    True
    """

    zero: ZeroPart = ZeroPart()
    name: ClassVar[str] = "hurdle_negative_binomial"
    has_dispersion: ClassVar[bool] = True
    zeros: ClassVar[ZeroKind] = "hurdle"
    out_of_trials: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the zero part."""
        _check_zero(self)


@dataclass(frozen=True, slots=True, init=False)
class BetaBinomial:
    """
    So many of K activities: each with probability p, which differs between alike respondents.

    The log odds of p take the place of the log rate. With p of mean m over respondents and
    concentration φ, the posterior variable ``concentration``, ``E(y) = K m`` and
    ``Var(y) = K m (1 - m) (K + φ) / (1 + φ)``; as φ grows the family approaches the binomial.

    Parameters
    ----------
    *misplaced : object
        Nothing: what is given is refused, and told where it belongs.

    Raises
    ------
    ArgumentTypeError
        If anything is given.

    References
    ----------
    Skellam (1948), doi 10.1111/j.2517-6161.1948.tb00014.x.

    Examples
    --------
    >>> BetaBinomial().out_of_trials
    True
    """

    name: ClassVar[str] = "beta_binomial"
    has_dispersion: ClassVar[bool] = True
    zeros: ClassVar[ZeroKind] = "none"
    out_of_trials: ClassVar[bool] = True

    def __init__(self, *misplaced: object) -> None:
        if misplaced:
            raise ArgumentTypeError(
                f"BetaBinomial({misplaced[0]!r}): out of how many belongs to the outcome. Write "
                f"Outcome(..., trials={misplaced[0]!r}) in the codebook, and BetaBinomial() here."
            )


ZeroFamily = (
    ZeroInflatedPoisson | ZeroInflatedNegativeBinomial | HurdlePoisson | HurdleNegativeBinomial
)
Family = Poisson | NegativeBinomial | ZeroFamily | BetaBinomial

#: Every family there is.
FAMILIES: tuple[type[Family], ...] = (
    Poisson,
    NegativeBinomial,
    ZeroInflatedPoisson,
    ZeroInflatedNegativeBinomial,
    HurdlePoisson,
    HurdleNegativeBinomial,
    BetaBinomial,
)


def zero_part(family: Family) -> ZeroPart | None:
    """
    Give the zero part of a family.

    Parameters
    ----------
    family : Family
        A family.

    Returns
    -------
    ZeroPart or None
        None for a family whose zeros are as the counts make them.

    Examples
    --------
    >>> zero_part(NegativeBinomial()) is None, zero_part(HurdlePoisson()) is None
    (True, False)
    """
    return family.zero if isinstance(family, ZeroFamily) else None


def shape_variable(family: Family) -> str | None:
    """
    Name the posterior variable of a family's spread beyond its mean.

    Parameters
    ----------
    family : Family
        A family.

    Returns
    -------
    str or None
        ``"dispersion"``, ``"concentration"``, or None.

    Examples
    --------
    >>> shape_variable(BetaBinomial()), shape_variable(HurdleNegativeBinomial())
    ('concentration', 'dispersion')
    """
    if not family.has_dispersion:
        return None
    return "concentration" if family.out_of_trials else "dispersion"


def _check_zero(family: ZeroFamily) -> None:
    if not isinstance(family.zero, ZeroPart):
        raise ArgumentTypeError(
            f"{type(family).__name__}(zero={family.zero!r}): give ZeroPart(...), as "
            "ZeroPart(covariates=('tenure',))."
        )
