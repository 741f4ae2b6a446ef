"""
Simulate the survey of a hospital that does not exist, as its survey program would export it.

Run from the root of the repository: python docs/examples/scripts/hospital.py
"""

from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parent.parent / "data"
DEPARTMENTS = ["surgery", "medicine", "children", "emergency", "intensive", "maternity"]
LEVELS = ["never", "a few times a year", "every month", "every week"]
OPTIONS = ["none", "1-2", "3-5", "6-10", "more than 10"]

#: What the answers are made from; rates are of nurses who never talk, in a ward with average room.
TRUTH = {
    "rate": 1.4,
    "ratio": 2.6,
    "shift": 0.35,
    "ward_sd": 0.3,
    "slope_sd": 0.2,
    "dispersion": 3.0,
}


def answers(seed: int) -> pd.DataFrame:
    """Give one row a nurse: 66 wards of 3 to 17 in 6 departments."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 18, 66)
    ward = np.repeat(np.arange(66), sizes)
    department = ward // 11
    n = len(ward)
    climate = rng.standard_normal(66)
    feeling = 0.6 * climate[ward] + 0.8 * rng.standard_normal(n)
    items = 0.8 * feeling[:, None] + 0.6 * rng.standard_normal((n, 4))
    scores = 1 + np.searchsorted([-1.5, -0.5, 0.4, 1.3], items)
    scores[:, 3] = 6 - scores[:, 3]
    talk = np.searchsorted([-0.9, 0.1, 0.9], 0.3 * climate[ward] + rng.standard_normal(n))
    curve = np.array([0, 0.4, 0.8, 1.0])[talk]
    years = np.round(rng.gamma(2, 4, n), 1)
    level = np.log(TRUTH["rate"]) + TRUTH["ward_sd"] * rng.standard_normal(66)
    slope = np.log(TRUTH["ratio"]) + TRUTH["shift"] * climate
    slope = slope + TRUTH["slope_sd"] * rng.standard_normal(66)
    rate = np.exp(level[ward] + slope[ward] * curve - 0.01 * (years - 8))
    count = rng.poisson(rate * rng.gamma(TRUTH["dispersion"], 1 / TRUTH["dispersion"], n))
    frame = pd.DataFrame(
        {
            "department": np.array(DEPARTMENTS)[department],
            "ward": [f"{DEPARTMENTS[one // 11][:3].upper()}-{one % 11 + 1}" for one in ward],
            "years": [f"{year:.1f}".replace(".", ",") for year in years],
            "talk": np.array(LEVELS)[talk],
            "activities": np.array(OPTIONS)[np.searchsorted([0, 2, 5, 10], count)],
        }
    )
    names = ["room_time", "room_money", "room_choice", "room_no_say"]
    frame[names] = scores.astype(str)
    for column, share in {"talk": 0.02, "activities": 0.03, "room_money": 0.04}.items():
        frame.loc[rng.random(n) < share, column] = ""
    return frame


if __name__ == "__main__":
    answers(seed=7).to_csv(DATA / "hospital.csv", sep=";", index_label="respondent")
