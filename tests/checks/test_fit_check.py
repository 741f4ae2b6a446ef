import re
from dataclasses import replace

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.checks.comparison import compare, compare_misplaced
from learnclimate.checks.fit_check import check_fit, predictive_checks
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.checks.verdict import JUDGED_INTERVAL, Check, CheckReport, judge
from learnclimate.core.errors import ArgumentTypeError, FitError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.store import load_fit
from learnclimate.reporting.checks_told import checks_told
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit

NAMES = [
    "certificate",
    "distribution",
    "dispersion",
    "share of zeros",
    "highest counts",
    "team share",
    "mean",
    "level means",
    "residuals",
    "residuals by group",
]
CAUSAL = re.compile(r"because|effect of|leads? to|caus|therefore|due to", re.IGNORECASE)


@pytest.fixture(scope="module")
def overdispersed():
    return simulate_survey(n_teams=30, team_size=12, truth=Truth(dispersion=0.6), seed=5)


@pytest.fixture(scope="module")
def true_report(overdispersed):
    return check_fit(make_synthetic_fit(overdispersed, spread=0.3))


@pytest.fixture(scope="module")
def poisson_report(overdispersed):
    fit = make_synthetic_fit(overdispersed, CountModel(family=Poisson()), spread=0.3)
    return check_fit(fit)


def test_a_true_model_is_good(true_report):
    assert [check.name for check in true_report.checks] == NAMES
    assert {check.verdict for check in true_report.checks} == {"good"}
    assert true_report.verdict == "good"
    assert true_report.words.startswith("The draws can be trusted")
    assert "thorough=True" in true_report.words


@pytest.mark.parametrize("seed", range(8))
def test_true_models_are_seldom_called_bad(seed):
    survey = simulate_survey(n_teams=20, team_size=10, seed=100 + seed)
    assert check_fit(make_synthetic_fit(survey, spread=0.3), draws=200).verdict != "bad"


def test_ignored_overdispersion_is_bad(poisson_report):
    assert poisson_report.verdict == "bad"
    for name in ("distribution", "dispersion", "share of zeros"):
        assert poisson_report[name].verdict == "bad"
        assert "NegativeBinomial()" in poisson_report[name].words
    assert "dispersion" in poisson_report.words


def test_counts_that_differ_too_little_get_no_family_that_lets_them_differ_more(overdispersed):
    fit = make_synthetic_fit(overdispersed, CountModel(family=Poisson()), spread=0.3)
    outcome = np.full_like(fit.design.outcome, round(float(fit.design.outcome.mean())))
    report = check_fit(replace(fit, design=replace(fit.design, outcome=outcome)))
    assert report["dispersion"].verdict == "bad"
    for name in ("distribution", "dispersion", "share of zeros"):
        assert "Fit with family=NegativeBinomial()" not in report[name].words
    assert "differ less than Poisson counts do" in report["dispersion"].words


def test_too_many_zeros_get_a_family_with_a_zero_part(overdispersed):
    fit = make_synthetic_fit(overdispersed, spread=0.3)
    outcome = fit.design.outcome * (np.arange(len(fit.design.outcome)) % 2)
    report = check_fit(replace(fit, design=replace(fit.design, outcome=outcome)))
    assert report["share of zeros"].verdict == "bad"
    assert "ZeroInflatedNegativeBinomial()" in report["share of zeros"].words


def test_good_outside_the_interval_says_why(synthetic_fit):
    predictive = posterior_predictive(synthetic_fit, interval=JUDGED_INTERVAL)
    table = predictive.statistics.set_index("statistic")
    table.loc["dispersion", ["observed", "lower", "upper"]] = 2.03, 1.99, 2.01
    table.loc["dispersion", "verdict"] = judge(0.001, 0.015)
    checks = predictive_checks(replace(predictive, statistics=table.reset_index()))
    spread = next(check for check in checks if check.name == "dispersion")
    assert spread.verdict == "good"
    assert spread.words.endswith("(95% of new data sets). The difference is too small to matter.")
    (told,) = checks_told([spread], language="en")
    assert told.words.endswith("(19 in 20). The difference is too small to matter.")
    (told,) = checks_told(
        [replace(spread, values=spread.values | {"observed": 2.0})], language="nl"
    )
    assert told.words.endswith("(in 19 van de 20 gevallen).")


def test_figures_of_answer_options_say_that_each_is_taken_at_its_lowest(synthetic_fit):
    predictive = posterior_predictive(synthetic_fit)
    counted, options = predictive_checks(predictive), predictive_checks(predictive, options=True)
    for one, other in zip(counted, options, strict=True):
        of_counts = one.name in ("mean", "dispersion", "highest counts", "team share")
        assert ("lowest count of its option;" in other.words) == of_counts
        for language, words in (
            ("en", "each answer taken as the lowest number of its option"),
            ("nl", "het laagste aantal van zijn antwoordmogelijkheid"),
        ):
            (told,) = checks_told([other], language=language)
            assert (words in told.words) == of_counts


@pytest.mark.parametrize("place", np.linspace(0.01, 0.99, 50))
def test_the_interval_shown_is_that_of_the_verdict(place):
    replicated = np.random.default_rng(1).gamma(4.0, size=401)
    one = compare(float(np.quantile(replicated, place)), replicated, JUDGED_INTERVAL)
    assert (one.verdict == "good") == (one.lower <= one.observed <= one.upper)


def test_the_interval_of_a_distribution_is_that_of_its_verdict():
    rng = np.random.default_rng(2)
    replicated = rng.multinomial(200, [0.25] * 4, size=400).astype(float)
    for observed in rng.multinomial(200, [0.28, 0.22, 0.3, 0.2], size=200).astype(float):
        one = compare_misplaced(observed, replicated, JUDGED_INTERVAL)
        good = one.observed <= one.upper or one.observed - one.median < 0.02
        assert (one.verdict == "good") == good


