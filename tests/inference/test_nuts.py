"""One true run of NUTS on a small study, shared by the tests of this module."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from learnclimate.core.labels import POSTERIOR_DIMS
from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear
from learnclimate.counts.model import CountModel
from learnclimate.inference import nuts
from learnclimate.inference.fitting import fit
from learnclimate.inference.remedies import NutsDiagnostics
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


@pytest.fixture(scope="module")
def fitted():
    truth = Truth(dispersion=None)
    survey = simulate_survey(n_teams=25, team_size=12, seed=3, truth=truth)
    model = CountModel(family=Poisson(), frequency=Linear(), team_effects=("intercept",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit(model, survey, engine="nuts", draws=2000, seed=1, progress=False)


def test_the_certificate_passes(fitted):
    assert fitted.certificate.passed, str(fitted.certificate)


def test_draws_have_the_promised_variables_and_dims(fitted):
    posterior = fitted.draws["posterior"]
    wanted = {"intercept", "frequency_effect", "frequency_curve", "covariate_effects"}
    wanted |= {"team_sd", "team_effects"}
    assert set(posterior.data_vars) == wanted
    for name in wanted:
        assert posterior[name].dims == ("chain", "draw", *POSTERIOR_DIMS[name])
    assert dict(posterior.sizes)["chain"] == 4
    assert dict(posterior.sizes)["draw"] == 500


def test_the_truth_is_recovered(fitted):
    truth = Truth()
    means = {
        "tenure": float(
            fitted.draws["posterior"]["covariate_effects"].sel(covariate="tenure").mean()
        )
    }
    assert means["tenure"] == pytest.approx(truth.tenure_effect, abs=0.02)
    sd = float(fitted.draws["posterior"]["team_sd"].mean())
    assert 0.2 < sd < 0.7


def test_sample_stats_are_kept(fitted):
    assert set(fitted.draws["sample_stats"].data_vars) >= {"diverging", "energy", "tree_depth"}


def test_one_remedy_is_tried_once_and_logged(monkeypatch):
    """A first run that diverges, a second that does not."""
    runs = []

    def sampled(compiled, settings, seed):
        runs.append(settings)
        return {"posterior": len(runs)}

    good = {"max_rhat": 1.0, "min_ess_bulk": 900.0, "min_ess_tail": 900.0}
    good |= {"share_max_depth": 0.0, "min_bfmi": 0.9}

    def diagnostics(tree, names):
        return NutsDiagnostics(**good, n_divergent=5 if tree["posterior"] == 1 else 0)

    monkeypatch.setattr(nuts.NutsEngine, "compiled", lambda self, problem, seed: None)
    monkeypatch.setattr(nuts, "_sampled", sampled)
    monkeypatch.setattr(nuts, "_diagnostics", diagnostics)
    monkeypatch.setattr(nuts, "_variables", lambda group, names: {"x": np.full((4, 10), group)})
    monkeypatch.setattr(nuts, "_statistics", lambda tree: {})
    from learnclimate.inference.engine import SamplingOptions

    drawn = nuts.NutsEngine().run(
        SimpleNamespace(design=SimpleNamespace(coding=SimpleNamespace(latent_composition=False))),
        SamplingOptions(draws=40, seed=1, progress=False),
    )
    assert len(runs) == 2
    assert runs[1].target_accept == 0.99
    assert drawn.posterior["x"][0, 0] == 2
    assert drawn.certificate.passed
    assert drawn.certificate.actions == (
        "5 divergences: sampled again with a target acceptance of 0.99, tuned longer; it helped.",
    )
