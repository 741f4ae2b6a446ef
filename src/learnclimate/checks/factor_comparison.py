"""Factor models of the same answers, left out unit by unit, to be compared."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from learnclimate.checks.factor_fit_rows import discretion_of_fit, spread_draws
from learnclimate.checks.factor_left_out import draws_to_leave_out, factor_left_out
from learnclimate.checks.leave_out import LeaveOneOut, Unit
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.progress import working
from learnclimate.inference.small_groups import hidden_teams

_SEED = 0
_MEMBERS = (
    "Standard errors take respondents to be independent: where members of a team answer alike, "
    "they are too small. With unit='team' whole teams are left out, and are the units."
)


def holds_factor_fits(fits: object) -> bool:
    """
    Tell whether a fit of a factor model is among those to compare.

    Parameters
    ----------
    fits : object
        What the user gave.

    Returns
    -------
    bool
        Whether one is.
    """
    return isinstance(fits, Mapping) and any(isinstance(one, FactorFit) for one in fits.values())


def factors_left_out(
    fits: Mapping[str, object], unit: Unit, *, progress: bool
) -> dict[str, LeaveOneOut]:
    """
    Leave each respondent, or team, out of fits of factor models to the same answers.

    Parameters
    ----------
    fits : mapping of str to FactorFit
        Two fits or more.
    unit : {"respondent", "team"}
        What is left out.
    progress : bool
        Whether to show what goes on.

    Returns
    -------
    dict of str to LeaveOneOut
        By name; units in the same order.

    Raises
    ------
    ArgumentTypeError
        If one is no fit of a factor model.
    ArgumentError
        If teams are to be left out, and there is one alone.
    FitError
        If fits rest on different answers, or one was loaded from a file, which holds none.
    """
    checked = {name: _checked(name, one) for name, one in fits.items()}
    first = next(iter(checked))
    for name, one in checked.items():
        _refuse_other_answers((first, checked[first]), (name, one))
    if unit == "team" and int((checked[first].design.team_sizes > 0).sum()) < 2:
        raise ArgumentError(
            "compare_models(unit='team'): all who answered are in one team, and there are no "
            "others to predict it from. Use unit='respondent'."
        )
    with working(f"Leaving {unit}s out", shown=progress):
        return {
            name: factor_left_out(
                one, spread_draws(one, draws_to_leave_out(one)), (unit,), seed=_SEED
            )[unit].estimate
            for name, one in checked.items()
        }


def note_of_members(fits: Mapping[str, object], unit: Unit) -> str:
    """
    Say that standard errors over respondents take members of a team for independent.

    Parameters
    ----------
    fits : mapping of str to FactorFit
        The fits.
    unit : {"respondent", "team"}
        What was left out.

    Returns
    -------
    str
        The sentence; empty where teams were left out, or all respondents are alone in theirs.
    """
    first = next(iter(fits.values()))
    alone = not isinstance(first, FactorFit) or int(first.design.team_sizes.max()) < 2
    return "" if unit == "team" or alone else _MEMBERS


def as_may_be_told(
    table: pd.DataFrame, n_units: int, fits: Mapping[str, object], unit: Unit
) -> tuple[int, pd.DataFrame]:
    """
    Tell of a comparison no more than `fit_indices` tells of each fit.

    Parameters
    ----------
    table : pandas.DataFrame
        Models, with figures that are sums over all who answered an item.
    n_units : int
        How many these are, or their teams.
    fits : mapping of str to FactorFit
        The fits, of the same answers.
    unit : {"respondent", "team"}
        What was left out.

    Returns
    -------
    n_units : int
        Those asked, where few answered no item.
    table : pandas.DataFrame
        With rounded figures where few left something open or a team is hidden.
    """
    checked = [one for one in fits.values() if isinstance(one, FactorFit)]
    first = checked[0]
    by_team = unit == "team" or any(one.model.levels == "team" for one in checked)
    told = discretion_of_fit(first)
    digits = told.decimals()
    n_asked = len(first.design.teams) if unit == "team" else told.told(n_units)
    if by_team and hidden_teams(first.draws, DisclosureRule()).any():
        digits = 0
    if digits is None or table.empty:
        return n_asked, table
    rounded = table.copy()
    for column in ("elpd", "se", "n_parameters", "difference", "difference_se"):
        rounded[column] = rounded[column].round(digits) + 0.0
    rounded["weight"] = rounded["weight"].round(2)
    return n_asked, rounded


def _checked(name: str, fit: object) -> FactorFit:
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"compare_models(fits=...): {name!r} is of type {type(fit).__name__}, and others "
            "are fits of factor models. Compare fits of the same answers: of items, or of a count."
        )
    fit.require_answers(f"Comparisons ({name!r})")
    return fit


def _refuse_other_answers(first: tuple[str, FactorFit], other: tuple[str, FactorFit]) -> None:
    """Refuse two fits unless the same respondents gave the same answers to the same items."""
    (name, one), (other_name, two) = first, other
    names = f"{other_name!r} and {name!r}"
    apart = sorted(set(one.design.items) ^ set(two.design.items))
    if apart:
        raise FitError(
            f"{names} are of different items ({', '.join(map(repr, apart))} are in one alone), so "
            "their predictions cannot be compared. Fit both to the same items."
        )
    if (one.model.link == "identity") != (two.model.link == "identity"):
        raise FitError(
            f"{names} predict different things: one the numbers of continuous items, the other "
            "answers in categories. Fit both with ordinal=True, or both with ordinal=False."
        )
    if not (_same_people(one, two) and _same_answers(one, two)):
        raise FitError(
            f"{names} rest on different answers (other respondents, teams, or items turned round), "
            "so their predictions cannot be compared. Fit both to one survey."
        )


def _same_people(one: FactorFit, two: FactorFit) -> bool:
    """Whether the respondents are the same, in the same teams and in the same order."""
    first, second = (np.array(fit.design.teams)[fit.design.team] for fit in (one, two))
    return np.array_equal(first, second) and np.array_equal(one.design.rows, two.design.rows)


def _same_answers(one: FactorFit, two: FactorFit) -> bool:
    place = [two.design.items.index(item) for item in one.design.items]
    same = np.array_equal(one.design.n_categories, two.design.n_categories[place])
    return same and np.array_equal(one.design.numbers, two.design.numbers[:, place], equal_nan=True)
