"""What the engine says of the teams: draws of their effects, or summaries where those are many."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.engine import SamplingOptions
from learnclimate.inference.marginal.likelihood.family_likelihood import FamilyLikelihood
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.sampling.certificate_checks import (
    study_check,
    summary_check,
    team_check,
)
from learnclimate.inference.marginal.teams.family_effects import draw_family_effects
from learnclimate.inference.marginal.teams.study_answers import (
    free_directions,
    interpolated,
    study_answers,
)
from learnclimate.inference.marginal.teams.summaries import summed, team_summary, together
from learnclimate.inference.marginal.teams.team_effects import TeamDraws, draw_team_effects

FloatArray = npt.NDArray[np.float64]

#: Memory that draws of all team effects may take before summaries stand in for them: 1 GiB.
MOST_BYTES = 2**30

#: Proposals a draw of a team's effects, and more of them where those do not do.
_PROPOSALS = (8, 64, 512)
_FEWEST_POINTS = 16
_POINTS_A_DIRECTION = 1
_SPARE_POINTS = 8


_KEPT_ALL = (
    "Kept the draws of the teams' effects: summaries in their place are made of exact Poisson and "
    "negative binomial counts only."
)


@dataclass(frozen=True, slots=True)
class TeamAnswers:
    """
    What the engine says of the teams.

    Attributes
    ----------
    effects : ndarray of shape (S, n_teams, d), or None
        Draws; None where there are summaries instead.
    summary : dict of str to ndarray of shape (n_teams, d[, d])
        ``mean``, ``sd``, ``skewness`` and ``correlation``; empty where there are draws.
    standardised : dict of str to ndarray of shape (S[, n_levels]), or None
        Answers standardised over the respondents, where the draws of all team effects
        are not there to compute them from.
    checks : tuple of CertificateCheck
        Check C.
    actions : tuple of str
        What was done, in sentences.
    """

    effects: FloatArray | None
    summary: dict[str, FloatArray] = field(default_factory=dict)
    standardised: dict[str, FloatArray] | None = None
    checks: tuple[CertificateCheck, ...] = ()
    actions: tuple[str, ...] = ()


def team_answers(
    likelihood: TeamLikelihood | FamilyLikelihood,
    psi: FloatArray,
    nodes: int,
    options: SamplingOptions,
    workers: Workers,
) -> TeamAnswers:
    """
    Draw the team effects, or summarise them where their draws would not fit in memory.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, anchored.
    psi : ndarray of shape (S, m)
        Equally weighted draws.
    nodes : int
        Nodes a dimension that the certificate of the quadrature vouches for.
    options : SamplingOptions
        How to sample.
    workers : Workers
        Where blocks of draws are computed.

    Returns
    -------
    TeamAnswers
        Draws or summaries, with what vouches for them.
    """
    d = likelihood.layout.n_team_effects
    if d == 0:
        return TeamAnswers(None)
    if isinstance(likelihood, FamilyLikelihood):

        def of_family(seed: int, proposals: int) -> TeamDraws:
            return draw_family_effects(
                likelihood, psi, seed=seed, proposals=2 * proposals, workers=workers
            )

        answers = _drawn(of_family, options.seed)
        told = (_KEPT_ALL,) if options.team_draws is False else ()
        return replace(answers, actions=(*answers.actions, *told))
    size = 8 * len(psi) * likelihood.n_teams * d
    if options.team_draws is True or (options.team_draws == "auto" and size <= MOST_BYTES):

        def of_counts(seed: int, proposals: int) -> TeamDraws:
            return draw_team_effects(
                likelihood, psi, seed=seed, proposals=proposals, workers=workers
            )

        return _drawn(of_counts, options.seed)
    wanted = "" if options.team_draws == "auto" else ", as asked"
    words = (
        f"Kept summaries of the {likelihood.n_teams} teams' effects instead of draws{wanted}: "
        f"{len(psi)} draws of each would take {size / 2**30:.1f} GiB (fit(team_draws=...))."
    )
    summarised = _summarised(likelihood, psi, nodes, options.seed, workers)
    return replace(summarised, actions=(words,))


def _drawn(draw: Callable[[int, int], TeamDraws], seed: int) -> TeamAnswers:
    """Draw the team effects; with more proposals where a team's weights are uneven."""
    actions: tuple[str, ...] = ()
    for attempt, proposals in enumerate(_PROPOSALS):
        drawn = draw(seed + attempt, proposals)
        check = team_check(drawn.khat, drawn.effective)
        if check.verdict != "bad" or proposals == _PROPOSALS[-1]:
            break
        words = (
            f"The draws of some team's effects rested on few proposals ({check.words}): drew them "
            f"again from {_PROPOSALS[attempt + 1] // proposals} times as many."
        )
        actions = (*actions, words)
    return TeamAnswers(drawn.effects, checks=(check,), actions=actions)


def _summarised(
    likelihood: TeamLikelihood,
    psi: FloatArray,
    nodes: int,
    seed: int,
    workers: Workers,
) -> TeamAnswers:
    """Add up moments at ever more of the draws, until more would change nothing."""
    order = np.random.default_rng([seed, 2]).permutation(len(psi))
    needed = _SPARE_POINTS + _POINTS_A_DIRECTION * free_directions(psi)
    wanted, parts, done = min(len(psi), max(_FEWEST_POINTS, needed)), [], 0
    while True:
        parts.append(summed(likelihood, psi[order[done:wanted]], nodes, workers))
        parts, done = [together(parts)], wanted
        summary = team_summary(likelihood, parts[0])
        expectation = interpolated(psi, order[:done], parts[0].study)
        checks = (
            summary_check(summary.error, done, len(psi)),
            study_check(expectation.unexplained, done),
        )
        if done == len(psi) or all(check.verdict == "good" for check in checks):
            break
        wanted = min(2 * done, len(psi))
    return TeamAnswers(
        effects=None,
        summary={
            "mean": summary.mean,
            "sd": summary.sd,
            "skewness": summary.skewness,
            "correlation": summary.correlation,
        },
        standardised=study_answers(likelihood, psi, expectation, seed=seed),
        checks=checks,
    )
