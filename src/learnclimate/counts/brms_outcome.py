"""The left side of a brms formula: the outcome, however it was asked, prepared in R."""

import re

from learnclimate.survey.outcome import Outcome

_PLAIN = re.compile(r"^(?:[A-Za-z]|\.(?![0-9]))[A-Za-z0-9._]*$")
_NOTE = (
    "Bounds of cens() in brms: 'interval' is above the first and up to the second bound, 'right' "
    "is above the bound and 'left' up to it."
)


def quoted(name: str) -> str:
    """
    Write a column's name in R.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        In backticks where R needs them.

    Examples
    --------
    >>> quoted("team"), quoted("my team")
    ('team', '`my team`')
    """
    return name if _PLAIN.match(name) else f"`{name}`"


def outcome_side(outcome: Outcome) -> tuple[str, list[str], list[str]]:
    """
    Write the outcome as brms takes it.

    Parameters
    ----------
    outcome : Outcome
        How it was asked.

    Returns
    -------
    side : str
        What stands to the left of the tilde.
    prepared : list of str
        Lines of R that make the columns for it.
    notes : list of str
        How to read them.

    Examples
    --------
    >>> outcome_side(Outcome("n", trials=8))[0]
    'n | trials(8)'
    >>> outcome_side(Outcome("n", top=10))[1][-1]
    'data$n_from <- ifelse(data$n >= 10, 9, data$n)'
    """
    name, prepared = quoted(outcome.name), []
    if outcome.checklist:
        ticked = " + ".join(f"data${quoted(column)}" for column in outcome.checklist)
        if outcome.empty_means_unticked:
            columns = ", ".join(_text(column) for column in outcome.checklist)
            ticked = f"rowSums(data[c({columns})], na.rm = TRUE)"
        prepared.append(f"data${name} <- {ticked}")
    if outcome.trials is not None:
        trials = outcome.trials if isinstance(outcome.trials, int) else quoted(outcome.trials)
        return f"{name} | trials({trials})", prepared, []
    made = re.sub(r"[^A-Za-z0-9_]", "_", outcome.name)
    if outcome.top is not None:
        top = outcome.top
        # A top-coded answer may be written with a mark, as "10+".
        prepared = [
            f'data${name} <- as.numeric(sub("[^0-9].*$", "", data${name}))',
            f'data${made}_kind <- ifelse(data${name} >= {top}, "right", "none")',
            f"data${made}_from <- ifelse(data${name} >= {top}, {top - 1}, data${name})",
        ]
        return f"{made}_from | cens({made}_kind)", prepared, [_NOTE]
    if not outcome.bins:
        return name, [], []
    side = f"{made}_from | cens({made}_kind, {made}_to)"
    return side, _bounds(outcome, made), [_NOTE]


def _bounds(outcome: Outcome, made: str) -> list[str]:
    """Look the bounds of every answer up in a table, by version where these differ."""
    rows = []
    for version, options in outcome.bins:
        for option in options:
            key = option.label if outcome.version is None else f"{version}: {option.label}"
            kind, start, end = _censored(option.lowest, option.highest)
            rows.append((_text(key), f'"{kind}"', str(start), str(end)))
    keys, kinds, starts, ends = (", ".join(column) for column in zip(*rows, strict=True))
    answer = f"as.character(data${quoted(outcome.name)})"
    if outcome.version is not None:
        answer = f'paste0(data${quoted(outcome.version)}, ": ", {answer})'
    return [
        f"place <- match({answer}, c({keys}))",
        f"data${made}_kind <- c({kinds})[place]",
        f"data${made}_from <- c({starts})[place]",
        f"data${made}_to <- c({ends})[place]",
    ]


def _censored(lowest: int, highest: int | None) -> tuple[str, int, int]:
    if highest is None:
        return "right", lowest - 1, lowest - 1
    if lowest == highest:
        return "none", lowest, lowest
    # No bound lies below 0, which brms refuses as an outcome.
    return ("left", highest, highest) if lowest == 0 else ("interval", lowest - 1, highest)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
