"""`read_survey`: from a data frame or a questionnaire file to a `Survey`."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, FileError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.csv_file import read_csv
from learnclimate.survey.raw_answers import RawAnswers
from learnclimate.survey.survey import Survey
from learnclimate.survey.table_files import read_excel, read_parquet, read_spss
from learnclimate.survey.validation import validated

_READERS: dict[str, Callable[[Path], RawAnswers]] = {
    ".csv": read_csv,
    ".txt": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".parquet": read_parquet,
}
_SPSS = (".sav", ".zsav")


def read_survey(source: object, codebook: Codebook) -> Survey:
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

    Returns
    -------
    Survey
        The validated answers.

    Raises
    ------
    SurveyError
        If a column is missing or an answer is wrong; the message names column, row,
        value and remedy.
    FileError
        If the file cannot be read, is truncated, or is not what its name says.
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
    is_path = isinstance(source, str | Path)
    raw = _read_path(Path(source), codebook) if is_path else _read_frame(source)
    answers = validated(
        raw.frame,
        codebook,
        source=raw.source,
        reasons=raw.reasons,
        excluded=raw.excluded,
    )
    return Survey(answers.frame, codebook, answers.ledger, raw.source)


def _read_path(path: Path, codebook: Codebook) -> RawAnswers:
    if not path.exists():
        raise FileError(f"There is no file {path}. Check the path (working folder {Path.cwd()}).")
    if path.is_dir():
        raise FileError(f"{path} is a folder. Give the path of a file.")
    ending = path.suffix.lower()
    if ending not in (*_READERS, *_SPSS):
        raise FileError(
            f"{path}: files ending in {path.suffix or 'nothing'!r} are not known. Save it as one "
            f"of {', '.join(sorted((*_READERS, *_SPSS)))}."
        )
    if path.stat().st_size == 0:
        raise FileError(f"{path} is empty. Export the answers again.")
    if ending in _SPSS:
        numbers = (codebook.outcome, codebook.exposure or "", codebook.weight or "")
        return read_spss(path, numeric=(*numbers, *codebook.items))
    return _READERS[ending](path)


def _read_frame(source: object) -> RawAnswers:
    if isinstance(source, pd.DataFrame):
        return RawAnswers(source, "the data frame")
    import narwhals as nw

    try:
        frame = nw.from_native(source)  # type: ignore[call-overload]
    except TypeError as error:
        raise ArgumentTypeError(
            f"read_survey cannot read {type(source).__name__}. Give a data frame (pandas, polars, "
            "...) or the path of a file."
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return RawAnswers(frame.to_pandas(), "the data frame")
