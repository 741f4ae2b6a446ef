"""Where the distribution of the outcome lies for some respondents, at every draw."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import At
from learnclimate.counts.prediction import (
    level_slices,
    slope_curves,
    slope_shift_part,
    team_multipliers,
)
from learnclimate.counts.slope_shifts import ShiftedPeople
from learnclimate.counts.team_totals import TeamSetting, own_and_department, team_setting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def places_of_rows(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    rows: IntArray,
    *,
    setting: TeamSetting | None = None,
) -> At:
    """
    Compute the parameters of the outcome's distribution for some respondents.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    design : CountDesign
        The respondents.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.
    setting : TeamSetting, optional
        Where the teams stand; as the design tells it where left out. To be given where the
        design holds other levels than respondents answered: teams stay composed as they are.

    Returns
    -------
    At
        Arrays of shape (n_draws, n_chosen) or, where all rows share a parameter,
        (n_draws, 1); trials of shape (n_chosen,).

    Examples
    --------
    >>> import learnclimate as lc
    >>> from learnclimate.counts.prior_draws import prior_draws
    >>> model, survey = lc.CountModel(), lc.load_example()
    >>> design, priors = model.design(survey), model.resolved_priors(survey)
    >>> drawn = prior_draws(model.family, design, priors, 10, np.random.default_rng(1))
    >>> places_of_rows(drawn, design, np.arange(3)).predictor.shape
    (10, 3)
    """
    dispersion = draws.get("dispersion", draws.get("concentration"))
    trials = design.asked.trials
    return At(
        predictor=predictor_of_rows(draws, design, rows, setting=setting),
        dispersion=None if dispersion is None else dispersion[:, None],
        zero_log_odds=zero_log_odds_of_rows(draws, design, rows),
        trials=None if trials is None else trials[rows],
    )


def predictor_of_rows(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    rows: IntArray,
    *,
    setting: TeamSetting | None = None,
) -> FloatArray:
    """
    Compute the log rate (log odds where counts are out of K) of some respondents.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    design : CountDesign
        The respondents.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.
    setting : TeamSetting, optional
        As for `places_of_rows`.

    Returns
    -------
    ndarray of shape (n_draws, n_chosen)
        Of the count part, exposure included.
    """
    coding = design.coding
    n_draws = len(draws["intercept"])
    levels = design.frequency_level[rows]
    log_rate = draws["intercept"][:, None] + design.log_exposure[rows]
    if coding.covariates:
        log_rate = log_rate + draws["covariate_effects"] @ design.covariates[rows].T
    for position, where in enumerate(level_slices(coding)):
        log_rate += draws["frequency_curve"][:, where][:, levels[:, position]]
    curves = slope_curves(coding, draws.get("frequency_shape"), n_draws)
    if coding.slope_shifts:
        people = ShiftedPeople(levels, design.covariates[rows])
        log_rate += slope_shift_part(coding, draws["slope_shifts"], curves, people)
    if coding.varying_effects:
        multipliers = team_multipliers(coding, curves, levels)
        setting = team_setting(design) if setting is None else setting
        effects = own_and_department(coding, draws, setting)[:, design.team[rows]]
        log_rate += np.einsum("dpe,dpe->dp", effects, multipliers)
    return np.asarray(log_rate)


def zero_log_odds_of_rows(
    draws: Mapping[str, FloatArray], design: CountDesign, rows: IntArray
) -> FloatArray | None:
    """
    Compute the log odds of a zero of the zero part for some respondents.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    design : CountDesign
        The respondents.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.

    Returns
    -------
    ndarray of shape (n_draws, n_chosen), or None
        None where the family has no zero part.
    """
    zero = design.coding.zero
    if zero is None:
        return None
    log_odds = np.repeat(draws["zero_intercept"][:, None], len(rows), axis=1)
    if zero.covariates and design.asked.zero_covariates is not None:
        log_odds += draws["zero_covariate_effects"] @ design.asked.zero_covariates[rows].T
    if zero.frequency:
        levels = design.frequency_level[rows]
        for position, where in enumerate(level_slices(design.coding)):
            log_odds += draws["zero_frequency_curve"][:, where][:, levels[:, position]]
    if zero.team_intercept:
        log_odds += draws["zero_team_effects"][:, design.team[rows]]
    return log_odds
