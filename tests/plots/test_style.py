import pickle
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from learnclimate import plots
from learnclimate.plots import style

DRAWINGS = [
    plots.frequency_response,
    plots.expected_counts,
    plots.team_effects,
    plots.rootogram,
    plots.team_shrinkage,
    plots.prior_posterior,
    plots.residuals,
    plots.certificate,
]
#: Width of a column of a journal, in millimetres.
COLUMN = 85


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_everything_lies_within_the_figure(synthetic_fit, draw, language):
    figure = draw(synthetic_fit, language=language)
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.02
    assert box.y0 >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


@pytest.mark.parametrize("draw", DRAWINGS)
def test_letters_are_legible_at_a_column(synthetic_fit, draw, texts_of):
    figure = draw(synthetic_fit)
    assert texts_of(figure)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(110)
    written = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    # Six points once the figure has been made as narrow as a column.
    assert min(text.get_fontsize() for text in written) * COLUMN / 110 >= 6


def test_colours_differ_in_grey():
    def lightness(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return float(np.dot(channels, [0.2126, 0.7152, 0.0722]))

    assert abs(lightness(style.PALE) - lightness(style.ORANGE)) > 0.3
    assert abs(lightness(style.BLUE) - lightness(style.GREY)) > 0.08


def test_shows_itself_in_a_notebook_and_can_be_kept(synthetic_fit):
    figure = plots.expected_counts(synthetic_fit)
    picture, size = figure._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert size["width"] == pytest.approx(110 / 25.4 * 96)
    assert isinstance(pickle.loads(pickle.dumps(figure)), Figure)


def test_neither_pyplot_nor_settings_are_touched():
    code = """
import sys
sys.path.insert(0, 'tests')
from learnclimate import plots
assert 'matplotlib' not in sys.modules
from synthetic import make_synthetic_fit
from learnclimate.survey.simulation import simulate_survey
fit = make_synthetic_fit(simulate_survey(n_teams=8, team_size=8, seed=1), n_draws=10)
import matplotlib
# Reading the setting 'backend' would load pyplot.
names = sorted(set(matplotlib.rcParams) - {'backend'})
before = [matplotlib.rcParams[name] for name in names]
from learnclimate.core.errors import ArgumentTypeError
drawn = []
for name in plots.__all__:
    try:
        getattr(plots, name)(fit).draw_without_rendering()
        drawn.append(name)
    except ArgumentTypeError:  # It draws something else than a fit.
        continue
assert len(drawn) >= 7, drawn
assert 'matplotlib.pyplot' not in sys.modules
assert 'pymc' not in sys.modules
assert [matplotlib.rcParams[name] for name in names] == before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
