"""Pseudonyms hide the same teams as names do: else the two, laid side by side, give one away."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.checks.kinds_groups import by_teams
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.behind_pseudonyms import hidden_at
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.small_groups import hidden_departments, hidden_teams
from learnclimate.measurement.agreement import agreement
from learnclimate.measurement.factor_design import factor_design

# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

RULES = [DisclosureRule(), DisclosureRule(7), DisclosureRule(10), DisclosureRule(200)]
#: Carla is small; by name Dorothea protects it, by code Bruno would.
SIZES = {"Anton": 12, "Bruno": 8, "Carla": 3, "Dorothea": 20, "Emil": 9, "Frieda": 14}
CODES = {name: f"T-{9 - place}" for place, name in enumerate(SIZES)}
PLACES = {"here": "D-6", "there": "D-5", "a": "D-4", "b": "D-3", "c": "D-2", "d": "D-1"}
ITEMS = ["one", "two", "three"]
OPTIONS = {"draws": 100, "seed": 1, "progress": False, "engine": "marginal"}

DEPARTMENTS = {
    "one": dict.fromkeys(SIZES, "here"),
    "two": {name: "here" if name < "D" else "there" for name in SIZES},
    # A department that is one small team is protected by a team of the department after it.
    "alone": dict(zip(SIZES, ["a", "a", "b", "c", "c", "d"], strict=True)),
}


def survey_of(department):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"team": np.repeat(list(SIZES), list(SIZES.values()))})
    frame["place"] = frame["team"].map(department)
    frame["learnt"] = rng.poisson(3, len(frame))
    frame["talk"] = np.array(["never", "monthly", "weekly"])[np.arange(len(frame)) % 3]
    for item in ITEMS:
        frame[item] = rng.integers(1, 6, len(frame))
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        department="place",
        frequency="talk",
        frequency_levels=["never", "monthly", "weekly"],
        scales=[lc.Scale("room", ITEMS)],
    )
    return lc.read_survey(frame, codebook)


def write_table(path, teams, places):
    lines = [f"team,{name},{code}" for name, code in teams.items()]
    lines += [f"department,{name},{code}" for name, code in places.items()]
    path.write_text("\n".join(["role,name,pseudonym", *lines]), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=DEPARTMENTS)
def surveys(request, tmp_path_factory):
    named = survey_of(DEPARTMENTS[request.param])
    table = write_table(tmp_path_factory.mktemp("table") / "names.csv", CODES, PLACES)
    return named, lc.pseudonymise(named, table)


@pytest.fixture(scope="module")
def fits(surveys):
    model = lc.CountModel(team_effects=["intercept"])
    return [lc.fit(model, survey, **OPTIONS) for survey in surveys]


def named_teams(teams, hidden):
    names = {code: name for name, code in CODES.items()}
    return {names.get(team, team) for team in np.asarray(teams).astype(str)[hidden].tolist()}


def hidden_names(fit, rule):
    return named_teams(fit.draws["constant_data"]["team"], hidden_teams(fit.draws, rule))


def test_the_order_of_codes_is_another(surveys):
    named, coded = surveys
    assert list(coded.name_order["team"]) == list(CODES.values())
    assert sorted(CODES.values()) != list(CODES.values())
    assert named.name_order == {}


@pytest.mark.parametrize("rule", RULES[:3])
def test_descriptions_and_answers_about_scales_hide_the_same_teams(surveys, rule):
    tables = [dict(one.describe().tables)["Team sizes"] for one in surveys]
    pd.testing.assert_frame_equal(*tables)
    hidden = []
    for survey in surveys:
        told = agreement(survey, "room", draws=100, rule=rule).summary
        told = told[told["team"].notna()]
        hidden.append(named_teams(told["team"], told["suppressed"].to_numpy()))
    assert hidden[0] == hidden[1]
    assert "Carla" in hidden[0]


def test_fits_hide_the_same_teams(fits):
    assert hidden_names(fits[0], RULES[0]) == hidden_names(fits[1], RULES[0])
    assert len(hidden_names(fits[1], RULES[0])) == 2
    for rule in RULES:
        # Teams that a smaller minimum hides stay hidden.
        assert hidden_names(fits[0], rule) <= hidden_names(fits[1], rule)
        for fit in fits:
            own = named_teams(fit.design.teams, hidden_teams_of(fit.design, rule))
            assert own == hidden_names(fit, rule)


def test_files_hide_the_same_teams_and_hold_no_place_of_a_name(fits, tmp_path):
    fit = fits[1]
    fit.save(tmp_path / "rows.nc", include_respondents=True)
    fit.save(tmp_path / "fit.nc")
    with_rows, without = (lc.load_fit(tmp_path / name) for name in ("rows.nc", "fit.nc"))
    absent = hidden_names(fit, RULES[0])
    for rule in RULES:
        assert hidden_names(with_rows, rule) == hidden_names(fit, rule)
        own = named_teams(with_rows.design.teams, hidden_teams_of(with_rows.design, rule))
        assert own == hidden_names(fit, rule)
        assert hidden_names(without, rule) | absent == hidden_names(fit, rule)
    places = [list(CODES.values()).index(code) for code in sorted(CODES.values())]
    for values in with_rows.draws["constant_data"].data_vars.values():
        if values.dims == ("team",) and values.dtype.kind in "iuf":
            assert values.to_numpy().argsort(kind="stable").argsort().tolist() != places


def test_factor_models_hide_the_same_teams(surveys, fits):
    named, coded = (factor_design(lc.FactorModel("room", levels="team"), one) for one in surveys)
    assert named.hidden_from is None
    hidden = named_teams(coded.teams, hidden_at(coded.hidden_from, RULES[0]))
    assert hidden == hidden_names(fits[0], RULES[0])


def test_departments_of_hidden_teams_are_hidden(fits):
    hidden = []
    for fit in fits:
        constant = fit.draws["constant_data"].to_dataset()
        names = np.unique(constant["team_department"].to_numpy().astype(str))
        known = xr.Dataset(coords={"department": names})
        draws = xr.DataTree.from_dict({"posterior": known, "constant_data": constant})
        hidden.append(set(names[hidden_departments(draws, RULES[0])].tolist()))
    assert hidden[0] == ({"b", "c"} if len(names) == 4 else set())
    assert {PLACES[name] for name in hidden[0]} <= hidden[1]


def test_kinds_hide_the_same_teams(tmp_path):
    named = lc.simulate_survey(n_teams=8, team_size=9, truth=lc.KindsTruth(), seed=3)
    teams = named.frame["team"].cat.categories
    small = named.frame.index[named.frame["team"] == teams[4]][3:]
    named = replace(named, frame=named.frame.drop(small))
    codes = {name: f"T-{90 - place}" for place, name in enumerate(teams)}
    coded = lc.pseudonymise(named, write_table(tmp_path / "names.csv", codes, {}))
    hidden = []
    for survey in (named, coded):
        fit = make_kinds_fit(survey)
        draws, told = fit.draws, by_teams(fit.design, RULES[0])
        own = set(draws["constant_data"]["team"].to_numpy()[hidden_teams(draws, RULES[0])])
        compared = zip(told.labels, told.shown.any(axis=1), strict=True)
        assert own == {label["team"] for label, shown in compared if not shown}
        hidden.append(own)
    assert hidden == [{teams[4], teams[5]}, {codes[teams[4]], codes[teams[5]]}]
