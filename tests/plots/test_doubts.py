from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from learnclimate import plots
from learnclimate.checks.influence import Influence
from learnclimate.checks.leave_out import LeaveOneOut
from learnclimate.checks.prior_sensitivity import PriorSensitivity
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule


@pytest.fixture
def left_out():
    khat = np.array([-0.5, 0.05, 0.15, 0.15, 0.65, 0.95, np.nan])
    method = np.zeros(7, dtype=np.int64)
    return LeaveOneOut("respondent", -10.0, 1.0, 2.0, np.zeros(7), khat, method, 0.7)


@pytest.fixture
def sensitive():
    table = pd.DataFrame(
        {
            "parameter": ["rate_ratio[talk]", "intercept"],
            "mean": [3.8, 1.0],
            "weaker": [3.9, 1.0],
            "stronger": [3.6, 1.0],
            "prior": [0.12, 0.01],
            "likelihood": [0.2, 0.3],
            "verdict": ["doubtful", "good"],
            "words": ["", ""],
        }
    )
    sources = pd.DataFrame(columns=["prior", "parameter", "sensitivity"])
    return PriorSensitivity(table, sources, 0.1, 400)


@pytest.fixture
def moved():
    teams = pd.DataFrame(
        {
            "team": ["T02", "T01", "T03"],
            "n_respondents": pd.array([8, 9, None], dtype="Int64"),
            "rate_ratio": [3.2, 4.1, np.nan],
            "shift": [-0.8, 0.3, np.nan],
            "khat": [0.2, 0.1, np.nan],
            "hidden": [False, False, True],
        }
    )
    people = pd.DataFrame({"shift above": [0.2], "n_respondents": [1]})
    return Influence("talk", 3.8, teams, 0.1, people, 0.25, 0)


def heights(figure, name):
    bars = figure.findobj(lambda artist: artist.get_gid() == name)
    return {round(bar.get_x(), 1): bar.get_height() for bar in bars if bar.get_height() > 0}


def test_units_are_counted_by_the_shape_of_their_weights(left_out, texts_of, drawn):
    shapes = np.repeat(left_out.khat, [6, 5, 3, 3, 7, 5, 1])
    figure = plots.leave_out(replace(left_out, khat=shapes))
    # A shape far below is counted in the lowest bar; what was fitted anew is told.
    assert heights(figure, "trusted") == {-0.2: 6, 0.0: 5, 0.1: 6, 0.6: 7}
    assert heights(figure, "doubted") == {0.7: 5}
    # Bars of several tenths bear their number, as their areas say more than they hold.
    held = figure.findobj(lambda artist: artist.get_gid() == "held")
    wide = [
        round(bar.get_height())
        for bar in figure.axes[0].patches
        if bar.get_height() > 0 and bar.get_width() > 0.1
    ]
    assert wide
    assert sorted(int(one.get_text()) for one in held) == sorted(wide)
    assert drawn(figure, "limit").get_xdata()[0] == 0.7
    assert "not drawn: 1." in texts_of(figure)
    assert "at least 5." in texts_of(figure)


def test_no_bar_holds_few(left_out, texts_of):
    """One of 30 respondents has weights that cannot be trusted: he has no bar of his own."""
    shapes = np.concatenate([np.linspace(-0.1, 0.5, 29), [1.3]])
    for minimum in (5, 8):
        rule = DisclosureRule(minimum)
        figure = plots.leave_out(replace(left_out, khat=shapes), rule=rule)
        bars = heights(figure, "trusted") | heights(figure, "doubted")
        assert min(bars.values()) >= minimum
        assert sum(bars.values()) == 30
        assert max(heights(figure, "doubted")) < 0.5
    trusted = plots.leave_out(replace(left_out, khat=shapes[:-1]))
    assert not heights(trusted, "doubted")
    assert sum(heights(trusted, "trusted").values()) == 29
    dutch = plots.leave_out(left_out, language="nl")
    assert heights(dutch, "doubted") == {-0.2: 6}
    assert "0,70" in texts_of(dutch)
    dutch.canvas.draw()
    units = [tick.get_text() for tick in dutch.axes[0].get_yticklabels()]
    assert all("," not in one and "." not in one for one in units), units


def test_sensitivities_are_drawn_against_their_bound(sensitive, drawn, texts_of):
    figure = plots.prior_sensitivity(sensitive)
    assert drawn(figure, "prior").get_xdata().tolist() == [0.12, 0.01]
    assert drawn(figure, "likelihood").get_xdata().tolist() == [0.2, 0.3]
    assert drawn(figure, "limit").get_xdata()[0] == 0.05
    assert "rate ratio: talk" in texts_of(figure)
    assert "voor de priors" in texts_of(plots.prior_sensitivity(sensitive, language="nl"))


def test_small_teams_are_not_drawn(moved, drawn, texts_of):
    figure = plots.influence(moved)
    assert drawn(figure, "without").get_xdata().tolist() == [3.2, 4.1]
    told = texts_of(figure)
    assert "T02" in told
    assert "T03" not in told
    assert "×3.80" in told
    assert "×3,80" in texts_of(plots.influence(moved, language="nl"))


def test_what_cannot_be_drawn_is_refused(left_out, moved):
    for draw in (plots.leave_out, plots.prior_sensitivity, plots.influence):
        with pytest.raises(ArgumentTypeError, match="give what"):
            draw("a fit")
    with pytest.raises(ArgumentError, match="nothing to draw"):
        plots.leave_out(replace(left_out, khat=np.array([]), obstacle="planted"))
    with pytest.raises(ArgumentError, match="nothing to draw"):
        plots.influence(replace(moved, teams=moved.teams.iloc[2:]))
