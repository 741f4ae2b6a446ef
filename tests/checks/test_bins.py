import numpy as np
import pytest

from learnclimate.checks.bins import bin_label, count_bins, joined_edges


def held(starts, outcome, multiplicity):
    place = np.searchsorted(starts, outcome, side="right") - 1
    return np.bincount(place, weights=multiplicity, minlength=len(starts))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("mean", "alpha"), [(0.3, 1.0), (4.0, 2.0), (300.0, 0.7)])
def test_every_bin_holds_the_minimum(seed, mean, alpha):
    rng = np.random.default_rng(seed)
    outcome = rng.poisson(mean * rng.gamma(alpha, 1 / alpha, 200))
    starts = count_bins(outcome, np.ones(200), 5)
    respondents = held(starts, outcome, np.ones(200))
    assert respondents.min() >= 5
    assert respondents.sum() == 200
    assert starts[0] == 0
    assert len(starts) <= 26


def test_bins_are_single_counts_where_enough_gave_them():
    outcome = np.repeat([0, 1, 2, 3, 7], [6, 9, 5, 4, 3])
    assert count_bins(outcome, np.ones(27), 5).tolist() == [0, 1, 2, 3]


def test_rows_count_as_often_as_respondents():
    assert count_bins(np.array([0, 1, 2]), np.array([6.0, 2.0, 9.0]), 5).tolist() == [0, 1]


def test_too_few_respondents_give_one_open_bin():
    assert count_bins(np.array([0, 3, 9]), np.ones(3), 5).tolist() == [0]


def test_an_absurd_count_needs_no_memory():
    outcome = np.append(np.repeat(np.arange(10), 20), 10**12)
    assert len(count_bins(outcome, np.ones(201), 5)) == 10


def test_bars_hold_enough_on_either_side_of_an_edge_that_keeps_them_apart():
    rng = np.random.default_rng(4)
    edges = np.arange(11.0)
    for _ in range(200):
        values = rng.uniform(0, 10, rng.integers(1, 40))
        joined = joined_edges(values, edges, 5, apart=7.0)
        held = np.histogram(values, joined)[0]
        assert held.sum() == len(values)
        assert set(joined) <= set(edges)
        assert held.min() >= 5 or len(held) == 1
        assert (7.0 in joined) == (min((values < 7).sum(), (values >= 7).sum()) >= 5)


def test_labels():
    assert bin_label(3, 3) == "3"
    assert bin_label(3, 5) == "3–5"
    assert bin_label(3, None, "{} of meer") == "3 of meer"
