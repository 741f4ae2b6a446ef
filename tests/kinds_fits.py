"""Fits of several kinds made by hand, so that tests of answers need no sampling."""

import numpy as np

from learnclimate.counts.frequency import curve_from_shape
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_priors import resolve_kinds_priors
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.kinds_fitting import kinds_tree
from learnclimate.inference.provenance import Provenance


def make_kinds_fit(survey, model=None, *, n_draws=50, seed=0, spread=1.0) -> KindsFit:
    """Scatter draws about the truth of a simulated survey; `spread=0` gives the truth itself."""
    model = model or KindsModel()
    design = model.design(survey)
    posterior = kinds_posterior(survey, design, n_draws, seed, spread)
    certificate = Certificate("nuts", (CertificateCheck("R-hat", "good", 1.0, 1.01, "made up"),))
    stats = {"diverging": np.zeros((4, n_draws))}
    return KindsFit(
        draws=kinds_tree(EngineDraws(posterior, stats, certificate), design, seed=seed),
        certificate=certificate,
        model=model,
        codebook=survey.codebook,
        coding=design.people.coding,
        priors=resolve_kinds_priors(model.priors, design, pooled=model.pooled),
        provenance=Provenance(
            source="a test",
            n_respondents=design.people.n_respondents,
            n_teams=design.people.n_teams,
            n_left_out=0,
            left_out=(),
            data_hash="",
            seed=seed,
            draws=4 * n_draws,
            seconds=0.0,
        ),
        design=design,
    )


def kinds_posterior(survey, design, n_draws, seed, spread):
    """Draws of every variable."""
    truth, coding = survey.truth.parameters, design.people.coding
    rng, shape, n_kinds = np.random.default_rng(seed), (4, n_draws), design.n_kinds

    def scattered(centre, sd):
        centre = np.asarray(centre, dtype=float)
        return centre + spread * sd * rng.standard_normal((*shape, *centre.shape))

    effect = scattered(np.array(truth.frequency_effect)[:, None], 0.1)
    noise = np.exp(scattered(np.zeros((n_kinds, 4)), 0.1)) * truth.frequency_shape
    steps = noise / noise.sum(axis=-1, keepdims=True)
    curve = curve_from_shape(steps.reshape(-1, 4)).reshape(*shape, n_kinds, 5)
    values = {"tenure": truth.tenure_effect, "contract[temporary]": truth.contract_effect}
    covariates = np.array([values[label] for label in coding.covariate_labels]).T
    covariates = covariates.reshape(n_kinds, len(coding.covariate_labels))
    sd = scattered(truth.respondent_sd, 0.02)
    among = truth.covariance_of_respondents()
    own = np.sqrt(np.diag(among))
    posterior = {
        "intercept": scattered(truth.intercept, 0.1),
        "frequency_effect": effect,
        "frequency_shape": steps[:, :, :, None],
        "frequency_curve": curve * effect,
        "covariate_effects": scattered(covariates, 0.01),
        "common_frequency_effect": scattered([np.mean(truth.frequency_effect)], 0.1),
        "respondent_sd": sd,
        "respondent_correlation": np.broadcast_to(
            among / own / own[:, None], (*shape, n_kinds, n_kinds)
        ).copy(),
    }
    if not coding.covariates:
        del posterior["covariate_effects"]
    if not coding.team_effects:
        return posterior
    places = [0 if name == "intercept" else 1 for name in coding.team_effects]
    chosen = [2 * kind + place for kind in range(n_kinds) for place in places]
    covariance = truth.covariance_of_teams()[np.ix_(chosen, chosen)]
    sds = np.sqrt(np.diag(covariance))
    names = list(survey.truth.teams)
    rows = [names.index(str(team)) for team in design.people.teams]
    effects = survey.truth.team_effects[rows][:, :, places]
    posterior["team_sd"] = np.broadcast_to(
        sds.reshape(n_kinds, len(places)), (*shape, n_kinds, len(places))
    ).copy()
    posterior["team_correlation"] = np.broadcast_to(
        covariance / sds / sds[:, None], (*shape, len(sds), len(sds))
    ).copy()
    posterior["team_effects"] = scattered(effects, 0.1)
    return posterior
