"""`compare_models`: which of several models predicts best, where that can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.factor_comparison import (
    as_may_be_told,
    factors_left_out,
    holds_factor_fits,
    note_of_members,
)
from learnclimate.checks.leave_out import (
    LeaveOneOut,
    Unit,
    leave_one_out,
    leave_one_team_out,
)
from learnclimate.checks.same_answers import refuse_different_answers
from learnclimate.checks.verdict import Check, Verdict
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest
from learnclimate.core.layout import paragraph
from learnclimate.core.showing import html_of, text_of
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.other_fits import refuse_other_fits
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

#: A smaller difference is not told apart: its standard error is then too small, its
#: distribution far from normal (Sivula and others 2020).
_SMALLEST = 4.0
_STANDARD_ERRORS = 2.0
#: With fewer units the standard error is taken double: it may be too small by half.
_FEW = 100
_ALONE = 2


@dataclass(frozen=True, slots=True, repr=False)
class ModelComparison:
    """
    Models compared by how well they predict whom they have not seen, the best first.

    Attributes
    ----------
    unit : {"respondent", "team"}
        What was left out.
    n_units : int
        How many; of factor models those asked, where few answered no item.
    table : pandas.DataFrame
        Columns ``model, elpd, se, n_parameters, difference, difference_se, weight,
        n_doubtful, told_apart``: one row a model. ``difference`` is the elpd less that of
        the best, ``difference_se`` its standard error over the units; ``weight`` is by
        stacking, how much each model adds to the best mixture of their predictions;
        ``told_apart`` whether the model predicts worse than the best beyond doubt.
    obstacle : str
        Why it is not applicable; empty where it is.
    note : str
        What else to know; empty where nothing.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> families = {"poisson": lc.Poisson(), "negative binomial": lc.NegativeBinomial()}
    >>> fits = {
    ...     name: lc.fit(lc.CountModel(family=family), survey, draws=1000, seed=1, progress=False)
    ...     for name, family in families.items()
    ... }
    >>> lc.compare_models(fits, progress=False).table["model"].tolist()
    ['negative binomial', 'poisson']
    """

    unit: Unit
    n_units: int
    table: pd.DataFrame
    obstacle: str = ""
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Good where the best can be told from all others, doubtful where it cannot."""
        if self.obstacle:
            return "not applicable"
        sure = bool(self.table["told_apart"].iloc[1:].all())
        return "good" if sure and not self.table["n_doubtful"].any() else "doubtful"

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        if self.obstacle:
            return self.obstacle
        best, others = self.table.iloc[0], self.table.iloc[1:]
        worse = others[others["told_apart"]]
        alike = others[~others["told_apart"]]
        highest = "predicts a {} left out best" if alike.empty else "has the highest figure"
        told = [f"{best['model']!r} {highest.format(self.unit)}."]
        if len(worse):
            told.append(f"Worse: {_listed(worse)}.")
        if len(alike):
            told.append(
                f"Cannot be told apart from it: {_listed(alike)}; choose among these by what the "
                "question needs, not by these figures."
            )
        if self.n_units < _FEW:
            told.append(
                f"With fewer than {_FEW} {self.unit}s standard errors are too small themselves: "
                "models are told apart where they differ by more than "
                f"{2 * _STANDARD_ERRORS:g} of them."
            )
        if self.table["n_doubtful"].any():
            told.append(
                "Some importance weights cannot be trusted: fit with more draws or, models of "
                "counts, allow more refits."
            )
        return " ".join([*told, *filter(None, [self.note])])

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        names, figures = self.table["model"], self.table["difference"].to_numpy(dtype=float)
        pairs = zip(names, figures, strict=True)
        values = {f"difference[{name}]": float(figure) for name, figure in pairs}
        return Check("comparison", self.verdict, self.words, values)

    def __str__(self) -> str:
        """Give words and table."""
        if self.obstacle:
            return paragraph(self.words)
        return text_of(self.words, {".table": self.table})

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(self.words, self.table)


