"""What questions to all fits share: whom they are about, and which teams are named."""

from typing import Final

import pandas as pd

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.reporting.quantities import Quantity, TeamAnswer

#: Population of the headline: the respondents of the study.
POPULATION: Final = "study"
#: Fewer teams are not ranked.
FEWEST_TEAMS: Final = 3

_LEAST_TOP, _MOST_TOP = 2, 5
_TEAMS_PER_TOP = 4


def checked_fit(who: str, fit: object) -> Fit | KindsFit:
    """
    Refuse what is no fit of counts, and say what to ask of it instead.

    Parameters
    ----------
    who : str
        The function that was called.
    fit : object
        What it was given.

    Returns
    -------
    Fit or KindsFit
        The same.

    Raises
    ------
    ArgumentTypeError
        If it is something else.
    """
    if isinstance(fit, Fit | KindsFit):
        return fit
    if isinstance(fit, JointFit):
        raise ArgumentTypeError(
            f"{who}(fit=...): a JointFit holds several fits. Give {who} its .count, in which the "
            "error of measurement is carried through, and see .comparison() for what that changes "
            "and fit_indices(joint.factor) for the scales."
        )
    if isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{who}(fit=...): a FactorFit is of scales, and {who} tells of counts. Ask it for "
            ".summary(), fit_indices, factor_scores or item_curves; or join it to a count with "
            "JointModel(count, factor)."
        )
    raise ArgumentTypeError(
        f"{who}(fit=...): {type(fit).__name__} is not a Fit. Make one with fit(model, survey), or "
        "read one with load_fit(path)."
    )


def top_of(n_shown: int) -> int:
    """
    Choose how many teams count as the top.

    Parameters
    ----------
    n_shown : int
        Teams that may be shown.

    Returns
    -------
    int
        A quarter of them, but at least two and at most five.

    Examples
    --------
    >>> [top_of(number) for number in (3, 12, 60)]
    [2, 3, 5]
    """
    return max(_LEAST_TOP, min(_MOST_TOP, n_shown // _TEAMS_PER_TOP))


def ranked_teams(ranks: pd.DataFrame, shown: pd.DataFrame, top: int) -> tuple[TeamAnswer, ...]:
    """
    Take the teams that are most probably among the top.

    Parameters
    ----------
    ranks : pandas.DataFrame
        Summary of `rank_teams`, the most probable first.
    shown : pandas.DataFrame
        Rows of the summary of `team_effects` that may be shown, by team.
    top : int
        How many.

    Returns
    -------
    tuple of TeamAnswer
        The teams, their effects as ratios.
    """
    return tuple(
        TeamAnswer(
            team=str(row["team"]),
            respondents=int(row["n_respondents"]),
            effect=Quantity.from_row(shown.loc[row["team"]]).exponentiated(),
            probability=float(row["probability"]),
        )
        for _, row in ranks.head(top).iterrows()
    )
