"""
Write a large study, of which the truth is known, to a Parquet file with its codebook.

``uv run python -m benchmarks.large_study /tmp/large --respondents 10000000 --teams 500000``
writes ``study.parquet``, ``study.toml`` and ``truth.json``. Teams are simulated some thousands at a
time, each part a row group, so that memory does not grow with the size.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.truth import Truth

if TYPE_CHECKING:
    import pyarrow as pa

TRUTH = Truth(tenure_effect=0.0)
CODEBOOK = Codebook(
    outcome="activities",
    team="team",
    frequency="talk",
    frequency_levels=TRUTH.levels,
    covariates=("contract",),
)
ROWS_A_GROUP = 250_000
CONTRACTS = ("permanent", "temporary")


def write_study(
    folder: Path, *, respondents: int, teams: int, seed: int = 1, labels: str = "text"
) -> Path:
    """Write answers, codebook and truth; teams are text labels or whole numbers."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "study.parquet"
    rng = np.random.default_rng(seed)
    # As many respondents as asked for: each team has one, the others fall where they may.
    sizes = 1 + rng.multinomial(respondents - teams, np.full(teams, 1 / teams))
    teams_a_group = max(ROWS_A_GROUP * teams // respondents, 1)
    writer = None
    for first in range(0, teams, teams_a_group):
        part = _part(rng, sizes[first : first + teams_a_group], first, labels=labels)
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()
    CODEBOOK.to_toml(folder / "study.toml")
    told = {"parameters": asdict(TRUTH), "seed": seed, "respondents": respondents, "teams": teams}
    (folder / "truth.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path


def _part(
    rng: np.random.Generator, sizes: npt.NDArray[np.int64], first: int, *, labels: str
) -> "pa.Table":
    """Simulate the respondents of some teams."""
    import pyarrow as pa

    team = np.repeat(np.arange(len(sizes)), sizes)
    standard = rng.normal(size=(len(sizes), 2))
    correlation = TRUTH.team_correlation
    standard[:, 1] = correlation * standard[:, 0] + np.sqrt(1 - correlation**2) * standard[:, 1]
    effects = standard * TRUTH.team_sd
    n_levels = len(TRUTH.levels)
    liking = rng.normal(size=len(team)) + 0.5 * rng.normal(size=len(sizes))[team]
    level = np.searchsorted(np.linspace(-1.3, 1.3, n_levels - 1), liking)
    contract = (rng.random(len(team)) < 0.25).astype(np.int8)
    curve = np.concatenate([[0.0], np.cumsum(TRUTH.frequency_shape)])[level]
    log_rate = TRUTH.intercept + effects[team, 0] + TRUTH.contract_effect * contract
    log_rate += (TRUTH.frequency_effect + effects[team, 1]) * curve
    alpha = TRUTH.dispersion
    noise = 1.0 if alpha is None else rng.gamma(alpha, 1 / alpha, len(team))
    numbers = np.arange(first + 1, first + len(sizes) + 1)
    names = pa.array([f"T{number:07d}" for number in numbers] if labels == "text" else numbers)
    return pa.table(
        {
            "team": names.take(pa.array(team)),
            "talk": pa.array(TRUTH.levels).take(pa.array(level)),
            "contract": pa.array(CONTRACTS).take(pa.array(contract)),
            "activities": rng.poisson(np.exp(log_rate) * noise),
        }
    )


def main() -> None:
    """Read the options and write the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--respondents", type=int, default=10_000_000)
    parser.add_argument("--teams", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--labels", choices=("text", "number"), default="text")
    given = parser.parse_args()
    if not 2 <= given.teams <= given.respondents:
        parser.error("give at least 2 teams, and at least as many respondents as teams")
    path = write_study(
        given.folder,
        respondents=given.respondents,
        teams=given.teams,
        seed=given.seed,
        labels=given.labels,
    )
    print(f"{path}: {path.stat().st_size / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
