"""What all checks promise: verdict in words, numbers, a figure on request; good, bad, neither."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from exact_engine import ALONE, ExactEngine
from kinds_fits import make_kinds_fit
from learnclimate.checks.verdict import VERDICTS, CheckReport
from learnclimate.core.errors import ArgumentError
from widths import too_wide

PLAIN = lc.CountModel(family=lc.Poisson(), team_effects=(), covariates=())
OF_TEAMS = lc.CountModel(team_effects=("intercept",), covariates=(), frequency=lc.Linear())
ASK = {"replicates": 60, "draws": 400, "seed": 1, "progress": False}


@dataclass(frozen=True)
class Studies:
    """What the checks are asked of: true models, and the same with a fault."""

    survey: lc.Survey
    true: lc.Fit
    poisson: lc.Fit
    wrong_family: lc.Fit
    carried: lc.Fit
    sure: lc.Fit
    rich: lc.Fit
    by_kind: lc.Survey
    few: lc.Survey
    no_frequency: lc.Fit

    def design(self, width):
        goal = None if width is None else lc.DesignGoal(width=width)
        ask = {"replicates": 4, "progress": False, "model": PLAIN}
        return lc.design_analysis([12], [8], goal=goal, **ask)

    def specifications(self, **models):
        return lc.specification_table(
            OF_TEAMS, self.survey, models=models, draws=400, progress=False
        )

    def kinds(self, *, respondents=True):
        fit = make_kinds_fit(self.by_kind)
        if respondents:
            return lc.posterior_predictive(fit, draws=100)
        # Respondents who are all alike: counts scatter far less than those given.
        tree = fit.draws.copy()
        posterior = tree["posterior"].to_dataset()
        tree["posterior"] = posterior.assign(respondent_sd=posterior["respondent_sd"] * 0)
        return lc.posterior_predictive(replace(fit, draws=tree), draws=100)

    def kinds_prior(self, **priors):
        model = lc.KindsModel(priors=lc.KindsPriors(**priors))
        return lc.prior_predictive(model, self.by_kind, draws=200)

    def around(self, shift):
        fit = lc.fit(ALONE, self.few, draws=800, seed=1, progress=False)
        tree = fit.draws.copy()
        posterior = tree["posterior"].to_dataset()
        tree["posterior"] = posterior.assign(intercept=posterior["intercept"] + shift)
        return lc.calibrate_around(replace(fit, draws=tree), engine=ExactEngine(), **ASK)


#: Of each check: asked of a true model, of one with a planted fault, and where it cannot apply.
CHECKS = {
    "check_fit": (
        lambda s: lc.check_fit(s.true, draws=200),
        lambda s: lc.check_fit(s.wrong_family, draws=200),
        None,
    ),
    "posterior_predictive": (
        lambda s: lc.posterior_predictive(s.true, draws=200),
        lambda s: lc.posterior_predictive(s.wrong_family, draws=200),
        None,
    ),
    "posterior_predictive of kinds": (
        lambda s: s.kinds(), lambda s: s.kinds(respondents=False), None),
    "prior_predictive": (
        lambda s: lc.prior_predictive(lc.CountModel(), s.survey),
        lambda s: lc.prior_predictive(
            lc.CountModel(priors=lc.Priors(intercept=lc.Normal(5, 0.1))), s.survey),
        None,
    ),
    "prior_predictive of kinds": (
        lambda s: s.kinds_prior(), lambda s: s.kinds_prior(
            intercept=lc.Normal(6, 0.1), intercept_sd=lc.Exponential(20)), None),
    "leave_one_out": (
        lambda s: lc.leave_one_out(s.true, progress=False),
        lambda s: lc.leave_one_out(s.carried, refits=0, progress=False),
        None,
    ),
    "leave_one_team_out": (
        lambda s: lc.leave_one_team_out(s.true, progress=False),
        lambda s: lc.leave_one_team_out(s.carried, refits=0, progress=False),
        lambda s: lc.leave_one_team_out(four_effects(s.true), progress=False),
    ),
    "compare_models": (
        lambda s: lc.compare_models({"true": s.true, "wrong": s.poisson}, progress=False),
        lambda s: lc.compare_models({"true": s.true, "same": s.true}, progress=False),
        lambda s: lc.compare_models(
            {name: lc.leave_one_team_out(four_effects(s.true), progress=False) for name in "ab"},
            unit="team"),
    ),
    "prior_sensitivity": (
        lambda s: lc.prior_sensitivity(s.rich, progress=False),
        lambda s: lc.prior_sensitivity(s.sure, progress=False),
        None,
    ),
    "influence": (
        lambda s: lc.influence(s.true, progress=False),
        lambda s: lc.influence(s.carried, refits=1, progress=False),
        lambda s: lc.influence(s.no_frequency, progress=False),
    ),
    "specification_table": (
        lambda s: s.specifications(other=replace(OF_TEAMS, covariates=("tenure",))),
        lambda s: s.specifications(other=replace(
            OF_TEAMS, priors=lc.Priors(frequency=lc.Normal(0, 0.1)))),
        lambda s: s.specifications(other=lc.CountModel(family=lc.BetaBinomial())),
    ),
    "calibrate": (
        lambda s: lc.calibrate(ALONE, s.few, engine=ExactEngine(), **ASK),
        lambda s: lc.calibrate(ALONE, s.few, engine=ExactEngine(shift=1.0), **ASK),
        lambda s: lc.calibrate(
            ALONE, s.few, engine=ExactEngine(), **(ASK | {"replicates": 5})),
    ),
    "calibrate_around": (lambda s: s.around(0.0), lambda s: s.around(0.4), None),
    "design_analysis": (
        lambda s: s.design(9.0), lambda s: s.design(1.01), lambda s: s.design(None)),
}  # fmt: skip
#: Models that cannot be told apart are doubtful, none of them bad.
_WORST = {"compare_models": "doubtful"}
#: Where a check is not applicable there is nothing to draw, but for what was fitted anyway.
_DRAWN_ANYWAY = ("calibrate", "design_analysis", "specification_table")


def four_effects(fit):
    coding = replace(fit.coding, team_effects=("intercept", "talk", "talk", "talk"))
    return replace(fit, design=replace(fit.design, coding=coding), coding=coding)


@pytest.fixture(scope="session")
def studies(survey, fitted, poisson_fit, strong_poisson, carried, sure_fit):
    simulated = lc.simulate_survey(n_teams=8, team_size=8, seed=1)
    codebook = lc.Codebook(outcome="activities", team="team")
    plain = lc.read_survey(simulated.frame[["team", "activities"]], codebook)
    model = lc.CountModel(team_effects=("intercept",))
    many = lc.simulate_survey(n_teams=60, team_size=15, seed=5)
    return Studies(
        survey=survey,
        true=fitted,
        poisson=poisson_fit,
        wrong_family=strong_poisson,
        carried=carried,
        sure=sure_fit,
        rich=lc.fit(lc.CountModel(), many, draws=1000, seed=5, progress=False),
        by_kind=lc.simulate_survey(n_teams=12, team_size=10, truth=lc.KindsTruth(), seed=1),
        few=lc.simulate_survey(
            n_teams=4, team_size=5, truth=lc.Truth(levels=(), frequency_shape=()), seed=2
        ),
        no_frequency=lc.fit(model, plain, draws=400, seed=1, progress=False),
    )


def assert_kept(told, verdict):
    """Words, numbers and the figure of one check."""
    assert told.verdict == verdict, told
    assert told.verdict in VERDICTS
    assert told.words.endswith((".", ")"))
    assert len(told.words.split()) > 4
    assert told.words in " ".join(repr(told).split())
    assert too_wide(told) == [] == too_wide(told, of=str)
    if isinstance(told, CheckReport):
        assert all(one.words and one.verdict in VERDICTS for one in told.checks)
        assert isinstance(told.table, pd.DataFrame)
        return
    assert (told.check.verdict, told.check.words) == (told.verdict, told.words)
    if verdict != "not applicable":
        figures = list(dict(told.check.values).values())
        assert any(np.isfinite(figures))


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_says_good_of_what_is_true_and_bad_of_what_is_not(studies, name):
    good, bad, not_applicable = CHECKS[name]
    for ask, verdict in ((good, "good"), (bad, _WORST.get(name, "bad"))):
        told = ask(studies)
        assert_kept(told, verdict)
        assert lc.plots.check(told).axes
        assert lc.plots.check(told, language="nl").axes
    if not_applicable is not None:
        told = not_applicable(studies)
        assert_kept(told, "not applicable")
        if name not in _DRAWN_ANYWAY:
            with pytest.raises(ArgumentError, match="othing"):
                lc.plots.check(told)


def test_parts_of_a_report_are_not_applicable_one_by_one(studies, tmp_path):
    studies.true.save(tmp_path / "fit.nc")
    told = lc.check_fit(lc.load_fit(tmp_path / "fit.nc"))
    assert told["certificate"].verdict == "good"
    others = [one for one in told.checks if one.name != "certificate"]
    assert {one.verdict for one in others} == {"not applicable"}
    assert all("survey=" in one.words for one in others)
    assert lc.plots.check(told).axes


def test_fits_of_several_kinds_are_checked_at_once(studies, tmp_path):
    fit = make_kinds_fit(studies.by_kind)
    told = lc.check_fit(fit, draws=100, thorough=True)
    names = {one.name: one for one in told.checks}
    assert told.checks[0].name == "certificate"
    assert {"mean", "dispersion", "share of zeros", "correlation"} <= set(names)
    assert names["influence"].verdict == "not applicable"
    assert told.verdict == "good", told
    assert lc.plots.check(told).axes
    fit.save(tmp_path / "kinds.nc")
    loaded = lc.check_fit(lc.load_fit(tmp_path / "kinds.nc"))
    assert {one.verdict for one in loaded.checks[1:]} == {"not applicable"}


def test_what_is_no_check_is_not_drawn(studies):
    with pytest.raises(lc.ArgumentTypeError, match="is no check"):
        lc.plots.check(studies.survey)
