"""`JointModel`: a count model in which what a scale measures is itself uncertain."""

from dataclasses import dataclass
from typing import Any

from learnclimate.core.errors import ArgumentTypeError, ModelError, nearest
from learnclimate.core.showing import Declared
from learnclimate.counts.model import CountModel
from learnclimate.counts.unknown_levels import LEAVE_OUT
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey


@dataclass(frozen=True, slots=True, repr=False)
class JointModel(Declared):
    """
    A count model with the factors of scales among its covariates.

    The factors stand under the names of their scales, and the count model uses them by that
    name: as a covariate, or as a moderator of the frequency's slope. A factor model with
    ``levels="team"`` puts the team's factor there, in standard deviations over teams, one of the
    respondents' level each respondent's own.

    Parameters
    ----------
    count : CountModel
        The count model. Where it leaves its covariates open, the factors are among them.
    factor : FactorModel or GradedResponse
        What the scales measure.

    Raises
    ------
    ArgumentTypeError
        If a part has the wrong type.
    ModelError
        If the count model does not use a factor, or sums levels of the frequency out.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> JointModel(CountModel(), FactorModel("leadership_of_learning")).names
    ('leadership_of_learning',)
    """

    count: CountModel
    factor: FactorModel | GradedResponse

    def __post_init__(self) -> None:
        """Check the parts against each other."""
        if not isinstance(self.count, CountModel):
            raise ArgumentTypeError(
                f"JointModel(count={self.count!r}): give a count model, as CountModel()."
            )
        if not isinstance(self.factor, FactorModel | GradedResponse):
            raise ArgumentTypeError(
                f"JointModel(factor={self.factor!r}): give a factor model, as FactorModel(scale)."
            )
        if self.count.missing_frequency != LEAVE_OUT:
            raise ModelError(
                f"JointModel: levels are not summed out beside factors, whose answers are drawn "
                f"for those who answered the frequency. Leave missing_frequency="
                f"{self.count.missing_frequency!r} out of CountModel."
            )
        used = self.count.covariates
        for name in self.names:
            if used is not None and name not in used:
                raise ModelError(
                    f"JointModel: the count model does not use the factor {name!r}. Name it among "
                    f"CountModel(covariates=...). {nearest(name, used)}"
                )

    def build(self, survey: Survey) -> Any:
        """
        Build the PyMC model of a survey: items, factors and counts, all uncertain together.

        Parameters
        ----------
        survey : Survey
            The answers.

        Returns
        -------
        pymc.Model
            As `build_model`.
        """
        from learnclimate.joint.pymc_joint import build_joint_model

        return build_joint_model(self, survey)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(
            scale.name if isinstance(scale, Scale) else scale for scale in self.factor.scales
        )
