"""Ratios by kind: what is drawn is what the estimand says, in words, within the figure."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.checks.kinds_groups import by_levels
from learnclimate.disclosure.rounding import to_step
from learnclimate.plots.kind_sources import kind_level_counts
from learnclimate.survey.kinds_truth import KindsTruth
from learnclimate.survey.simulation import simulate_survey


@pytest.fixture(scope="module")
def kinds_fit():
    survey = simulate_survey(n_teams=16, team_size=9, truth=KindsTruth(), seed=2)
    return make_kinds_fit(survey, n_draws=100)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_kind_and_all_together_are_drawn(kinds_fit, texts_of, language):
    figure = lc.plots.kind_ratios(kinds_fit, "weekly", "never", language=language)
    told = lc.rate_ratio(kinds_fit, "weekly", "never", population="study").summary
    bars = figure.findobj(lambda artist: artist.get_gid() == "interval")
    lower, upper = np.array([bar.get_segments()[0][:, 0] for bar in bars]).T
    np.testing.assert_allclose(np.sort(lower), np.sort(told["lower"].astype(float)), rtol=1e-6)
    np.testing.assert_allclose(np.sort(upper), np.sort(told["upper"].astype(float)), rtol=1e-6)
    written = texts_of(figure)
    assert all(kind in written for kind in kinds_fit.kinds)
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


def test_means_of_answers_are_rounded_in_the_figure_as_in_the_check():
    """A mean told in two roundings is known better than in each: 0.9375 as 0.8 and as 1.0."""
    survey = simulate_survey(n_teams=10, team_size=9, truth=KindsTruth(), seed=2)
    frame, rng = survey.frame, np.random.default_rng(2)
    small = frame["team"].unique()[5]
    frame = frame.drop(index=frame.index[frame["team"] == small][3:]).reset_index(drop=True)
    for kind in survey.codebook.asked.kinds:
        frame.loc[rng.choice(len(frame), 2, replace=False), kind] = pd.NA
    fit = make_kinds_fit(replace(survey, frame=frame), n_draws=100)
    drawn = kind_level_counts(fit, frequency=None, population="study", interval=None, rule=None)
    told = lc.posterior_predictive(fit, draws=50).level_means
    (coding,) = fit.coding.frequencies
    exact = by_levels(fit.design, lc.DisclosureRule())[0]
    means = exact.means(fit.design.counts)
    n_apart = 0
    for place, (kind, counts) in enumerate(drawn.items()):
        own = told[told["kind"] == kind].set_index("level").loc[list(coding.levels), "observed"]
        observed = counts.table["observed"].to_numpy(dtype=float)
        both = ~np.isnan(observed)
        assert np.array_equal(observed[both], own.to_numpy(dtype=float)[both])
        for level in np.flatnonzero(both):
            digits, step = int(exact.digits[level, place]), exact.steps[level, place]
            first_decimals = to_step(round(means[level, place], max(digits, 0)), step)
            n_apart += first_decimals != observed[level]
    # Decimals first and steps then, as the figure rounded before, would be a second rounding.
    assert n_apart > 0
