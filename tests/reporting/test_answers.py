from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.inference.store import load_fit
from learnclimate.reporting.answers import ask
from learnclimate.reporting.method import method_sentences
from learnclimate.reporting.quantities import Quantity


def test_levels_follow_the_codebook(answers, survey):
    (answer,) = answers.frequencies
    assert tuple(level.level for level in answer.levels) == survey.codebook.levels_of("talk")
    assert answer.levels[0].ratio is None
    assert answer.levels[-1].ratio == answer.ratio


def test_respondents_of_levels_add_up_where_shown(answers, survey):
    counts = survey.frame["talk"].value_counts()
    for level in answers.frequencies[0].levels:
        if level.respondents is not None:
            assert level.respondents == counts[level.level]


def test_the_truth_lies_in_the_interval(answers, survey):
    ratio = answers.frequencies[0].ratio
    assert ratio.lower < np.exp(survey.truth.parameters.frequency_effect) < ratio.upper


def test_a_relation_of_fewer_activities_is_told_apart(answers, fewer_fit):
    (answer,) = ask(fewer_fit).frequencies
    assert answer.ratio.upper < 1
    assert answer.teams.falling
    assert not answers.frequencies[0].teams.falling


def test_small_teams_are_not_among_the_results(small_team_answers, small_teams):
    teams = small_team_answers.frequencies[0].teams
    assert teams.n_shown <= teams.n_teams - len(small_teams)
    assert not {team.team for team in teams.ranked} & set(small_teams)


def test_team_effects_are_ratios_to_the_average_team(answers, synthetic_fit):
    best = answers.frequencies[0].teams.ranked[0]
    draws = synthetic_fit.draws["posterior"]["team_effects"].sel(team=best.team, team_effect="talk")
    assert best.effect.median == pytest.approx(float(np.exp(draws.median())))


def test_the_overall_count_is_that_of_the_answers_given(answers, synthetic_fit):
    observed = synthetic_fit.draws["standardised"]["expected_count_observed"].to_numpy()
    assert answers.overall.lower == pytest.approx(np.quantile(observed, 0.05))
    assert answers.overall.median == pytest.approx(np.median(observed))


def test_a_study_without_frequency_tells_levels_only(no_frequency_fit):
    answers = ask(no_frequency_fit)
    assert answers.frequencies == ()
    assert answers.levels is not None
    assert answers.levels.frequency is None
    assert {table for table, _, _ in answers.results} == {
        *("expected_counts", "team_effects", "team_ranks")
    }


def test_a_wider_interval_is_wider(synthetic_fit, answers):
    wide = ask(synthetic_fit, interval=0.99).frequencies[0].ratio
    assert (
        wide.upper - wide.lower
        > answers.frequencies[0].ratio.upper - answers.frequencies[0].ratio.lower
    )


def test_an_impossible_interval_is_refused(synthetic_fit):
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        ask(synthetic_fit, interval=90)


def test_exponentials_keep_the_probability():
    assert Quantity(0.0, -1.0, 1.0, 0.4).exponentiated().probability == 0.4


def test_what_nobody_answered_makes_no_headline(answers):
    """Levels without anybody at both ends: the ratio is of the ends that somebody gave."""
    (name,) = answers.fit.coding.frequency_names
    tree = answers.fit.draws.copy()
    constant = tree["constant_data"].to_dataset()
    sizes = constant["level_size"].to_numpy().copy()
    sizes[[0, -1]] = 0
    tree["constant_data"] = constant.assign(level_size=(constant["level_size"].dims, sizes))
    fit = replace(answers.fit, draws=tree)
    (answer,) = ask(fit).frequencies
    low, high = answer.asked[1], answer.asked[-2]
    assert (answer.low, answer.high) == (low, high)
    inner = rate_ratio(fit, high, low, population="study", frequency=name).summary.iloc[0]
    assert answer.ratio.median == inner["median"]
    assert [level.level for level in answer.levels] == list(answer.asked)
    assert answer.levels[0].ratio.median < 1


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_report_of_a_file_states_the_minimum_that_holds(loaded_fit, language):
    words = {
        minimum: " ".join(
            method_sentences(
                ask(loaded_fit, rule=DisclosureRule(minimum, reason="open data")),
                language=language,
            )[2]
        )
        for minimum in (2, 8)
    }
    # The file was saved at five: at two it holds no team of two to four either.
    assert " 5 respond" in words[2]
    assert " 2 respond" not in words[2]
    assert "open data" not in words[2]
    assert " 8 respond" in words[8]


def test_what_was_saved_at_a_larger_minimum_is_told_at_that(small_team_fit, tmp_path):
    small_team_fit.save(tmp_path / "fit.nc", rule=DisclosureRule(8))
    loaded = load_fit(tmp_path / "fit.nc")
    assert ask(loaded).rule == DisclosureRule(8)
    loaded.save(tmp_path / "again.nc")
    assert ask(load_fit(tmp_path / "again.nc")).rule == DisclosureRule(8)
    assert ask(small_team_fit).rule == DisclosureRule()
