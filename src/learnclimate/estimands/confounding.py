"""How far a rate ratio is from being told away by something that was not measured."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, draws_by_level
from learnclimate.estimands.arguments import require_fit
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.wording import E_VALUE, SCALES
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]


def e_value(  # noqa: PLR0913 - fit, two levels, and four options by name
    fit: Fit,
    high: str | float,
    low: str | float,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how strong an unmeasured confounder would have to be to tell a rate ratio away.

    Suppose something was not asked, eagerness to learn perhaps, that goes together both
    with the answer to the frequency question and with the number of activities. The
    E-value is the smallest rate ratio by which it would have to go together with each of
    the two, beyond the covariates of the model, to leave nothing of the ratio:
    ``R + sqrt(R (R - 1))``, where ``R`` is the rate ratio, or its inverse if below 1. An
    E-value near 1 says that a weak confounder would do.

    It is computed for each posterior draw, against the side of 1 on which the median of
    the ratio lies; a draw on the other side needs no confounder and has an E-value of 1.
    ``lower`` is then the E-value of the end of the ratio's interval that is nearer to 1.

    A large E-value does not show that talking matters: people report both themselves, at
    the same time, and no E-value speaks to that.

    Parameters
    ----------
    fit : Fit
        A fitted model, or one that was loaded.
    high, low : str or number
        The two levels, in either order.
    population : {"average_team", "new_team", "study"} or data frame
        Who the ratio is about; see `rate_ratio`.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        One row; ``probability`` is that of a ratio on the side of 1 where its median
        lies. Suppressed where `rate_ratio` is. ``draws`` holds ``e_value``, unless it is
        suppressed.

    Raises
    ------
    ArgumentError
        If a level, frequency or population is unknown, both levels are the same, or the
        study asked no frequency.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    References
    ----------
    VanderWeele and Ding (2017), Sensitivity analysis in observational research:
    introducing the E-value, Annals of Internal Medicine 167, 268-274,
    doi 10.7326/M16-2607.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> strength = e_value(fit, "weekly", "never", population="study")
    >>> bool(strength.summary["lower"].item() > 1)
    True
    """
    require_fit(fit)
    ratio = rate_ratio(
        fit,
        high,
        low,
        population=population,
        frequency=frequency,
        interval=interval,
        rule=rule,
    )
    row = ratio.summary.iloc[0]
    shown = np.array([not row["suppressed"]])
    drawn = _drawn(ratio, fit)
    towards = drawn if np.median(drawn) >= 1 else 1 / drawn
    values = confounder_strength(towards)[:, :, shown]
    number = int(row["n_respondents"]) if shown.all() else WITHHELD
    rows = Rows(
        estimand=E_VALUE,
        scale=SCALES[E_VALUE],
        population=str(row["population"]),
        contrast=[str(row["contrast"])],
        team=[None],
        n_respondents=np.array([number]),
        shown=shown,
        statement="the rate ratio lies on the side of 1 where its median lies",
        notes=ratio.summary.attrs["notes"],
    )
    return recorded(
        answered(
            rows,
            values,
            np.array([(towards > 1).mean()])[shown],
            interval=interval,
            draws=draws_by_level(fit, None, {E_VALUE: values}, shown),
        ),
        rule,
    )


def _drawn(ratio: Result, fit: Fit) -> FloatArray:
    """Draws of a ratio, (n_chains, n_draws, 1); ones where it is suppressed."""
    if "rate_ratio" in ratio.draws:
        return ratio.draws["rate_ratio"].to_numpy()[:, :, None]
    return np.ones((*fit.draws["posterior"]["intercept"].shape, 1))


def confounder_strength(ratio: FloatArray) -> FloatArray:
    """
    Give the E-value of ratios above 1.

    Parameters
    ----------
    ratio : ndarray
        Ratios; those below 1 count as 1.

    Returns
    -------
    ndarray of the same shape
        ``ratio + sqrt(ratio (ratio - 1))``, at least 1.

    Examples
    --------
    >>> confounder_strength(np.array([0.8, 1.0, 3.9])).round(2).tolist()
    [1.0, 1.0, 7.26]
    """
    above = np.maximum(ratio, 1.0)
    return above + np.sqrt(above * (above - 1.0))
