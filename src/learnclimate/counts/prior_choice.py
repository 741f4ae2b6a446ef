"""Which prior each coordinate gets: the user's where given, else a documented default."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, ModelError, nearest
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.showing import Tabled
from learnclimate.counts.coding import CovariateCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.priors import (
    LKJ,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfNormal,
    Normal,
    StudentT,
)
from learnclimate.counts.shown_people import shown_spreads
from learnclimate.disclosure.rounding import of_this_order

ScalarPrior = Normal | HalfNormal | Exponential | Gamma | Beta | StudentT
PriorByCoordinate = ScalarPrior | Mapping[str, ScalarPrior]
ShapeByCoordinate = Dirichlet | Mapping[str, Dirichlet]

#: Coordinate of ``Priors(zero=...)`` for the standard deviation over teams.
ZERO_TEAM_SD = "team_sd"

_CORRELATION, _EVEN = LKJ(2.0), Dirichlet(1.0)
_SCALAR = (Normal, HalfNormal, Exponential, Gamma, Beta, StudentT)
_CORRELATIONS = ("team_correlation", "department_correlation")
_SINGLE = ("intercept", "dispersion", "level_probability", *_CORRELATIONS)
_MEANING = {
    "intercept": "log expected count a unit (k of K: log odds), lowest level, covariates at means",
    "frequency": "log rate ratio (k of K: log odds), level against lowest (monotone: highest)",
    "frequency_shape": "share of each step in the frequency effect",
    "covariates": "log rate ratio (k of K: log odds) per unit of the covariate",
    "team_sd": "standard deviation of a team effect, on the log rate (k of K: log odds)",
    "team_correlation": "correlations of the team effects",
    "dispersion": "dispersion alpha, Var(y) = mean + mean^2 / alpha (of k of K: concentration)",
    "zero": "log odds of a zero of the zero part",
    "slope_shifts": "log rate ratio (k of K: log odds), highest vs lowest, a unit of the shifter",
    "composition": "log rate ratio (k of K: log odds), team all highest vs lowest, own answer held",
    "department_sd": "standard deviation of a department effect, log rate (k of K: log odds)",
    "department_correlation": "correlations of the department effects",
    "level_probability": "probabilities of the levels, where some left the frequency open",
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Priors(Tabled):
    """
    The priors of a `CountModel`: any subset; what is left out takes its default.

    A prior with several coordinates may be one value, used for each, or a mapping by
    coordinate. A prior of a positive quantity (`team_sd`, `dispersion`) is cut off at 0,
    so that ``StudentT(3, 0, 2.5)`` there is a half Student's t.

    Parameters
    ----------
    intercept : prior, optional
        Log expected count per unit exposure at the lowest level of every frequency,
        covariates at their means, in an average team.
    frequency : prior or mapping of frequency column to prior, optional
        Log rate ratio, highest against lowest level; with `Unordered`, of each level.
    frequency_shape : Dirichlet or mapping of frequency column to Dirichlet, optional
        Steps of a `Monotonic` frequency.
    covariates : prior or mapping of covariate coordinate to prior, optional
        Log rate ratio per unit of the covariate as given. The name of a categorical
        covariate stands for all its coordinates.
    team_sd : prior or mapping of team effect to prior, optional
        Standard deviation of each team effect.
    team_correlation : LKJ, optional
        Correlation of the team effects.
    dispersion : prior, optional
        Dispersion α of a negative binomial, ``Var(y) = μ + μ²/α``; the concentration of a
        beta-binomial.
    zero : prior or mapping of coordinate to prior, optional
        Log odds of the zero part. Coordinates: ``"intercept"`` (lowest levels, covariates of
        the zero part at their means, average team), the frequencies (log odds ratio, as
        `frequency` of the log rate ratio), the covariates, and ``"team_sd"``.
    slope_shifts : prior or mapping of coordinate to prior, optional
        Shift of a slope: log rate ratio of the highest level against the lowest, a unit of
        the moderator (``"talk:challenge"``), or at the highest level of the other frequency
        (``"talk:meetings"``).
    composition : prior or mapping of frequency column to prior, optional
        Composition of the team: log rate ratio of someone in a team all at the highest level
        against someone who answered alike in a team all at the lowest.
    department_sd : prior or mapping of department effect to prior, optional
        Standard deviation of each department effect.
    department_correlation : LKJ, optional
        Correlation of the department effects.
    level_probability : Dirichlet, optional
        How probable each level is, where levels are summed out: before anybody answered.

    Raises
    ------
    ArgumentTypeError
        If a field holds something that is not a prior of the kind it needs.

    Examples
    --------
    >>> Priors(team_sd={"intercept": Exponential(2), "talk": Exponential(0.5)}).team_sd["talk"]
    Exponential(rate=0.5)
    """

    intercept: ScalarPrior | None = None
    frequency: PriorByCoordinate | None = None
    frequency_shape: ShapeByCoordinate | None = None
    covariates: PriorByCoordinate | None = None
    team_sd: PriorByCoordinate | None = None
    team_correlation: LKJ | None = None
    dispersion: ScalarPrior | None = None
    zero: PriorByCoordinate | None = None
    slope_shifts: PriorByCoordinate | None = None
    composition: PriorByCoordinate | None = None
    department_sd: PriorByCoordinate | None = None
    department_correlation: LKJ | None = None
    level_probability: Dirichlet | None = None

    def __post_init__(self) -> None:
        """Check that each field holds a prior that fits it."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            values = [value]
            if field.name not in _SINGLE and isinstance(value, Mapping):
                # A copy: the caller's mapping may change later.
                object.__setattr__(self, field.name, dict(value))
                values = list(value.values())
            wanted: tuple[type, ...] = _SCALAR
            if field.name in ("frequency_shape", "level_probability"):
                wanted = (Dirichlet,)
            elif field.name in _CORRELATIONS:
                wanted = (LKJ,)
            for prior in values:
                if not isinstance(prior, wanted):
                    names = ", ".join(kind.__name__ for kind in wanted)
                    raise ArgumentTypeError(
                        f"Priors({field.name}=...): {prior!r} is not one of {names}."
                    )

    def __hash__(self) -> int:
        """Hash by content: mappings by their items, in any order."""
        values = (getattr(self, field.name) for field in fields(self))
        return hash(
            tuple(
                frozenset(value.items()) if isinstance(value, Mapping) else value
                for value in values
            )
        )

    def table(self) -> pd.DataFrame:
        """
        List the priors that are set, one row a coordinate.

        Returns
        -------
        pandas.DataFrame
            Columns ``parameter, coordinate, prior, meaning``.

        Examples
        --------
        >>> Priors(dispersion=Exponential(0.2)).table()["prior"].tolist()
        ['Exponential(rate=0.2)']
        """
        rows = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            items = value.items() if isinstance(value, Mapping) else [("", value)]
            rows += [(field.name, key, repr(prior), _MEANING[field.name]) for key, prior in items]
        return pd.DataFrame(rows, columns=["parameter", "coordinate", "prior", "meaning"])


