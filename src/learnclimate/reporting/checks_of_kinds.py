"""Checks of several kinds in the words of a reader: a row a figure, with every kind in it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pandas as pd

from learnclimate.checks.kinds_predictive import KindsPredictive
from learnclimate.checks.verdict import Check
from learnclimate.core.kind_labels import TOTAL
from learnclimate.reporting.checks_told import CheckTold, checks_told, figure_decimals
from learnclimate.reporting.language import listed, number, texts


def kinds_checks_told(
    checks: Sequence[Check], predictive: KindsPredictive, *, language: str
) -> list[CheckTold]:
    """
    Tell the checks of a model of several kinds against the answers.

    Parameters
    ----------
    checks : sequence of Check
        From `check_fit`.
    predictive : KindsPredictive
        The figures behind them.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of CheckTold
        One row a check: the figure of every kind, and where it lies among new data sets.
    """
    words = texts(language)
    table = predictive.statistics
    told = []
    for check, row in zip(checks, checks_told(checks, language=language), strict=True):
        rows = table[table["statistic"] == check.name]
        if rows.empty or check.name not in words["check_words"]:
            told.append(row)
            continue
        figures = [_figure(one, _pairs_of(table), language) for _, one in rows.iterrows()]
        sentence = words["kinds"]["check"].format(
            what=words["check_words"][check.name], figures="; ".join(figures)
        )
        if check.verdict in ("bad", "doubtful"):
            sentence = f"{sentence} {words['check_words']['mind']}"
        told.append(replace(row, words=sentence, words_language=language))
    return told


def _pairs_of(table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Name the two kinds that each row about a pair is of."""
    names = table.loc[table["statistic"] == "mean", "kind"].astype(str)
    kinds = [name for name in names if name != TOTAL]
    return {f"{one} and {other}": (one, other) for one, other in combinations(kinds, 2)}


def _figure(row: pd.Series, pairs: dict[str, tuple[str, ...]], language: str) -> str:
    words = texts(language)["kinds"]
    kind = str(row["kind"])
    name = words["total_within"] if kind == TOTAL else listed(pairs.get(kind, (kind,)), language)
    figures = [float(row[bound]) for bound in ("lower", "upper")]
    if row["hidden"]:
        decimals = figure_decimals(figures)
        lower, upper = (number(one, decimals, language) for one in figures)
        return words["check_hidden"].format(kind=name, lower=lower, upper=upper)
    figures.append(float(row["observed"]))
    decimals = figure_decimals(figures)
    lower, upper, observed = (number(one, decimals, language) for one in figures)
    return words["check_figure"].format(kind=name, observed=observed, lower=lower, upper=upper)
