"""Time a grid of designs: what `design_analysis` costs, in processor seconds."""

import argparse
import platform
import resource
from pathlib import Path

import learnclimate as lc
from benchmarks.engines import machine

_TEAMS = (20, 40, 60, 90)
_SIZES = (6, 12, 20)


def main() -> None:
    """Run the grid and print, or write, a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    ask = {"replicates": asked.replicates, "seed": 1, "progress": False}
    lc.design_analysis([20], [6], **(ask | {"replicates": 1}))
    before = _seconds()
    found = lc.design_analysis(_TEAMS, _SIZES, goal=lc.DesignGoal(width=2.0), **ask)
    spent = _seconds() - before
    text = _told(found, spent, asked.replicates)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    print(text)


def _seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _told(found: lc.DesignAnalysis, spent: float, replicates: int) -> str:
    table = found.table[["n_teams", "team_size", "width", "assurance", "right_teams"]].round(2)
    number, where = len(table) * replicates, machine()
    about = (
        f"`design_analysis({list(_TEAMS)}, {list(_SIZES)}, replicates={replicates})` with the "
        f"default model and truth: {len(table)} designs, {number} simulated and fitted studies of "
        f"120 to 1,800 respondents, {spent:.0f} processor seconds ({spent / number:.2f} a study), "
        "kernels compiled before."
    )
    made_on = (
        f"{where['processor']}, {where['cores']} cores, Python {platform.python_version()}, "
        f"learnclimate {lc.__version__}. Processor seconds of one process: divide by the "
        "processors of an `executor` for the time to wait."
    )
    rows = f"```\n{table.to_string(index=False)}\n```"
    verdict = f"Verdict: {found.verdict}. {found.words}"
    return "\n\n".join(["# A grid of designs", about, made_on, rows, verdict]) + "\n"


if __name__ == "__main__":
    main()
