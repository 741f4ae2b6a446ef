"""`factor_scores`: respondents' and teams' factors, with their uncertainty."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import score_draws
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.not_counted import not_counted_of
from learnclimate.measurement.rows import (
    Row,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SCALE = "standard deviations of the factor"
#: What a fit of one level makes of teams.
ONE_LEVEL = (
    "One level: teams are the means of their members' factors, each drawn towards the mean of all "
    "respondents, so that teams look too much alike. FactorModel(..., levels='team') tells how "
    "far they differ."
)


@dataclass(frozen=True, slots=True, repr=False)
class FactorScores(Result):
    """
    Scores on the factors: a `Result` about the teams, and each respondent's.

    Attributes
    ----------
    summary : pandas.DataFrame
        A row a team and factor; ``contrast`` names the factor.
    draws : xarray.Dataset
        ``team_factor`` by ``team`` and ``factor``, shown teams only.
    respondents : pandas.DataFrame
        Posterior mean (``<factor>``) and standard deviation (``<factor>_sd``) of each
        respondent's factors, with the index of ``survey.frame``; missing for those who
        answered nothing. As confidential as the answers themselves.
    n_told : int
        How many answered; where that may not be told, how many were asked.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("challenging_work")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> lc.factor_scores(fitted, draws=100).respondents.columns.tolist()
    ['challenging_work', 'challenging_work_sd']
    """

    respondents: pd.DataFrame
    n_told: int

    def __repr__(self) -> str:
        """Say in a line what there is, without any respondent's score."""
        return f"<FactorScores of {self.n_told} respondents>"


def factor_scores(
    fit: FactorFit,
    *,
    draws: int = 400,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> FactorScores:
    """
    Score respondents and teams on the factors of a fitted model.

    Scores are posterior means, shrunk towards the team's or the study's mean as far as the
    answers are unreliable; their standard deviations say how far. A relation of scores with
    another variable comes out too weak; `plausible_values` that are given that variable keep
    it. Of a model of one level, teams' means lie too near to the mean of all, as the notes
    say: use ``levels="team"`` to compare teams.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : int, default 400
        Draws of everybody's factors, at least 100.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 members where left out.

    Returns
    -------
    FactorScores
        Teams in ``.summary`` (estimand ``team_factor``; the probability of lying above the
        average), respondents in ``.respondents``.

    Raises
    ------
    ArgumentError
        If a number is out of range.
    ArgumentTypeError
        If `fit` is no fit of a factor model.
    FitError
        If the fit was loaded from a file, which holds no answers.

    References
    ----------
    Bock and Mislevy (1982), doi 10.1177/014662168200600405 (posterior means as scores).

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> model = lc.GradedResponse("leadership_of_learning", levels="team")
    >>> fitted = lc.fit(model, survey, draws=400, seed=1, progress=False)
    >>> lc.factor_scores(fitted, draws=100)
    <FactorScores of 692 respondents>
    """
    require_factor_fit(fit)
    options = checked_sampling(draws, seed, interval, rule)
    chosen = spread_out(fit, options.draws)
    scores = score_draws(fit, chosen, seed=options.seed)
    answered = fit.design.answered
    told = np.where(answered[None, :, None], scores, np.nan)
    table = {}
    for place, factor in enumerate(fit.design.factors):
        table[factor] = told[:, :, place].mean(axis=0)
        table[f"{factor}_sd"] = told[:, :, place].std(axis=0, ddof=1)
    respondents = pd.DataFrame(table, index=pd.Index(fit.design.rows, name="row"))
    by_team = team_values(fit, chosen, scores)
    shown = shown_teams(fit, options.rule)
    discretion = fit.discretion(options.rule)
    found = _summarised(fit, by_team, shown, options.interval, discretion)
    n_told = discretion.told(int(answered.sum()))
    return recorded(FactorScores(found.summary, found.draws, respondents, n_told), options.rule)


def require_factor_fit(fit: object) -> None:
    """
    Refuse what is no fit of a factor model, or holds no answers.

    Parameters
    ----------
    fit : object
        Anything.

    Raises
    ------
    ArgumentTypeError
        If it is no fit of a factor model.
    FitError
        If it was loaded from a file, which holds no answers.
    """
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{type(fit).__name__} is not a fit of a factor model. Make one with "
            "fit(FactorModel(...), survey)."
        )
    fit.require_answers("Scores and plausible values")


