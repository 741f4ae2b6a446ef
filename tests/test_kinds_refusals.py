"""What does not apply to several kinds refuses in one clear sentence; nothing crashes."""

import inspect

import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit

#: Answer a fit of several kinds; the rest refuses it.
ANSWER = {
    "rate_ratio",
    "compare_kinds",
    "expected_counts",
    "predicted_counts",
    "team_effects",
    "rank_teams",
    "posterior_predictive",
    "check_fit",
    "report",
    "write_up",
}
ARGUMENTS = {
    "e_value": ("weekly", "never"),
    "confounder_benchmarks": ("weekly", "never"),
    "tipping_point": ("weekly", "never"),
}
OPTIONS = {
    "e_value": {"population": "study"},
    "confounder_benchmarks": {"population": "study"},
    "tipping_point": {"population": "study"},
    "plausible_values": {"n": 2},
}


def takes_a_fit(name):
    value = getattr(lc, name)
    return (
        inspect.isfunction(value) and next(iter(inspect.signature(value).parameters), "") == "fit"
    )


REFUSE = [name for name in lc.__all__ if takes_a_fit(name) and name not in ANSWER]


@pytest.fixture(scope="module")
def survey():
    return lc.simulate_survey(n_teams=8, team_size=8, truth=lc.KindsTruth(), seed=1)


@pytest.fixture(scope="module")
def fit(survey):
    return make_kinds_fit(survey, n_draws=5)


def refused(error):
    words = str(error.value)
    assert "\n" not in words
    assert "kinds" in words or "FactorFit" in words or "factor model" in words
    assert isinstance(error.value, lc.LearnClimateError)


@pytest.mark.parametrize("name", REFUSE)
def test_what_does_not_apply_refuses_in_a_sentence(name, fit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(lc.LearnClimateError) as error:
        getattr(lc, name)(fit, *ARGUMENTS.get(name, ()), **OPTIONS.get(name, {}))
    refused(error)


def test_models_are_not_compared(fit):
    with pytest.raises(lc.LearnClimateError) as error:
        lc.compare_models({"one": fit, "other": fit})
    refused(error)


#: Figures of an answer and not of a fit: they name the function that gives it, which refuses.
DRAW_ANSWERS = {
    "calibration",
    "design_analysis",
    "influence",
    "interview_selection",
    "item_curves",
    "leave_out",
    "model_comparison",
    "prior_sensitivity",
    "specifications",
    "test_information",
}


#: Drawn of a fit of several kinds.
DRAWN = ("certificate", "frequency_response", "kind_ratios", "team_effects")


@pytest.mark.parametrize(
    "name", [name for name in lc.plots.__all__ if name not in (*DRAWN, "agreement")]
)
def test_figures_refuse(name, fit):
    with pytest.raises(lc.LearnClimateError) as error:
        getattr(lc.plots, name)(fit)
    if name not in DRAW_ANSWERS:
        refused(error)


@pytest.mark.parametrize("name", DRAWN)
def test_what_applies_is_drawn(name, fit):
    assert getattr(lc.plots, name)(fit).axes


def test_figures_refuse_answers_by_kind(fit):
    answers = {
        "expected_counts": lc.expected_counts(fit, population="study"),
        "team_effects": lc.team_effects(fit),
    }
    for name, answer in answers.items():
        with pytest.raises(lc.LearnClimateError) as error:
            getattr(lc.plots, name)(answer)
        refused(error)


def test_what_fits_models_refuses_several_kinds(survey):
    model = lc.KindsModel()
    calls = {
        "calibrate": lambda: lc.calibrate(model, survey),
        "specification_table": lambda: lc.specification_table(model, survey),
        "design_analysis": lambda: lc.design_analysis([10], [8], truth=lc.KindsTruth()),
        "design_analysis of a model": lambda: lc.design_analysis([10], [8], model=model),
        "JointModel": lambda: lc.JointModel(model, lc.FactorModel("leadership_of_learning")),
    }
    for call in calls.values():
        with pytest.raises(lc.LearnClimateError) as error:
            call()
        assert "\n" not in str(error.value)


def test_the_marginal_engine_says_why_it_does_not_apply(survey):
    with pytest.raises(lc.ModelError, match="effects on several kinds that go together"):
        lc.fit(lc.KindsModel(), survey, engine="marginal")


def test_kinds_are_asked_only_of_fits_that_have_them(fit, survey):
    single = lc.Codebook(
        outcome="training", team="team", frequency="talk", frequency_levels=lc.KindsTruth().levels
    )
    frame = survey.frame.astype({"talk": str, "team": str})
    counted = lc.fit(
        lc.CountModel(team_effects=("intercept",)),
        lc.read_survey(frame, single),
        draws=400,
        seed=1,
        progress=False,
    )
    with pytest.raises(lc.ArgumentError, match="this fit is of a single count"):
        lc.team_effects(counted, "intercept", kind="training")
    with pytest.raises(lc.ArgumentTypeError, match="is not the fit of several kinds"):
        lc.compare_kinds(counted, "weekly", "never", population="study")
    with pytest.raises(lc.ArgumentError, match=r"there is no such kind. Did you mean 'training'"):
        lc.team_effects(fit, kind="trainig")
