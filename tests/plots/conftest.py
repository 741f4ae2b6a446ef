"""Helpers to read figures back."""

import numpy as np
import pytest
from matplotlib.text import Text


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
