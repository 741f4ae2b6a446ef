"""Scales and counts in one model: attenuation undone, teams as predictors, bad input."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentTypeError, ModelError
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.inference.joint_fit import TWO_STEP
from learnclimate.inference.store import load_fit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey


def study(rng, *, n_teams, size, effect, loading, team_sd=0.0):
    """Counts that depend on a factor, of which three items tell only so much."""
    n = n_teams * size
    team = np.repeat(np.arange(n_teams), size)
    team_factor = rng.standard_normal(n_teams)
    factor = rng.standard_normal(n) if team_sd == 0 else team_factor[team]
    own = factor if team_sd == 0 else team_sd * factor + rng.standard_normal(n)
    latent = loading * own[:, None] + np.sqrt(1 - loading**2) * rng.standard_normal((n, 3))
    rate = np.exp(1.0 + effect * factor + 0.2 * rng.standard_normal(n_teams)[team])
    frame = pd.DataFrame(
        1 + np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent), columns=["q1", "q2", "q3"]
    )
    frame["n"] = rng.poisson(rate)
    frame["team"] = [f"T{place:02d}" for place in team]
    codebook = Codebook(outcome="n", team="team", scales=[Scale("climate", ["q1", "q2", "q3"])])
    return read_survey(frame, codebook)


COUNT = CountModel(team_effects=("intercept",))


def effect_rows(joint):
    return joint.comparison().summary.set_index("contrast")


def test_every_set_of_values_has_its_share_of_the_draws(monkeypatch, tmp_path):
    monkeypatch.setattr("learnclimate.inference.joint.N_VALUES", 2)
    monkeypatch.setattr("learnclimate.inference.joint._WARM_UP", 1)
    survey = study(np.random.default_rng(3), n_teams=12, size=8, effect=0.4, loading=0.7)
    joint = fit(
        JointModel(COUNT, FactorModel("climate")), survey, draws=300, seed=1, progress=False
    )
    effects = joint.count.draws["posterior"]["covariate_effects"].sel(covariate="climate")
    assert effects.shape == (4, 76)
    by_value = effects.to_numpy().reshape(4, 2, -1).mean(axis=(0, 2))
    assert by_value.std() > 0
    assert joint.n_values == 2
    told = joint.comparison().summary
    assert told["contrast"].nunique() == 3
    assert told["contrast"].str.contains("two steps, weakened").sum() == 1
    assert "attenuation" in told.attrs["notes"][0]
    joint.save(tmp_path / "joint.nc")
    loaded = load_fit(tmp_path / "joint.nc")
    assert loaded.model == joint.model
    again = loaded.comparison().summary
    pd.testing.assert_frame_equal(again, told)
    assert not len(loaded.factor.design.categories)
    assert loaded.count.design is None
    assert "climate" in repr(joint)


@pytest.mark.slow
def test_measurement_error_no_longer_weakens_the_relation():
    rng = np.random.default_rng(1)
    survey = study(rng, n_teams=40, size=12, effect=0.4, loading=0.6)
    joint = fit(
        JointModel(COUNT, FactorModel("climate")), survey, draws=2000, seed=1, progress=False
    )
    assert joint.certificate.passed, str(joint.certificate)
    rows = effect_rows(joint)
    carried = rows.loc["climate, measurement error carried through"]
    face = rows.loc["climate, mean scores at face value"]
    assert carried["lower"] < 0.4 < carried["upper"]
    assert face["upper"] < 0.4
    plain = rows.loc[f"climate, {TWO_STEP}"]
    assert plain["mean"] < carried["mean"] - 0.05
    assert carried["sd"] > face["sd"]
    assert joint.count.draws["posterior"]["team_effects"].sizes["draw"] == 500


@pytest.mark.slow
def test_a_teams_factor_predicts_its_counts():
    rng = np.random.default_rng(2)
    survey = study(rng, n_teams=60, size=8, effect=0.3, loading=0.6, team_sd=0.6)
    joint = fit(
        JointModel(COUNT, FactorModel("climate", levels="team")), survey, draws=2000, seed=1,
        progress=False,
    )  # fmt: skip
    rows = effect_rows(joint)
    carried = rows.loc["climate, measurement error carried through"]
    face = rows.loc["climate, mean scores at face value"]
    assert carried["lower"] < 0.3 < carried["upper"]
    assert carried["mean"] > face["mean"]


def test_parts_that_do_not_go_together_are_refused():
    with pytest.raises(ModelError, match="does not use the factor 'climate'"):
        JointModel(CountModel(covariates=("age",)), FactorModel("climate"))
    with pytest.raises(ArgumentTypeError, match="give a count model"):
        JointModel(FactorModel("climate"), FactorModel("climate"))
    with pytest.raises(ArgumentTypeError, match="give a factor model"):
        JointModel(CountModel(), "climate")
    with pytest.raises(ModelError, match="missing_frequency='sum_out' out of CountModel"):
        JointModel(CountModel(missing_frequency="sum_out"), FactorModel("climate"))
