"""Respondents or teams left out of the fit of a factor model, and how far that can be trusted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.leave_out import LeaveOneOut, Unit
from learnclimate.checks.left_out import log_mean_density
from learnclimate.checks.left_out_estimates import INTEGRATED
from learnclimate.checks.smoothing import khat_limit, left_out
from learnclimate.checks.unit_densities import UnitDensities, unit_densities
from learnclimate.inference.factors.fit_record import FactorFit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NO_REFITS = "factors are integrated out already, and no model is fitted anew for one respondent"


@dataclass(frozen=True, slots=True)
class FactorLeftOut:
    """
    How well a factor model predicts each unit from all the others.

    Attributes
    ----------
    estimate : LeaveOneOut
        Densities by unit, their sum, and the shapes of the weights.
    integration_error : float
        Standard error of the sum by the nodes that factors are integrated out over; 0 where
        integrals are exact.
    n_draws : int
        At how many draws.
    """

    estimate: LeaveOneOut
    integration_error: float
    n_draws: int

    @property
    def worst_shape(self) -> float:
        """Largest Pareto shape of the weights that leave a unit out."""
        return float(np.max(self.estimate.khat))


#: Draws enough for weights with tails, where each costs little, and where it costs more.
_CHEAP, _DEAR = 1000, 200
_FEW_FACTORS = 2


def draws_to_leave_out(fit: FactorFit) -> int:
    """
    Tell at how many draws units are well left out.

    Parameters
    ----------
    fit : FactorFit
        The fit.

    Returns
    -------
    int
        Fewer where factors are integrated out over many nodes.
    """
    few = fit.model.levels != "team" and fit.design.n_factors <= (
        _FEW_FACTORS if fit.model.cross_loadings is None else 1
    )
    cheap = fit.model.link == "identity" or few
    return _CHEAP if cheap else _DEAR


def factor_left_out(
    fit: FactorFit, chosen: IntArray, units: tuple[Unit, ...], *, seed: int = 0
) -> dict[Unit, FactorLeftOut]:
    """
    Leave respondents, and teams, out one at a time.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws; factors are integrated out at each.
    units : tuple of {"respondent", "team"}
        What is left out.
    seed : int, default 0
        Seed of the nodes, where factors are integrated out over such.

    Returns
    -------
    dict of {"respondent", "team"} to FactorLeftOut
        Estimates.

    References
    ----------
    Merkle, Furr and Rabe-Hesketh (2019), doi 10.1007/s11336-019-09679-0.
    Vehtari and others (2024), "Pareto smoothed importance sampling", Journal of Machine
    Learning Research 25 (72).
    """
    found = unit_densities(fit, chosen, units, seed=seed)
    return {unit: _estimated(fit, unit, densities) for unit, densities in found.items()}


def _estimated(fit: FactorFit, unit: Unit, densities: UnitDensities) -> FactorLeftOut:
    n_draws, row = densities.logs.shape[1], densities.row
    elpd, shape = left_out(densities.logs)
    each, seen = elpd[row], log_mean_density(densities.logs)[row]
    error = 0.0
    if densities.halves is not None:
        # Nodes are independent between the halves, and between respondents.
        apart = left_out(densities.halves[0])[0] - left_out(densities.halves[1])[0]
        error = float(np.sqrt((apart**2).sum()) / 2)
    estimate = LeaveOneOut(
        unit=unit,
        elpd=float(each.sum()),
        se=float(np.sqrt(len(each)) * each.std(ddof=1)),
        n_parameters=float((seen - each).sum()),
        pointwise=each,
        khat=shape[row],
        method=np.full(len(each), INTEGRATED, dtype=np.int64),
        limit=khat_limit(n_draws),
        answers_hash=fit.provenance.data_hash,
        no_refits=_NO_REFITS,
    )
    return FactorLeftOut(estimate, error, n_draws)
