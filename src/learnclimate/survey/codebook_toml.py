"""Codebooks as TOML files that a person can read and edit."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learnclimate.core.errors import ArgumentTypeError, CodebookError, FileError, nearest
from learnclimate.core.files import write_atomically
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.outcome_toml import outcome_from_mapping, outcome_to_mapping

_COMMENTS = {
    "outcome": "Column with the number of learning activities; a study of scales alone has none.",
    "team": "Column with the team.",
    "frequency": "Column(s) with how often people talk about learning.",
    "department": "Column with the department (each team lies in one).",
    "exposure": "Column with the exposure, above 0; counts are per unit of it.",
    "covariates": "Columns with further characteristics to adjust for.",
    "weight": "Column with a sampling weight, for answers standardised over the respondents.",
    "respondent": "Column that identifies respondents; duplicates are then an error.",
}
_SCALES = (
    "# Scales, a table each. items: the columns of its questions; minimum and maximum: the lowest",
    "# and highest answer one can give; reverse: those of its items for which a high answer means",
    "# little of what the scale measures. Where the file holds words in the place of numbers, name",
    "# them, lowest first: answers = [...].",
)
_ASKED = (
    "# An outcome that was not asked by an open number becomes a table: [outcome] with its name",
    "# and its bins (answer options), top (top code), checklist or kinds (columns); see Outcome.",
)
_KEYS = (*_COMMENTS, "frequency_levels", "scales")


def read_codebook(path: Path) -> Codebook:
    """
    Read a codebook from a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Codebook
        The codebook.

    Raises
    ------
    FileError
        If the file cannot be read or is not TOML.
    CodebookError
        If it does not describe a codebook.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileError(
            f"There is no codebook at {path}. Write one with: learnclimate init {path}"
        ) from error
    except UnicodeDecodeError as error:
        raise FileError(
            f"The codebook {path} cannot be read: it is not saved as UTF-8. Save it again in your "
            "editor, with the encoding UTF-8."
        ) from error
    except OSError as error:
        raise FileError(f"The codebook {path} cannot be read: {error.strerror}.") from error
    try:
        return codebook_from_mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FileError(
            f"The codebook {path} is not valid TOML: {error}. {_toml_remedy(str(error))}"
        ) from error
    except RecursionError:
        raise FileError(
            f"The codebook {path} is nested too deeply to be read. A codebook has tables one deep, "
            "such as [scales.leadership]."
        ) from None
    except (CodebookError, ArgumentTypeError) as error:
        raise CodebookError(f"In the codebook {path}: {error}") from error


def _toml_remedy(fault: str) -> str:
    """Say what to do about a fault, told by the reader of TOML in its own words."""
    if "overwrite" in fault or "twice" in fault:
        return "A key stands there for the second time: keep one of the two."
    if "string" in fault or "character" in fault:
        return "Text stands between straight quotes; a quote or backslash within it after a \\."
    return "Put text between quotes."


def codebook_from_mapping(given: Mapping[str, Any]) -> Codebook:
    """
    Make a codebook of nested plain values, as they stand in a TOML or JSON file.

    Parameters
    ----------
    given : mapping
        The arguments of `Codebook` by name; each scale a mapping likewise.

    Returns
    -------
    Codebook
        The codebook.

    Raises
    ------
    CodebookError
        If a key is unknown or a required one missing.

    Examples
    --------
    >>> codebook_from_mapping({"outcome": "n", "team": "team"})
    Codebook(outcome='n', team='team')
    """
    for key in given:
        if key not in _KEYS:
            raise CodebookError(f"A codebook has no key {key!r}. {nearest(key, _KEYS)}")
    # A study of scales alone has no outcome.
    for key in ("team",) if given.get("scales") else ("outcome", "team"):
        if key not in given:
            raise CodebookError(
                f"The key {key!r} is missing. {_COMMENTS[key]} Write it above the first [table]."
            )
    parts = dict(given)
    if isinstance(parts.get("outcome"), Mapping):
        parts["outcome"] = outcome_from_mapping(parts["outcome"])
    scales = parts.pop("scales", {})
    if not isinstance(scales, Mapping):
        raise CodebookError("'scales' should be tables, such as [scales.leadership].")
    parts["scales"] = [_scale(name, table) for name, table in scales.items()]
    return Codebook(**parts)


