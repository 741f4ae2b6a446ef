"""The figure of a calibration names what leaves the band, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from learnclimate import plots
from learnclimate.checks.calibration import Calibration
from learnclimate.checks.calibration_verdict import judged
from learnclimate.core.errors import ArgumentError, ArgumentTypeError


def made(columns):
    ranks = pd.DataFrame(columns)
    return Calibration("good", "", judged(ranks), ranks, "prior", 0, 0, 1.0)


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(1)
    return made({"right": rng.random(120), "narrow": rng.beta(0.4, 0.4, 120)})


@pytest.mark.parametrize("language", ["en", "nl"])
def test_legend_names_what_leaves_the_band(mixed, language):
    figure = plots.calibration(mixed, language=language)
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[-1] == "narrow"
    assert len(texts) == 2
    assert texts[0].startswith("1 ")


def test_the_other_quantities_out_of_band_are_counted():
    rng = np.random.default_rng(2)
    found = made({f"wrong {i}": rng.beta(0.3, 0.3, 100) for i in range(6)})
    (axes,) = plots.calibration(found).figure.axes
    assert axes.get_legend().get_texts()[-1].get_text() == "and 3 more that do not"


def test_what_cannot_be_drawn_is_refused(mixed):
    with pytest.raises(ArgumentTypeError, match="no calibration"):
        plots.calibration(mixed.ranks)
    with pytest.raises(ArgumentError, match="nothing to draw"):
        plots.calibration(made({}))
