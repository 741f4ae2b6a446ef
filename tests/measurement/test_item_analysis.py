"""`item_analysis`: against psych, wrong keys, careless answers, and privacy."""

import itertools
import warnings

import numpy as np
import pytest
from scipy.stats import beta

from learnclimate.core.errors import ArgumentError, LearnClimateWarning, SurveyError
from learnclimate.disclosure.rounding import step_that_hides, to_step
from learnclimate.disclosure.rule import DisclosureRule, suppress_neighbours
from learnclimate.measurement.aggregation import aggregation
from learnclimate.measurement.agreement import agreement
from learnclimate.measurement.careless import longest_strings, odd_patterns, straight_lines
from learnclimate.measurement.item_analysis import item_analysis
from learnclimate.measurement.item_rows import blurred
from learnclimate.measurement.polychoric import polychoric
from learnclimate.measurement.reliability import reliability
from learnclimate.measurement.scale_scores import scale_scores
from learnclimate.survey.reading import read_survey
from measurement_answers import keyed, likert, survey_of


def of(result, estimand):
    table = result.summary
    return table[table["estimand"] == estimand]


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["three", "nine"])
def test_it_agrees_with_psych(reliability_reference, name):
    theirs = reliability_reference["sets"][name]
    found = item_analysis(survey_of(keyed(reliability_reference, theirs["items"])), "s", draws=100)
    assert np.allclose(of(found, "item_rest_correlation")["mean"], theirs["item_rest"], atol=1e-9)
    assert np.allclose(of(found, "alpha_if_dropped")["mean"], theirs["alpha_if_dropped"], atol=1e-9)


def test_shares_and_missingness_are_counted():
    values = likert(np.random.default_rng(1), 300, np.full(3, 0.7))
    values[:30, 1] = np.nan
    found = item_analysis(survey_of(values), "s", draws=100)
    assert np.allclose(of(found, "share_missing")["mean"], [0, 0.1, 0])
    ceiling = of(found, "share_at_maximum").iloc[0]
    assert ceiling["mean"] == pytest.approx((values[:, 0] == 5).mean())
    assert ceiling["lower"] < ceiling["mean"] < ceiling["upper"]


