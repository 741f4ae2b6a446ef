"""Three and four factors of ordered answers, against lavaan and against NUTS on everything."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learnclimate.inference.convergence import convergence
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey

REFERENCE = Path(__file__).parents[2] / "reference"
FACTORS = ["f", "g", "h", "k"]
NUMBER = {3: "three", 4: "four"}
#: Of four factors chains are drawn in turn, which takes a minute and more.
BOTH = pytest.mark.parametrize("n", [3, pytest.param(4, marks=pytest.mark.slow)])


def stored(name):
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


def fitted(n, n_respondents, draws):
    """The study of so many factors of four items each, fitted to its first respondents."""
    items = [f"q{j}" for j in range(1, 4 * n + 1)]
    frame = pd.DataFrame(stored("factors_several.json")["answers"])[items].iloc[:n_respondents]
    frame = frame.assign(team=[f"T{k % 60}" for k in range(len(frame))], activities=1)
    scales = [Scale(FACTORS[k], items[4 * k : 4 * k + 4]) for k in range(n)]
    survey = read_survey(frame, Codebook(outcome="activities", team="team", scales=scales))
    found = fit(FactorModel(FACTORS[:n]), survey, draws=draws, seed=1, progress=False)
    assert found.certificate.passed, str(found.certificate)
    assert found.certificate.engine == ("marginal" if n == 3 else "Gibbs")
    return found


def drawn(found, n):
    """Loadings, correlations and thresholds, (n_chains, n_draws, n) each."""
    posterior = found.draws["posterior"]
    own = np.repeat(np.arange(n), 4)
    thresholds = posterior["thresholds"].to_numpy()
    correlation = posterior["factor_correlation"].to_numpy()
    return {
        "loadings": posterior["loadings"].to_numpy()[:, :, np.arange(4 * n), own],
        "factor_correlation": correlation[:, :, *np.tril_indices(n, -1)],
        "thresholds": thresholds.reshape(*thresholds.shape[:2], -1),
    }


def in_order(estimates, n):
    """Lavaan's correlations in the order of the lower triangle."""
    place = {frozenset(pair.split()): at for at, pair in enumerate(estimates["pair"])}
    pairs = zip(*np.tril_indices(n, -1), strict=True)
    return [place[frozenset((FACTORS[a], FACTORS[b]))] for a, b in pairs]


@pytest.mark.oracle
@BOTH
def test_several_factors_agree_with_lavaan(n):
    lavaan, values = stored("factors_several.json")[NUMBER[n]], drawn(fitted(n, 1500, 2000), n)
    # Limited information (WLSMV, and pairwise likelihood) against full, and weak priors: two
    # estimators of the same quantity. Of thresholds the outermost are told by few answers, and
    # the prior of the shares is felt most.
    for (name, key, error, apart, width), estimator in itertools.product(
        (
            ("loadings", "loadings", "loading_se", 0.6, 0.1),
            ("factor_correlation", "correlation", "correlation_se", 0.2, 0.06),
            ("thresholds", "thresholds", "threshold_se", 0.35, 0.06),
        ),
        ("wlsmv", "pml"),
    ):
        told = lavaan[estimator]
        point, se = np.array(told[key]), np.array(told[error])
        if name == "factor_correlation":
            order = in_order(told, n)
            point, se = point[order], se[order]
        away = (values[name].mean(axis=(0, 1)) - point) / se
        assert np.abs(away).max() < apart, (name, estimator)
        assert abs(away.mean()) < 0.2, (name, estimator)
        ratio = values[name].std(axis=(0, 1)) / se
        np.testing.assert_allclose(ratio, 1, atol=width, err_msg=f"{name}, {estimator}")


@pytest.mark.oracle
@BOTH
def test_several_factors_have_the_posterior_that_nuts_finds(n):
    nuts = stored("factors_several_nuts.json")
    values = drawn(fitted(n, nuts["sampler"]["respondents"], 4000), n)
    for name, own in values.items():
        told = nuts[NUMBER[n]][name]
        sd = own.std(axis=(0, 1))
        worth = convergence({name: own})["ess_bulk"]
        error = np.sqrt(sd**2 / worth + np.array(told["mcse"]) ** 2)
        away = (own.mean(axis=(0, 1)) - told["mean"]) / error
        assert np.abs(away).max() < 4.2, name
        assert np.sqrt(np.mean(away**2)) < 1.6, name
        assert np.abs((own.mean(axis=(0, 1)) - told["mean"]) / sd).max() < 0.2, name
        np.testing.assert_allclose(sd / np.array(told["sd"]), 1, atol=0.12, err_msg=name)
