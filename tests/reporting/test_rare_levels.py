"""Answers that few gave are nowhere to be seen: not in a sentence, table, figure or workbook."""

import re
from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import FitError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.reporting.answers import ask
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.tables import level_table
from learnclimate.reporting.telling import answer_sentences
from learnclimate.reporting.workbook import workbook_sheets

SHOWN = ("yearly", "quarterly", "monthly")


@pytest.fixture(scope="module")
def rare(rare_level_fit):
    return ask(rare_level_fit)


def test_the_answer_is_about_the_levels_that_are_shown(rare):
    (answer,) = rare.frequencies
    assert tuple(level.level for level in answer.levels) == SHOWN
    assert (answer.low, answer.high) == ("yearly", "monthly")
    assert answer.ratio == answer.levels[-1].ratio
    assert answer.levels[0].ratio is None


@pytest.mark.parametrize(("language", "hidden"), [("en", "not shown"), ("nl", "niet getoond")])
def test_tables_and_sentences_hide_them(rare, language, hidden):
    (answer,) = rare.frequencies
    rows = level_table(answer, interval=0.9, language=language).rows
    for row in (rows[0], rows[-1]):
        assert row[1:] == (hidden, hidden, hidden)
    assert rows[1][3] == "1"
    told = " ".join(answer_sentences(rare, answer, language=language))
    assert "‘yearly’" in told
    assert "‘never’" not in told
    assert "‘weekly’" not in told
    assert hidden in told


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_figure_of_theirs_is_in_the_report(rare, rare_level_fit, language):
    page = report_html(rare, language=language)
    means = rare_level_fit.draws["standardised"]["expected_count"].mean(("chain", "draw"))
    for text in re.findall(r"alt=\"([^\"]*)\"", page):
        assert "never" not in text
        assert "weekly" not in text
    body = re.sub(r"data:image[^\"]*", "", page)
    assert not re.search(rf"never[^<]*</th><td[^>]*>[^<]*{float(means[0]):.1f}", body)


def test_the_workbook_marks_them_and_gives_no_figure(rare):
    sheets = workbook_sheets(rare)
    figures = ["mean", "sd", "median", "lower", "upper", "n_respondents"]
    counts = sheets["expected_counts"].set_index("contrast")
    assert counts.loc[["never", "weekly"], figures].isna().all(axis=None)
    assert counts.loc[["never", "weekly"], "suppressed"].all()
    ratios = sheets["rate_ratios"].set_index("contrast")
    hidden = ratios.index.str.contains("never|weekly")
    assert hidden.sum() == 2
    assert ratios.loc[hidden, figures].isna().all(axis=None)
    assert np.isfinite(ratios.loc["monthly vs yearly", "median"])


@pytest.mark.parametrize(("language", "words"), [("en", "none can be"), ("nl", "niets te verge")])
def test_nothing_is_compared_where_nothing_may_be_shown(synthetic_fit, language, words):
    size = int(synthetic_fit.draws["constant_data"]["level_size"].max()) + 1
    answers = ask(synthetic_fit, rule=DisclosureRule(size))
    (answer,) = answers.frequencies
    assert answer.ratio is None
    (told,) = answer_sentences(answers, answer, language=language)
    assert words in told
    assert words in report_html(answers, language=language)


def test_a_study_of_few_is_not_reported(synthetic_fit):
    few = replace(synthetic_fit, provenance=replace(synthetic_fit.provenance, n_respondents=4))
    with pytest.raises(FitError, match="fewer than 5 respondents"):
        ask(few)
