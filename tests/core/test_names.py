import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.names import distinct_names


def test_lists_become_tuples():
    assert distinct_names("f(x=...)", ["a", "b"]) == ("a", "b")


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("a", ArgumentTypeError, r"f\(x='a'\): give a tuple"),
        ((1,), ArgumentTypeError, "1 is not a name"),
        (("a", "a"), ArgumentError, "'a' is named twice"),
    ],
)
def test_refused(value, error, message):
    with pytest.raises(error, match=message):
        distinct_names("f(x=...)", value)
