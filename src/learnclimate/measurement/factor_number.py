"""`parallel_analysis` and `explore_factors`: how many factors there are, and on which items."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, SurveyError
from learnclimate.core.numbers import is_whole
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import (
    discretion_among,
    require_variation,
    scale_answers,
)
from learnclimate.measurement.discretion import Discretion, of_polychoric
from learnclimate.measurement.factor_extraction import extracted
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.oblimin import rotated
from learnclimate.measurement.polychoric_kernels import (
    fitted_correlations,
    item_thresholds,
    pair_tables,
)
from learnclimate.measurement.positive_definite import nearest_correlation
from learnclimate.measurement.resampling import bayesian_bootstrap_weights
from learnclimate.measurement.rows import (
    Row,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.same_answers import refuse_copies
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LEAST_ITEMS = 4
_MOST_FACTORS = 6
_ROUGH = 1e-6


def parallel_analysis(
    survey: Survey,
    scales: Scale | str | Sequence[Scale | str],
    *,
    draws: int = 100,
    seed: int = 1,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Count the factors that stand out from answers that go together by chance.

    The eigenvalues of the polychoric correlations are held against those of answers that
    were shuffled within every item, so that only chance correlations are left.

    Parameters
    ----------
    survey : Survey
        The answers.
    scales : Scale, str, or a sequence of them
        The scales whose items are taken together.
    draws : int, default 100
        How often answers are shuffled, at least 100.
    seed : int, default 1
        Seed of the random numbers.
    rule : DisclosureRule, optional
        How few who answered two items, or left one open, are too few to tell of; below 5 where
        left out.

    Returns
    -------
    Result
        ``n_factors``: how many leading eigenvalues are larger than 95 % of the shuffled
        ones. ``eigenvalue`` (``contrast`` counts them): the observed one in ``mean``, the
        95th percentile of the shuffled ones in ``upper``, and the share of shuffled ones
        below the observed in ``probability``.

    Raises
    ------
    ArgumentError
        If a scale is unknown, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If there are fewer than 4 items.
    SurveyError
        If an answer lies outside its scale, an item never varies, or too few answered both
        of two items.

    References
    ----------
    Horn (1965), doi 10.1007/BF02289447; Buja and Eyuboglu (1992),
    doi 10.1207/s15327906mbr2704_2 (shuffling).

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.parallel_analysis(lc.load_example(), ["challenging_work", "team_dynamics"])
    >>> float(found.summary.loc[0, "mean"])
    2.0
    """
    options = checked_sampling(draws, seed, 0.9, rule)
    items, categories, told = _categories(survey, scales, options.rule.minimum)
    options = options.private(survey)
    rng = options.generator()
    observed = _eigenvalues(_correlations(categories)[None])[0]
    shuffled = np.empty((options.draws, len(items)))
    for draw in range(options.draws):
        mixed = rng.permuted(categories, axis=0)
        shuffled[draw] = _eigenvalues(_correlations(mixed)[None])[0]
    bound = np.quantile(shuffled, 0.95, axis=0)
    stands_out = observed > bound
    n_factors = int(np.argmin(stands_out)) if not stands_out.all() else len(items)
    n = int((categories >= 0).any(axis=1).sum())
    rows = [Row(estimand="n_factors", scale="factors", figures={"mean": float(n_factors)},
                n_respondents=n)]  # fmt: skip
    for place in range(len(items)):
        figures = {
            "mean": float(observed[place]),
            "upper": float(bound[place]),
            "probability": float((shuffled[:, place] < observed[place]).mean()),
        }
        rows.append(Row(estimand="eigenvalue", scale="eigenvalue", contrast=str(place + 1),
                        figures=figures, n_respondents=n))  # fmt: skip
    order = [str(place + 1) for place in range(len(items))]
    kept = draws_dataset({"shuffled_eigenvalue": shuffled}, {"place": order})
    note = "upper is the 95th percentile of the eigenvalues of shuffled answers."
    found = laid_out(
        rows,
        kept,
        interval=0.9,
        statement="larger than by chance",
        notes=(note, *not_counted(survey, options.rule.minimum)),
        discretion=told,
    )
    return recorded(found, options.rule)


