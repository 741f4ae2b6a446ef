"""`specification_table`: how the rate ratio moves with choices that could have been others."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from learnclimate.checks.verdict import Check, Verdict
from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    FitError,
    LearnClimateWarning,
    ModelError,
    nearest,
)
from learnclimate.core.labels import FREQUENCY
from learnclimate.core.result import Result
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.families import (
    Family,
    HurdleNegativeBinomial,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
)
from learnclimate.counts.frequency import Linear, Monotonic, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.inference.engine_choice import EngineName
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.fitting import fit
from learnclimate.inference.progress import working
from learnclimate.survey.survey import Survey

AS_DECLARED = "as declared"
_SLIGHT, _GRAVE = 0.5, 1.0
_FAMILIES = (
    Poisson(),
    NegativeBinomial(),
    ZeroInflatedNegativeBinomial(),
    HurdleNegativeBinomial(),
)
_COLUMNS = ["specification", "choice", "rate_ratio", "lower", "upper", "shift", "note"]


@dataclass(frozen=True, slots=True, repr=False)
class SpecificationTable:
    """
    The rate ratio of the highest against the lowest level under several specifications.

    Attributes
    ----------
    table : pandas.DataFrame
        Columns ``specification, choice, rate_ratio, lower, upper, shift, note``: the model as
        declared first. ``choice`` says in what a specification differs; ``rate_ratio`` is the
        posterior median, standardised over the respondents, with its 90 % interval; ``shift``
        by how many posterior standard deviations of the declared model its logarithm moves;
        ``note`` why a specification could not be fitted, or what its certificate says.
    unfinished : tuple of str
        Specifications that were not reached, after an interruption.
    note : str
        That groups below the usual minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> models = {"linear": lc.CountModel(frequency=lc.Linear())}
    >>> told = lc.specification_table(
    ...     lc.CountModel(), survey, models=models, draws=400, progress=False
    ... )
    >>> told.table["specification"].tolist()
    ['as declared', 'linear']
    """

    table: pd.DataFrame
    unfinished: tuple[str, ...] = ()
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Good where no choice moves the answer by half its standard deviation."""
        shifts = self.table["shift"].iloc[1:].abs().dropna()
        if shifts.empty:
            return "not applicable"
        if shifts.max() >= _GRAVE:
            return "bad"
        return "doubtful" if shifts.max() >= _SLIGHT else "good"

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        fitted = self.table.dropna(subset=["rate_ratio"])
        if self.verdict == "not applicable":
            none = "There is no other specification whose rate ratio can be shown."
            return f"{none} {self.note}".rstrip()
        told = (
            f"Over {len(fitted)} specifications the rate ratio lies between "
            f"{fitted['rate_ratio'].min():.2f} and {fitted['rate_ratio'].max():.2f} (as declared: "
            f"{fitted['rate_ratio'].iloc[0]:.2f})."
        )
        others = fitted.iloc[1:]
        moved = others.loc[others["shift"].abs() >= _SLIGHT, "specification"].tolist()
        if moved:
            told += f" It depends on the choice of: {', '.join(moved)}."
        if self.unfinished:
            told += f" Interrupted: {len(self.unfinished)} specifications were not fitted."
        return f"{told} {self.note}".rstrip()

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        fitted = self.table.dropna(subset=["shift"])
        pairs = zip(fitted["specification"], fitted["shift"], strict=True)
        values = {f"shift[{name}]": float(shift) for name, shift in pairs}
        return Check("specifications", self.verdict, self.words, values)

    def __str__(self) -> str:
        """Give words and table."""
        return text_of(str(self.check), {".table": self.table}, least=("shift",))

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(str(self.check), self.table)


