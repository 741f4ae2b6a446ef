"""A study of scales alone: read, described, saved and asked; of a count one clear error."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.core.errors import CodebookError
from measurement_answers import likert

ITEMS = ["q1", "q2", "q3", "q4"]


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(5)
    team = np.arange(240) // 12
    values = likert(rng, 240, np.full(4, 0.7), team, 0.5)
    frame = pd.DataFrame(values, columns=ITEMS)
    return frame.assign(team=[f"T{one:02d}" for one in team], part=np.where(team < 10, "a", "b"))


@pytest.fixture(scope="module")
def book():
    return lc.Codebook(team="team", department="part", scales=[lc.Scale("s", ITEMS)])


@pytest.fixture(scope="module")
def survey(answers, book):
    return lc.read_survey(answers, book)


def test_everybody_who_has_a_team_is_read_and_described(survey):
    assert survey.n_respondents == 240
    assert repr(survey) == "<Survey of 240 respondents in 20 teams>"
    tables = dict(survey.describe().tables)
    assert list(tables) == ["Team sizes", "Scales"]
    assert tables["Scales"].to_numpy().tolist() == [["s", 4, "1 to 5", 0]]


def test_the_codebook_shows_and_writes_itself_without_an_outcome(book, tmp_path):
    assert "outcome" not in repr(book)
    book.to_toml(tmp_path / "study.toml")
    assert "outcome" not in (tmp_path / "study.toml").read_text("utf-8")
    assert lc.Codebook.from_toml(tmp_path / "study.toml") == book


def test_every_closed_form_question_is_answered(survey):
    for ask in (lc.item_analysis, lc.reliability, lc.agreement, lc.aggregation, lc.scale_scores):
        assert ask(survey, "s", draws=100).summary["mean"].notna().any()
    assert lc.polychoric(survey, "s").summary["mean"].notna().all()
    assert lc.parallel_analysis(survey, "s").summary["mean"].iloc[0] == 1


def test_figures_are_those_of_the_same_answers_beside_a_count(answers, book, survey):
    counted = lc.Codebook(outcome="n", team="team", department="part", scales=book.scales)
    with_count = lc.read_survey(answers.assign(n=1), counted)
    for ask in (lc.reliability, lc.aggregation):
        one, other = (ask(study, "s", draws=100).summary for study in (survey, with_count))
        pd.testing.assert_series_equal(
            one.loc[one["contrast"] == "classical", "mean"],
            other.loc[other["contrast"] == "classical", "mean"],
        )


def test_factor_models_are_fitted_saved_and_asked(survey, tmp_path):
    fit = lc.fit(lc.FactorModel("s", levels="team"), survey, draws=400, seed=1, progress=False)
    fit.save(tmp_path / "fit.nc")
    again = lc.load_fit(tmp_path / "fit.nc")
    assert again.codebook == survey.codebook
    assert len(lc.latent_aggregation(again).summary)
    assert len(lc.compare_invariance(survey, lc.FactorModel("s"), "part", draws=100).summary)


@pytest.mark.parametrize(
    "ask",
    [
        lambda survey: lc.fit(lc.CountModel(), survey, progress=False),
        lambda survey: lc.fit(lc.KindsModel(), survey, progress=False),
        lambda survey: lc.fit(
            lc.JointModel(lc.CountModel(), lc.FactorModel("s")), survey, progress=False
        ),
        lambda survey: lc.build_model(lc.CountModel(), survey),
        lambda survey: lc.CountModel().priors_for(survey),
        lambda survey: lc.prior_predictive(lc.CountModel(), survey, seed=1),
        lambda survey: lc.calibrate(lc.CountModel(), survey, replicates=20, draws=100),
    ],
)
def test_a_question_about_counts_gets_one_error_with_the_remedy(survey, ask):
    with pytest.raises(CodebookError, match=r"names no outcome.*Codebook\(outcome=\.\.\.\)"):
        ask(survey)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "needs an outcome, scales, or both"),
        ({"exposure": "months"}, r"exposure=\.\.\.\) belongs to a count"),
        ({"weight": "w"}, r"weight=\.\.\.\) belongs to a count"),
        (
            {"frequency": "talk", "frequency_levels": ["no", "yes"]},
            r"frequency=\.\.\.\) belongs to a count.*covariates",
        ),
    ],
)
def test_what_belongs_to_a_count_needs_one(given, words):
    scales = [lc.Scale("s", ITEMS)] if given else []
    with pytest.raises(CodebookError, match=words):
        lc.Codebook(team="team", scales=scales, **given)


def test_a_file_that_forgets_the_outcome_and_has_no_scales_is_told_so(tmp_path):
    (tmp_path / "study.toml").write_text('team = "team"\n', "utf-8")
    with pytest.raises(CodebookError, match="'outcome' is missing"):
        lc.Codebook.from_toml(tmp_path / "study.toml")
