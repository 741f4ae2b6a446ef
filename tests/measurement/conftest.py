"""The outputs of independent programs; see tests/reference/measurement_*.R."""

import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="session")
def reliability_reference():
    return json.loads((REFERENCE / "measurement_reliability.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def levels_reference():
    return json.loads((REFERENCE / "measurement_levels.json").read_text(encoding="utf-8"))
