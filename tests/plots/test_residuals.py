import pytest

from learnclimate import plots
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.core.errors import ArgumentTypeError


def test_every_respondent_is_in_a_bar(synthetic_fit, texts_of):
    figure = plots.residuals(posterior_predictive(synthetic_fit, draws=50))
    bars = figure.axes[0].patches
    heights = [bar.get_height() for bar in bars if bar.get_gid() == "observed"]
    assert sum(heights) == synthetic_fit.design.n_respondents
    assert len(heights) in (4, 5, 10, 20)
    assert min(heights) >= 5
    assert "valley" in texts_of(figure)


def test_words_are_in_the_language(synthetic_fit, texts_of):
    assert "gegeven antwoorden" in texts_of(plots.residuals(synthetic_fit, language="nl"))


def test_only_checks_and_fits_are_drawn():
    with pytest.raises(ArgumentTypeError, match="residuals"):
        plots.residuals("fit")
