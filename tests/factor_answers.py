"""Answers simulated from factor models, for tests."""

import numpy as np

from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey
from measurement_answers import survey_of

CUTS = np.array([-1.4, -0.5, 0.4, 1.3])


def ordinal_answers(rng, n, loadings, *, correlation=None, team=None, team_sd=0.0, cuts=CUTS):
    """Answers 1 to 5 by a probit factor model; loadings (n_items, n_factors), standardised."""
    loadings = np.asarray(loadings, float)
    n_factors = loadings.shape[1]
    factor = np.eye(n_factors) if correlation is None else np.linalg.cholesky(correlation)
    scores = rng.standard_normal((n, n_factors)) @ factor.T
    noise = np.sqrt(1 - ((loadings @ factor) ** 2).sum(axis=1))
    if team is not None:
        scores = scores + team_sd * rng.standard_normal((team.max() + 1, n_factors))[team]
    latent = scores @ loadings.T + noise * rng.standard_normal((n, len(loadings)))
    return 1.0 + np.searchsorted(cuts, latent)


def with_holes(rng, answers, share):
    """The answers, some of them left open."""
    return np.where(rng.random(answers.shape) < share, np.nan, answers)


def two_scales(answers, first, team=None):
    """A survey with scales ``f`` of the first items and ``g`` of the others."""
    survey = survey_of(answers, team)
    items = list(survey.codebook.items)
    codebook = Codebook(
        outcome="activities",
        team="team",
        scales=[Scale("f", items[:first]), Scale("g", items[first:])],
    )
    return read_survey(survey.frame, codebook)
