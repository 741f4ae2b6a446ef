"""From ranks to a verdict: which quantities are not calibrated, and in which direction."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.uniformity import uniformity_p_value
from learnclimate.checks.verdict import Verdict, worst

FloatArray = npt.NDArray[np.float64]

#: Fewer replicates than this say nothing worth a verdict.
LEAST_REPLICATES = 20

_BAD, _DOUBTFUL = 0.01, 0.05
#: So large a share of replicates without draws to rely on is itself a finding.
_TOO_MANY_LOST = 0.1
_COLUMNS = (
    *("quantity", "p_value", "mean_rank", "coverage_50", "coverage_90"),
    *("verdict", "words"),
)


def judged(ranks: pd.DataFrame) -> pd.DataFrame:
    """
    Judge the ranks of each quantity.

    Parameters
    ----------
    ranks : pandas.DataFrame
        One row a replicate, one column a quantity; between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        As `learnclimate.checks.calibration.Calibration` holds it. A quantity is bad where
        ranks as uneven as its own have a probability below 0.01 for all quantities
        together, doubtful below 0.05.
    """
    enough = len(ranks) >= LEAST_REPLICATES
    rows = []
    for name in ranks.columns:
        column = ranks[name].to_numpy(dtype=float)
        width = np.abs(2 * column - 1)
        p = min(1.0, 2 * min(uniformity_p_value(column), uniformity_p_value(width)))
        verdict = _verdict(p * ranks.shape[1]) if enough else "not applicable"
        held = [float((width <= share).mean()) for share in (0.5, 0.9)]
        words = "" if verdict in ("good", "not applicable") else _direction(column, width)
        rows.append((str(name), p, float(column.mean()), *held, verdict, words))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def told(
    table: pd.DataFrame, n_used: int, n_uncertified: int, n_failed: int
) -> tuple[Verdict, str]:
    """
    Tell the outcome over all quantities.

    Parameters
    ----------
    table : pandas.DataFrame
        As `judged` gives it.
    n_used, n_uncertified, n_failed : int
        Replicates ranked, and left out for either reason.

    Returns
    -------
    verdict : {"good", "doubtful", "bad", "not applicable"}
        The gravest.
    words : str
        Sentences.
    """
    lost = _lost(n_used, n_uncertified, n_failed)
    if n_used < LEAST_REPLICATES:
        few = f"{n_used} replicates that can be ranked are too few: ask for more."
        return "not applicable", f"{few} {lost}".strip()
    verdict: Verdict = worst(table["verdict"])
    many = n_uncertified + n_failed > _TOO_MANY_LOST * (n_used + n_uncertified + n_failed)
    if many and verdict == "good":
        verdict = "doubtful"
    off = table.loc[table["verdict"].isin(["bad", "doubtful"]), "quantity"].tolist()
    if off:
        words = (
            f"The truth does not rank as it should among the draws of {_listed(off)} "
            f"({n_used} replicates)."
        )
        if verdict == "bad":
            words += " Do not rely on intervals for these."
    else:
        low, high = table["coverage_90"].min(), table["coverage_90"].max()
        least, most = _coverage_by_chance(n_used, len(table))
        words = (
            f"The truth ranks as it should for all {len(table)} quantities: in {n_used} "
            f"replicates, 90% intervals held it in {low:.0%} to {high:.0%}, where chance alone "
            f"may make {least:.0%} to {most:.0%} of so many."
        )
    return verdict, f"{words} {lost}".strip()


def _coverage_by_chance(n_replicates: int, n_quantities: int) -> tuple[float, float]:
    """Give between which shares all 90% intervals hold the truth, in 95 of 100 calibrations."""
    from scipy import stats

    tail = 0.025 / n_quantities
    held = stats.binom.ppf([tail, 1 - tail], n_replicates, 0.9) / n_replicates
    return float(held[0]), float(held[1])


def _verdict(p: float) -> Verdict:
    if p < _BAD:
        return "bad"
    return "doubtful" if p < _DOUBTFUL else "good"


def _direction(ranks: FloatArray, width: FloatArray) -> str:
    """Say which way the draws are off: by place or by width, whichever is plainer."""
    scale = np.sqrt(12 * len(ranks))
    place, spread = (ranks.mean() - 0.5) * scale, (width.mean() - 0.5) * scale
    if abs(place) >= abs(spread):
        return "The draws lie too low." if place > 0 else "The draws lie too high."
    return "The intervals are too narrow." if spread > 0 else "The intervals are too wide."


def _listed(names: list[str]) -> str:
    shown = names[:5]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(shown) + more


def _lost(n_used: int, n_uncertified: int, n_failed: int) -> str:
    total = n_used + n_uncertified + n_failed
    parts = []
    if n_uncertified:
        parts.append(f"the certificate did not pass in {n_uncertified}")
    if n_failed:
        parts.append(f"no draws could be made in {n_failed}")
    if not parts:
        return ""
    return f"Left out of {total} replicates: {', and '.join(parts)}."
