"""Outputs in which not all respondents count, beside those in which they do."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.counts import design_from_survey
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement import agreement, answers, team_privacy
from subtraction import bounds_of_hidden

# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

#: Aachen is small, and Bonn protects it. Of Celle, too few answered an item to protect it there.
TEAMS = {"Aachen": 3, "Bonn": 12, "Celle": 5, "Dachau": 15, "Essen": 11, "Fulda": 10}
ITEMS = ["a", "b", "c"]


@pytest.fixture(scope="module", params=["an item left open", "all items left open"])
def survey(request):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"team": [team for team, size in TEAMS.items() for _ in range(size)]})
    frame["talk"] = np.where(np.arange(len(frame)) % 2, "weekly", "never")
    frame["learnt"] = rng.poisson(3, len(frame))
    shared = rng.normal(0, 1, len(frame))
    for item in ITEMS:
        frame[item] = np.clip(np.rint(3 + shared + rng.normal(0, 0.7, len(frame))), 1, 5)
    one = np.flatnonzero(frame["team"] == "Celle")[0]
    frame.loc[one, ["b"] if request.param.startswith("an item") else ITEMS] = np.nan
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=["never", "weekly"],
        scales=[lc.Scale("room", ITEMS)],
    )
    return lc.read_survey(frame, codebook)


def sizes_told(tables):
    """Every number of respondents beside a team; of two, the larger is the team's."""
    found = {}
    for table in tables:
        known = table[table["team"].notna() & table["n_respondents"].notna()]
        for team, number in zip(known["team"], known["n_respondents"], strict=True):
            found[team] = max(found.get(team, 0), int(number))
    return found


def outputs(survey):
    options = {"draws": 100, "seed": 1, "progress": False}
    fit = lc.fit(lc.CountModel(), survey, **options)
    factor = lc.fit(lc.FactorModel("room"), survey, **options)
    return [
        lc.team_effects(fit, "intercept").summary,
        lc.agreement(survey, "room", draws=100).summary,
        lc.scale_scores(survey, "room", draws=100, missing_allowed=1).summary,
        lc.factor_scores(factor, draws=100).summary,
    ]


def bounds(survey):
    """What a team's size can be, from all that is told of sizes and their sum."""
    names = [*TEAMS]
    told = sizes_told(outputs(survey))
    equations = [({names.index(team): 1.0}, float(size)) for team, size in told.items()]
    equations.append((dict.fromkeys(range(len(names)), 1.0), float(len(survey.frame))))
    return dict(zip(names, bounds_of_hidden(len(names), equations).tolist(), strict=True))


def test_a_scale_shows_no_team_that_protects_another_elsewhere(survey):
    lowest, highest = bounds(survey)["Aachen"]
    assert highest - lowest >= 5


def test_the_attack_succeeds_where_scales_hide_by_their_own_answers(survey, monkeypatch):
    """Bonn, told there, less the rest of the study: three at Aachen."""
    own = team_privacy.hidden_teams

    def by_own_answers(given, rule):
        answered = ~np.isnan(given.values)
        fewest = np.array(
            [answered[given.team == team].sum(axis=0).min() for team in range(len(given.teams))]
        )
        hidden = team_privacy.suppress_teams(fewest, rule, teams=given.sorted_by[0])
        return own(given, rule)[0], hidden

    for module in (team_privacy, agreement):
        monkeypatch.setattr(module, "hidden_teams", by_own_answers)
    # Nor does any output hide what few answered elsewhere.
    for module in (design_from_survey, answers):
        monkeypatch.setattr(module, "hidden_by_few_answers", lambda *_: frozenset())
    assert bounds(survey)["Aachen"] == pytest.approx([3, 3])


def test_a_lowered_minimum_still_tells_more(survey):
    factor = lc.fit(lc.FactorModel("room"), survey, draws=100, seed=1, progress=False)
    public = DisclosureRule(2, reason="made-up answers")
    shown = lc.factor_scores(factor, draws=100, rule=public).summary
    assert shown.loc[shown["team"] == "Aachen", "n_respondents"].tolist() == [3]
