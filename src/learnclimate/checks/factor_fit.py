"""`fit_indices`: whether a factor model reproduces how the answers go together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import special

from learnclimate.checks.factor_moments import (
    Implied,
    implied_from,
    independent_answers,
)
from learnclimate.checks.factor_predictive import LeftOut, leave_each_out, predictive_p_value
from learnclimate.checks.factor_replicates import level_fits
from learnclimate.checks.limited_information import (
    LimitedFit,
    limited_fit,
    moment_covariance,
    moments,
    observed_moments,
)
from learnclimate.checks.residual_correlations import residual_correlation_draws
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.rows import (
    POSTERIOR,
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)

FloatArray = npt.NDArray[np.float64]

_INDEX = "fit index"
_LEAST_COMPLETE = 50
#: Weights that leave a respondent out have tails, which few draws do not show; of one factor so
#: many cost little.
_LEFT_OUT_DRAWS = 1000
_NOT_APPLICABLE = (
    "c2, rmsea, cfi, tli and elpd_loo do not apply: they take respondents for independent, answers "
    "for ordered, and integrate over at most 3 factors. What is told rests on replicated answers."
)


def fit_indices(
    fit: FactorFit, *, draws: int = 200, seed: int = 1, interval: float = 0.9
) -> Result:
    """
    Judge how well a factor model reproduces the answers.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : int, default 200
        Draws at which the model is held against the answers, at least 100.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Result
        Rows with estimand ``posterior_predictive_p`` (``probability``: how often replicated
        answers fit worse than the given; near 0 is misfit, and a model that is right is mostly
        far above .5, since its parameters were fitted to the given), ``c2``
        (limited-information chi-squared; ``probability`` is its p-value), ``rmsea``,
        ``cfi``, ``tli``, ``srmr``,
        ``elpd_loo`` (expected log predictive density of a further respondent, summed),
        ``pareto_k`` (how far that can be trusted; the notes say), and ``residual_correlation``
        for every pair of items. ``contrast`` tells ``classical``
        indices, at the posterior mean, from ``posterior`` ones. A model with a team level, of
        continuous items, or of more than 3 factors is judged by replicated answers instead:
        ``posterior_predictive_p``, ``srmr`` and ``residual_correlation``, their ``contrast``
        telling the level (``within teams``, ``between teams``); the notes say so.

    Raises
    ------
    ArgumentError
        If a number is out of range.
    ArgumentTypeError
        If `fit` is no fit of a factor model.
    FitError
        If the fit was loaded from a file, which holds no answers.

    References
    ----------
    Cai and Monroe (2014), CRESST Report 839 (moments of the chi-squared).
    Maydeu-Olivares and Joe (2014), doi 10.1080/00273171.2014.911075 (RMSEA and SRMR).
    Garnier-Villarreal and Jorgensen (2020), doi 10.1037/met0000224 (posterior indices).
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-760 (posterior predictive p).
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4 (leave-one-out).

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> indices = lc.fit_indices(fitted, draws=100).summary
    >>> bool((indices.loc[indices["estimand"] == "srmr", "mean"] < 0.08).all())
    True
    """
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{type(fit).__name__} is not a fit of a factor model. Make one with "
            "fit(FactorModel(...), survey)."
        )
    fit.require_answers("Fit indices")
    options = checked_sampling(draws, seed, interval)
    chosen = _spread(fit, options.draws)
    one_by_one = fit.model.levels == "team" or fit.design.n_factors > 3
    if one_by_one or fit.model.link == "identity":
        rows, dataset = _by_replicates(fit, chosen, options)
        return laid_out(rows, dataset, interval=options.interval, notes=(_NOT_APPLICABLE,))
    residual = residual_correlation_draws(fit, chosen)
    told, kept, left_out = _whole_model(fit, chosen, residual, options)
    rows = told + _residual_rows(fit, residual, options)
    pairs = draws_dataset({"residual_correlation": residual}, {"pair": _pairs(fit)})
    dataset = draws_dataset(kept).merge(pairs)
    notes = (_used_note(fit), _left_out_note(left_out))
    return laid_out(rows, dataset, interval=options.interval, notes=notes)


def _by_replicates(
    fit: FactorFit, chosen: npt.NDArray[np.int64], options: Sampling
) -> tuple[list[Row], xr.Dataset]:
    n = int(fit.design.answered.sum())
    found = level_fits(fit, chosen, options.generator())
    rows = []
    for level, own in found.items():
        rows.append(Row(estimand="posterior_predictive_p", scale="probability", contrast=level,
                        figures={"probability": own.p_value}, n_respondents=n))  # fmt: skip
        at_mean = float(np.sqrt((own.residual.mean(axis=0) ** 2).mean()))
        rows.append(Row(estimand="srmr", scale=_INDEX, contrast=level,
                        figures={"mean": at_mean}, n_respondents=n))  # fmt: skip
    for level, own in found.items():
        rows += [
            Row(
                estimand="residual_correlation",
                scale="correlation of the answers less that of replicated ones",
                contrast=f"{pair}, {level}",
                figures=posterior_figures(own.residual[:, place], options.interval, above=0.0),
                n_respondents=n,
            )
            for place, pair in enumerate(_pairs(fit))
        ]
    drawn = np.stack([own.residual for own in found.values()], axis=1)
    axes = {"level": list(found), "pair": _pairs(fit)}
    return rows, draws_dataset({"residual_correlation": drawn}, axes)


def _pairs(fit: FactorFit) -> list[str]:
    first, second = np.triu_indices(len(fit.design.items), 1)
    items = fit.design.items
    return [f"{items[a]}, {items[b]}" for a, b in zip(first, second, strict=True)]


def _residual_rows(fit: FactorFit, residual: FloatArray, options: Sampling) -> list[Row]:
    n = int(fit.design.answered.sum())
    return [
        Row(
            estimand="residual_correlation",
            scale="polychoric correlation less that of the model",
            contrast=pair,
            figures=posterior_figures(residual[:, place], options.interval, above=0.0),
            n_respondents=n,
        )
        for place, pair in enumerate(_pairs(fit))
    ]


def _used_note(fit: FactorFit) -> str:
    complete = int((fit.design.categories >= 0).all(axis=1).sum())
    return (
        f"c2, rmsea, cfi and tli rest on the {complete} respondents who answered every item; the "
        "other figures on all."
    )


def _whole_model(
    fit: FactorFit, chosen: npt.NDArray[np.int64], residual: FloatArray, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray], LeftOut]:
    design = fit.design
    n = int(design.answered.sum())
    rows = []
    complete = design.categories[(design.categories >= 0).all(axis=1)].astype(float)
    told: list[Row] = []
    if len(complete) >= _LEAST_COMPLETE:
        told, kept, p_value = _by_moments(fit, chosen, complete, options)
    else:
        p_value, gap = predictive_p_value(fit, chosen, options.generator())
        kept = {"discrepancy_difference": gap}
    rows.append(
        Row(
            estimand="posterior_predictive_p",
            scale="probability",
            contrast=POSTERIOR,
            figures={"probability": p_value},
            n_respondents=n,
        )
    )
    rows += told
    srmr = np.sqrt((residual**2).mean(axis=1))
    at_mean = float(np.sqrt((residual.mean(axis=0) ** 2).mean()))
    figures = posterior_figures(srmr, options.interval)
    kept["srmr"] = srmr
    rows.append(Row(estimand="srmr", scale=_INDEX, contrast="classical", figures={"mean": at_mean},
                    n_respondents=n))  # fmt: skip
    rows.append(Row(estimand="srmr", scale=_INDEX, contrast=POSTERIOR, figures=figures,
                    n_respondents=n))  # fmt: skip
    least = _LEFT_OUT_DRAWS if design.n_factors == 1 else 0
    left_out = leave_each_out(fit, _spread(fit, max(options.draws, least)))
    rows.append(Row(estimand="elpd_loo", scale="log predictive density", contrast=POSTERIOR,
                    figures={"mean": left_out.elpd, "sd": left_out.error},
                    n_respondents=n))  # fmt: skip
    rows.append(Row(estimand="pareto_k", scale="largest shape of any respondent's weights",
                    contrast=POSTERIOR, figures={"mean": left_out.worst_shape},
                    n_respondents=n))  # fmt: skip
    return rows, kept, left_out


def _spread(fit: FactorFit, wanted: int) -> npt.NDArray[np.int64]:
    """Choose so many draws, spread over all chains."""
    sizes = fit.draws["posterior"].sizes
    total = int(sizes["chain"] * sizes["draw"])
    return np.linspace(0, total - 1, min(wanted, total)).round().astype(np.int64)


def _left_out_note(left_out: LeftOut) -> str:
    shape, bound, n_draws = left_out.worst_shape, left_out.bound, left_out.n_draws
    if shape < bound:
        return (
            f"elpd_loo can be relied on: the largest Pareto shape of leaving a respondent out is "
            f"{shape:.2f}, below {bound:.2f} ({n_draws} draws)."
        )
    return (
        f"elpd_loo is rough: the largest Pareto shape of leaving a respondent out is {shape:.2f}, "
        f"where {n_draws} draws ask for less than {bound:.2f}. Fit with more draws, and look for "
        "answers that go with none of the others."
    )


@dataclass(frozen=True, slots=True)
class _Discrepancy:
    """A model's misfit by moments: at its best, and at draws, with what the draws add."""

    best: LimitedFit
    draws: FloatArray
    added: float


