"""`polychoric`: how the items of a scale go together, taken as ordered answers."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import ndtri

from learnclimate.core.errors import SurveyError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rounding import to_step
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import (
    ScaleAnswers,
    require_items,
    require_variation,
    scale_answers,
)
from learnclimate.measurement.crossed_items import (
    ROUNDED_PAIRS,
    few_crossed,
    step_of_correlations,
)
from learnclimate.measurement.discretion import of_polychoric
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.polychoric_kernels import (
    LIMIT,
    fitted_correlations,
    indicators,
    item_thresholds,
    pair_tables,
    sampling_variances,
)
from learnclimate.measurement.positive_definite import is_positive_definite, nearest_correlation
from learnclimate.measurement.rows import INDEPENDENT, Row, checked_sampling, laid_out
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PolychoricEstimate:
    """
    Polychoric correlations of a set of items.

    Attributes
    ----------
    correlation : ndarray of shape (n_items, n_items)
        As estimated pair by pair.
    variance : ndarray of shape (n_items, n_items)
        Sampling variances; 0 on the diagonal.
    n_pairs : ndarray of shape (n_items, n_items), int
        How many answered both items.
    thresholds : ndarray of shape (n_items, n_categories - 1)
        On a standard normal.
    """

    correlation: FloatArray
    variance: FloatArray
    n_pairs: IntArray
    thresholds: FloatArray


def polychoric(
    survey: Survey,
    scale: Scale | str,
    *,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Correlate the items of a scale as ordered answers to something continuous.

    Each item is taken for a normal variable that was cut into categories; the correlation
    is that of the two normals. Thresholds come from all who answered an item, the
    correlation then maximises the likelihood of those who answered both (two-step maximum
    likelihood). A category that nobody chose is no obstacle, and no count is added to
    empty cells.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook. Reverse-keyed items are turned round.
    interval : float, default 0.9
        Probability of the confidence intervals: of normal theory for the inverse
        hyperbolic tangent, with the error of the thresholds carried through.
    rule : DisclosureRule, optional
        Pairs of items that fewer answered are not shown; below 5 where left out.

    Returns
    -------
    Result
        One row a pair, estimand ``polychoric_correlation``: ``mean`` is the estimate, ``sd``
        its standard error. ``draws`` holds no draws but the matrix ``correlation`` by
        ``item`` and ``item_other``, which is always positive definite. Where pairwise
        estimates do not make such a matrix, it is the nearest one that does (a note tells how
        far it was moved); the rows keep the pairwise estimates.

    Raises
    ------
    ArgumentError
        If the scale is unknown or has fewer than two items.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, an item was answered by nobody or always alike,
        or no two items were both answered by enough to show.

    References
    ----------
    Olsson (1979), Maximum likelihood estimation of the polychoric correlation coefficient,
    Psychometrika 44, 443-460, doi 10.1007/BF02296207.

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.polychoric(lc.load_example(), "challenging_work")
    >>> found.summary[["contrast", "mean"]].round(2).iloc[0].tolist()
    ['challenging_work_customers with challenging_work_issues', np.float64(0.63)]
    """
    options = checked_sampling(100, 0, interval, rule)
    answers = scale_answers(survey, scale)
    require_items(answers, 2, "a correlation")
    require_variation(answers)
    estimate = estimated(answers)
    hidden = estimate.n_pairs < options.rule.minimum
    if hidden[np.triu_indices(len(hidden), 1)].all():
        raise SurveyError(
            f"Scale {answers.scale.name!r}: no two items were both answered by "
            f"{options.rule.minimum} respondents, so that no correlation may be shown. Ask more "
            "respondents, or other items."
        )
    repaired = nearest_correlation(
        np.where(np.isnan(estimate.correlation), 0, estimate.correlation)
    )
    shown = xr.Dataset(
        {"correlation": (("item", "item_other"), np.where(hidden, np.nan, repaired))},
        coords={"item": list(answers.items), "item_other": list(answers.items)},
    )
    rows = _rows(answers, estimate, hidden, interval)
    discretion = of_polychoric(answers.discretion(options.rule.minimum), answers.values)
    notes = [
        *_notes(answers, estimate, (repaired, hidden), rounded=discretion.rare_digits is not None),
        *not_counted(survey, options.rule.minimum),
        INDEPENDENT,
    ]
    if few_crossed(answers.values, options.rule.minimum):
        # Each further figure of a pair would be a further cut of what may be behind it.
        step = step_of_correlations(answers.values)
        rows = [replace(row, figures={"mean": to_step(row.figures["mean"], step)}) for row in rows]
        # Nor is anything said of the matrix, which of two items is their correlation.
        notes = [ROUNDED_PAIRS, *not_counted(survey, options.rule.minimum), INDEPENDENT]
    return recorded(
        laid_out(
            rows,
            shown,
            interval=interval,
            notes=notes,
            discretion=discretion,
        ),
        options.rule,
    )


