"""Posterior means and standard deviations against brms, priors matched; see tests/reference."""

import warnings
from functools import cache

import numpy as np
import pytest
from arviz_stats.base import array_stats

from learnclimate.core.errors import LearnClimateWarning
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.fitting import fit
from reference.cases import REFERENCES, Reference, missing, value_of

MEAN_WITHIN_SDS = 0.1
SD_WITHIN = 0.07
#: Monte Carlo standard errors that our NUTS may be off beside that: its draws hang together, and
#: of a hundred team effects one is 2.5 errors off. The marginal engine is allowed none.
ERRORS = {"marginal": 0.0, "nuts": 2.5}

DRAWS = 8000
#: Share of divergent trajectories that is let go, of brms and of our NUTS alike.
DIVERGENT = 0.0005


@cache
def fitted(reference: Reference, engine: str) -> Fit:
    """Fit; a certificate that did not pass is looked into afterwards, not raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearnClimateWarning)
        return fit(
            reference.model(),
            reference.survey(),
            engine=engine,
            draws=DRAWS,
            seed=20,
            progress=False,
        )


def differences(reference: Reference, fit_: Fit) -> dict[str, tuple[float, float, float, float]]:
    """
    By parameter: difference in mean, in sds of brms, and ratio of the sds less 1.

    Behind each its Monte Carlo standard error, of both programs together.
    """
    posterior = fit_.draws["posterior"].to_dataset()
    found = {}
    for label, theirs in reference.output()["parameters"].items():
        ours, sd = value_of(posterior, label), theirs["sd"]
        own = [float(array_stats.mcse(np.asarray(ours), method=of)) for of in ("mean", "sd")]
        errors = np.hypot(own, [theirs["mcse_mean"], theirs["mcse_sd"]]) / sd
        shift = (float(ours.mean()) - theirs["mean"]) / sd
        found[label] = (shift, errors[0], float(ours.std()) / sd - 1, errors[1])
    return found


def assert_agrees(reference: Reference, engine: str) -> None:
    reason = missing(reference)
    if reason is not None:
        pytest.skip(reason)
    fit_ = fitted(reference, engine)
    bad = {check.name: check.value for check in fit_.certificate.checks if check.verdict == "bad"}
    assert bad.pop("divergences", 0.0) <= DIVERGENT * DRAWS
    assert not bad, str(fit_.certificate)
    found = differences(reference, fit_)
    apart = {
        label: [round(float(figure), 3) for figure in figures]
        for label, figures in found.items()
        if abs(figures[0]) > MEAN_WITHIN_SDS + ERRORS[engine] * figures[1]
        or abs(figures[2]) > SD_WITHIN + ERRORS[engine] * figures[3]
    }
    assert not apart
    assert any(label.startswith("team_effects") for label in found)


def names(reference: Reference) -> str:
    return reference.name


@pytest.mark.oracle
@pytest.mark.parametrize("reference", REFERENCES, ids=names)
def test_marginal_engine_agrees_with_brms(reference):
    assert_agrees(reference, "marginal")


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("reference", REFERENCES, ids=names)
def test_nuts_agrees_with_brms(reference):
    assert_agrees(reference, "nuts")


@pytest.mark.oracle
@pytest.mark.parametrize("reference", REFERENCES, ids=names)
def test_the_reference_itself_has_converged(reference):
    """Its own error is well within the tolerance, or it could not tell right from wrong."""
    told = reference.output()
    kept = told["sampler"]["chains"] * told["sampler"]["draws_per_chain"]
    assert told["sampler"]["divergent"] <= DIVERGENT * kept
    for label, theirs in told["parameters"].items():
        assert theirs["rhat"] < 1.01, label
        assert theirs["mcse_mean"] < MEAN_WITHIN_SDS / 4 * theirs["sd"], label
        assert theirs["mcse_sd"] < SD_WITHIN / 2 * theirs["sd"], label


@pytest.mark.oracle
@pytest.mark.parametrize("reference", REFERENCES, ids=names)
def test_the_reference_covers_every_parameter(reference):
    """What brms stored names each outer parameter of the model, so that none goes unseen."""
    reason = missing(reference)
    if reason is not None:
        pytest.skip(reason)
    design = reference.model().design(reference.survey())
    told = reference.output()
    assert told["n_rows"] == design.n_rows
    assert told["n_teams"] == design.n_teams
    coding = design.coding
    wanted = {"intercept"}
    wanted |= {f"frequency_effect[{name}]" for name in coding.frequency_names}
    wanted |= {
        f"frequency_shape[{each.name},{step}]"
        for each in coding.frequencies
        for step in range(1, each.n_steps + 1)
    }
    wanted |= {f"covariate_effects[{label}]" for label in coding.covariate_labels}
    wanted |= {f"team_sd[{effect}]" for effect in coding.team_effects}
    wanted |= {
        f"team_correlation[{one},{other}]"
        for place, one in enumerate(coding.team_effects)
        for other in coding.team_effects[place + 1 :]
    }
    wanted |= {"dispersion"} if told["family"] == "negbinomial" else set()
    stored = {label for label in told["parameters"] if not label.startswith("team_effects")}
    assert stored == wanted
