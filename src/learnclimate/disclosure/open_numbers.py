"""Which numbers of people who left items open tell, between them, of a few who left some open."""

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import DisclosureRule, is_protected, too_small

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Sums that exceed the number of groups by no more than this are not told.
_MARGIN = 2


def exactly_open(is_open: BoolArray) -> BoolArray:
    """
    Sort respondents by how many items they left open.

    Parameters
    ----------
    is_open : ndarray of shape (n_respondents, n_items), bool
        Which items each left open.

    Returns
    -------
    ndarray of shape (n_respondents, n_items), bool
        Whether it was one, two, ... or all of them.

    Examples
    --------
    >>> exactly_open(np.array([[True, False], [True, True]])).tolist()
    [[True, False], [False, True]]
    """
    n_items = is_open.shape[1]
    exactly: BoolArray = is_open.sum(axis=1)[:, None] == np.arange(1, n_items + 1)
    return exactly


def tells_of_hidden_groups(
    parts: IntArray,
    asked: IntArray,
    hidden: BoolArray,
    rule: DisclosureRule,
    *,
    flagged: BoolArray | None = None,
) -> BoolArray:
    """
    Tell of which totals the groups that are shown leave few, or a single group.

    The total of those who left something open, less what is told of each group, is what was
    left open in the others; and of those who did not, likewise: where a version of a
    questionnaire lacks an item, all of some teams left it open, and everybody knows which.

    Parameters
    ----------
    parts : ndarray of shape (n_groups, n_ways), int
        How many of each group left something open, in several ways.
    asked : ndarray of shape (n_groups,), int
        How many were asked.
    hidden : ndarray of shape (n_groups,), bool
        Of which groups nothing is told.
    rule : DisclosureRule
        How many are few.
    flagged : ndarray of shape (n_groups,), bool, optional
        Groups whose figures are seen to be rounded, in any way; those of one way are seen where
        left out. Only where they are all of the one way does their number tell anything of it.

    Returns
    -------
    ndarray of shape (n_ways,), bool
        Whether the total would tell.

    Examples
    --------
    Three of one hidden team were asked, and none of the other, whose eight protect them:

    >>> asked, hidden = np.array([3, 8, 12, 12]), np.array([True, True, False, False])
    >>> left_open = np.array([[0], [8], [0], [0]])
    >>> tells_of_hidden_groups(left_open, asked, hidden, DisclosureRule()).tolist()
    [True]
    """
    given = asked[:, None] - parts
    found = np.zeros(parts.shape[1], dtype=bool)
    for own in (parts, given):
        untold = (too_small(own, rule) | hidden[:, None]) & (own > 0)
        for way in np.flatnonzero(untold.any(axis=0) & (parts > 0).any(axis=0)):
            seen = flagged is None or bool((untold[:, way] >= flagged).all())
            which = untold[:, way]
            # Had more of a team that is shown left something open, few would have answered, and
            # it would be hidden.
            most = np.full(len(asked), rule.minimum - 1)
            if own is parts:
                most = np.where(hidden, most, np.minimum(most, asked - rule.minimum))
            found[way] |= _is_told_by_sum(
                own[which, way], int(most[which].sum()), rule, margin=_MARGIN * seen
            )
    return found


def _is_told_by_sum(parts: IntArray, most: int, rule: DisclosureRule, *, margin: int) -> bool:
    """
    Tell whether a sum would tell the numbers of the groups behind it, or be told by not being told.

    In which groups few left something open is seen from their figures, which are rounded. Were
    sums withheld just where there is one in each group, that they are withheld would tell it; so
    a few sums more are, by a margin.
    """
    n_groups, together = len(parts), int(parts.sum())
    is_near = together <= n_groups + margin or most - min(margin, 1) <= together <= most
    return is_near or not is_protected(parts, rule)


def numbers_that_tell(
    is_open: BoolArray, minimum: int, beside: BoolArray | None = None
) -> set[int]:
    """
    Find numbers whose difference or sum with others would tell of few.

    How many left each item open is told anyway. How many left any open, both or one of two, or
    more than so many, is told beside it in one output or another: what two of these differ in
    are people too.

    Parameters
    ----------
    is_open : ndarray of shape (n_respondents, n_items), bool
        Which items each left open.
    minimum : int
        Fewest respondents who may be told of.
    beside : ndarray of shape (n_respondents, n_others), bool, optional
        Which items they left open that lie with these in scales, these among them: of a scale
        and a longer one, the numbers are subtracted from each other too.

    Returns
    -------
    set of int
        Numbers of respondents that are not to be told.

    Examples
    --------
    Six left the first of two items open, seven the second and eleven one or the other: two both.

    >>> is_open = np.zeros((40, 2), dtype=bool)
    >>> is_open[:6, 0] = is_open[4:11, 1] = True
    >>> numbers_that_tell(is_open, 5)
    {2, 11}
    """

    def of_few(counts: IntArray) -> bool:
        return bool(((counts > 0) & (counts < minimum)).any())

    opened = is_open.astype(np.int64)
    each, exactly = opened.sum(axis=0), exactly_open(is_open).sum(axis=0)
    of_any = int(exactly.sum())
    both = opened.T @ opened
    one, other = np.triu_indices(len(each), 1)
    either = each[one] + each[other] - both[one, other]
    hidden: set[int] = set()
    # More than so many: differences of two are those who left exactly so many open. Who left all
    # open left each, and who left all but one open left one of any two.
    more_than = of_any - np.cumsum(exactly[:-1])
    within = [each - more_than[-1:].sum(), either - more_than[-2:-1].sum()]
    if of_few(exactly) or (len(each) > 1 and of_few(np.concatenate(within))):
        hidden.update(more_than.tolist())
    twice = np.array([each.sum() - of_any])
    if of_few(of_any - each) or of_few(twice) or of_few(exactly[:1]):
        hidden.add(of_any)
    parts = np.concatenate(
        [both[one, other], either - each[one], either - each[other], of_any - either]
    )
    # Pairs, single items and all together make every pattern of three items out.
    if of_few(parts):
        hidden.update(either.tolist())
    # Every number about several items is a sum of patterns, and so is what two differ in.
    if len(each) > 1 and few_patterns(is_open if beside is None else beside, minimum):
        hidden.update([*either.tolist(), *more_than.tolist(), of_any])
    return hidden - {0}


def few_patterns(is_open: BoolArray, minimum: int) -> bool:
    """
    Say whether few left the same items open.

    Parameters
    ----------
    is_open : ndarray of shape (n_respondents, n_items), bool
        Which items each left open.
    minimum : int
        How many are not few.

    Returns
    -------
    bool
        Of any pattern but that of leaving none open.

    Examples
    --------
    >>> few_patterns(np.array([[True, False]] * 3 + [[False, False]] * 9), 5)
    True
    """
    patterns = np.unique(is_open[is_open.any(axis=1)], axis=0, return_counts=True)[1]
    return bool((patterns < minimum).any())
