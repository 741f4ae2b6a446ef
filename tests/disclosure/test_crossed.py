"""Two questions crossed: no small cell follows from the sums of rows and columns."""

import numpy as np
import pytest

from learnclimate.disclosure.crossed import suppress_crossed
from learnclimate.disclosure.rule import DisclosureRule


def followed(cells, hidden):
    """Hidden cells that all tables with these sums and shown cells agree in."""
    places = np.argwhere(hidden)
    sums = np.zeros((sum(cells.shape), len(places)))
    for column, (row, place) in enumerate(places):
        sums[row, column] = sums[cells.shape[0] + place, column] = 1
    _, values, vectors = np.linalg.svd(sums)
    free = vectors[(values > 1e-9).sum() :]
    return [tuple(at) for at, own in zip(places, free.T, strict=True) if np.abs(own).max() < 1e-9]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("minimum", [5, 8])
def test_no_small_cell_follows_from_the_margins(seed, minimum):
    rng = np.random.default_rng(seed)
    cells = rng.negative_binomial(2, 0.1, rng.integers(2, 6, 2))
    hidden = suppress_crossed(cells, DisclosureRule(minimum))
    small = (cells > 0) & (cells < minimum)
    assert hidden[small].all()
    if hidden.any() and not hidden.all():
        assert not any(small[place] for place in followed(cells, hidden))
    assert (suppress_crossed(cells, DisclosureRule()) <= hidden).all()


def test_a_table_of_large_cells_hides_nothing():
    assert not suppress_crossed([[20, 9], [30, 12]], DisclosureRule()).any()
