"""Everything that a description tells of small cells, attacked by subtraction and by the rule."""

import itertools

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.rule import DisclosureRule, suppress, too_small
from learnclimate.survey import hidden_groups
from subtraction import bounds_of_hidden

#: A department that is one team of three, a level of two, a language of two, one of four men.
TEAMS = {"Kiel": ("north", 3), "Lund": ("south", 12), "Metz": ("south", 4), "Nice": ("south", 9)}
TEAMS |= {"Oslo": ("west", 14), "Pisa": ("west", 11), "Riga": ("west", 13)}
SMALL = {
    "talk": {"never": 2},
    "language": {"fo": 2},
    "gender": {"x": 4},
    "department": {"north": 3},
}
LEVELS = ["never", "monthly", "weekly"]


def frame():
    rows = [(team, place) for team, (place, size) in TEAMS.items() for _ in range(size)]
    answers = pd.DataFrame(rows, columns=["team", "department"])
    place = np.arange(len(answers))
    answers["talk"] = np.array(LEVELS, dtype=object)[1 + place % 2]
    answers["language"] = np.where(place % 3, "nl", "de")
    answers["gender"] = np.where(place % 2, "m", "f")
    answers.loc[[10, 30], "talk"] = "never"
    answers.loc[[5, 40], "language"] = "fo"
    # One of them at the smallest team.
    answers.loc[[1, 20, 33, 60], "gender"] = "x"
    answers["learnt"] = 1 + place % 7
    return answers


CODEBOOK = lc.Codebook(
    outcome="learnt",
    team="team",
    department="department",
    frequency="talk",
    frequency_levels=LEVELS,
    covariates=["department", "language", "gender"],
)


def told_of(column, minimum=5):
    """How many gave each answer, as the description tells; and how many in all."""
    described = lc.read_survey(frame(), CODEBOOK).describe(rule=DisclosureRule(minimum))
    table = next(table for title, table in described.tables if title.endswith(f": {column}"))
    known = table[table["respondents"] != "hidden"]
    # A share times the whole is a number, too.
    assert (table["share"] == "").equals(table["respondents"] == "hidden")
    return dict(zip(known["answer"], known["respondents"].astype(int), strict=True)), len(frame())


def bounds(column, minimum=5):
    names = sorted(frame()[column].unique())
    told, together = told_of(column, minimum)
    equations = [({names.index(name): 1.0}, float(size)) for name, size in told.items()]
    equations.append((dict.fromkeys(range(len(names)), 1.0), float(together)))
    found = bounds_of_hidden(len(names), equations)
    return {name: tuple(one) for name, one in zip(names, found.tolist(), strict=True)}


@pytest.mark.parametrize("minimum", [5, 8])
@pytest.mark.parametrize("column", SMALL)
def test_no_small_cell_follows_from_what_is_told(column, minimum):
    truth = frame()[column].value_counts().to_dict()
    found = bounds(column, minimum)
    for name, size in truth.items():
        lowest, highest = found[name]
        assert lowest <= size <= highest
        if size < minimum:
            assert highest - lowest >= 4


@pytest.mark.parametrize("column", ["talk", "language", "gender"])
def test_who_knows_the_rule_can_tell_no_small_cell(column):
    """All studies that agree with what is told, and that the rule would have told so."""
    truth = frame()[column].value_counts()
    names = LEVELS if column == "talk" else sorted(truth.index)
    order = None if column == "talk" else names
    sizes = truth.reindex(names).to_numpy()
    hidden = suppress(sizes, DisclosureRule(), order=order)
    told, together = told_of(column)
    assert set(told) == {name for name, hide in zip(names, hidden, strict=True) if not hide}
    left = together - sum(told.values())
    possible = []
    for some in itertools.product(range(1, left + 1), repeat=int(hidden.sum())):
        other = sizes.copy()
        other[hidden] = some
        same = np.array_equal(suppress(other, DisclosureRule(), order=order), hidden)
        if sum(some) == left and same:
            possible.append(some)
    # Not even which of them is small, nor how many the smallest holds.
    assert all(len({one[place] for one in possible}) >= 3 for place in range(int(hidden.sum())))


def test_the_attack_succeeds_where_nothing_protects(monkeypatch):
    for function in ("suppress", "suppress_blocks"):
        monkeypatch.setattr(
            hidden_groups, function, lambda sizes, rule, **_: too_small(sizes, rule)
        )
    assert bounds("language")["fo"] == pytest.approx((2, 2))
    assert bounds("talk")["never"] == pytest.approx((2, 2))
