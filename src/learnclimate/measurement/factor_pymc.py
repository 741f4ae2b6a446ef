"""Build the PyMC model of a factor model: a plain `pm.Model` with named dims."""

from typing import Any

import numpy as np

from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorDeclaration
from learnclimate.survey.survey import Survey


def build_factor_model(model: FactorDeclaration, survey: Survey) -> Any:
    """
    Build the PyMC model of a factor model.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    survey : Survey
        The answers.

    Returns
    -------
    pymc.Model
        Variables as in the posterior of `fit`, and ``respondent_factors``.

    Raises
    ------
    ModelError
        If model and survey contradict each other.
    """
    return build_from_factor_design(model, factor_design(model, survey))


def build_from_factor_design(model: FactorDeclaration, design: FactorDesign) -> Any:
    """
    Build the PyMC model from arrays.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        The answers.

    Returns
    -------
    pymc.Model
        The model.
    """
    import pymc as pm
    import pytensor.tensor as pt

    n_items, n_factors = len(design.items), design.n_factors
    with pm.Model(coords=_coords(design)) as built:
        free = pm.Normal("free_loadings", 0, design.loading_sd, dims="loading")
        raw = pt.set_subtensor(
            pt.zeros((n_items, n_factors))[design.loading_item, design.loading_factor], free
        )
        factor = _correlation_factor(pm, pt, "partial", n_factors, model.correlation_concentration)
        square = 1 + pt.sum(pt.sqr(pt.dot(raw, factor)), axis=1)
        behind = pt.dot(pm.Normal("own_scores", 0, 1, dims=("respondent", "factor")), factor.T)
        spread, team, team_correlation = pt.ones(n_factors), None, None
        if model.levels == "team":
            team, team_sd, between = _team_level(pm, pt, model, n_factors)
            behind = behind + team[design.team]
            team_correlation = pt.dot(between, between.T)
            spread = pt.sqrt(1 + pt.sqr(team_sd))
            square = square + pt.sum(pt.sqr(pt.dot(raw * team_sd, between)), axis=1)
        scale = pt.sqrt(square)
        if model.link == "identity":
            _continuous(pm, pt, design, (raw, behind, scale))
        else:
            _ordered(pm, pt, model, design, (raw, behind, scale))
        _told(pm, pt, model, design, (raw * spread / scale[:, None], raw, factor, behind, team,
                                     team_correlation))  # fmt: skip
    return built


def _told(pm: Any, pt: Any, model: FactorDeclaration, design: FactorDesign, parts: Any) -> None:
    """Name the variables of the posterior, each factor turned the way most of its items point."""
    standardised, raw, factor, behind, team, team_correlation = parts
    own = (design.own_factor[:, None] == np.arange(design.n_factors)).astype(float)
    sign = pt.where(pt.lt(pt.sum(standardised * own, axis=0), 0), -1.0, 1.0)
    pm.Deterministic("loadings", standardised * sign, dims=("item", "factor"))
    unit = LOGIT_SCALE if model.link == "logit" else 1.0
    pm.Deterministic("slopes", raw * sign * unit, dims=("item", "factor"))
    if design.n_factors > 1:
        turned = sign[:, None] * sign[None, :]
        both = ("factor", "factor_other")
        pm.Deterministic("factor_correlation", pt.dot(factor, factor.T) * turned, dims=both)
        if team is not None:
            pm.Deterministic("team_factor_correlation", team_correlation * turned, dims=both)
    if team is not None:
        pm.Deterministic("team_factors", team * sign, dims=("team", "factor"))
    pm.Deterministic("respondent_factors", behind * sign, dims=("respondent", "factor"))


def _coords(design: FactorDesign) -> dict[str, Any]:
    names = [
        f"{design.items[item]}, {design.factors[factor]}"
        for item, factor in zip(design.loading_item, design.loading_factor, strict=True)
    ]
    return {
        "item": list(design.items),
        "factor": list(design.factors),
        "factor_other": list(design.factors),
        "loading": names,
        "team": list(design.teams),
        "respondent": np.arange(len(design.categories)),
    }


