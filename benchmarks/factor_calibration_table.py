"""What ranks of a calibration of factor and joint models say, by kind of quantity."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from learnclimate.checks.calibration_verdict import judged

Record = Mapping[str, Any]

NAMES = {
    "two_team": "two scales, team level",
    "three_one": "three scales, one level",
    "three_team": "three scales, team level",
    "joint_team": "joint, teams' factors",
    "joint_one": "joint, respondents' factors",
}
#: What is known of a truth that might tell whether its study is certified.
TRUTHS = ("least_slope", "second_slope", "most_slope", "rarest")
#: Fewer on either side tell nothing.
_LEAST = 5


def summarised(records: Sequence[Record], kind: str) -> dict[str, Any]:
    """
    Judge the replicates of a model: those that were certified, and all that have draws.

    Returns
    -------
    dict
        ``n``, ``certified`` and ``failed`` count replicates, ``engines`` those of each engine;
        ``judged`` and ``judged_all`` hold what `judgement` says of the certified, and of all;
        ``refusal`` p-values of whether a truth tells if its study is certified.
    """
    mine = [record for record in records if record["kind"] == kind]
    good = [record for record in mine if record["passed"]]
    refused = [record for record in mine if not record["passed"] and "failed" not in record]
    engines = pd.Series([record["engine"] for record in good], dtype=object).value_counts()
    told = {
        "shape": mine[0]["shape"],
        "n": len(mine),
        "certified": len(good),
        "failed": sum("failed" in record for record in mine),
        "engines": {str(name): int(n) for name, n in engines.items()},
        "cpu": float(np.median([record["cpu"] for record in mine])),
        "judged": judgement(good),
        "judged_all": judgement([record for record in mine if record["ranks"]]),
        "refusal": {},
    }
    if min(len(good), len(refused)) >= _LEAST:
        # Of joint models nothing is known that would.
        for name in (one for one in TRUTHS if one in mine[0]["truths"]):
            both = [[one["truths"][name] for one in some] for some in (good, refused)]
            told["refusal"][name] = float(stats.mannwhitneyu(*both).pvalue)
    return told


def judgement(records: Sequence[Record]) -> dict[str, Any]:
    """
    Say how the truths of some replicates rank.

    Returns
    -------
    dict
        ``p_value`` is the smallest of all quantities (uniform ranks and widths), times their
        number; ``by_part`` holds, by kind of quantity, coverage of 50 and 90 % intervals, the
        mean rank and the spread of truths in posterior standard deviations, each with its
        standard error over replicates; ``ranks`` one list a quantity.
    """
    if not records:
        return {"n": 0}
    names = list(records[0]["ranks"])
    ranks = pd.DataFrame(
        [{name: record["ranks"][name]["rank"] for name in names} for record in records]
    )
    table = judged(ranks).set_index("quantity")
    standard = np.array(
        [
            [(one["truth"] - one["mean"]) / one["sd"] for one in record["ranks"].values()]
            for record in records
        ]
    )
    parts: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        parts.setdefault(name.split("[")[0], []).append(place)
    return {
        "n": len(records),
        "quantities": len(names),
        "p_value": float(min(1.0, table["p_value"].min() * len(names))),
        "least": str(table["p_value"].idxmin()),
        "doubtful": int((table["verdict"] == "doubtful").sum()),
        "bad": int((table["verdict"] == "bad").sum()),
        "by_part": {
            part: _figures(ranks.to_numpy()[:, places], standard[:, places])
            for part, places in {"all": [*range(len(names))], **parts}.items()
        },
        "ranks": {name: [round(value, 3) for value in ranks[name]] for name in names},
    }


def _figures(ranks: np.ndarray, standard: np.ndarray) -> dict[str, list[float]]:
    width = np.abs(2 * ranks - 1)
    by_replicate = {
        "covered_50": (width <= 0.5).mean(axis=1),
        "covered_90": (width <= 0.9).mean(axis=1),
        "mean_rank": ranks.mean(axis=1),
        "mean_z": standard.mean(axis=1),
        "square_z": (standard**2).mean(axis=1),
    }
    error = np.sqrt(len(ranks))
    return {
        name: [round(float(values.mean()), 4), round(float(values.std(ddof=1) / error), 4)]
        for name, values in by_replicate.items()
        if len(ranks) > 1
    }


def written(kinds: Mapping[str, Mapping[str, Any]]) -> str:
    """Lay the figures out as a table."""
    lines = [
        (
            "| model | respondents | studies | certified | smallest p, times quantities "
            "| 50 % intervals held | 90 % intervals held | mean rank | p, all studies |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, told in kinds.items():
        own, every = told["judged"], told["judged_all"]
        n_teams, size, _ = told["shape"]
        cells = ["", "", "", ""]
        if own["n"] > 1:
            of_all = own["by_part"]["all"]
            cells = [f"{own['p_value']:.2f} ({own['quantities']})"] + [
                f"{of_all[name][0]:.3f} ± {of_all[name][1]:.3f}"
                for name in ("covered_50", "covered_90", "mean_rank")
            ]
        lines.append(
            f"| {NAMES[kind]} | {n_teams * size} in {n_teams} teams | {told['n']} "
            f"| {told['certified']} | {' | '.join(cells)} "
            f"| {every['p_value']:.2f} ({every['n']}) |"
        )
    return "\n".join(lines) + "\n"