def estimated(answers: ScaleAnswers) -> PolychoricEstimate:
    """
    Estimate the polychoric correlations of all pairs of items.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers; what is missing is left out pair by pair.

    Returns
    -------
    PolychoricEstimate
        The estimates.
    """
    marks = indicators(answers.values, answers.scale.minimum, answers.n_categories)
    tables = pair_tables(marks)
    thresholds = item_thresholds(marks.sum(axis=0))
    n_items = len(answers.items)
    first, second = np.triu_indices(n_items, 1)
    crossed = tables[first, :, second, :]
    rows, columns = thresholds[first], thresholds[second]
    found = fitted_correlations(crossed, rows, columns)
    known = np.where(np.isnan(found), 0.0, found)
    variance = sampling_variances(crossed, rows, columns, known)
    return PolychoricEstimate(
        correlation=_symmetric(found, n_items, 1.0),
        variance=_symmetric(variance, n_items, 0.0),
        n_pairs=np.rint(tables.sum(axis=(1, 3))).astype(np.int64),
        thresholds=thresholds,
    )


def _symmetric(pairs: FloatArray, n_items: int, diagonal: float) -> FloatArray:
    matrix = np.full((n_items, n_items), diagonal)
    first, second = np.triu_indices(n_items, 1)
    matrix[first, second] = matrix[second, first] = pairs
    return matrix


def _rows(
    answers: ScaleAnswers,
    estimate: PolychoricEstimate,
    hidden: npt.NDArray[np.bool_],
    interval: float,
) -> list[Row]:
    quantile = float(ndtri(0.5 + interval / 2))
    rows = []
    for first, second in zip(*np.triu_indices(len(answers.items), 1), strict=True):
        value = float(estimate.correlation[first, second])
        error = float(np.sqrt(estimate.variance[first, second]))
        reach = quantile * error / (1 - value**2)
        rows.append(
            Row(
                estimand="polychoric_correlation",
                scale="correlation",
                contrast=f"{answers.items[first]} with {answers.items[second]}",
                figures={
                    "mean": value,
                    "sd": error,
                    "lower": float(np.tanh(np.arctanh(value) - reach)),
                    "upper": float(np.tanh(np.arctanh(value) + reach)),
                },
                n_respondents=int(estimate.n_pairs[first, second]),
                suppressed=bool(hidden[first, second]),
            )
        )
    return rows


def _notes(
    answers: ScaleAnswers,
    estimate: PolychoricEstimate,
    shown: tuple[FloatArray, npt.NDArray[np.bool_]],
    *,
    rounded: bool,
) -> list[str]:
    """Say what to know of the matrix, in no more digits than its entries are told in."""
    (repaired, hidden), notes = shown, []
    matrix = estimate.correlation
    first, second = np.triu_indices(len(matrix), 1)
    for one, other in zip(first, second, strict=True):
        if abs(matrix[one, other]) > LIMIT - 1e-6 and not hidden[one, other]:
            notes.append(
                f"{answers.items[one]} and {answers.items[other]}: no correlation below 1 fits "
                "best, as an answer to the one all but tells the other. Rely on no figure of "
                "this pair."
            )
    unknown = np.isnan(matrix[first, second])
    if unknown.any():
        pairs = [
            f"{answers.items[one]} and {answers.items[other]}"
            for one, other in zip(first[unknown], second[unknown], strict=True)
        ]
        notes.append(f"No correlation is known of {'; '.join(pairs)}: nobody answered both.")
        return notes
    if is_positive_definite(matrix):
        least = float(np.linalg.eigvalsh(matrix)[0])
        told = f"is {least:.2f}" if rounded else f"is {least:.2g}"
        if rounded and least < 0.01:
            told = "is below 0.01"
        notes.append(f"The matrix is positive definite: its smallest eigenvalue {told}.")
    else:
        moved = float(np.abs(repaired - matrix).max())
        told = f"{moved:.2f}" if rounded else f"{moved:.3f}"
        notes.append(
            "The pairwise correlations do not make a positive definite matrix; the nearest one "
            f"that is, is given in draws. No correlation was moved by more than {told}."
        )
    return notes
