"""What `compare_invariance` tells: levels, items, means, and what to know about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_alignment import aligned, common
from learnclimate.checks.invariance_configural import StructureTest
from learnclimate.checks.invariance_distance import DistanceTest
from learnclimate.checks.invariance_items import item_differences, signed_and_unsigned
from learnclimate.checks.invariance_layout import (
    LOADINGS,
    THRESHOLDS,
    Apart,
    GroupItems,
    Layout,
)
from learnclimate.checks.invariance_partial import Tests, closest_part, partial_invariance
from learnclimate.checks.invariance_teams import drawn_by_teams, n_teams, tamed, widened
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.rows import INDEPENDENT, Row, Sampling, posterior_figures

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: Fewer respondents say too little of all the thresholds of a scale.
LEAST = 50
_LEVELS = ("metric", "scalar", "strict")
_DIFFERENCES = ("item_difference", "unsigned_item_difference")
_MOST_ALIGNED = 100
_SUPPORT = "probability by the Bayesian information criterion"
#: P-values below which a level is doubted.
_DOUBTED = 0.05
#: In simulations, tests kept their level from so many teams in each group on.
_LEAST_TEAMS = 10


@dataclass(frozen=True, slots=True)
class Groups:
    """
    The groups that are compared.

    Attributes
    ----------
    names : tuple of str
        Their names.
    sizes : ndarray of shape (n_groups,)
        Respondents.
    items : list of GroupItems
        Parameters of their own.
    left_out : tuple of str
        Groups too small to compare.
    structure : StructureTest or None
        Whether the structure holds in every group; None where this cannot be tested.
    n_hidden : int
        How many groups may not be shown, and are not compared.
    discretion : Discretion
        What may be told of who answered.
    tests : Tests
        Of equal measurement.
    of_one_team : tuple of str
        Groups whose respondents are of one team, which tells nothing of how teams differ.
    notes : tuple of str
        What to know of the way in which they are compared.
    hidden_teams : ndarray of shape (n_teams,), bool
        Which teams of the study may not be shown.
    """

    names: tuple[str, ...]
    sizes: FloatArray
    items: list[GroupItems]
    left_out: tuple[str, ...]
    structure: StructureTest | None
    n_hidden: int
    discretion: Discretion
    tests: Tests
    of_one_team: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hidden_teams: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))


def level_rows(groups: Groups, items: Sequence[str]) -> list[Row]:
    """
    Tell how far the groups share parameters, level by level.

    Parameters
    ----------
    groups : Groups
        The groups.
    items : sequence of str
        Names of the items.

    Returns
    -------
    list of Row
        Tests, then the support that each level has.
    """
    n = int(groups.sizes.sum())
    criteria = {"configural": groups.tests.configural_bic()}
    rows = [] if groups.structure is None else [_test_row("configural", groups.structure, n)]
    tests = {level: groups.tests.judge_level(level) for level in _LEVELS}
    rows += [_test_row(level, test, n) for level, test in tests.items()]
    accounts = {}
    for level in ("metric", "strict"):
        partial = partial_invariance(groups.tests, level, tests[level])
        if partial is not None:
            accounts[level] = _named(partial.apart_in, items, groups.names)
            but = f"{level} but for {accounts[level]}"
            tests[but] = partial.test
            rows.append(_test_row(but, partial.test, n))
    criteria |= {level: test.bic for level, test in tests.items()}
    best = min(criteria.values())
    weight = {level: np.exp(-0.5 * (value - best)) for level, value in criteria.items()}
    total = sum(weight.values())
    likely = max(weight, key=lambda level: weight[level])
    doubted = _against(tests, accounts, likely)
    if doubted and not accounts:
        doubted += _closest(groups, items, tests)
    doubted += _structure_doubted(groups.structure)
    rows += [
        Row(
            estimand="invariance_support",
            scale=_SUPPORT + (doubted if level == likely else ""),
            contrast=level,
            figures={"probability": float(value / total)},
            n_respondents=n,
        )
        for level, value in weight.items()
    ]
    return rows


def _against(tests: dict[str, DistanceTest], accounts: dict[str, str], likely: str) -> str:
    """Say which p-values doubt the level that the criterion prefers, and why both can be."""
    if likely == "configural":
        return ""
    # At a level all below it is equal too; with items apart, its own test alone judges it.
    asked = _LEVELS[: _LEVELS.index(likely) + 1] if likely in _LEVELS else (likely,)
    found = [level for level in asked if tests[level].p_value < _DOUBTED]
    if not found:
        return ""
    named = [level for level in found if level in accounts]
    least = min(named or found, key=lambda level: tests[level].p_value)
    told = f", yet the test of {least} has p = {tests[least].p_value:.1g}"
    if least in accounts:
        return f"{told}, for which the {accounts[least]} accounts: the criterion asks more of it"
    return f"{told}: the criterion asks for more, and no single item accounts for it all"


def _closest(groups: Groups, items: Sequence[str], tests: dict[str, DistanceTest]) -> str:
    """Name what accounts for most of a level that is doubted, though for too little of it."""
    # What loadings do is told of them alone: where they differ, thresholds look apart too.
    level = next((one for one in ("metric", "strict") if tests[one].p_value < _DOUBTED), None)
    found = None if level is None else closest_part(groups.tests, str(level), tests[str(level)])
    if found is None:
        return ""
    freedom = "1 degree" if found.df == 1 else f"{found.df} degrees"
    return (
        f"; the {_named(found.apart_in, items, groups.names)} comes closest, of {level}: "
        f"chi-squared {found.gain:.1f} with {freedom} of freedom, where the criterion asks for "
        f"{found.asked:.1f}"
    )


def _structure_doubted(structure: StructureTest | None) -> str:
    """Say that all levels rest on a structure which its own test doubts."""
    if structure is None or not structure.p_value < _DOUBTED:
        return ""
    return (
        f", yet the test of configural has p = {structure.p_value:.1g}: every level takes the "
        "structure for true"
    )


def _named(apart_in: Sequence[Apart], items: Sequence[str], groups: Sequence[str]) -> str:
    """Name what is apart, in the order found: of two groups, both, since it is between them."""
    parts: dict[tuple[int, int], list[str]] = {}
    for item, group, part in apart_in:
        parts.setdefault((item, group), []).append(part)
    told = []
    for (item, group), own in parts.items():
        what = items[item]
        if not {LOADINGS, THRESHOLDS} <= set(own):
            what = f"{' and '.join(own)} of {what}"
        where = f"in {groups[group]}"
        if len(groups) == 2:
            where = f"between {groups[0]} and {groups[1]}"
        told.append(f"{what} {where}")
    return ", ".join(told)


def _test_row(level: str, test: DistanceTest | StructureTest, n: int) -> Row:
    return Row(
        estimand="invariance",
        scale=f"chi-squared with {test.df} degrees of freedom",
        contrast=level,
        figures={"mean": test.statistic, "probability": test.p_value},
        n_respondents=n,
    )


def aligned_rows(
    groups: Groups, design: FactorDesign, link: str, how: tuple[Sampling, float]
) -> tuple[list[Row], dict[str, FloatArray]]:
    """
    Align the groups draw by draw, and tell what then differs.

    Parameters
    ----------
    groups : Groups
        The groups.
    design : FactorDesign
        Names of items and factors.
    link : {"probit", "logit", "identity"}
        From factors to answers.
    how : tuple of (Sampling, float)
        How draws are told, and which differences are harmless.

    Returns
    -------
    rows : list of Row
        Differences of items, means and spreads of factors.
    draws : dict of str to ndarray of shape (n_draws, n_groups, n_items)
        Of the differences.
    """
    options, tolerance = how
    n_draws = min(_MOST_ALIGNED, *(len(group.loadings) for group in groups.items))
    spreads, means, apart = _aligned_draws(groups, link, (n_draws, options.seed))
    drawn = dict(zip(_DIFFERENCES, signed_and_unsigned(apart), strict=True))
    rows = []
    for group, name in enumerate(groups.names):
        n = int(groups.sizes[group])
        for estimand, differences in drawn.items():
            for item, column in enumerate(design.items):
                own = differences[:, group, item]
                figures = posterior_figures(own, options.interval)
                figures["probability"] = float((np.abs(own) > tolerance).mean())
                rows.append(Row(estimand=estimand, scale="answer points",
                                contrast=f"{column}, {name}", figures=figures,
                                n_respondents=n, group=name))  # fmt: skip
        for factor, label in enumerate(design.factors):
            for estimand, values in (("factor_mean", means), ("factor_sd", spreads)):
                own = values[:, group, factor]
                rows.append(Row(estimand=estimand, scale="sds of the factor in the first group",
                                contrast=f"{label}, {name}",
                                figures=posterior_figures(own, options.interval),
                                n_respondents=n, group=name))  # fmt: skip
    return rows, drawn


def _aligned_draws(
    groups: Groups, link: str, how: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw spreads and means of factors, and how items then differ."""
    (n_draws, seed), layout = how, groups.tests.layout
    at = _mean_alignment(groups, layout)
    drawn_items, reach = drawn_by_teams(groups.items, layout, n_draws, seed)
    known = np.stack([group.known for group in groups.items])
    standing = []
    for draw in range(n_draws):
        loadings = np.stack([own.loadings[draw] for own in drawn_items])
        cuts = np.stack([own.thresholds[draw] for own in drawn_items])
        cuts = np.where(known, cuts, np.nan)
        spread, mean = aligned(loadings, cuts, groups.sizes, layout, at)
        standing.append((np.log(spread), mean))
    # Draws far out are placed on the line to those that can be aligned with safety.
    spreads = np.exp(widened(tamed(np.array([spread for spread, _ in standing])), reach))
    means = widened(tamed(np.array([mean for _, mean in standing])), reach)
    further = [own.widened(reach) for own in drawn_items]
    apart = []
    for draw in range(n_draws):
        loadings = np.stack([own.loadings[draw] for own in further])
        # Beyond what anybody answered, a threshold's posterior is all that is known of it.
        cuts = np.stack([own.thresholds[draw] for own in further])
        place = (spreads[draw], means[draw])
        common_items = common(loadings, cuts, layout, place)
        apart.append(item_differences(common_items, place, layout, groups.sizes, link))
    return spreads, means, np.array(apart)


