"""Summarise a posterior: the certificate first, then a table."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.intervals import check_interval, interval_bounds
from learnclimate.core.layout import paragraph, table_text
from learnclimate.core.showing import html_table, legend
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.convergence import convergence
from learnclimate.inference.small_groups import (
    hidden_departments,
    hidden_parameters,
    hidden_teams,
)
from learnclimate.inference.team_summary import has_team_summary, moments_of, quantiles

#: Columns that a narrow terminal may go without, the least important first.
_LEAST = ("median", "ess_tail", "sd")
_MEANING = {
    "intercept": "log expected count per unit exposure, lowest level, covariates 0, average team",
    "frequency_effect": "log rate ratio, highest against lowest level",
    "frequency_shape": "share of the step in the frequency effect",
    "frequency_curve": "log rate ratio of the level against the lowest",
    "covariate_effects": "log rate ratio per unit",
    "team_sd": "standard deviation over teams, on the log rate",
    "team_correlation": "correlation of two team effects",
    "team_effects": "the team's deviation, on the log rate",
    "slope_shifts": "log rate ratio, highest against lowest level, a unit of what shifts it",
    "composition_effects": "log rate ratio, team all at the highest level against the lowest",
    "department_sd": "standard deviation over departments, on the log rate",
    "department_correlation": "correlation of two department effects",
    "department_effects": "the department's deviation, on the log rate",
    "level_probability": "share of the level, which weighs it for who left the frequency open",
    "dispersion": "alpha; Var(y) = mean + mean^2 / alpha",
    "concentration": "phi; Var(y) = K m (1 - m) (K + phi) / (1 + phi), m the mean share",
    "zero_probability": "of the zero part: lowest level, its covariates at means, average team",
    "zero_intercept": "log odds of a zero of the zero part, lowest level, covariates 0",
    "zero_frequency_effect": "log odds ratio of such a zero, highest against lowest level",
    "zero_frequency_shape": "share of the step in the effect on the log odds of a zero",
    "zero_frequency_curve": "log odds ratio of such a zero, the level against the lowest",
    "zero_covariate_effects": "log odds ratio of such a zero per unit",
    "zero_team_sd": "standard deviation over teams, on the log odds of a zero",
    "zero_team_effects": "the team's deviation, on the log odds of a zero",
}


#: What is said of rates, of a family whose counts are out of K.
_OF_ODDS = {
    "log expected count per unit exposure": "log odds of one activity",
    "log rate ratio": "log odds ratio",
    "on the log rate": "on the log odds",
}


def meaning_of(variable: str, *, of_odds: bool) -> str:
    """
    Say what a posterior variable means.

    Parameters
    ----------
    variable : str
        Its name.
    of_odds : bool
        Whether counts are out of K, so that log odds take the place of log rates.

    Returns
    -------
    str
        Its meaning and unit.

    Examples
    --------
    >>> meaning_of("covariate_effects", of_odds=True)
    'log odds ratio per unit'
    """
    words = _MEANING[variable]
    if of_odds:
        for rate, odds in _OF_ODDS.items():
            words = words.replace(rate, odds)
    return words


@dataclass(frozen=True, slots=True, repr=False)
class FitSummary:
    """
    A posterior in a table, with what vouches for it.

    Attributes
    ----------
    certificate : Certificate
        Whether the draws can be trusted.
    table : pandas.DataFrame
        Columns ``parameter, coordinate, mean, sd, median, lower, upper, rhat, ess_bulk,
        ess_tail, meaning``; elements that never vary are left out, and so are those that
        tell of a level that few respondents gave.
    interval : float
        Probability between ``lower`` and ``upper``.
    note : str
        That groups below the usual minimum are shown, and why; empty where none are.
    """

    certificate: Certificate
    table: pd.DataFrame
    interval: float
    note: str = ""

    def __str__(self) -> str:
        """Lay it out in text, the certificate first."""
        table = table_text(self._shown().drop(columns="meaning"), least=_LEAST)
        told = legend(self.table["parameter"], self.table["meaning"])
        return "\n".join([f"{self.certificate}\n", table, paragraph(self._caption()), *told])

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        shown = self._shown()
        rows = shown.itertuples(index=False, name=None)
        table = html_table(list(shown.columns), rows, caption="Parameters")
        return f"{self.certificate._repr_html_()}{table}<p>{escape(self._caption())}</p>"

    def _caption(self) -> str:
        told = f"lower, upper: equal-tailed {self.interval:.0%} interval"
        return f"{told}. {self.note}" if self.note else told

    def _shown(self) -> pd.DataFrame:
        shown = self.table.copy()
        for column in ("mean", "sd", "median", "lower", "upper"):
            shown[column] = shown[column].map(_three_decimals)
        for column in ("ess_bulk", "ess_tail"):
            shown[column] = shown[column].map("{:.0f}".format)
        shown["rhat"] = shown["rhat"].map(_three_decimals)
        return shown


def summarise(
    draws: xr.DataTree,
    certificate: Certificate,
    *,
    teams: bool,
    interval: float,
    rule: DisclosureRule | None,
) -> FitSummary:
    """
    Summarise draws.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    certificate : Certificate
        What vouches for them.
    teams : bool
        Whether to show the teams' own effects.
    interval : float
        Probability of the interval.
    rule : DisclosureRule or None
        Which teams and levels are too small to show.

    Returns
    -------
    FitSummary
        The summary.
    """
    check_interval(interval)
    posterior = draws["posterior"].to_dataset()
    of_teams = [name for name in ("team_effects", "zero_team_effects") if name in posterior]
    apart = (*of_teams, "department_effects", "team_composition", "team_level_probability")
    names = [name for name in labels.POSTERIOR_DIMS if name in posterior and name not in apart]
    arrays = {name: posterior[name] for name in names}
    if "department_effects" in posterior:
        told = np.flatnonzero(~hidden_departments(draws, rule or DisclosureRule()))
        arrays["department_effects"] = posterior["department_effects"].isel(department=told)
    if teams and of_teams:
        shown = np.flatnonzero(~hidden_teams(draws, rule or DisclosureRule()))
        arrays |= {name: posterior[name].isel(team=shown) for name in of_teams}
    of_odds = "concentration" in posterior
    rows: dict[str, list[object]] = {"parameter": [], "coordinate": [], "meaning": []}
    for name, array in arrays.items():
        coordinates = _coordinates(array)
        rows["parameter"] += [name] * len(coordinates)
        rows["coordinate"] += coordinates
        rows["meaning"] += [meaning_of(name, of_odds=of_odds)] * len(coordinates)
    values = {name: array.to_numpy() for name, array in arrays.items()}
    flat = np.concatenate(
        [np.reshape(v, (v.shape[0] * v.shape[1], -1)) for v in values.values()], axis=1
    )
    lower, upper = interval_bounds(flat, interval)
    table = pd.DataFrame(
        {
            "parameter": rows["parameter"],
            "coordinate": rows["coordinate"],
            "mean": flat.mean(axis=0),
            "sd": flat.std(axis=0, ddof=1),
            "median": np.median(flat, axis=0),
            "lower": lower,
            "upper": upper,
            **convergence(values),
            "meaning": rows["meaning"],
        }
    )
    varies = np.ptp(flat, axis=0) > 1e-12 * (1 + np.abs(flat).max(axis=0))
    # A correlation matrix is symmetric: its upper triangle says it all.
    rule = rule or DisclosureRule()
    table = table[varies & ~_lower_triangle(arrays) & ~_hidden(arrays, draws, rule)]
    if teams and has_team_summary(draws):
        table = pd.concat([table, _team_moments(draws, rule, interval)])
    return FitSummary(certificate, table.reset_index(drop=True), interval, lowered(rule))


def _team_moments(draws: xr.DataTree, rule: DisclosureRule, interval: float) -> pd.DataFrame:
    """Rows of the teams' effects of which a fit keeps moments; they have no chains to compare."""
    summary = draws[labels.TEAM_SUMMARY].to_dataset()
    shown = ~hidden_teams(draws, rule)
    teams = summary[labels.TEAM].to_numpy().astype(str)[shown]
    tail, parts = (1 - interval) / 2, []
    for effect in summary[labels.TEAM_EFFECT].to_numpy().astype(str):
        moments = moments_of(draws, effect, shown)
        figures: dict[str, object] = {"parameter": "team_effects"}
        figures["coordinate"] = [f"{team}, {effect}" for team in teams]
        figures |= {"mean": moments[0], "sd": moments[1], "median": quantiles(*moments, 0.5)}
        figures |= {"lower": quantiles(*moments, tail), "upper": quantiles(*moments, 1 - tail)}
        figures |= dict.fromkeys(("rhat", "ess_bulk", "ess_tail"), np.nan)
        parts.append(
            pd.DataFrame({**figures, "meaning": meaning_of("team_effects", of_odds=False)})
        )
    return pd.concat(parts)


