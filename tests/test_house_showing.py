"""What every public class shows of itself: a table in a notebook, text in a terminal."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.counts.families import FAMILIES
from learnclimate.reporting.write_up import write_up
from widths import too_wide

#: Values whose call, as Python writes it, says all there is to say, in a notebook too.
SHOWN_AS_CALLED = {
    *(family.__name__ for family in FAMILIES),
    *("ZeroPart", "Linear", "Monotonic", "Unordered", "DesignGoal", "DisclosureRule"),
    *("Beta", "Dirichlet", "Exponential", "Gamma", "HalfNormal", "LKJ", "Normal", "StudentT"),
}

NEED_ARGUMENTS = {"Beta", "Dirichlet", "Exponential", "Gamma", "HalfNormal", "LKJ", "Normal"}
NEED_ARGUMENTS |= {"StudentT", "DesignGoal"}
#: Results of checks, whose width `tests/checks/test_contract.py` asserts beside their words.
CHECKED_WITH_THEIR_WORDS = {
    *("Calibration", "DesignAnalysis", "Influence", "LeaveOneOut", "ModelComparison"),
    *("PriorPredictive", "PriorSensitivity", "SpecificationTable"),
}
LONG = "how_often_colleagues_talked_of_learning"


def public_classes():
    values = {name: getattr(lc, name) for name in lc.__all__}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, type) and not issubclass(value, Exception)
    }


def test_every_public_class_has_a_table_for_notebooks():
    without = {name for name, one in public_classes().items() if not hasattr(one, "_repr_html_")}
    assert without == SHOWN_AS_CALLED


def test_every_public_class_has_a_text_for_terminals():
    plain = [name for name, one in public_classes().items() if one.__repr__ is object.__repr__]
    assert plain == []


class Tags(HTMLParser):
    """Gather the tags of a fragment, and refuse those that do not close."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def shown(survey, synthetic_fit):
    scale = lc.Scale("room", ["a", "b", "c"])
    predictive = posterior_predictive(synthetic_fit, draws=50)
    checks = lc.check_fit(synthetic_fit)
    of_kinds = lc.simulate_survey(n_teams=12, team_size=8, truth=lc.KindsTruth(), seed=2)
    items = lc.fit(lc.FactorModel("leadership_of_learning"), survey, draws=100, progress=False)
    return {
        "survey": survey,
        "description": survey.describe(),
        "codebook": survey.codebook,
        "outcome": lc.Outcome("activities", bins=["none", "1-2", "3 or more"]),
        "scale": scale,
        "truth": lc.Truth(),
        "kinds truth": lc.KindsTruth(),
        "count model": lc.CountModel(),
        "kinds model": lc.KindsModel(),
        "factor model": lc.FactorModel(["room"]),
        "joint model": lc.JointModel(lc.CountModel(), lc.FactorModel(["room"])),
        "graded response": lc.GradedResponse("room"),
        "priors": lc.CountModel().priors_for(survey),
        "kinds priors": lc.KindsPriors(team_sd=lc.Exponential(1)),
        "fit": synthetic_fit,
        "certificate": synthetic_fit.certificate,
        "summary": synthetic_fit.summary(),
        "result": lc.team_effects(synthetic_fit),
        "checks": checks,
        "check": checks.checks[0],
        "predictive": predictive,
        "residuals": predictive.residuals,
        "write-up": write_up(synthetic_fit),
        "goal": lc.DesignGoal(width=1.5),
        "kinds fit": make_kinds_fit(of_kinds, n_draws=100),
        "factor fit": items,
        "factor scores": lc.factor_scores(items, draws=100),
        "item analysis": lc.item_analysis(survey, "leadership_of_learning"),
        "plausible values": lc.plausible_values(items, 2),
        "scale scores": lc.scale_scores(survey, "leadership_of_learning", draws=100),
    }


@pytest.fixture(scope="module")
def wide(survey, synthetic_fit):
    """What has much to say in a line."""
    scale = lc.Scale("room", [f"{LONG}_{number}" for number in range(9)], reverse=[f"{LONG}_3"])
    priors = lc.Priors(team_sd={"intercept": lc.Exponential(2), "talk": lc.Exponential(0.5)})
    joined = SimpleNamespace(
        model=SimpleNamespace(names=(LONG[:30], LONG[:40])),
        n_values=40,
        certificate=synthetic_fit.certificate,
    )
    return {
        "scale": scale,
        "codebook": lc.Codebook(outcome="n", team="t", scales=[scale], covariates=[LONG, "age"]),
        "outcome": lc.Outcome("n", kinds=[f"{LONG}_{number}" for number in range(4)]),
        "model": lc.CountModel(covariates=(LONG, "age"), priors=priors),
        "teams": synthetic_fit.summary(teams=True),
        "formula": lc.CountModel().formula(survey),
        "counts": lc.expected_counts(synthetic_fit, population="study"),
        "ratio": lc.rate_ratio(synthetic_fit, "weekly", "never", population="new_team"),
        "agreement": lc.agreement(survey, "leadership_of_learning", draws=100),
        "e-value": lc.e_value(synthetic_fit, "weekly", "never", population="average_team"),
        "selection": lc.select_teams(synthetic_fit, strong=2, typical=2, weak=2),
        **{name: getattr(lc, name)() for name in SHOWN_AS_CALLED - NEED_ARGUMENTS},
        "joint fit": joined,
    }