@dataclass(frozen=True, slots=True)
class ZeroPriors:
    """
    Priors of a zero part, one for every coordinate.

    Attributes
    ----------
    intercept : prior
        Of the log odds at the lowest levels and the covariates' means.
    frequency : tuple of priors, one a frequency
        Of the log odds ratios; empty where zeros do not depend on the frequencies.
    covariates : tuple of priors, one a coordinate of ``zero_covariate``
        Of the log odds ratios per unit.
    team_sd : prior
        Of the standard deviation over teams (used where zeros vary over them).
    """

    intercept: ScalarPrior
    frequency: tuple[ScalarPrior, ...]
    covariates: tuple[ScalarPrior, ...]
    team_sd: ScalarPrior


@dataclass(frozen=True, slots=True)
class ResolvedPriors:
    """
    One prior for every coordinate, none left open: what an engine reads.

    Attributes
    ----------
    intercept : prior
        Of the intercept at the covariates' means.
    frequency : tuple of priors, one a frequency
        Of the frequency effects.
    frequency_shape : tuple of Dirichlet, one a frequency
        Of the steps (used where the frequency is monotone).
    covariates : tuple of priors, one a coordinate of ``covariate``
        Of the covariate effects.
    team_sd : tuple of priors, one a coordinate of ``team_effect``
        Of the standard deviations.
    team_correlation : LKJ
        Of the correlations.
    dispersion : prior
        Of α or φ (used where the family has one).
    zero : ZeroPriors or None
        Of the zero part, where the family has one.
    slope_shifts : tuple of priors, one a coordinate of ``slope_shift``
        Of the shifts of slopes.
    composition : tuple of priors, one a frequency
        Of the effects of the teams' composition (used where the model has them).
    department_sd : tuple of priors, one a coordinate of ``department_effect``
        Of the standard deviations.
    department_correlation : LKJ
        Of the correlations of the department effects.
    level_probability : Dirichlet
        Of the probabilities of the levels (used where some are unknown).
    """

    intercept: ScalarPrior
    frequency: tuple[ScalarPrior, ...]
    frequency_shape: tuple[Dirichlet, ...]
    covariates: tuple[ScalarPrior, ...]
    team_sd: tuple[ScalarPrior, ...]
    team_correlation: LKJ
    dispersion: ScalarPrior
    zero: ZeroPriors | None = None
    slope_shifts: tuple[ScalarPrior, ...] = ()
    composition: tuple[ScalarPrior, ...] = ()
    department_sd: tuple[ScalarPrior, ...] = ()
    department_correlation: LKJ = _CORRELATION
    level_probability: Dirichlet = _EVEN


