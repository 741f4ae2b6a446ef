import io
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from learnclimate import plots
from learnclimate.plots import style
from learnclimate.survey.codebook import Codebook
from synthetic import make_synthetic_fit

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
def test_figures_have_the_width_of_the_house(synthetic_fit, draw):
    assert draw(synthetic_fit).get_size_inches()[0] * 25.4 == pytest.approx(110)


@pytest.mark.parametrize("name", plots.__all__)
def test_every_figure_is_drawn_by_a_test(name):
    """What is drawn is looked at: `every_figure_is_legible_at_a_column` in conftest.py."""
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert re.search(rf"(?<!def )\b{name}\(", tests) or re.search(rf"plots\.{name}\b", tests)


@pytest.fixture(scope="module")
def oddly_named_fit(survey):
    """Names that would be formulas, formulas with errors, and signs that the font lacks."""
    odd = {"T01": "A$%^$", "T02": "$x$", "T03": "研发 🙂\tb"}
    teams = {team: odd.get(team, team) for team in survey.truth.teams}
    frame = survey.frame.assign(team=survey.frame["team"].astype(str).map(teams))
    renamed = replace(
        survey,
        frame=frame.rename(columns={"talk": "talk $a_$", "activities": "cost $ and $\\x$"}),
        codebook=Codebook(
            outcome="cost $ and $\\x$",
            team="team",
            frequency="talk $a_$",
            frequency_levels=survey.codebook.levels_of("talk"),
            covariates=["tenure", "contract"],
        ),
        truth=replace(survey.truth, teams=tuple(teams.values())),
    )
    return make_synthetic_fit(renamed)


@pytest.mark.parametrize("draw", DRAWINGS)
def test_names_are_drawn_as_they_are_written(oddly_named_fit, draw):
    figure = draw(oddly_named_fit)
    # Measured before it was drawn, drawn, and saved, once all settings are as they were.
    figure.get_tightbbox()
    for form in ("svg", "pdf", "png"):
        figure.savefig(io.BytesIO(), format=form)
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


def test_a_name_between_dollar_signs_is_no_formula():
    figure, axes = style.new_figure(40)
    axes.set_yticks([0, 1], ["$x$", "A$%^$"])
    style.add_title(figure, "$x$")
    drawing = io.StringIO()
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(drawing, format="svg")
    assert drawing.getvalue().count(">$x$<") == 2
    assert ">A$%^$<" in drawing.getvalue()


def test_every_figure_draws_its_texts_as_they_are_written():
    """No module makes a figure of its own."""
    sources = {path.name: path.read_text() for path in Path(plots.__file__).parent.glob("*.py")}
    makers = {name for name, source in sources.items() if re.search(r"\bFigure\(fig", source)}
    assert not any(re.search(r"import.*pyplot|subplots\(", source) for source in sources.values())
    assert makers <= {"style.py"}


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
