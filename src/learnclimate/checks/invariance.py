"""`compare_invariance`: whether groups read the items alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_alignment import aligned, common
from learnclimate.checks.invariance_configural import group_fit, in_all_groups
from learnclimate.checks.invariance_distance import (
    DistanceTest,
    GroupItems,
    Layout,
    configural_bic,
    distance_test,
)
from learnclimate.checks.invariance_items import item_differences
from learnclimate.checks.invariance_partial import partial_invariance
from learnclimate.checks.invariance_tails import tails_of
from learnclimate.checks.limited_information import LimitedFit
from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    LearnClimateError,
    ModelError,
    SurveyError,
    nearest,
)
from learnclimate.core.result import Result
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.measurement.rows import (
    INDEPENDENT,
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_LEVELS = ("metric", "scalar", "strict")
_DIFFERENCES = ("item_difference", "unsigned_item_difference")
#: Fewer respondents say too little of all the thresholds of a scale.
_LEAST = 50
_MOST_ALIGNED = 100
#: Covariances of the parameters are inverted: of few draws, chi-squared would come out too large.
_DRAWS_A_VALUE = 25


@dataclass(frozen=True, slots=True)
class _Groups:
    names: tuple[str, ...]
    sizes: FloatArray
    items: list[GroupItems]
    left_out: tuple[str, ...]
    #: Whether the structure holds in every group; None where this cannot be tested.
    structure: LimitedFit | None
    #: Whether the sizes may be told: taken from the study, they leave nobody, or not a few.
    sizes_shown: bool

    def told(self, size: float) -> int | None:
        """Give a number of respondents, where it may be told."""
        return int(size) if self.sizes_shown else None


def compare_invariance(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    factor_model: FactorModel | GradedResponse,
    by: str,
    *,
    draws: int = 400,
    tolerance: float = 0.1,
    seed: int = 1,
    interval: float = 0.9,
) -> Result:
    """
    Compare how groups of respondents read the items of scales.

    The model is fitted to every group by itself, which needs no assumption about the others.
    Then three questions are asked. Does the structure hold in every group (``configural``)?
    Could the parameters be the same in all (``metric``: loadings; ``scalar``: thresholds too;
    ``strict``: residual spreads too)? And where they are not: which items differ, once the
    factors' means and spreads have been aligned so that as many items as possible agree?
    Alignment is the approximate invariance offered: it needs no width of a prior for small
    differences to be chosen, and tells the differences with their uncertainty.

    Parameters
    ----------
    survey : Survey
        The answers.
    factor_model : FactorModel or GradedResponse
        The model, of ordered answers and one level.
    by : str
        Column that tells the groups: department, language, wave. Groups of fewer than 50
        who answered are left out, and the notes say how many. Where these are fewer than 5
        people together, no number of respondents is told, since it could be subtracted.
    draws : int, default 400
        Draws of each group's fit, at least 100; more are taken where the tests need them.
    tolerance : float, default 0.1
        Differences of an expected answer up to this many points are held to be harmless.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Result
        Estimand ``invariance`` (``contrast`` is the level), a chi-squared in ``mean`` and its
        p-value in ``probability``: for ``configural`` the groups' limited-information tests of
        fit, added up (as ``c2`` of `fit_indices`); for the others the minimum distance from
        parameters of each group's own. Where the Bayesian information criterion gains by
        setting items apart in some groups, a further row names them (``strict but for q1 in
        south``: partial invariance). ``invariance_support``: probability of each of these rows,
        ``configural`` among them, by that criterion, which counts a difference only on strong
        evidence: read it with the p-values and ``item_difference``, not instead of them.
        ``item_difference``, a row an item and group: how much higher the expected answer is
        than the average over all groups, this one among them, at the same factor, in points,
        averaged over the group; ``probability`` of being larger than
        `tolerance` in size. ``unsigned_item_difference``: the average of the difference's
        size, as large where all of it has one sign, and larger where it changes sign, as
        where an item tells its factor more sharply in one group (non-uniform). Chance makes
        it no negative one: in small groups that read alike it is not 0.
        ``factor_mean`` and ``factor_sd`` of the aligned groups, in standard deviations of the
        first group's factor.

    Raises
    ------
    ArgumentError
        If there is no such column, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If the model has a team level or takes answers as continuous.
    SurveyError
        If fewer than two groups are large enough, or an item never varies in one.

    References
    ----------
    Asparouhov and Muthén (2014), doi 10.1080/10705511.2014.919210 (alignment).
    Millsap and Yun-Tein (2004), doi 10.1207/S15327906MBR3903_4 (ordered answers).
    Chamberlain (1982), doi 10.1016/0304-4076(82)90094-X (minimum distance).
    Maydeu-Olivares and Joe (2006), doi 10.1007/s11336-005-1295-9 (limited information).
    Byrne, Shavelson and Muthén (1989), doi 10.1037/0033-2909.105.3.456 (partial invariance).
    Meade (2010), doi 10.1037/a0018966 (signed and unsigned differences of an item).

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("leadership_of_learning")
    >>> found = lc.compare_invariance(lc.load_example(), model, "department", draws=100)
    >>> found.summary["estimand"].unique().tolist()[:2]
    ['invariance', 'invariance_support']
    """
    options = _checked(survey, factor_model, by, draws, seed, interval)
    if not (isinstance(tolerance, float | int) and 0 < tolerance < np.inf):
        raise ArgumentError(f"compare_invariance(tolerance={tolerance!r}): give a number above 0.")
    groups, design = _fitted(survey, factor_model, by, options)
    layout = Layout(
        design.loading_item,
        design.loading_factor,
        np.repeat(np.arange(len(design.items)), design.n_categories - 1),
        len(design.items),
        design.n_factors,
    )
    rows = _level_rows(groups, layout, design.items)
    told, drawn = _aligned_rows(groups, layout, design, factor_model.link == "logit",
                                (options, float(tolerance)))  # fmt: skip
    statement = f"for differences of items: larger than {tolerance:g} points in size"
    dataset = draws_dataset(drawn, {"group": groups.names, "item": design.items})
    return laid_out(
        rows + told, dataset, interval=interval, statement=statement,
        notes=_notes(groups, by),
    )  # fmt: skip


def _checked(
    survey: object, model: object, by: object, draws: object, seed: object, interval: float
) -> Sampling:  # fmt: skip
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(f"{type(survey).__name__} is not a Survey. Use read_survey first.")
    if not isinstance(model, FactorModel | GradedResponse):
        raise ArgumentTypeError(f"{model!r} is no factor model. Give one, as FactorModel(scale).")
    if not isinstance(by, str):
        raise ArgumentTypeError(f"compare_invariance(by={by!r}): give the name of a column.")
    if by not in survey.frame.columns:
        raise ArgumentError(f"There is no column {by!r}. {nearest(by, survey.frame.columns)}")
    if model.levels == "team" or model.link == "identity":
        raise ModelError(
            "compare_invariance takes a model of one level and ordered answers: "
            "levels='respondent', ordinal=True."
        )
    return checked_sampling(draws, seed, interval)


def _fitted(
    survey: Survey, model: FactorModel | GradedResponse, by: str, options: Sampling
) -> tuple[_Groups, FactorDesign]:
    whole = factor_design(model, survey)
    answers = survey.frame[by]
    n_values = len(whole.loading_item) + int((whole.n_categories - 1).sum())
    n_draws = max(options.draws, _DRAWS_A_VALUE * n_values)
    names, sizes, items, left_out, structure = [], [], [], [], []
    for value in sorted(answers.dropna().unique(), key=str):
        inside = (answers == value).fillna(False).to_numpy(dtype=bool)
        size = int((inside & whole.answered).sum())
        if size < max(_LEAST, options.rule.minimum):
            left_out.append(str(value))
            continue
        own = replace(survey, frame=survey.frame[inside])
        parameters, fitted = _one_group(own, model, str(value), (options, n_draws))
        items.append(parameters)
        structure.append(fitted)
        names.append(str(value))
        sizes.append(float(size))
    if len(names) < 2:
        raise SurveyError(
            f"Column {by!r}: {len(names)} of its groups have at least {_LEAST} respondents who "
            "answered; two are needed to compare."
        )
    others = int(whole.answered.sum()) - int(sum(sizes))
    shown = not 0 < others < options.rule.minimum
    groups = _Groups(
        tuple(names), np.array(sizes), items, tuple(left_out), in_all_groups(structure), shown
    )
    return groups, whole


def _one_group(
    survey: Survey, model: FactorModel | GradedResponse, name: str, how: tuple[Sampling, int]
) -> tuple[GroupItems, LimitedFit | None]:
    options, n_draws = how
    try:
        fitted = fit(model, survey, draws=n_draws, seed=options.seed, progress=False)
    except LearnClimateError as error:
        raise SurveyError(f"Group {name!r}: {error}") from error
    total = fitted.draws["posterior"].sizes
    every = np.arange(int(total["chain"] * total["draw"]))
    found = parameters_of(fitted, every)
    design = fitted.design
    thresholds = found.thresholds.reshape(len(every), -1)
    kept = np.isfinite(thresholds[0])
    counts = design.counts()
    known, tails, n_cuts = [], [], 0
    for first, last in zip(design.first_row[:-1], design.first_row[1:], strict=True):
        own = counts[first:last]
        below = np.cumsum(own)[:-1]
        known.append((below > 0) & (below < own.sum()))
        tails += tails_of(own, n_cuts)
        n_cuts += len(below)
    parameters = GroupItems(
        found.loadings[:, design.loading_item, design.loading_factor],
        thresholds[:, kept],
        np.concatenate(known),
        int(design.answered.sum()),
        tuple(tails),
        found.correlation.mean(axis=0),
    )
    return parameters, group_fit(fitted)


def _level_rows(groups: _Groups, layout: Layout, items: Sequence[str]) -> list[Row]:
    n = groups.told(groups.sizes.sum())
    criteria = {"configural": configural_bic(groups.items)}
    rows = [] if groups.structure is None else [_test_row("configural", groups.structure, n)]
    for level in _LEVELS:
        test = distance_test(groups.items, layout, level)
        criteria[level] = test.bic
        rows.append(_test_row(level, test, n))
    partial = partial_invariance(groups.items, layout, test)
    if partial is not None:
        named = [f"{items[item]} in {groups.names[group]}" for item, group in partial.apart_in]
        level = f"strict but for {', '.join(named)}"
        criteria[level] = partial.test.bic
        rows.append(_test_row(level, partial.test, n))
    best = min(criteria.values())
    weight = {level: np.exp(-0.5 * (value - best)) for level, value in criteria.items()}
    total = sum(weight.values())
    rows += [
        Row(
            estimand="invariance_support",
            scale="probability by the Bayesian information criterion",
            contrast=level,
            figures={"probability": float(value / total)},
            n_respondents=n,
        )
        for level, value in weight.items()
    ]
    return rows


def _test_row(level: str, test: DistanceTest | LimitedFit, n: int | None) -> Row:
    return Row(
        estimand="invariance",
        scale=f"chi-squared with {test.df} degrees of freedom",
        contrast=level,
        figures={"mean": test.statistic, "probability": test.p_value},
        n_respondents=n,
    )


def _aligned_rows(
    groups: _Groups, layout: Layout, design: FactorDesign, logit: bool,
    how: tuple[Sampling, float],
) -> tuple[list[Row], dict[str, FloatArray]]:  # fmt: skip
    options, tolerance = how
    n_draws = min(len(group.loadings) for group in groups.items)
    spreads, means, apart = [], [], []
    at = _mean_alignment(groups, layout)
    for draw in np.linspace(0, n_draws - 1, min(n_draws, _MOST_ALIGNED)).astype(int):
        loadings = np.stack([group.loadings[draw] for group in groups.items])
        cuts = np.stack(
            [np.where(group.known, group.thresholds[draw], np.nan) for group in groups.items]
        )
        spread, mean = aligned(loadings, cuts, groups.sizes, layout, at)
        # Beyond what anybody answered, a threshold's posterior is all that is known of it.
        every = np.stack([group.thresholds[draw] for group in groups.items])
        own, placed = common(loadings, every, layout, (spread, mean))
        apart.append(item_differences((own, placed), (spread, mean), layout, groups.sizes, logit))
        spreads.append(spread)
        means.append(mean)
    drawn = dict(zip(_DIFFERENCES, np.array(apart).swapaxes(0, 1), strict=True))
    rows = []
    for group, name in enumerate(groups.names):
        n = groups.told(groups.sizes[group])
        for estimand, differences in drawn.items():
            for item, column in enumerate(design.items):
                own = differences[:, group, item]
                figures = posterior_figures(own, options.interval)
                figures["probability"] = float((np.abs(own) > tolerance).mean())
                rows.append(Row(estimand=estimand, scale="answer points",
                                contrast=f"{column}, {name}", figures=figures,
                                n_respondents=n))  # fmt: skip
        for factor, label in enumerate(design.factors):
            for estimand, values in (("factor_mean", means), ("factor_sd", spreads)):
                own = np.array(values)[:, group, factor]
                rows.append(Row(estimand=estimand, scale="sds of the factor in the first group",
                                contrast=f"{label}, {name}",
                                figures=posterior_figures(own, options.interval),
                                n_respondents=n))  # fmt: skip
    return rows, drawn


def _mean_alignment(groups: _Groups, layout: Layout) -> tuple[FloatArray, FloatArray]:
    loadings = np.stack([group.loadings.mean(axis=0) for group in groups.items])
    cuts = np.stack(
        [np.where(group.known, group.thresholds.mean(axis=0), np.nan) for group in groups.items]
    )
    return aligned(loadings, cuts, groups.sizes, layout)


def _notes(groups: _Groups, by: str) -> tuple[str, ...]:
    told = [
        f"{len(groups.names)} groups of {by!r} were compared, each fitted by itself.",
        INDEPENDENT,
    ]
    if groups.structure is None:
        told.append(
            "Whether the structure holds in every group is not tested: that takes 4 items or more, "
            "at most 3 factors, and 50 in every group who answered all items."
        )
    if groups.left_out:
        left = len(groups.left_out)
        which = "1 group" if left == 1 else f"{left} groups"
        were = "was" if left == 1 else "were"
        told.append(f"{which} of fewer than {_LEAST} {were} left out.")
    if not groups.sizes_shown:
        told.append("Numbers of respondents are not told: few are in no group that was compared.")
    unknown = sum(int((~group.known).sum()) for group in groups.items)
    if unknown:
        which = "1 threshold" if unknown == 1 else f"{unknown} thresholds"
        were = "was" if unknown == 1 else "were"
        told.append(
            f"{which} beyond which nobody in a group answered {were} compared by how many answers "
            "equal measurement lets expect there."
        )
    return tuple(told)
