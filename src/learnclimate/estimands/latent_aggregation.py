"""`latent_aggregation`: whether teams differ in a factor of ordered answers, and how surely."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentTypeError, ModelError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import checked_rule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.measurement.aggregation import checked_bounds
from learnclimate.measurement.not_counted import not_counted_of
from learnclimate.measurement.rows import POSTERIOR, Row, draws_dataset, laid_out, posterior_figures

FloatArray = npt.NDArray[np.float64]

_SCALES = {
    "icc1": "share of the variance of the factor",
    "icc2": "reliability of the mean of the members' factors",
    "eta_squared": "share of the variance of the factor",
    "design_effect": "variance ratio",
    "team_reliability": "share of the variance of team factors that the answers tell",
}
_BOUNDS = {
    "icc1": 0.05,
    "icc2": 0.7,
    "eta_squared": 0.05,
    "design_effect": 2.0,
    "team_reliability": 0.7,
}
_NOTE = (
    "icc2 takes the members' factors for known; team_reliability counts that items tell of them "
    "with error too."
)


def latent_aggregation(
    fit: FactorFit,
    *,
    bounds: Mapping[str, float] | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how much teams differ in a factor, under the ordinal model that was fitted.

    The counterpart of `aggregation`, which takes scale scores for normal measurements.

    Parameters
    ----------
    fit : FactorFit
        A fit of ``FactorModel(..., levels="team")`` or ``GradedResponse(..., levels="team")``.
    bounds : mapping of str to float, optional
        By estimand, the value that ``probability`` is the probability of passing; those
        left out are 0.05 (``icc1, eta_squared``), 0.7 (``icc2, team_reliability``), 2
        (``design_effect``).
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        How few who left an item open are too few to tell of; below 5 where left out.

    Returns
    -------
    Result
        A row an estimand and factor, ``contrast`` naming the factor: ``icc1``, ``icc2``,
        ``eta_squared`` (between the very teams that answered; not of a fit from a file) and
        ``design_effect`` as in `aggregation`, of the factor in the
        place of the score; and ``team_reliability``, which has no interval: the variance over
        teams of their factors' posterior means, over that plus their mean posterior variance.
        ``eta_squared`` and ``team_reliability`` are about the teams that may be shown: squares
        of all of them would tell of hidden ones who holds the shown ones. They are missing
        where fewer than two may be.
        ``summary.attrs["verdict"]`` puts it in words, a sentence a factor.

    Raises
    ------
    ArgumentError
        If a bound is unknown or the interval out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If the model has no team level.

    References
    ----------
    Lüdtke and others (2008), doi 10.1037/a0012869 (latent aggregation).

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("leadership_of_learning", levels="team")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> found = lc.latent_aggregation(fitted).summary
    >>> found["estimand"].tolist()
    ['icc1', 'icc2', 'eta_squared', 'design_effect', 'team_reliability']
    >>> found.attrs["verdict"].split("; ")[0]
    'leadership_of_learning differs between teams (icc1 above 0.05) with probability 1.00'
    """
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(f"{fit!r} is no fit of a factor model. Make one with fit().")
    if fit.model.levels != "team":
        raise ModelError(
            "latent_aggregation needs a model with a team level: FactorModel(..., levels='team')."
        )
    obeyed = checked_rule(interval, rule)
    limits = checked_bounds(bounds, _BOUNDS)
    posterior = fit.draws["posterior"]
    n = fit.provenance.n_respondents
    size = n / fit.provenance.n_teams
    shown = ~hidden_teams(fit.draws, obeyed)
    rows, kept, verdicts = [], {}, []
    for place, factor in enumerate(fit.design.factors):
        share = posterior["factor_icc"].to_numpy()[..., place].ravel()
        teams = posterior["team_factors"].to_numpy()[..., place]
        teams = teams.reshape(-1, teams.shape[-1])
        drawn = {
            "icc1": share,
            "icc2": size * share / (1 + (size - 1) * share),
            "eta_squared": _between_these_teams(fit, teams, shown),
            "design_effect": 1 + (size - 1) * share,
        }
        verdicts.append(_verdict(factor, drawn, limits))
        for name, values in drawn.items():
            if not len(values):
                continue
            figures = posterior_figures(values, interval, limits[name])
            rows.append(_row(name, factor, figures, n))
        if shown.sum() > 1:
            reliability = _told(teams[:, shown])
            rows.append(_row("team_reliability", factor, {"mean": reliability}, n))
        kept[f"icc1, {factor}"] = share
    told = ", ".join(f"{name} above {limit:g}" for name, limit in limits.items())
    found = laid_out(
        rows,
        draws_dataset(kept),
        interval=interval,
        statement=f"the estimand passes its bound: {told}",
        notes=(
            f"Teams have {size:.2f} members on average.",
            _NOTE,
            *not_counted_of(fit.provenance.left_out, fit.codebook, obeyed.minimum),
        ),
        discretion=fit.discretion(obeyed),
    )
    found.summary.attrs["verdict"] = " ".join(verdicts)
    return recorded(found, obeyed)


def _between_these_teams(
    fit: FactorFit, teams: FloatArray, shown: npt.NDArray[np.bool_]
) -> FloatArray:
    """Draws of the share between the shown teams' own factors, the variance within being 1."""
    size = np.bincount(fit.design.team[fit.design.answered], minlength=teams.shape[1])
    if not len(fit.design.categories) or len(size) != teams.shape[1] or shown.sum() < 2:
        return np.empty(0)
    values, weight = teams[:, shown], size[shown] / size[shown].sum()
    between = ((values - (values @ weight)[:, None]) ** 2) @ weight
    return np.asarray(between / (between + 1))


def _verdict(factor: str, drawn: Mapping[str, FloatArray], limits: Mapping[str, float]) -> str:
    one, two = (drawn[name] > limits[name] for name in ("icc1", "icc2"))
    return (
        f"{factor} differs between teams (icc1 above {limits['icc1']:g}) with probability "
        f"{one.mean():.2f}; the mean of the members' factors is reliable (icc2 above "
        f"{limits['icc2']:g}) with probability {two.mean():.2f}; both hold with probability "
        f"{(one & two).mean():.2f}."
    )


def _row(name: str, factor: str, figures: dict[str, float], n: int) -> Row:
    return Row(
        estimand=name,
        scale=f"{_SCALES[name]} ({POSTERIOR})",
        contrast=factor,
        figures=figures,
        n_respondents=n,
    )


def _told(teams: FloatArray) -> float:
    """Share of the teams' variance that their posterior means have, from draws by team."""
    means = float(teams.mean(axis=0).var())
    return means / (means + float(teams.var(axis=0).mean()))
