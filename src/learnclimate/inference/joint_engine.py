"""The fit of a joint model as an engine beside others: draws of its count model."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.errors import LearnClimateWarning, ModelError, SurveyError
from learnclimate.inference.engine import EngineDraws, EngineError, SamplingOptions
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.engine_choice import EngineName

#: Draws of the factor model, at least.
_LEAST_DRAWS = 400


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
    items : FactorDesign, optional
        Answers to the items in the place of the survey's: simulated ones of items taken for
        continuous, which a survey cannot hold.
    """

    model: JointModel
    survey: Survey
    items: FactorDesign | None = None


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
            If the answers allow no fit: an item never varies, or the frequency does not.
        """
        from learnclimate.inference.joint import fit_mixture

        try:
            with warnings.catch_warnings():
                # The certificate of the mixture says the same.
                warnings.simplefilter("ignore", LearnClimateWarning)
                fitted = fit_mixture(
                    problem.model,
                    problem.survey,
                    self._factor_fit(problem, options),
                    engine=self.name,
                    draws=options.draws,
                    seed=options.seed,
                ).count
        except (SurveyError, ModelError) as error:
            raise EngineError(str(error)) from error
        posterior = fitted.draws["posterior"].to_dataset()
        arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
        return EngineDraws(arrays, {}, fitted.certificate)

    def _factor_fit(self, problem: JointProblem, options: SamplingOptions) -> FactorFit:
        """Fit the items as `fit` does: by the fast engine wherever that applies."""
        from learnclimate.inference.factors.fitting import FactorOptions, fit_of_design

        factor, items = problem.model.factor, problem.items
        if items is None:
            items = factor_design(factor, problem.survey)
        how = FactorOptions(
            engine="marginal" if self.name == "marginal" else "auto",
            draws=max(-(-options.draws // 4) * 4, _LEAST_DRAWS),
            seed=options.seed,
            progress=False,
        )
        return fit_of_design(factor, items, problem.survey, how)
