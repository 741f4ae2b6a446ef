import re
from dataclasses import replace

import pytest

from learnclimate.estimands.confounding import e_value
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import rank_teams
from learnclimate.estimands.tipping import tipping_point
from learnclimate.estimands.variation import variance_partition
from learnclimate.reporting.language import LANGUAGES
from learnclimate.reporting.quantities import Quantity, TeamAnswer, TeamsAnswer
from learnclimate.reporting.robustness import share_sentence, strength_sentence, style_sentence
from learnclimate.reporting.sentences import (
    alike_sentence,
    certainty_sentence,
    counts_sentence,
    direction_sentence,
    hidden_sentence,
    overall_sentence,
    ratio_sentence,
    team_sentences,
)
from learnclimate.reporting.tables import level_table
from learnclimate.reporting.telling import limit_sentences, teams_note_sentences

both = pytest.mark.parametrize("language", LANGUAGES)


def numbers_in(sentence, language):
    """Read the numbers of a sentence back."""
    found = re.findall(r"(?<![\w,.])\d[\d.,]*\d|(?<![\w,.])\d", sentence)
    if language == "nl":
        found = [text.replace(".", "").replace(",", ".") for text in found]
    else:
        found = [text.replace(",", "") for text in found]
    return [float(text) for text in found]


def team(name, probability, effect=1.2):
    return TeamAnswer(name, 12, Quantity(effect, effect - 0.2, effect + 0.2), probability)


@both
def test_the_ratio_sentence_states_the_result(answers, synthetic_fit, language):
    row = rate_ratio(synthetic_fit, "weekly", "never", population="study").summary.iloc[0]
    sentence = ratio_sentence(answers.frequencies[0], interval=0.9, language=language)
    ratio, share, lower, upper = numbers_in(sentence, language)
    assert share == 90
    assert [ratio, lower, upper] == pytest.approx(
        [row["median"], row["lower"], row["upper"]], abs=0.051
    )
    assert "‘weekly’" in sentence
    assert sentence.index("‘weekly’") < sentence.index("‘never’")


@both
def test_the_counts_sentence_states_the_result(answers, synthetic_fit, language):
    rows = expected_counts(synthetic_fit, population="study").summary
    answer = answers.frequencies[0]
    sentence = counts_sentence(answer.levels[0], answer.levels[-1], interval=0.9, language=language)
    low, share, low_lower, low_upper, high, high_lower, high_upper = numbers_in(sentence, language)
    assert share == 90
    columns = ["median", "lower", "upper"]
    assert [low, low_lower, low_upper] == pytest.approx(rows.iloc[0][columns].tolist(), abs=0.051)
    assert [high, high_lower, high_upper] == pytest.approx(
        rows.iloc[-1][columns].tolist(), abs=0.051
    )


@both
def test_the_teams_sentence_states_the_ranking(answers, synthetic_fit, language):
    told = answers.frequencies[0].teams
    ranks = rank_teams(synthetic_fit, top=told.top).summary.head(told.top)
    first, chance, _ = team_sentences(told, language=language)
    named = re.findall(r"(T\d+) \(([^)]+)\)", first)
    assert [name for name, _ in named] == ranks["team"].tolist()
    for (_, words), exact in zip(named, ranks["probability"], strict=True):
        assert numbers_in(words, language)[0] == pytest.approx(100 * exact, abs=1.01)
    assert numbers_in(first, language)[-2:] == [told.top, told.n_shown]
    assert numbers_in(chance, language)[0] == pytest.approx(100 * told.top / told.n_shown, abs=0.51)


@both
@pytest.mark.parametrize(
    ("ratio", "share"),
    [
        (Quantity(3.8, 3.2, 4.5, 0.97), 97),
        (Quantity(0.5, 0.4, 0.7, 0.02), 98),
        (Quantity(1.1, 0.8, 1.4, 0.71), 71),
    ],
)
def test_the_direction_sentence_states_the_probability(ratio, share, language):
    sentence = direction_sentence(ratio, language=language)
    assert numbers_in(sentence, language)[-1] == share


def test_directions_are_told_apart():
    above = direction_sentence(Quantity(3.8, 3.2, 4.5, 0.97), language="en")
    below = direction_sentence(Quantity(0.5, 0.4, 0.7, 0.02), language="en")
    unsure = direction_sentence(Quantity(1.1, 0.8, 1.4, 0.71), language="en")
    assert "above 1" in above
    assert "open" not in above
    assert "below 1" in below
    assert "contains 1" in unsure


@both
def test_the_overall_sentence_states_the_count(language):
    sentence = overall_sentence(Quantity(0.812, 0.7, 0.934), interval=0.95, language=language)
    assert numbers_in(sentence, language) == [0.81, 95, 0.7, 0.93]