def compare_models(
    fits: Mapping[str, Fit | LeaveOneOut | FactorFit],
    *,
    unit: Unit = "respondent",
    survey: Survey | None = None,
    refits: int = 20,
    progress: bool = True,
) -> ModelComparison:
    """
    Compare models of the same answers by how well they predict whom they have not seen.

    Two models are told apart only where their difference is at least 4, and more than twice
    its standard error (four times where fewer than 100 respondents or teams were left out):
    for smaller differences and fewer units that error is itself too small.

    Parameters
    ----------
    fits : mapping of str to Fit, LeaveOneOut or FactorFit
        Two or more fits of the same survey, or what `leave_one_out` or
        `leave_one_team_out` gave for them, by a name of your own. Or fits of factor models to
        the same items, ordered or continuous all of them.
    unit : {"respondent", "team"}, default "respondent"
        Whether single respondents or whole teams are left out: whether predictions are for
        more people of these teams, or for other teams.
    survey : Survey, optional
        The survey; needed where a fit was read from a file without respondents.
    refits : int, default 20
        The most refits a model; none of factor models.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    ModelComparison
        The models, the best first, with differences and stacking weights.

    Raises
    ------
    FitError
        If the fits rest on different counts, items, teams or answers, or left rows of the
        survey out for different reasons. (Of fits read from files without respondents
        only what a file tells is compared: counts, teams, and how many rows were left out
        where these are not few.)
    ArgumentError, ArgumentTypeError
        If there are fewer than two, or something else than fits.

    References
    ----------
    Sivula, Magnusson, Matamoros and Vehtari (2020), doi 10.48550/arXiv.2008.10296.
    Yao, Vehtari, Simpson and Gelman (2018), doi 10.1214/17-BA1091.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fits = {
    ...     "monotonic": lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False),
    ...     "linear": lc.fit(
    ...         lc.CountModel(frequency=lc.Linear()), survey, draws=1000, seed=1, progress=False
    ...     ),
    ... }
    >>> compared = lc.compare_models(fits, progress=False)
    >>> compared.verdict
    'doubtful'
    """
    _check_mapping(fits, unit)
    if holds_factor_fits(fits):
        found = factors_left_out(fits, unit, progress=progress)
        compared = _compared(found, unit)
        n_units, table = as_may_be_told(compared.table, compared.n_units, fits, unit)
        return replace(compared, n_units=n_units, table=table, note=note_of_members(fits, unit))
    counted = _checked_fits(fits, unit)
    refuse_different_answers(counted, survey)
    left_out: dict[str, LeaveOneOut] = {}
    for name, fit in counted.items():
        estimate = leave_one_team_out if unit == "team" else leave_one_out
        left_out[name] = (
            fit
            if isinstance(fit, LeaveOneOut)
            else estimate(fit, survey=survey, refits=refits, progress=progress)
        )
    return _compared(left_out, unit)


def stacking_weights(log_density: FloatArray) -> FloatArray:
    """
    Weigh models so that the mixture of their predictions is best.

    Parameters
    ----------
    log_density : ndarray of shape (n_models, n_units)
        Log predictive density of each unit left out.

    Returns
    -------
    ndarray of shape (n_models,)
        Weights, not below 0, that sum to 1.

    References
    ----------
    Yao, Vehtari, Simpson and Gelman (2018), doi 10.1214/17-BA1091.

    Examples
    --------
    >>> stacking_weights(np.array([[-1.0, -1.0], [-9.0, -9.0]])).round(3)
    array([1., 0.])
    """
    from scipy.optimize import LinearConstraint, minimize

    density = np.exp(log_density - log_density.max(axis=0))
    n_models, n_units = density.shape

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        mixed = np.maximum(weights @ density, 1e-300)
        return -float(np.log(mixed).sum()) / n_units, -(density / mixed).sum(axis=1) / n_units

    found = minimize(
        loss,
        np.full(n_models, 1 / n_models),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * n_models,
        constraints=LinearConstraint(np.ones((1, n_models)), 1.0, 1.0),
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    weights = np.maximum(found.x, 0.0)
    return np.asarray(weights / weights.sum())


def _check_mapping(fits: object, unit: object) -> None:
    if not isinstance(fits, Mapping):
        raise ArgumentTypeError(
            "compare_models(fits=...): give a mapping of names to fits, such as "
            "{'linear': fit_1, 'monotonic': fit_2}."
        )
    if unit not in ("respondent", "team"):
        raise ArgumentError(f"unit={unit!r}: {nearest(str(unit), ['respondent', 'team'])}")
    if len(fits) < _ALONE:
        raise ArgumentError("compare_models(fits=...): give two fits or more.")
    for name in fits:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"compare_models(fits=...): name {name!r} is no text.")


