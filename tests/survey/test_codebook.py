"""Codebooks that hold together, and the contradictions that are refused."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentTypeError, CodebookError
from learnclimate.survey.codebook import Codebook, Scale

TWO = {"frequency": ["passing", "meeting"]}


def test_one_frequency_and_several():
    one = Codebook(outcome="n", team="t", frequency="talk", frequency_levels=["no", "yes"])
    assert one.frequency == "talk"
    assert one.frequency_columns == ("talk",)
    two = Codebook(
        outcome="n",
        team="t",
        frequency=["passing", "meeting"],
        frequency_levels={"meeting": [1, 2.0, "3 "], "passing": ["no", "yes"]},
    )
    assert two.frequency == ("passing", "meeting")
    assert two.frequency_columns == ("passing", "meeting")
    assert two.levels_of("meeting") == ("1", "2", "3")
    assert Codebook(outcome="n", team="t").frequency_columns == ()


def test_levels_of_an_unknown_frequency():
    book = Codebook(outcome="n", team="t", frequency="talk", frequency_levels=["no", "yes"])
    with pytest.raises(CodebookError, match="Did you mean 'talk'"):
        book.levels_of("tlak")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"frequency": "f"}, "'f' are missing. List them in order"),
        ({"frequency": "f", "frequency_levels": {"a", "b"}}, "is a set, which has no order"),
        (
            {"frequency": "f", "frequency_levels": {"f": frozenset("ab")}},
            "'f' is a set, which has no order",
        ),
        ({"frequency": "f", "frequency_levels": ["a"]}, "cannot be compared"),
        ({"frequency": "f", "frequency_levels": ["a", "b", "a "]}, "'a' is listed twice"),
        ({"frequency": "f", "frequency_levels": ["a", None]}, "None is no level"),
        ({"frequency": "f", "frequency_levels": ["a", " "]}, "' ' is no level"),
        ({"frequency_levels": ["a", "b"]}, "no frequency. Name its column"),
        ({**TWO, "frequency_levels": ["a", "b"]}, "as a mapping of column to levels"),
        ({**TWO, "frequency_levels": {"passing": ["a", "b"]}}, "'meeting' are missing"),
        ({"frequency": "f", "frequency_levels": {"ff": ["a", "b"]}}, "Did you mean 'f'"),
        ({"frequency": "intercept", "frequency_levels": ["a", "b"]}, "cannot be called"),
        ({"covariates": ["age", "age"]}, "'age' is named twice"),
        ({"covariates": ["n"]}, "'n' has two roles, outcome and covariate"),
        ({"exposure": "w", "weight": "w"}, "'w' has two roles, exposure and weight"),
        ({"department": " "}, "the name is empty"),
        ({"scales": [Scale("s", ["q1"]), Scale("s", ["q2"])]}, "Two scales are named 's'"),
        ({"scales": [Scale("s", ["q1"]), Scale("z", ["q1"])]}, "'q1' has two roles"),
    ],
)
def test_contradictions(parts, message):
    with pytest.raises(CodebookError, match=message):
        Codebook(outcome="n", team="t", **parts)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"outcome": 3}, "give a column name, not 3"),
        ({"covariates": "age"}, "give a list of names, not 'age'"),
        ({"frequency": "f", "frequency_levels": "abc"}, "give a list of levels"),
        ({"frequency": 7, "frequency_levels": ["a", "b"]}, "give a list of names"),
        ({"scales": ["s"]}, "'s' is not a Scale"),
    ],
)
def test_wrong_types(parts, message):
    with pytest.raises(ArgumentTypeError, match=message):
        Codebook(**{"outcome": "n", "team": "t", **parts})


def test_a_department_or_an_item_may_be_a_covariate():
    book = Codebook(
        outcome="n",
        team="t",
        department="d",
        covariates=["d", "q1"],
        scales=[Scale("s", ["q1", "q2"])],
    )
    assert book.items == ("q1", "q2")


def test_codebooks_are_values():
    def make():
        return Codebook(outcome="n", team="t", frequency="f", frequency_levels=["a", "b"])

    assert make() == make()
    assert len({make(), make()}) == 1
    with pytest.raises(AttributeError):
        make().outcome = "m"


def test_the_repr_makes_the_codebook_again():
    book = Codebook(
        outcome="n",
        team="t",
        frequency=["f", "g"],
        frequency_levels={"f": ["a", "b"], "g": ["c", "d"]},
        scales=[Scale("s", ["q1", "q2"], maximum=7, reverse=["q2"])],
    )
    assert eval(repr(book)) == book
    assert "exposure" not in repr(book)
    assert repr(Codebook(outcome="n", team="t")) == "Codebook(outcome='n', team='t')"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("s", []), CodebookError, "has no items"),
        (("s", ["q", "q"]), CodebookError, "'q' is named twice"),
        (("s", "q1"), ArgumentTypeError, "give a list of names"),
        ((" ", ["q"]), CodebookError, "name is empty"),
    ],
)
def test_scales_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Scale(*arguments)


def test_scale_options_refused():
    with pytest.raises(CodebookError, match="minimum 5 should be below maximum 5"):
        Scale("s", ["q"], minimum=5)
    with pytest.raises(CodebookError, match="'q2', which is not among its items"):
        Scale("s", ["q1"], reverse=["q2"])
    with pytest.raises(ArgumentTypeError, match=r"maximum=7\.0 should be a whole number"):
        Scale("s", ["q1"], maximum=7.0)


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({"scales": None}, ArgumentTypeError, r"scales=.*give a list of Scale\(...\), not None"),
        ({"scales": "ab"}, ArgumentTypeError, "give a list of Scale"),
        ({"frequency": ""}, CodebookError, "frequency=.*the name is empty. Give the name"),
        ({"frequency": 3}, ArgumentTypeError, "give a list of names, not 3"),
        ({"frequency_levels": 3}, CodebookError, "frequency_levels are given, but no frequency"),
        ({"frequency_levels": np.array(["a"])}, CodebookError, "but no frequency"),
        (
            {"frequency": "f", "frequency_levels": [float("nan"), 1]},
            CodebookError,
            "None is no level",
        ),
    ],
)
def test_parts_of_the_wrong_kind_are_named(parts, error, said):
    with pytest.raises(error, match=said):
        Codebook(outcome="n", team="team", **parts)


@pytest.mark.parametrize("path", [3, None, ["a"]])
def test_a_path_that_is_none(path):
    with pytest.raises(ArgumentTypeError, match=r"from_toml\(path\): give a path"):
        Codebook.from_toml(path)
    with pytest.raises(ArgumentTypeError, match=r"to_toml\(path\): give a path"):
        Codebook(outcome="n", team="team").to_toml(path)


def test_a_codebook_can_be_changed_in_one_place():
    before = Codebook(
        outcome="n",
        team="team",
        frequency=("talk", "meet"),
        frequency_levels={"talk": ("no", "yes"), "meet": ("never", "ever")},
    )
    after = replace(before, outcome="m")
    assert after.outcome == "m"
    assert replace(after, outcome="n") == before


def test_answers_of_a_scale_are_one_for_each_number():
    words = ["low", "middle", "high"]
    assert Scale("s", ["q1"], maximum=3, answers=words).answers == tuple(words)
    with pytest.raises(CodebookError, match=r"answers names 3, but 1 to 5 are 5\. Name one for"):
        Scale("s", ["q1"], answers=words)
    with pytest.raises(CodebookError, match="answers"):
        Scale("s", ["q1"], maximum=3, answers=["low", "low", "high"])
