"""Numbers are described without telling anybody's own, nor what hangs on hidden teams."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.describe_numbers import number_told

BOOK = lc.Codebook(
    outcome="n",
    team="team",
    frequency="talk",
    frequency_levels=["never", "weekly"],
    covariates=["tenure"],
)
NAMES = ["mean", "lowest quarter up to", "median", "highest quarter from"]


def frame(sizes, tenure):
    team = np.repeat([f"t{place}" for place in range(len(sizes))], sizes)
    place = np.arange(len(team))
    talk = np.array(["never", "weekly"], dtype=object)[place % 2]
    return pd.DataFrame({"team": team, "talk": talk, "n": 1 + place % 4, "tenure": tenure})


def told(answers, minimum=5):
    described = lc.read_survey(answers, BOOK).describe(rule=DisclosureRule(minimum))
    return dict(described.tables)["Covariates that are numbers"].iloc[0].to_dict()


def test_commas_were_read_as_decimals():
    exact = np.random.default_rng(1).normal(7.2, 1.1, size=96).round(1)
    written = [f"{one:.1f}".replace(".", ",") for one in exact]
    row = told(frame([12] * 8, written))
    assert row["covariate"] == "tenure"
    figures = np.array([float(row[name]) for name in NAMES])
    quarters = np.quantile(exact, [0.25, 0.5, 0.75])
    assert figures == pytest.approx([exact.mean(), *quarters], abs=0.11)


def test_neither_the_lowest_nor_the_highest_is_told():
    tenure = np.r_[0.7, np.tile([10.0, 11.0, 12.0, 13.0], 24)[:94], 47.3]
    row = told(frame([12] * 8, tenure))
    assert not {"0.7", "47.3", "47", "0.5"} & set(row.values())
    moved = told(frame([12] * 8, np.r_[3.1, tenure[1:]]))
    assert {name: moved[name] for name in NAMES} == {name: row[name] for name in NAMES}


def test_what_people_in_hidden_teams_have_tells_nothing():
    sizes, tenure = [12, 3, 4, 12, 12, 12], np.linspace(1, 20, 55).round(1)
    other = tenure.copy()
    other[12:19] = [40.0, 1.0, 33.0, 2.0, 2.0, 38.0, 40.0]
    assert told(frame(sizes, tenure)) == told(frame(sizes, other))


@pytest.mark.parametrize(("n", "minimum", "is_told"), [(19, 5, 0), (20, 5, 1), (36, 10, 0)])
def test_quarters_of_few_are_not_told(n, minimum, is_told):
    row = number_told("tenure", pd.Series(np.arange(float(n))), DisclosureRule(minimum))
    assert (row["median"] != "hidden") == is_told


def test_a_number_of_two_values_is_told_as_a_category_is():
    few = number_told("leads", pd.Series([1.0] * 3 + [0.0] * 97), DisclosureRule())
    assert few["mean"] == "hidden"
    many = number_told("leads", pd.Series([1.0] * 30 + [0.0] * 70), DisclosureRule())
    assert float(many["mean"]) == pytest.approx(0.3, abs=0.05)
    assert many["median"] == ""
    same = number_told("leads", pd.Series([1.0] * 30), DisclosureRule())
    assert same["mean"] == "1.00"


def test_one_number_mistyped_does_not_make_the_quarters_false():
    tenure = pd.Series([*np.repeat(np.arange(1.0, 13.0), 10), 2019.0])
    row = number_told("tenure", tenure, DisclosureRule())
    quarters = [float(row[name]) for name in NAMES[1:]]
    assert quarters == pytest.approx(np.quantile(tenure, [0.25, 0.5, 0.75]), abs=0.2)
    assert "2019" not in "".join(row.values())


def test_a_raised_minimum_tells_no_number_that_the_default_hides():
    """Two people with the other value sit in a team of six: at eight they would be told absent."""
    sizes = [6, *[12] * 6]
    leads = np.zeros(sum(sizes))
    leads[:2] = 1
    answers = frame(sizes, leads)
    assert told(answers)["mean"] == "hidden"
    assert told(answers, minimum=8)["mean"] == "hidden"
    # The control: of the teams shown at eight alone, nobody differs.
    alone = number_told("leads", pd.Series(leads[6:]), DisclosureRule(8))
    assert alone["mean"] == "0.00"


def test_a_raised_minimum_rounds_to_no_smaller_unit():
    sizes = [6, *[12] * 8]
    pay = np.random.default_rng(2).normal(3000, 400, sum(sizes)).round()
    pay[0] = 25_000
    units = []
    for minimum in (5, 8):
        mean = told(frame(sizes, pay), minimum)["mean"]
        units.append(len(mean) - len(mean.rstrip("0")))
    assert units[1] >= units[0] > 0
