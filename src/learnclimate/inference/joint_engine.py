"""The fit of a joint model as an engine beside others: draws of its count model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.errors import SurveyError
from learnclimate.inference.engine import EngineDraws, EngineError, SamplingOptions
from learnclimate.joint.model import JointModel
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.fitting import EngineName


@dataclass(frozen=True, slots=True)
class JointProblem:
    """
    A joint model brought together with its answers.

    Attributes
    ----------
    model : JointModel
        The declaration.
    survey : Survey
        The answers to items and outcome.
    """

    model: JointModel
    survey: Survey


@dataclass(frozen=True, slots=True)
class JointEngine:
    """
    Plausible values and fits of the count model in turn.

    Attributes
    ----------
    name : {"auto", "marginal", "nuts"}
        The engine that fits the count model.
    """

    name: "EngineName"

    def obstacle(self, problem: JointProblem) -> str | None:
        """
        Say why the engine does not apply.

        Parameters
        ----------
        problem : JointProblem
            The problem.

        Returns
        -------
        str or None
            The reason; None where it applies.
        """
        if self.name == "marginal" and problem.model.count.between == "latent":
            return "latent team means are not integrated out"
        return None

    def run(self, problem: JointProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample the posterior of the count model, the factors uncertain.

        Parameters
        ----------
        problem : JointProblem
            The problem.
        options : SamplingOptions
            Draws and seed.

        Returns
        -------
        EngineDraws
            The draws.

        Raises
        ------
        EngineError
            If an item never varies.
        """
        from learnclimate.inference.joint import fit_mixture

        try:
            fitted = fit_mixture(
                problem.model,
                problem.survey,
                engine=self.name,
                draws=options.draws,
                seed=options.seed,
            ).count
        except SurveyError as error:
            raise EngineError(str(error)) from error
        posterior = fitted.draws["posterior"].to_dataset()
        arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
        return EngineDraws(arrays, {}, fitted.certificate)
