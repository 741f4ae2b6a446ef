"""Groups with an order of their own: hidden in blocks, and the same ones however counted."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.disclosure.blocks import blocks_named, blocks_of, suppress_blocks
from learnclimate.disclosure.rule import DisclosureRule, is_protected, suppress_neighbours


def ways_of(seed):
    rng = np.random.default_rng(seed)
    everybody = rng.negative_binomial(1, 0.07, rng.integers(3, 7))
    return np.stack([everybody, rng.binomial(everybody, rng.uniform(0.2, 1, len(everybody)))])


def protects(own):
    return not ((own > 0) & (own < 5)).any() or is_protected(own[own > 0], DisclosureRule())


@pytest.mark.parametrize("seed", range(100))
def test_what_is_hidden_protects_itself_by_each_way_of_counting(seed):
    ways = ways_of(seed)
    hidden = suppress_blocks(ways, DisclosureRule())
    assert hidden[((ways > 0) & (ways < 5)).any(axis=0)].all()
    assert hidden.all() or all(map(protects, ways[:, hidden]))
    # Whatever is named as what may be put together protects itself, too.
    labels = [f"level {place}" for place in range(len(hidden))]
    for block in blocks_named(labels, hidden, ways).split(", and ") * int(hidden.any()):
        places = [place for place, label in enumerate(labels) if repr(label) in block]
        assert hidden.all() or all(map(protects, ways[:, places]))


@pytest.mark.parametrize("seed", range(50))
def test_what_one_way_hides_is_hidden_and_larger_minimums_hide_no_less(seed):
    ways = ways_of(seed)
    found = [suppress_blocks(ways, DisclosureRule(minimum)) for minimum in (5, 7, 10)]
    for less, more in itertools.pairwise(found):
        assert (less <= more).all()
    small = ((ways > 0) & (ways < 5)).any(axis=0)
    assert (small <= found[0]).all()


def test_rare_groups_apart_are_blocks_of_their_own():
    sizes = [3, 20, 30, 25, 20, 4]
    hidden = suppress_blocks(sizes, DisclosureRule())
    assert blocks_of(hidden) == [[0, 1], [4, 5]]
    assert (hidden == suppress_neighbours(sizes, DisclosureRule())).all()
    assert blocks_named("abcdef", hidden, sizes) == "'a' with 'b', and 'e' with 'f'"


def test_something_is_left_to_compare():
    sizes = [3, 20, 30, 25, 4]
    hidden = suppress_blocks(sizes, DisclosureRule())
    assert blocks_of(hidden) == [[0], [4]]
    assert blocks_named("abcde", hidden, sizes) == "'a' with 'e'"


#: Where groups without an order of their own are hidden, or two sides of a share.
WITHOUT_ORDER = {
    "checks/residuals.py": "categories of covariates, by name",
    "disclosure/nested.py": "teams and departments, by name",
    "inference/small_groups.py": "reasons why rows were left out, by name",
    "measurement/careless_rows.py": "a share and the rest",
    "measurement/item_rows.py": "who left items open, and the rest",
    "reporting/facts.py": "reasons why rows were left out, by name",
    "survey/describe_numbers.py": "one value of two, and the other",
    "survey/describe_outcome.py": "a share and the rest",
    "survey/description.py": "reasons why rows were left out, by name",
    "survey/hidden_groups.py": "categories, by name",
    "survey/option_blocks.py": "versions of a questionnaire, by name",
}


def test_no_output_chooses_by_itself_what_protects_groups_that_have_an_order():
    """By discovery: two choices for one question, side by side, tell what each of them hides."""
    source = Path(lc.__file__).parent
    found = set()
    for path in source.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        if re.search(r"^(?!.*(def |>>> )).*\bsuppress\(", code, re.MULTILINE):
            found.add(path.relative_to(source).as_posix())
    assert found == set(WITHOUT_ORDER)