def codebook_to_mapping(codebook: Codebook) -> dict[str, Any]:
    """
    Unmake a codebook into plain values; the inverse of `codebook_from_mapping`.

    Parameters
    ----------
    codebook : Codebook
        The codebook.

    Returns
    -------
    dict
        Only what the codebook has.

    Examples
    --------
    >>> codebook_to_mapping(Codebook(outcome="n", team="team", covariates=["age"]))
    {'outcome': 'n', 'team': 'team', 'covariates': ['age']}
    """
    parts: dict[str, Any] = {}
    for key in _COMMENTS:
        value = getattr(codebook, key)
        if isinstance(value, Outcome):
            parts[key] = outcome_to_mapping(value)
        elif value:
            parts[key] = list(value) if isinstance(value, tuple) else value
    if codebook.frequency_levels:
        parts["frequency_levels"] = {
            column: list(levels) for column, levels in codebook.frequency_levels
        }
    if codebook.scales:
        parts["scales"] = {
            scale.name: {
                "items": list(scale.items),
                "minimum": scale.minimum,
                "maximum": scale.maximum,
                "reverse": list(scale.reverse),
                **({"answers": list(scale.answers)} if scale.answers else {}),
            }
            for scale in codebook.scales
        }
    return parts


def write_codebook(codebook: Codebook, path: Path) -> None:
    """
    Write a codebook to a commented TOML file.

    Parameters
    ----------
    codebook : Codebook
        The codebook.
    path : Path
        Where to write.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    write_atomically(path, codebook_text(codebook).encode())


def codebook_text(codebook: Codebook, *, suggested: Codebook | None = None) -> str:
    """
    Write a codebook as commented TOML.

    Parameters
    ----------
    codebook : Codebook
        The codebook.
    suggested : Codebook, optional
        What it might have too: keys and scales of this one that the codebook lacks are
        written as comments, to be used by taking the ``#`` away.

    Returns
    -------
    str
        The text of the file.

    Examples
    --------
    >>> print(codebook_text(Codebook(outcome="n", team="team")).splitlines()[3])
    outcome = "n"
    """
    parts = codebook_to_mapping(codebook)
    more = {} if suggested is None else codebook_to_mapping(suggested)
    lines = ["# A learnclimate codebook: what was asked, and in which columns the answers stand."]
    if more:
        lines.append(
            "# To use an optional line, take the hash sign away and put in your own column."
        )
        lines += _ASKED
    for key, comment in _COMMENTS.items():
        if isinstance(parts.get(key), Mapping):
            continue
        if key in parts:
            lines += ["", f"# {comment}", f"{key} = {_value(parts[key])}"]
        elif key in more:
            lines += ["", f"# Optional. {comment}", f"# {key} = {_value(more[key])}"]
    if isinstance(parts.get("outcome"), Mapping):
        lines += ["", *_outcome_lines(parts["outcome"])]
    if "frequency_levels" in parts:
        lines += ["", "# The answers, lowest first; anything else is an error."]
        lines.append("[frequency_levels]")
        lines += [f"{_key(key)} = {_value(v)}" for key, v in parts["frequency_levels"].items()]
    if "scales" in parts:
        lines += ["", *(_SCALES if more else ()), *_scale_lines(parts["scales"], "")]
    elif "scales" in more:
        lines += ["", "# Optional.", *_SCALES, *_scale_lines(more["scales"], "# ")]
    return "\n".join(lines) + "\n"


def _outcome_lines(outcome: Mapping[str, object]) -> list[str]:
    """Write the table of an outcome; what has keys of its own as inline tables."""
    lines = ["# How the number of learning activities was asked.", "[outcome]"]
    for key, value in outcome.items():
        lines.append(f"{key} = {_inline(value)}")
    return lines


def _inline(value: object) -> str:
    if not isinstance(value, Mapping):
        return _value(value)
    return "{ " + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + " }"


def _scale_lines(scales: Mapping[str, Mapping[str, object]], mark: str) -> list[str]:
    lines = []
    for number, (name, table) in enumerate(scales.items()):
        lines += [""] * (number > 0) + [f"{mark}[scales.{_key(name)}]"]
        lines += [f"{mark}{key} = {_value(v)}" for key, v in table.items()]
    return lines


def _scale(name: str, table: object) -> Scale:
    options = ("items", "minimum", "maximum", "reverse", "answers")
    if not isinstance(table, Mapping) or "items" not in table:
        raise CodebookError(f'Scale {name!r} has no items: write items = ["..."].')
    for key in table:
        if key not in options:
            raise CodebookError(f"Scale {name!r} has no key {key!r}. {nearest(key, options)}")
    rest = {key: value for key, value in table.items() if key != "items"}
    return Scale(name, table["items"], **rest)


def _value(value: object) -> str:
    # A JSON string, list of strings or integer is TOML as it stands.
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)
