"""The figure of a design analysis: a line a team size, the goal, and what cannot be drawn."""

import numpy as np
import pandas as pd
import pytest

from learnclimate import plots
from learnclimate.checks.design_analysis import DesignAnalysis, DesignGoal
from learnclimate.core.errors import ArgumentError, ArgumentTypeError


@pytest.fixture
def found():
    table = pd.DataFrame(
        {
            "n_teams": [20, 20, 40, 40],
            "team_size": [6.0, 12.0, 6.0, 12.0],
            "n_respondents": [120, 240, 240, 480],
            "cost": [120.0, 240.0, 240.0, 480.0],
            "width": [2.6, 2.0, 1.9, 1.7],
            "right_teams": [0.4, 0.5, 0.3, np.nan],
            "right_teams_error": [0.1, 0.1, 0.1, np.nan],
            "replicates": 10,
        }
    )
    return DesignAnalysis("good", "", table, DesignGoal(width=1.8), 0, 0)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("show", ["width", "right_teams"])
def test_a_line_a_team_size(found, show, language):
    (axes,) = plots.design_analysis(found, show=show, language=language).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert [label.split()[0] for label in labels[:2]] == ["6", "12"]
    assert len(labels) == (3 if show == "width" else 2)
    assert axes.get_ylim()[0] == (1.0 if show == "width" else 0.0)


def test_what_cannot_be_drawn_is_refused(found):
    with pytest.raises(ArgumentTypeError, match="no design analysis"):
        plots.design_analysis(found.table)
    with pytest.raises(ArgumentError, match="'right_teams'"):
        plots.design_analysis(found, show="power")
    found.table["width"] = np.nan
    with pytest.raises(ArgumentError, match="nothing to draw"):
        plots.design_analysis(found)