def _correlation_factor(pm: Any, pt: Any, name: str, size: int, concentration: float) -> Any:
    """Cholesky factor of an LKJ correlation matrix, from its partial correlations."""
    if size == 1:
        return pt.ones((1, 1))
    _, column = np.tril_indices(size, -1)
    shape = concentration + (size - 2 - column) / 2
    partial = 2 * pm.Beta(name, shape, shape, shape=len(shape)) - 1
    factor, place = pt.zeros((size, size)), 0
    for row in range(size):
        left = pt.as_tensor_variable(1.0)
        for at in range(row):
            factor = pt.set_subtensor(factor[row, at], partial[place] * pt.sqrt(left))
            left = left * (1 - pt.sqr(partial[place]))
            place += 1
        factor = pt.set_subtensor(factor[row, row], pt.sqrt(left))
    return factor


def _team_level(pm: Any, pt: Any, model: FactorDeclaration, n_factors: int) -> tuple[Any, Any, Any]:
    team_sd = pm.HalfNormal("team_factor_sd", model.team_sd, dims="factor")
    pm.Deterministic("factor_icc", pt.sqr(team_sd) / (1 + pt.sqr(team_sd)), dims="factor")
    factor = _correlation_factor(pm, pt, "team_partial", n_factors, model.correlation_concentration)
    scores = pm.Normal("team_scores", 0, 1, dims=("team", "factor"))
    return pt.dot(scores, factor.T) * team_sd, team_sd, factor


def _continuous(pm: Any, pt: Any, design: FactorDesign, parts: tuple[Any, Any, Any]) -> None:
    """Means and standard deviations of the items, and the answers."""
    raw, behind, scale = parts
    reach = design.n_categories - 1
    middle = design.minimum + reach / 2
    mean = pm.Normal("item_means", middle, reach, dims="item")
    sd = pm.HalfNormal("item_sd", reach, dims="item")
    residual = pm.Deterministic("residual_sd", sd / scale, dims="item")
    respondent, item = np.nonzero(design.categories >= 0)
    eta = pt.sum(behind[respondent] * raw[item], axis=1)
    observed = design.numbers[respondent, item]
    pm.Normal("answers", mean[item] + residual[item] * eta, residual[item], observed=observed)


def _ordered(
    pm: Any, pt: Any, model: FactorDeclaration, design: FactorDesign, parts: tuple[Any, Any, Any]
) -> None:
    """Thresholds with uniform shares of the answers, and the answers, by number of categories."""
    raw, behind, scale = parts
    n_items, most = len(design.items), int(design.n_categories.max())
    padded = pt.full((n_items, most - 1), np.nan)
    for n in np.unique(design.n_categories):
        items = np.flatnonzero(design.n_categories == n)
        shares = pm.Dirichlet(f"shares_{n}", np.ones((len(items), n)))
        below = pt.cumsum(shares, axis=1)[:, :-1]
        thresholds = pt.sqrt(2.0) * pt.erfinv(2 * pt.clip(below, 1e-12, 1 - 1e-12) - 1)
        padded = pt.set_subtensor(padded[items, : n - 1], thresholds)
        respondent, place = np.nonzero(design.categories[:, items] >= 0)
        item = items[place]
        eta = pt.sum(behind[respondent] * raw[item], axis=1)
        cuts = (thresholds * scale[items][:, None])[place]
        observed = design.categories[respondent, item]
        if model.link == "logit":
            kind, unit = pm.OrderedLogistic, LOGIT_SCALE
        else:
            kind, unit = pm.OrderedProbit, 1.0
        kind(
            f"answers_{n}", eta=unit * eta, cutpoints=unit * cuts, compute_p=False,
            observed=observed,
        )  # fmt: skip
    pm.Deterministic("thresholds", padded)
