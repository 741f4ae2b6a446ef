import numpy as np
import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.plots.interviews import _TEXTS


@pytest.fixture(scope="module")
def chosen(synthetic_fit):
    return lc.select_teams(synthetic_fit, strong=3, typical=2, weak=1)


def test_each_team_stands_at_its_own_probability(chosen):
    (axes,) = lc.plots.interview_selection(chosen).axes
    table = chosen.summary[chosen.summary["estimand"] == "chosen_team"]
    names = {
        round(y): text.get_text()
        for y, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }
    for kind in ("strong", "typical", "weak"):
        (marks,) = [drawn for drawn in axes.collections if drawn.get_gid() == kind]
        found = {names[round(y)]: x for x, y in marks.get_offsets()}
        own = table[table["contrast"] == kind].set_index("team")["probability"]
        assert found == pytest.approx(own.to_dict())
    assert np.diff(axes.get_yticks()).min() >= 1


def test_kinds_differ_by_shape_not_only_by_colour(chosen):
    (axes,) = lc.plots.interview_selection(chosen).axes
    marks = [
        drawn for drawn in axes.collections if drawn.get_gid() in ("strong", "typical", "weak")
    ]
    shapes = [len(drawn.get_paths()[0].vertices) for drawn in marks]
    first, last = (drawn.get_paths()[0].vertices for drawn in (marks[0], marks[-1]))
    assert shapes[1] != shapes[0]
    assert first[:3].max() != pytest.approx(last[:3].max()) or not np.allclose(first, last)


def test_figures_beside_the_teams_are_those_of_the_table(chosen):
    (axes,) = lc.plots.interview_selection(chosen, language="nl").axes
    row = chosen.summary.iloc[0]
    wanted = f"×{np.exp(row['median']):.2f}".replace(".", ",")
    texts = [text.get_text() for text in axes.texts]
    assert any(text.startswith(wanted) for text in texts)
    right = chosen.summary.query("estimand == 'right_choices' and contrast == 'strong'")["mean"]
    assert f"verwacht juist: {right.item():.1f} van 3".replace(".", ",", 1) in texts


def test_a_kind_that_was_not_asked_for_is_left_out(synthetic_fit):
    chosen = lc.select_teams(synthetic_fit, strong=2, typical=0, weak=0)
    (axes,) = lc.plots.interview_selection(chosen).axes
    assert [text.get_text() for text in axes.texts if "relation" in text.get_text()] == [
        "strong relation"
    ]


def test_languages_say_the_same_things():
    assert {*_TEXTS["en"]} == {*_TEXTS["nl"]}


def test_anything_else_is_refused(chosen, synthetic_fit):
    for wrong in ("T01", lc.team_effects(synthetic_fit)):
        with pytest.raises(ArgumentTypeError, match=r"select_teams\(fit\)"):
            lc.plots.interview_selection(wrong)
    with pytest.raises(ArgumentError, match="language"):
        lc.plots.interview_selection(chosen, language="de")
