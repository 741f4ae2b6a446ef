"""The checks return clean values; what they refuse is tested through `Codebook`."""

from learnclimate.survey.codebook_checks import checked_levels, checked_name, checked_names


def test_clean_values():
    assert checked_name("here", "team") == "team"
    assert checked_names("here", ["a", "b"]) == ("a", "b")
    assert checked_names("here", ()) == ()


def test_levels_are_labels_in_the_order_given():
    given = {"b": (1.0, " two "), "a": ["x", 2.5]}
    assert checked_levels(("a", "b"), given) == (("a", ("x", "2.5")), ("b", ("1", "two")))
    assert checked_levels((), ()) == ()
