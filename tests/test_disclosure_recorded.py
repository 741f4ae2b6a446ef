"""A lowered minimum and its reason stand in every answer, report, workbook and file."""

import dataclasses
import inspect
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import learnclimate as lc

# Whether draws can be trusted is not the question here: what they tell is.
pytestmark = pytest.mark.filterwarnings("ignore")

REASON = "published trial data"
PUBLIC = lc.DisclosureRule(3, reason=REASON)
ASKED = {"high": "weekly", "low": "monthly", "population": "study", "rule": PUBLIC}
ROOM = "room"
ITEMS = ["room_1", "room_2", "room_3"]


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"team": np.repeat([f"T{number:02}" for number in range(12)], 7)})
    frame["talk"] = np.array(["never", "monthly", "weekly"], dtype=object)[
        np.arange(len(frame)) % 3
    ]
    frame["learnt"] = rng.poisson(3, len(frame))
    shared = rng.normal(0, 1, len(frame))
    for item in ITEMS:
        frame[item] = np.clip(np.rint(3 + shared + rng.normal(0, 0.7, len(frame))), 1, 5)
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=["never", "monthly", "weekly"],
        scales=[lc.Scale(ROOM, ITEMS)],
    )
    return lc.read_survey(frame, codebook)


@pytest.fixture(scope="module")
def fit(survey):
    model = lc.CountModel(frequency=lc.Unordered(), between=True)
    return lc.fit(model, survey, draws=200, seed=1, progress=False, engine="marginal")


@pytest.fixture(scope="module")
def factor(survey):
    return lc.fit(lc.FactorModel(ROOM), survey, draws=100, seed=1, progress=False)


@pytest.fixture(scope="module")
def teams(survey):
    model = lc.FactorModel(ROOM, levels="team")
    return lc.fit(model, survey, draws=100, seed=1, progress=False)


