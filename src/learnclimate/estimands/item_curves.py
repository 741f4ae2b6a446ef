"""`item_curves` and `test_information`: what an item's answers tell at each level of a factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.hidden_answers import hidden_cuts
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.factor_design import LOGIT_SCALE
from learnclimate.measurement.rows import Row, checked_sampling, draws_dataset, laid_out
from learnclimate.measurement.rows import posterior_figures as figures_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_EVEN = tuple(float(at) for at in np.linspace(-3, 3, 13))
_WHOLE = "all items"
#: What is less likely tells nothing to speak of, and its probability is mostly rounding.
_SMALLEST = 1e-12


def item_curves(
    fit: FactorFit,
    *,
    at: Sequence[float] = _EVEN,
    draws: int = 200,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how likely each answer to each item is at several levels of the factor.

    Of several factors every item has the curves of its own; the others do not matter to it.

    Parameters
    ----------
    fit : FactorFit
        A fit of ordered answers, of which every item has one factor.
    at : sequence of float
        Levels of the factor, in its standard deviations (within teams, where there are two
        levels); -3 to 3 by halves where left out.
    draws : int, default 200
        Posterior draws, at least 100, spread over those of the fit.
    seed : int, default 1
        Seed by which the draws are chosen.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        How many have to give an answer for it to be told apart; 5 where left out.

    Returns
    -------
    Result
        Estimand ``answer_probability``; ``contrast`` reads ``"<item> = <answer> at <level>"``,
        or ``"<item> = <lowest> to <highest> at <level>"`` of answers that few gave, together
        with their neighbours. Answers to reverse-keyed items are turned round. ``draws`` has
        the dims ``answer, level``.

    Raises
    ------
    ArgumentError
        If a level is not finite, there is none, or a number is out of range.
    ArgumentTypeError
        If `fit` is no fit of a factor model.
    ModelError
        If items load on several factors (cross-loadings), or are continuous.

    References
    ----------
    Samejima (1969), doi 10.1007/BF03372160.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.GradedResponse("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> lc.item_curves(fitted, at=[0.0], draws=100).summary["contrast"].iloc[0]
    'leadership_of_learning_challenge = 1 at 0'
    """
    curves = _curves(fit, at, (draws, seed, interval), rule)
    names, values = [], []
    for item, (probability, answers) in enumerate(
        zip(curves.probabilities, curves.answers, strict=True)
    ):
        names += [f"{fit.design.items[item]} = {answer}" for answer in answers]
        values += list(probability.transpose(1, 0, 2))
    stacked = np.stack(values, axis=1)
    return recorded(_told("answer_probability", "probability", names, stacked, curves), rule)


def test_information(
    fit: FactorFit,
    *,
    at: Sequence[float] = _EVEN,  # noqa: PT028 - no test
    draws: int = 200,  # noqa: PT028 - no test
    seed: int = 1,  # noqa: PT028 - no test
    interval: float = 0.9,  # noqa: PT028 - no test
    rule: DisclosureRule | None = None,  # noqa: PT028 - no test
) -> Result:
    """
    Say how much the answers tell of the factor at several of its levels.

    Fisher information of each item and of all together: the squared slope of each answer's
    probability over that probability, summed over the answers. The standard error of a score
    at a level is one over the root of the information there, the prior left aside. Of several
    factors, the items of each are told together, of their own factor.

    Parameters
    ----------
    fit : FactorFit
        See `item_curves`.
    at : sequence of float
        See `item_curves`.
    draws, seed : int
        See `item_curves`.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        See `item_curves`; what few gave counts as one answer with its neighbours.

    Returns
    -------
    Result
        Estimands ``item_information`` and ``test_information``; ``contrast`` reads
        ``"<item> at <level>"``, or ``"all items at <level>"`` (of several factors ``"all items of
        <factor> at <level>"``). ``draws`` has the dims ``answer, level``.

    Raises
    ------
    ArgumentError
        If a level is not finite, there is none, or a number is out of range.
    ArgumentTypeError
        If `fit` is no fit of a factor model.
    ModelError
        If items load on several factors (cross-loadings), or are continuous.

    References
    ----------
    Samejima (1969), doi 10.1007/BF03372160.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.GradedResponse("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> told = lc.test_information(fitted, at=[-2.0, 2.0], draws=100).summary
    >>> told["contrast"].tolist()[-2:]
    ['all items at -2', 'all items at 2']
    """
    curves = _curves(fit, at, (draws, seed, interval), rule)
    by_item = np.stack(
        [
            np.where(
                probability > _SMALLEST, slope**2 / np.maximum(probability, _SMALLEST), 0.0
            ).sum(axis=1)
            for probability, slope in zip(curves.probabilities, curves.slopes, strict=True)
        ],
        axis=1,
    )
    design = fit.design
    wholes = [by_item[:, design.own_factor == factor].sum(axis=1)
              for factor in range(design.n_factors)]  # fmt: skip
    values = np.concatenate([by_item, np.stack(wholes, axis=1)], axis=1)
    several = design.n_factors > 1
    names = [
        *design.items,
        *(f"{_WHOLE} of {one}" if several else _WHOLE for one in design.factors),
    ]
    return recorded(
        _told("item_information", "per squared standard deviation", names, values, curves), rule
    )