def _by_moments(
    fit: FactorFit, chosen: npt.NDArray[np.int64], complete: FloatArray, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray], float]:
    n = len(complete)
    at_mean = implied_from(fit, parameters_of(fit), 0)
    given = at_mean.conditional()
    observed = observed_moments(complete, given.item_of_cut, given.level())
    covariance = moment_covariance(given)
    model = _held_against(fit, chosen, observed, covariance, at_mean, n)
    null_given, null_slopes = independent_answers(complete, given)
    null = limited_fit(
        observed - moments(null_given), moment_covariance(null_given), null_slopes, n
    )
    n_moments, n_shares = len(observed), len(given.item_of_cut)
    rows = [
        Row(
            estimand="c2",
            scale=f"chi-squared with {model.best.df} degrees of freedom",
            contrast="classical",
            figures={"mean": model.best.statistic, "probability": model.best.p_value},
            n_respondents=n,
        )
    ]
    for name, value in _classical(model.best, null, n).items():
        rows.append(Row(estimand=name, scale=_INDEX, contrast="classical",
                        figures={"mean": value}, n_respondents=n))  # fmt: skip
    # Of a model of independent items, the shares alone are estimated.
    null_excess = null.statistic + n_shares - n_moments
    drawn = _posterior_indices(model, null_excess, (n_moments, n_shares, n))
    for name, values in drawn.items():
        rows.append(Row(estimand=name, scale=_INDEX, contrast=POSTERIOR,
                        figures=posterior_figures(values, options.interval),
                        n_respondents=n))  # fmt: skip
    # Replicated moments lie from those of their own draw by a chi-squared of as many as there are.
    replicated = options.generator().chisquare(n_moments, len(model.draws))
    drawn["discrepancy_difference"] = replicated - model.draws
    p_value = float(special.chdtrc(n_moments, model.draws).mean())
    return rows, drawn, p_value


