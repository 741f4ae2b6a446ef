"""
What of a fit's draws a file may hold: nothing that is an exact function of respondents' answers.

A figure that follows, draw by draw, from parameters of that draw and from all answers is an
equation about the answers; thousands of draws are thousands of equations, and solve for the table
of respondents. So a file holds no log density, what it holds of the study is made anew from what
it tells anyway (`file_standardised`), and effects of teams are moved by noise, which chance alone
knows: chance that hangs on all the answers, so that a fit is written alike each time and no two
files of it can be averaged.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: From a file's posterior, its ``constant_data`` and the fit's answers for the study: new ones.
Restandardise = Callable[[xr.Dataset, xr.Dataset, xr.Dataset, np.random.Generator], xr.Dataset]

_STATS, _STANDARDISED = "sample_stats", "standardised"
#: Attribute of ``sample_stats``: at which minimum what the file holds was made anew.
_MADE_AT = "drawn_anew_at"
#: Figures of an engine that are no functions of the answers.
_HARMLESS = ("diverging", "tree_depth", "n_steps")
_HARMLESS_CONSTANTS = ("nodes",)
#: Draws of each team that are moved: real numbers, and not those in a range.
_OF_TEAMS = ("team_effects", "zero_team_effects", "team_factors")
#: Share of the spread of a team's effects, given all else, that is new in a file.
_NEW = 0.5
#: Numbers of teams' draws that are moved at a time.
_BLOCK = 4_000_000
#: Means are rounded so that the sum over all respondents is known to so many spreads of one.
_SPREADS = 6.0


def secret_numbers(draws: xr.DataTree, design: CountDesign | None = None) -> np.random.SeedSequence:
    """
    Give the source of a file's chance: known to who holds all answers, and to nobody else.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit, with all that a file leaves out.
    design : CountDesign, optional
        Its respondents, where it holds them.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same fit, and so for any minimum.
    """
    digest = hashlib.sha256(b"chance of a file")
    for node in sorted(draws.subtree, key=lambda one: one.path):
        dataset = node.to_dataset(inherit=False)
        for name in sorted(map(str, dataset.data_vars)):
            values = np.ascontiguousarray(dataset[name].to_numpy())
            if values.dtype.kind in "iufb":
                digest.update(values.tobytes())
    if design is not None:
        for name in ("outcome", "frequency_level", "covariates", "log_exposure", "team"):
            digest.update(np.ascontiguousarray(getattr(design, name)).tobytes())
    return np.random.SeedSequence(int.from_bytes(digest.digest(), "big"))


def drawn_anew(
    told: xr.DataTree,
    secret: np.random.SeedSequence,
    rule: DisclosureRule,
    restandardise: Restandardise | None = None,
) -> xr.DataTree:
    """
    Replace what would tell of single respondents by draws of the same distribution.

    Parameters
    ----------
    told : xarray.DataTree
        The draws of a fit, without its small groups.
    secret : numpy.random.SeedSequence
        As `secret_numbers` gives it.
    rule : DisclosureRule
        At which minimum small groups were taken out.
    restandardise : callable, optional
        Makes the answers for the study anew, where a fit has them.

    Returns
    -------
    xarray.DataTree
        The same where that was done before, at this minimum or a larger one.
    """
    groups = {str(name): told[str(name)].to_dataset() for name in told.children}
    stats = groups.get(_STATS, xr.Dataset())
    if stats.attrs.get(_MADE_AT, 0) >= rule.minimum:
        return told
    of_teams, of_study, of_moments = (np.random.default_rng(one) for one in secret.spawn(3))
    constants = {name: stats.attrs[name] for name in _HARMLESS_CONSTANTS if name in stats.attrs}
    kept = stats[[name for name in _HARMLESS if name in stats]]
    groups[_STATS] = kept.drop_attrs().assign_attrs({**constants, _MADE_AT: rule.minimum})
    groups["constant_data"] = with_rounded_means(groups["constant_data"])
    if "posterior" in groups:
        groups["posterior"] = _teams_moved(groups["posterior"], of_teams)
    if _STANDARDISED in groups and restandardise is not None:
        groups[_STANDARDISED] = restandardise(
            groups["posterior"], groups["constant_data"], groups[_STANDARDISED], of_study
        )
    if labels.TEAM_SUMMARY in groups:
        n_draws = groups["posterior"].sizes[labels.CHAIN] * groups["posterior"].sizes[labels.DRAW]
        groups[labels.TEAM_SUMMARY] = _moments_moved(
            groups[labels.TEAM_SUMMARY], n_draws, of_moments
        )
    return xr.DataTree.from_dict(groups)


def told_certificate(certificate: Certificate) -> Certificate:
    """
    Round the figures of a certificate: with all their digits they are functions of the answers.

    Parameters
    ----------
    certificate : Certificate
        Of a fit.

    Returns
    -------
    Certificate
        With three digits.
    """
    checks = tuple(replace(one, value=float(f"{one.value:.3g}")) for one in certificate.checks)
    return replace(certificate, checks=checks)


def with_rounded_means(constant: xr.Dataset) -> xr.Dataset:
    """
    Round the means of the covariates, and leave out their spread.

    An exact mean is a sum of whole numbers of people. Of a number that everybody knows of each
    team it tells, with the sizes of the teams shown, how many are in those that are not.

    Parameters
    ----------
    constant : xarray.Dataset
        What a file tells of its respondents; with ``covariate_sd`` where the means are exact.

    Returns
    -------
    xarray.Dataset
        With means rounded to 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> exact = {"covariate_means": ("covariate", [8.3456]), "covariate_sd": ("covariate", [5.1])}
    >>> told = with_rounded_means(xr.Dataset({**exact, "n_respondents": 100}))
    >>> told["covariate_means"].to_numpy().tolist(), "covariate_sd" in told
    ([8.5], False)
    """
    for prefix in ("covariate", "zero_covariate"):
        if f"{prefix}_sd" not in constant:
            continue
        means = constant[f"{prefix}_means"]
        coarse = _SPREADS * constant[f"{prefix}_sd"].to_numpy() / float(constant["n_respondents"])
        rounded = [_rounded(*one) for one in zip(means.to_numpy(), coarse, strict=True)]
        constant = constant.drop_vars(f"{prefix}_sd").assign(
            {f"{prefix}_means": means.copy(data=np.array(rounded, dtype=float))}
        )
    return constant


def _rounded(value: float, coarse: float) -> float:
    """Round to the least of 1, 2 and 5 times a power of ten that is no smaller than `coarse`."""
    if not coarse > 0:
        return float(value)
    power = int(np.floor(np.log10(coarse)))
    unit = next(one for one in (1, 2, 5, 10) if one * 10.0**power >= coarse * (1 - 1e-9))
    steps = np.rint(value / (unit * 10.0**power)) * unit
    return float(steps / 10.0**-power if power < 0 else steps * 10.0**power)


def _teams_moved(posterior: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
    """
    Move what is drawn for each team by noise, its spread and what it goes with kept.

    Given the other parameters, an engine's draws are a function of the team's answers and of
    random numbers that follow from the seed. What the other parameters do not tell of them is
    pulled to its mean, and half the difference of two other draws is added: variances, and
    covariances between teams, stay as they were.
    """
    n_draws = posterior.sizes[labels.CHAIN] * posterior.sizes[labels.DRAW]
    one, other = rng.integers(0, n_draws, (2, n_draws))
    names = [name for name in _OF_TEAMS if name in posterior]
    if not names or n_draws < 2:
        return posterior
    features = _features(posterior)
    moved = {}
    for name in names:
        values = posterior[name].to_numpy()
        flat = values.reshape(n_draws, -1).copy()
        step = max(1, _BLOCK // n_draws)
        for first in range(0, flat.shape[1], step):
            block = flat[:, first : first + step]
            explained = features @ (features.T @ block)
            rest = block - explained
            new = np.sqrt(1 - _NEW**2) * rest + _NEW * (rest[one] - rest[other]) / np.sqrt(2)
            block[...] = explained + new
        moved[name] = posterior[name].copy(data=flat.reshape(values.shape))
    return posterior.assign(moved)


def _features(posterior: xr.Dataset) -> FloatArray:
    """Orthonormal directions of the parameters that belong to no team, shape (n_draws, n)."""
    columns = []
    for name in posterior.data_vars:
        values = posterior[name]
        if labels.TEAM not in values.dims:
            flat = values.to_numpy().reshape(values.shape[0] * values.shape[1], -1)
            columns.append(flat[:, np.isfinite(flat).all(axis=0)])
    flat = np.concatenate(columns, axis=1)
    spread = flat.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(flat).max(axis=0, initial=0.0))
    scaled = (flat[:, varies] - flat[:, varies].mean(axis=0)) / spread[varies]
    directions, size, _ = np.linalg.svd(scaled, full_matrices=False)
    free = directions[:, size > 1e-6 * size.max(initial=0.0)]
    # Of few draws, many parameters would explain whatever they are to explain.
    free = free[:, : len(flat) // 5]
    return np.column_stack([np.full(len(flat), 1 / np.sqrt(len(flat))), free])


def _moments_moved(summary: xr.Dataset, n_draws: int, rng: np.random.Generator) -> xr.Dataset:
    """Move moments by what as many draws would leave uncertain of them."""

    def noise(name: str, size: float) -> FloatArray:
        return np.asarray(size * rng.standard_normal(summary[name].shape) / np.sqrt(n_draws))

    moved = {}
    if "mean" in summary:
        moved["mean"] = summary["mean"] + summary["sd"] * noise("mean", 1.0)
        moved["sd"] = summary["sd"] * np.exp(noise("sd", 0.5**0.5))
        moved["skewness"] = summary["skewness"] + noise("skewness", 6**0.5)
    if "correlation" in summary:
        shift = noise("correlation", 1.0)
        shift = (shift + np.swapaxes(shift, -1, -2)) / 2**0.5
        size = summary["correlation"].shape[-1]
        off = ~np.eye(size, dtype=bool)
        found = np.clip(summary["correlation"].to_numpy(), -0.999, 0.999)
        turned = np.where(off, np.tanh(np.arctanh(found) + shift), 1.0)
        moved["correlation"] = summary["correlation"].copy(data=turned)
    return summary.assign(moved)
