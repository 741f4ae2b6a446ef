"""
Graded response model by PyPI `mirt` 1.2, for tests/inference/factors.

Run in an environment of its own: pip install mirt==1.2.0; python factor_mirt.py
Reads the answers of factor_models.json, so run factor_models.R first.
"""

import json
from importlib.metadata import version
from pathlib import Path

import mirt
import numpy as np

HERE = Path(__file__).parent
stored = json.loads((HERE / "factor_models.json").read_text(encoding="utf-8"))
answers = np.array([[row[f"q{j}"] for j in range(1, 5)] for row in stored["answers"]]) - 1
found = mirt.fit_mirt(
    answers, model="GRM", n_categories=5, n_quadpts=81, tol=1e-9, max_iter=5000, verbose=False
)
parameters = found.model.parameters
out = {
    "discrimination": np.asarray(parameters["discrimination"]).ravel().tolist(),
    "thresholds": np.asarray(parameters["thresholds"]).tolist(),
    "log_likelihood": float(found.log_likelihood),
    "versions": {"mirt": version("mirt"), "numpy": np.__version__},
}
(HERE / "factor_mirt.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
