"""The fit of a joint model as an engine beside others: draws of its count model."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.errors import LearnClimateWarning, SurveyError
from learnclimate.inference.engine import EngineDraws, EngineError, SamplingOptions
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_design import factor_design
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
        if self.name != "marginal":
            return None
        if problem.model.count.between == "latent":
            return "latent team means are not integrated out"
        from learnclimate.inference.factors.engine import FactorProblem, obstacle

        factor = problem.model.factor
        return obstacle(FactorProblem(factor, factor_design(factor, problem.survey)))

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
            with warnings.catch_warnings():
                # The certificate of the mixture says the same.
                warnings.simplefilter("ignore", LearnClimateWarning)
                fitted = fit_mixture(
                    problem.model,
                    problem.survey,
                    engine=self.name,
                    draws=options.draws,
                    seed=options.seed,
                    factor_engine=self.name,
                ).count
        except SurveyError as error:
            raise EngineError(str(error)) from error
        posterior = fitted.draws["posterior"].to_dataset()
        arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
        return EngineDraws(arrays, {}, fitted.certificate)
