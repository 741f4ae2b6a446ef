"""How a survey was coded into numbers, remembered so that it replays on new people."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError, nearest
from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.slope_shifts import SlopeShift
from learnclimate.survey.answers import coded_labels

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrequencyCoding:
    """
    One ordered frequency and how it enters the model.

    Attributes
    ----------
    name : str
        Its column.
    levels : tuple of str
        Its levels, lowest first.
    kind : {"monotonic", "unordered", "linear"}
        Its coding.

    Examples
    --------
    >>> talk = FrequencyCoding("talk", ("never", "weekly"), "monotonic")
    >>> talk.encode(pd.DataFrame({"talk": ["weekly", "never"]}))
    array([1, 0])
    """

    name: str
    levels: tuple[str, ...]
    kind: Literal["monotonic", "unordered", "linear"]

    @property
    def n_steps(self) -> int:
        """Number of steps from the lowest to the highest level."""
        return len(self.levels) - 1

    def encode(self, frame: pd.DataFrame) -> IntArray:
        """
        Index the levels of new people.

        Parameters
        ----------
        frame : pandas.DataFrame
            People, with the column `name`.

        Returns
        -------
        ndarray of shape (n_people,)
            0 for the lowest level.

        Raises
        ------
        SurveyError
            If the column is missing or holds something that is no level.
        """
        return _codes(frame, self.name, self.levels)


@dataclass(frozen=True, slots=True)
class CovariateCoding:
    """
    One covariate: a number as it stands, or categories against the first.

    Attributes
    ----------
    name : str
        Its column.
    categories : tuple of str
        Categories, the reference first; empty for a numeric covariate.

    Examples
    --------
    >>> contract = CovariateCoding("contract", ("permanent", "temporary"))
    >>> contract.labels
    ('contract[temporary]',)
    >>> contract.encode(pd.DataFrame({"contract": ["temporary", "permanent"]}))
    array([[1.],
           [0.]])
    """

    name: str
    categories: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Coordinates of ``covariate`` that this covariate takes up."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}[{category}]" for category in self.categories[1:])

    def encode(self, frame: pd.DataFrame) -> FloatArray:
        """
        Code new people as they were coded in the fit.

        Parameters
        ----------
        frame : pandas.DataFrame
            People, with the column `name`.

        Returns
        -------
        ndarray of shape (n_people, len(labels))
            The number itself, or 0/1 indicators of the categories after the first.

        Raises
        ------
        SurveyError
            If the column is missing, not numeric, or holds an unknown category.
        """
        if self.categories:
            codes = _codes(frame, self.name, self.categories)
            indicators = codes[:, None] == np.arange(1, len(self.categories))
            return np.asarray(indicators, dtype=float)
        values = pd.to_numeric(_column(frame, self.name), errors="coerce")
        numbers = np.asarray(values, dtype=float)
        _refuse_first(~np.isfinite(numbers), frame, self.name, "a number")
        return numbers[:, None]


@dataclass(frozen=True, slots=True)
class ZeroCoding:
    """
    The zero part of a family and how its covariates were coded.

    Attributes
    ----------
    covariates : tuple of CovariateCoding
        Its covariates, in order.
    frequency : bool
        Whether it depends on the frequencies, coded as in the count part.
    team_intercept : bool
        Whether it varies over teams.

    Examples
    --------
    >>> ZeroCoding((CovariateCoding("tenure"),), True, False).covariate_labels
    ('tenure',)
    """

    covariates: tuple[CovariateCoding, ...]
    frequency: bool
    team_intercept: bool

    @property
    def covariate_labels(self) -> tuple[str, ...]:
        """Coordinates of ``zero_covariate``."""
        return tuple(label for covariate in self.covariates for label in covariate.labels)

    def encode_covariates(self, frame: pd.DataFrame) -> FloatArray:
        """
        Code the covariates of the zero part of `frame`.

        Parameters
        ----------
        frame : pandas.DataFrame
            People, one a row.

        Returns
        -------
        ndarray of shape (n_people, n_zero_covariate_labels)
            On their own scale.

        Raises
        ------
        SurveyError
            If a covariate is missing or holds something the fit did not see.
        """
        blocks = [covariate.encode(frame) for covariate in self.covariates]
        return np.hstack([np.empty((len(frame), 0)), *blocks])


@dataclass(frozen=True, slots=True)
class DesignCoding:
    """
    Everything needed to code further people as the fitted ones were.

    Attributes
    ----------
    frequencies : tuple of FrequencyCoding
        The frequencies, in the order of dim ``frequency``.
    covariates : tuple of CovariateCoding
        The covariates, in order.
    team_effects : tuple of str
        Coordinates of dim ``team_effect``.
    exposure : str or None
        Column of the exposure.
    zero : ZeroCoding or None
        The zero part of the family, where it has one.
    trials : int or None
        Out of how many the counts are, the largest where that differs; None where they
        have no bound.
    slope_shifts : tuple of SlopeShift
        What shifts the slopes of frequencies, in the order of dim ``slope_shift``.
    department_effects : tuple of str
        Coordinates of dim ``department_effect``.
    composition : {"", "manifest", "latent"}
        Whether the teams' composition by frequency matters: by observed or by latent means.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> coding = CountModel().design(load_example()).coding
    >>> coding.covariate_labels
    ('tenure', 'contract[temporary]')
    >>> coding.team_effects
    ('intercept', 'talk')
    """

    frequencies: tuple[FrequencyCoding, ...]
    covariates: tuple[CovariateCoding, ...]
    team_effects: tuple[str, ...]
    exposure: str | None = None
    zero: ZeroCoding | None = None
    trials: int | None = None
    slope_shifts: tuple[SlopeShift, ...] = ()
    department_effects: tuple[str, ...] = ()
    composition: str = ""

    @property
    def latent_composition(self) -> bool:
        """Whether the teams' means are parameters, estimated with all others."""
        return self.composition == "latent"

    @property
    def varying_effects(self) -> tuple[str, ...]:
        """What differs between teams: their own effects first, then what else shifts them."""
        moderated = [shift.frequency for shift in self.slope_shifts if shift.centre is not None]
        composed = [INTERCEPT] if self.composition else []
        shifted = {*self.department_effects, *moderated, *composed} - {*self.team_effects}
        order = (INTERCEPT, *self.frequency_names)
        return (*self.team_effects, *(name for name in order if name in shifted))

    @property
    def frequency_names(self) -> tuple[str, ...]:
        """Coordinates of dim ``frequency``."""
        return tuple(frequency.name for frequency in self.frequencies)

    @property
    def covariate_labels(self) -> tuple[str, ...]:
        """Coordinates of dim ``covariate``."""
        return tuple(label for covariate in self.covariates for label in covariate.labels)

    def encode_covariates(self, frame: pd.DataFrame) -> FloatArray:
        """
        Code the covariates of `frame`.

        Parameters
        ----------
        frame : pandas.DataFrame
            People, one a row.

        Returns
        -------
        ndarray of shape (n_people, n_covariate_labels)
            One column a coordinate of ``covariate``, on its own scale.

        Raises
        ------
        SurveyError
            If a covariate is missing or holds something the fit did not see.
        """
        blocks = [covariate.encode(frame) for covariate in self.covariates]
        return np.hstack([np.empty((len(frame), 0)), *blocks])

    def encode_frequencies(self, frame: pd.DataFrame) -> IntArray:
        """
        Index the frequency levels of `frame`.

        Parameters
        ----------
        frame : pandas.DataFrame
            People, one a row.

        Returns
        -------
        ndarray of shape (n_people, n_frequencies)
            0 for the lowest level.

        Raises
        ------
        SurveyError
            If a frequency is missing or holds something that is no level.
        """
        codes = [frequency.encode(frame) for frequency in self.frequencies]
        return np.stack(codes, axis=1) if codes else np.empty((len(frame), 0), dtype=np.int64)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise SurveyError(f"There is no column {name!r}. {nearest(name, frame.columns)}")
    return frame[name]


def _codes(frame: pd.DataFrame, name: str, options: tuple[str, ...]) -> IntArray:
    labels = coded_labels(_column(frame, name))
    # The last entry is that of code -1, not there.
    places = np.append(pd.Index(options).get_indexer(labels.categories), -1)
    codes = np.asarray(places[labels.codes], dtype=np.int64)
    _refuse_first(codes < 0, frame, name, f"one of {', '.join(map(repr, options))}")
    return codes


def _refuse_first(bad: npt.NDArray[np.bool_], frame: pd.DataFrame, name: str, wanted: str) -> None:
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        value = frame[name].iloc[where]
        shown = value.item() if isinstance(value, np.generic) else value
        raise SurveyError(f"Column {name!r}, row {frame.index[where]}: {shown!r} is not {wanted}.")
