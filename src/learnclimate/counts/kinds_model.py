"""`KindsModel`: counts of several kinds of activity in one model, declared."""

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.names import distinct_names
from learnclimate.core.showing import Called, html_fields
from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear, Monotonic
from learnclimate.counts.kinds_design import KindsDesign, kinds_design
from learnclimate.counts.kinds_priors import KindsPriors, resolve_kinds_priors
from learnclimate.counts.model import CountModel
from learnclimate.counts.unknown_levels import LEAVE_OUT
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.counts.formula import ModelFormula


#: Options of a `CountModel` that several kinds do not take: what says nothing, and why.
_REFUSED: dict[str, tuple[object, str]] = {
    "family": (
        None,
        "counts are Poisson given the respondents' effects, which scatter them. Leave it out",
    ),
    "moderators": (
        (),
        "nothing shifts slopes here. Name it among covariates=..., so that it shifts the level",
    ),
    "interactions": ((), "frequencies do not interact here. Leave it out"),
    "between": (
        False,
        "teams have no composition here. Name a column of the team's mean among covariates=...",
    ),
    "department_effects": (
        (),
        "departments have no effects here. If few, name their column among covariates=...",
    ),
    "missing_frequency": (LEAVE_OUT, "levels are not summed out here. Leave it out"),
}