def test_a_wrong_key_is_named_and_only_that():
    values = likert(np.random.default_rng(2), 300, np.full(4, 0.7))
    values[:, 2] = 6 - values[:, 2]
    with pytest.warns(LearnClimateWarning, match="'q3' goes against") as caught:
        found = item_analysis(survey_of(values), "s", draws=200)
    assert len(caught) == 1
    assert any("'q3'" in note for note in found.summary.attrs["notes"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        item_analysis(survey_of(values, reverse=["q3"]), "s", draws=100)


@pytest.mark.parametrize("n_items", [2, 4, 6])
def test_where_as_many_go_one_way_as_the_other_no_side_is_called_wrong(n_items):
    values = likert(np.random.default_rng(2), 300, np.full(n_items, 0.7))
    half = n_items // 2
    values[:, :half] = 6 - values[:, :half]
    with pytest.warns(LearnClimateWarning, match="One side may be worded") as caught:
        item_analysis(survey_of(values), "s", draws=200)
    said = str(caught[0].message)
    assert len(caught) == 1
    assert "goes against the others" not in said
    assert all(f"'q{place + 1}'" in said for place in range(n_items))
    # One side stands before "go against", the other behind it.
    before = said.partition(" go against ")[0]
    sides = {f"'q{place + 1}'" in before for place in range(half)}
    assert len(sides) == 1 or n_items == 2


def test_the_warning_points_at_the_caller():
    values = likert(np.random.default_rng(2), 300, np.full(4, 0.7))
    values[:, 2] = 6 - values[:, 2]
    with pytest.warns(LearnClimateWarning) as caught:
        item_analysis(survey_of(values), "s", draws=100)
    assert caught[0].filename == __file__


def test_a_merely_weak_item_raises_no_alarm():
    rng = np.random.default_rng(3)
    values = likert(rng, 150, [0.8, 0.8, 0.8, 0.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = item_analysis(survey_of(values), "s", draws=200)
    assert abs(of(found, "item_rest_correlation")["mean"].iloc[3]) < 0.25


def test_intervals_of_the_correlation_cover():
    rng = np.random.default_rng(4)
    big = likert(rng, 200_000, np.full(3, 0.7))
    truth = np.corrcoef(big[:, 0], big[:, 1] + big[:, 2])[0, 1]
    inside = 0
    for _ in range(60):
        survey = survey_of(likert(rng, 150, np.full(3, 0.7)))
        row = of(item_analysis(survey, "s", draws=200), "item_rest_correlation").iloc[0]
        inside += row["lower"] < truth < row["upper"]
    # Of 60 intervals of 90 %, 54 with an sd of 2.3 should cover.
    assert 47 <= inside <= 60


def test_careless_screens_by_hand():
    raw = np.array([[3, 3, 3, 3], [3, 3, 4, 3], [1, np.nan, 1, 1], [np.nan] * 4], dtype=float)
    assert longest_strings(raw).tolist() == [4, 2, 2, 0]
    assert straight_lines(raw).tolist() == [True, False, False, False]
    rng = np.random.default_rng(5)
    values = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 500)
    values[0] = [3, -3]
    marked = odd_patterns(values)
    assert marked[0]
    assert marked.sum() < 6


def test_straight_liners_are_found_in_answers_as_given():
    values = likert(np.random.default_rng(6), 200, np.full(4, 0.7))
    values[:20] = 5
    values[:, 3] = np.where(np.arange(200) < 20, 5, 6 - values[:, 3])
    found = item_analysis(survey_of(values, reverse=["q4"]), "s", draws=100)
    assert of(found, "share_straight_line")["mean"].iloc[0] >= 0.1
    assert of(found, "share_long_string")["mean"].iloc[0] >= 0.1


def test_few_answers_are_hidden_and_cannot_be_worked_out():
    values = np.repeat([[1, 2], [2, 1], [3, 3], [4, 4], [5, 4]], [3, 9, 30, 40, 20], axis=0)
    other = values.copy()
    other[:2] = [[2, 2], [2, 2]]
    shown, changed = (
        item_analysis(survey_of(answers), "s", draws=100).summary for answers in (values, other)
    )
    own = shown[shown["contrast"].str.startswith("q1")]
    hidden = own[own["suppressed"]]
    assert set(hidden["contrast"]) >= {"q1 = 1", "q1 = 2"}
    assert hidden["mean"].isna().all()
    # Whether three or one answered 1 instead of 2 changes nothing that is shown of the item.
    for name in ("item_mean", "item_sd", "category_share", "share_at_maximum"):
        first = shown[(shown["estimand"] == name) & shown["contrast"].str.startswith("q1")]
        second = changed[(changed["estimand"] == name) & changed["contrast"].str.startswith("q1")]
        assert first["mean"].equals(second["mean"])


def test_few_who_left_an_item_open_cannot_be_counted():
    rng = np.random.default_rng(12)
    values = likert(rng, 60, [0.7, 0.7, 0.7, 0.7])
    values[:3, 1] = np.nan
    survey = survey_of(values, np.arange(60) % 5)
    result = item_analysis(survey, "s")
    rows = result.summary.set_index(["estimand", "contrast"])
    assert rows.loc[("share_missing", "q2"), "suppressed"]
    told = result.summary["n_respondents"].dropna().unique().tolist()
    assert told == [60]  # 57 answered q2, and 57 all: neither is told.
    assert "not all were used" in result.summary.attrs["notes"][0]
    for other in (reliability(survey, "s", draws=100), polychoric(survey, "s")):
        assert set(other.summary["n_respondents"].dropna()) <= {60}
    values[:3] = np.nan
    survey = survey_of(values, np.arange(60) % 5)
    for other in (aggregation(survey, "s"), scale_scores(survey, "s"), agreement(survey, "s")):
        kept = other.summary[other.summary["n_respondents"].notna()]
        assert not (kept["n_respondents"] == 57).any()
        # Teams T0, T1 and T2 lack one each; of the others all twelve answered.
        assert set(kept.loc[kept["team"].notna(), "n_respondents"]) <= {12}
        told = " ".join(other.summary.attrs["notes"])
        assert "57 respondents" not in told
        assert "3 respondents" not in told


def test_nothing_is_blurred_where_nothing_is_hidden():
    given = np.array([1.0, 2.0, 3.0])
    assert blurred(given, np.array([1, 2, 3]), np.zeros(3, bool)) is given


def test_answers_hidden_at_both_ends_keep_to_their_end():
    """In one middle between both ends a standard deviation of 1.13 was told as 0.69."""
    counts = np.array([2, 12, 50, 80, 60, 25, 3])
    hidden = suppress_neighbours(counts, DisclosureRule())
    assert hidden.tolist() == [True, True, False, False, False, True, True]
    codes = np.arange(1, 8)
    given = np.repeat(codes.astype(float), counts)
    told = blurred(given, codes, hidden)
    assert sorted(set(told.tolist())) == [1.5, 3, 4, 5, 6.5]
    assert given.std() == pytest.approx(1.13, abs=0.005)
    assert told.std() == pytest.approx(1.25, abs=0.005)
    # Who moves from one hidden answer to the one beside it changes nothing that is told.
    moved = np.repeat(codes.astype(float), counts + np.array([1, -1, 0, 0, 0, -1, 1]))
    again = blurred(moved, codes, hidden)
    assert (again.mean(), again.std()) == pytest.approx((told.mean(), told.std()), abs=1e-12)


def test_an_empty_category_is_named():
    values = likert(np.random.default_rng(7), 200, np.full(3, 0.7))
    values[values[:, 1] == 1, 1] = 2
    notes = item_analysis(survey_of(values), "s", draws=100).summary.attrs["notes"]
    assert any("Nobody answered 1 to 'q2'" in note for note in notes)


def test_two_items_have_no_alpha_without_one():
    found = item_analysis(survey_of(likert(np.random.default_rng(8), 60, [0.7, 0.7])), "s")
    assert of(found, "alpha_if_dropped")["mean"].isna().all()


def test_bad_input_is_refused():
    values = likert(np.random.default_rng(9), 60, np.full(3, 0.7))
    with pytest.raises(ArgumentError, match="two answers at least"):
        item_analysis(survey_of(values), "s", long_string=1)
    values[:, 1] = 4
    with pytest.raises(SurveyError, match="'q2': everyone"):
        item_analysis(survey_of(values), "s")


def test_floor_and_ceiling_are_the_shares_of_the_outermost_answers():
    rng = np.random.default_rng(31)
    table = item_analysis(survey_of(rng.integers(1, 6, (80, 3)).astype(float)), "s").summary
    rows = table.set_index(["estimand", "contrast"])[["mean", "lower", "upper"]]
    for name, answer in (("share_at_minimum", 1), ("share_at_maximum", 5)):
        assert rows.loc[(name, "q1")].equals(rows.loc[("category_share", f"q1 = {answer}")])


def test_an_item_and_its_mirror_image_have_no_alpha():
    rng = np.random.default_rng(32)
    values = rng.integers(1, 6, (80, 3)).astype(float)
    values[:, 1] = 6 - values[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearnClimateWarning)
        table = item_analysis(survey_of(values), "s").summary
    rows = table[table["estimand"] == "alpha_if_dropped"].set_index("contrast")
    assert np.isnan(rows.loc["q3", "mean"])
    assert np.isnan(rows.loc["q3", "upper"])


def answered_by(n: int, told: list[float], step: float) -> bool:
    """Say whether n people may have given the shares, the mean and the spread that are told."""
    windows = [[k for k in range(n + 1) if to_step(k / n, step) == share] for share in told[:-2]]
    for known in itertools.product(*windows[:-1]):
        counts = [*known, n - sum(known)]
        if counts[-1] in windows[-1]:
            answers = np.repeat(np.arange(1.0, len(counts) + 1), counts)
            figures = [to_step(answers.mean(), step), to_step(answers.std(ddof=1), step)]
            if figures == told[-2:]:
                return True
    return False


def test_shares_mean_and_spread_do_not_tell_how_few_left_an_item_open():
    """Together they tell more than each does: steps of one hundredth do at 240 respondents."""
    fine = 0
    for n, left_open, seed in itertools.product((44, 132, 240), (1, 3, 4), range(2)):
        values = np.random.default_rng(seed).integers(1, 6, (n, 3)).astype(float)
        values[:left_open, 0] = np.nan
        with warnings.catch_warnings():
            # Items drawn on their own go against each other now and then.
            warnings.simplefilter("ignore", LearnClimateWarning)
            table = item_analysis(survey_of(values), "s").summary.set_index("estimand")
        rows = table[table["contrast"].str.startswith("q1")]
        assert rows.loc[["category_share", "item_mean", "item_sd"], "n_respondents"].isna().all()
        names = ["category_share", "item_mean", "item_sd"]
        told = [float(value) for name in names for value in rows.loc[[name], "mean"]]
        assert len(told) == 7
        assert all(answered_by(n - few, told, step_that_hides(n)) for few in (1, 2, 3, 4)), told
        given = values[left_open:, 0]
        shares = [to_step((given == code).mean(), 0.01) for code in range(1, 6)]
        exact = [*shares, to_step(given.mean(), 0.01), to_step(given.std(ddof=1), 0.01)]
        fine += not all(answered_by(n - few, exact, 0.01) for few in (1, 2, 3, 4))
    assert fine > 5


def test_bounds_of_rounded_shares_are_made_of_what_is_told():
    values = np.random.default_rng(33).integers(1, 5, (132, 3)).astype(float)
    values[:3, 0] = np.nan
    table = item_analysis(survey_of(values), "s").summary
    row = table[table["contrast"] == "q1 = 2"].iloc[0]
    posterior = beta(row["mean"] * 132 + 0.5, 132 - row["mean"] * 132 + 2)
    assert row["sd"] == pytest.approx(posterior.std(), abs=0.0051)
    assert row["median"] == pytest.approx(posterior.median(), abs=0.0051)
    mean, spread = (
        table[(table["contrast"] == "q1") & (table["estimand"] == name)].iloc[0]
        for name in ("item_mean", "item_sd")
    )
    assert mean["sd"] == pytest.approx(spread["mean"] / np.sqrt(132), abs=0.0051)


def test_shares_of_an_item_that_nobody_left_open_are_exact():
    values = np.random.default_rng(33).integers(1, 5, (44, 3)).astype(float)
    values[:3, 0] = np.nan
    table = item_analysis(survey_of(values), "s").summary
    others = table[table["contrast"].str.startswith("q2")]
    share = others.loc[others["estimand"] == "category_share", "mean"].dropna()
    assert np.allclose(share * 44, np.round(share * 44))


def test_whose_answers_may_be_careless_is_marked_and_shown_nowhere():
    rng = np.random.default_rng(12)
    values = likert(rng, 240, np.full(6, 0.7))
    values[:9] = 4.0
    values[9:11] = np.where(np.arange(6) % 2, [[1.0], [5.0]], [[5.0], [1.0]])
    survey = survey_of(values)
    found = item_analysis(survey, "s", draws=100)
    marks = found.respondents
    assert marks.index.equals(survey.frame.index)
    assert marks["straight_line"].iloc[:9].all()
    assert (marks["longest_string"].iloc[:9] == 6).all()
    assert marks["odd_pattern"].iloc[9:11].all()
    for name in ("long_string", "straight_line", "odd_pattern"):
        told = of(found, f"share_{name}").iloc[0]
        assert told["suppressed"] or told["mean"] == pytest.approx(marks[name].mean())
    assert "longest_string" not in repr(found) + found._repr_html_() + str(found.draws)
    left = read_survey(survey.frame[~marks["odd_pattern"]], survey.codebook)
    assert left.n_respondents == 240 - int(marks["odd_pattern"].sum())
    again = item_analysis(left, "s", draws=100).respondents
    assert again.index.isin(range(1, left.n_respondents + 1)).all()
