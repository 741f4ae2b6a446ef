"""The figure of `check_fit`: a row a check, in the order of the report, each at its verdict."""

from itertools import pairwise

import pytest

import learnclimate as lc
from learnclimate.checks.verdict import Check, CheckReport

REPORT = CheckReport(
    (
        Check("certificate", "good", "The draws passed."),
        Check("dispersion", "bad", "Wider than expected."),
        Check("mean", "doubtful", "Higher than expected."),
        Check("team share", "not applicable", "There are no teams."),
        Check("share of zeros", "good", "As expected."),
    )
)


@pytest.mark.parametrize(
    ("language", "names", "verdicts"),
    [
        (
            "en",
            ["certificate", "dispersion", "mean", "team share", "share of zeros"],
            ["not applicable", "bad", "doubtful", "good"],
        ),
        (
            "nl",
            ["berekening", "spreiding", "gemiddelde", "verschillen tussen teams", "nullen"],
            ["niet van toepassing", "slecht", "twijfelachtig", "goed"],
        ),
    ],
)
def test_checks_stand_in_the_order_of_the_report_each_at_its_verdict(language, names, verdicts):
    (axes,) = lc.plots.check(REPORT, language=language).axes
    labels = [" ".join(one.get_text().split()) for one in axes.get_yticklabels()]
    assert labels == names
    # The first check stands on top.
    bottom, top = axes.get_ylim()
    assert top < 0 < len(names) - 1 < bottom
    ticks = [" ".join(one.get_text().split()) for one in axes.get_xticklabels()]
    assert ticks == verdicts
    at = dict(zip(axes.get_xticks(), ticks, strict=True))
    marks = {line.get_gid(): line for line in axes.lines if line.get_gid()}
    rows = {
        float(line.get_ydata()[0]): at[line.get_xdata()[0]] for line in axes.lines if line.get_gid()
    }
    told = dict(zip(["not applicable", "bad", "doubtful", "good"], verdicts, strict=True))
    assert rows == {n: told[check.verdict] for n, check in enumerate(REPORT.checks)}
    # In grey, verdicts are told apart by shape and filling.
    assert marks["bad"].get_marker() == marks["doubtful"].get_marker() != marks["good"].get_marker()
    assert marks["bad"].get_markerfacecolor() != marks["doubtful"].get_markerfacecolor()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_all_verdicts_stand_on_one_line_and_none_touches_another(language):
    figure = lc.plots.check(REPORT, language=language)
    figure.canvas.draw()
    boxes = [one.get_window_extent() for one in figure.axes[0].get_xticklabels()]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))
    assert not any(one.get_text().startswith("\n") for one in figure.axes[0].get_xticklabels())
