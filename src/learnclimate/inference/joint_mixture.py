"""Draws of one count model mixed over many values of factors, and whether these suffice."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]

#: Name of the engine in certificates of mixtures.
JOINT = "joint"

_POSTERIOR, _CONSTANT, _MODERATORS = "posterior", "constant_data", "team_moderators"

#: What must be known well: what the factors bear upon, and what is left between teams.
_WATCHED = ("covariate_effects", "slope_shifts", "frequency_effect", "team_sd")
#: Means may be off by this share of a posterior sd before more values are drawn ...
ENOUGH = 0.15
#: ... and by this before the draws are not to be relied on.
_TOO_FAR = 0.33
#: On so many draws of the items' parameters a mixture has to rest.
_FEWEST_DRAWS = 10


def mixed(fits: Sequence[Fit], factor: FactorFit, n_kept: int) -> Fit:
    """
    Put the draws of all fits behind one another, chain by chain.

    Parameters
    ----------
    fits : sequence of Fit
        One a set of values of the factors, in the order they were made.
    factor : FactorFit
        The factor model.
    n_kept : int
        Of how many fits all draws are kept; of more fits, so many fewer of each that there are
        no fewer in all.

    Returns
    -------
    Fit
        The mixture, certified.
    """
    first, share = fits[0], min(1.0, n_kept / len(fits))
    constant = _mean_constants(fits)
    groups = {}
    for name in first.draws.children:
        if name == _CONSTANT:
            groups[name] = constant
            continue
        parts = [one.draws[name].to_dataset() for one in fits]
        if name == _POSTERIOR:
            parts = [_at_mean_moderators(one, constant) for one in fits]
        if "draw" not in parts[0].dims:
            groups[name] = parts[0]
            continue
        parts = [part.isel(draw=_spread(part.sizes["draw"], share)) for part in parts]
        joined = xr.concat(parts, "draw", join="override", combine_attrs="drop")
        groups[name] = joined.assign_coords(draw=np.arange(joined.sizes["draw"]))
    tree = xr.DataTree.from_dict(groups)
    sizes = tree["posterior"].sizes
    provenance = replace(first.provenance, draws=int(sizes["chain"] * sizes["draw"]))
    # Draws of many sets of values go with the answers of none of them.
    return replace(
        first,
        draws=tree,
        certificate=_certificate(fits, factor),
        provenance=provenance,
        design=None,
    )


def _spread(n_draws: int, share: float) -> npt.NDArray[np.int64]:
    """Choose a share of draws in a row, rounded up, evenly over the row."""
    kept = int(np.ceil(n_draws * share - 1e-9))
    return np.arange(kept, dtype=np.int64) * n_draws // max(kept, 1)


def _mean_constants(fits: Sequence[Fit]) -> xr.Dataset:
    """Average what the fits keep of the factors, which differ between them."""
    constant = fits[0].draws[_CONSTANT].to_dataset()
    for name in (_MODERATORS, "covariate_means"):
        if name in constant:
            each = np.stack([one.draws[_CONSTANT][name].to_numpy() for one in fits])
            constant = constant.assign({name: constant[name].copy(data=each.mean(axis=0))})
    return constant


def _at_mean_moderators(fit: Fit, constant: xr.Dataset) -> xr.Dataset:
    """
    Lay what a set's moderators depart by from the mean of all sets to the teams' own slopes.

    A team's whole slope, its own effect and what moderators shift it by, then stays as it was in
    every draw, though one value of the moderator is told for all. Where slopes vary over teams
    by the moderator alone there is no such effect, and its mean stands for it.
    """
    posterior = fit.draws[_POSTERIOR].to_dataset()
    if _MODERATORS not in constant or labels.TEAM_EFFECTS not in posterior:
        return posterior
    apart = fit.draws[_CONSTANT][_MODERATORS].to_numpy() - constant[_MODERATORS].to_numpy()
    effects = posterior[labels.TEAM_EFFECTS].to_numpy().copy()
    for column, shift in enumerate(fit.coding.slope_shifts):
        if shift.centre is not None and shift.frequency in fit.coding.team_effects:
            place = fit.coding.team_effects.index(shift.frequency)
            draws = posterior["slope_shifts"].to_numpy()[..., [column]]
            effects[..., place] += draws * apart[:, column]
    return posterior.assign(
        {labels.TEAM_EFFECTS: posterior[labels.TEAM_EFFECTS].copy(data=effects)}
    )


def mixture_error(fits: Sequence[Fit]) -> float:
    """
    Tell how well the means of a mixture are known, from how those of its parts follow another.

    Parameters
    ----------
    fits : sequence of Fit
        One a set of values, in order.

    Returns
    -------
    float
        The largest standard error of a mean, in posterior standard deviations.
    """
    worst = 0.0
    for name in _WATCHED:
        if name not in fits[0].draws["posterior"]:
            continue
        each = [one.draws["posterior"][name].to_numpy() for one in fits]
        flat = np.stack([values.reshape(-1, *values.shape[2:]) for values in each])
        flat = flat.reshape(*flat.shape[:2], -1)
        means, within = flat.mean(axis=1), flat.var(axis=1).mean(axis=0)
        spread = within + means.var(axis=0)
        known = spread > 0
        error = _error_of_mean(means[:, known])
        worst = max(worst, float((error / np.sqrt(spread[known])).max(initial=0.0)))
    return worst


def _error_of_mean(steps: FloatArray) -> FloatArray:
    """Take the standard error of the mean of steps in a row, (n_steps, n_quantities)."""
    apart = steps - steps.mean(axis=0)
    square = (apart**2).sum(axis=0)
    together = (apart[1:] * apart[:-1]).sum(axis=0) / np.where(square > 0, square, 1.0)
    # Of few steps in a row the correlation of neighbours comes out too small (Kendall 1954).
    kept = np.clip(together + (1 + 3 * together) / len(steps), 0.0, 0.95)
    return np.asarray(np.sqrt(square / len(steps) ** 2 * (1 + kept) / (1 - kept)))


def with_item_draws(fit: Fit, draws: npt.NDArray[np.int64]) -> Fit:
    """
    Say in the certificate on how many draws of the items' parameters a mixture rests.

    The sets' parameters are chosen among the draws of their posterior given the items. Where
    counts tell far more of loadings than items do, few of these fit, and come again and again.

    Parameters
    ----------
    fit : Fit
        The mixture.
    draws : ndarray of shape (n_sets,), int
        The draw that goes with each set.

    Returns
    -------
    Fit
        With one check more.
    """
    distinct, bound = len(np.unique(draws)), min(_FEWEST_DRAWS, len(draws) // 2)
    check = CertificateCheck(
        "items given the count", "good" if distinct >= bound else "bad", float(distinct),
        float(bound),
        f"the sets rest on {distinct} of the draws of loadings and thresholds given the items",
    )  # fmt: skip
    checks = (*fit.certificate.checks, check)
    return replace(fit, certificate=replace(fit.certificate, checks=checks))


def _certificate(fits: Sequence[Fit], factor: FactorFit) -> Certificate:
    failed = sum(not one.certificate.passed for one in fits)
    error = mixture_error(fits)
    return Certificate(
        JOINT,
        (
            CertificateCheck(
                "factor model", "good" if factor.certificate.passed else "bad",
                float(not factor.certificate.passed), 0.0, "the factor model's own certificate",
            ),
            CertificateCheck(
                "count models", "good" if failed == 0 else "bad", float(failed), 0.0,
                f"{failed} of the {len(fits)} fits of the count model did not pass",
            ),
            CertificateCheck(
                "mixing of values", "good" if error < _TOO_FAR else "bad", error, _TOO_FAR,
                f"over {len(fits)} sets of values, means are known to within {error:.2f} "
                "posterior standard deviations",
            ),
        ),
    )  # fmt: skip