@both
def test_ratios_near_one_get_finer_numbers(answers, language):
    from dataclasses import replace

    answer = replace(answers.frequencies[0], ratio=Quantity(1.08, 0.95, 1.23, 0.8))
    sentence = ratio_sentence(answer, interval=0.9, language=language)
    assert numbers_in(sentence, language) == [1.08, 90, 0.95, 1.23]


@both
def test_teams_above_half_are_named(language):
    told = certainty_sentence([team("A", 0.8), team("B", 0.51), team("C", 0.5)], language=language)
    assert numbers_in(told, language) == [50]
    assert re.search(r"\bA (and|en) B\b", told)
    assert not re.search(r"\bC\b", told)
    assert not re.search(r"\bA\b", certainty_sentence([team("A", 0.3)], language=language))


@both
def test_few_hidden_teams_are_not_counted_out(language):
    few = hidden_sentence(TeamsAnswer("talk", 5, 60, 57, ()), minimum=5, language=language)
    many = hidden_sentence(TeamsAnswer("talk", 5, 60, 48, ()), minimum=5, language=language)
    assert numbers_in(few, language) == []
    assert numbers_in(many, language) == [12]


def test_no_team_is_ranked_where_none_is_shown():
    (sentence,) = team_sentences(TeamsAnswer("talk", 1, 3, 0, ()), language="en")
    assert "Too few teams" in sentence


def test_alike_in_nothing_says_nothing():
    assert alike_sentence([], other=(), language="en") == ""
    assert "‘meet’" in alike_sentence(["team"], other=["meet"], language="en")


@both
def test_the_strength_sentence_states_the_e_value(answers, synthetic_fit, language):
    row = e_value(synthetic_fit, "weekly", "never", population="study").summary.iloc[0]
    sentence = strength_sentence(answers.frequencies[0], interval=0.9, language=language)
    found = numbers_in(sentence, language)
    assert found[1] == 90
    assert [found[0], *found[2:4]] == pytest.approx(
        [row["median"], row["lower"], row["upper"]], abs=0.051
    )
    assert sentence in limit_sentences(answers, language=language)


@both
def test_the_style_sentence_states_the_tipping_point(answers, synthetic_fit, language):
    ask = {"population": "study", "bias": "reporting", "method_share": 0.25}
    row = tipping_point(synthetic_fit, "weekly", "never", **ask).summary.iloc[-1]
    assert row["estimand"] == "tipping_overstatement"
    sentence = style_sentence(answers.frequencies[0], interval=0.9, language=language)
    share, factor, interval, lower, upper = numbers_in(sentence, language)[:5]
    assert (share, interval) == (25, 90)
    assert [factor, lower, upper] == pytest.approx(
        [row["median"], row["lower"], row["upper"]], abs=0.0051
    )
    told = limit_sentences(answers, language=language)
    assert told.index(sentence) == 3


@both
def test_a_style_of_answering_does_not_make_up_a_ratio_below_1(answers, language):
    frequency = replace(answers.frequencies[0], style=Quantity(0.6, 0.5, 0.8))
    sentence = style_sentence(frequency, interval=0.9, language=language)
    assert numbers_in(sentence, language) == []
    assert {"en": "lower still", "nl": "nog lager"}[language] in sentence
    # Nobody was seen to answer so: a condition, no statement.
    assert sentence.startswith({"en": "Were there ", "nl": "Waren er "}[language])


@both
def test_the_share_sentence_states_the_partition_of_variance(answers, synthetic_fit, language):
    table = variance_partition(synthetic_fit).summary
    row = table[(table["estimand"] == "team_share") & (table["contrast"] == "weekly")].iloc[0]
    sentence = share_sentence(answers.frequencies[0], interval=0.9, language=language)
    share, interval, lower, upper = numbers_in(sentence, language)
    assert interval == 90
    assert [share, lower, upper] == pytest.approx(
        [100 * row[name] for name in ("median", "lower", "upper")], abs=0.51
    )
    assert sentence in teams_note_sentences(answers, language=language)


@both
def test_what_does_not_apply_is_not_told(answers, language):
    without = replace(answers.frequencies[0], strength=None, style=None, share=None)
    assert style_sentence(without, interval=0.9, language=language) == ""
    assert strength_sentence(without, interval=0.9, language=language) == ""
    assert share_sentence(without, interval=0.9, language=language) == ""


@pytest.mark.parametrize("language", ["en", "nl"])
def test_headline_and_table_tell_a_ratio_to_the_same_decimals(answers, language):
    answer = answers.frequencies[0]
    told = ratio_sentence(answer, interval=0.9, language=language)
    cell = level_table(answer, interval=0.9, language=language).rows[-1][-1]
    figures = re.findall(r"\d+[.,]\d+", cell)
    assert len(figures) == 3
    assert all(figure in told for figure in figures)
