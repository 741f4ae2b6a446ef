"""`fit_indices`: whether a factor model reproduces how the answers go together."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.checks.close_fit import INDEX, Discrepancy, index_rows
from learnclimate.checks.continuous_fit import (
    best_fit,
    discrepancy,
    implied_normal,
    independent_fit,
    leave_each_normal_out,
)
from learnclimate.checks.factor_moments import (
    Implied,
    implied_from,
    independent_answers,
)
from learnclimate.checks.factor_predictive import LeftOut, leave_each_out, predictive_p_value
from learnclimate.checks.factor_replicates import level_fits
from learnclimate.checks.limited_information import (
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
    INDEPENDENT,
    POSTERIOR,
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)

FloatArray = npt.NDArray[np.float64]

_LEAST_COMPLETE = 50
#: Weights that leave a respondent out have tails, which few draws do not show; of one factor so
#: many cost little.
_LEFT_OUT_DRAWS = 1000
_NOT_APPLICABLE = (
    "c2, rmsea, cfi, tli and elpd_loo do not apply: of ordered answers they take respondents for "
    "independent, and integrate over at most 3 factors. What is told rests on replicated answers."
)
_OF_LEVELS = (
    "chi_squared, rmsea, cfi, tli and elpd_loo do not apply: they take respondents for "
    "independent. What is told rests on replicated answers."
)
_SATURATED = (
    "posterior_predictive_p says nothing here: with so few items, the parameters reproduce "
    "whatever goes together."
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
        answers fit worse than the given, in what the parameters cannot take up; near 0 is
        misfit, and if the model is true any value is about as likely), ``c2``
        (limited-information chi-squared; ``probability`` is its p-value), ``rmsea``, ``cfi``,
        ``tli``, ``srmr``, ``elpd_loo`` (expected log predictive density of a further
        respondent, summed), ``pareto_k`` (how far that can be trusted; the notes say), and
        ``residual_correlation`` for every pair of items. ``contrast`` tells ``classical``
        indices, at the posterior mean, from ``posterior`` ones. Of continuous items,
        ``chi_squared`` (of normal theory) is in the place of ``c2``. A model with a team level,
        or of more than 3 factors and ordered answers, has no ``c2``, ``rmsea``, ``cfi``,
        ``tli`` and ``elpd_loo``. It, and continuous items, are judged by replicated answers:
        ``posterior_predictive_p``, ``srmr`` and ``residual_correlation``, their ``contrast``
        telling the level (``within teams``, ``between teams``); the notes say so. Degrees of
        freedom count cross-loadings as free, but for their rotations: ``c2`` and
        ``chi_squared`` test the structure whatever their size, as exploratory analysis does,
        and their prior counts in ``elpd_loo``.

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
    Jöreskog (1969), doi 10.1007/BF02289343 (chi-squared of continuous items).
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
    if fit.model.link == "identity" or fit.model.levels == "team" or fit.design.n_factors > 3:
        return _without_grid(fit, chosen, options)
    residual = residual_correlation_draws(fit, chosen)
    told, kept, left_out = _whole_model(fit, chosen, residual, options)
    rows = told + _residual_rows(fit, residual, options)
    pairs = draws_dataset({"residual_correlation": residual}, {"pair": _pairs(fit)})
    dataset = draws_dataset(kept).merge(pairs)
    notes = (_used_note(fit), _left_out_note(left_out), *_saturated_note(rows), INDEPENDENT)
    return laid_out(rows, dataset, interval=options.interval, notes=notes)


def _without_grid(fit: FactorFit, chosen: npt.NDArray[np.int64], options: Sampling) -> Result:
    """Judge by replicated answers; of continuous items of one level by normal theory too."""
    rows, dataset = _by_replicates(fit, chosen, options)
    continuous = fit.model.link == "identity"
    if not continuous or fit.model.levels == "team":
        notes: tuple[str, ...] = (_OF_LEVELS if continuous else _NOT_APPLICABLE,)
    else:
        more, kept, left_out = _by_normal_theory(fit, chosen, options)
        rows, dataset = more + rows, dataset.merge(draws_dataset(kept))
        notes = (_used_note(fit), _left_out_note(left_out))
    notes += _saturated_note(rows)
    if fit.model.levels != "team":
        notes += (INDEPENDENT,)
    return laid_out(rows, dataset, interval=options.interval, notes=notes)


def _saturated_note(rows: list[Row]) -> tuple[str, ...]:
    told = [row for row in rows if row.estimand == "posterior_predictive_p"]
    return () if all(row.figures for row in told) else (_SATURATED,)


def _p_row(level: str, p_value: float, n: int) -> Row:
    figures = {} if np.isnan(p_value) else {"probability": p_value}
    return Row(
        estimand="posterior_predictive_p",
        scale="probability",
        contrast=level,
        figures=figures,
        n_respondents=n,
    )


def _by_normal_theory(
    fit: FactorFit, chosen: npt.NDArray[np.int64], options: Sampling
) -> tuple[list[Row], dict[str, FloatArray], LeftOut]:
    numbers = fit.design.numbers
    complete = numbers[np.isfinite(numbers).all(axis=1)]
    rows: list[Row] = []
    kept: dict[str, FloatArray] = {}
    if len(complete) >= _LEAST_COMPLETE:
        n, n_items = complete.shape
        best = best_fit(fit, complete)
        sample = np.cov(complete.T, bias=True)
        every = np.arange(
            fit.draws["posterior"].sizes["chain"] * fit.draws["posterior"].sizes["draw"]
        )
        at_mean = implied_normal(fit, every).covariances.mean(axis=0)
        draws = n * discrepancy(sample, implied_normal(fit, chosen).covariances)
        added = float(draws.mean() - n * discrepancy(sample, at_mean))
        sizes = (n_items * (n_items + 1) // 2, n_items, n)
        rows, kept = index_rows(
            Discrepancy(best, draws, added),
            independent_fit(complete),
            sizes,
            options,
            "chi_squared",
        )
    left_out = leave_each_normal_out(fit, _spread(fit, max(options.draws, _LEFT_OUT_DRAWS)))
    return rows + _left_out_rows(left_out, int(fit.design.answered.sum())), kept, left_out


def _left_out_rows(left_out: LeftOut, n: int) -> list[Row]:
    return [
        Row(estimand="elpd_loo", scale="log predictive density", contrast=POSTERIOR,
            figures={"mean": left_out.elpd, "sd": left_out.error}, n_respondents=n),
        Row(estimand="pareto_k", scale="largest shape of any respondent's weights",
            contrast=POSTERIOR, figures={"mean": left_out.worst_shape}, n_respondents=n),
    ]  # fmt: skip


def _by_replicates(
    fit: FactorFit, chosen: npt.NDArray[np.int64], options: Sampling
) -> tuple[list[Row], xr.Dataset]:
    n = int(fit.design.answered.sum())
    found = level_fits(fit, chosen, options.generator())
    rows = []
    for level, own in found.items():
        rows.append(_p_row(level, own.p_value, n))
        at_mean = float(np.sqrt((own.residual.mean(axis=0) ** 2).mean()))
        rows.append(Row(estimand="srmr", scale=INDEX, contrast=level,
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
    p_value, gap = predictive_p_value(fit, chosen, options.generator())
    rows.append(_p_row(POSTERIOR, p_value, n))
    kept = {"discrepancy_difference": gap}
    complete = design.categories[(design.categories >= 0).all(axis=1)].astype(float)
    if len(complete) >= _LEAST_COMPLETE:
        told, drawn = _by_moments(fit, chosen, complete, options)
        rows += told
        kept |= drawn
    srmr = np.sqrt((residual**2).mean(axis=1))
    at_mean = float(np.sqrt((residual.mean(axis=0) ** 2).mean()))
    figures = posterior_figures(srmr, options.interval)
    kept["srmr"] = srmr
    rows.append(Row(estimand="srmr", scale=INDEX, contrast="classical", figures={"mean": at_mean},
                    n_respondents=n))  # fmt: skip
    rows.append(Row(estimand="srmr", scale=INDEX, contrast=POSTERIOR, figures=figures,
                    n_respondents=n))  # fmt: skip
    least = _LEFT_OUT_DRAWS if design.n_factors == 1 else 0
    left_out = leave_each_out(fit, _spread(fit, max(options.draws, least)))
    return rows + _left_out_rows(left_out, n), kept, left_out


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


def _by_moments(
    fit: FactorFit, chosen: npt.NDArray[np.int64], complete: FloatArray, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray]]:
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
    sizes = (len(observed), len(given.item_of_cut), n)
    return index_rows(model, null, sizes, options, "c2")


def _held_against(
    fit: FactorFit, chosen: npt.NDArray[np.int64], observed: FloatArray, covariance: FloatArray,
    at_mean: Implied, n: int,
) -> Discrepancy:  # fmt: skip
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
    return Discrepancy(best, draws, float(draws.mean() - centre))