def resolve_priors(priors: Priors | None, design: CountDesign) -> ResolvedPriors:
    """
    Fill every prior that was left open with its default.

    Parameters
    ----------
    priors : Priors or None
        What the user set.
    design : CountDesign
        The design; it tells the scale of defaults.

    Returns
    -------
    ResolvedPriors
        For every coordinate.

    Raises
    ------
    ModelError
        If a mapping names a coordinate that the model does not have.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> design = CountModel().design(load_example())
    >>> resolve_priors(Priors(frequency=Normal(0, 0.5)), design).frequency
    (Normal(mean=0, sd=0.5),)
    """
    given, coding = priors or Priors(), design.coding
    names = coding.frequency_names
    labels = coding.covariate_labels
    scales = shown_spreads(design)
    own_scale = {
        label: Normal(0.0, of_this_order(1 / scale) if scale > 0 else 1.0)
        for label, scale in zip(labels, scales, strict=True)
    }
    centre = round(_typical_predictor(design), 1)
    effects = coding.team_effects
    return ResolvedPriors(
        intercept=given.intercept or Normal(centre, 2.0),
        frequency=_by_coordinate("frequency", given.frequency, names, Normal(0.0, 1.0)),
        frequency_shape=_by_coordinate(
            "frequency_shape", given.frequency_shape, names, Dirichlet(1.0)
        ),
        covariates=_by_coordinate(
            "covariates",
            _spread_over_categories(given.covariates, coding.covariates),
            labels,
            own_scale,
        ),
        team_sd=_by_coordinate("team_sd", given.team_sd, effects, Exponential(2.0)),
        team_correlation=given.team_correlation or _CORRELATION,
        dispersion=given.dispersion or Exponential(0.1),
        slope_shifts=_by_coordinate(
            "slope_shifts",
            given.slope_shifts,
            tuple(shift.label for shift in coding.slope_shifts),
            {
                shift.label: Normal(0.0, 1.0) if shift.centre is None else own_scale[shift.by]
                for shift in coding.slope_shifts
            },
        ),
        composition=_by_coordinate("composition", given.composition, names, Normal(0.0, 1.0)),
        department_sd=_by_coordinate(
            "department_sd", given.department_sd, coding.department_effects, Exponential(2.0)
        ),
        department_correlation=given.department_correlation or _CORRELATION,
        level_probability=given.level_probability or _EVEN,
        zero=_zero_priors(given.zero, design),
    )


def _typical_predictor(design: CountDesign) -> float:
    """Log rate of the mean count, or log odds of the mean share where counts are out of K."""
    rate = max(design.mean_rate, 1e-3)
    if design.asked.trials is None:
        return float(np.log(rate))
    share = min(rate, 1 - 1e-3)
    return float(np.log(share / (1 - share)))


def _zero_priors(given: PriorByCoordinate | None, design: CountDesign) -> ZeroPriors | None:
    """Spread the priors of the zero part over its coordinates."""
    if (coding := design.coding).zero is None:
        if given is not None:
            raise ModelError("Priors(zero=...): the family has no zero part. Leave it out.")
        return None
    names = coding.frequency_names if coding.zero.frequency else ()
    labels = coding.zero.covariate_labels
    scales = shown_spreads(design, zero=True)
    defaults: dict[str, ScalarPrior] = {INTERCEPT: Normal(0.0, 1.5)}
    defaults |= dict.fromkeys(names, Normal(0.0, 1.0))
    defaults |= {
        label: Normal(0.0, of_this_order(1 / scale) if scale > 0 else 1.0)
        for label, scale in zip(labels, scales, strict=True)
    }
    if coding.zero.team_intercept:
        defaults[ZERO_TEAM_SD] = Exponential(1.0)
    spread = _spread_over_categories(given, coding.zero.covariates)
    chosen: tuple[ScalarPrior, ...] = _by_coordinate("zero", spread, tuple(defaults), defaults)
    found = dict(zip(defaults, chosen, strict=True))
    return ZeroPriors(
        found[INTERCEPT],
        tuple(found[name] for name in names),
        tuple(found[label] for label in labels),
        found.get(ZERO_TEAM_SD, Exponential(1.0)),
    )


def _spread_over_categories(
    given: PriorByCoordinate | None, covariates: tuple[CovariateCoding, ...]
) -> PriorByCoordinate | None:
    """Let the name of a categorical covariate stand for all its coordinates."""
    if not isinstance(given, Mapping):
        return given
    spread: dict[str, ScalarPrior] = {}
    for covariate in covariates:
        if covariate.categories and covariate.name in given:
            spread |= dict.fromkeys(covariate.labels, given[covariate.name])
    names = {covariate.name for covariate in covariates if covariate.categories}
    return spread | {name: prior for name, prior in given.items() if name not in names}


def _by_coordinate[P](
    parameter: str,
    given: P | Mapping[str, P] | None,
    coordinates: tuple[str, ...],
    default: P | Mapping[str, P],
) -> tuple[P, ...]:
    """Spread one prior, or a mapping over defaults, over the coordinates."""
    base = dict(default) if isinstance(default, Mapping) else dict.fromkeys(coordinates, default)
    if isinstance(given, Mapping):
        for name in given:
            if name not in coordinates:
                raise ModelError(
                    f"Priors({parameter}=...): the model has no coordinate {name!r}. "
                    f"{nearest(name, coordinates)}"
                )
        base |= given
    elif given is not None:
        base = dict.fromkeys(coordinates, given)
    return tuple(base[name] for name in coordinates)
