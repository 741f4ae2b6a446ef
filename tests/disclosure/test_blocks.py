"""Groups with an order of their own: hidden in blocks, and the same ones however counted."""

import itertools

import numpy as np
import pytest

from learnclimate.disclosure.blocks import blocks_of, suppress_blocks
from learnclimate.disclosure.rule import DisclosureRule, is_protected, suppress_neighbours


def ways_of(seed):
    rng = np.random.default_rng(seed)
    everybody = rng.negative_binomial(1, 0.07, rng.integers(3, 7))
    return np.stack([everybody, rng.binomial(everybody, rng.uniform(0.2, 1, len(everybody)))])


@pytest.mark.parametrize("seed", range(100))
def test_every_block_protects_its_groups_by_each_way_of_counting(seed):
    ways = ways_of(seed)
    hidden = suppress_blocks(ways, DisclosureRule())
    small = ((ways > 0) & (ways < 5)).any(axis=0)
    assert hidden[small].all()
    for block in blocks_of(hidden):
        for own in ways[:, block]:
            whole = len(block) == len(hidden)
            assert whole or not own.any() or is_protected(own[own > 0], DisclosureRule())


@pytest.mark.parametrize("seed", range(50))
def test_what_one_way_hides_is_hidden_and_larger_minimums_hide_no_less(seed):
    ways = ways_of(seed)
    found = [suppress_blocks(ways, DisclosureRule(minimum)) for minimum in (5, 7, 10)]
    for less, more in itertools.pairwise(found):
        assert (less <= more).all()
    for own in ways:
        assert (suppress_neighbours(own, DisclosureRule()) <= found[0]).all()


def test_rare_groups_apart_are_blocks_of_their_own():
    hidden = suppress_blocks([3, 20, 30, 25, 4], DisclosureRule())
    assert blocks_of(hidden) == [[0, 1], [3, 4]]
