"""Benchmark results as a table."""

from typing import Any

HEADER = (
    "engine",
    "frequency",
    "cold s",
    "new process s",
    "warm s",
    "draws",
    "min bulk ESS",
    "ESS per s",
    "max R-hat",
    "peak MiB",
    "largest difference, sd",
    "remarks",
)


def markdown(told: dict[str, Any]) -> str:
    """Lay out one size: a heading, the machine, a table, the versions."""
    about, problem = told["machine"], told["problem"]
    where = f"{about['processor']}, {about['cores']} cores, {about['system']}"
    lines = [
        f"## {problem['n_rows']:,} respondents in {problem['n_teams']:,} teams",
        "",
        f"{where}; {told['when']}; load before: {about['load_before']:.1f}.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + " --- |" * len(HEADER),
    ]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in told["engines"]]
    versions: dict[str, str] = {}
    for row in told["engines"]:
        versions |= row.get("versions", {})
    lines += ["", "Versions: " + ", ".join(f"{k} {v}" for k, v in sorted(versions.items())) + "."]
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> list[str]:
    if row.get("failure"):
        empty = [""] * (len(HEADER) - 3)
        return [row["engine"], row["form"], *empty, row["failure"].replace("|", "/")]
    difference = row.get("largest_difference_sd")
    where = row.get("largest_difference_at", "")
    return [
        row["engine"],
        row["form"],
        f"{row['cold_s']:.1f}",
        f"{row['process_s']:.1f}",
        f"{row['warm_s']:.2f}",
        _number(row.get("n_draws"), ",.0f"),
        _number(row.get("min_ess_bulk"), ",.0f"),
        _number(row.get("ess_per_s"), ",.1f"),
        _number(row.get("max_rhat"), ".3f"),
        f"{row['peak_mib']:,.0f}",
        "" if difference is None else f"{difference:.2f} ({where})",
        _remarks(row),
    ]


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _remarks(row: dict[str, Any]) -> str:
    told = [row["note"]] if row["note"] else []
    remarks = row.get("remarks", {})
    if remarks.get("divergent"):
        told.append(f"{remarks['divergent']} divergent")
    if remarks.get("converged") is False or remarks.get("positive_definite") is False:
        told.append("did not converge")
    bad = [name for name, verdict in remarks.get("certificate", {}).items() if verdict == "bad"]
    if bad:
        told.append("certificate failed: " + ", ".join(bad))
    return "; ".join(told)