def _checked_fits(fits: Mapping[str, object], unit: Unit) -> dict[str, Fit | LeaveOneOut]:
    checked: dict[str, Fit | LeaveOneOut] = {}
    for name, fit in fits.items():
        refuse_other_fits("compare_models", fit)
        if not isinstance(fit, Fit | LeaveOneOut):
            raise ArgumentTypeError(
                f"compare_models(fits=...): {name!r} is a {type(fit).__name__}, not a fit."
            )
        if isinstance(fit, LeaveOneOut) and fit.unit != unit:
            raise ArgumentError(
                f"compare_models(fits=...): {name!r} left out one {fit.unit} at a time; give "
                f"unit={fit.unit!r}, and the same for all."
            )
        checked[name] = fit
    return checked


def _compared(left_out: dict[str, LeaveOneOut], unit: Unit) -> ModelComparison:
    for name, one in left_out.items():
        if one.obstacle:
            return ModelComparison(unit, 0, _table([]), f"{name!r}: {one.obstacle}")
    names = sorted(left_out, key=lambda name: -left_out[name].elpd)
    pointwise = np.array([left_out[name].pointwise for name in names])
    weights = stacking_weights(pointwise)
    n_units = pointwise.shape[1]
    rows: list[dict[str, object]] = []
    for place, name in enumerate(names):
        one, apart = left_out[name], pointwise[place] - pointwise[0]
        difference = float(apart.sum())
        error = float(np.sqrt(n_units * apart.var(ddof=1))) if n_units > 1 else np.nan
        rows.append(
            {
                "model": name,
                "elpd": one.elpd,
                "se": one.se,
                "n_parameters": one.n_parameters,
                "difference": difference,
                "difference_se": error,
                "weight": float(weights[place]),
                "n_doubtful": one.n_doubtful,
                "told_apart": told_apart(difference, error, n_units),
            }
        )
    return ModelComparison(unit, n_units, _table(rows))


def told_apart(difference: float, error: float, n_units: int) -> bool:
    """
    Tell whether two models predict differently beyond doubt.

    Parameters
    ----------
    difference : float
        Difference of their expected log predictive densities.
    error : float
        Its standard error.
    n_units : int
        How many respondents or teams were left out.

    Returns
    -------
    bool
        Whether it is large enough, in itself and against its error.

    Examples
    --------
    >>> told_apart(-12.0, 4.0, 500), told_apart(-12.0, 4.0, 50), told_apart(-3.0, 0.1, 500)
    (True, False, False)
    """
    errors = _STANDARD_ERRORS * (2 if n_units < _FEW else 1)
    return bool(abs(difference) >= _SMALLEST and abs(difference) > errors * error)


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = ["model", "elpd", "se", "n_parameters", "difference", "difference_se", "weight"]
    return pd.DataFrame(rows, columns=[*columns, "n_doubtful", "told_apart"])


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{row.model!r} ({row.difference:z.1f}, standard error {row.difference_se:.1f})"
        for row in rows.itertuples()
    )
