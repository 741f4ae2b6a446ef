"""Read Parquet files, text as codes, so that ten million respondents fit in little memory."""

from pathlib import Path

from learnclimate.core.errors import FileError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import columns_of, require_columns
from learnclimate.survey.raw_answers import RawAnswers, numbered


def read_parquet(path: Path, codebook: Codebook, *, also: str | None = None) -> RawAnswers:
    """
    Read the columns of a codebook from a Parquet file.

    Text is read row group by row group as codes of its distinct values, so that ten million
    respondents fit in little memory.

    Parameters
    ----------
    path : Path
        The file.
    codebook : Codebook
        What was asked.
    also : str, optional
        A further column that is read where there is one.

    Returns
    -------
    RawAnswers
        Its answers.

    Raises
    ------
    FileError
        If it is not a readable Parquet file.
    SurveyError
        If it lacks a column of the codebook.
    """
    import pyarrow as pa

    try:
        return _read_parquet(path, codebook, also)
    except (pa.ArrowException, OSError) as error:
        raise FileError(
            f"{path} is not a readable Parquet file ({error}). Write it again, or save it as CSV."
        ) from error


def _read_parquet(path: Path, codebook: Codebook, also: str | None) -> RawAnswers:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
    told = schema.pandas_metadata or {}
    index = told.get("index_columns", [])
    # A range that pandas holds as index has a name but no column.
    named = [name for part in index if isinstance(part, dict) and (name := part.get("name"))]
    require_columns([*schema.names, *named], codebook, path.name)
    wanted = {*columns_of(codebook), also}
    text = [
        field.name
        for field in schema
        if field.name in wanted
        and (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
        # Respondents differ, so that codes would save nothing.
        and field.name not in (*index, codebook.respondent)
    ]
    others = [name for name in schema.names if name in wanted and name not in text]
    with pq.ParquetFile(path, read_dictionary=text) as file:
        frame = file.read(others, use_pandas_metadata=True).to_pandas(
            split_blocks=True, self_destruct=True
        )
        frame = numbered(frame.reset_index(drop=all(name is None for name in frame.index.names)))
        for column in text:
            codes = file.read([column]).column(column).unify_dictionaries()
            frame[column] = codes.to_pandas().set_axis(frame.index)
    return RawAnswers(frame, path.name, encoded=frozenset(text))
