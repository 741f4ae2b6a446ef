"""Ordered answers of more than three factors: pairs of answers, and respondents left out."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from factor_answers import CUTS, ordinal_answers
from learnclimate.checks.densities_by_nodes import respondents_by_nodes
from learnclimate.checks.factor_fit import fit_indices
from learnclimate.checks.factor_moments import Implied
from learnclimate.checks.limited_information import (
    limited_fit,
    moment_covariance,
    moments,
    observed_moments,
)
from learnclimate.checks.team_pairs import Clustered
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.provenance import Provenance
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

N_FACTORS, N_ITEMS = 4, 12
OWN = np.repeat(np.arange(N_FACTORS), 3)
LOADINGS = np.zeros((N_ITEMS, N_FACTORS))
LOADINGS[np.arange(N_ITEMS), OWN] = np.resize([0.9, 1.1, 0.8], N_ITEMS)
CORRELATION = np.full((N_FACTORS, N_FACTORS), 0.4) + 0.6 * np.eye(N_FACTORS)
SCALE = np.sqrt(1 + (LOADINGS**2).sum(axis=1))
SCALES = [Scale(f"f{k}", [f"q{3 * k + j}" for j in (1, 2, 3)]) for k in range(N_FACTORS)]


def answers_of(rng, n, twin=0.0):
    standardised = LOADINGS / SCALE[:, None]
    answers = ordinal_answers(rng, n, standardised, correlation=CORRELATION)
    same = rng.random(n) < twin
    # Two items of different factors that some answer alike for another reason.
    answers[same, 3] = answers[same, 0]
    return answers


def implied(design):
    return Implied(design, LOADINGS, np.outer(SCALE, CUTS).ravel(), CORRELATION, logit=False)


@pytest.fixture(scope="module")
def design():
    survey = survey_of(answers_of(np.random.default_rng(1), 300))
    return factor_design(FactorModel(SCALES), survey)


def test_spread_points_give_the_moments_of_bivariate_normals(design):
    at = implied(design)
    exact = Clustered(
        LOADINGS @ np.linalg.cholesky(CORRELATION), np.zeros((N_ITEMS, 1)), at.thresholds,
        at.item_of_cut, logit=False,
    ).moments()  # fmt: skip
    n_cuts, n_pairs = len(at.thresholds), N_ITEMS * (N_ITEMS - 1) // 2
    first, second = np.triu_indices(N_ITEMS, 1)
    row, column = np.tril_indices(N_ITEMS, -1)
    square = np.zeros((N_ITEMS, N_ITEMS))
    square[row, column] = exact[n_cuts : n_cuts + n_pairs]
    expected = np.concatenate([exact[:n_cuts], square.T[first, second]])
    found = moments(at.conditional())
    # A tenth of the sampling error of the mean over 2,500 respondents, at most.
    sampling = np.sqrt(np.diag(moment_covariance(at.conditional())) / 2500)
    assert (np.abs(found - expected) < 0.1 * sampling).all()


def test_p_values_of_four_factors_are_uniform_and_see_a_shared_residual(design):
    rng, at = np.random.default_rng(2), implied(design)
    given, slopes = at.conditional(), at.slopes()
    covariance, centre = moment_covariance(given), moments(given)

    def p_value(twin):
        answers = answers_of(rng, 400, twin) - 1
        residual = observed_moments(answers, given.item_of_cut, given.level()) - centre
        return limited_fit(residual, covariance, slopes, 400).p_value

    assert stats.kstest([p_value(0.0) for _ in range(100)], "uniform").pvalue > 0.01
    assert np.median([p_value(0.5) for _ in range(9)]) < 1e-3


def near_truth(survey, n_draws=200):
    """A fit whose draws lie about the truth: what NUTS gives in minutes."""
    rng = np.random.default_rng(3)
    model = FactorModel(SCALES)
    dims = {
        "loadings": ("item", "factor"),
        "slopes": ("item", "factor"),
        "thresholds": ("item", "cut"),
        "factor_correlation": ("factor", "factor_other"),
    }

    def about(values, spread):
        return values + spread * (values != 0) * rng.standard_normal((1, n_draws, *values.shape))

    drawn = {
        "loadings": about(LOADINGS / SCALE[:, None], 0.0),
        "slopes": about(LOADINGS, 0.08),
        "thresholds": about(np.tile(CUTS, (N_ITEMS, 1)), 0.03),
        "factor_correlation": np.broadcast_to(CORRELATION, (1, n_draws, N_FACTORS, N_FACTORS)),
    }
    posterior = {name: (("chain", "draw", *dims[name]), each) for name, each in drawn.items()}
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(posterior)})
    told = Provenance(
        source="", n_respondents=150, n_teams=2, n_left_out=0, left_out=(), data_hash="", seed=1,
        draws=n_draws, seconds=0.0,
    )  # fmt: skip
    certificate = SimpleNamespace(passed=True, engine="nuts")
    design = factor_design(model, survey)
    return FactorFit(tree, certificate, model, survey.codebook, told, design)


def test_every_index_is_told_of_four_factors():
    survey = survey_of(answers_of(np.random.default_rng(4), 150))
    one = near_truth(survey)
    result = fit_indices(one, draws=100)
    rows = result.summary.set_index(["estimand", "contrast"])
    for name in ("rmsea", "cfi", "tli", "srmr"):
        assert np.isfinite(rows.loc[(name, "classical"), "mean"])
    assert "with 48 degrees of freedom" in rows.loc[("c2", "classical"), "scale"]
    assert rows.loc[("c2", "classical"), "probability"] > 0.001
    assert rows.loc[("posterior_predictive_p", "posterior"), "probability"] > 0.001
    assert rows.loc[("rmsea", "classical"), "mean"] < 0.08
    note = next(note for note in result.summary.attrs["notes"] if "standard error of" in note)
    error = float(note.split("standard error of ")[1].split(" ")[0])
    assert 0 < error < 1
    # Log densities are those of four-dimensional normal probabilities, here by many points.
    logs = respondents_by_nodes(one, np.array([0]), 1).logs[:, 0]
    assert logs.sum() == pytest.approx(by_many_points(one), abs=4 * error + 0.5)


def by_many_points(one):
    rng = np.random.default_rng(5)
    at = one.draws["posterior"].isel(chain=0, draw=0)
    slopes = at["slopes"].to_numpy()
    scale = np.sqrt(1 + np.einsum("ja,ab,jb->j", slopes, CORRELATION, slopes))
    factors = rng.standard_normal((20_000, N_FACTORS)) @ np.linalg.cholesky(CORRELATION).T
    cuts = at["thresholds"].to_numpy() * scale[:, None]
    below = stats.norm.cdf(
        np.pad(cuts, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))[:, :, None]
        - (slopes @ factors.T)[:, None, :]
    )
    probability = np.diff(below, axis=1)
    each = np.arange(N_ITEMS)
    likely = [probability[each, row].prod(axis=0).mean() for row in one.design.categories]
    return float(np.log(likely).sum())
