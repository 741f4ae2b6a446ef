"""Which figures of several kinds would tell that few did one and not another, or both."""

import numpy as np

from learnclimate.checks.kinds_groups import pair_name
from learnclimate.core import kind_labels as kinds
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.disclosure.rule import DisclosureRule, too_small

ZEROS = "share of zeros"


def figures_of_few_together(design: KindsDesign, rule: DisclosureRule) -> set[tuple[str, str]]:
    """
    Name the figures that would tell that few did one kind and not another, or both.

    Who counted anything at all, less who did a kind, did others alone; who did each, less who did
    any, did several. Where few did both of two, or one of them alone, the variance of the total
    less those of the kinds, and the correlation, tell how many these are.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        How many are few.

    Returns
    -------
    set of (kind, statistic)
        As the statistics of the predictive checks are named.
    """
    found: set[tuple[str, str]] = set()
    did = (design.counts > 0)[design.answered.all(axis=1)].astype(np.int64)
    each, of_any, both = did.sum(axis=0), did.any(axis=1).sum(), did.T @ did
    alone = each[:, None] - both
    off = ~np.eye(len(each), dtype=bool)
    numbers = [*(of_any - each), each.sum() - of_any, *both[off], *alone[off]]
    if too_small(np.array(numbers), rule).any():
        found.add((kinds.TOTAL, ZEROS))
    for one, other in zip(*np.nonzero(np.triu(off)), strict=True):
        of_two = np.array([both[one, other], alone[one, other], alone[other, one]])
        if too_small(of_two, rule).any():
            pair = pair_name(design, int(one), int(other))
            found |= {(pair, "correlation"), (kinds.TOTAL, "dispersion")}
    return found
