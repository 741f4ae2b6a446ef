"""Pseudonyms: stable where known, and telling nothing else."""

from learnclimate.disclosure.pseudonyms import draw_pseudonyms


def test_known_names_keep_their_pseudonyms():
    drawn = draw_pseudonyms(["a", "b"], "T-", {"b": "T-2222", "gone": "T-3333"})
    assert drawn["b"] == "T-2222"
    assert drawn["gone"] == "T-3333"
    assert len(set(drawn.values())) == 3


def test_many_names_get_codes_of_their_own():
    drawn = draw_pseudonyms(map(str, range(20_000)), "T-")
    assert len(set(drawn.values())) == 20_000


def test_the_order_of_codes_is_not_that_of_the_names():
    """A rank correlation of 400 names stays within five standard errors of none."""
    import numpy as np

    drawn = draw_pseudonyms([f"{number:03d}" for number in range(400)], "T-")
    order = np.argsort(np.argsort(list(drawn.values())))
    correlation = np.corrcoef(np.arange(400), order)[0, 1]
    assert abs(correlation) < 5 / np.sqrt(399)


def test_codes_are_drawn_anew_each_time():
    assert draw_pseudonyms(["a", "b", "c"], "T-") != draw_pseudonyms(["a", "b", "c"], "T-")
