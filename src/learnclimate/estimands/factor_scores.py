"""`factor_scores` and `plausible_values`: respondents' and teams' factors, with uncertainty."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.layout import paragraph
from learnclimate.core.numbers import is_whole
from learnclimate.core.result import Result
from learnclimate.core.showing import html_table
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import score_draws
from learnclimate.inference.small_groups import hidden_teams
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
_MOST_VALUES = 1000


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

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("challenging_work")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> lc.factor_scores(fitted, draws=100).respondents.columns.tolist()
    ['challenging_work', 'challenging_work_sd']
    """

    respondents: pd.DataFrame

    def __repr__(self) -> str:
        """Say in a line what there is, without any respondent's score."""
        n_known = int(self.respondents.iloc[:, 0].notna().sum())
        return f"<FactorScores of {n_known} respondents>"


@dataclass(frozen=True, slots=True, repr=False)
class PlausibleValues:
    """
    Several draws of everybody's factors, each as likely as the others given the answers.

    An analysis is done once with each set of values and its results are mixed: so the error
    of measurement is carried through, which a single score would hide.

    Attributes
    ----------
    respondents : xarray.DataArray of shape (n_values, n_respondents, n_factors)
        Dims ``value, row, factor``; ``row`` holds the index of ``survey.frame``. As
        confidential as the answers themselves.
    teams : xarray.DataArray of shape (n_values, n_teams, n_factors)
        Dims ``value, team, factor``; teams that may be shown only. The team's factor where
        the model has a team level, else the mean of its members.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("challenging_work")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> lc.plausible_values(fitted, 5)
    <PlausibleValues: 5 of 1 factor(s) for 692 respondents>
    """

    respondents: xr.DataArray
    teams: xr.DataArray

    def _repr_html_(self) -> str:
        n_values, n_rows, _ = self.respondents.shape
        rows = [
            ("sets of values", n_values),
            ("factors", ", ".join(map(str, self.respondents["factor"].to_numpy()))),
            ("respondents", n_rows),
            ("teams that may be shown", self.teams.sizes["team"]),
        ]
        return html_table(["part", "value"], rows, caption="Plausible values")

    def __repr__(self) -> str:
        """Say in a line what there is, without any value."""
        n_values, n_rows, n_factors = self.respondents.shape
        told = f"<PlausibleValues: {n_values} of {n_factors} factor(s) for {n_rows} respondents>"
        return paragraph(told, rest="  ")


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
    answers are unreliable; their standard deviations say how far. For a further analysis
    use `plausible_values`, which keep the spread that scores lose.

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
    _check_fit(fit)
    options = checked_sampling(draws, seed, interval, rule)
    chosen = _spread_out(fit, options.draws)
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
    found = _summarised(fit, by_team, shown, options.interval)
    return recorded(FactorScores(found.summary, found.draws, respondents), options.rule)


def plausible_values(
    fit: FactorFit, n: int = 20, *, seed: int = 1, rule: DisclosureRule | None = None
) -> PlausibleValues:
    """
    Draw plausible values of everybody's factors.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    n : int, default 20
        How many values, from 1 to 1000; each rests on another draw of the parameters.
    seed : int, default 1
        Seed of the random numbers.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 members where left out.

    Returns
    -------
    PlausibleValues
        Of respondents and of teams.

    Raises
    ------
    ArgumentError
        If a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    FitError
        If the fit was loaded from a file, which holds no answers.

    References
    ----------
    Mislevy (1991), doi 10.1007/BF02294457.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> model = lc.FactorModel("challenging_work")
    >>> fitted = lc.fit(model, survey, draws=400, seed=1, progress=False)
    >>> values = lc.plausible_values(fitted, 5)
    >>> values.respondents.sizes["value"], values.respondents.sizes["row"]
    (5, 692)
    """
    _check_fit(fit)
    if not is_whole(n):
        raise ArgumentTypeError(f"plausible_values(n={n!r}): give a whole number, as 20.")
    most = min(_MOST_VALUES, _n_draws(fit))
    if not 1 <= n <= most:
        raise ArgumentError(f"plausible_values(n={n}): give a number from 1 to {most}.")
    checked = checked_sampling(100, seed, 0.9, rule)
    chosen = _spread_out(fit, int(n))
    scores = score_draws(fit, chosen, seed=checked.seed)
    shown = shown_teams(fit, checked.rule)
    names = np.array(fit.design.teams, dtype=str)[shown]
    factors = np.array(fit.design.factors, dtype=str)
    value = np.arange(len(chosen))
    return PlausibleValues(
        xr.DataArray(
            scores,
            dims=("value", "row", "factor"),
            coords={"value": value, "row": fit.design.rows, "factor": factors},
        ),
        xr.DataArray(
            team_values(fit, chosen, scores)[:, shown],
            dims=("value", "team", "factor"),
            coords={"value": value, "team": names, "factor": factors},
        ),
    )


def _check_fit(fit: object) -> None:
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{type(fit).__name__} is not a fit of a factor model. Make one with "
            "fit(FactorModel(...), survey)."
        )
    fit.require_answers("Scores and plausible values")


def _n_draws(fit: FactorFit) -> int:
    sizes = fit.draws["posterior"].sizes
    return int(sizes["chain"] * sizes["draw"])


def _spread_out(fit: FactorFit, n: int) -> npt.NDArray[np.int64]:
    """Places of n draws, evenly spread over all chains."""
    return np.linspace(0, _n_draws(fit) - 1, n).round().astype(np.int64)


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


def _summarised(fit: FactorFit, by_team: FloatArray, shown: BoolArray, interval: float) -> Result:
    size = fit.draws["constant_data"]["team_size"].to_numpy()
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
        else "One level: the mean of the members' factors; teams do not borrow from each other."
    )
    statement = "the team lies above the mean of all teams"
    return laid_out(rows, draws, interval=interval, statement=statement, notes=(words,))
