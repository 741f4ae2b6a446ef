"""`CountModel`: the count model, declared; declaring never samples."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.names import distinct_names
from learnclimate.core.showing import Called, html_fields
from learnclimate.counts.composition import checked_between
from learnclimate.counts.design import CountDesign
from learnclimate.counts.design_from_survey import design_from_survey
from learnclimate.counts.families import FAMILIES, Family, NegativeBinomial
from learnclimate.counts.frequency import FrequencyCodingKind, Linear, Monotonic, Unordered
from learnclimate.counts.interactions import checked_pairs
from learnclimate.counts.prior_choice import (
    ZERO_TEAM_SD,
    Priors,
    ResolvedPriors,
    ScalarPrior,
    resolve_priors,
)
from learnclimate.counts.slope_shifts import SlopeShift
from learnclimate.counts.unknown_levels import LEAVE_OUT, checked_missing_frequency
from learnclimate.counts.unused_priors import refuse_unused_priors
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.counts.formula import ModelFormula


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CountModel(Called):
    """
    Hierarchical count model of learning activities by conversation frequency.

    The log of the expected count per unit of exposure is an intercept, plus a curve
    over the levels of each frequency, plus covariates, plus the effects of the
    respondent's team.

    Parameters
    ----------
    family : family, default NegativeBinomial()
        Distribution of the counts: `Poisson`, `NegativeBinomial`, `ZeroInflatedPoisson`,
        `ZeroInflatedNegativeBinomial`, `HurdlePoisson`, `HurdleNegativeBinomial` or, for a
        number out of K, `BetaBinomial`, whose log odds take the place of the log rate.
    frequency : Monotonic, Unordered, Linear, or mapping of column to one, default Monotonic()
        How each ordered frequency enters.
    team_effects : tuple of str, default ("intercept", "frequency")
        What varies over teams: ``"intercept"``, ``"frequency"`` (the slope of every
        frequency) or the name of one frequency column. Effects are correlated. Empty
        for a model without team effects. Where the survey has no frequency,
        ``"frequency"`` must be left out.
    covariates : tuple of str, optional
        Covariates to adjust for; those of the codebook where left out.
    moderators : tuple of str, default ()
        What describes teams: covariates that are the same for all of a team, and scales, of
        which the team's mean score is taken. Each shifts the teams' level, as a covariate
        does, and the slope of every frequency.
    interactions : tuple of pairs of str, default ()
        Pairs of frequencies of which the one's slope differs by the level of the other.
    between : bool, "manifest" or "latent", default False
        Whether the composition of a respondent's team matters besides their own frequency:
        how often its members talk, by their observed mean (True, ``"manifest"``) or by a mean
        that is estimated from their answers (``"latent"``).
    department_effects : tuple of str, default ()
        What varies over departments, apart from their teams, as in `team_effects`.
    missing_frequency : {"leave_out", "sum_out"}, default "leave_out"
        What becomes of respondents who answered all but the frequency. ``"sum_out"`` reads
        their counts too: the likelihood of one is the sum over the levels of the probability
        of the level times that of the count there. That is right where leaving the frequency
        open does not depend on the level itself, given count, team and covariates, and where
        the level goes with neither team nor covariates: one set of probabilities holds for
        all. Leaving such respondents out is right where it does not depend on the count.
        Fewer than five of them are left out all the same: they would change next to nothing,
        and be told of.
    priors : Priors, optional
        Priors to use; see `priors_for`.

    Raises
    ------
    ArgumentTypeError
        If a family, coding or prior is not one.
    ArgumentError
        If a team effect or a covariate is named twice, a pair holds the same name twice, or a
        prior is given of what the model does not have.

    Examples
    --------
    >>> from learnclimate.counts.families import Poisson
    >>> CountModel(family=Poisson(), team_effects=("intercept",)).family
    Poisson()
    """

    family: Family = NegativeBinomial()
    frequency: FrequencyCodingKind | Mapping[str, FrequencyCodingKind] = Monotonic()
    team_effects: tuple[str, ...] = ("intercept", "frequency")
    covariates: tuple[str, ...] | None = None
    moderators: tuple[str, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    between: bool | str = False
    department_effects: tuple[str, ...] = ()
    missing_frequency: str = LEAVE_OUT
    priors: Priors | None = None

    def __post_init__(self) -> None:
        """Check the declaration against itself."""
        if not isinstance(self.family, FAMILIES):
            names = ", ".join(f"{family.__name__}()" for family in FAMILIES)
            raise ArgumentTypeError(f"CountModel(family={self.family!r}): give one of {names}.")
        codings: list[object] = [self.frequency]
        if isinstance(self.frequency, Mapping):
            # A copy: the caller's mapping may change later.
            object.__setattr__(self, "frequency", dict(self.frequency))
            codings = list(self.frequency.values())
        for coding in codings:
            if not isinstance(coding, Monotonic | Unordered | Linear):
                raise ArgumentTypeError(
                    f"CountModel(frequency={coding!r}): give Monotonic(), Unordered() or Linear()."
                )
        if self.priors is not None and not isinstance(self.priors, Priors):
            raise ArgumentTypeError(
                f"CountModel(priors={self.priors!r}): give Priors(...), with the priors by name."
            )
        for field in ("team_effects", "covariates", "moderators", "department_effects"):
            value = getattr(self, field)
            if value is not None or field != "covariates":
                checked = distinct_names(f"CountModel({field}=...)", value)
                object.__setattr__(self, field, checked)
        object.__setattr__(self, "between", checked_between(self.between))
        chosen = checked_missing_frequency(self.missing_frequency)
        object.__setattr__(self, "missing_frequency", chosen)
        pairs = checked_pairs(self.interactions)
        object.__setattr__(self, "interactions", pairs)
        refuse_unused_priors(self)

    def __hash__(self) -> int:
        """Hash by content: mappings by their items, in any order."""
        values = (getattr(self, field.name) for field in fields(self))
        return hash(
            tuple(
                frozenset(value.items()) if isinstance(value, Mapping) else value
                for value in values
            )
        )

    def _repr_html_(self) -> str:
        return html_fields(self, caption="Count model, as declared")

    def design(self, survey: Survey) -> CountDesign:
        """
        Code a survey into the arrays of this model.

        Parameters
        ----------
        survey : Survey
            Answers that were read and validated.

        Returns
        -------
        CountDesign
            The arrays, and how they were coded.

        Raises
        ------
        ModelError
            If the survey lacks what the model declares, or cannot tell its parts apart.

        Examples
        --------
        >>> from learnclimate.survey.example import load_example
        >>> CountModel().design(load_example()).frequency_level.shape
        (692, 1)
        """
        return design_from_survey(self, survey)

    def resolved_priors(self, survey: Survey) -> ResolvedPriors:
        """
        Resolve the priors for a survey, one for every coordinate.

        Parameters
        ----------
        survey : Survey
            The survey.

        Returns
        -------
        ResolvedPriors
            What the engines read.

        Examples
        --------
        >>> from learnclimate.survey.example import load_example
        >>> CountModel().resolved_priors(load_example()).team_sd
        (Exponential(rate=2.0), Exponential(rate=2.0))
        """
        return resolve_priors(self.priors, self.design(survey))

    def priors_for(self, survey: Survey) -> Priors:
        """
        Show which priors will be used for a survey.

        Parameters
        ----------
        survey : Survey
            The survey; it tells the coordinates, and the scale of the defaults.

        Returns
        -------
        Priors
            Every field that the model has, by coordinate; ``print`` shows a table.

        Examples
        --------
        >>> from learnclimate.survey.example import load_example
        >>> CountModel(covariates=()).priors_for(load_example()).dispersion
        Exponential(rate=0.1)
        """
        design = self.design(survey)
        return shown_priors(self, design, resolve_priors(self.priors, design))

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
        >>> from learnclimate.survey.example import load_example
        >>> model = CountModel(team_effects=("intercept",), covariates=())
        >>> print(model.formula(load_example()).brms)
        bf(activities ~ mo(talk) + (1 | team), family = negbinomial())
        """
        from learnclimate.counts.formula import model_formula

        return model_formula(self, survey)

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
        from learnclimate.counts.pymc_model import build_model

        return build_model(self, survey)


