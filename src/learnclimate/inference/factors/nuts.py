"""NUTS on the joint posterior of items and factors: the referee, and the way where grids end."""

from learnclimate.inference.certificate import Certificate
from learnclimate.inference.engine import EngineDraws, SamplingOptions
from learnclimate.inference.factors.engine import FactorProblem
from learnclimate.inference.factors.variables import FACTOR_DIMS
from learnclimate.inference.nuts import compiled_model, kept_draws, sample_certified
from learnclimate.inference.progress import working
from learnclimate.inference.remedies import NutsSettings

_CHAINS = 4
_TUNE = 800
_TARGET_ACCEPT = 0.9


class NutsFactors:
    """NUTS for factor models, as an engine beside others."""

    name = "nuts"

    def obstacle(self, problem: FactorProblem) -> str | None:  # noqa: ARG002 - as every engine
        """
        Say why the engine does not apply: it always does.

        Parameters
        ----------
        problem : FactorProblem
            The problem.

        Returns
        -------
        None
            Always.
        """
        return None

    def run(self, problem: FactorProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample parameters and factors jointly.

        Parameters
        ----------
        problem : FactorProblem
            The problem.
        options : SamplingOptions
            Draws, seed and whether to show progress.

        Returns
        -------
        EngineDraws
            The draws.
        """
        return run_nuts(problem, draws=options.draws, seed=options.seed, progress=options.progress)


def run_nuts(problem: FactorProblem, *, draws: int, seed: int, progress: bool) -> EngineDraws:
    """
    Sample parameters and factors jointly.

    Parameters
    ----------
    problem : FactorProblem
        The problem.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    progress : bool
        Whether to show what goes on.

    Returns
    -------
    EngineDraws
        The draws.

    References
    ----------
    Hoffman and Gelman (2014), Journal of Machine Learning Research 15, 1593-1623.
    """
    from learnclimate.measurement.factor_pymc import build_from_factor_design

    with working("Compiling the model for NUTS (about 20 s the first time)", shown=progress):
        compiled = compiled_model(build_from_factor_design(problem.model, problem.design), seed)
    settings = NutsSettings(max(draws // _CHAINS, 1), _TUNE, _TARGET_ACCEPT)
    sampled = sample_certified(compiled, settings, FACTOR_DIMS, seed=seed, progress=progress)
    posterior, stats = kept_draws(sampled.tree, FACTOR_DIMS, settings.draws)
    return EngineDraws(posterior, stats, Certificate("nuts", sampled.checks, sampled.actions))
