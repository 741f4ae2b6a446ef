"""How many rows were left out of a survey, and why: each row counted once."""

import pandas as pd

#: Told of a row that lacks an answer to a frequency.
FREQUENCY_OPEN = "frequency not answered"


def rows_by_reason(ledger: pd.DataFrame) -> pd.DataFrame:
    """
    Count the rows that were left out, each under one reason only.

    Were a row that lacks two answers counted under both, the numbers less the number of all rows
    would tell how many lack both. A row counts under the first of its columns in the ledger; under
    a frequency only where it lacks nothing else, as those rows whose level a model sums out.

    Parameters
    ----------
    ledger : pandas.DataFrame
        Columns ``row, column, reason`` among others, one row for each answer that was missing.

    Returns
    -------
    pandas.DataFrame
        Columns ``column, reason, rows``, in the order of the ledger; ``rows`` sum to the number
        of rows left out.

    Examples
    --------
    >>> ledger = pd.DataFrame(
    ...     {"row": [1, 2, 2], "column": ["talk", "talk", "tenure"], "reason": [FREQUENCY_OPEN] * 3}
    ... )
    >>> ledger.loc[2, "reason"] = "covariate not answered"
    >>> rows_by_reason(ledger)["rows"].tolist()
    [1, 1]
    """
    last = ledger.assign(last=ledger["reason"] == FREQUENCY_OPEN)
    once = last.sort_values(["row", "last"], kind="stable").drop_duplicates("row")
    once = once.sort_index()
    counted = once.groupby(["column", "reason"], sort=False)["row"].size()
    return counted.rename("rows").reset_index()