def specification_table(  # noqa: PLR0913 - model, survey and five options by name
    model: CountModel,
    survey: Survey,
    *,
    models: Mapping[str, CountModel] | None = None,
    frequency: str | None = None,
    engine: EngineName = "marginal",
    draws: int = 1000,
    seed: int = 0,
    progress: bool = True,
    rule: DisclosureRule | None = None,
) -> SpecificationTable:
    """
    Fit a model and its alternatives, and lay the rate ratios side by side.

    The alternatives differ in one choice each: the family, a zero part, the coding of the
    frequency, what varies over teams, the covariates (none, and each one out). Each is fitted
    by the marginal engine, in a second or so for a study of usual size; one that this engine
    cannot fit gets a note instead of figures, unless ``engine="auto"``. An interruption
    (Ctrl-C) keeps what is finished.

    Parameters
    ----------
    model : CountModel
        The model as declared.
    survey : Survey
        The answers; with a frequency question.
    models : mapping of str to CountModel, optional
        Alternatives of your own, by name, in the place of those above.
    frequency : str, optional
        Whose rate ratio; the first frequency where left out.
    engine : {"marginal", "auto", "nuts"}, default "marginal"
        The engine; ``"auto"`` fits by NUTS what the marginal engine cannot, in minutes.
    draws : int, default 1000
        Posterior draws a fit.
    seed : int, default 0
        Seed of every fit.
    progress : bool, default True
        Whether to show what goes on.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    SpecificationTable
        One row a specification, the declared one first.

    Raises
    ------
    ModelError
        If there is no frequency, or the declared model contradicts the survey.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), doi 10.1177/1745691616658637.
    Simonsohn, Simmons and Nelson (2020), doi 10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> models = {"no covariates": lc.CountModel(covariates=())}
    >>> told = lc.specification_table(
    ...     lc.CountModel(), survey, models=models, draws=400, progress=False
    ... )
    >>> told.unfinished
    ()
    """
    planned = _planned(model, survey, models)
    about = _chosen_frequency(survey, frequency)
    rows: list[dict[str, object]] = []
    base: Result | None = None
    names = list(planned)
    try:
        for name, (choice, one) in planned.items():
            with working(f"Fitting {name} ({len(rows) + 1} of {len(names)})", shown=progress):
                how = _How(engine, draws, seed, required=name == AS_DECLARED)
                fitted, note = _fitted(one, survey, how)
                answer = None if fitted is None else _answer(fitted, about, survey, rule)
            base = base or answer
            rows.append({"specification": name, "choice": choice} | _row(answer, base, note))
    except KeyboardInterrupt:
        if not rows:
            raise
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return SpecificationTable(table, tuple(names[len(rows) :]), lowered(rule))


def alternatives(model: CountModel, survey: Survey) -> dict[str, tuple[str, CountModel]]:
    """
    List what else could have been declared, one choice changed at a time.

    Parameters
    ----------
    model : CountModel
        The model as declared.
    survey : Survey
        The answers; tells the covariates.

    Returns
    -------
    dict of str to (choice, CountModel)
        By name; without what the model is already.
    """
    found = {name: (choice, one) for choice, name, one in _choices(model, survey)}
    return {
        name: (choice, _without_idle_priors(one, survey))
        for name, (choice, one) in found.items()
        if one != model
    }


def _without_idle_priors(model: CountModel, survey: Survey) -> CountModel:
    """Leave out priors of what an alternative does not have, which would be an error."""
    given = model.priors
    if given is None:
        return model
    kept: dict[str, object] = {}
    if model.family.zeros == "none":
        kept["zero"] = None
    names = set(model.team_effects) - {FREQUENCY}
    if FREQUENCY in model.team_effects:
        names |= set(survey.codebook.frequency_columns)
    if not names:
        kept["team_sd"] = None
    elif isinstance(given.team_sd, Mapping):
        kept["team_sd"] = _of_names(given.team_sd, names)
    if len(names) < 2:
        kept["team_correlation"] = None
    if isinstance(given.covariates, Mapping) and model.covariates is not None:
        own = {name for name in given.covariates if name.partition("[")[0] in model.covariates}
        kept["covariates"] = _of_names(given.covariates, own)
    return replace(model, priors=replace(given, **kept))  # type: ignore[arg-type]


def _of_family(model: CountModel, family: Family) -> CountModel:
    """Change the family, and leave out the prior of a dispersion that it does not have."""
    priors = model.priors
    if priors is not None and not family.has_dispersion:
        priors = replace(priors, dispersion=None)
    return replace(model, family=family, priors=priors)


def _without_teams(model: CountModel) -> CountModel:
    priors = model.priors
    if priors is not None:
        priors = replace(priors, team_sd=None, team_correlation=None)
    return replace(model, team_effects=(), priors=priors)


def _of_names[P](priors: Mapping[str, P], names: set[str]) -> dict[str, P] | None:
    return {name: prior for name, prior in priors.items() if name in names} or None


