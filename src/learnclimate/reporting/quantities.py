"""What a report tells, as plain values: quantities with their uncertainty, levels, teams."""

import math
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    One quantity and its uncertainty.

    Attributes
    ----------
    median : float
        Posterior median.
    lower, upper : float
        Ends of the equal-tailed interval.
    probability : float
        Posterior probability of the statement made about it; not a number without one.
    """

    median: float
    lower: float
    upper: float
    probability: float = float("nan")

    @classmethod
    def from_row(cls, row: pd.Series) -> "Quantity":
        """
        Take a quantity from a row of `Result.summary`.

        Parameters
        ----------
        row : pandas.Series
            The row.

        Returns
        -------
        Quantity
            Its median, interval and probability.
        """
        names = ("median", "lower", "upper", "probability")
        median, lower, upper, probability = (float(row[name]) for name in names)
        return cls(median, lower, upper, probability)

    def exponentiated(self) -> "Quantity":
        """
        Turn a log ratio into a ratio.

        Returns
        -------
        Quantity
            With the exponentials of median and interval; the probability stays.

        Examples
        --------
        >>> Quantity(0.0, 0.0, 0.0, 0.5).exponentiated()
        Quantity(median=1.0, lower=1.0, upper=1.0, probability=0.5)
        """
        median, lower, upper = map(math.exp, (self.median, self.lower, self.upper))
        return Quantity(median, lower, upper, self.probability)


@dataclass(frozen=True, slots=True)
class LevelAnswer:
    """
    What is expected at one answer to a frequency.

    Attributes
    ----------
    level : str
        The answer.
    respondents : int
        How many gave it.
    count : Quantity
        Expected number of activities.
    ratio : Quantity or None
        Ratio to the lowest level shown; None for that level itself.
    """

    level: str
    respondents: int
    count: Quantity
    ratio: Quantity | None


@dataclass(frozen=True, slots=True)
class TeamAnswer:
    """
    What is known of one team.

    Attributes
    ----------
    team : str
        Its label.
    respondents : int
        Its respondents.
    effect : Quantity
        Its ratio to the average team.
    probability : float
        Probability of being among the top.
    """

    team: str
    respondents: int
    effect: Quantity
    probability: float


@dataclass(frozen=True, slots=True)
class TeamsAnswer:
    """
    What is known of the teams in one respect.

    Attributes
    ----------
    frequency : str or None
        The frequency whose relation with the outcome varies; None for the level.
    top : int
        How many teams count as the top.
    n_teams : int
        Teams in the analysis.
    n_shown : int
        Teams large enough to be shown.
    ranked : tuple of TeamAnswer
        The teams most probably among the top, most probable first.
    of_odds : bool
        Whether the effects are ratios of odds, as out of K, and not of counts.
    falling : bool
        Whether the average team reports fewer activities at the highest level than at the
        lowest: a team with a high ratio has no strong relation then.
    """

    frequency: str | None
    top: int
    n_teams: int
    n_shown: int
    ranked: tuple[TeamAnswer, ...]
    of_odds: bool = False
    falling: bool = False


@dataclass(frozen=True, slots=True)
class KindAnswer:
    """
    The answer for one kind of activity.

    Attributes
    ----------
    name : str
        The kind.
    ratio : Quantity or None
        As of a `FrequencyAnswer`.
    highest : float
        Probability that its ratio is the highest of all kinds; not a number where nothing may be
        compared.
    counts : tuple of Quantity
        Expected number of activities at every level shown, lowest first.
    teams : TeamsAnswer or None
        As of a `FrequencyAnswer`.
    """

    name: str
    ratio: Quantity | None
    highest: float
    counts: tuple[Quantity, ...]
    teams: TeamsAnswer | None


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """
    Two kinds of activity, compared by how they go with a frequency.

    Attributes
    ----------
    one, other : str
        The kinds; the ratio of the first is more probably the higher.
    ratio : Quantity
        Ratio of their ratios; its probability is that the first is the higher.
    """

    one: str
    other: str
    ratio: Quantity

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out that both ratios are equal."""
        return self.ratio.lower > 1 or self.ratio.upper < 1


@dataclass(frozen=True, slots=True)
class FrequencyAnswer:
    """
    The answer for one conversation frequency.

    Attributes
    ----------
    name : str
        Its column.
    asked : tuple of str
        Every level, lowest first.
    ratio : Quantity or None
        Expected count at the highest level shown that somebody gave, over that at the lowest
        such; None where there are fewer than two.
    levels : tuple of LevelAnswer
        The levels that may be shown, lowest first.
    teams : TeamsAnswer or None
        How the relation differs between teams; None where the model has no such difference.
    strength : Quantity or None
        E-value of the ratio; None where there is none.
    style : Quantity or None
        Factor by which counts would have to be reported higher, a standard deviation of the
        style of answering further up, for style alone to make up the ratio; None where that
        cannot be told.
    share : Quantity or None
        Share of the variance of the counts, at the highest level shown, that lies between
        teams; None where teams do not differ in the model.
    of_kinds : tuple of KindAnswer
        The same by kind of activity, where all else is about the kinds together; empty in a study
        of a single count.
    pairs : tuple of PairAnswer
        Every two kinds compared; those that differ first.
    """

    name: str
    asked: tuple[str, ...]
    ratio: Quantity | None
    levels: tuple[LevelAnswer, ...]
    teams: TeamsAnswer | None
    strength: Quantity | None = None
    style: Quantity | None = None
    share: Quantity | None = None
    of_kinds: tuple[KindAnswer, ...] = ()
    pairs: tuple[PairAnswer, ...] = ()

    @property
    def given(self) -> tuple[LevelAnswer, ...]:
        """The levels shown that somebody gave: what is compared lies among these."""
        return tuple(level for level in self.levels if level.respondents > 0)

    @property
    def low(self) -> str:
        """The lowest level that is shown and that somebody gave."""
        return self.given[0].level if self.given else self.asked[0]

    @property
    def high(self) -> str:
        """The highest level that is shown and that somebody gave."""
        return self.given[-1].level if self.given else self.asked[-1]
