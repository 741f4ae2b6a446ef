"""`compare_invariance`: whether groups read the items alike."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.invariance_groups import compare_numbers, compare_ordered
from learnclimate.checks.invariance_rows import LEAST, Groups, aligned_rows, level_rows, notes_of
from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    ModelError,
    SurveyError,
    nearest,
)
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.discretion import (
    Discretion,
    beside_others,
    discretion_of,
    with_rare_answers,
)
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.rows import (
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
)
from learnclimate.survey.answers import labels_of
from learnclimate.survey.hidden_groups import hidden_labels, places_in
from learnclimate.survey.survey import Survey

IntArray = npt.NDArray[np.int64]


def compare_invariance(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    factor_model: FactorModel | GradedResponse,
    by: str,
    *,
    draws: int = 400,
    tolerance: float = 0.1,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Compare how groups of respondents read the items of scales.

    The model is fitted to every group by itself, which needs no assumption about the others.
    Teams, not respondents, are taken to be independent: departments differ by their teams'
    chance. Then three questions are asked. Does the structure hold in every group (``configural``)?
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
        The model, of one level. Of ``FactorModel(..., ordinal=False)`` answers are taken as
        numbers: parameters are the likeliest ones, tests are likelihood ratios, gaps are
        handled by full information, and an item's intercept stands for its thresholds.
    by : str
        Column that tells the groups: department, language, wave. Groups of fewer than 50
        who answered are left out, and the notes say how many; and so are those that may not be
        shown: too small ones by `rule`, and what protects them from subtraction.
    draws : int, default 400
        Draws of each group's fit, at least 100; more are taken where the tests need them.
    tolerance : float, default 0.1
        Differences of an expected answer up to this many points are held to be harmless.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which groups may not be shown, and how few left open are too few to tell; below 5 where
        left out. It does not let groups of fewer than 50 in.

    Returns
    -------
    Result
        Estimand ``invariance`` (``contrast`` is the level), a chi-squared in ``mean`` and its
        p-value in ``probability``: for ``configural`` the groups' limited-information tests of
        fit, added up; for the others the minimum distance from parameters of each group's own.
        Both are scaled by how members of a team are alike. Where the Bayesian information
        criterion gains by setting parts of items apart, further rows name them, of loadings
        alone and of all the rest (``metric but for loading of q1 between north and south``;
        ``strict but for level of q1 in south``: partial invariance). ``invariance_support``:
        probability of each of these rows, ``configural`` among them, by that criterion, which
        counts a difference only on strong evidence, and takes the structure for true; where a
        p-value doubts the row that it prefers, or the structure, ``scale`` says so.
        ``item_difference``, a row an item and group: how much higher the expected answer is
        than the average over all groups, this one among them, at the same factor, in points,
        averaged over the group; ``probability`` of being larger than
        `tolerance` in size. ``unsigned_item_difference``: the average of the difference's
        size beyond what chance makes of it: as large where all of the difference has one sign,
        and larger where it changes sign, as where an item tells its factor more sharply in one
        group (non-uniform).
        ``factor_mean`` and ``factor_sd`` of the aligned groups, in standard deviations of the
        first group's factor.

    Raises
    ------
    ArgumentError
        If there is no such column, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    ModelError
        If the model has a team level, or cross-loadings of answers taken as numbers.
    SurveyError
        If fewer than two groups are large enough, or an item never varies in one.

    References
    ----------
    Asparouhov and Muthén (2014), doi 10.1080/10705511.2014.919210 (alignment).
    Millsap and Yun-Tein (2004), doi 10.1207/S15327906MBR3903_4 (ordered answers).
    Chamberlain (1982), doi 10.1016/0304-4076(82)90094-X (minimum distance).
    Maydeu-Olivares and Joe (2006), doi 10.1007/s11336-005-1295-9 (limited information).
    Satorra and Bentler (2001), doi 10.1007/BF02296192 (scaled tests).
    Jöreskog (1971), doi 10.1007/BF02291366 (answers taken as numbers).
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
    options = _checked(survey, factor_model, by, checked_sampling(draws, seed, interval, rule))
    if not (isinstance(tolerance, float | int) and 0 < tolerance < np.inf):
        raise ArgumentError(f"compare_invariance(tolerance={tolerance!r}): give a number above 0.")
    groups, design = _fitted(survey, factor_model, by, options)
    rows = level_rows(groups, design.items)
    told, drawn = aligned_rows(groups, design, factor_model.link, (options, float(tolerance)))
    statement = f"for differences of items: larger than {tolerance:g} points in size"
    dataset = draws_dataset(drawn, {"group": groups.names, "item": design.items})
    found = laid_out(
        rows + told, dataset, interval=interval, statement=statement,
        notes=(*notes_of(groups, by), *not_counted(survey, options.rule.minimum)),
        discretion=groups.discretion,
    )  # fmt: skip
    return recorded(found, options.rule)


def _checked(survey: object, model: object, by: object, options: Sampling) -> Sampling:
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(f"{type(survey).__name__} is not a Survey. Use read_survey first.")
    if not isinstance(model, FactorModel | GradedResponse):
        raise ArgumentTypeError(f"{model!r} is no factor model. Give one, as FactorModel(scale).")
    if not isinstance(by, str):
        raise ArgumentTypeError(f"compare_invariance(by={by!r}): give the name of a column.")
    if by not in survey.frame.columns:
        items = {item for scale in survey.codebook.scales for item in scale.items}
        others = [column for column in survey.frame.columns if column not in items]
        raise ArgumentError(
            f"compare_invariance(by={by!r}): the codebook names no such column, and what it does "
            f"not name is not read. {nearest(by, others)} Or name it, as "
            f"Codebook(covariates=[{by!r}]), and read the answers again."
        )
    if model.levels == "team":
        raise ModelError(
            "compare_invariance takes a model of one level, levels='respondent': its tests and "
            "intervals take teams to be independent, not respondents, so that members of a team "
            "may be alike. Whether the structure of both levels holds, fit_indices tells group by "
            "group: fit the model with levels='team' to each."
        )
    if model.link == "identity" and model.cross_loadings is not None:
        raise ModelError(
            "compare_invariance of answers taken as numbers has no priors to tell cross-loadings "
            "by: leave cross_loadings out, or take the answers as ordered (ordinal=True)."
        )
    return options.private(survey)


def _labelled(answers: pd.Series) -> tuple[pd.Series, list[str]]:
    """Name the groups; of a column of numbers the first wave is "1", not "1.0", and 10 the last."""
    if not pd.api.types.is_numeric_dtype(answers):
        return answers, sorted(answers.dropna().astype(str).unique())
    return labels_of(answers), list(labels_of(pd.Series(np.sort(answers.dropna().unique()))))


def _fitted(
    survey: Survey, model: FactorModel | GradedResponse, by: str, options: Sampling
) -> tuple[Groups, FactorDesign]:
    whole = factor_design(model, survey)
    answers, every = _labelled(survey.frame[by])
    frame = survey.frame.assign(**{by: answers})
    hidden = hidden_labels(frame, survey.codebook, by, options.rule, survey.name_order)
    place = places_in(answers, every)
    sizes = np.bincount(place[(place >= 0) & whole.answered], minlength=len(every))
    shown = {name: size for name, size in zip(every, sizes, strict=True) if name not in hidden}
    names = [name for name, size in shown.items() if size >= LEAST]
    if len(names) < 2:
        raise SurveyError(_too_few(by, len(names), n_hidden=len(hidden)))
    place = places_in(answers, names)
    is_open = whole.categories < 0
    told = discretion_of(is_open, place, names, options.rule.minimum)
    told = _few_in_groups(beside_others(told, is_open[place < 0]), whole, place)
    surveys = {
        # Seeds of their own: with the same noise in all groups, differences would look too sure.
        name: (replace(survey, frame=survey.frame[place == number]), number)
        for number, name in enumerate(names)
    }
    compare = compare_numbers if model.link == "identity" else compare_ordered
    found = compare(surveys, model, whole, (options, told))
    groups = Groups(
        tuple(names),
        np.array([float(shown[name]) for name in names]),
        found.items,
        tuple(name for name in shown if name not in names),
        found.structure,
        len(hidden),
        told,
        found.tests,
        found.of_one_team,
        found.notes,
        whole.hidden_teams(options.rule),
    )
    return groups, whole


def _few_in_groups(told: Discretion, whole: FactorDesign, place: IntArray) -> Discretion:
    """Round figures where few of a group gave an answer, or two of them together."""
    for number in range(int(place.max(initial=-1)) + 1):
        own = whole.categories[place == number]
        counts = [
            np.bincount(one[one >= 0], minlength=int(offered))
            for one, offered in zip(own.T, whole.n_categories, strict=True)
        ]
        digits = with_rare_answers(told, counts, np.where(own < 0, np.nan, own)).rare_digits
        if digits is not None:
            # Groups are no teams: each is large, and so are figures about it.
            return replace(told, rare_digits=digits, team_digits=digits)
    return told


def _too_few(by: str, n_groups: int, *, n_hidden: int) -> str:
    more = "that may be shown " * bool(n_hidden)
    remedy = " Put all those that may not be shown together as one in the file." * bool(n_hidden)
    return (
        f"Column {by!r}: {n_groups} of its groups {more}have at least {LEAST} respondents who "
        f"answered; two are needed to compare.{remedy}"
    )
