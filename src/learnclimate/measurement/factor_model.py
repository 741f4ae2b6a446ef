"""`FactorModel` and `GradedResponse`: what the items of scales measure, declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest
from learnclimate.core.numbers import is_number
from learnclimate.core.showing import Declared
from learnclimate.survey.codebook import Scale

if TYPE_CHECKING:
    from learnclimate.survey.survey import Survey

Level = Literal["respondent", "team"]
Link = Literal["probit", "logit", "identity"]
_LEVELS = ("respondent", "team")
_CONCENTRATION, _TEAM_SD = 2.0, 1.0


@dataclass(frozen=True, slots=True, init=False, repr=False)
class FactorModel(Declared):
    """
    A confirmatory factor model: one factor a scale, the factors correlated.

    Declaring never samples; `fit` does. Ordered answers are taken as what they are: behind
    each answer lies a normal variable, cut by thresholds (probit). Answers left open stay in
    the likelihood: what a respondent did answer counts.

    Parameters
    ----------
    scales : Scale, str, or a sequence of them
        One factor each; a str is the name of a scale in the codebook.
    ordinal : bool, default True
        Whether the answers are ordered categories; False takes the numbers of the scale as
        normal measurements, the factors then integrated out in closed form.
    levels : {"respondent", "team"}, default "respondent"
        ``"team"`` gives every factor a team level: a respondent's factor is the team's, plus
        the respondent's own deviation. Loadings are the same at both levels.
    cross_loadings : float, optional
        Prior standard deviation of loadings on the factors of the other scales, in the unit
        of the loadings below (0.1 is customary); none where left out.
    loading_sd : float, default 1.5
        Prior standard deviation of a loading, in residual standard deviations; normal around
        0, so that an item keyed the wrong way shows.
    correlation_concentration : float, default 2
        Concentration of the LKJ prior of the correlations of the factors.
    team_sd : float, default 1
        Scale of the half-normal prior of the factors' standard deviations over teams, in
        standard deviations within teams.

    Raises
    ------
    ArgumentError
        If there is no scale, one comes twice, a number is out of range, `levels` is unknown, or
        a prior is given for what the model does not have.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Muthén and Asparouhov (2012), doi 10.1037/a0026802 (small-variance cross-loadings).
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008 (LKJ).

    Examples
    --------
    >>> FactorModel(["challenging_work", "team_dynamics"]).levels
    'respondent'
    """

    scales: tuple[Scale | str, ...]
    ordinal: bool
    levels: Level
    cross_loadings: float | None
    loading_sd: float
    correlation_concentration: float
    team_sd: float

    def __init__(  # noqa: PLR0913 - a declaration, its options by name
        self,
        scales: Scale | str | Sequence[Scale | str],
        *,
        ordinal: bool = True,
        levels: Level = "respondent",
        cross_loadings: float | None = None,
        loading_sd: float = 1.5,
        correlation_concentration: float = _CONCENTRATION,
        team_sd: float = _TEAM_SD,
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "scales", _checked_scales("FactorModel", scales))
        if not isinstance(ordinal, bool):
            raise ArgumentTypeError(f"FactorModel(ordinal={ordinal!r}): give True or False.")
        set_field(self, "ordinal", ordinal)
        if levels not in _LEVELS:
            raise ArgumentError(f"FactorModel(levels={levels!r}): {nearest(levels, _LEVELS)}")
        set_field(self, "levels", levels)
        for name, value in (
            ("cross_loadings", cross_loadings),
            ("loading_sd", loading_sd),
            ("correlation_concentration", correlation_concentration),
            ("team_sd", team_sd),
        ):
            optional = name == "cross_loadings" and value is None
            number = None if optional else _positive(f"FactorModel({name}=...)", value)
            set_field(self, name, number)
        if cross_loadings is not None and len(self.scales) == 1:
            raise ArgumentError(
                "FactorModel(cross_loadings=...): one scale has no other factor to load on. "
                "Leave cross_loadings out, or give several scales."
            )
        _refuse_idle_team_sd("FactorModel", team_sd, levels)
        if correlation_concentration != _CONCENTRATION and len(self.scales) == 1:
            raise ArgumentError(
                "FactorModel(correlation_concentration=...): one scale has no other factor to go "
                "together with. Leave it out, or give several scales."
            )

    @property
    def link(self) -> Link:
        """How answers hang together with what lies behind them."""
        return "probit" if self.ordinal else "identity"

    def build(self, survey: "Survey") -> Any:
        """
        Build the PyMC model, named dims, yours to extend.

        Parameters
        ----------
        survey : Survey
            The answers.

        Returns
        -------
        pymc.Model
            The joint model of items and factors.
        """
        from learnclimate.measurement.factor_pymc import build_factor_model

        return build_factor_model(self, survey)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class GradedResponse(Declared):
    """
    Samejima's graded response model of one scale: a logistic factor model of ordered answers.

    Parameters
    ----------
    scale : Scale or str
        A scale, or the name of one in the codebook.
    levels : {"respondent", "team"}, default "respondent"
        See `FactorModel`.
    discrimination_sd : float, default 2.5
        Prior standard deviation of a discrimination; normal around 0.
    team_sd : float, default 1
        See `FactorModel`.

    Raises
    ------
    ArgumentError
        If a number is out of range, `levels` is unknown, or `team_sd` is given without teams.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Samejima (1969), doi 10.1007/BF03372160.

    Examples
    --------
    >>> GradedResponse("challenging_work").scale
    'challenging_work'
    """

    scale: Scale | str
    levels: Level
    discrimination_sd: float
    team_sd: float

    def __init__(
        self,
        scale: Scale | str,
        *,
        levels: Level = "respondent",
        discrimination_sd: float = 2.5,
        team_sd: float = _TEAM_SD,
    ) -> None:
        set_field = object.__setattr__
        if not isinstance(scale, Scale | str):
            raise ArgumentTypeError(
                f"GradedResponse(scale={scale!r}): give one Scale, or the name of one. "
                "Several scales are a FactorModel."
            )
        set_field(self, "scale", scale)
        if levels not in _LEVELS:
            raise ArgumentError(f"GradedResponse(levels={levels!r}): {nearest(levels, _LEVELS)}")
        set_field(self, "levels", levels)
        for name, value in (("discrimination_sd", discrimination_sd), ("team_sd", team_sd)):
            set_field(self, name, _positive(f"GradedResponse({name}=...)", value))
        _refuse_idle_team_sd("GradedResponse", team_sd, levels)

    @property
    def scales(self) -> tuple[Scale | str, ...]:
        """The one scale."""
        return (self.scale,)

    @property
    def link(self) -> Link:
        """How answers hang together with what lies behind them."""
        return "logit"

    @property
    def cross_loadings(self) -> None:
        """There is no other factor."""
        return

    @property
    def correlation_concentration(self) -> float:
        """There is nothing to correlate."""
        return 1.0

    @property
    def loading_sd(self) -> float:
        """Prior of the loading, on the scale of a probit."""
        from learnclimate.measurement.factor_design import LOGIT_SCALE

        return self.discrimination_sd / LOGIT_SCALE

    def build(self, survey: "Survey") -> Any:
        """
        Build the PyMC model, named dims, yours to extend.

        Parameters
        ----------
        survey : Survey
            The answers.

        Returns
        -------
        pymc.Model
            The joint model of items and factor.
        """
        from learnclimate.measurement.factor_pymc import build_factor_model

        return build_factor_model(self, survey)


#: What `fit` takes for a factor model.
FactorDeclaration = FactorModel | GradedResponse


def _checked_scales(where: str, scales: object) -> tuple[Scale | str, ...]:
    given = (scales,) if isinstance(scales, Scale | str) else scales
    if not isinstance(given, Sequence):
        raise ArgumentTypeError(f"{where}(scales={scales!r}): give a Scale, a name, or a list.")
    names = []
    for scale in given:
        if not isinstance(scale, Scale | str):
            raise ArgumentTypeError(f"{where}: {scale!r} is not a Scale. Write Scale(name, items).")
        names.append(scale.name if isinstance(scale, Scale) else scale)
    if not names:
        raise ArgumentError(f"{where}(scales=[]): name at least one scale.")
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"{where}: scale {name!r} is named twice.")
    return tuple(given)


def _refuse_idle_team_sd(where: str, team_sd: float, levels: Level) -> None:
    """Refuse a prior of what a model of one level does not have."""
    if levels != "team" and team_sd != _TEAM_SD:
        raise ArgumentError(
            f"{where}(team_sd=...): factors have no spread over teams with levels='respondent'. "
            "Leave team_sd out, or give levels='team'."
        )


def _positive(where: str, value: object) -> float:
    if not is_number(value):
        raise ArgumentTypeError(f"{where}: {value!r} should be a number.")
    if not 0 < float(value) < float("inf"):
        raise ArgumentError(f"{where}: {value!r} should be above 0 and finite.")
    return float(value)
