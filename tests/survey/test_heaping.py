"""Round counts are told from counts that are as common as their neighbours."""

import numpy as np
import pandas as pd

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.heaping import heaped_at_fives, heaped_at_months
from learnclimate.survey.reading import read_survey


def counts(seed=1, size=600):
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(2, 2 / 10, size)


def rounded(values, share=0.5, seed=2):
    round_it = (np.random.default_rng(seed).random(len(values)) < share) & (values >= 4)
    return np.where(round_it, 5 * np.rint(values / 5), values).astype(int)


def test_counted_answers_are_not_heaped():
    assert sum(heaped_at_fives(counts(seed)).is_plain for seed in range(200)) == 0


def test_rounded_answers_are_heaped():
    assert all(heaped_at_fives(rounded(counts(seed), 0.3)).is_plain for seed in range(20))


def test_few_large_counts_tell_nothing():
    assert not heaped_at_fives(np.array([0, 1, 2, 5])).is_plain
    assert heaped_at_fives(np.array([0, 1])).n_counts == 0


def test_description_tells_of_heaping():
    frame = pd.DataFrame({"n": rounded(counts()), "team": np.arange(600) % 20})
    survey = read_survey(frame, Codebook(outcome="n", team="team"))
    table = dict(survey.describe().tables)["Outcome: n, heaped at round numbers"]
    assert table["expected by their neighbours"].item() == "about 20%"


def by_the_month(values, share=0.7, seed=3):
    """Of counts above 8 a share becomes 12, 24 or 36, whichever is nearest."""
    rng = np.random.default_rng(seed)
    near = 12 * np.maximum(1, np.rint(values / 12)).astype(int)
    return np.where((values > 8) & (rng.random(len(values)) < share), near, values)


def test_counts_that_peak_at_a_multiple_are_not_heaped():
    rng = np.random.default_rng(4)
    for n, share in ((7, 0.7), (10, 0.5), (9, 0.55), (20, 0.5)):
        found = [heaped_at_fives(rng.binomial(n, share, 600)).is_plain for _ in range(50)]
        assert sum(found) == 0, (n, share)


def test_a_heap_on_top_of_a_peak_is_found():
    rng = np.random.default_rng(5)
    for _ in range(20):
        values = rng.binomial(10, 0.5, 600)
        heaped = np.where((np.abs(values - 5) == 1) & (rng.random(600) < 0.5), 5, values)
        assert heaped_at_fives(heaped).is_plain


def test_counts_by_the_month_are_told_from_counted_ones():
    rng = np.random.default_rng(6)
    for seed in range(20):
        values = rng.poisson(rng.gamma(2, 4, 600))
        assert not heaped_at_months(values).is_plain
        assert not heaped_at_months(rounded(values, 0.5, seed)).is_plain
        assert heaped_at_months(by_the_month(values, seed=seed)).is_plain
    assert sum(heaped_at_months(rng.binomial(24, 0.5, 600)).is_plain for _ in range(50)) == 0


def test_description_tells_of_counts_by_the_month():
    rng = np.random.default_rng(7)
    values = by_the_month(rng.poisson(rng.gamma(2, 4, 600)))
    survey = read_survey(
        pd.DataFrame({"n": values, "team": np.arange(600) % 20}), Codebook(outcome="n", team="team")
    )
    table = dict(survey.describe().tables)["Outcome: n, heaped at times a month"]
    large = values[values >= 11]
    share = np.rint(10 * np.isin(large, [12, 24, 36, 48]).mean()) / 10
    assert table["12, 24, 36 or 48 among 11 or more"].item() == f"about {share:.0%}"
    assert str(len(large)) not in table.to_string()


def test_what_is_told_of_heaps_counts_nobody():
    """A rootogram joins 1 and 2 where few gave them; the number of counts from 3 on splits them."""
    rng = np.random.default_rng(11)
    n_told = 0
    for _ in range(50):
        values = rounded(rng.poisson(rng.gamma(2, 4, int(rng.integers(20, 400)))), 0.5)
        found = heaped_at_fives(values)
        told = found.told(5)
        if told is None:
            continue
        n_told += 1
        assert found.n_counts >= 50
        # Whatever number of counts he thinks of, five numbers of round ones and more agree.
        possible = [
            n_round
            for n_round in range(found.n_counts + 1)
            if round(10 * n_round / found.n_counts) == round(10 * told[0])
        ]
        assert len(possible) >= 5
        assert found.n_round in possible
    assert n_told > 10
