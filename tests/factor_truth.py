"""Factor models with parameters drawn from their priors, and answers drawn from those."""

import numpy as np
from scipy.special import expit, ndtr, ndtri

from learnclimate.inference.factors.variables import factor_signs
from learnclimate.measurement.factor_design import LOGIT_SCALE


def lkj(rng, size, concentration):
    """A correlation matrix, by rejection-free vines: partial correlations are beta."""
    factor = np.zeros((size, size))
    for row in range(size):
        left = 1.0
        for column in range(row):
            shape = concentration + (size - 2 - column) / 2
            partial = 2 * rng.beta(shape, shape) - 1
            factor[row, column] = partial * np.sqrt(left)
            left *= 1 - partial**2
        factor[row, row] = np.sqrt(left)
    return factor @ factor.T


def drawn_from_priors(rng, model, design):
    """Draw parameters by the priors as they are documented, then answers."""
    n_items, n_factors = len(design.items), design.n_factors
    n, n_teams = len(design.categories), len(design.teams)
    raw = np.zeros((n_items, n_factors))
    raw[design.loading_item, design.loading_factor] = rng.normal(0, design.loading_sd)
    correlation = lkj(rng, n_factors, model.correlation_concentration)
    scores = rng.standard_normal((n, n_factors)) @ np.linalg.cholesky(correlation).T
    between = np.zeros((n_factors, n_factors))
    truth = {}
    if model.levels == "team":
        sd = np.abs(rng.normal(0, model.team_sd, n_factors))
        team_correlation = lkj(rng, n_factors, model.correlation_concentration)
        between = sd[:, None] * team_correlation * sd
        own = rng.standard_normal((n_teams, n_factors)) @ np.linalg.cholesky(team_correlation).T
        scores = scores + (sd * own)[design.team]
        truth |= {"team_factor_sd": sd, "team_factors": sd * own}
        truth["team_factor_correlation"] = team_correlation
    scale = np.sqrt(1 + np.einsum("ja,ab,jb->j", raw, correlation + between, raw))
    spread = np.sqrt(1 + np.diag(between))
    eta = scores @ raw.T
    loadings = raw * spread / scale[:, None]
    sign = factor_signs(loadings, design)
    truth |= {"loadings": loadings * sign, "factor_correlation": correlation * np.outer(sign, sign)}
    if "team_factors" in truth:
        truth["team_factors"] = truth["team_factors"] * sign
        truth["team_factor_correlation"] = team_correlation * np.outer(sign, sign)
    if model.link == "identity":
        given, more = _numbers(rng, design, eta, scale)
    else:
        given, more = _ordered(rng, design, eta, scale, model.link == "logit")
    return given, truth | more


def _ordered(rng, design, eta, scale, logit):
    most = int(design.n_categories.max())
    thresholds = np.full((len(design.items), most - 1), np.nan)
    given = np.empty(eta.shape, dtype=np.int64)
    for item, n in enumerate(design.n_categories):
        cuts = ndtri(np.cumsum(rng.dirichlet(np.ones(n)))[:-1])
        thresholds[item, : n - 1] = cuts
        away = eta[:, item, None] - cuts * scale[item]
        above = expit(LOGIT_SCALE * away) if logit else ndtr(away)
        given[:, item] = (rng.random((len(eta), 1)) < above).sum(axis=1)
    return given, {"thresholds": thresholds}


def _numbers(rng, design, eta, scale):
    length = (design.n_categories - 1).astype(float)
    mean = design.minimum + length / 2 + length * rng.standard_normal(len(length))
    residual = length * np.abs(rng.standard_normal(len(length))) / scale
    values = mean + residual * (eta + rng.standard_normal(eta.shape))
    return values, {"item_means": mean, "residual_sd": residual}