def _refuse_options(given: dict[str, object]) -> None:
    for name, (nothing, why) in _REFUSED.items():
        if given[name] != nothing:
            raise ModelError(
                f"KindsModel({name}={given[name]!r}): {why}; or fit CountModel({name}=...) to one "
                "kind at a time, Codebook(outcome='training')."
            )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KindsModel(Called):
    """
    Counts of several kinds of activity in one model, kinds partially pooled.

    Each count is Poisson about a rate whose logarithm is, for its kind, an intercept, a curve
    over the levels of each frequency, covariates, the effects of the respondent's team, and an
    effect of the respondent. Intercepts, curves and covariate effects of the kinds scatter about
    common values; effects of a team on the kinds go together, and so do those of a respondent.

    The respondents' effects are what makes counts scatter more than Poisson ones (a
    Poisson-lognormal model). A negative binomial beside them is not offered: one count a
    respondent and kind does not tell its dispersion from their standard deviation.

    Parameters
    ----------
    frequency : Monotonic or Linear, default Monotonic()
        How every frequency enters.
    team_effects : tuple of str, default ("intercept", "frequency")
        What varies over teams, for every kind: ``"intercept"``, ``"frequency"`` (the slope of
        every frequency) or the name of one frequency column. Empty for none.
    covariates : tuple of str, optional
        Covariates to adjust for; those of the codebook where left out.
    pooled : bool, default True
        Whether intercepts, curves and covariate effects of the kinds are pooled. Without, each
        kind has priors of its own; teams and respondents still tie the kinds together.
    priors : KindsPriors, optional
        Priors to use; see `priors_for`.
    family, moderators, interactions, between, department_effects, missing_frequency : object
        Options of `CountModel` that are refused, with what to do instead.

    Raises
    ------
    ModelError
        If an option of `CountModel` is given that models of several kinds do not have.
    ArgumentTypeError
        If a coding or prior is not one.
    ArgumentError
        If a team effect or a covariate is named twice, or a prior is given of what the model
        does not have.

    References
    ----------
    Aitchison and Ho (1989), The multivariate Poisson-log normal distribution, Biometrika 76,
    643-653, doi 10.1093/biomet/76.4.643.

    Examples
    --------
    >>> KindsModel(team_effects=("intercept",)).pooled
    True
    """

    frequency: Monotonic | Linear = Monotonic()
    team_effects: tuple[str, ...] = (INTERCEPT, "frequency")
    covariates: tuple[str, ...] | None = None
    pooled: bool = True
    priors: KindsPriors | None = None
    # Of a CountModel, and refused by name: what is left out in silence would be missed.
    family: InitVar[object] = None
    moderators: InitVar[object] = ()
    interactions: InitVar[object] = ()
    between: InitVar[object] = False
    department_effects: InitVar[object] = ()
    missing_frequency: InitVar[object] = LEAVE_OUT

    def __post_init__(
        self,
        family: object,
        moderators: object,
        interactions: object,
        between: object,
        department_effects: object,
        missing_frequency: object,
    ) -> None:
        """Check the declaration against itself."""
        _refuse_options(
            {
                "family": family,
                "moderators": moderators,
                "interactions": interactions,
                "between": between,
                "department_effects": department_effects,
                "missing_frequency": missing_frequency,
            }
        )
        if not isinstance(self.frequency, Monotonic | Linear):
            raise ArgumentTypeError(
                f"KindsModel(frequency={self.frequency!r}): give Monotonic() or Linear()."
            )
        if not isinstance(self.pooled, bool):
            raise ArgumentTypeError(f"KindsModel(pooled={self.pooled!r}): give True or False.")
        if self.priors is not None and not isinstance(self.priors, KindsPriors):
            raise ArgumentTypeError(
                f"KindsModel(priors={self.priors!r}): give KindsPriors(...), the priors by name."
            )
        for field in ("team_effects", "covariates"):
            value = getattr(self, field)
            if value is not None or field != "covariates":
                checked = distinct_names(f"KindsModel({field}=...)", value)
                object.__setattr__(self, field, checked)
        self._refuse_unused_priors()

    def _refuse_unused_priors(self) -> None:
        has = {
            "team_sd": (bool(self.team_effects), "without team_effects"),
            "team_correlation": (bool(self.team_effects), "without team_effects"),
            "covariates": (self.covariates != (), "without covariates"),
            "covariates_sd": (self.covariates != (), "without covariates"),
            "frequency_shape": (isinstance(self.frequency, Monotonic), "with Linear()"),
            "frequency_shape_sd": (isinstance(self.frequency, Monotonic), "with Linear()"),
        }
        for field, (used, why) in has.items():
            if self.priors is not None and getattr(self.priors, field) is not None and not used:
                raise ArgumentError(
                    f"KindsModel(priors=KindsPriors({field}=...)): not used {why}. Leave it out "
                    "of priors."
                )

    def _repr_html_(self) -> str:
        return html_fields(self, caption="Model of several kinds, as declared")

    def of_total(self) -> CountModel:
        """
        Give the count model that codes the respondents in the same way.

        Returns
        -------
        CountModel
            Of one Poisson count.

        Examples
        --------
        >>> KindsModel(covariates=("tenure",)).of_total().covariates
        ('tenure',)
        """
        return CountModel(
            family=Poisson(),
            frequency=self.frequency,
            team_effects=self.team_effects,
            covariates=self.covariates,
        )

    def design(self, survey: Survey) -> KindsDesign:
        """
        Code a survey into the arrays of this model.

        Parameters
        ----------
        survey : Survey
            Answers that were read and validated, the outcome asked by kind.

        Returns
        -------
        KindsDesign
            The arrays.

        Raises
        ------
        ModelError
            If the survey lacks what the model declares, or cannot tell its parts apart.

        Examples
        --------
        >>> import learnclimate as lc
        >>> survey = lc.simulate_survey(n_teams=8, truth=lc.KindsTruth(), seed=1)
        >>> KindsModel().design(survey).n_kinds
        3
        """
        return kinds_design(self, survey)

    def priors_for(self, survey: Survey) -> KindsPriors:
        """
        Show which priors will be used for a survey.

        Parameters
        ----------
        survey : Survey
            The survey; it tells the scale of the default intercept.

        Returns
        -------
        KindsPriors
            Every field that the model has; ``print`` shows a table.

        Examples
        --------
        >>> import learnclimate as lc
        >>> survey = lc.simulate_survey(n_teams=8, truth=lc.KindsTruth(), seed=1)
        >>> KindsModel().priors_for(survey).frequency_sd
        Exponential(rate=2.0)
        """
        return resolve_kinds_priors(self.priors, self.design(survey), pooled=self.pooled)

    def formula(self, survey: Survey) -> "ModelFormula":
        """
        Write the model as a brms formula and in mathematical notation.

        Parameters
        ----------
        survey : Survey
            The survey: its columns and levels.

        Returns
        -------
        ModelFormula
            ``.brms``, ``.text`` and ``.latex``; printing shows the first two.

        Examples
        --------
        >>> import learnclimate as lc
        >>> survey = lc.simulate_survey(n_teams=8, truth=lc.KindsTruth(), seed=1)
        >>> print(KindsModel(covariates=()).formula(survey).brms.splitlines()[-1])
        set_rescor(FALSE)
        """
        from learnclimate.counts.kinds_formula import kinds_formula

        return kinds_formula(self, survey)

    def build(self, survey: Survey) -> "pm.Model":
        """
        Build the PyMC model of a survey.

        Parameters
        ----------
        survey : Survey
            The survey.

        Returns
        -------
        pymc.Model
            A plain model with named dims, yours to extend; see `build_model`.
        """
        from learnclimate.counts.pymc_kinds import build_kinds

        design = self.design(survey)
        priors = resolve_kinds_priors(self.priors, design, pooled=self.pooled)
        return build_kinds(self, design, priors)