def _coordinates(array: xr.DataArray) -> list[str]:
    dims = [dim for dim in array.dims if dim not in (labels.CHAIN, labels.DRAW)]
    if not dims:
        return [""]
    parts = np.meshgrid(*[array[dim].to_numpy().astype(str) for dim in dims], indexing="ij")
    return [", ".join(cells) for cells in zip(*[part.ravel() for part in parts], strict=True)]


def _hidden(
    arrays: dict[str, xr.DataArray], draws: xr.DataTree, rule: DisclosureRule
) -> np.ndarray:
    marked = hidden_parameters(draws, rule)
    flags = [
        marked.get(name, np.zeros(array.shape[2:], dtype=bool)) for name, array in arrays.items()
    ]
    return np.concatenate([np.ravel(flag) for flag in flags])


def _lower_triangle(arrays: dict[str, xr.DataArray]) -> np.ndarray:
    flags = []
    for name, array in arrays.items():
        shape = array.shape[2:]
        flag = np.zeros(shape, dtype=bool)
        if name in ("team_correlation", "department_correlation"):
            flag = np.tril(np.ones(shape, dtype=bool))
        flags.append(flag.ravel())
    return np.concatenate(flags)


def _three_decimals(value: float) -> str:
    # Rounded first: what rounds to nothing has no sign.
    return f"{round(value, 3) + 0.0:.3f}"