def shown_priors(model: CountModel, design: CountDesign, resolved: ResolvedPriors) -> Priors:
    """
    Show resolved priors as `Priors`, leaving out what the model does not have.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        Its design; tells the coordinates.
    resolved : ResolvedPriors
        One prior for every coordinate.

    Returns
    -------
    Priors
        With mappings by coordinate.
    """
    coding = design.coding
    names = coding.frequency_names
    shapes = {
        frequency.name: prior
        for frequency, prior in zip(coding.frequencies, resolved.frequency_shape, strict=True)
        if frequency.kind == "monotonic" and frequency.n_steps > 1
    }
    return Priors(
        intercept=resolved.intercept,
        frequency=dict(zip(names, resolved.frequency, strict=True)) or None,
        frequency_shape=shapes or None,
        covariates=dict(zip(coding.covariate_labels, resolved.covariates, strict=True)) or None,
        team_sd=dict(zip(coding.team_effects, resolved.team_sd, strict=True)) or None,
        team_correlation=resolved.team_correlation if len(coding.team_effects) > 1 else None,
        composition=dict(zip(names, resolved.composition, strict=True)) or None
        if coding.composition
        else None,
        slope_shifts=_by_label(coding.slope_shifts, resolved.slope_shifts),
        department_sd=dict(zip(coding.department_effects, resolved.department_sd, strict=True))
        or None,
        department_correlation=(
            resolved.department_correlation if len(coding.department_effects) > 1 else None
        ),
        dispersion=resolved.dispersion if model.family.has_dispersion else None,
        level_probability=resolved.level_probability if design.unknown is not None else None,
        zero=_shown_zero(resolved, design),
    )


def _shown_zero(resolved: ResolvedPriors, design: CountDesign) -> dict[str, ScalarPrior] | None:
    zero, priors = design.coding.zero, resolved.zero
    if zero is None or priors is None:
        return None
    names = design.coding.frequency_names if zero.frequency else ()
    shown = {INTERCEPT: priors.intercept}
    shown |= dict(zip(names, priors.frequency, strict=True))
    shown |= dict(zip(zero.covariate_labels, priors.covariates, strict=True))
    return shown | ({ZERO_TEAM_SD: priors.team_sd} if zero.team_intercept else {})


def _by_label(
    shifts: tuple[SlopeShift, ...], priors: tuple[ScalarPrior, ...]
) -> dict[str, ScalarPrior] | None:
    pairs = zip(shifts, priors, strict=True)
    return {shift.label: prior for shift, prior in pairs} or None
