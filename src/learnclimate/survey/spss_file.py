"""Read SPSS files: value labels become the answers, user-missing codes stay apart."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from learnclimate.core.errors import FileError, SurveyError
from learnclimate.survey.answers import warn
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import columns_of, require_columns
from learnclimate.survey.raw_answers import RawAnswers, numbered
from learnclimate.survey.spss_dictionary import state_of_dictionary

_SHOWN = 5
_PATIENCE = 120
_TRIAL = "import sys, pyreadstat; pyreadstat.read_sav(sys.argv[1], metadataonly=True)"

#: Roles whose answers are numbers, whatever labels a file puts on some of them.
_QUANTITIES = (
    "outcome",
    "checklist activity",
    "kind of activity",
    "number of activities asked",
    "exposure",
    "weight",
    "item",
    "people asked",
)
_Labels = dict[object, str]


def read_spss(path: Path, codebook: Codebook, *, also: str | None = None) -> RawAnswers:
    """
    Read the columns of a codebook from an SPSS file.

    Parameters
    ----------
    path : Path
        The file.
    codebook : Codebook
        What was asked. Outcome, exposure, weight and items are read as the codes, which
        are meant as numbers; all else as the labels of the codes, in the order of these.
    also : str, optional
        A further column, of numbers, that is read where there is one.

    Returns
    -------
    RawAnswers
        Its answers; why a cell is user-missing in ``reasons``.

    Raises
    ------
    FileError
        If it is not a readable SPSS file.
    SurveyError
        If it lacks a column of the codebook, or a column's labels do not tell its codes
        apart.
    """
    state = state_of_dictionary(path.read_bytes())
    if state == "cut short" or (state == "doubtful" and not _is_readable_aside(path)):
        raise FileError(
            f"{path} is not a readable SPSS file (its list of variables is damaged, or it was cut "
            "short). Save it again from SPSS."
        )
    _, header = _read(path, metadata=True)
    require_columns(header.column_names, codebook, path.name)
    roles = columns_of(codebook)
    if also is not None and also in header.column_names and also not in roles:
        roles[also] = "people asked"
    frame, meta = _read(path, columns=list(roles))
    frame = numbered(frame)
    reasons: dict[str, pd.Series] = {}
    columns: dict[str, pd.Series] = {}
    for name, role in roles.items():
        labels = _trimmed(meta.variable_value_labels.get(name, {}))
        values, why = _user_missing(frame[name], meta.missing_ranges.get(name, []), labels)
        if why.notna().any():
            reasons[name] = why
        if role == "outcome":
            _warn_of_labelled_counts(values, labels)
        if role == "frequency" and not labels:
            _refuse_bare_codes(values, codebook.levels_of(name))
        if role not in _QUANTITIES:
            values = _labelled(values, labels, f"Column {name!r} ({role})", role)
        columns[name] = values
    return RawAnswers(pd.DataFrame(columns, index=frame.index), path.name, reasons)


def _read(
    path: Path, *, metadata: bool = False, columns: list[str] | None = None
) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    # Older versions of pyreadstat have one of the two only.
    names = ("ReadstatError", "PyreadstatError")
    own = tuple(getattr(pyreadstat, name) for name in names if hasattr(pyreadstat, name))
    try:
        read = pyreadstat.read_sav(path, user_missing=True, metadataonly=metadata, usecols=columns)
    except (*own, ValueError, OSError) as error:
        raise FileError(
            f"{path} is not a readable SPSS file ({error}). Save it again from SPSS."
        ) from error
    frame, meta = read
    return frame, meta


def _is_readable_aside(path: Path) -> bool:
    """Read a doubtful file in another process first: a damaged one may end the process."""
    call = [sys.executable, "-c", _TRIAL, str(path)]
    try:
        tried = subprocess.run(call, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0


def _trimmed(labels: _Labels) -> _Labels:
    return {code: str(label).strip() for code, label in labels.items()}


def _user_missing(
    answers: pd.Series, ranges: list[dict[str, float]], labels: _Labels
) -> tuple[pd.Series, pd.Series]:
    """Blank the user-missing codes, and say of each which code it was."""
    missing = np.zeros(len(answers), dtype=bool)
    for span in ranges:
        missing |= answers.between(span["lo"], span["hi"]).to_numpy(dtype=bool)
    told: dict[object, str] = {}
    for code in answers[missing].unique():
        meaning = f" ({labels[code]})" if code in labels else ""
        told[code] = f"user-missing code {_written(code)}{meaning}"
    why = answers.where(missing).map(told.get, na_action="ignore").astype(object)
    return answers.mask(missing), why


def _warn_of_labelled_counts(counts: pd.Series, labels: _Labels) -> None:
    """Warn where a count has a label that tells something else, such as an answer option."""
    used = set(counts.dropna().unique())
    other = {
        code: label
        for code, label in labels.items()
        if code in used and code != 0 and not (_is_number(label) and float(label) == code)
    }
    if other:
        warn(
            f"Column {counts.name!r} is read as counts, but these have labels: {_listed(other)}. "
            "If they are answer options or codes for missing, recode them in SPSS or declare them "
            "missing."
        )


def _refuse_bare_codes(answers: pd.Series, levels: tuple[str, ...]) -> None:
    """Refuse codes of which the file does not say what they stand for, nor the codebook."""
    if not pd.api.types.is_numeric_dtype(answers):
        return
    used = sorted(answers.dropna().unique())
    written = [_written(code) for code in used]
    if not used or set(written) & set(levels):
        return
    shown = ", ".join(written[:_SHOWN])
    raise SurveyError(
        f"Column {answers.name!r} (frequency) holds the codes {shown} without "
        "value labels, so which answers they stand for is not known. Give them value labels in "
        "SPSS (Variable View, Values) and save again; or name the codes as levels, lowest first: "
        f"frequency_levels={written[:_SHOWN]!r}."
    )


def _labelled(answers: pd.Series, labels: _Labels, where: str, role: str) -> pd.Series:
    """Put value labels in place of codes; of numbers that have a few, say so."""
    used = sorted(answers.dropna().unique(), key=_place)
    has = {code: labels[code] for code in used if labels.get(code)}
    if not has:
        return answers
    _refuse_same_labels(has, where)
    without = [code for code in used if code not in has]
    if without and role == "covariate" and _is_quantity(has, without):
        warn(
            f"{where} is read as a number, but these codes have labels: {_listed(has)}. If they "
            "are no numbers, declare them missing in SPSS."
        )
        return answers
    if without and role in ("covariate", "frequency"):
        row = answers.index[(answers == without[0]).to_numpy()][0]
        raise SurveyError(
            f"{where}, row {row}: code {_written(without[0])} has no value label, while these "
            f"have: {_listed(has)}. Label it in SPSS or declare it missing; if the column holds "
            "numbers, take the labels off."
        )
    if role == "covariate" and all(map(_is_number, has.values())):
        return _told(answers, lambda code: float(has[code])).astype(float)
    if without:
        warn(
            f"{where}: these codes have no value label, and are told as they are: "
            f"{', '.join(map(_written, without[:_SHOWN]))}."
        )
    written = _told(answers, lambda code: has.get(code, _written(code)))
    named = {**labels, **{code: _written(code) for code in without}}
    order = [named[code] for code in sorted(named, key=_place) if named[code]]
    return pd.Series(
        pd.Categorical(written, categories=list(dict.fromkeys(order))), index=answers.index
    )


def _told(answers: pd.Series, tell: Callable[[object], object]) -> pd.Series:
    return answers.map(tell, na_action="ignore")


def _refuse_same_labels(has: _Labels, where: str) -> None:
    """Refuse codes in use that would become one answer."""
    codes: dict[str, object] = {}
    for code, label in has.items():
        if label in codes:
            raise SurveyError(
                f"{where}: codes {_written(codes[label])} and {_written(code)} have the same "
                f"label, {label!r}. Give them different labels in SPSS, or recode one into the "
                "other."
            )
        codes[label] = code


def _is_quantity(has: _Labels, without: list[object]) -> bool:
    """Tell a number of which a few codes have labels from a category that lacks a label."""
    return len(without) > len(has) and all(isinstance(code, int | float) for code in without)


def _listed(labels: _Labels) -> str:
    shown = [f"{_written(code)} ({label!r})" for code, label in list(labels.items())[:_SHOWN]]
    return ", ".join(shown) + (", …" if len(labels) > _SHOWN else "")


def _written(code: object) -> str:
    return f"{code:g}" if isinstance(code, int | float) else str(code)


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def _place(code: object) -> tuple[int, float, str]:
    return (0, float(code), "") if isinstance(code, int | float) else (1, 0.0, str(code))
