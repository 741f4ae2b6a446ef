from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.checks.bins import lowest_of_option
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.checks.residuals import Ranks, _histogram, residuals_of
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.rule import DisclosureRule


def ranks_of(design, counts):
    ranks = Ranks(design, len(counts))
    blocks = ((rows, counts[:, rows]) for rows in np.array_split(np.arange(design.n_rows), 3))
    assert sum(len(rows) for rows, _ in ranks.watching(blocks)) == design.n_rows
    return ranks


def test_answers_that_are_exchangeable_with_new_counts_are_uniform(synthetic_fit):
    rng = np.random.default_rng(1)
    design, distances = synthetic_fit.design, []
    for _ in range(200):
        counts = rng.poisson(1.3, (100, design.n_rows))
        own = replace(design, outcome=rng.poisson(1.3, design.n_rows))
        found = residuals_of(own, ranks_of(own, counts), rng, DisclosureRule())
        distances.append(found.probability)
    assert stats.kstest(distances, "uniform").pvalue > 0.01


def test_the_transform_lies_between_the_shares_below_and_up_to_the_answer(synthetic_fit):
    rng = np.random.default_rng(2)
    design = synthetic_fit.design
    counts = rng.poisson(3.0, (999, design.n_rows))
    ranks = ranks_of(design, counts)
    transform = ranks.transform(rng)
    below = (counts < design.outcome).sum(axis=0) / 1000
    upto = ((counts <= design.outcome).sum(axis=0) + 1) / 1000
    assert ((below <= transform) & (transform <= upto)).all()


def test_answers_in_bins_of_two_versions_are_ranked_in_the_bins_of_both(synthetic_fit):
    """An answer of "3-5" in one version is one of "1-5" in the other: new counts are told so."""
    rng = np.random.default_rng(3)
    common, fine = np.array([0, 1, 6]), np.array([0, 1, 3, 6])
    design = synthetic_fit.design
    answers = lowest_of_option(rng.poisson(3.0, design.n_rows), fine)
    counts = lowest_of_option(rng.poisson(3.0, (500, design.n_rows)), common)
    own = replace(design, outcome=answers)
    ranks = Ranks(own, len(counts), asked=common)
    assert len(list(ranks.watching(iter([(np.arange(design.n_rows), counts)])))) == 1
    found = residuals_of(own, ranks, rng, DisclosureRule())
    assert found.probability > 0.01
    assert found.verdict == "good"


def test_a_true_model_has_good_residuals(fitted):
    found = posterior_predictive(fitted)
    assert found.residuals.verdict == "good"
    assert set(found.residuals.by_group["verdict"]) == {"good"}
    assert found.residuals.histogram["n_respondents"].sum() == fitted.design.n_respondents
    assert found.verdict == "good"


def test_a_wrong_family_shows_in_the_residuals(strong_poisson):
    found = posterior_predictive(strong_poisson)
    assert found.residuals.sd > 1.1
    assert found.residuals.verdict == found.verdict == "bad"


def test_ignored_teams_show_in_the_share_between_them(strong_teamless, fitted):
    def share(fit_):
        table = posterior_predictive(fit_).statistics.set_index("statistic")
        return table.loc["team share"]

    assert share(strong_teamless)["verdict"] == "bad"
    assert share(fitted)["verdict"] == "good"


def test_a_group_that_is_expected_too_low_is_found(fitted):
    design = fitted.design
    column = design.coding.covariate_labels.index("contract[temporary]")
    outcome = np.where(design.covariates[:, column] == 1, 2 * design.outcome + 2, design.outcome)
    told = posterior_predictive(replace(fitted, design=replace(design, outcome=outcome)))
    table = told.residuals.by_group.set_index(["about", "group"])
    assert table.loc[("contract", "temporary"), "verdict"] == "bad"
    assert table.loc[("contract", "temporary"), "mean"] > 0.5


def test_small_groups_are_hidden(fitted):
    design = fitted.design
    column = design.coding.covariate_labels.index("contract[temporary]")
    covariates = design.covariates.copy()
    covariates[:, column] = 0
    covariates[:3, column] = 1
    few = replace(fitted, design=replace(design, covariates=covariates))
    table = posterior_predictive(few).residuals.by_group.set_index("about").loc["contract"]
    assert table["hidden"].all()
    assert table["mean"].isna().all()


def test_team_means_are_compared_and_small_teams_hidden(fitted):
    table = posterior_predictive(fitted).team_means.set_index("team")
    design = fitted.design
    first = design.outcome[design.team == 0].mean()
    assert table["observed"].iloc[0] == pytest.approx(first)
    assert (table["verdict"] == "bad").sum() == 0
    strict = posterior_predictive(fitted, rule=DisclosureRule(11)).team_means
    small = design.team_sizes < 11
    assert strict.loc[small, "hidden"].all()
    assert strict.loc[small, "observed"].isna().all()


def test_no_bar_tells_of_fewer_than_may_be_shown():
    rng = np.random.default_rng(3)
    for n, fewest in ((5, 1), (30, 1), (96, 4), (2000, 20)):
        bars = _histogram(rng.random(n), DisclosureRule())
        assert bars["n_respondents"].min() >= 5
        assert bars["n_respondents"].sum() == n
        assert len(bars) >= fewest
        assert bars["expected"].sum() == pytest.approx(n)
        assert (bars["upper"] - bars["lower"]).round(9).nunique() == 1


def test_quarters_of_what_teams_share_hold_no_hidden_team(fitted):
    """How old each team is everybody knows: quarters less shown teams are hidden teams' sizes."""
    design, few = fitted.design, DisclosureRule(9)
    column = design.coding.covariate_labels.index("tenure")
    covariates = design.covariates.copy()
    covariates[:, column] = 3.0 * design.team
    aged = replace(fitted, design=replace(design, covariates=covariates))
    hidden = hidden_teams_of(design, few)
    assert hidden.any()
    assert not hidden.all()
    table = posterior_predictive(aged, rule=few).residuals.by_group
    quarters = table.loc[table["about"] == "tenure", "n_respondents"]
    assert quarters.sum() == design.team_sizes[~hidden].sum()
