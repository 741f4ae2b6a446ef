"""Which groups of respondents `describe` hides: asked here by whatever else tells of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.disclosure.behind_pseudonyms import names_behind
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.nested import suppress_hierarchy
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule, suppress
from learnclimate.survey.codebook import Codebook


def teams_told(
    frame: pd.DataFrame,
    codebook: Codebook,
    rule: DisclosureRule,
    name_order: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """
    Give the teams: their department and size, and whether either may be told.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    rule : DisclosureRule
        Which groups are too small to show.
    name_order : mapping of str to sequence of str
        Pseudonyms of teams and of departments, in the order of their names.

    Returns
    -------
    pandas.DataFrame
        Columns ``department, respondents, by_few, hidden, is_open``, a row a team, departments
        side by side; ``is_open`` where nothing may be told of the team's department, ``by_few``
        where a team is hidden that all its respondents alone would not hide.
    """
    by_team = frame.groupby(codebook.team, observed=True)
    teams = pd.DataFrame({"department": "", "respondents": by_team.size()})
    if codebook.department is not None:
        teams["department"] = by_team[codebook.department].first().astype(str)
    departments = names_behind(teams["department"], name_order.get(codebook.department or "", ()))
    order = names_behind(teams.index.astype(str), name_order.get(codebook.team, ()))
    hidden, is_open = suppress_hierarchy(teams["respondents"], departments, rule, order=order)
    fewest = fewest_answered(frame, codebook)
    teams["by_few"] = False
    if (fewest < teams["respondents"]).any():
        # How many of few answered does not follow from the raised minimum that hides a team.
        least = rule if rule.minimum < DEFAULT_MINIMUM else DisclosureRule()
        few, few_open = suppress_hierarchy(fewest, departments, least, order=order)
        teams["by_few"] = few & ~hidden
        hidden, is_open = hidden | few, is_open | few_open
    teams["hidden"], teams["is_open"] = hidden, is_open
    return teams.sort_values("department", kind="stable")


def fewest_answered(frame: pd.DataFrame, codebook: Codebook) -> pd.Series:
    """
    Count in each team who answered the question that fewest of it answered.

    Figures about that question are about so few. Were the team hidden there alone, and shown
    with its size elsewhere, one less the other would tell how many left the question open.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked: frequencies, kinds of activity, and items of scales count.

    Returns
    -------
    pandas.Series
        By team. A question that nobody of a team answered, as one that its version of the
        questionnaire lacks, does not count.
    """
    kinds = () if codebook.outcome is None else codebook.asked.kinds
    asked = dict.fromkeys([*codebook.frequency_columns, *kinds, *codebook.items])
    by_team = frame.groupby(codebook.team, observed=True)
    everyone = by_team.size()
    answered = by_team[[column for column in asked if column in frame]].count()
    return answered.where(answered > 0).min(axis=1).fillna(everyone).astype(np.int64)


def hidden_by_few_answers(
    frame: pd.DataFrame, codebook: Codebook, name_order: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """
    Name the teams that every output hides for no more than that few answered some question.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    name_order : mapping of str to sequence of str
        Pseudonyms of teams and of departments, in the order of their names.

    Returns
    -------
    frozenset of str
        Teams that are not hidden, at the default minimum, where all respondents count: small
        ones by who answered the question that fewest answered, and those that protect these.
    """
    teams = teams_told(frame, codebook, DisclosureRule(), name_order)
    return frozenset(teams.index[teams["by_few"]].astype(str))


def answers_told(answers: pd.Series, rule: DisclosureRule) -> pd.DataFrame:
    """
    Give the answers to one question: how many gave each, and whether that may be told.

    Parameters
    ----------
    answers : pandas.Series
        The answers.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    pandas.DataFrame
        Columns ``respondents, hidden``, a row an answer, by its label.

    Examples
    --------
    >>> told = answers_told(pd.Series(list("a" * 3 + "b" * 7 + "c" * 9)), DisclosureRule())
    >>> told["hidden"].to_dict()
    {'a': True, 'b': True, 'c': False}
    """
    counts = answers.value_counts(sort=False)
    has_order = isinstance(answers.dtype, pd.CategoricalDtype) and answers.cat.ordered
    if isinstance(answers.dtype, pd.CategoricalDtype):
        counts = counts.reindex(answers.cat.categories)
    labels = [str(answer) for answer in counts.index]
    sizes = np.asarray(counts, dtype=np.int64)
    hidden = suppress_blocks(sizes, rule) if has_order else suppress(sizes, rule, order=labels)
    return pd.DataFrame({"respondents": sizes, "hidden": hidden}, index=labels)


def hidden_labels(
    frame: pd.DataFrame,
    codebook: Codebook,
    column: str,
    rule: DisclosureRule,
    name_order: Mapping[str, Sequence[str]],
) -> frozenset[str]:
    """
    Name the groups of a column that may not be told of, as `describe` hides them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    column : str
        The column: teams, departments, or any other.
    rule : DisclosureRule
        Which groups are too small to show.
    name_order : mapping of str to sequence of str
        Pseudonyms of teams and of departments, in the order of their names.

    Returns
    -------
    frozenset of str
        Labels of the small groups, and of those that protect them from subtraction.
    """
    if column in (codebook.team, codebook.department):
        teams = teams_told(frame, codebook, rule, name_order)
        if column == codebook.team:
            return frozenset(teams.index[teams["hidden"]].astype(str))
        return frozenset(teams.loc[teams["is_open"], "department"])
    told = answers_told(frame[column], rule)
    return frozenset(told.index[told["hidden"]])


def places_in(series: pd.Series, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """
    Find the place of each respondent's group in a list of groups.

    Parameters
    ----------
    series : pandas.Series
        The column.
    labels : sequence of str
        The groups.

    Returns
    -------
    ndarray of shape (n_respondents,), int
        -1 of those in none of them.

    Examples
    --------
    >>> places_in(pd.Series(["a", "b", None]), ["b"]).tolist()
    [-1, 0, -1]
    """
    places = {label: place for place, label in enumerate(labels)}
    found = [-1 if pd.isna(value) else places.get(str(value), -1) for value in series]
    return np.array(found, dtype=np.int64)