def _mean_alignment(groups: Groups, layout: Layout) -> tuple[FloatArray, FloatArray]:
    loadings = np.stack([group.loadings.mean(axis=0) for group in groups.items])
    cuts = np.stack(
        [np.where(group.known, group.thresholds.mean(axis=0), np.nan) for group in groups.items]
    )
    return aligned(loadings, cuts, groups.sizes, layout)


def notes_of(groups: Groups, by: str) -> tuple[str, ...]:
    """
    Say what to know about a comparison.

    Parameters
    ----------
    groups : Groups
        The groups.
    by : str
        The column that tells them.

    Returns
    -------
    tuple of str
        Sentences.
    """
    told = [
        f"{len(groups.names)} groups of {by!r} were compared, each fitted by itself.",
        *_of_teams(groups),
        *groups.notes,
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
        told.append(f"{which} of fewer than {LEAST} {were} left out.")
    if groups.n_hidden:
        which = "1 group" if groups.n_hidden == 1 else f"{groups.n_hidden} groups"
        are = "is" if groups.n_hidden == 1 else "are"
        told.append(
            f"{which} that may not be shown {are} not compared: small ones, and those that protect "
            "them from subtraction. To compare them, put all of them together as one: small groups "
            "put together with others would be told by the two tables side by side."
        )
    unknown = sum(int((~group.known).sum()) for group in groups.items)
    if unknown:
        which = "1 threshold" if unknown == 1 else f"{unknown} thresholds"
        were = "was" if unknown == 1 else "were"
        told.append(
            f"{which} beyond which nobody in a group answered {were} compared by how many answers "
            "equal measurement lets expect there."
        )
    return tuple(told)


def _of_teams(groups: Groups) -> list[str]:
    counts = [n_teams(group, groups.hidden_teams) for group in groups.items]
    if any(group.pulls is None for group in groups.items):
        return [INDEPENDENT, *_why_independent(groups)]
    least, most = min(counts), max(counts)
    how_many = f", {least} in a group," if least == most else f", {least} to {most} in a group,"
    # That one is missing from a group would be a team of few, all of whom are in another.
    how_many = "" if groups.hidden_teams.any() else how_many
    sentence = (
        f"Tests and intervals allow for members of a team being alike: teams{how_many} are taken "
        "to be independent, not respondents."
    )
    told = [sentence]
    if least < _LEAST_TEAMS:
        told.append(
            f"A group of fewer than {_LEAST_TEAMS} teams tells too little of how teams differ: "
            "take p-values there for rough."
        )
    return told


def _why_independent(groups: Groups) -> list[str]:
    """Say which groups keep the tests from allowing for teams."""
    alone = groups.of_one_team
    if len(alone) == len(groups.names):
        return ["Every group is of one team: how teams of a group differ cannot be told."]
    if not alone:
        return []
    who = f"group {alone[0]} is" if len(alone) == 1 else f"groups {', '.join(alone)} are"
    return [
        (
            f"The reason: {who} of one team, so that how teams differ there cannot be told, and a "
            "test that allows for teams in some groups alone would be none. To have it, leave "
            f"{'this group' if len(alone) == 1 else 'these groups'} out, or put "
            f"{'it' if len(alone) == 1 else 'them'} together with others."
        )
    ]
