"""`read_survey`: from a data frame or a questionnaire file to a `Survey`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FileError, SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import code_columns, columns_of, require_columns
from learnclimate.survey.csv_text import line_of_names, open_csv

if TYPE_CHECKING:
    from learnclimate.survey.raw_answers import RawAnswers
    from learnclimate.survey.survey import Survey

# What needs pandas is loaded in the functions, once path and columns are known to be right: a
# wrong call is answered at once.

_CSV = (".csv", ".txt", ".tsv")
_EXCEL = (".xlsx", ".xlsm")
_PARQUET = (".parquet",)
_SPSS = (".sav", ".zsav")
_KNOWN = (*_CSV, *_EXCEL, *_PARQUET, *_SPSS)


def read_survey(
    source: object,
    codebook: Codebook,
    *,
    sheet: str | None = None,
    invited: object = None,
) -> "Survey":
    """
    Read answers and validate them against their codebook.

    A wrong answer (a level that is not listed, a negative count) is an error; a missing
    one leaves the row out, and the ledger says so. Missing items of scales stay missing.

    Parameters
    ----------
    source : data frame or path
        A pandas data frame, or any that narwhals knows (polars, pyarrow, ...); or the
        path of a CSV (delimiter, encoding and decimal comma are found; Qualtrics and
        LimeSurvey exports are recognised), Excel, Parquet or SPSS (.sav) file.
    codebook : Codebook
        What was asked.
    sheet : str, optional
        Name of the sheet of an Excel file; the first where left out.
    invited : int, str, or mapping or Series of team to int, optional
        How many people were asked: one number for the study; the name of a column that holds
        the number of the respondent's team; or numbers by team, those included in which nobody
        answered. Description and report then tell the response.

    Returns
    -------
    Survey
        The validated answers; teams, departments and other categories as pandas
        categories, all else as numbers.

    Raises
    ------
    SurveyError
        If a column is missing or an answer is wrong; the message names column, row,
        value and remedy.
    FileError
        If the file cannot be read, is truncated, or is not what its name says.
    ArgumentError
        If the file has no such sheet, or is of a kind without sheets; if `invited` is no
        number of people, lacks a team that answered, or is below the number who answered.
    ArgumentTypeError
        If `source` is no data frame or path, or `codebook` no `Codebook`.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame(
    ...     {"n": [0, 4, 2], "team": ["a", "a", "b"], "talk": ["no", "yes", None]}
    ... )
    >>> book = Codebook(outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"])
    >>> read_survey(answers, book).ledger["reason"].tolist()
    ['frequency not answered']
    """
    if not isinstance(codebook, Codebook):
        raise ArgumentTypeError(
            f"read_survey(..., codebook): {type(codebook).__name__} is not a Codebook. "
            "Make one with Codebook(...) or Codebook.from_toml(path)."
        )
    if isinstance(source, str | Path):
        also = invited if isinstance(invited, str) else None
        raw = _read_path(Path(source), codebook, sheet, also)
    elif sheet is not None:
        raise ArgumentError(f"sheet={sheet!r}: only Excel files have sheets, and this is no file.")
    else:
        raw = _read_frame(source)
    from learnclimate.survey.raw_answers import with_line
    from learnclimate.survey.survey import Survey
    from learnclimate.survey.validation import validated

    try:
        answers = validated(
            raw.frame,
            codebook,
            source=raw.source,
            reasons=raw.reasons,
            excluded=raw.excluded,
            encoded=raw.encoded,
        )
    except SurveyError as error:
        told = with_line(str(error), raw.first_line)
        if told == str(error):
            raise
        raise SurveyError(told) from None
    survey = Survey(
        answers.frame,
        codebook,
        answers.ledger,
        raw.source,
        without_frequency=answers.without_frequency if len(answers.without_frequency) else None,
    )
    if invited is None:
        return survey
    from learnclimate.survey.invited import checked_invited

    sizes = survey.people_by_team()
    return replace(survey, invited=checked_invited(invited, raw.frame, codebook, sizes))


def _read_path(path: Path, codebook: Codebook, sheet: str | None, also: str | None) -> "RawAnswers":
    if not path.exists():
        raise FileError(f"There is no file {path}. Check the path (working folder {Path.cwd()}).")
    if path.is_dir():
        raise FileError(f"{path} is a folder. Give the path of a file.")
    ending = path.suffix.lower()
    if ending not in _KNOWN:
        told = f"files ending in {ending!r} are not known" if ending else "its name has no ending"
        raise FileError(f"{path}: {told}. Save it as one of {', '.join(sorted(_KNOWN))}.")
    if path.stat().st_size == 0:
        raise FileError(f"{path} is empty. Export the answers again.")
    if sheet is not None and ending not in _EXCEL:
        raise ArgumentError(
            f"sheet={sheet!r}: only Excel files ({', '.join(_EXCEL)}) have sheets, and {path.name} "
            "is none. Leave it out."
        )
    if ending in _CSV:
        return _read_csv(path, codebook)
    if ending in _EXCEL:
        from learnclimate.survey.excel_file import read_excel

        return read_excel(path, codebook, sheet)
    if ending in _PARQUET:
        from learnclimate.survey.parquet_file import read_parquet

        return read_parquet(path, codebook, also=also)
    from learnclimate.survey.spss_file import read_spss

    return read_spss(path, codebook, also=also)


def _read_csv(path: Path, codebook: Codebook) -> "RawAnswers":
    text = open_csv(path)
    try:
        require_columns(text.header, codebook, text.source)
    except SurveyError as error:
        line = line_of_names(text.beginning, columns_of(codebook))
        if line is None:
            raise
        raise SurveyError(
            f"{error} The names of the columns stand in line {line}: delete the lines above it."
        ) from None
    from learnclimate.survey.csv_file import csv_answers

    return csv_answers(text, as_text=code_columns(codebook))


def _read_frame(source: object) -> "RawAnswers":
    import pandas as pd

    from learnclimate.survey.raw_answers import RawAnswers, numbered

    if isinstance(source, pd.DataFrame):
        return RawAnswers(numbered(source), "the data frame")
    import narwhals as nw

    try:
        frame = nw.from_native(source)  # type: ignore[call-overload]
    except TypeError as error:
        raise ArgumentTypeError(
            f"read_survey cannot read {type(source).__name__}. Give a data frame (pandas, polars, "
            "...) or the path of a file."
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise SurveyError(_two_columns(source)) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return RawAnswers(numbered(frame.to_pandas()), "the data frame")


def _two_columns(source: object) -> str:
    names = [str(name) for name in getattr(source, "column_names", ())]
    twice = next((name for name in names if names.count(name) > 1), "")
    told = f"are named {twice!r}" if twice else "have the same name"
    return f"Two columns {told} in the data frame. Rename one."