# pytest would collect it wherever a test imports it.
test_information.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Curves:
    """Probabilities and their slopes, an array (n_draws, n_answers, n_levels) an item."""

    probabilities: list[FloatArray]
    slopes: list[FloatArray]
    answers: list[list[str]]
    levels: FloatArray
    interval: float
    n_respondents: int
    discretion: Discretion


def _curves(
    fit: FactorFit,
    at: Sequence[float],
    how: tuple[int, int, float],
    rule: DisclosureRule | None,
) -> _Curves:
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(f"{fit!r} is no fit of a factor model. Make one with fit().")
    if fit.model.link == "identity":
        raise ModelError("Continuous items have no answers to draw curves of: use ordinal=True.")
    if fit.model.cross_loadings is not None:
        raise ModelError(
            "An item that loads on several factors has no curve of one: leave cross_loadings out."
        )
    draws, seed, interval = how
    options = checked_sampling(draws, seed, interval)
    levels = _checked_levels(at)
    posterior = fit.draws["posterior"]
    total = posterior.sizes["chain"] * posterior.sizes["draw"]
    n_draws = min(options.draws, total)
    chosen = np.sort(options.generator().choice(total, n_draws, replace=False))
    found = parameters_of(fit, chosen)
    logit = fit.model.link == "logit"
    hidden = hidden_cuts(posterior.to_dataset(), fit.design, rule or DisclosureRule())
    shown = [np.flatnonzero(~row) for row in hidden]
    design = fit.design
    places = zip(range(len(design.items)), design.own_factor, strict=True)
    both = [
        _of_item(found, place, cuts, levels, logit=logit)
        for place, cuts in zip(places, shown, strict=True)
    ]
    answers = [
        _told_together(int(minimum), int(n), cuts)
        for minimum, n, cuts in zip(design.minimum, design.n_categories, shown, strict=True)
    ]
    parts = [[pair[0] for pair in both], [pair[1] for pair in both]]
    told = fit.discretion(rule)
    n_respondents = told.told(fit.provenance.n_respondents)
    return _Curves(parts[0], parts[1], answers, levels, interval, n_respondents, told)


def _told_together(minimum: int, n_categories: int, cuts: IntArray) -> list[str]:
    """Name answers between thresholds that are told: ``"3"``, or ``"1 to 2"``."""
    first = [0, *(cuts + 1)]
    last = [*cuts, n_categories - 1]
    return [
        f"{minimum + low}" if low == high else f"{minimum + low} to {minimum + high}"
        for low, high in zip(first, last, strict=True)
    ]


def _checked_levels(at: object) -> FloatArray:
    try:
        levels = np.asarray(list(cast("Sequence[float]", at)), dtype=float)
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"at={at!r}: give levels of the factor, as [-1, 0, 1].") from None
    if levels.ndim != 1 or not len(levels) or not np.isfinite(levels).all():
        raise ArgumentError(f"at={at!r}: give at least one level, each a finite number.")
    return levels


def _of_item(
    found: ParameterSet,
    place: tuple[int, int],
    shown: IntArray,
    levels: FloatArray,
    *,
    logit: bool,
) -> tuple[FloatArray, FloatArray]:
    """Probabilities of answers between thresholds and their slopes, (n_draws, n, n_levels)."""
    unit, (item, factor) = LOGIT_SCALE if logit else 1.0, place
    loading = found.loadings[:, item, factor] * unit
    cuts = found.thresholds[:, item, shown] * unit
    beyond = loading[:, None, None] * levels - cuts[:, :, None]
    above = special.expit(beyond) if logit else special.ndtr(beyond)
    density = above * (1 - above) if logit else np.exp(-0.5 * beyond**2) / np.sqrt(2 * np.pi)
    edges = ((0, 0), (1, 1), (0, 0))
    above = np.pad(above, edges, constant_values=((0, 0), (1, 0), (0, 0)))
    slope = np.pad(loading[:, None, None] * density, edges)
    return above[:, :-1] - above[:, 1:], slope[:, :-1] - slope[:, 1:]


def _told(
    estimand: str, scale: str, names: list[str], values: FloatArray, curves: _Curves
) -> Result:
    """Lay curves out, values (n_draws, n_names, n_levels); sums over items come last."""
    n_items = len(curves.probabilities) if estimand == "item_information" else len(names)
    rows = [
        Row(
            estimand="test_information" if place >= n_items else estimand,
            scale=scale,
            contrast=f"{name} at {level:g}",
            figures=figures_of(values[:, place, column], curves.interval),
            n_respondents=curves.n_respondents,
        )
        for place, name in enumerate(names)
        for column, level in enumerate(curves.levels)
    ]
    kept = draws_dataset(
        {estimand: values}, {"answer": names, "level": [f"{level:g}" for level in curves.levels]}
    )
    return laid_out(rows, kept, interval=curves.interval, discretion=curves.discretion)
