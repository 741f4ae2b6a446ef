"""The NUTS engine: the joint posterior through nutpie; the independent referee."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import POSTERIOR_DIMS
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import CountProblem, EngineDraws, SamplingOptions
from learnclimate.inference.private_seed import seed_of_sampler
from learnclimate.inference.progress import working
from learnclimate.inference.remedies import (
    NutsDiagnostics,
    NutsSettings,
    certificate_checks,
    remedy,
)

if TYPE_CHECKING:
    import xarray as xr

FloatArray = npt.NDArray[np.float64]

_CHAINS = 4
_TUNE = 1000
_TARGET_ACCEPT = 0.95
_MAX_DEPTH = 10
#: Draws a chain, at least, where team means are latent: fewer do not tell whether chains agree on
#: how far teams differ apart from their composition; each is cheap.
_LEAST_LATENT = 1500


class NutsEngine:
    """The No-U-Turn Sampler on the joint posterior of all parameters and team effects."""

    name = "nuts"

    def obstacle(self, problem: CountProblem) -> str | None:  # noqa: ARG002 - the Engine protocol
        """
        Say why the engine does not apply: it always does.

        Parameters
        ----------
        problem : CountProblem
            The problem.

        Returns
        -------
        None
            Always.
        """
        return None

    def run(self, problem: CountProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample the posterior; if a diagnostic is bad, try its remedy once.

        Parameters
        ----------
        problem : CountProblem
            The problem.
        options : SamplingOptions
            How to sample; ``executor`` is not used, chains run in threads.

        Returns
        -------
        EngineDraws
            The draws of the better run, certified.

        References
        ----------
        Hoffman and Gelman (2014), Journal of Machine Learning Research 15, 1593-1623.
        """
        wanted = max(options.draws // _CHAINS, 1)
        latent = problem.design.coding.latent_composition
        drawn = max(wanted, _LEAST_LATENT) if latent else wanted
        settings = NutsSettings(drawn, _TUNE, _TARGET_ACCEPT)
        message = "Compiling the model for NUTS (about 20 s the first time)"
        with working(message, shown=options.progress):
            compiled = self.compiled(problem, options.seed)
        sampled = sample_certified(
            compiled, settings, POSTERIOR_DIMS, seed=options.seed, progress=options.progress
        )
        posterior, stats = kept_draws(sampled.tree, POSTERIOR_DIMS, wanted)
        return EngineDraws(
            posterior=posterior,
            sample_stats=stats,
            certificate=Certificate(self.name, sampled.checks, sampled.actions),
        )

    def compiled(self, problem: CountProblem, seed: int) -> Any:
        """
        Build the model of a problem and compile it.

        Parameters
        ----------
        problem : CountProblem
            The problem.
        seed : int
            Seed of the initial points.

        Returns
        -------
        object
            For `sample_certified`.
        """
        from learnclimate.counts.pymc_model import build_from_design

        built = build_from_design(problem.model, problem.design, problem.priors)
        return compiled_model(built, seed)


@dataclass(frozen=True, slots=True)
class Sampled:
    """
    The better of one or two runs of NUTS.

    Attributes
    ----------
    tree : xarray.DataTree
        Its draws.
    checks : tuple of CertificateCheck
        Its diagnostics.
    actions : tuple of str
        What was tried.
    """

    tree: "xr.DataTree"
    checks: tuple[CertificateCheck, ...]
    actions: tuple[str, ...]


def sample_certified(
    compiled: Any,
    settings: NutsSettings,
    names: Mapping[str, object],
    *,
    seed: int,
    progress: bool,
) -> Sampled:
    """
    Sample a compiled model; if a diagnostic is bad, try its remedy once.

    Parameters
    ----------
    compiled : object
        A model compiled by nutpie.
    settings : NutsSettings
        How to sample.
    names : mapping of str to object
        Variables whose convergence counts.
    seed : int
        Seed.
    progress : bool
        Whether to show what goes on.

    Returns
    -------
    Sampled
        The better run.
    """
    with working("Sampling with NUTS, 4 chains", shown=progress):
        tree = _sampled(compiled, settings, seed)
    checks = certificate_checks(_diagnostics(tree, names))
    actions: tuple[str, ...] = ()
    cure = remedy(checks, settings)
    if cure is not None:
        words, better = cure
        with working(words, shown=progress):
            again = _sampled(compiled, better, seed + 1)
        new_checks = certificate_checks(_diagnostics(again, names))
        helped = _count_bad(new_checks) <= _count_bad(checks)
        outcome = "it helped" if _count_bad(new_checks) < _count_bad(checks) else "no better"
        actions = (f"{words}; {outcome}.",)
        if helped:
            tree, checks = again, new_checks
    return Sampled(tree, checks, actions)


def _count_bad(checks: tuple[Any, ...]) -> int:
    return sum(check.verdict == "bad" for check in checks)


def compiled_model(built: Any, seed: int) -> Any:
    """
    Compile a PyMC model for nutpie.

    Parameters
    ----------
    built : pymc.Model
        The model.
    seed : int
        Seed of the initial points.

    Returns
    -------
    object
        For `sample_certified`.
    """
    import warnings

    import nutpie

    initial = built.initial_point(random_seed=seed_of_sampler(seed))
    with warnings.catch_warnings():
        # numba tells of its own parallel settings; nothing the user could mend.
        warnings.filterwarnings("ignore", module=r"numba|pytensor|nutpie")
        return nutpie.compile_pymc_model(built, backend="numba", initial_points=initial)


def _sampled(compiled: Any, settings: NutsSettings, seed: int) -> "xr.DataTree":
    import nutpie

    tree: xr.DataTree = nutpie.sample(
        compiled,
        draws=settings.draws,
        tune=settings.tune,
        chains=_CHAINS,
        cores=min(_CHAINS, _processors()),
        seed=seed_of_sampler(seed),
        target_accept=settings.target_accept,
        maxdepth=_MAX_DEPTH,
        progress_bar=False,
        save_warmup=False,
    )
    return tree


def _processors() -> int:
    """Count the processors this process may use; Python 3.12 knows no `process_cpu_count`."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _diagnostics(tree: "xr.DataTree", names: Mapping[str, object]) -> NutsDiagnostics:
    from arviz_stats import bfmi

    from learnclimate.inference.convergence import convergence

    stats = tree["sample_stats"]
    worst = convergence(_variables(tree["posterior"], names))
    return NutsDiagnostics(
        max_rhat=float(np.nanmax(worst["rhat"])),
        min_ess_bulk=float(np.nanmin(worst["ess_bulk"])),
        min_ess_tail=float(np.nanmin(worst["ess_tail"])),
        n_divergent=int(stats["diverging"].sum()),
        share_max_depth=float((stats["depth"] >= _MAX_DEPTH).mean()),
        min_bfmi=float(np.min(bfmi(np.asarray(stats["energy"])))),
    )


def kept_draws(
    tree: "xr.DataTree", names: Mapping[str, object], wanted: int
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """
    Take the draws to keep out of a run.

    Parameters
    ----------
    tree : xarray.DataTree
        The run.
    names : mapping of str to object
        Variables to keep.
    wanted : int
        Draws a chain.

    Returns
    -------
    posterior, sample_stats : dict of str to ndarray of shape (n_chains, wanted, ...)
        The draws.
    """
    posterior = _thinned(_variables(tree["posterior"], names), wanted)
    return posterior, _thinned(_statistics(tree), wanted)


def _variables(dataset: Any, names: Mapping[str, object]) -> dict[str, FloatArray]:
    return {name: dataset[name].to_numpy() for name in names if name in dataset}


def _statistics(tree: "xr.DataTree") -> dict[str, FloatArray]:
    stats = tree["sample_stats"]
    wanted = {"diverging": "diverging", "energy": "energy", "depth": "tree_depth"}
    wanted |= {"n_steps": "n_steps", "logp": "lp", "step_size": "step_size"}
    return {new: stats[old].to_numpy() for old, new in wanted.items() if old in stats}


def _thinned(arrays: Mapping[str, FloatArray], wanted: int) -> dict[str, FloatArray]:
    """Thin a longer run to the number of draws that was asked for."""
    return {
        name: values[:, :: max(values.shape[1] // wanted, 1)][:, :wanted]
        for name, values in arrays.items()
    }