@pytest.fixture(scope="module")
def large():
    """Two scales, asked of teams of seven in two waves."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"team": np.repeat([f"T{number:02}" for number in range(20)], 7)})
    frame["wave"] = np.where(np.arange(len(frame)) % 2, "first", "second")
    frame["learnt"] = rng.poisson(3, len(frame))
    further = [item.replace("room", "further") for item in ITEMS]
    for items in (ITEMS, further):
        shared = rng.normal(0, 1, len(frame))
        for item in items:
            frame[item] = np.clip(np.rint(3 + shared + rng.normal(0, 0.7, len(frame))), 1, 5)
    scales = [lc.Scale(ROOM, ITEMS), lc.Scale("further", further)]
    codebook = lc.Codebook(outcome="learnt", team="team", covariates=["wave"], scales=scales)
    return lc.read_survey(frame, codebook)


@pytest.fixture(scope="module")
def kinds():
    from kinds_fits import make_kinds_fit

    return make_kinds_fit(lc.simulate_survey(n_teams=8, team_size=9, truth=lc.KindsTruth(), seed=2))


#: Every public function that gives a table and can be asked at another minimum.
ANSWERS = {
    "rate_ratio": lambda fit, **_: lc.rate_ratio(fit, **ASKED),
    "e_value": lambda fit, **_: lc.e_value(fit, **ASKED),
    "confounder_benchmarks": lambda fit, **_: lc.confounder_benchmarks(fit, **ASKED),
    "tipping_point": lambda fit, **_: lc.tipping_point(fit, **ASKED, bias="confounder"),
    "expected_counts": lambda fit, **_: lc.expected_counts(fit, population="study", rule=PUBLIC),
    "predicted_counts": lambda fit, **_: lc.predicted_counts(fit, population="study", rule=PUBLIC),
    "team_effects": lambda fit, **_: lc.team_effects(fit, "intercept", rule=PUBLIC),
    "rank_teams": lambda fit, **_: lc.rank_teams(fit, "intercept", top=2, rule=PUBLIC),
    "select_teams": lambda fit, **_: lc.select_teams(
        fit, "intercept", strong=2, typical=1, weak=2, rule=PUBLIC
    ),
    "variance_partition": lambda fit, **_: lc.variance_partition(fit, rule=PUBLIC),
    "within_between": lambda fit, **_: lc.within_between(fit, rule=PUBLIC),
    "compare_kinds": lambda kinds, **_: lc.compare_kinds(
        kinds, "weekly", "never", population="study", rule=PUBLIC
    ),
    "factor_scores": lambda factor, **_: lc.factor_scores(factor, draws=100, rule=PUBLIC),
    "item_curves": lambda factor, **_: lc.item_curves(factor, draws=100, rule=PUBLIC),
    "test_information": lambda factor, **_: lc.test_information(factor, draws=100, rule=PUBLIC),
    "aggregation": lambda survey, **_: lc.aggregation(survey, ROOM, draws=100, rule=PUBLIC),
    "agreement": lambda survey, **_: lc.agreement(survey, ROOM, draws=100, rule=PUBLIC),
    "item_analysis": lambda survey, **_: lc.item_analysis(survey, ROOM, draws=100, rule=PUBLIC),
    "polychoric": lambda survey, **_: lc.polychoric(survey, ROOM, rule=PUBLIC),
    "reliability": lambda survey, **_: lc.reliability(survey, ROOM, draws=100, rule=PUBLIC),
    "fit_indices": lambda factor, **_: lc.fit_indices(factor, draws=100, rule=PUBLIC),
    "compare_invariance": lambda large, **_: lc.compare_invariance(
        large, lc.FactorModel(ROOM), "wave", draws=100, rule=PUBLIC
    ),
    "parallel_analysis": lambda large, **_: lc.parallel_analysis(
        large, [ROOM, "further"], rule=PUBLIC
    ),
    "explore_factors": lambda large, **_: lc.explore_factors(
        large, [ROOM, "further"], 2, draws=100, rule=PUBLIC
    ),
    "latent_aggregation": lambda teams, **_: lc.latent_aggregation(teams, rule=PUBLIC),
    "scale_scores": lambda survey, **_: lc.scale_scores(survey, ROOM, draws=100, rule=PUBLIC),
}
#: What gives no table of results: verdicts, values to compute with, texts that are looked at below.
OTHERS = {
    "check_fit",
    "influence",
    "leave_one_out",
    "leave_one_team_out",
    "plausible_values",
    "posterior_predictive",
    "prior_predictive",
    "report",
    "specification_table",
    "write_up",
}


def test_every_function_with_a_rule_is_looked_at():
    with_rule = {
        name
        for name in lc.__all__
        if inspect.isfunction(getattr(lc, name))
        and "rule" in inspect.signature(getattr(lc, name)).parameters
    }
    assert with_rule == {*ANSWERS} | OTHERS


@pytest.mark.parametrize("name", ANSWERS)
def test_a_lowered_minimum_is_recorded_with_the_answer(name, request):
    of = next(iter(inspect.signature(ANSWERS[name]).parameters))
    answer = ANSWERS[name](**{of: request.getfixturevalue(of)})
    about = answer.summary.attrs
    assert (about["smallest_group"], about["reason"]) == (3, REASON)
    told = [note for note in about["notes"] if REASON in note]
    assert len(told) == 1
    assert "Groups of 3 or more respondents are shown" in told[0]


@pytest.fixture(scope="module")
def with_open():
    """
    Eight of one team left everything open: enough to tell of by default, few below ten.

    Five answers an item: of fewer, crossed tables of which a cell is small round figures as well.
    """
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"team": np.repeat([f"T{number}" for number in range(9)], 20)})
    frame["learnt"] = rng.poisson(3, len(frame))
    shared = rng.normal(0, 1, len(frame))
    items = [f"open_{number}" for number in range(4)]
    for item in items:
        frame[item] = np.clip(np.rint(3 + 1.4 * shared + rng.normal(0, 1, len(frame))), 1, 5)
    frame.loc[range(8), items] = np.nan
    codebook = lc.Codebook(outcome="learnt", team="team", scales=[lc.Scale("open", items)])
    return lc.read_survey(frame, codebook)


FACTOR_ANSWERS = {
    "fit_indices": (lc.fit_indices, "respondent", {"draws": 100}),
    "latent_aggregation": (lc.latent_aggregation, "team", {}),
    "parallel_analysis": (lc.parallel_analysis, None, {}),
    "explore_factors": (lambda *of, **how: lc.explore_factors(*of, 1, **how), None, {"draws": 100}),
}


@pytest.mark.parametrize("name", FACTOR_ANSWERS)
def test_answers_about_factors_obey_a_raised_minimum(name, with_open):
    ask, levels, how = FACTOR_ANSWERS[name]
    of = (with_open, "open")
    if levels is not None:
        model = lc.FactorModel("open", levels=levels)
        of = (lc.fit(model, with_open, draws=100, seed=1, progress=False),)
    told = {minimum: ask(*of, **how, rule=lc.DisclosureRule(minimum)) for minimum in (5, 10)}
    exact, rounded = (told[minimum].summary["mean"].dropna() for minimum in (5, 10))
    # Of polychoric correlations all digits tell who gave two answers together, at five too.
    is_made_of_pairs = name in ("parallel_analysis", "explore_factors")
    assert np.allclose(exact, exact.round(3), atol=1e-12) == is_made_of_pairs
    assert np.allclose(rounded, rounded.round(3), atol=1e-12)
    if name != "latent_aggregation":
        assert (told[5].summary["n_respondents"] == 172).all()
        assert told[10].summary["n_respondents"].isna().all()
    with pytest.raises(lc.ArgumentTypeError, match="give a DisclosureRule"):
        ask(*of, **how, rule=10)


def test_groups_below_a_raised_minimum_are_not_compared(large):
    for minimum, fault in ((50, None), (71, "may be shown have at least 50")):
        how = {"draws": 100, "rule": lc.DisclosureRule(minimum)}
        if fault is None:
            assert len(lc.compare_invariance(large, lc.FactorModel(ROOM), "wave", **how).summary)
            continue
        with pytest.raises(lc.SurveyError, match=fault):
            lc.compare_invariance(large, lc.FactorModel(ROOM), "wave", **how)


#: Checks, which tell in their words that the minimum was lowered.
CHECKS = {
    "check_fit": lambda fit, **_: lc.check_fit(fit, draws=100, rule=PUBLIC),
    "check_fit of kinds": lambda kinds, **_: lc.check_fit(kinds, draws=100, rule=PUBLIC),
    "influence": lambda fit, **_: lc.influence(fit, refits=0, rule=PUBLIC, progress=False),
    "leave_one_out": lambda fit, **_: lc.leave_one_out(fit, refits=0, rule=PUBLIC, progress=False),
    "leave_one_team_out": lambda fit, **_: lc.leave_one_team_out(
        fit, refits=0, rule=PUBLIC, progress=False
    ),
    "posterior_predictive": lambda fit, **_: lc.posterior_predictive(fit, draws=100, rule=PUBLIC),
    "posterior_predictive of kinds": lambda kinds, **_: lc.posterior_predictive(
        kinds, draws=100, rule=PUBLIC
    ),
    "prior_predictive": lambda survey, **_: lc.prior_predictive(
        lc.CountModel(), survey, draws=100, rule=PUBLIC
    ),
    "specification_table": lambda survey, **_: lc.specification_table(
        lc.CountModel(), survey, models={}, draws=100, progress=False, rule=PUBLIC
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_checks_say_once_that_the_minimum_was_lowered(name, request):
    of = next(iter(inspect.signature(CHECKS[name]).parameters))
    told = CHECKS[name](**{of: request.getfixturevalue(of)})
    assert REASON in told.note
    for text in (str(told), told._repr_html_()):
        assert " ".join(text.split()).count(REASON) == 1
    assert "The reason given" not in dataclasses.replace(told, note="").words


def test_too_few_to_leave_out_are_too_few_at_a_raised_minimum(fit):
    for leave in (lc.leave_one_out, lc.leave_one_team_out):
        told = leave(fit, rule=lc.DisclosureRule(200), progress=False)
        assert told.verdict == "not applicable"
        assert "fewer than 200 respondents" in told.words


def test_figures_of_a_fit_obey_a_rule(fit):
    for draw in (lc.plots.rootogram, lc.plots.residuals):
        few = draw(fit, rule=lc.DisclosureRule(20))
        many = draw(fit, rule=PUBLIC)
        bars = [len([one for one in f.axes[0].patches if one.get_height()]) for f in (few, many)]
        assert bars[0] < bars[1]


def test_the_command_line_says_so(fit, tmp_path, capsys):
    from learnclimate.cli.checking import check_saved_fit

    fit.save(tmp_path / "fit.nc", include_respondents=True)
    how = {"thorough": False, "sheet": None}
    for language, rule in (("en", PUBLIC), ("nl", PUBLIC), ("en", lc.DisclosureRule())):
        check_saved_fit(tmp_path / "fit.nc", None, rule, language=language, **how)
        told = " ".join(capsys.readouterr().out.split())
        assert told.count(REASON) == (rule is PUBLIC)


def test_descriptions_say_so_too(survey):
    assert REASON in str(survey.describe(rule=PUBLIC))
    assert REASON in survey.describe(rule=PUBLIC)._repr_html_()
    assert "The reason given" not in str(survey.describe())
    with pytest.raises(lc.ArgumentTypeError, match="give a DisclosureRule"):
        survey.describe(rule=3)


def test_nothing_is_recorded_at_the_default_and_above(fit):
    for rule in (None, lc.DisclosureRule(7)):
        answer = lc.expected_counts(fit, population="study", rule=rule)
        assert "reason" not in answer.summary.attrs
        assert "The reason given" not in str(answer)
    assert REASON in str(lc.expected_counts(fit, population="study", rule=PUBLIC))


def test_report_workbook_paper_and_file_record_the_reason(fit, tmp_path):
    from learnclimate.cli.results import write_results
    from learnclimate.reporting.answers import ask

    write_results(ask(fit, rule=PUBLIC), tmp_path, language="nl")
    assert REASON in (tmp_path / "report.html").read_text(encoding="utf-8")
    sheet = pd.read_excel(tmp_path / "tables.xlsx", sheet_name="herkomst")
    origin = sheet.set_index("onderdeel")["waarde"]
    assert origin["kleinste groep die wordt getoond"] == 3
    assert origin["reden voor een kleinere groep"] == REASON
    assert REASON in (tmp_path / "write_up.txt").read_text(encoding="utf-8")
    tables = sorted((tmp_path / "tables").glob("*.csv"))
    assert tables
    for table in tables:
        own = pd.read_csv(table)
        assert (own["smallest_group"] == 3).all()
        assert (own["reason"] == REASON).all()
    with xr.open_datatree(tmp_path / "fit.nc") as kept:
        (described,) = (one for one in kept.attrs.values() if "disclosure" in str(one))
    assert json.loads(described)["disclosure"]["minimum"] == 3
    assert json.loads(described)["disclosure"]["reason"] == REASON


@pytest.mark.parametrize("name", ["fit", "kinds", "factor"])
def test_summaries_of_fits_say_so(name, request):
    asked = request.getfixturevalue(name)
    told = asked.summary(teams=True, rule=PUBLIC)
    assert " ".join(str(told).split()).count(REASON) == told._repr_html_().count(REASON) == 1
    for rule in (None, lc.DisclosureRule(6, reason=REASON)):
        assert "The reason given" not in str(asked.summary(rule=rule))


def test_a_reason_for_a_larger_minimum_is_not_called_a_lowered_one(fit, tmp_path):
    """A works council may agree on ten: "lowered for this reason" would be untrue."""
    agreed = "as agreed with the works council"
    for minimum, reason, told in ((10, agreed, 0), (3, f"{agreed}.", 1)):
        rule = lc.DisclosureRule(minimum, reason=reason)
        for language, word in (("en", "lowered"), ("nl", "verlaagd")):
            lc.report(fit, tmp_path / "report.html", rule=rule, language=language)
            page = (tmp_path / "report.html").read_text(encoding="utf-8")
            paper = " ".join(str(lc.write_up(fit, rule=rule, language=language)).split())
            for text in (page, paper):
                assert (f"{agreed}." in text) == bool(told)
                assert agreed + ".." not in text
                assert (word in text) == bool(told)


def test_a_file_keeps_the_reason_and_a_notebook_shows_it(fit, tmp_path):
    fit.save(tmp_path / "low.nc", rule=PUBLIC)
    low = lc.load_fit(tmp_path / "low.nc")
    assert low.provenance.smallest_group_reason == REASON
    assert f"3: {REASON}" in low._repr_html_()
    # Handed on once more: at the usual minimum there is nothing to give a reason for.
    low.save(tmp_path / "usual.nc")
    usual = lc.load_fit(tmp_path / "usual.nc")
    assert (usual.provenance.smallest_group, usual.provenance.smallest_group_reason) == (5, "")
    # A lower minimum brings nothing back, and its reason is none.
    low.save(tmp_path / "lower.nc", rule=lc.DisclosureRule(1, reason="another"))
    assert lc.load_fit(tmp_path / "lower.nc").provenance.smallest_group_reason == REASON


#: Figures of fits and of answers below the usual minimum.
FIGURES = {
    "expected_counts": lambda fit, **_: {"source": fit, "rule": PUBLIC},
    "frequency_response": lambda fit, **_: {"source": fit, "rule": PUBLIC},
    "kind_ratios": lambda kinds, **_: {"source": kinds, "rule": PUBLIC},
    "prior_posterior": lambda fit, **_: {"source": fit, "rule": PUBLIC},
    "residuals": lambda fit, **_: {"source": fit, "rule": PUBLIC},
    "rootogram": lambda fit, **_: {"source": fit, "rule": PUBLIC},
    "team_effects": lambda fit, **_: {"source": fit, "effect": "intercept", "rule": PUBLIC},
    "team_shrinkage": lambda fit, **_: {"source": fit, "effect": "intercept", "rule": PUBLIC},
    "leave_out": lambda fit, **_: {"told": CHECKS["leave_one_out"](fit)},
    "influence": lambda fit, **_: {"told": CHECKS["influence"](fit)},
    "check": lambda fit, **_: {"told": CHECKS["posterior_predictive"](fit)},
    "specifications": lambda survey, **_: {
        "told": lc.specification_table(
            lc.CountModel(), survey, models={"linear": lc.CountModel(frequency=lc.Linear())},
            draws=100, progress=False, rule=PUBLIC,
        )
    },
    "interview_selection": lambda fit, **_: {"source": ANSWERS["select_teams"](fit)},
    "item_curves": lambda factor, **_: {"source": ANSWERS["item_curves"](factor)},
    "test_information": lambda factor, **_: {"source": ANSWERS["test_information"](factor)},
    "agreement": lambda survey, **_: {"source": ANSWERS["agreement"](survey)},
}  # fmt: skip
#: Of simulated answers, of the computation, or of densities of everybody at once.
NO_GROUPS = {
    *("calibration", "certificate", "design_analysis", "model_comparison", "prior_sensitivity")
}


def test_every_figure_is_looked_at():
    assert {*lc.plots.__all__} == {*FIGURES} | NO_GROUPS


@pytest.mark.parametrize("name", FIGURES)
def test_figures_say_so_below_them(name, request):
    of = next(iter(inspect.signature(FIGURES[name]).parameters))
    asked = FIGURES[name](request.getfixturevalue(of))
    draw = getattr(lc.plots, name)
    for language, begin in (("en", "Groups of 3 or more"), ("nl", "Groepen van 3 of meer")):
        figure = draw(**asked, language=language)
        note = " ".join(figure.get_supxlabel().split())
        assert note.count(REASON) == 1
        assert begin in note
    first, *_ = asked.values()
    positional = {key: value for key, value in asked.items() if value is not first}
    assert REASON in draw(first, **positional).get_supxlabel().replace("\n", " ")
    if "rule" in asked:
        assert "Groups of" not in draw(**asked | {"rule": None}).get_supxlabel()
