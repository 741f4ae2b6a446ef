"""Factor models compared, and respondents or teams left out: exact densities, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.checks.densities_by_nodes import respondents_by_nodes, teams_by_nodes
from learnclimate.checks.densities_two_level import normal_teams
from learnclimate.checks.factor_left_out import factor_left_out
from learnclimate.checks.factor_predictive import patterns_by_grid
from learnclimate.checks.leave_out import leave_one_out
from learnclimate.checks.model_comparison import compare_models
from learnclimate.checks.unit_densities import unit_densities
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.inference.factors.engine import FactorProblem, factor_posterior
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.inference.joint_team_moments import _point
from learnclimate.inference.store import load_fit
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

TWO = np.kron(np.eye(2), np.full((3, 1), 0.7))
ITEMS = [f"q{j}" for j in range(1, 7)]


def fitted(model, answered, draws=400):
    return fit(model, answered, draws=draws, seed=1, progress=False)


@pytest.fixture(scope="module")
def answered():
    rng = np.random.default_rng(1)
    team = np.arange(300) % 30
    answers = ordinal_answers(
        rng, 300, TWO, correlation=[[1, 0.3], [0.3, 1]], team=team, team_sd=0.6
    )
    return two_scales(with_holes(rng, answers, 0.03), 3, team)


@pytest.fixture(scope="module")
def two(answered):
    return fitted(FactorModel(["f", "g"]), answered)


@pytest.fixture(scope="module")
def one(answered):
    return fitted(FactorModel(Scale("both", ITEMS)), answered)


@pytest.fixture(scope="module")
def numbers(answered):
    model = FactorModel(Scale("both", ITEMS), ordinal=False, levels="team")
    return fitted(model, answered)


@pytest.fixture(scope="module")
def leveled(answered):
    return fitted(FactorModel(Scale("f", ITEMS[:3]), levels="team"), answered)


def test_one_factor_for_two_predicts_worse(one, two):
    told = compare_models({"one": one, "two": two}, progress=False)
    assert told.table["model"].tolist() == ["two", "one"]
    assert told.table["told_apart"].tolist() == [False, True]
    assert (told.unit, told.n_units) == ("respondent", 300)
    chosen = np.arange(400)
    each = [factor_left_out(x, chosen, ("respondent",))["respondent"].estimate for x in (one, two)]
    apart = each[0].pointwise - each[1].pointwise
    # Few gave some answers, and figures are rounded as those of `fit_indices` are.
    assert told.table["difference"].iloc[1] == pytest.approx(apart.sum(), abs=0.005)
    assert told.table["difference_se"].iloc[1] == pytest.approx(
        np.sqrt(300) * apart.std(ddof=1), abs=0.005
    )
    assert "take respondents to be independent" in told.words
    # Both predict the same answers: the error of their difference is not that of either.
    assert told.table["difference_se"].iloc[1] < 0.8 * each[0].se


def test_teams_are_predicted_better_by_a_model_that_has_them(answered, numbers):
    flat = fitted(FactorModel(Scale("both", ITEMS), ordinal=False), answered)
    for unit, n in (("team", 30), ("respondent", 300)):
        told = compare_models({"flat": flat, "teams": numbers}, unit=unit, progress=False)
        assert told.table["model"].iloc[0] == "teams"
        assert told.n_units == n
        # Members of a team are alike, and are told to be taken for independent; teams are not.
        assert ("they are too small" in told.words) == (unit == "respondent")


def test_the_order_of_items_does_not_matter(answered, one):
    turned = fitted(FactorModel(Scale("both", ITEMS[::-1])), answered)
    told = compare_models({"one": one, "turned": turned}, progress=False)
    assert abs(told.table["difference"].iloc[1]) < 1
    assert not told.table["told_apart"].any()


def test_other_answers_are_refused(answered, one, numbers, tmp_path):
    fewer = fitted(FactorModel(Scale("f", ITEMS[:5])), answered)
    with pytest.raises(FitError, match=r"different items \('q6' are in one alone\)"):
        compare_models({"all": one, "fewer": fewer}, progress=False)
    other = survey_of(answered.frame[ITEMS].to_numpy()[::-1], np.arange(300) % 30)
    elsewhere = fitted(FactorModel(Scale("both", ITEMS)), other)
    with pytest.raises(FitError, match="rest on different answers"):
        compare_models({"here": one, "there": elsewhere}, progress=False)
    with pytest.raises(FitError, match="one the numbers of continuous items"):
        compare_models({"ordered": one, "numbers": numbers}, progress=False)
    one.save(tmp_path / "one.nc")
    with pytest.raises(FitError, match="saved fit does not hold"):
        compare_models({"one": one, "kept": load_fit(tmp_path / "one.nc")}, progress=False)


def test_what_is_no_factor_model_is_refused(answered, one, poisson_fit):
    with pytest.raises(ArgumentTypeError, match="'count' is of type Fit, and others are fits"):
        compare_models({"items": one, "count": poisson_fit}, progress=False)
    with pytest.raises(ArgumentTypeError, match="hold it against others by compare_models"):
        leave_one_out(one)
    alone = fitted(
        FactorModel("s"), survey_of(answered.frame[ITEMS].to_numpy(), np.zeros(300, int))
    )
    with pytest.raises(ArgumentError, match="in one team"):
        compare_models({"a": alone, "b": alone}, unit="team", progress=False)


def test_continuous_teams_and_members_have_the_density_of_a_joint_normal(numbers):
    chosen = np.array([0, 200])
    teams, members = normal_teams(numbers, chosen)
    found, posterior = parameters_of(numbers, chosen), numbers.draws["posterior"]
    values, team = numbers.design.numbers, numbers.design.team
    rows = np.flatnonzero(team == 4)
    known = np.isfinite(values[rows]).ravel()
    for place, draw in enumerate(chosen):
        mean, sd = (posterior[name].to_numpy().reshape(-1, 6)[draw]
                    for name in ("item_means", "residual_sd"))  # fmt: skip
        loading = found.loadings[place] * sd[:, None]
        own = loading @ found.correlation[place] @ loading.T + np.diag(sd**2)
        shared = loading @ found.between[place] @ loading.T
        n = len(rows)
        whole = np.kron(np.eye(n), own) + np.kron(np.ones((n, n)), shared)
        apart = (values[rows] - mean).ravel()

        def density(kept, whole=whole, apart=apart):
            some = whole[np.ix_(kept, kept)]
            return stats.multivariate_normal(np.zeros(kept.sum()), some).logpdf(apart[kept])

        assert teams[4, place] == pytest.approx(density(known), abs=1e-8)
        others = known & (np.arange(6 * n) >= 6)
        expected = density(known) - density(others)
        assert members[rows[0], place] == pytest.approx(expected, abs=1e-8)


def test_a_team_left_out_by_weights_is_predicted_as_by_a_fit_without_it(answered, numbers):
    weighed = factor_left_out(numbers, np.arange(400), ("team",))["team"].estimate
    team = numbers.design.teams[7]
    without = answered.frame[answered.frame["team"].astype(str) != str(team)]
    shorter = fitted(numbers.model, two_scales(
        without[ITEMS].to_numpy(float),
        3,
        np.unique(without["team"].astype(str), return_inverse=True)[1],
    ))  # fmt: skip
    logs = normal_teams(replace(shorter, design=numbers.design), np.arange(400))[0][7]
    refitted = np.log(np.mean(np.exp(logs - logs.max()))) + logs.max()
    assert weighed.pointwise[7] == pytest.approx(refitted, abs=0.3)
    assert weighed.khat[7] < weighed.limit


def test_nodes_around_the_modes_give_what_a_grid_gives(two):
    chosen = np.arange(0, 400, 100)
    exact = patterns_by_grid(two, chosen)[two.design.patterns()[1]]
    nodes = respondents_by_nodes(two, chosen, 1)
    halves = nodes.halves[0] - nodes.halves[1]
    error = np.sqrt((halves**2).sum(axis=0)) / 2
    assert (np.abs((nodes.logs - exact).sum(axis=0)) < 4 * error).all()
    assert error.max() < 0.5
    assert np.abs(nodes.logs - exact).max() < 0.15


def test_teams_of_ordered_answers_have_the_likelihood_of_the_grid(leveled):
    chosen = np.array([0, 150, 300])
    teams, _ = teams_by_nodes(leveled, chosen, 1)
    posterior = factor_posterior(FactorProblem(leveled.model, leveled.design))
    fine = posterior.anchored_at(_point(leveled, parameters_of(leveled)), 1.5)
    for place, draw in enumerate(chosen):
        integrated = fine._integrated(_point(leveled, parameters_of(leveled, np.array([draw]))), 0)
        error = np.sqrt(((teams.halves[0] - teams.halves[1])[:, place] ** 2).sum()) / 2
        assert teams.logs[:, place].sum() == pytest.approx(integrated.value, abs=4 * error)
        assert error < 0.5
    assert unit_densities(leveled, chosen, ("team",), seed=1)["team"].logs.shape == (30, 3)


def test_a_member_is_taken_given_the_others_of_the_team(leveled):
    """By sums over one fine grid of the member's factor and one of the team's."""
    # Ten sets of nodes, for the error of one is a few hundredths.
    several = [teams_by_nodes(leveled, np.array([150]), seed) for seed in range(10)]
    teams, members = (np.mean([one[k].logs for one in several], axis=0) for k in (0, 1))
    found = parameters_of(leveled, np.array([150]))
    side = np.linspace(-7, 7, 351)
    step = side[1] - side[0]
    rows = np.flatnonzero(leveled.design.team == 4)
    likelihood = np.ones((len(rows), len(side)))
    for item in range(3):
        edges = np.concatenate([[-np.inf], found.thresholds[0, item], [np.inf]])
        below = stats.norm.cdf(edges - found.loadings[0, item] * side[:, None])
        for at, answer in enumerate(leveled.design.categories[rows, item]):
            if answer >= 0:
                likelihood[at] *= below[:, answer + 1] - below[:, answer]
    given = likelihood @ stats.norm.pdf(side[:, None] - side) * step
    prior = stats.norm.pdf(side, scale=np.sqrt(found.between[0, 0, 0])) * step
    whole = np.log((given.prod(axis=0) * prior).sum())
    others = np.log((given[1:].prod(axis=0) * prior).sum())
    assert teams[4, 0] == pytest.approx(whole, abs=0.06)
    assert members[rows[0], 0] == pytest.approx(whole - others, abs=0.06)
