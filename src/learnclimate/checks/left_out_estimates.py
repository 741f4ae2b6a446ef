"""Estimates of all units that are left out, filled in block by block, then by refits."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.left_out import Part, log_mean_density, part_densities, refitted_draws
from learnclimate.checks.smoothing import khat_limit, left_out
from learnclimate.core.errors import FitError
from learnclimate.counts.design import CountDesign
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: How a unit was estimated.
WEIGHED, INTEGRATED, REFITTED = 0, 1, 2
#: Why nothing is told of few respondents, with the minimum.
TELLS_OF_FEW = (
    "The study has fewer than {minimum} respondents, and how well so few are predicted tells "
    "what they answered. It is not computed."
)

#: Elements of the largest temporary array: 16 MiB of floats.
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class About:
    """
    What an estimate tells of its fit.

    Attributes
    ----------
    answers_hash, left_out, no_refits, note
        As in `learnclimate.checks.leave_out.LeaveOneOut`.
    """

    answers_hash: str
    left_out: tuple[tuple[str, str, int], ...] | None
    no_refits: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimates:
    """
    Estimates of all units, filled in place.

    Attributes
    ----------
    n_draws : int
        Posterior draws they rest on.
    elpd, seen, khat : ndarray of shape (n_units,)
        Log predictive density left out and seen, and the Pareto shape.
    method : ndarray of shape (n_units,), int
        How each was estimated.
    """

    n_draws: int
    elpd: FloatArray
    seen: FloatArray
    khat: FloatArray
    method: IntArray

    @classmethod
    def empty(cls, n_units: int, n_draws: int) -> "Estimates":
        """Begin with nothing estimated."""
        elpd, seen, khat = (np.full(n_units, np.nan) for _ in range(3))
        return cls(n_draws, elpd, seen, khat, np.zeros(n_units, dtype=np.int64))

    def take(self, units: IntArray, log_density: FloatArray, method: int) -> None:
        """Estimate some units from their log densities (n_units, S)."""
        self.elpd[units], self.khat[units] = left_out(log_density)
        self.method[units] = method
        self.seen[units] = log_mean_density(log_density)

    def doubtful(self) -> IntArray:
        """Units whose weights cannot be trusted, the worst first."""
        order = np.argsort(-self.khat, kind="stable")
        return order[self.khat[order] > khat_limit(self.n_draws)]

    def blocks(self, units: IntArray) -> list[IntArray]:
        """Cut units into blocks whose densities at all draws fit in memory."""
        size = max(1, _BLOCK // self.n_draws)
        return [units[first : first + size] for first in range(0, len(units), size)]


def fit_anew(
    found: Estimates, fit: Fit, design: CountDesign, what: tuple[IntArray, list[Part], int]
) -> int:
    """
    Fit anew without each of some units.

    Parameters
    ----------
    found : Estimates
        Takes what is found; a unit without which nothing can be fitted keeps its doubtful
        weights.
    fit : Fit
        The fit.
    design : CountDesign
        Its respondents.
    what : tuple of (ndarray of int, list of Part, int)
        Units, what each leaves out, and the seed.

    Returns
    -------
    int
        How many could not be fitted.
    """
    units, parts, seed = what
    failed = 0
    for unit, part in zip(units, parts, strict=True):
        try:
            # NUTS would take up to a minute each where importance sampling does not get there.
            refitted = refitted_draws(fit, design, part, seed=seed, by_nuts=False)
        except FitError:
            failed += 1
            continue
        found.elpd[unit] = log_mean_density(part_densities(fit, design, [part], refitted))[0]
        found.khat[unit] = np.nan
        found.method[unit] = REFITTED
    return failed


def how_estimated(method: IntArray, unit: str, limit: float) -> str:
    """
    Say how units were estimated whose estimates can be trusted.

    Parameters
    ----------
    method : ndarray of shape (n_units,), int
        How each was.
    unit : {"respondent", "team"}
        What was left out.
    limit : float
        The largest Pareto shape at which weights can be trusted.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> how_estimated(np.array([WEIGHED, REFITTED]), "team", 0.7)
    'The model was fitted anew without 1 team.'
    """
    counts = np.bincount(method, minlength=REFITTED + 1)
    if counts[REFITTED]:
        return f"The model was fitted anew without {_counted(counts[REFITTED], unit)}."
    if counts[INTEGRATED] and unit == "respondent":
        return f"For {_counted(counts[INTEGRATED], unit)} the team effects were integrated out."
    return f"All importance weights can be trusted (Pareto k up to {limit:.2g})."


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
