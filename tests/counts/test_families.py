"""Families are values."""

from learnclimate.counts.families import NegativeBinomial, Poisson


def test_families_are_values_that_know_their_dispersion():
    assert Poisson() == Poisson()
    assert Poisson() != NegativeBinomial()
    assert NegativeBinomial().has_dispersion
    assert not Poisson().has_dispersion
