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
from learnclimate.disclosure.rounding import rounded_mean
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.moved_draws import Derive, moved_posterior
from learnclimate.inference.small_groups import ROWS_OF_RESPONDENTS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: From a file's posterior, its ``constant_data`` and the fit's answers for the study: new ones.
Restandardise = Callable[[xr.Dataset, xr.Dataset, xr.Dataset, np.random.Generator], xr.Dataset]

_STATS, _STANDARDISED = "sample_stats", "standardised"
#: Attribute of ``sample_stats``: at which minimum what the file holds was made anew.
_MADE_AT = "drawn_anew_at"
#: Figures of an engine that are no functions of the answers. Of single draws there are none: how
#: many steps led to a draw is a statement about the gradient there, a sum over respondents.
_HARMLESS_CONSTANTS = ("nodes",)
#: What the chance of a file is for.
_OF_TEAM_DRAWS, _OF_STUDY, _OF_MOMENTS, _OF_DRAWS = range(4)


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
        # A fit read from a file with respondents has groups of their rows: written anew with other
        # noise, it would be a second look at the same draws.
        if node.name in ROWS_OF_RESPONDENTS:
            continue
        dataset = node.to_dataset(inherit=False)
        for name in sorted(map(str, dataset.data_vars)):
            values = np.ascontiguousarray(dataset[name].to_numpy())
            if values.dtype.kind in "iufb":
                digest.update(values.tobytes())
    if design is not None:
        for name in ("outcome", "frequency_level", "covariates", "log_exposure", "team"):
            digest.update(np.ascontiguousarray(getattr(design, name)).tobytes())
    return np.random.SeedSequence(int.from_bytes(digest.digest(), "big"))


def with_moved_draws(
    draws: xr.DataTree, secret: np.random.SeedSequence, derive: Derive
) -> xr.DataTree:
    """
    Move every draw of every parameter, before small groups are taken out.

    No draw of a file is a draw of an engine. Those are functions of the answers and of numbers
    that a pattern gives away: points that fill space evenly tell which they are, whatever the
    seed. Files of one fit at several minimums hold the same draws.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    secret : numpy.random.SeedSequence
        As `secret_numbers` gives it.
    derive : callable
        Works out anew, in draws (S, ...), the variables that follow from others.

    Returns
    -------
    xarray.DataTree
        The same where they come from a file, in which they were moved before.
    """
    if _MADE_AT in draws[_STATS].attrs:
        return draws
    groups = {str(name): draws[str(name)].to_dataset() for name in draws.children}
    groups["posterior"] = moved_posterior(
        groups["posterior"], derive, _chance(secret, _OF_DRAWS), _chance(secret, _OF_TEAM_DRAWS)
    )
    if labels.TEAM_SUMMARY in groups:
        n_draws = groups["posterior"].sizes[labels.CHAIN] * groups["posterior"].sizes[labels.DRAW]
        groups[labels.TEAM_SUMMARY] = _moments_moved(
            groups[labels.TEAM_SUMMARY], n_draws, _chance(secret, _OF_MOMENTS)
        )
    return xr.DataTree.from_dict(groups)


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
        The draws of a fit, its teams moved, without its small groups.
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
    constants = {name: stats.attrs[name] for name in _HARMLESS_CONSTANTS if name in stats.attrs}
    groups[_STATS] = xr.Dataset(attrs={**constants, _MADE_AT: rule.minimum})
    groups["constant_data"] = with_rounded_means(groups["constant_data"])
    if _STANDARDISED in groups and restandardise is not None:
        groups[_STANDARDISED] = restandardise(
            groups["posterior"],
            groups["constant_data"],
            groups[_STANDARDISED],
            _chance(secret, _OF_STUDY),
        )
    return xr.DataTree.from_dict(groups)


def _chance(secret: np.random.SeedSequence, purpose: int) -> np.random.Generator:
    """Give random numbers for one purpose, the same each time."""
    return np.random.default_rng(np.random.SeedSequence(secret.entropy, spawn_key=(purpose,)))


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
        What a file tells of its respondents; with ``covariate_spread`` where the means are exact.

    Returns
    -------
    xarray.Dataset
        With means rounded to 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> exact = {"means": ("covariate", [8.3456]), "spread": ("covariate", [5.1])}
    >>> exact = {f"covariate_{name}": value for name, value in exact.items()}
    >>> told = with_rounded_means(xr.Dataset({**exact, "n_respondents": 100}))
    >>> told["covariate_means"].to_numpy().tolist(), "covariate_spread" in told
    ([8.5], False)
    """
    for prefix in ("covariate", "zero_covariate"):
        if f"{prefix}_spread" not in constant:
            continue
        means = constant[f"{prefix}_means"]
        n = int(constant["n_respondents"])
        spreads = constant[f"{prefix}_spread"].to_numpy().tolist()
        rounded = [
            rounded_mean(mean, spread, n)
            for mean, spread in zip(means.to_numpy().tolist(), spreads, strict=True)
        ]
        constant = constant.drop_vars(f"{prefix}_spread").assign(
            {f"{prefix}_means": means.copy(data=np.array(rounded, dtype=float))}
        )
    return constant


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
