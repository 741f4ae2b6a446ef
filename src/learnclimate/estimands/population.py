"""People of a named population, coded as the fitted respondents were."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError, nearest
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.groups import levels_standing_in
from learnclimate.estimands.newcomers import departments_of_newcomers
from learnclimate.estimands.wording import POPULATIONS
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.inference.team_summary import has_team_summary
from learnclimate.survey.answers import labels_of, numbers_of, refuse
from learnclimate.survey.canonical_outcome import LARGEST_COUNT

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Team of who is in no team that the fit may tell about.
NO_TEAM = -1
#: Department of who is in a team of the fit, or in no department that it may tell about.
NO_DEPARTMENT = -1

_UNKNOWN = "in teams that the fit does not tell about: new teams were taken for them."
_AVERAGE = "in a team whose composition is not known: it was taken to be that of all respondents."
_FORGOTTEN = (
    "A fit that was loaded without its respondents does not know the composition of its teams. "
    "Ask the fit before it is saved, or save it with include_respondents=True."
)
_RARE = "are of a level that too few gave to be shown: the nearest level shown was taken."
_TOO_SMALL = "in teams too small to tell about: new teams were taken for them."


@dataclass(frozen=True, slots=True)
class People:
    """
    A population, one row a person.

    Attributes
    ----------
    log_exposure : ndarray of shape (n_people,)
        Log exposure; 0 where none is given.
    covariates : ndarray of shape (n_people, n_covariate_labels)
        On their own scale.
    levels : ndarray of shape (n_people, n_frequencies), int
        Level indices; 0 for the frequency that is asked about.
    team : ndarray of shape (n_people,), int
        Index into the teams of the fit, or `NO_TEAM`.
    department : ndarray of shape (n_people,), int
        Index into the departments of the fit for who is in a new team of one, else
        `NO_DEPARTMENT`.
    share : ndarray of shape (n_people,)
        Weight of each person; sums to 1.
    zero_covariates : ndarray of shape (n_people, n_zero_covariate_labels)
        Covariates of the zero part, on their own scale.
    trials : ndarray of shape (n_people,), int, or None
        Out of how many their counts are.
    notes : tuple of str
        What was taken for granted.
    """

    log_exposure: FloatArray
    covariates: FloatArray
    levels: IntArray
    team: IntArray
    department: IntArray
    share: FloatArray
    zero_covariates: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    trials: IntArray | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.share)


def checked_population(population: object) -> str | pd.DataFrame:
    """
    Check what the user gave for ``population=``.

    Parameters
    ----------
    population : object
        The name of a population, or a data frame of any kind that narwhals knows.

    Returns
    -------
    str or pandas.DataFrame
        The name, or the people.

    Raises
    ------
    ArgumentError
        If there is no population of that name, or nobody in it.
    ArgumentTypeError
        If it is neither a name nor a data frame.
    """
    if isinstance(population, str):
        if population not in POPULATIONS:
            raise ArgumentError(
                f"population={population!r}: there is no such population. "
                f"{nearest(population, POPULATIONS)} Or give a data frame of people."
            )
        return population
    frame = population if isinstance(population, pd.DataFrame) else _pandas(population)
    if len(frame) == 0:
        raise ArgumentError("population: the data frame has no rows. Give at least one person.")
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise ArgumentError(f"population: two columns are named {repeated[0]!r}. Rename one.")
    return frame


def _pandas(population: object) -> pd.DataFrame:
    import narwhals as nw

    try:
        frame = nw.from_native(population)  # type: ignore[call-overload]
    except TypeError as error:
        raise ArgumentTypeError(
            f"population: give one of {', '.join(map(repr, POPULATIONS))}, or a data frame of "
            f"people, not {type(population).__name__}."
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    converted: pd.DataFrame = frame.to_pandas()
    return converted


def coded_people(
    frame: pd.DataFrame, fit: Fit, position: int | None, rule: DisclosureRule
) -> People:
    """
    Code the people of a population as the respondents of a fit were coded.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person. The covariates of the model and the frequencies other than
        the one asked about are needed; team, exposure, weight and a column of trials are not.
    fit : Fit
        The fit.
    position : int or None
        The frequency asked about, which need not be answered.
    rule : DisclosureRule
        Which teams are too small to tell about. Their own effects are not used, as a
        population chosen cleverly would otherwise show them.

    Returns
    -------
    People
        The people in numbers.

    Raises
    ------
    SurveyError
        If a column is missing or holds something that the fit did not see.
    """
    coding = fit.coding
    # Rows are counted from 1, as everywhere.
    frame = frame.set_axis(pd.RangeIndex(1, len(frame) + 1))
    asked = [f.name for column, f in enumerate(coding.frequencies) if column != position]
    adjusted = coding.covariates + (() if coding.zero is None else coding.zero.covariates)
    categorical = [covariate.name for covariate in adjusted if covariate.categories]
    for name in (*asked, *categorical):
        if name in frame.columns:
            frame[name] = labels_of(frame[name])
    levels = np.zeros((len(frame), len(coding.frequencies)), dtype=np.int64)
    stand, merged = levels_standing_in(fit, rule), 0
    try:
        for column, frequency in enumerate(coding.frequencies):
            if column != position:
                given = frequency.encode(frame)
                levels[:, column] = stand[column][given]
                merged += (levels[:, column] != given).sum()
        covariates = coding.encode_covariates(frame)
        zero = coding.zero
        zero_covariates = np.zeros((len(frame), 0))
        if zero is not None:
            zero_covariates = zero.encode_covariates(frame)
        exposure = _positive(frame, coding.exposure)
        weight = _positive(frame, fit.codebook.weight)
    except SurveyError as error:
        raise SurveyError(f"population: {error}") from error
    team, notes = _teams(frame, fit, rule)
    notes += _notes_on_composition(fit, team)
    if coding.exposure is not None and coding.exposure not in frame.columns:
        notes = (*notes, f"There is no column {coding.exposure!r}: everybody's exposure is 1.")
    if merged:
        notes = (*notes, f"{merged:,} answers of the population {_RARE}")
    if position is not None:
        notes += _notes_on_unused(frame, coding.frequencies[position])
    trials, of_trials = _trials(frame, fit)
    return People(
        np.log(exposure),
        covariates,
        levels,
        team,
        departments_of_newcomers(frame, fit, team, rule),
        weight / weight.sum(),
        zero_covariates=zero_covariates,
        trials=trials,
        notes=(*notes, *of_trials),
    )


def _trials(frame: pd.DataFrame, fit: Fit) -> tuple[IntArray | None, tuple[str, ...]]:
    """Tell out of how many each person's count is: by their own column, where there is one."""
    most, column = fit.coding.trials, fit.codebook.asked.trials
    if most is None:
        return None, ()
    if not isinstance(column, str):
        return np.full(len(frame), most), ()
    if column not in frame.columns:
        note = f"There is no column {column!r}: everybody's count is out of {most}."
        return np.full(len(frame), most), (note,)
    numbers = numbers_of(frame[column]).to_numpy()
    wrong = ~((numbers >= 1) & (numbers <= LARGEST_COUNT) & (numbers == np.floor(numbers)))
    fault = f"should be a whole number from 1 to {LARGEST_COUNT:,}: how many activities were asked."
    try:
        refuse(frame[column], wrong, fault)
    except SurveyError as error:
        raise SurveyError(f"population: {error}") from error
    return numbers.astype(np.int64), ()


