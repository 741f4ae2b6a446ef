"""The left side of a brms formula: the outcome, however it was asked, prepared in R."""

from learnclimate.counts.r_names import RNames, r_text, r_values
from learnclimate.survey.outcome import Outcome

_NOTE = (
    "Bounds of cens() in brms: 'interval' is above the first and up to the second bound, 'right' "
    "is above the bound and 'left' up to it."
)


def outcome_side(outcome: Outcome, names: RNames) -> tuple[str, tuple[str, ...]]:
    """
    Write the outcome as brms takes it.

    Parameters
    ----------
    outcome : Outcome
        How it was asked.
    names : RNames
        Names so far; lines of R that make columns for the outcome are added to it.

    Returns
    -------
    side : str
        What stands to the left of the tilde.
    notes : tuple of str
        How to read the lines.

    Examples
    --------
    >>> names = RNames.of(["n"])
    >>> outcome_side(Outcome("n", trials=8), names)[0]
    'n | trials(8)'
    >>> _ = outcome_side(Outcome("n", top=10), names)
    >>> names.prepared[-1]
    'data$n_from <- ifelse(data$n_number >= 10, 9, data$n_number)'
    """
    if outcome.trials is not None:
        name = _ticked(outcome, names) if outcome.checklist else names.column(outcome.name)
        own = outcome.trials
        return f"{name} | trials({own if isinstance(own, int) else names.column(own)})", ()
    if outcome.top is None and not outcome.bins:
        return names.column(outcome.name), ()
    kind, start = names.made(f"{outcome.name}_kind"), names.made(f"{outcome.name}_from")
    if outcome.top is None:
        end = names.made(f"{outcome.name}_to")
        _bounds(outcome, names, (kind, start, end))
        return f"{start} | cens({kind}, {end})", (_NOTE,)
    # A top-coded answer may be written with a mark, as "10+".
    top, number = outcome.top, names.made(f"{outcome.name}_number")
    answer = r_values(outcome.name)
    names.prepare(f'data${number} <- as.numeric(sub("[^0-9].*$", "", {answer}))')
    names.prepare(f'data${kind} <- ifelse(data${number} >= {top}, "right", "none")')
    names.prepare(f"data${start} <- ifelse(data${number} >= {top}, {top - 1}, data${number})")
    return f"{start} | cens({kind})", (_NOTE,)


def _ticked(outcome: Outcome, names: RNames) -> str:
    """Count the ticks of a checklist into a column."""
    name = names.outcome(outcome.name)
    ticked = " + ".join(r_values(column) for column in outcome.checklist)
    if outcome.empty_means_unticked:
        columns = ", ".join(r_text(column) for column in outcome.checklist)
        ticked = f"rowSums(data[c({columns})], na.rm = TRUE)"
    names.prepare(f"data${name} <- {ticked}")
    return name


def _bounds(outcome: Outcome, names: RNames, made: tuple[str, str, str]) -> None:
    """Look the bounds of every answer up in a table, by version where these differ."""
    rows = []
    for version, options in outcome.bins:
        for option in options:
            key = option.label if outcome.version is None else f"{version}: {option.label}"
            kind, start, end = _censored(option.lowest, option.highest)
            rows.append((r_text(key), f'"{kind}"', str(start), str(end)))
    keys, *columns = (", ".join(column) for column in zip(*rows, strict=True))
    answer = f"as.character({r_values(outcome.name)})"
    if outcome.version is not None:
        answer = f'paste0({r_values(outcome.version)}, ": ", {answer})'
    names.prepare(f"place <- match({answer}, c({keys}))")
    for column, values in zip(made, columns, strict=True):
        names.prepare(f"data${column} <- c({values})[place]")


def _censored(lowest: int, highest: int | None) -> tuple[str, int, int]:
    if highest is None:
        return "right", lowest - 1, lowest - 1
    if lowest == highest:
        return "none", lowest, lowest
    # No bound lies below 0, which brms refuses as an outcome.
    return ("left", highest, highest) if lowest == 0 else ("interval", lowest - 1, highest)
