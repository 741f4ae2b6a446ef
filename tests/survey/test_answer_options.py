"""Answer options: labels that tell their counts, and options that cover every count once."""

import pytest

from learnclimate.core.errors import ArgumentTypeError, CodebookError
from learnclimate.survey.answer_options import checked_options, tells_its_counts


@pytest.mark.parametrize(
    ("labels", "bounds"),
    [
        (["none", "1-2", "3-5", "6 or more"], [(0, 0), (1, 2), (3, 5), (6, None)]),
        (["None", "1–2", "3 — 5", "6+"], [(0, 0), (1, 2), (3, 5), (6, None)]),
        (["geen", "1 t/m 2", "3 tot 5", "6 of meer"], [(0, 0), (1, 2), (3, 5), (6, None)]),
        (["0", "1", "2 to 4 times", "more than 4"], [(0, 0), (1, 1), (2, 4), (5, None)]),
        (["fewer than 3", "≥ 3"], [(0, 2), (3, None)]),
        (["3 or more", "1-2", "none"], [(0, 0), (1, 2), (3, None)]),
    ],
)
def test_labels_tell_their_counts(labels, bounds):
    options = checked_options("bins", labels)
    assert [(option.lowest, option.highest) for option in options] == bounds
    assert all(map(tells_its_counts, options))


def test_a_mapping_tells_what_labels_do_not():
    options = checked_options("bins", {"never": 0, "a few": (1, 4), "many": (5, None)})
    assert [(option.lowest, option.highest) for option in options] == [(0, 0), (1, 4), (5, None)]
    assert not tells_its_counts(options[1])
    assert checked_options("bins", {"no": [0, 0], "yes": [1]})[1].highest is None


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (["none", "1-3", "3-5", "6+"], CodebookError, "'1-3' and '3-5' overlap: both stand for 3"),
        (["none", "1-2", "4-5", "6+"], CodebookError, "no option stands for 3, between"),
        (["none", "1-2", "7+"], CodebookError, "no option stands for 3 to 6, between"),
        (["1-2", "3+"], CodebookError, "no option stands for 0"),
        (["none", "1-2"], CodebookError, "stands for more than 2. Let the highest be open"),
        (["none", "1+", "6+"], CodebookError, "'1\\+' and '6\\+' overlap"),
        (["none", "some", "6+"], CodebookError, "which counts 'some' stands for"),
        (["0+"], CodebookError, "two options or more"),
        (["0", "0", "1+"], CodebookError, "listed twice"),
        ({"none": 0, "few": (5, 1), "6+": (6, None)}, CodebookError, "Turn them round"),
        ({"none": 0, "few": "1-5"}, ArgumentTypeError, "give its lowest and highest count"),
        ({"none": 0, "few": (1, 2.5)}, ArgumentTypeError, "are not whole numbers"),
        ("none", ArgumentTypeError, "give a list of labels"),
        ([None, "1+"], CodebookError, "None is no label"),
        ({"": 0, "1+": (1, None)}, CodebookError, "'' is no label"),
    ],
)
def test_options_refused(given, error, message):
    with pytest.raises(error, match=message):
        checked_options("bins", given)