def _positive(frame: pd.DataFrame, column: str | None) -> FloatArray:
    if column is None or column not in frame.columns:
        return np.ones(len(frame))
    numbers = numbers_of(frame[column]).to_numpy()
    wrong = ~(np.isfinite(numbers) & (numbers > 0))
    refuse(frame[column], wrong, "should be a number above 0. Correct it, or drop the column.")
    return numbers


def _teams(frame: pd.DataFrame, fit: Fit, rule: DisclosureRule) -> tuple[IntArray, tuple[str, ...]]:
    """Find each person's team among those that may be shown."""
    nobody = np.full(len(frame), NO_TEAM, dtype=np.int64)
    column = fit.codebook.team
    if column not in frame.columns or not fit.coding.varying_effects:
        return nobody, ()
    known = fit.draws["constant_data"]["team"].to_numpy().astype(str)
    told = labels_of(frame[column])
    team = np.asarray(pd.Index(known).get_indexer(told), dtype=np.int64)
    if (team >= 0).any() and has_team_summary(fit.draws):
        raise ArgumentError(
            f"The population names teams of the study in {column!r}, but of its many teams this "
            f"fit keeps moments, not draws. Leave {column!r} out, which takes new teams for "
            "them, or fit again with team_draws=True."
        )
    notes: tuple[str, ...] = ()
    strangers = np.flatnonzero((team < 0) & told.notna().to_numpy())
    if len(strangers):
        first = told.iloc[strangers[0]]
        notes = (
            f"{_people(strangers)} of the population (the first in team {first!r}) {_UNKNOWN}",
        )
    concealed = np.flatnonzero(np.isin(team, np.flatnonzero(hidden_teams(fit.draws, rule))))
    if len(concealed):
        team[concealed] = NO_TEAM
        notes = (*notes, f"{_people(concealed)} of the population {_TOO_SMALL}")
    return team, notes


def _notes_on_composition(fit: Fit, team: IntArray) -> tuple[str, ...]:
    """Say whose teams were taken to be composed as the whole study, for want of knowledge."""
    composition = fit.coding.composition
    if not composition:
        return ()
    kept = composition == "latent" or fit.design is not None
    unknown = np.flatnonzero(team == NO_TEAM) if kept else np.arange(len(team))
    if len(unknown) == 0:
        return ()
    notes = (f"{_people(unknown)} of the population {_AVERAGE}",)
    return notes if kept or (team == NO_TEAM).all() else (*notes, _FORGOTTEN)


def _notes_on_unused(frame: pd.DataFrame, frequency: FrequencyCoding) -> tuple[str, ...]:
    """Say that answers to the frequency asked about are not used, where some are none of it."""
    if frequency.name not in frame.columns:
        return ()
    told = labels_of(frame[frequency.name])
    strange = told[told.notna() & ~told.isin(frequency.levels)]
    if strange.empty:
        return ()
    first = f"Column {frequency.name!r}, row {strange.index[0]}: {strange.iloc[0]!r}"
    return (f"{first} is no level, but is not used: everybody is set to each level in turn.",)


def _people(rows: IntArray) -> str:
    return "1 person" if len(rows) == 1 else f"{len(rows)} people"
