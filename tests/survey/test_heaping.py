"""Round counts are told from counts that are as common as their neighbours."""

import numpy as np
import pandas as pd

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.heaping import heaping_of
from learnclimate.survey.reading import read_survey


def counts(seed=1, size=600):
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(2, 2 / 10, size)


def rounded(values, share=0.5, seed=2):
    round_it = (np.random.default_rng(seed).random(len(values)) < share) & (values >= 4)
    return np.where(round_it, 5 * np.rint(values / 5), values).astype(int)


def test_counted_answers_are_not_heaped():
    assert sum(heaping_of(counts(seed)).is_plain for seed in range(200)) == 0


def test_rounded_answers_are_heaped():
    assert all(heaping_of(rounded(counts(seed), 0.3)).is_plain for seed in range(20))


def test_few_large_counts_tell_nothing():
    assert not heaping_of(np.array([0, 1, 2, 5])).is_plain
    assert heaping_of(np.array([0, 1])).n_counts == 0


def test_description_tells_of_heaping():
    frame = pd.DataFrame({"n": rounded(counts()), "team": np.arange(600) % 20})
    survey = read_survey(frame, Codebook(outcome="n", team="team"))
    table = dict(survey.describe().tables)["Outcome: n, heaped at round numbers"]
    assert table["expected at most"].item() == "20%"
