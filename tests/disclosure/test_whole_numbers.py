"""
A solver over one publication: what files, report and workbook tell together, in whole numbers.

Nothing is asked of functions by name: every file of the folder is read, and every number of
people beside the name of a team or of an answer counts as told.
"""

import re
from itertools import product

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import learnclimate as lc
from learnclimate.cli.results import write_results
from learnclimate.disclosure.rule import DisclosureRule, too_small
from learnclimate.inference import small_groups
from learnclimate.reporting.answers import ask

# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

LEVELS = ["never", "yearly", "monthly", "weekly"]
#: More are shown than there are answers, so that lists of the two in a file differ in length.
TEAMS = {"Aachen": 3, "Bonn": 12, "Celle": 9, "Dachau": 15, "Essen": 14, "Fulda": 13, "Gera": 11}
NEVER = 2
NUMBER_OF_PEOPLE = re.compile(r"respondents|people|size|\bn\b", re.IGNORECASE)


def make_survey():
    rng = np.random.default_rng(20260303)
    frame = pd.DataFrame({"team": np.repeat([*TEAMS], [*TEAMS.values()])})
    level = 1 + np.arange(len(frame)) % 3
    level[-NEVER:] = 0
    frame["talk"] = np.array(LEVELS, dtype=object)[level]
    frame["learnt"] = rng.poisson(1.5 + level)
    codebook = lc.Codebook(outcome="learnt", team="team", frequency="talk", frequency_levels=LEVELS)
    return lc.read_survey(frame, codebook)


def published(folder):
    """Files of a study: fit, tables, workbook, report."""
    fit = lc.fit(lc.CountModel(), make_survey(), draws=100, seed=1, progress=False)
    write_results(ask(fit), folder, language="en")
    return folder


def in_tables(folder):
    """Every table of every file, cells as text."""
    for path in folder.rglob("*.csv"):
        yield pd.read_csv(path)
    for path in folder.rglob("*.xlsx"):
        yield from pd.read_excel(path, sheet_name=None).values()
    for path in folder.rglob("*.html"):
        for table in re.findall(r"<table.*?</table>", path.read_text("utf-8"), re.DOTALL):
            lines = [
                [
                    re.sub(r"<[^>]+>", "", cell).strip()
                    for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
                ]
                for line in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
            ]
            whole = [line for line in lines[1:] if len(line) == len(lines[0])]
            yield pd.DataFrame(whole, columns=lines[0])


def told(folder):
    """Numbers of people by name of a group; the whole under the name ``all``."""
    found = {}
    for table in in_tables(folder):
        columns = [place for place, name in enumerate(table) if NUMBER_OF_PEOPLE.search(str(name))]
        for row in table.itertuples(index=False):
            named = {str(cell) for cell in row} & {*TEAMS, *LEVELS}
            # Beside two names it is not said which of them a number is of.
            for name, place in product(named if len(named) == 1 else (), columns):
                number = pd.to_numeric(str(row[place]), errors="coerce")
                if np.isfinite(number):
                    found.setdefault(name, set()).add(int(number))
    for path in folder.rglob("*.nc"):
        with h5py.File(path) as file:
            file.visititems(lambda _, held: take(held, found))
    return found


def take(held, found):
    """Sizes of a file: arrays as long as a list of names that stands beside them."""
    if not isinstance(held, h5py.Group):
        return
    arrays = {name: one[...] for name, one in held.items() if isinstance(one, h5py.Dataset)}
    for names in arrays.values():
        if names.dtype.kind not in "OS" or names.ndim != 1:
            continue
        known = [re.sub(r"^talk\[|\]$", "", as_text(one)) for one in names]
        for name, values in arrays.items():
            if values.dtype.kind in "if" and values.shape == names.shape and "size" in name:
                for group, number in zip(known, values, strict=True):
                    if np.isfinite(number) and group in {*TEAMS, *LEVELS}:
                        found.setdefault(group, set()).add(int(number))
    if "n_respondents" in arrays and arrays["n_respondents"].ndim == 0:
        found.setdefault("all", set()).add(int(arrays["n_respondents"]))


def as_text(one):
    return one.decode() if isinstance(one, bytes) else str(one)


def solved(numbers):
    """Least and greatest size of each group over all whole tables of team by level."""
    cells = list(product(TEAMS, LEVELS))
    lines = {
        group: np.array([group in cell for cell in cells], dtype=float)
        for group in (*TEAMS, *LEVELS)
    }
    every = np.ones(len(cells))
    rows = [every if group == "all" else lines[group] for group in numbers]
    sums = [next(iter(own)) for own in numbers.values()]
    # No team is empty.
    known = [LinearConstraint(np.array(rows), sums, sums)]
    known.append(LinearConstraint(np.array([lines[team] for team in TEAMS]), 1, np.inf))
    found = {}
    for group, line in lines.items():
        ends = []
        for sign in (1, -1):
            best = milp(sign * line, constraints=known, integrality=every, bounds=Bounds(0, np.inf))
            assert best.success
            ends.append(round(sign * best.fun))
        found[group] = tuple(ends)
    return found


def test_no_whole_numbers_but_several_agree_with_all_that_is_published(tmp_path):
    numbers = told(published(tmp_path))
    assert all(len(own) == 1 for own in numbers.values()), numbers
    assert numbers["all"] == {sum(TEAMS.values())}
    # What may be told was found: the attack is no attack on nothing.
    assert numbers["Fulda"] == {TEAMS["Fulda"]}
    assert "monthly" in numbers
    assert not {"Aachen", "never"} & numbers.keys()
    for group, (least, most) in solved(numbers).items():
        assert most > least or least >= DisclosureRule().minimum, (group, least)


def test_without_protection_from_subtraction_the_small_team_is_solved_for(tmp_path, monkeypatch):
    def alone(counts, rule, **_):
        return too_small(counts, rule)

    monkeypatch.setattr(small_groups, "suppress_teams", alone)
    assert solved(told(published(tmp_path)))["Aachen"] == (3, 3)
