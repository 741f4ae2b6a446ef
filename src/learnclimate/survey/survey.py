"""`Survey`: validated answers, their codebook, and a ledger of what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.util import hash_pandas_object

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.layout import paragraph
from learnclimate.disclosure.behind_pseudonyms import names_behind
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.response import Invited
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.description import SurveyDescription, describe
from learnclimate.survey.kinds_truth import SimulatedKinds
from learnclimate.survey.truth import SimulatedTruth

#: Columns of the ledger.
LEDGER_COLUMNS = ("row", "column", "value", "reason")


def empty_ledger() -> pd.DataFrame:
    """
    Make a ledger without entries.

    Returns
    -------
    pandas.DataFrame
        Columns `LEDGER_COLUMNS`, no rows.

    Examples
    --------
    >>> empty_ledger().columns.tolist()
    ['row', 'column', 'value', 'reason']
    """
    return pd.DataFrame({column: pd.Series(dtype=object) for column in LEDGER_COLUMNS})


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """
    Validated answers, made by `read_survey` or `simulate_survey`.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a respondent; the index ``row`` counts the rows of the source from 1.
    codebook : Codebook
        What was asked.
    ledger : pandas.DataFrame
        Every row that was left out: ``row, column, value, reason``.
    source : str
        Where the answers came from.
    truth : SimulatedTruth, SimulatedKinds or None
        For simulated answers, what they were made from.
    pseudonymised : tuple of str
        Columns whose names `pseudonymise` replaced.
    name_order : mapping of str to tuple of str
        For each of these its codes in the order of the names, so that the same groups are
        hidden as under their names. No fit and no file holds it.
    without_frequency : pandas.DataFrame or None
        Of the rows in the ledger those that lack nothing but a frequency, in the form of
        `frame`: a model with ``missing_frequency="sum_out"`` reads them.
    factors : tuple of str
        Covariates that are no answers but values of what scales measure, put there where a joint
        model is fitted; they may differ within a team and shift slopes all the same.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> survey = load_example()
    >>> survey.ledger.loc[0, ["column", "reason"]].tolist()
    ['talk', 'frequency not answered']
    """

    frame: pd.DataFrame
    codebook: Codebook
    ledger: pd.DataFrame = field(default_factory=empty_ledger)
    source: str = "a data frame"
    truth: SimulatedTruth | SimulatedKinds | None = None
    pseudonymised: tuple[str, ...] = ()
    without_frequency: pd.DataFrame | None = None
    factors: tuple[str, ...] = ()
    name_order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    invited: Invited | None = None

    @property
    def n_respondents(self) -> int:
        """Number of respondents kept."""
        return len(self.frame)

    @property
    def n_left_out(self) -> int:
        """Number of rows left out."""
        return int(self.ledger["row"].nunique())

    def people_by_team(self) -> dict[str, int]:
        """
        Count who answered by team, those included who left nothing but a frequency open.

        Returns
        -------
        dict of str to int
            Teams in the order of their labels.

        Examples
        --------
        >>> from learnclimate.survey.simulation import simulate_survey
        >>> sum(simulate_survey(n_teams=10, team_size=8, seed=1).people_by_team().values())
        81
        """
        sizes: dict[str, int] = {}
        for part in (self.frame, self.without_frequency):
            if part is not None:
                for team, n_people in part[self.codebook.team].value_counts(sort=False).items():
                    sizes[str(team)] = sizes.get(str(team), 0) + int(n_people)
        return dict(sorted(sizes.items()))

    def describe(self, *, rule: DisclosureRule | None = None) -> SurveyDescription:
        """
        Describe who answered and what, hiding groups that are too small.

        Parameters
        ----------
        rule : DisclosureRule, optional
            Which groups are too small to show; those of fewer than 5 where left out.

        Returns
        -------
        SurveyDescription
            Tables that print in a terminal and a notebook.

        Raises
        ------
        ArgumentTypeError
            If `rule` is no rule.

        Examples
        --------
        >>> from learnclimate.survey.simulation import simulate_survey
        >>> simulate_survey(n_teams=10, team_size=8, seed=1).describe().n_teams
        10
        """
        if rule is not None and not isinstance(rule, DisclosureRule):
            raise ArgumentTypeError(f"rule={rule!r}: give a DisclosureRule, as DisclosureRule(10).")
        return describe(
            self.frame,
            self.codebook,
            self.ledger,
            rule,
            name_order=self.name_order,
            invited=self.invited,
        )

    def private_seed(self, seed: int) -> int:
        """
        Start generators from a seed and all answers together.

        Parameters
        ----------
        seed : int
            As it is told.

        Returns
        -------
        int
            A number that who has no answers cannot find: with the seed alone, every bootstrap
            interval would be an exact equation about the rows, in their order.
        """
        names = {self.codebook.team, self.codebook.department}
        answers = self.frame[[one for one in self.frame.columns if one not in names]]
        return private_seed(seed, hash_pandas_object(answers, index=False).to_numpy())

    def sorted_by(self, column: str, labels: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """
        Tell what the disclosure rule sorts teams or departments by.

        Parameters
        ----------
        column : str
            Whose labels they are.
        labels : array_like of shape (n_groups,)
            The labels.

        Returns
        -------
        ndarray of shape (n_groups,)
            The labels, or under pseudonyms the places of the names.

        Examples
        --------
        >>> from learnclimate.survey.example import load_example
        >>> load_example().sorted_by("team", ["T02", "T01"]).tolist()
        ['T02', 'T01']
        """
        return names_behind(labels, self.name_order.get(column, ()))

    def __repr__(self) -> str:
        """Say in a line what the survey holds."""
        few = f"fewer than {DEFAULT_MINIMUM}"
        left_out = few if self.n_left_out < DEFAULT_MINIMUM else str(self.n_left_out)
        more = f", {left_out} left out" if self.n_left_out else ""
        if 0 < self.n_respondents < DEFAULT_MINIMUM:
            return paragraph(f"<Survey of {few} respondents{more}>", rest="  ")
        teams = self.frame[self.codebook.team].nunique()
        told = f"{self.n_respondents} respondents in {teams} team{'s' * (teams != 1)}"
        return paragraph(f"<Survey of {told}{more}>", rest="  ")

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()
