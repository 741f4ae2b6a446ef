"""Counts of single respondents in a file are of people in teams that are shown."""

import numpy as np
import xarray as xr

from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.predicted_shown import with_counts_of_shown
from learnclimate.inference.store import load_fit

#: Hides some of the teams, not all.
RULE = DisclosureRule(9)


def test_no_count_is_of_a_hidden_team(synthetic_fit):
    """Hidden teams count four hundred times as much, and so do respondents drawn from them."""
    fit, design = synthetic_fit, synthetic_fit.design
    hidden = hidden_teams_of(design, RULE)
    assert hidden.any()
    assert not hidden.all()
    groups = {str(name): fit.draws[str(name)].to_dataset() for name in fit.draws.children}
    effects = groups["posterior"]["team_effects"].copy()
    effects[{"team": np.flatnonzero(hidden), "team_effect": 0}] += 6.0
    groups["posterior"] = groups["posterior"].assign(team_effects=effects)
    apart = xr.DataTree.from_dict(groups)
    secret = np.random.SeedSequence(1)

    def largest(rule):
        told = with_counts_of_shown(apart, design, fit.model.family, rule, secret)
        return float(told["standardised"]["predicted_count"].max())

    # Of everybody, where only one of them is hidden; of the others, where all are.
    assert largest(RULE) < 200
    some = hidden_teams_of(design, DisclosureRule())
    assert (hidden & ~some).any()
    if some.any():
        assert largest(DisclosureRule()) > 200


def test_a_file_holds_no_counts_at_the_levels_given(synthetic_fit, tmp_path):
    """They would be a mixture in which those who gave a hidden level are a part."""
    assert "predicted_count_observed" in synthetic_fit.draws["standardised"]
    synthetic_fit.save(tmp_path / "fit.nc")
    told = load_fit(tmp_path / "fit.nc").draws["standardised"]
    assert "predicted_count_observed" not in told
    assert "predicted_count" in told
