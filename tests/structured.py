"""Small surveys with structure, simulated from known truths, and fits made by hand."""

import numpy as np
import pandas as pd

from learnclimate.counts.model import CountModel, shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.prior_draws import prior_draws
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.posterior_tree import posterior_tree
from learnclimate.inference.provenance import Provenance, data_hash
from learnclimate.inference.standardised import standardised_answers
from learnclimate.inference.standardised_families import family_answers, has_exponential_mean
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.reading import read_survey

TALK = ("never", "monthly", "weekly", "daily")
MEET = ("no", "some", "much")


def structured_frame(
    *,
    n_teams=12,
    team_size=8,
    n_departments=3,
    shift=0.5,
    interaction=0.4,
    department_sd=0.0,
    seed=1,
):
    """One row a respondent; the slope of talk rises by `shift` a unit of challenge."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), team_size)
    department = np.arange(n_teams) % n_departments
    challenge = rng.normal(3, 0.8, n_teams).round(2)
    talk = rng.integers(0, len(TALK), len(team))
    meet = rng.integers(0, len(MEET), len(team))
    own = rng.normal(size=(n_teams, 2)) * 0.25
    of_department = rng.normal(size=(n_departments, 2)) * department_sd
    by_meet = np.array([0, 0.4, 1.0])[meet]
    slope = 0.8 + shift * (challenge[team] - 3) + own[team, 1] + interaction * by_meet
    slope += of_department[department[team], 1]
    log_rate = 0.3 + 0.2 * (challenge[team] - 3) + own[team, 0] + 0.3 * by_meet
    log_rate += of_department[department[team], 0]
    expected = np.exp(log_rate + slope * np.array([0, 0.5, 0.8, 1.0])[talk])
    return pd.DataFrame(
        {
            "team": [f"T{number:03d}" for number in team],
            "department": [f"D{number}" for number in department[team]],
            "talk": np.array(TALK)[talk],
            "meet": np.array(MEET)[meet],
            "challenge": challenge[team],
            "age": rng.integers(-3, 4, len(team)),
            "room_1": rng.integers(1, 6, len(team)),
            "room_2": rng.integers(1, 6, len(team)),
            "n": rng.poisson(expected * rng.gamma(4, 1 / 4, len(team))),
        }
    )


def structured_codebook(frequencies=("talk", "meet"), department="department", outcome="n"):
    levels = {"talk": TALK, "meet": MEET}
    return Codebook(
        outcome=outcome,
        team="team",
        department=department,
        frequency=frequencies,
        frequency_levels={name: levels[name] for name in frequencies},
        covariates=("age", "challenge"),
        scales=(Scale("room", ("room_1", "room_2"), reverse=("room_2",)),),
    )


def structured_survey(frequencies=("talk", "meet"), **how):
    return read_survey(structured_frame(**how), structured_codebook(frequencies))


def structured_family_survey(outcome, **how):
    """The same people, their counts asked in some way: answer options, or out of so many."""
    frame = structured_frame(**how)
    if isinstance(outcome, Outcome) and outcome.bins:
        n = frame["n"]
        frame["n"] = np.select([n == 0, n <= 2, n <= 5], ["none", "1-2", "3-5"], "6 or more")
    if isinstance(outcome, Outcome) and outcome.trials:
        frame["n"] = frame["n"].clip(upper=outcome.trials)
    return read_survey(frame, structured_codebook(outcome=outcome))


def fit_from_prior(model: CountModel, survey, *, n_draws=50, seed=0) -> Fit:
    """A fit whose draws are those of the priors: good enough to check what is made of them."""
    design = model.design(survey)
    priors = resolve_priors(model.priors, design)
    drawn = prior_draws(model.family, design, priors, 4 * n_draws, np.random.default_rng(seed))
    posterior = {
        name: values.reshape(4, n_draws, *values.shape[1:]) for name, values in drawn.items()
    }
    certificate = Certificate(
        "synthetic", (CertificateCheck("R-hat", "good", 1.0, 1.01, "made by hand"),)
    )
    provenance = Provenance(
        source=survey.source,
        n_respondents=design.n_respondents,
        n_teams=design.n_teams,
        n_left_out=survey.n_left_out,
        left_out=(),
        data_hash=data_hash(design),
        seed=seed,
        draws=4 * n_draws,
        seconds=0.0,
        created="2026-11-25T00:00:00+00:00",
        versions={},
    )
    if has_exponential_mean(model.family):
        standardised = standardised_answers(posterior, design, seed=seed)
    else:
        standardised = family_answers(model.family, posterior, design, seed=seed)
    return Fit(
        draws=posterior_tree(EngineDraws(posterior, {}, certificate, {}), design, standardised),
        certificate=certificate,
        model=model,
        codebook=survey.codebook,
        coding=design.coding,
        priors=shown_priors(model, design, priors),
        provenance=provenance,
        design=design,
    )


def log_rate_by_hand(design, draws, draw, composed=None):
    """The log rate of every respondent at one draw, written out term by term."""
    coding = design.coding
    eta = design.log_exposure + draws["intercept"][draw]
    eta = eta + design.covariates @ draws["covariate_effects"][draw]
    start, curves = 0, {}
    for position, frequency in enumerate(coding.frequencies):
        level = design.frequency_level[:, position]
        eta = eta + draws["frequency_curve"][draw, start : start + len(frequency.levels)][level]
        steps = draws["frequency_shape"][draw, position, : frequency.n_steps]
        curves[frequency.name] = np.concatenate([[0.0], np.cumsum(steps)])[level]
        start += len(frequency.levels)
    for place, shift in enumerate(coding.slope_shifts):
        if shift.by in curves:
            by = curves[shift.by]
        else:
            column = design.covariates[:, coding.covariate_labels.index(shift.by)]
            by = column - shift.centre
        eta = eta + draws["slope_shifts"][draw, place] * curves[shift.frequency] * by
    for place, name in enumerate(coding.team_effects):
        scale = 1.0 if name == "intercept" else curves[name]
        eta = eta + draws["team_effects"][draw][design.team, place] * scale
    if coding.composition:
        members = design.team[:, None] == design.team
        for place in range(len(coding.frequencies)):
            answers = (design if composed is None else composed).frequency_level[:, place]
            steps = draws["frequency_shape"][draw, place]
            curve = np.concatenate([[0.0], np.cumsum(steps)])[answers]
            mean = members @ curve / members.sum(axis=1) - curve.mean()
            if coding.latent_composition:
                mean = draws["team_composition"][draw, :, place][design.team]
            eta = eta + draws["composition_effects"][draw, place] * mean
    names = sorted(set(design.departments))
    for place, name in enumerate(coding.department_effects):
        scale = 1.0 if name == "intercept" else curves[name]
        code = np.array([names.index(label) for label in design.departments])[design.team]
        eta = eta + draws["department_effects"][draw][code, place] * scale
    return eta
