"""One family of errors, each also of a kind that Python's users expect."""

import pytest

from learnclimate.core import errors
from learnclimate.core.errors import ArgumentError, FileError, LearnClimateError, nearest


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("CodebookError", ValueError),
        ("SurveyError", ValueError),
        ("ModelError", ValueError),
        ("FitError", ValueError),
        ("ArgumentError", ValueError),
        ("ArgumentTypeError", TypeError),
        ("FileError", OSError),
    ],
)
def test_every_error_is_of_the_family_and_of_a_builtin_kind(name, builtin):
    kind = getattr(errors, name)
    assert issubclass(kind, LearnClimateError)
    assert issubclass(kind, builtin)
    assert str(kind("Say this.")) == "Say this."


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("tema", ["team", "talk"], "Did you mean 'team'?"),
        ("xyz", ["team", "talk"], "Choose from 'team', 'talk'."),
        ("team", [], "There are none to choose from."),
        (3, [1, 2], "Choose from '1', '2'."),
        ("x", [f"option {i}" for i in range(20)], "'option 11', …."),
        ("Team", ["team"], "Did you mean 'team'?"),
        ("n", ["team", "N "], "Did you mean 'N '?"),
        ("TALK", ["Talk", "talk"], "Did you mean 'Talk'?"),
    ],
)
def test_nearest(name, options, told):
    assert nearest(name, options).endswith(told)


def test_a_declaration_in_a_message_stays_in_its_line():
    message = "truth=Truth(\n    a=(\n        1,\n        2\n    ),\n    b=3\n): give another."
    for kind in (ArgumentError, FileError):
        assert str(kind(message)) == "truth=Truth(a=(1, 2), b=3): give another."
    assert str(ArgumentError("Two faults:\n- one\n- two")) == "Two faults:\n- one\n- two"
