"""Priors of a model of several kinds: the user's where given, else a documented default."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, ModelError
from learnclimate.core.showing import Tabled
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.prior_choice import ScalarPrior
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

_SCALAR = (Normal, HalfNormal, Exponential, Gamma, Beta, StudentT)
_WANTED: dict[str, tuple[type, ...]] = {
    # Normal, so that common values can be drawn given the mean over the kinds.
    "intercept": (Normal,),
    "frequency": (Normal,),
    "covariates": (Normal,),
    "frequency_shape": (Dirichlet,),
    "team_correlation": (LKJ,),
    "respondent_correlation": (LKJ,),
}
_MEANING = {
    "intercept": "log of the expected count, about which kinds scatter: lowest level, covariates "
    "at their means, average team and respondent",
    "intercept_sd": "standard deviation of the kinds about it",
    "frequency": "log of the ratio of the highest to the lowest level, about which kinds scatter",
    "frequency_sd": "standard deviation of the kinds about it",
    "frequency_shape": "share of each step in the frequency effect, about which kinds scatter",
    "frequency_shape_sd": "standard deviation of the kinds about it, on the log scale",
    "covariates": "log of the ratio per sd of the covariate, about which kinds scatter",
    "covariates_sd": "standard deviation of the kinds about it",
    "team_sd": "standard deviation of a team effect on a kind, on the log scale",
    "team_correlation": "correlations of the team effects on all kinds",
    "respondent_sd": "standard deviation of the respondents' effects on a kind, on the log scale",
    "respondent_correlation": "correlations of the respondents' effects on the kinds",
}
#: What replaces them where kinds are not pooled, so that none has a common value.
_OF_EACH = {
    "intercept": "log of the expected count of each kind: lowest level, covariates at their "
    "means, average team and respondent",
    "frequency": "log of the ratio of the highest to the lowest level, of each kind",
    "frequency_shape": "share of each step in the frequency effect, of each kind",
    "covariates": "log of the ratio per sd of the covariate, of each kind",
}
#: Priors of how kinds differ, which a model that does not pool them has none of.
_OF_POOLING = ("intercept_sd", "frequency_sd", "frequency_shape_sd", "covariates_sd")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KindsPriors(Tabled):
    """
    The priors of a `KindsModel`: any subset; what is left out takes its default.

    A prior of a standard deviation is cut off at 0. Where kinds are not pooled, `intercept`,
    `frequency`, `frequency_shape` and `covariates` are those of each kind.

    Parameters
    ----------
    intercept : Normal, optional
        Common log rate, covariates at their means; default about the log of the mean count.
    intercept_sd : prior, optional
        Standard deviation of the kinds about it; default ``Exponential(1)``.
    frequency : Normal, optional
        Common log rate ratio, highest against lowest level; default ``Normal(0, 1)``.
    frequency_sd : prior, optional
        Standard deviation of the kinds about it; default ``Exponential(2)``.
    frequency_shape : Dirichlet, optional
        Common steps; default ``Dirichlet(1)``.
    frequency_shape_sd : prior, optional
        Standard deviation of the kinds' log steps about them; default ``Exponential(2)``.
    covariates : Normal, optional
        Common log rate ratio per standard deviation of a covariate; default ``Normal(0, 1)``.
    covariates_sd : prior, optional
        Standard deviation of the kinds about it, likewise; default ``Exponential(2)``.
    team_sd : prior, optional
        Standard deviation of each team effect on each kind; default ``Exponential(2)``.
    team_correlation : LKJ, optional
        Correlations of all team effects on all kinds; default ``LKJ(2)``.
    respondent_sd : prior, optional
        Standard deviation of the respondents' effects on each kind; default ``Exponential(1)``.
    respondent_correlation : LKJ, optional
        Their correlations; default ``LKJ(2)``.

    Raises
    ------
    ArgumentTypeError
        If a field holds something that is not a prior of the kind it needs.

    Examples
    --------
    >>> KindsPriors(frequency_sd=HalfNormal(0.2)).frequency_sd
    HalfNormal(sd=0.2)
    """

    intercept: Normal | None = None
    intercept_sd: ScalarPrior | None = None
    frequency: Normal | None = None
    frequency_sd: ScalarPrior | None = None
    frequency_shape: Dirichlet | None = None
    frequency_shape_sd: ScalarPrior | None = None
    covariates: Normal | None = None
    covariates_sd: ScalarPrior | None = None
    team_sd: ScalarPrior | None = None
    team_correlation: LKJ | None = None
    respondent_sd: ScalarPrior | None = None
    respondent_correlation: LKJ | None = None

    def __post_init__(self) -> None:
        """Check that each field holds a prior that fits it."""
        for field in fields(self):
            value = getattr(self, field.name)
            wanted = _WANTED.get(field.name, _SCALAR)
            if value is not None and not isinstance(value, wanted):
                names = ", ".join(kind.__name__ for kind in wanted)
                raise ArgumentTypeError(
                    f"KindsPriors({field.name}=...): {value!r} is not one of {names}."
                )

    def table(self) -> pd.DataFrame:
        """
        List the priors that are set, one row a parameter.

        Returns
        -------
        pandas.DataFrame
            Columns ``parameter, prior, meaning``.

        Examples
        --------
        >>> KindsPriors(team_sd=Exponential(1)).table()["prior"].tolist()
        ['Exponential(rate=1)']
        """
        # Of kinds that are not pooled, all of these are set and no spread about them.
        own = all(getattr(self, name) is not None for name in _OF_EACH)
        pooled = self.intercept_sd is not None or not own
        meaning = _MEANING if pooled else _MEANING | _OF_EACH
        rows = [
            (field.name, repr(getattr(self, field.name)), meaning[field.name])
            for field in fields(self)
            if getattr(self, field.name) is not None
        ]
        return pd.DataFrame(rows, columns=["parameter", "prior", "meaning"])


def resolve_kinds_priors(
    priors: KindsPriors | None, design: KindsDesign, *, pooled: bool
) -> KindsPriors:
    """
    Fill every prior that was left open with its default.

    Parameters
    ----------
    priors : KindsPriors or None
        What the user set.
    design : KindsDesign
        The design; the default of the intercept takes its scale from it.
    pooled : bool
        Whether kinds are pooled.

    Returns
    -------
    KindsPriors
        Every field that the model has.

    Raises
    ------
    ModelError
        If a prior of how kinds differ is given for a model that does not pool them.
    """
    given = priors or KindsPriors()
    for name in _OF_POOLING:
        if not pooled and getattr(given, name) is not None:
            raise ModelError(
                f"KindsPriors({name}=...): kinds are not pooled, so there is no spread about a "
                "common value. Leave it out, or use KindsModel(pooled=True)."
            )
    exposure = np.exp(design.people.log_exposure)[:, None] * design.answered
    rate = float(design.counts.sum() / exposure.sum())
    defaults = KindsPriors(
        intercept=Normal(round(float(np.log(max(rate, 1e-3))), 1), 2.0),
        intercept_sd=Exponential(1.0) if pooled else None,
        frequency=Normal(0.0, 1.0),
        frequency_sd=Exponential(2.0) if pooled else None,
        frequency_shape=Dirichlet(1.0),
        frequency_shape_sd=Exponential(2.0) if pooled else None,
        covariates=Normal(0.0, 1.0),
        covariates_sd=Exponential(2.0) if pooled else None,
        team_sd=Exponential(2.0),
        team_correlation=LKJ(2.0),
        respondent_sd=Exponential(1.0),
        respondent_correlation=LKJ(2.0),
    )
    chosen = {
        field.name: getattr(given, field.name) or getattr(defaults, field.name)
        for field in fields(KindsPriors)
    }
    return KindsPriors(**chosen)
