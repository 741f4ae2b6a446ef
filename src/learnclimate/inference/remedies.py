"""From the diagnostics of NUTS to checks in words, and to one named remedy."""

from dataclasses import dataclass, replace

import numpy as np

from learnclimate.inference.certificate import CertificateCheck, Verdict

_RHAT_BOUND = 1.01
_ESS_BOUND = 400.0
_BFMI_BOUND = 0.3
_DEPTH_BOUND = 0.01


@dataclass(frozen=True, slots=True)
class NutsSettings:
    """
    Settings of a run of NUTS.

    Attributes
    ----------
    draws, tune : int
        Iterations a chain, kept and for tuning.
    target_accept : float
        Target acceptance; higher means smaller steps.
    """

    draws: int
    tune: int
    target_accept: float


@dataclass(frozen=True, slots=True)
class NutsDiagnostics:
    """
    Diagnostics of a run of NUTS.

    Attributes
    ----------
    max_rhat, min_ess_bulk, min_ess_tail : float
        Worst over all parameters, team effects included.
    n_divergent : int
        Divergent transitions after tuning.
    share_max_depth : float
        Share of draws whose trajectory was cut off.
    min_bfmi : float
        Lowest energy Bayesian fraction of missing information over the chains.
    """

    max_rhat: float
    min_ess_bulk: float
    min_ess_tail: float
    n_divergent: int
    share_max_depth: float
    min_bfmi: float


def certificate_checks(found: NutsDiagnostics) -> tuple[CertificateCheck, ...]:
    """
    Hold diagnostics against their bounds.

    Parameters
    ----------
    found : NutsDiagnostics
        Diagnostics of a run.

    Returns
    -------
    tuple of CertificateCheck
        One a diagnostic.

    References
    ----------
    Vehtari and others (2021), doi 10.1214/20-BA1221.
    """
    size = min(found.min_ess_bulk, found.min_ess_tail)
    return (
        _at_most("R-hat", found.max_rhat, _RHAT_BOUND,
                 f"the chains agree up to {found.max_rhat:.3f} (1 is perfect)"),
        _at_least("effective sample size", size, _ESS_BOUND,
                  f"the least certain quantity rests on {size:.0f} independent draws' worth"),
        _at_most("divergences", found.n_divergent, 0.0,
                 f"{found.n_divergent} trajectories met curvature they could not follow"),
        _at_least("energy", found.min_bfmi, _BFMI_BOUND,
                  f"the chains explore the energies with a fraction of {found.min_bfmi:.2f}"),
        _at_most("trajectory length", found.share_max_depth, _DEPTH_BOUND,
                 f"{found.share_max_depth:.1%} of the trajectories were cut off"),
    )  # fmt: skip


def _at_most(name: str, value: float, bound: float, words: str) -> CertificateCheck:
    return CertificateCheck(name, _verdict(value, bound - value), float(value), bound, words)


def _at_least(name: str, value: float, bound: float, words: str) -> CertificateCheck:
    return CertificateCheck(name, _verdict(value, value - bound), float(value), bound, words)


def _verdict(value: float, margin: float) -> Verdict:
    if np.isnan(value):
        return "not applicable"
    return "good" if margin >= 0 else "bad"


def remedy(
    checks: tuple[CertificateCheck, ...], settings: NutsSettings
) -> tuple[str, NutsSettings] | None:
    """
    Name the one remedy for what went wrong.

    Parameters
    ----------
    checks : tuple of CertificateCheck
        The checks of a run.
    settings : NutsSettings
        Its settings.

    Returns
    -------
    (str, NutsSettings) or None
        The remedy in words and the settings to try; None where nothing is bad.
    """
    bad = {check.name: check for check in checks if check.verdict == "bad"}
    if not bad:
        return None
    if "divergences" in bad:
        count = round(bad["divergences"].value)
        return (
            f"{count} divergences: sampled again with a target acceptance of 0.99, tuned longer",
            replace(settings, tune=2 * settings.tune, target_accept=0.99),
        )
    named = ", ".join(bad)
    return (
        f"{named} out of bounds: sampled again with twice the tuning and three times the draws",
        replace(settings, tune=2 * settings.tune, draws=3 * settings.draws),
    )