def _choices(model: CountModel, survey: Survey) -> Iterator[tuple[str, str, CountModel]]:
    if not model.family.out_of_trials:
        for family in _FAMILIES:
            choice = "family" if family.zeros == "none" else "zero part"
            yield choice, f"{type(family).__name__}()", _of_family(model, family)
    for coding in (Monotonic(), Unordered(), Linear()):
        yield "frequency", f"{type(coding).__name__}()", replace(model, frequency=coding)
    yield "team_effects", "teams differ in level only", replace(model, team_effects=("intercept",))
    yield "team_effects", "teams ignored", _without_teams(model)
    covariates = survey.codebook.covariates if model.covariates is None else model.covariates
    if covariates:
        yield "covariates", "no covariates", replace(model, covariates=())
    for name in covariates if len(covariates) > 1 else ():
        kept = tuple(other for other in covariates if other != name)
        yield "covariates", f"without {name}", replace(model, covariates=kept)


def _planned(
    model: object, survey: object, models: Mapping[str, CountModel] | None
) -> dict[str, tuple[str, CountModel]]:
    if not isinstance(model, CountModel) or not isinstance(survey, Survey):
        raise ArgumentTypeError(
            "specification_table(model, survey): give a declared model, as CountModel(), and a "
            f"survey; not {type(model).__name__} and {type(survey).__name__}."
        )
    if models is not None and not isinstance(models, Mapping):
        raise ArgumentTypeError(
            "models=...: give a mapping of names to models, such as "
            "{'linear': CountModel(frequency=Linear())}."
        )
    if models is None:
        return {AS_DECLARED: ("", model)} | alternatives(model, survey)
    for name, one in models.items():
        if not isinstance(name, str):
            raise ArgumentTypeError(f"models=...: name {name!r} is no text.")
        if name == AS_DECLARED:
            raise ArgumentError(f"models=...: {name!r} is the model itself; choose another name.")
        if not isinstance(one, CountModel):
            raise ArgumentTypeError(f"models=...: {name!r} is a {type(one).__name__}.")
    return {AS_DECLARED: ("", model)} | {name: ("own", one) for name, one in models.items()}


def _chosen_frequency(survey: Survey, frequency: str | None) -> str:
    columns = survey.codebook.frequency_columns
    if not columns:
        raise ModelError("specification_table: the codebook has no frequency to compare levels of.")
    if frequency is not None and frequency not in columns:
        raise ArgumentError(f"frequency={frequency!r}: {nearest(frequency, columns)}")
    return frequency or columns[0]


@dataclass(frozen=True, slots=True)
class _How:
    """How to fit a specification, and whether it has to succeed."""

    engine: EngineName
    draws: int
    seed: int
    required: bool


def _fitted(model: CountModel, survey: Survey, how: _How) -> tuple[Fit | None, str]:
    """Fit one specification, or say why not; only the declared one has to succeed."""
    # The declared model may need NUTS; that is the user's choice, an alternative is ours.
    engine = "auto" if how.required and how.engine == "marginal" else how.engine
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LearnClimateWarning)
            made = fit(model, survey, engine=engine, draws=how.draws, seed=how.seed, progress=False)
    except (ModelError, FitError) as error:
        if how.required:
            raise
        return None, str(error)
    return made, "" if made.certificate.passed else "its certificate did not pass"


def _answer(
    fitted: Fit, frequency: str, survey: Survey, rule: DisclosureRule | None
) -> Result | None:
    levels = survey.codebook.levels_of(frequency)
    found = rate_ratio(
        fitted, levels[-1], levels[0], population="study", frequency=frequency, rule=rule
    )
    return None if bool(found.summary["suppressed"].iloc[0]) else found


def _row(answer: Result | None, base: Result | None, note: str) -> dict[str, object]:
    if answer is None or base is None:
        missing = dict.fromkeys(("rate_ratio", "lower", "upper", "shift"), np.nan)
        return missing | {"note": note or "too few respondents gave these answers"}
    told = answer.summary.iloc[0]
    log_own, log_base = (np.log(one.draws["rate_ratio"].to_numpy()) for one in (answer, base))
    return {
        "rate_ratio": float(told["median"]),
        "lower": float(told["lower"]),
        "upper": float(told["upper"]),
        "shift": float((log_own.mean() - log_base.mean()) / log_base.std()),
        "note": note,
    }
