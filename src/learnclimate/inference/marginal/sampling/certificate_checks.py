"""The certificate of the marginal engine: quadrature (A), outer sampling (B), teams (C)."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck, Verdict
from learnclimate.inference.marginal.sampling.importance import WeightedDraws

FloatArray = npt.NDArray[np.float64]

QUADRATURE = "quadrature"
TAILS = "importance tails"
EFFICIENCY = "importance efficiency"
AGREEMENT = "agreement of scrambles"
TEAMS = "team effects"
STUDY = "standardised answers"

QUADRATURE_BOUND = 0.02
EFFICIENCY_BOUND = 0.3
AGREEMENT_BOUND = 4.0
TEAM_BOUND = 0.7
#: Proposals that a draw of a team's effects has to be worth: a chain through 8 that are worth 3
#: ends up to half a standard deviation off its target, which the tails of the weights do not show.
PROPOSAL_BOUND = 4.0
SUMMARY_BOUND = 0.03
STUDY_BOUND = 0.1


def quadrature_check(change: FloatArray, nodes: int) -> CertificateCheck:
    """
    Check A: whether the log likelihood changes with more quadrature nodes.

    To first order the posterior mean of a quantity f is off by the covariance of f with
    the change, which is at most sd(f) times the change's sd.

    Parameters
    ----------
    change : ndarray of shape (n_draws,)
        Log likelihood with 4 more nodes less that with `nodes`, at posterior draws; empty
        for a model without team effects.
    nodes : int
        Quadrature nodes a dimension.

    Returns
    -------
    CertificateCheck
        The check.
    """
    if len(change) == 0:
        words = "there are no team effects to integrate out"
        return CertificateCheck(QUADRATURE, "not applicable", np.nan, QUADRATURE_BOUND, words)
    spread = float(np.std(change))
    words = (
        f"with {nodes + 4} nodes instead of {nodes} a dimension, posterior means would move by at "
        f"most {spread:.2g} posterior sd"
    )
    return _check(QUADRATURE, spread, QUADRATURE_BOUND, spread < QUADRATURE_BOUND, words)


def importance_checks(weighted: WeightedDraws) -> tuple[CertificateCheck, ...]:
    """
    Check B: whether the importance draws can be trusted.

    Parameters
    ----------
    weighted : WeightedDraws
        The draws that were weighed.

    Returns
    -------
    tuple of CertificateCheck
        Tails of the weights, their efficiency, and agreement of the scrambles.

    References
    ----------
    Vehtari and others (2024), "Pareto smoothed importance sampling", Journal of Machine
    Learning Research 25 (72).
    """
    khat, share = weighted.khat, weighted.relative_ess
    bound = min(1 - 1 / np.log10(weighted.size), 0.7)
    apart = disagreement(weighted)
    return (
        _check(
            TAILS, khat, bound, khat < bound,
            f"the largest weights have Pareto shape {khat:.2f} (below {bound:.2f} is safe)",
        ),
        _check(
            EFFICIENCY, share, EFFICIENCY_BOUND, share > EFFICIENCY_BOUND,
            f"{weighted.size} weighted draws are worth {share:.0%} of as many independent ones",
        ),
        _check(
            AGREEMENT, apart, AGREEMENT_BOUND, apart < AGREEMENT_BOUND,
            f"independent halves of the draws differ by at most {apart:.1f} standard errors",
        ),
    )  # fmt: skip


def disagreement(weighted: WeightedDraws) -> float:
    """
    Compare the means and the evidence of two halves of the scrambles.

    Parameters
    ----------
    weighted : WeightedDraws
        Draws of an even number of scrambles.

    Returns
    -------
    float
        Largest difference of a mean of theta, or of the log evidence, in standard errors.
    """
    half = len(weighted.theta) // 2
    means, errors = [], []
    for part in (slice(0, half), slice(half, None)):
        log_weight = weighted.log_weight[part].ravel()
        raw = np.exp(log_weight - log_weight.max())
        weight = raw / raw.sum()
        theta = weighted.theta[part].reshape(len(weight), -1)
        mean = weight @ theta
        error = np.sqrt((weight**2) @ (theta - mean) ** 2)
        relative = np.std(raw) / raw.mean() / np.sqrt(len(raw))
        means.append(np.append(mean, np.logaddexp.reduce(log_weight) - np.log(len(raw))))
        # A half has half the draws, and so twice the variance.
        errors.append(np.append(error, np.sqrt(relative**2 + 2 * weighted.unseen)))
    joint = np.sqrt(errors[0] ** 2 + errors[1] ** 2)
    return float((np.abs(means[0] - means[1]) / np.maximum(joint, 1e-12)).max())


def team_check(khat: FloatArray, effective: FloatArray) -> CertificateCheck:
    """
    Check C: whether the draws of the team effects can be trusted.

    Parameters
    ----------
    khat : ndarray of shape (n_teams,)
        Pareto shape of each team's importance ratios; not a number where not computed.
    effective : ndarray of shape (n_teams,)
        How many even proposals those of a draw are worth, on average.

    Returns
    -------
    CertificateCheck
        The check, on the worst team: its Pareto shape, or, where that is good and its
        proposals are too few, how many times as many it needs.
    """
    known = khat[np.isfinite(khat)]
    if len(known) == 0:
        words = "no team effects were drawn by importance sampling"
        return CertificateCheck(TEAMS, "not applicable", np.nan, TEAM_BOUND, words)
    worst = float(known.max())
    fewest = float(np.nanmin(effective))
    words = (
        f"among {len(known)} teams looked at, the worst Pareto shape is {worst:.2f}; a draw rests "
        f"on {fewest:.1f} even proposals or more (at least {PROPOSAL_BOUND:.0f} are enough)"
    )
    if worst < TEAM_BOUND and not fewest >= PROPOSAL_BOUND:
        return _check(TEAMS, PROPOSAL_BOUND / max(fewest, 1e-9), 1.0, False, words)
    return _check(TEAMS, worst, TEAM_BOUND, worst < TEAM_BOUND, words)


def summary_check(error: float, points: int, draws: int) -> CertificateCheck:
    """
    Check C where team effects are summarised: whether enough draws of the rest were used.

    Parameters
    ----------
    error : float
        Largest Monte Carlo error of a team's mean, in posterior standard deviations.
    points : int
        Draws of the outer parameters at which the teams were integrated.
    draws : int
        Draws there are; with all of them the error is that of any mean of the draws.

    Returns
    -------
    CertificateCheck
        The check.
    """
    words = (
        f"summarised by quadrature at {points} draws of the other parameters; the Monte Carlo "
        f"error of a team's mean is at most {error:.2g} of its posterior sd"
    )
    good = error < SUMMARY_BOUND or points >= draws
    return _check(TEAMS, error, SUMMARY_BOUND, good, words)


def study_check(unexplained: float, points: int) -> CertificateCheck:
    """
    Check answers standardised over the respondents that were carried over between draws.

    Parameters
    ----------
    unexplained : float
        Largest sd of what the interpolation misses, as a share of the posterior sd.
    points : int
        Draws at which they were computed in full.

    Returns
    -------
    CertificateCheck
        The check.
    """
    words = (
        f"computed at {points} draws and carried over to the others; what that misses has "
        f"{unexplained:.2g} of the posterior sd"
    )
    return _check(STUDY, unexplained, STUDY_BOUND, unexplained < STUDY_BOUND, words)


def all_good(checks: tuple[CertificateCheck, ...]) -> bool:
    """
    Say whether no check came out bad.

    Parameters
    ----------
    checks : tuple of CertificateCheck
        Checks of one run.

    Returns
    -------
    bool
        Whether all are good or not applicable.
    """
    return all(check.verdict != "bad" for check in checks)


def _check(
    name: str,
    value: float,
    bound: float,
    good: bool,
    words: str,
) -> CertificateCheck:
    verdict: Verdict = "good" if good else "bad"
    return CertificateCheck(name, verdict, float(value), float(bound), words)
