"""NUTS for models of several kinds, and why the marginal engine does not take them."""

from dataclasses import dataclass
from typing import Any

from learnclimate.core import kind_labels as kinds
from learnclimate.core.errors import ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.engine import EngineDraws, SamplingOptions
from learnclimate.inference.progress import working
from learnclimate.inference.remedies import NutsSettings

_CHAINS = 4
_TUNE = 1000
_TARGET_ACCEPT = 0.95
#: Of every so many draws one is kept: draws are large, and twice as many are not.
_THIN = 2
#: Why another engine than NUTS is refused.
NO_MARGINAL = (
    "The marginal engine does not apply: every respondent has effects on several kinds that go "
    "together."
)
_WHY_NUTS = (
    "Sampled with NUTS, because every respondent has effects on several kinds that go together, "
    "which the marginal engine does not integrate out."
)


@dataclass(frozen=True, slots=True)
class KindsProblem:
    """
    A model of several kinds brought together with its data and priors.

    Attributes
    ----------
    model : KindsModel
        The declaration.
    design : KindsDesign
        The respondents and their counts.
    priors : KindsPriors
        A prior for every parameter.
    """

    model: KindsModel
    design: KindsDesign
    priors: KindsPriors


class KindsMarginal:
    """The marginal engine, which takes no model of several kinds."""

    name = "marginal"

    def obstacle(self, problem: KindsProblem) -> str | None:  # noqa: ARG002 - as every engine
        """
        Say why the engine does not apply.

        Parameters
        ----------
        problem : KindsProblem
            The problem.

        Returns
        -------
        str
            Always.
        """
        return "every respondent has effects on several kinds that go together"

    def run(self, problem: KindsProblem, options: SamplingOptions) -> EngineDraws:  # noqa: ARG002
        """
        Refuse.

        Parameters
        ----------
        problem : KindsProblem
            The problem.
        options : SamplingOptions
            How to sample.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(f"{NO_MARGINAL} Use engine='nuts' or 'auto'.")


class KindsNuts:
    """NUTS for models of several kinds; compiled once for the same respondents."""

    name = "nuts"

    def __init__(self) -> None:
        self._compiled: Any = None
        self._people: CountDesign | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the compiled model behind: another process compiles its own."""
        return {"_compiled": None, "_people": None}

    def obstacle(self, problem: KindsProblem) -> str | None:  # noqa: ARG002 - as every engine
        """
        Say why the engine does not apply: it always does.

        Parameters
        ----------
        problem : KindsProblem
            The problem.

        Returns
        -------
        None
            Always.
        """
        return None

    def run(self, problem: KindsProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample the posterior; if a diagnostic is bad, try its remedy once.

        Parameters
        ----------
        problem : KindsProblem
            The problem.
        options : SamplingOptions
            How to sample; chains run in threads.

        Returns
        -------
        EngineDraws
            The draws, certified.
        """
        from learnclimate.inference.nuts import kept_draws, sample_certified

        design = problem.design
        compiled = self._for(problem, options)
        wanted = max(options.draws // _CHAINS, 1)
        settings = NutsSettings(_THIN * wanted, _TUNE, _TARGET_ACCEPT)
        names = kinds.KIND_DIMS
        sampled = sample_certified(
            compiled, settings, names, seed=options.seed, progress=options.progress
        )
        posterior, stats = kept_draws(sampled.tree, names, wanted)
        actions = (_WHY_NUTS, *_left_open(design), *sampled.actions)
        return EngineDraws(posterior, stats, Certificate("nuts", sampled.checks, actions))

    def _for(self, problem: KindsProblem, options: SamplingOptions) -> Any:
        """Compile, or put other counts of the same respondents into what was compiled."""
        from learnclimate.counts.kinds_working import kinds_data
        from learnclimate.counts.pymc_kinds import build_kinds
        from learnclimate.inference.nuts import compiled_model

        design = problem.design
        if self._people is design.people:
            return self._compiled.with_data(**kinds_data(problem.model, design))
        message = "Compiling the model of several kinds for NUTS (about a minute)"
        with working(message, shown=options.progress):
            built = build_kinds(problem.model, design, problem.priors)
            compiled = compiled_model(built, options.seed)
        # Another thread may put its own in this place before this one is handed back.
        self._compiled, self._people = compiled, design.people
        return compiled


def _left_open(design: KindsDesign) -> tuple[str, ...]:
    """Say that some left a kind open, and that their other kinds are kept; not how many."""
    kinds = zip(design.kinds, design.n_left_open.tolist(), strict=True)
    told = ", ".join(repr(kind) for kind, number in kinds if number)
    if not told:
        return ()
    return (f"Left open: {told} by some; their answers to the other kinds are kept.",)
