"""How an outcome was asked, as plain values of a TOML or JSON file, and back."""

import inspect
from collections.abc import Mapping
from typing import Any

from learnclimate.core.errors import CodebookError, nearest
from learnclimate.survey.answer_options import AnswerOption, tells_its_counts
from learnclimate.survey.outcome import Outcome


def outcome_from_mapping(given: Mapping[str, Any]) -> Outcome:
    """
    Make an outcome of plain values.

    Parameters
    ----------
    given : mapping
        The arguments of `Outcome` by name.

    Returns
    -------
    Outcome
        The outcome.

    Raises
    ------
    CodebookError
        If a key is unknown or the name is missing.

    Examples
    --------
    >>> outcome_from_mapping({"name": "n", "top": 10})
    Outcome('n', top=10)
    """
    options = tuple(inspect.signature(Outcome).parameters)
    for key in given:
        if key not in options:
            raise CodebookError(f"The outcome has no key {key!r}. {nearest(key, options)}")
    if "name" not in given:
        raise CodebookError('The outcome has no name: write name = "...", its column.')
    return Outcome(**given)


def outcome_to_mapping(outcome: Outcome) -> dict[str, Any]:
    """
    Unmake an outcome into plain values; the inverse of `outcome_from_mapping`.

    Parameters
    ----------
    outcome : Outcome
        The outcome.

    Returns
    -------
    dict
        Only what it has.

    Examples
    --------
    >>> outcome_to_mapping(Outcome("n", bins=["none", "1 or more"]))
    {'name': 'n', 'bins': ['none', '1 or more']}
    """
    parts: dict[str, Any] = {"name": outcome.name}
    if outcome.version is not None:
        parts["version"] = outcome.version
    if outcome.top is not None:
        parts["top"] = outcome.top
    if outcome.checklist:
        parts["checklist"] = list(outcome.checklist)
    elif outcome.trials is not None:
        parts["trials"] = outcome.trials
    if outcome.kinds:
        parts["kinds"] = list(outcome.kinds)
    if outcome.empty_means_unticked:
        parts["empty_means_unticked"] = True
    if outcome.bins:
        by_version = {version: _plain(options) for version, options in outcome.bins}
        parts["bins"] = by_version if outcome.version is not None else by_version[""]
    return parts


def _plain(options: tuple[AnswerOption, ...]) -> list[str] | dict[str, list[int]]:
    """Labels where these tell their counts, else counts by label, a single one for "or more"."""
    if all(map(tells_its_counts, options)):
        return [option.label for option in options]
    return {
        option.label: [option.lowest] if option.highest is None else [option.lowest, option.highest]
        for option in options
    }
