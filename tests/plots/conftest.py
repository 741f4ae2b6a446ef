"""Helpers to read figures back."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from learnclimate.plots.study_figure import StudyFigure
from synthetic import make_synthetic_fit


@pytest.fixture
def texts_of():
    """Every text of a figure, a line each, after it was drawn."""

    def read(figure):
        figure.draw_without_rendering()
        return "\n".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))

    return read


@pytest.fixture
def drawn():
    """The artist of a figure with a name."""

    def find(figure, name):
        found = figure.findobj(lambda artist: artist.get_gid() == name)
        assert found, name
        return found[0]

    return find


@pytest.fixture
def ends_of(drawn):
    """Both ends of the intervals of a figure, along the axis they lie on."""

    def read(figure, axis):
        segments = np.array(drawn(figure, "interval").get_segments())
        return segments[:, 0, axis], segments[:, 1, axis]

    return read


@pytest.fixture(scope="session")
def small_team_fit(survey):
    """Teams T03 and T07 keep three and four respondents."""
    team = survey.frame[survey.codebook.team]
    rank = survey.frame.groupby(survey.codebook.team, observed=True).cumcount()
    teams = sorted(team.unique())
    keep = ~((team == teams[2]) & (rank >= 3)) & ~((team == teams[6]) & (rank >= 4))
    return make_synthetic_fit(replace(survey, frame=survey.frame[keep]))


@pytest.fixture(scope="session")
def rare_lowest_fit(survey):
    """Two respondents answer "never", the lowest level."""
    talk = survey.frame["talk"]
    rows = talk.index[talk == "never"][2:]
    talk = talk.mask(talk.index.isin(rows), "yearly")
    return make_synthetic_fit(replace(survey, frame=survey.frame.assign(talk=talk)))


#: Width of a column of a journal, in millimetres, and the least letters that are legible there.
COLUMN, LEGIBLE = 85, 6


@pytest.fixture(autouse=True)
def every_figure_is_legible_at_a_column(monkeypatch):
    """Letters of whatever figure a test draws have six points or more once it is a column wide."""
    drawn, start = [], StudyFigure.__init__

    def begun(self, *arguments, **options):
        start(self, *arguments, **options)
        drawn.append(self)

    monkeypatch.setattr(StudyFigure, "__init__", begun)
    yield
    for figure in drawn:
        written = [one for one in figure.findobj(Text) if one.get_text() and one.get_visible()]
        narrowed = COLUMN / (figure.get_size_inches()[0] * 25.4)
        small = [one.get_text() for one in written if one.get_fontsize() * narrowed < LEGIBLE]
        assert not small, small
