"""The respondents and the draws that a check needs, wherever the fit keeps them."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.core.numbers import is_whole
from learnclimate.counts.design import CountDesign
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_mixture import JOINT
from learnclimate.inference.other_fits import refuse_other_fits
from learnclimate.inference.provenance import data_hash, is_same_data
from learnclimate.inference.team_summary import has_team_summary
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NO_RESPONDENTS = (
    "This fit holds no respondents (it was read from a file without them), so predictions "
    "cannot be compared with answers. Give the survey it was fitted to as survey=..., check the "
    "fit before saving it, or save it with include_respondents=True."
)

OF_MIXTURE = (
    "This fit mixes draws over many values of what scales measure, so that no one set of answers "
    "goes with its draws, and it is not held against them. Check the same count model with mean "
    "scores in their place, JointFit.face_value, and the factor model, JointFit.factor."
)

MERGED_LEVELS = (
    "This fit was read from a file that holds nothing of an answer that few respondents gave: "
    "its model puts that answer together with its neighbour, so those who gave it cannot be "
    "compared with what the fit expected of them. Check the fit before saving it, or save it "
    "with include_respondents=True."
)


def respondents_of(fit: Fit, survey: Survey | None = None) -> CountDesign:
    """
    Give the respondents of a fit in numbers.

    Parameters
    ----------
    fit : Fit
        The fit.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file.

    Returns
    -------
    CountDesign
        The respondents.

    Raises
    ------
    ArgumentTypeError
        If `fit` is no fit or `survey` no survey.
    FitError
        If the fit holds no respondents and no survey is given, or another survey, or the fit's
        file was written without an answer that few gave.
    """
    refuse_other_fits("This check", fit)
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(f"Give a fit, as fit(model, survey) returns; not {type(fit)!r}.")
    if survey is not None and not isinstance(survey, Survey):
        raise ArgumentTypeError(f"survey=...: give a Survey, not {type(survey).__name__}.")
    if fit.design is not None and survey is not None and not is_mixture(fit):
        _refuse_others(fit.model.design(survey), data_hash(fit.design))
    if fit.design is not None:
        return fit.design
    if is_mixture(fit):
        raise FitError(OF_MIXTURE)
    if lacks_levels(fit):
        raise FitError(MERGED_LEVELS)
    if survey is None:
        raise FitError(NO_RESPONDENTS)
    design = fit.model.design(survey)
    _refuse_others(design, fit.provenance.data_hash)
    return design


def _refuse_others(design: CountDesign, expected: str) -> None:
    if not is_same_data(data_hash(design), expected):
        raise FitError(
            "These are not the answers that the fit was made from (their hash differs). Read "
            "the same file with the same codebook, or fit the model anew."
        )


def is_mixture(fit: Fit) -> bool:
    """
    Say whether the draws of a fit go with many values of what scales measure.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    bool
        True for `JointFit.count` and `JointFit.two_step`.
    """
    return fit.certificate.engine == JOINT


def reasons_known(fit: Fit) -> tuple[tuple[str, str, int], ...] | None:
    """
    Tell why rows of the survey are not in a fit, where it knows.

    Parameters
    ----------
    fit : Fit
        A fit.

    Returns
    -------
    tuple of (column, reason, number of rows), or None
        None where it was read from a file without respondents: reasons of few rows are put
        together there, or left out.
    """
    return None if fit.design is None else fit.provenance.left_out


def checked_refits(refits: object) -> int:
    """
    Check how often a model may be fitted anew.

    Parameters
    ----------
    refits : object
        What the user gave.

    Returns
    -------
    int
        0 or more.

    Raises
    ------
    ArgumentTypeError
        If it is no whole number.
    ArgumentError
        If it is below 0.
    """
    if not is_whole(refits):
        raise ArgumentTypeError(f"refits={refits!r}: give a whole number, such as 20.")
    if refits < 0:
        raise ArgumentError(f"refits={refits}: give 0 or more.")
    return int(refits)


def checked_draws(draws: object) -> int:
    """
    Check a number of draws.

    Parameters
    ----------
    draws : object
        What was given.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If it is below 2, or no whole number.
    """
    if not is_whole(draws):
        raise ArgumentTypeError(f"draws={draws!r}: give a whole number, such as 400.")
    if draws < 2:
        raise ArgumentError(f"draws={draws}: give at least 2.")
    return int(draws)


def chosen_draws(
    fit: Fit, n_draws: int, design: CountDesign, *, teams: bool = True
) -> dict[str, FloatArray]:
    """
    Spread some draws evenly over all chains, without copying the rest.

    Parameters
    ----------
    fit : Fit
        The fit.
    n_draws : int
        How many; fewer where the fit has fewer, or where the effects of very many teams,
        which are then drawn anew, would take more than 256 MiB. Where answers are needed
        person by person, `team_blocks` takes the teams in turn instead.
    design : CountDesign
        Its respondents.
    teams : bool, default True
        Whether what the fit holds of each team is wanted.

    Returns
    -------
    dict of str to ndarray of shape (n_chosen, ...)
        Posterior variables; ``team_effects`` of every team of the design.
    """
    posterior = fit.draws["posterior"]
    # A saved fit lacks small teams, one of very many teams has moments in their place.
    anew = teams and lacks_teams(fit, design)
    if anew:
        from learnclimate.inference.redrawing import most_redrawn, redrawn_team_effects

        n_draws = min(n_draws, most_redrawn(fit))
    picked = spread_evenly(fit, n_draws)
    place = np.unravel_index(picked, posterior["intercept"].shape)
    chosen = {
        str(name): np.asarray(variable.to_numpy()[place], dtype=float)
        for name, variable in posterior.data_vars.items()
        if labels.TEAM not in variable.dims or (teams and not anew)
    }
    if anew:
        chosen[labels.TEAM_EFFECTS] = redrawn_team_effects(replace(fit, design=design), picked)
    return chosen


def spread_evenly(fit: Fit, n_draws: int) -> IntArray:
    """
    Pick some of a fit's draws.

    Parameters
    ----------
    fit : Fit
        The fit.
    n_draws : int
        How many; fewer where the fit has fewer.

    Returns
    -------
    ndarray of shape (n_picked,), int
        Which, the chains behind one another.
    """
    total = fit.draws["posterior"]["intercept"].size
    return np.unique(np.linspace(0, total - 1, min(n_draws, total)).round().astype(np.int64))


def lacks_levels(fit: Fit) -> bool:
    """
    Say whether a fit was saved without levels that few respondents gave.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    bool
        Whether its parameters say nothing of the level of some respondents.
    """
    constant = fit.draws["constant_data"]
    return "level_size" in constant and bool(np.isnan(constant["level_size"].to_numpy()).any())


def lacks_teams(fit: Fit, design: CountDesign) -> bool:
    """
    Say whether a fit lacks draws of the effects of some teams.

    Parameters
    ----------
    fit : Fit
        The fit.
    design : CountDesign
        Its respondents.

    Returns
    -------
    bool
        Whether it keeps moments instead, or was saved without small teams.
    """
    if has_team_summary(fit.draws):
        return True
    held = fit.draws["posterior"].sizes.get(labels.TEAM, design.n_teams)
    return bool(held < design.n_teams)