def test_a_wrong_level_is_bad(synthetic_fit):
    design = synthetic_fit.design
    outcome = np.where(design.frequency_level[:, 0] == 2, 3 * design.outcome + 6, design.outcome)
    report = check_fit(replace(synthetic_fit, design=replace(design, outcome=outcome)))
    assert report["level means"].verdict == "bad"
    assert "talk[quarterly]" in report["level means"].words


def test_draws_that_failed_come_first_and_are_bad(synthetic_fit):
    failed = Certificate(
        "nuts",
        (
            CertificateCheck("R-hat", "bad", 1.4, 1.01, "R-hat reaches 1.4"),
            CertificateCheck("divergences", "good", 0, 0, "no divergences"),
        ),
    )
    report = check_fit(replace(synthetic_fit, certificate=failed))
    assert report.checks[0].name == "certificate"
    assert report.verdict == "bad"
    assert report["certificate"].words == "R-hat reaches 1.4."
    assert report["certificate"].values["R-hat"] == 1.4


def test_nothing_to_judge_the_draws_by(synthetic_fit):
    report = check_fit(replace(synthetic_fit, certificate=Certificate("nuts", ())), draws=50)
    assert report["certificate"].verdict == "not applicable"


def test_without_respondents_checks_are_not_applicable(synthetic_fit):
    report = check_fit(replace(synthetic_fit, design=None))
    assert [check.name for check in report.checks] == NAMES
    assert {check.verdict for check in report.checks[1:]} == {"not applicable"}
    assert report.verdict == "good"
    assert "not checked: distribution" in report.words
    assert all(check.values == {} for check in report.checks[1:])


def test_too_few_respondents_are_not_applicable(synthetic_fit):
    report = check_fit(synthetic_fit, rule=DisclosureRule(10_000))
    assert report["mean"].verdict == "not applicable"


def test_hidden_zeros_stay_out_of_the_words(synthetic_fit):
    outcome = np.maximum(synthetic_fit.design.outcome, 1)
    outcome[:2] = 0
    fit = replace(synthetic_fit, design=replace(synthetic_fit.design, outcome=outcome))
    check = check_fit(fit)["share of zeros"]
    assert set(check.values) == {"median", "lower", "upper"}
    assert "too few respondents" in check.words


def test_prints_well(poisson_report):
    text = str(poisson_report)
    assert repr(poisson_report) == text
    assert text.splitlines()[0].startswith("Checks: bad.")
    told = [line for line in text.splitlines() if line.startswith("  [")]
    assert len(told) == len(NAMES)
    page = poisson_report._repr_html_()
    assert page.count("<tr>") == 1 + len(NAMES)
    assert poisson_report.table.columns.tolist() == ["check", "verdict", "words"]


def test_html_is_escaped():
    report = CheckReport((Check("<b>", "good", "a < b"),))
    assert "<b>&lt;b&gt;" not in report._repr_html_()
    assert "&lt;b&gt;" in report._repr_html_()


def test_no_word_claims_a_cause(true_report, poisson_report):
    for report in (true_report, poisson_report):
        assert CAUSAL.search(str(report)) is None


def test_unknown_names_and_what_is_no_fit(true_report):
    with pytest.raises(KeyError):
        true_report["zeros"]
    with pytest.raises(ArgumentTypeError):
        check_fit(None)


def test_the_gravest_check_comes_first_after_the_certificate(poisson_report):
    verdicts = [check.verdict for check in poisson_report.checks[1:]]
    assert verdicts == sorted(verdicts, key=["bad", "doubtful", "good", "not applicable"].index)
    assert poisson_report.checks[0].name == "certificate"


def test_a_thorough_check_adds_priors_people_and_predictions(fitted):
    added = ["prior sensitivity", "influence", "leave one out", "leave one team out"]
    report = check_fit(fitted, thorough=True, draws=50)
    assert {*NAMES, *added} == {check.name for check in report.checks}
    assert report["leave one team out"].verdict == "good"
    assert not CAUSAL.search(str(report))


def test_a_saved_fit_is_checked_against_the_survey(fitted, survey, tmp_path):
    fitted.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    assert check_fit(loaded)["mean"].verdict == "not applicable"
    assert check_fit(loaded, survey=survey, draws=50)["mean"].verdict == "good"


def test_another_survey_is_refused_though_the_fit_holds_its_own(fitted, survey):
    assert check_fit(fitted, survey=survey, draws=50).checks
    frame = survey.frame.copy()
    frame["activities"] = frame["activities"].to_numpy()[::-1]
    with pytest.raises(FitError, match="not the answers that the fit was made from"):
        check_fit(fitted, survey=replace(survey, frame=frame), draws=50)


@pytest.mark.parametrize("size", [3, 180])
def test_without_two_teams_to_show_no_team_share_is_told(size):
    """Sixty teams of three are all hidden; a study of one team has none to compare."""
    drawn = simulate_survey(n_teams=20, team_size=12, seed=5)
    frame = drawn.frame.head(180).assign(
        team=[f"T{row // size}" for row in range(180)], department="D"
    )
    survey = read_survey(frame, drawn.codebook)
    model = CountModel(team_effects=("intercept",) if size == 3 else ())
    told = check_fit(lc.fit(model, survey, draws=200, seed=1, progress=False))["team share"]
    assert told.verdict == "not applicable"
    assert "no two teams" in told.words
    assert " 0;" not in told.words
