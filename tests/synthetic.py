"""A `Fit` made by hand, so that tests of answers need no sampling."""

import numpy as np

from learnclimate.core.labels import POSTERIOR_DIMS
from learnclimate.counts.frequency import curve_from_shape, equal_steps_curve
from learnclimate.counts.model import CountModel, shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.posterior_tree import posterior_tree
from learnclimate.inference.provenance import Provenance, answers_hash, data_hash
from learnclimate.inference.standardised import standardised_answers
from learnclimate.survey.survey import Survey


def make_synthetic_fit(
    survey: Survey,
    model: CountModel | None = None,
    *,
    n_draws: int = 100,
    seed: int = 0,
    spread=1.0,
) -> Fit:
    """Scatter draws about the truth of a simulated survey; `spread=0` gives the truth itself."""
    model = model or CountModel()
    design = model.design(survey)
    truth = survey.truth.parameters
    coding = design.coding
    rng = np.random.default_rng(seed)
    shape = (4, n_draws)

    def scattered(centre, sd):
        centre = np.asarray(centre, dtype=float)
        return centre + spread * sd * rng.standard_normal((*shape, *centre.shape))

    posterior = {"intercept": scattered(truth.intercept, 0.1)}
    if coding.frequencies:
        effect = scattered([truth.frequency_effect] * len(coding.frequencies), 0.1)
        posterior["frequency_effect"] = effect
        curves, shapes = [], []
        most = max(frequency.n_steps for frequency in coding.frequencies)
        for position, frequency in enumerate(coding.frequencies):
            steps = np.full((*shape, frequency.n_steps), 1 / frequency.n_steps)
            if frequency.kind == "monotonic":
                centre = np.array(truth.frequency_shape)
                noise = np.exp(scattered(np.zeros(len(centre)), 0.1)) * centre
                steps = noise / noise.sum(axis=-1, keepdims=True)
                flat = steps.reshape(-1, frequency.n_steps)
                curve = curve_from_shape(flat).reshape(*shape, -1)
            else:
                curve = np.broadcast_to(
                    equal_steps_curve(len(frequency.levels)), (*shape, len(frequency.levels))
                )
            padded = np.zeros((*shape, most))
            padded[..., : frequency.n_steps] = steps
            shapes.append(padded)
            curves.append(curve * effect[..., [position]])
        posterior["frequency_curve"] = np.concatenate(curves, axis=-1)
        if any(frequency.kind == "monotonic" for frequency in coding.frequencies):
            posterior["frequency_shape"] = np.stack(shapes, axis=2)
    if coding.covariate_labels:
        known = {"tenure": truth.tenure_effect, "contract[temporary]": truth.contract_effect}
        centre = [known.get(label, 0.0) for label in coding.covariate_labels]
        posterior["covariate_effects"] = scattered(centre, 0.02)
    if coding.team_effects:
        columns = [0 if name == "intercept" else 1 for name in coding.team_effects]
        sd = np.array(truth.team_sd)[columns]
        posterior["team_sd"] = np.abs(scattered(sd, 0.03))
        correlation = np.eye(len(columns))
        correlation[correlation == 0] = truth.team_correlation
        posterior["team_correlation"] = np.broadcast_to(correlation, (*shape, *correlation.shape))
        effects = dict(zip(survey.truth.teams, survey.truth.team_effects, strict=True))
        centre = np.array([effects[team][columns] for team in design.teams])
        posterior["team_effects"] = scattered(centre, 0.1)
    if model.family.has_dispersion:
        posterior["dispersion"] = np.abs(scattered(truth.dispersion or 100.0, 0.2))
    posterior = {
        name: np.ascontiguousarray(posterior[name]) for name in POSTERIOR_DIMS if name in posterior
    }
    certificate = Certificate(
        "synthetic", (CertificateCheck("R-hat", "good", 1.0, 1.01, "made by hand"),)
    )
    drawn = EngineDraws(posterior, {}, certificate, {})
    resolved = resolve_priors(model.priors, design)
    provenance = Provenance(
        source=survey.source,
        n_respondents=design.n_respondents,
        n_teams=design.n_teams,
        n_left_out=survey.n_left_out,
        left_out=(),
        data_hash=data_hash(design),
        answers_hash=answers_hash(design),
        seed=seed,
        draws=4 * n_draws,
        seconds=0.0,
        created="2026-11-24T00:00:00+00:00",
        versions={},
    )
    return Fit(
        draws=posterior_tree(drawn, design, standardised_answers(posterior, design, seed=seed)),
        certificate=certificate,
        model=model,
        codebook=survey.codebook,
        coding=coding,
        priors=shown_priors(model, design, resolved),
        provenance=provenance,
        design=design,
    )