def test_tables_close_their_tags_and_head_their_rows(shown):
    for name, value in shown.items():
        if name == "goal":
            continue
        reader = Tags()
        reader.feed(value._repr_html_())
        assert reader.open == [], name
        tables = sum(tag == "table" for tag, _ in reader.seen)
        assert tables or name == "write-up", name
        headings = [attributes for tag, attributes in reader.seen if tag == "th"]
        assert headings or name == "write-up", name


def test_text_names_no_place_in_memory(shown):
    for name, value in shown.items():
        assert " object at 0x" not in repr(value), name
        assert "array(" not in repr(value), name
        # A write-up is its text: prose of about a page and a half.
        assert len(repr(value)) < (6000 if name == "write-up" else 4000), name


def test_no_line_is_wider_than_the_terminal(shown, wide):
    of_joint = wide.pop("joint fit")
    for name, value in {**shown, **wide}.items():
        assert too_wide(value) == [], name
        # Text for a paper is left to whoever pastes it.
        assert isinstance(value, lc.WriteUp) or too_wide(value, of=str) == [], name
    assert too_wide(of_joint, of=lc.JointFit.__repr__) == []
    seen = {type(value).__name__ for value in (*shown.values(), *wide.values())}
    assert set(public_classes()) - seen - CHECKED_WITH_THEIR_WORDS == {
        "JointFit",
        *(NEED_ARGUMENTS - {"DesignGoal"}),
    }


def test_a_narrow_terminal_is_told_what_it_does_not_see(synthetic_fit, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    told = " ".join(repr(synthetic_fit.summary()).split())
    assert "Too narrow here for median" in told
    assert ": see .table." in told.split("Too narrow here for ")[1]
    monkeypatch.setenv("COLUMNS", "200")
    assert "Too narrow" not in repr(synthetic_fit.summary())


def test_a_terminal_of_any_width_writes_a_call_that_python_reads(monkeypatch):
    model = lc.CountModel(
        covariates=("tenure", "contract"), priors=lc.Priors(dispersion=lc.Gamma(2, 0.5))
    )
    for width in ("40", "80", "300"):
        monkeypatch.setenv("COLUMNS", width)
        names = {name: getattr(lc, name) for name in lc.__all__}
        assert eval(repr(model), {"__builtins__": {}}, names) == model


def test_what_a_survey_holds_is_escaped(survey):
    hostile = lc.Codebook(
        outcome="<b>count</b>", team="team", frequency="talk", frequency_levels=["<i>", "more"]
    )
    assert "<b>count" not in hostile._repr_html_()
    assert "&lt;b&gt;count" in hostile._repr_html_()


def test_fits_of_every_model_say_whether_to_rely_on_them(synthetic_fit):
    from learnclimate.inference.certificate import Certificate, CertificateCheck
    from learnclimate.inference.fit_html import fit_html

    bad = Certificate("nuts", (CertificateCheck("R-hat", "bad", 1.3, 1.01, "they differ"),))
    shown = fit_html("Fit", synthetic_fit.provenance, bad, {"family": "poisson"})
    assert "NOT PASSED" in shown
    assert "NOT PASSED" not in synthetic_fit._repr_html_()
    for kind in (lc.Fit, lc.KindsFit, lc.FactorFit, lc.JointFit):
        assert "fit_html" in kind._repr_html_.__code__.co_names, kind.__name__


def test_the_rows_that_a_fit_keeps_are_not_shown(shown):
    """A notebook that ends in `fit.design` is handed on as any other."""
    for name, kind in (("fit", "Count"), ("kinds fit", "Kinds"), ("factor fit", "Factor")):
        told = repr(shown[name].design)
        assert told.startswith(f"<{kind}Design of ")
        assert "[" not in told
        # Why few rows were left out is not told, either.
        told = repr(shown[name].provenance)
        assert told.startswith("<Provenance: ")
        assert "left_out" not in told
        assert too_wide(shown[name].provenance) == []