def number_of_draws(fit: FactorFit) -> int:
    """
    Count the draws of all chains.

    Parameters
    ----------
    fit : FactorFit
        The fit.

    Returns
    -------
    int
        How many.
    """
    sizes = fit.draws["posterior"].sizes
    return int(sizes["chain"] * sizes["draw"])


def spread_out(fit: FactorFit, n: int) -> npt.NDArray[np.int64]:
    """
    Choose draws, evenly spread over all chains.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    n : int
        How many.

    Returns
    -------
    ndarray of shape (n,), int
        Their places.
    """
    return np.linspace(0, number_of_draws(fit) - 1, n).round().astype(np.int64)


def team_values(fit: FactorFit, chosen: npt.NDArray[np.int64], scores: FloatArray) -> FloatArray:
    """
    Teams' factors at some draws: the model's own, or the mean of the members who answered.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n,), int
        Which draws.
    scores : ndarray of shape (n, n_respondents, n_factors)
        Respondents' factors at these draws.

    Returns
    -------
    ndarray of shape (n, n_teams, n_factors)
        Not a number for a team in which nobody answered.
    """
    design = fit.design
    if fit.model.levels == "team":
        values = fit.draws["posterior"]["team_factors"].to_numpy()
        return np.asarray(values.reshape(-1, *values.shape[2:])[chosen])
    answered = design.answered
    team = design.team[answered]
    size = np.bincount(team, minlength=len(design.teams)).astype(float)
    total = np.zeros((len(scores), len(design.teams), design.n_factors))
    np.add.at(total.transpose(1, 0, 2), team, scores[:, answered].transpose(1, 0, 2))
    known = np.where(size > 0, size, np.nan)
    return np.asarray(total / known[:, None])


def shown_teams(fit: FactorFit, rule: DisclosureRule) -> BoolArray:
    """
    Mark the teams that may be shown.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    rule : DisclosureRule
        Which are too small.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        Enough of their members answered.
    """
    size = fit.draws["constant_data"]["team_size"].to_numpy()
    return np.asarray(~hidden_teams(fit.draws, rule) & (size > 0))


def _summarised(
    fit: FactorFit,
    by_team: FloatArray,
    shown: BoolArray,
    interval: float,
    discretion: Discretion,
) -> Result:
    size = fit.design.team_sizes
    rows = []
    for place, factor in enumerate(fit.design.factors):
        centre = np.nanmean(by_team[:, :, place], axis=1)
        for team, name in enumerate(fit.design.teams):
            figures: dict[str, float] = {}
            if shown[team]:
                own = by_team[:, team, place]
                figures = posterior_figures(own, interval)
                figures["probability"] = float((own > centre).mean())
            rows.append(
                Row(
                    estimand="team_factor",
                    scale=_SCALE,
                    contrast=factor,
                    team=name,
                    figures=figures,
                    n_respondents=int(size[team]),
                    suppressed=not shown[team],
                )
            )
    names = [name for name, visible in zip(fit.design.teams, shown, strict=True) if visible]
    draws = draws_dataset(
        {"team_factor": by_team[:, shown]}, {"team": names, "factor": fit.design.factors}
    )
    words = (
        "Team level: the team's own factor, in standard deviations within teams."
        if fit.model.levels == "team"
        else ONE_LEVEL
    )
    statement = "the team lies above the mean of all teams"
    return laid_out(
        rows,
        draws,
        interval=interval,
        statement=statement,
        notes=(words, *not_counted_of(fit.provenance.left_out, fit.codebook)),
        discretion=discretion,
    )
