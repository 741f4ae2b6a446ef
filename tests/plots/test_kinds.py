"""Ratios by kind: what is drawn is what the estimand says, in words, within the figure."""

import numpy as np
import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit
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
