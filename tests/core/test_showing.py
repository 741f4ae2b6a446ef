"""Tables for notebooks and terminals: readable, escaped, and never longer than they should be."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.core.result import RESULT_COLUMNS, Result
from learnclimate.core.showing import MOST_ROWS, html_table, rounded


def make_result(n_rows=2, hidden=()):
    frame = pd.DataFrame({name: [None] * n_rows for name in RESULT_COLUMNS})
    frame["estimand"] = "rate_ratio"
    frame["contrast"] = [f"<b>{row}</b> vs never" for row in range(n_rows)]
    frame["mean"] = [np.nan if row in hidden else 4.06789 for row in range(n_rows)]
    frame["probability"] = 0.99
    frame["n_respondents"] = pd.array([12] * n_rows, dtype="Int64")
    frame["suppressed"] = [row in hidden for row in range(n_rows)]
    frame.attrs.update(interval=0.9, statement="the rate ratio is above 1", notes=("A note.",))
    return Result(frame, draws=None)


def test_a_result_shows_what_it_says_and_how_to_read_it():
    text = repr(make_result())
    assert "4.07" in text
    assert "4.06789" not in text
    assert "90% interval" in text
    assert "probability: that the rate ratio is above 1." in text
    assert "A note." in text
    assert "sd" not in text.split("\n")[1].split()
    assert "suppressed" not in text


def test_hidden_rows_are_told():
    text = repr(make_result(3, hidden=(1,)))
    assert "nan" not in text.lower()
    assert "suppressed: too few respondents" in text


def test_a_long_result_is_cut_and_says_so():
    text = repr(make_result(MOST_ROWS + 7))
    assert "7 more rows in .summary." in text
    assert len(text.split("\n")) < MOST_ROWS + 10


def test_a_notebook_gets_a_table_with_a_caption_and_no_markup_of_the_data():
    page = make_result()._repr_html_()
    assert "<caption>Rate ratio</caption>" in page
    assert "<b>" not in page
    assert "&lt;b&gt;0&lt;/b&gt; vs never" in page
    assert page.count('scope="row"') == 2


def test_headings_and_captions_are_escaped():
    page = html_table(["a<", "b"], [("<i>", "&")], caption="x<y")
    assert "<i>" not in page
    assert "x&lt;y" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.000"), (0.01234, "0.012"), (4.126, "4.13"), (12.34, "12.3"), (1234.5, "1234")],
)
def test_numbers_have_three_figures(value, shown):
    assert rounded(pd.DataFrame({"mean": [value]}))["mean"].item() == shown


def test_priors_of_which_none_is_set_show_no_empty_table():
    assert str(lc.Priors()) == "Priors()"
    assert lc.Priors()._repr_html_() == "<code>Priors()</code>"


def test_no_table_tells_a_probability_of_one_or_nothing():
    told = rounded(pd.DataFrame({"probability": [1.0, 0.9951, 0.99, 0.5, 0.01, 0.0], "mean": 1.0}))
    assert told["probability"].tolist()[:2] == ["> 0.99", "> 0.99"]
    assert told["probability"].tolist()[-1] == "< 0.01"
    assert not set(told["probability"][2:5]) & {"> 0.99", "< 0.01"}
    assert set(told["mean"]) == {"1.00"}