def explore_factors(  # noqa: PLR0913 - options by keyword
    survey: Survey,
    scales: Scale | str | Sequence[Scale | str],
    n_factors: int,
    *,
    draws: int = 200,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Explore which items go together: oblique factors of the polychoric correlations.

    Factors are extracted by least squared residuals (minres) and rotated by direct oblimin;
    intervals come from a Bayesian bootstrap of the respondents, each replicate turned to
    agree with the estimate.

    Parameters
    ----------
    survey : Survey
        The answers.
    scales : Scale, str, or a sequence of them
        The scales whose items are taken together.
    n_factors : int
        How many factors, from 1 to 6 (more have too many orders to be matched between
        replicates); see `parallel_analysis`.
    draws : int, default 200
        Replicates, at least 100.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        How few who answered two items, or left one open, are too few to tell of; below 5 where
        left out.

    Returns
    -------
    Result
        ``loading`` (``contrast`` names item and factor: ``"q1, factor 1"``) and
        ``factor_correlation``. ``mean`` is the estimate.

    Raises
    ------
    ArgumentError
        If a scale is unknown, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If there are too few items for so many factors.
    SurveyError
        If an answer lies outside its scale, an item never varies, or too few answered both
        of two items.

    References
    ----------
    Harman and Jones (1966), doi 10.1007/BF02289468 (minres); Jennrich (2002),
    doi 10.1007/BF02294706 (oblique rotation).

    Examples
    --------
    >>> import learnclimate as lc
    >>> scales = ["challenging_work", "leadership_of_learning"]
    >>> found = lc.explore_factors(lc.load_example(), scales, 2, draws=100)
    >>> found.summary["estimand"].value_counts().to_dict()
    {'loading': 16, 'factor_correlation': 1}
    """
    options = checked_sampling(draws, seed, interval, rule)
    items, categories, told = _categories(survey, scales, options.rule.minimum)
    options = options.private(survey)
    wanted = _checked_number(n_factors, len(items))
    estimate = _pattern(_correlations(categories)[None], wanted)
    weights = bayesian_bootstrap_weights(options.generator(), options.draws, len(categories))
    replicated = np.stack([_correlations(categories, row) for row in weights])
    drawn = _turned(_pattern(replicated, wanted), estimate)
    n = int((categories >= 0).any(axis=1).sum())
    names = [f"factor {place + 1}" for place in range(wanted)]
    rows = []
    for place, item in enumerate(items):
        for factor, name in enumerate(names):
            figures = posterior_figures(drawn[0][:, place, factor], interval)
            figures["mean"] = float(estimate[0][0, place, factor])
            label = f"{item}, {name}"
            rows.append(Row(estimand="loading", scale="pattern loading", contrast=label,
                            figures=figures, n_respondents=n))  # fmt: skip
    for one, other in zip(*np.triu_indices(wanted, 1), strict=True):
        figures = posterior_figures(drawn[1][:, one, other], interval)
        figures["mean"] = float(estimate[1][0, one, other])
        rows.append(Row(estimand="factor_correlation", scale="correlation",
                        contrast=f"{names[one]}, {names[other]}", figures=figures,
                        n_respondents=n))  # fmt: skip
    kept = draws_dataset({"loading": drawn[0]}, {"item": items, "factor": names})
    notes = not_counted(survey, options.rule.minimum)
    found = laid_out(rows, kept, interval=interval, discretion=told, notes=notes)
    return recorded(found, options.rule)


def _categories(
    survey: Survey, scales: Scale | str | Sequence[Scale | str], minimum: int
) -> tuple[tuple[str, ...], IntArray, Discretion]:
    given = (scales,) if isinstance(scales, Scale | str) else scales
    if not isinstance(given, Sequence) or not given:
        raise ArgumentTypeError(f"scales={scales!r}: give a Scale, a name, or a list of them.")
    parts = [scale_answers(survey, scale) for scale in given]
    items = tuple(item for part in parts for item in part.items)
    for place, item in enumerate(items):
        if item in items[:place]:
            raise ArgumentError(f"Item {item!r} is in the scales twice. Name each scale once.")
    if len(items) < _LEAST_ITEMS:
        raise ModelError(
            f"Scale{'s' * (len(parts) != 1)} {', '.join(repr(part.scale.name) for part in parts)}: "
            f"{len(items)} item{'s' * (len(items) != 1)}, too few to count factors; take scales "
            f"with at least {_LEAST_ITEMS} items together."
        )
    for part in parts:
        require_variation(part)
    values = np.concatenate([part.values - part.scale.minimum for part in parts], axis=1)
    refuse_copies(values, items)
    _refuse_unseen_pairs(items, ~np.isnan(values), minimum)
    categories = np.where(np.isnan(values), -1, values).astype(np.int64)
    return items, categories, of_polychoric(discretion_among(parts, minimum), values)


def _refuse_unseen_pairs(
    items: tuple[str, ...], answered: npt.NDArray[np.bool_], minimum: int
) -> None:
    """Refuse pairs of items that too few answered both: of these no correlation is known."""
    least = max(len(items) + 2, minimum)
    both = answered.T.astype(np.int64) @ answered
    first, second = np.unravel_index(int(both.argmin()), both.shape)
    if both[first, second] >= least:
        return
    if first == second:
        raise SurveyError(
            f"Item {items[first]!r}: fewer than {least} respondents answered it, too few to tell "
            f"factors of {len(items)} items. Leave it out, or ask more respondents."
        )
    raise SurveyError(
        f"Items {items[first]!r} and {items[second]!r}: fewer than {least} respondents answered "
        f"both, too few to tell factors of {len(items)} items. Leave one of them out, or ask "
        "more respondents."
    )


def _checked_number(n_factors: object, n_items: int) -> int:
    if not is_whole(n_factors):
        raise ArgumentTypeError(f"n_factors={n_factors!r}: give a whole number.")
    if not 1 <= n_factors <= _MOST_FACTORS:
        raise ArgumentError(
            f"n_factors={n_factors}: give a number from 1 to {_MOST_FACTORS}. Every order of the "
            "factors is tried in every replicate, so that replicates can be averaged: too many "
            "orders of more. Explore fewer scales at a time."
        )
    if (n_items - n_factors) ** 2 < n_items + n_factors:
        raise ModelError(f"{n_items} items do not tell {n_factors} factors apart. Ask for fewer.")
    return int(n_factors)


def _correlations(categories: IntArray, weights: FloatArray | None = None) -> FloatArray:
    """Polychoric correlations, the nearest positive definite ones."""
    most = int(categories.max()) + 1
    marks = (categories[:, :, None] == np.arange(most)).astype(float)
    tables = pair_tables(marks, weights)
    counts = marks.sum(axis=0) if weights is None else np.tensordot(weights, marks, axes=(0, 0))
    cuts = item_thresholds(counts)
    n_items = categories.shape[1]
    first, second = np.triu_indices(n_items, 1)
    found = fitted_correlations(
        tables[first, :, second, :], cuts[first], cuts[second], tolerance=_ROUGH
    )
    matrix = np.eye(n_items)
    matrix[first, second] = matrix[second, first] = np.nan_to_num(found)
    return nearest_correlation(matrix)


def _eigenvalues(matrices: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.eigvalsh(matrices)[:, ::-1])


def _pattern(matrices: FloatArray, n_factors: int) -> tuple[FloatArray, FloatArray]:
    loadings, _ = extracted(matrices, n_factors, "residuals")
    if n_factors == 1:
        return loadings, np.ones((len(loadings), 1, 1))
    pattern, correlation = rotated(loadings)
    sign = np.where(pattern.sum(axis=1) < 0, -1.0, 1.0)
    return pattern * sign[:, None, :], correlation * sign[:, :, None] * sign[:, None, :]


def _turned(
    found: tuple[FloatArray, FloatArray], target: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Order and sign the factors of each replicate as those of the estimate."""
    pattern, correlation = found
    n_factors = pattern.shape[2]
    overlap = np.einsum("if,rig->rfg", target[0][0], pattern)
    orders = np.array(list(permutations(range(n_factors))))
    agreement = np.abs(overlap[:, np.arange(n_factors), orders]).sum(axis=2)
    best = orders[agreement.argmax(axis=1)]
    rows = np.arange(len(pattern))[:, None]
    sign = np.sign(overlap[rows, np.arange(n_factors), best])
    turned = np.take_along_axis(pattern, best[:, None, :], axis=2) * sign[:, None, :]
    ordered = correlation[rows[:, :, None], best[:, :, None], best[:, None, :]]
    return turned, ordered * sign[:, :, None] * sign[:, None, :]
