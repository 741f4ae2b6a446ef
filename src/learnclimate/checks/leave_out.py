"""`leave_one_out`, `leave_one_team_out`: how well a fit predicts whom it has not seen."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.left_out import (
    integration_obstacle,
    part_densities,
    respondents_as_parts,
    teams_as_parts,
)
from learnclimate.checks.left_out_estimates import (
    INTEGRATED,
    TELLS_OF_FEW,
    WEIGHED,
    About,
    Estimates,
    fit_anew,
    how_estimated,
)
from learnclimate.checks.respondents import (
    checked_draws,
    checked_refits,
    chosen_draws,
    reasons_known,
    respondents_of,
)
from learnclimate.checks.smoothing import khat_limit
from learnclimate.checks.team_blocks import team_blocks
from learnclimate.checks.verdict import Check, Verdict
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import check_seed, checked_rule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.progress import working
from learnclimate.inference.provenance import answers_hash
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Unit = Literal["respondent", "team"]

_MANY = 0.05
_FEW = 10
_FAILED = "the engine cannot do without some of them"


@dataclass(frozen=True, slots=True, repr=False)
class LeaveOneOut:
    """
    How well a fit predicts each respondent, or each team, from all the others.

    Attributes
    ----------
    unit : {"respondent", "team"}
        What is left out.
    elpd : float
        Expected log predictive density: the sum over all units; higher is better. Not a
        number where not applicable.
    se : float
        Its standard error over the units.
    n_parameters : float
        Effective number of parameters: by how much the fit predicts better what it has seen.
    pointwise : ndarray of shape (n_units,)
        Log predictive density of each unit, in the order of the survey's rows or of the
        sorted teams. For computing, not for showing: it tells of single respondents.
    khat : ndarray of shape (n_units,)
        Pareto shape of each unit's importance weights; not a number where the model was
        fitted anew instead.
    method : ndarray of shape (n_units,), int
        0 importance weights, 1 with the team effects integrated out, 2 fitted anew.
    limit : float
        The largest Pareto shape at which weights can be trusted.
    obstacle : str
        Why it is not applicable; empty where it is.
    answers_hash : str
        Tells whose answers were predicted.
    left_out : tuple of (column, reason, number of rows), or None
        Why rows of the survey are not among them; None where a file did not tell it in full.
    no_refits : str
        Why more refits would not help where weights cannot be trusted; empty where they would.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> print(lc.leave_one_team_out(fit, progress=False).check)
    [good] leave one team out: ...
    """

    unit: Unit
    elpd: float
    se: float
    n_parameters: float
    pointwise: FloatArray
    khat: FloatArray
    method: IntArray
    limit: float
    obstacle: str = ""
    answers_hash: str = ""
    no_refits: str = ""
    left_out: tuple[tuple[str, str, int], ...] | None = None
    note: str = ""

    @property
    def n_doubtful(self) -> int:
        """Units whose weights cannot be trusted and that were not fitted anew."""
        return int((self.khat > self.limit).sum())

    @property
    def verdict(self) -> Verdict:
        """Whether the estimate can be trusted."""
        if self.obstacle:
            return "not applicable"
        if not self.n_doubtful:
            return "good"
        grave = self.n_doubtful > _MANY * len(self.khat) or np.nanmax(self.khat) >= 1
        return "bad" if grave else "doubtful"

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        return f"{self.obstacle or self._estimated()} {self.note}".rstrip()

    def _estimated(self) -> str:
        n, one = len(self.pointwise), self.unit
        few = "" if n >= _FEW else f" Over so few {one}s, the standard error says little."
        told = (
            f"Left out one by one, the {n} {one}s are predicted with a log density of "
            f"{self.elpd:.1f} in sum (standard error {self.se:.1f}; {self.elpd / n:.2f} a {one})."
        )
        told += few
        if not self.n_doubtful:
            return f"{told} {how_estimated(self.method, self.unit, self.limit)}"
        return (
            f"{told} For {self.n_doubtful} of them the estimate cannot be trusted (Pareto k above "
            f"{self.limit:.2g}): {self._remedy()}."
        )

    @property
    def values(self) -> dict[str, float]:
        """The figures by name."""
        largest = float(np.nanmax(self.khat)) if np.isfinite(self.khat).any() else np.nan
        found = {
            "elpd": self.elpd,
            "se": self.se,
            "n_parameters": self.n_parameters,
            "n_doubtful": float(self.n_doubtful),
            "largest_khat": largest,
        }
        return {} if self.obstacle else found

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        left_out = "leave one team out" if self.unit == "team" else "leave one out"
        return Check(left_out, self.verdict, self.words, self.values)

    def _repr_html_(self) -> str:
        return self.check._repr_html_()

    def __str__(self) -> str:
        """Give verdict and words."""
        return str(self.check)

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _remedy(self) -> str:
        if self.no_refits:
            return (
                f"the model cannot be fitted anew without them, since {self.no_refits}, so take "
                "the sum with reservations, and see influence(fit) for who moves the fit"
            )
        return "allow more refits, or see influence(fit) for who moves the fit"


def leave_one_out(  # noqa: PLR0913 - options by keyword
    fit: Fit,
    *,
    survey: Survey | None = None,
    draws: int = 4000,
    refits: int = 20,
    seed: int = 0,
    rule: DisclosureRule | None = None,
    progress: bool = True,
) -> LeaveOneOut:
    """
    Estimate how well each respondent is predicted from all the others.

    Importance weights take one respondent out of the posterior at a time (PSIS). Where they
    cannot be trusted, the effects of the respondent's team are integrated out, which leaves
    far milder weights; where even these cannot, the model is fitted anew without the
    respondent, unless importance sampling does not reach that posterior. Memory does not grow
    with draws times respondents.

    Parameters
    ----------
    fit : Fit
        A fit.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file without
        respondents.
    draws : int, default 4000
        Posterior draws used, spread evenly.
    refits : int, default 20
        The most respondents for whom the model is fitted anew; the worst come first.
    seed : int, default 0
        Seed of the refits.
    rule : DisclosureRule, optional
        Of how many respondents nothing is summed up; of fewer than 5 where left out.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    LeaveOneOut
        The estimate, what it rests on, and whether it can be trusted; not applicable to fewer
        respondents than may be shown, of whom a sum would tell.

    Raises
    ------
    FitError
        If the fit holds no respondents and no survey is given, or another survey.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4.
    Merkle, Furr and Rabe-Hesketh (2019), doi 10.1007/s11336-019-09679-0.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> left_out = lc.leave_one_out(fit, progress=False)
    >>> left_out.verdict, len(left_out.pointwise) == fit.provenance.n_respondents
    ('good', True)
    """
    design = respondents_of(fit, survey)
    most = checked_refits(refits)
    check_seed(seed)
    rule = checked_rule(0.9, rule)
    about = About(answers_hash(design), reasons_known(fit), note=lowered(rule))
    if design.n_respondents < rule.minimum:
        return _inapplicable("respondent", TELLS_OF_FEW.format(minimum=rule.minimum), about)
    with working("Leaving respondents out", shown=progress):
        chosen = chosen_draws(fit, checked_draws(draws), design, teams=False)
        found = Estimates.empty(design.n_rows, len(chosen["intercept"]))
        for block in team_blocks(fit, found.n_draws, design):
            for rows in found.blocks(np.arange(block.design.n_rows)):
                log_density = log_density_of_rows(
                    block.draws, block.design, fit.model.family, rows, setting=block.setting
                )
                found.take(block.rows[rows], log_density.T, WEIGHED)
        no_refits = integration_obstacle(fit, design) or ""
        if not no_refits:
            high = found.doubtful()
            if design.coding.team_effects:
                for rows in found.blocks(high):
                    parts = respondents_as_parts(design, rows)
                    found.take(rows, part_densities(fit, design, parts, chosen), INTEGRATED)
            worst = found.doubtful()[:most]
            parts = respondents_as_parts(design, worst)
            failed = fit_anew(found, fit, design, (worst, parts, seed))
            no_refits = _FAILED if failed else ""
    return _assembled("respondent", found, design.multiplicity, replace(about, no_refits=no_refits))


def leave_one_team_out(  # noqa: PLR0913 - options by keyword
    fit: Fit,
    *,
    survey: Survey | None = None,
    draws: int = 4000,
    refits: int = 20,
    seed: int = 0,
    rule: DisclosureRule | None = None,
    progress: bool = True,
) -> LeaveOneOut:
    """
    Estimate how well each team is predicted, as a team never seen, from all the others.

    Uses the marginal likelihood of the team: its effects are integrated out by quadrature at
    every draw, so that importance weights over the population parameters take the team out
    without any refit. (Sums of the log densities of its members given the team's effects have
    weights that cannot be trusted.)

    Parameters
    ----------
    fit : Fit
        A fit.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file without
        respondents.
    draws : int, default 4000
        Posterior draws used, spread evenly.
    refits : int, default 20
        The most teams for which the model is fitted anew, where weights cannot be trusted.
    seed : int, default 0
        Seed of the refits.
    rule : DisclosureRule, optional
        Of how many respondents nothing is summed up; of fewer than 5 where left out.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    LeaveOneOut
        The estimate; not applicable where the team effects cannot be integrated out, to
        fewer respondents than may be shown, or to a single team.

    Raises
    ------
    FitError
        If the fit holds no respondents and no survey is given, or another survey.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Merkle, Furr and Rabe-Hesketh (2019), doi 10.1007/s11336-019-09679-0.
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.leave_one_team_out(fit, progress=False).pointwise.shape
    (20,)
    """
    design = respondents_of(fit, survey)
    most = checked_refits(refits)
    check_seed(seed)
    rule = checked_rule(0.9, rule)
    about = About(answers_hash(design), reasons_known(fit), note=lowered(rule))
    if design.n_respondents < rule.minimum:
        return _inapplicable("team", TELLS_OF_FEW.format(minimum=rule.minimum), about)
    if len(np.unique(design.team)) == 1:
        words = "All respondents are in one team, and there are no others to predict it from."
        return _inapplicable("team", words, about)
    obstacle = integration_obstacle(fit, design)
    if obstacle is not None:
        words = f"The team effects cannot be integrated out: {obstacle}."
        return _inapplicable("team", words, about)
    with working("Leaving teams out", shown=progress):
        chosen = chosen_draws(fit, checked_draws(draws), design, teams=False)
        parts = teams_as_parts(design)
        found = Estimates.empty(len(parts), len(chosen["intercept"]))
        for teams in found.blocks(np.arange(len(parts))):
            some = [parts[team] for team in teams]
            found.take(teams, part_densities(fit, design, some, chosen), INTEGRATED)
        worst = found.doubtful()[:most]
        failed = fit_anew(found, fit, design, (worst, [parts[team] for team in worst], seed))
    about = replace(about, no_refits=_FAILED if failed else "")
    return _assembled("team", found, np.ones(len(parts)), about)


def _assembled(unit: Unit, found: Estimates, times: FloatArray, about: About) -> LeaveOneOut:
    n_units = times.sum()
    mean = (times * found.elpd).sum() / n_units
    variance = (times * (found.elpd - mean) ** 2).sum() / max(n_units - 1, 1)
    return LeaveOneOut(
        unit=unit,
        elpd=float(times @ found.elpd),
        se=float(np.sqrt(n_units * variance)),
        n_parameters=float(times @ (found.seen - found.elpd)),
        pointwise=np.repeat(found.elpd, np.rint(times).astype(np.int64)),
        khat=np.repeat(found.khat, np.rint(times).astype(np.int64)),
        method=np.repeat(found.method, np.rint(times).astype(np.int64)),
        limit=khat_limit(found.n_draws),
        answers_hash=about.answers_hash,
        no_refits=about.no_refits,
        left_out=about.left_out,
        note=about.note,
    )


def _inapplicable(unit: Unit, obstacle: str, about: About) -> LeaveOneOut:
    estimates = (np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    told = LeaveOneOut(unit, np.nan, np.nan, np.nan, *estimates, 0.7, obstacle)
    return replace(told, answers_hash=about.answers_hash, left_out=about.left_out, note=about.note)