def _held_against(
    fit: FactorFit, chosen: npt.NDArray[np.int64], observed: FloatArray, covariance: FloatArray,
    at_mean: Implied, n: int,
) -> _Discrepancy:  # fmt: skip
    residual = observed - moments(at_mean.conditional())
    best = limited_fit(residual, covariance, at_mean.slopes(), n)
    inverse = np.linalg.inv(covariance)
    found = parameters_of(fit, chosen)
    apart = np.stack(
        [observed - moments(implied_from(fit, found, place).conditional())
         for place in range(len(chosen))]
    )  # fmt: skip
    draws = n * np.einsum("sa,ab,sb->s", apart, inverse, apart)
    centre = n * residual @ inverse @ residual
    return _Discrepancy(best, draws, float(draws.mean() - centre))


def _classical(model: LimitedFit, null: LimitedFit, n: int) -> dict[str, float]:
    if model.df <= 0:
        return {}
    excess = max(model.statistic - model.df, 0.0)
    null_excess = max(null.statistic - null.df, excess, 1e-12)
    ratio, null_ratio = model.statistic / model.df, null.statistic / null.df
    return {
        "rmsea": float(np.sqrt(excess / (model.df * (n - 1)))),
        "cfi": 1 - excess / null_excess,
        "tli": (null_ratio - ratio) / (null_ratio - 1),
    }


def _posterior_indices(
    model: _Discrepancy, null_excess: float, sizes: tuple[int, int, int]
) -> dict[str, FloatArray]:
    n_moments, n_shares, n = sizes
    df, null_df = n_moments - model.added, n_moments - n_shares
    if df <= 0 or model.best.df <= 0:
        return {}
    excess = np.maximum(model.draws - n_moments, 0.0)
    beyond = max(null_excess, 1e-12)
    return {
        "rmsea": np.sqrt(excess / (df * n)),
        "cfi": np.clip(1 - excess / beyond, 0.0, 1.0),
        "tli": 1 - (model.draws - n_moments) / df / (beyond / null_df),
    }
