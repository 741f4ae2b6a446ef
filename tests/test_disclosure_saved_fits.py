"""
Saved fits, attacked by solving equations about the respondents that thousands of draws make.

What is expected of all respondents at a draw is a sum over the cells of the table of respondents,
with factors that follow from the parameters of that draw: as many equations as draws, for as many
unknowns as cells. The attacks solve them; each is tried first on what the session holds, where it
finds every cell.
"""

import re
from dataclasses import asdict, replace

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import nnls
from scipy.special import betainc, ndtr, ndtri
from scipy.stats import qmc

import learnclimate as lc
from kinds_fits import make_kinds_fit
from learnclimate.core.errors import LearnClimateError
from learnclimate.disclosure.rounding import rounded_mean, spread_that_hides
from learnclimate.inference.drawn_anew import secret_numbers, with_moved_draws
from learnclimate.inference.file_standardised import brought_to
from learnclimate.inference.provenance import data_hash, told_fingerprint
from learnclimate.reporting.answers import ask
from learnclimate.reporting.workbook import write_workbook

LEVELS = ["never", "yearly", "monthly", "weekly"]
#: Not even how many steps led to a draw: that is a statement about the gradient there.
HARMLESS = {"chain", "draw"}


def study(seed, sizes):
    """Teams of few people: most cells of team, level and contract hold one or two."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"team": [team for team, size in sizes.items() for _ in range(size)]})
    level = rng.integers(0, 4, len(frame))
    frame["talk"] = np.array(LEVELS)[level]
    frame["contract"] = rng.choice(["fixed", "flex"], len(frame), p=[0.7, 0.3])
    frame["learnt"] = rng.poisson(np.exp(0.6 + 0.3 * level / 3))
    codebook = lc.Codebook(
        outcome="learnt",
        team="team",
        frequency="talk",
        frequency_levels=LEVELS,
        covariates=["contract"],
    )
    return lc.read_survey(frame, codebook)


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(21)
    return study(21, {f"T{place}": int(rng.integers(7, 14)) for place in range(9)})


@pytest.fixture(scope="module")
def fit(survey):
    return lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False, engine="marginal")


@pytest.fixture(scope="module")
def path(fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "fit.nc"
    fit.save(path)
    return path


@pytest.fixture(scope="module")
def loaded(path):
    return lc.load_fit(path)


def flat(group, name):
    values = group[name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def rates(draws):
    """Expected count of each cell at each draw, (n_draws, n_teams, n_levels, 2)."""
    posterior = draws["posterior"]
    intercept, curve = flat(posterior, "intercept"), flat(posterior, "frequency_curve")
    effects = flat(posterior, "team_effects")
    shape = curve / flat(posterior, "frequency_effect")
    log_rate = intercept[:, None, None] + curve[:, None, :] + effects[:, :, [0]]
    log_rate = log_rate + effects[:, :, [1]] * shape[:, None, :]
    contract = flat(posterior, "covariate_effects")[:, 0]
    return np.exp(log_rate[..., None] + contract[:, None, None, None] * np.arange(2.0))


def table(survey, teams):
    frame = survey.frame
    return np.array(
        [
            [
                [
                    ((frame["team"] == t) & (frame["talk"] == one) & (frame["contract"] == c)).sum()
                    for c in ("fixed", "flex")
                ]
                for one in LEVELS
            ]
            for t in teams
        ]
    )


def solved(draws):
    """Two attacks: least squares, and least squares of numbers that are no less than 0."""
    cells = rates(draws).reshape(len(flat(draws["posterior"], "intercept")), -1)
    total = flat(draws["standardised"], "expected_count_observed")
    total = total * float(draws["constant_data"]["n_respondents"])
    equations, one = cells / total[:, None], np.ones(len(total))
    return np.linalg.lstsq(equations, one, rcond=1e-14)[0], nnls(equations, one)[0]


def from_margins(draws):
    """What the file says outright: sizes of teams and levels, the share of a contract."""
    constant = draws["constant_data"]
    level = constant["level_size"].to_numpy() / float(constant["n_respondents"])
    flex = float(constant["covariate_means"][0])
    sizes = constant["team_size"].to_numpy()
    return (sizes[:, None, None] * level[:, None] * np.array([1 - flex, flex])).ravel()


def test_the_attack_finds_every_cell_in_what_the_session_holds(fit, survey):
    teams = fit.draws["constant_data"]["team"].to_numpy()
    true = table(survey, teams).ravel()
    for found in solved(fit.draws):
        assert (np.rint(found) == true).all()


def test_draws_of_a_file_say_no_more_of_cells_than_its_margins_do(loaded, survey):
    teams = loaded.draws["constant_data"]["team"].to_numpy()
    true = table(survey, teams).ravel()
    guessed = from_margins(loaded.draws)
    by_guess = int((np.rint(guessed) == true).sum())
    chance = 2 * np.sqrt(len(true) * 0.25)
    for found in solved(loaded.draws):
        assert (np.rint(found) == true).sum() <= by_guess + chance
        # Nor is what was found beyond the margins about the cells that there are.
        apart, real = found - guessed, true - guessed
        assert abs(np.corrcoef(apart, real)[0, 1]) < 4 / np.sqrt(len(true))


def unexplained(draws, name):
    """
    Share of what the plain population leaves of the study that cells explain, and by chance.

    The plain population follows from what a file tells: teams by their sizes, at each level as
    many as gave it, all with the mean of the contract.
    """
    cells, constant = rates(draws), draws["constant_data"]
    size, level = constant["team_size"].to_numpy(), constant["level_size"].to_numpy()
    flex = flat(draws["posterior"], "covariate_effects")
    plain = np.log(np.einsum("dtl,t->dl", cells[..., 0], size / size.sum()))
    plain += float(constant["covariate_means"][0]) * flex
    if name == "expected_count_observed":
        plain = np.log(np.exp(plain) @ (level / level.sum()))[:, None]
    told = np.log(flat(draws["standardised"], name).reshape(len(plain), -1))
    rest = (told - plain).mean(axis=1)
    known = np.column_stack([np.ones(len(rest)), plain.mean(axis=1)])
    columns = np.column_stack([rest, np.log(cells.reshape(len(rest), -1)), cells[..., 0].sum(1)])
    columns = columns - known @ np.linalg.lstsq(known, columns, rcond=None)[0]
    rest, columns = columns[:, 0], columns[:, 1:]
    left, spread, _ = np.linalg.svd(columns, full_matrices=False)
    left = left[:, spread > 1e-9 * spread[0]]
    return float(((left.T @ rest) ** 2).sum() / (rest @ rest)), left.shape[1] / len(rest)


@pytest.mark.parametrize("name", ["expected_count", "expected_count_observed"])
def test_what_a_file_expects_of_the_study_is_a_plain_population_and_noise(fit, loaded, name):
    """The attack: explain what is left by the cells. In the session they explain most of it."""
    assert unexplained(fit.draws, name)[0] > 0.5
    share, by_chance = unexplained(loaded.draws, name)
    assert share < by_chance + 4 * np.sqrt(2 * by_chance / fit.provenance.draws)


@pytest.fixture(scope="module")
def hiding():
    """Two hidden teams among eight: one of three people, and the one that protects it."""
    sizes = {"Beta": 3, "Care": 8, **{f"T{place}": 8 + place for place in range(6)}}
    return lc.fit(
        lc.CountModel(), study(11, sizes), draws=400, seed=1, progress=False, engine="marginal"
    )


def test_means_of_covariates_in_a_file_are_those_of_teams_that_are_shown(hiding, tmp_path):
    """Of what is known of each team, a mean of all would tell the sizes of hidden teams."""
    hiding.save(tmp_path / "fit.nc")
    told = float(lc.load_fit(tmp_path / "fit.nc").draws["constant_data"]["covariate_means"][0])
    design = hiding.design
    shown = ~np.isin(design.teams[design.team].astype(str), ["Beta", "Care"])
    flex = design.covariates[:, 0]
    assert told == rounded_mean(flex[shown].mean(), spread_that_hides(flex), len(flex))


def rest_of(draws, cells, teams, flex):
    """What is expected of all at each level, less the teams that can be subtracted."""
    known = draws["constant_data"]["team"].to_numpy().tolist()
    size = dict(zip(known, draws["constant_data"]["team_size"].to_numpy(), strict=True))
    total = flat(draws["standardised"], "expected_count")
    total = total * float(draws["constant_data"]["n_respondents"])
    mixed = (1 - flex) * cells[..., 0] + flex * cells[..., 1]
    places = [known.index(team) for team in teams]
    return total - np.einsum("dtl,t->dl", mixed[:, places], [size[team] for team in teams])


def test_hidden_teams_are_not_what_is_left_of_a_file(hiding, tmp_path):
    """The attack: all less the shown teams, draw by draw, is what the hidden ones do."""
    hiding.save(tmp_path / "fit.nc")
    loaded = lc.load_fit(tmp_path / "fit.nc")
    shown = loaded.draws["constant_data"]["team"].to_numpy().tolist()
    assert not {"Beta", "Care"} & set(shown)
    flex = float(loaded.draws["constant_data"]["covariate_means"][0])
    own, cells = rates(hiding.draws), rates(loaded.draws)
    sizes = hiding.draws["constant_data"]["team_size"].to_numpy()
    hidden = np.einsum(
        "dtl,t->dl", (1 - flex) * own[:, :2, :, 0] + flex * own[:, :2, :, 1], sizes[:2]
    )
    theirs = np.log(hidden[:, 3] / hidden[:, 0])

    def found(draws, rates_of):
        rest = rest_of(draws, rates_of, shown, flex)
        usable = (rest > 0).all(axis=1)
        ratio = np.log(rest[usable][:, 3] / rest[usable][:, 0])
        curve = flat(draws["posterior"], "frequency_curve")[usable][:, [3]]
        known = np.column_stack([np.ones(len(ratio)), curve])
        both = np.column_stack([ratio, theirs[usable]])
        both = both - known @ np.linalg.lstsq(known, both, rcond=None)[0]
        return np.corrcoef(both.T)[0, 1], len(ratio)

    # The session's are the hidden teams' slopes, but for who of them has which contract.
    assert found(hiding.draws, own)[0] > 0.9
    correlation, n_draws = found(loaded.draws, cells)
    # Teams that are shown go together with hidden ones a little, as slopes of one study do: over
    # three studies and five noises from 0.02 to 0.27.
    assert abs(correlation) < 0.3 + 2 / np.sqrt(n_draws)


def test_a_file_answers_as_the_session_did(fit, loaded):
    """Means within Monte Carlo error, spreads within theirs; what is asked of the study."""
    n_draws = fit.provenance.draws
    asked = [lambda one: lc.expected_counts(one, population="study")]
    asked += [
        lambda one, high=high, low=low: lc.rate_ratio(one, high, low, population="study")
        for high, low in (("weekly", "never"), ("monthly", "yearly"))
    ]
    asked += [lc.team_effects, lambda one: lc.team_effects(one, "intercept")]
    for one in asked:
        before, after = one(fit).summary, one(loaded).summary
        error = before["sd"] / np.sqrt(n_draws)
        assert ((after["mean"] - before["mean"]).abs() / error).max() < 4
        assert (after["sd"] / before["sd"] - 1).abs().max() < 4 / np.sqrt(2 * n_draws)
        for bound in ("lower", "upper"):
            assert ((after[bound] - before[bound]).abs() / error).max() < 10


def test_no_step_of_a_file_turns_round():
    """Where the study's curve rises at every draw, it does so in the file, however slightly."""
    rng = np.random.default_rng(2)
    level, steps = rng.normal(size=(1000, 1)), rng.exponential(0.01, (1000, 3))
    plain = np.exp(np.cumsum(np.hstack([level, steps]), axis=1))
    told = plain * np.exp(0.2 + 0.05 * rng.normal(size=(1000, 1)))
    found = np.log(brought_to(told, plain, rng, of_teams=True))
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose(found.mean(axis=0), np.log(told).mean(axis=0), atol=4 * 1000**-0.5)
    np.testing.assert_allclose(found.std(axis=0), np.log(told).std(axis=0), rtol=0.1)


def test_a_file_is_written_alike_each_time_and_its_chance_hangs_on_every_answer(
    fit, path, tmp_path
):
    """Else many files of one fit could be averaged, and who knows the seed could undo the noise."""
    fit.save(tmp_path / "again.nc")
    one, other = lc.load_fit(path), lc.load_fit(tmp_path / "again.nc")
    for group in one.draws.children:
        assert one.draws[group].to_dataset().identical(other.draws[group].to_dataset())
    # Nor is another noise to be had by way of a file that holds the respondents.
    fit.save(tmp_path / "rows.nc", include_respondents=True)
    lc.load_fit(tmp_path / "rows.nc").save(tmp_path / "anew.nc")
    anew = lc.load_fit(tmp_path / "anew.nc")
    for group in one.draws.children:
        xr.testing.assert_allclose(
            one.draws[group].to_dataset(), anew.draws[group].to_dataset(), rtol=1e-12
        )
    outcome = fit.design.outcome.copy()
    outcome[0] += 1
    numbers = [
        secret_numbers(fit.draws, design).generate_state(1)[0]
        for design in (fit.design, replace(fit.design, outcome=outcome))
    ]
    assert numbers[0] != numbers[1]


def test_a_raised_minimum_adds_no_second_look_at_the_teams(fit, loaded, tmp_path):
    fit.save(tmp_path / "raised.nc", rule=lc.DisclosureRule(9))
    raised = lc.load_fit(tmp_path / "raised.nc").draws["posterior"]["team_effects"]
    kept = loaded.draws["posterior"]["team_effects"].sel(team=raised["team"])
    np.testing.assert_allclose(raised, kept, atol=1e-9)


def many_teams(n_draws=800, n_teams=250):
    """Draws of many teams, with a log density as a fit has it."""
    rng = np.random.default_rng(1)
    both = ("chain", "draw")
    intercept = rng.normal(size=(4, n_draws // 4))
    own = rng.normal(size=(4, n_draws // 4, n_teams, 2)) + 0.1 * intercept[..., None, None]
    posterior = xr.Dataset(
        {"intercept": (both, intercept), "team_effects": ((*both, "team", "team_effect"), own)}
    )
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "sample_stats": xr.Dataset({"lp": (both, rng.normal(size=(4, n_draws // 4)))}),
        }
    )


def alike(draws):
    """Pairs of draws that resemble each other over all teams, of which noise may be made."""
    own = flat(draws["posterior"], "team_effects").reshape(
        len(flat(draws["posterior"], "intercept")), -1
    )
    known = np.column_stack([np.ones(len(own)), flat(draws["posterior"], "intercept")])
    rest = own - known @ np.linalg.lstsq(known, own, rcond=None)[0]
    rest /= rest.std(axis=0)
    product = rest @ rest.T / rest.shape[1]
    np.fill_diagonal(product, 0.0)
    return int((np.abs(product) > 0.25).sum()) / 2


def test_noise_of_teams_is_not_made_of_what_many_teams_tell_together():
    """The attack: each draw's likeness to all others tells of which of them its noise is made."""
    draws = many_teams()
    moved = with_moved_draws(draws, secret_numbers(draws), lambda arrays: {})
    assert alike(moved) <= 3
    before, after = (flat(one["posterior"], "team_effects") for one in (draws, moved))
    # It succeeds where the noise is the difference of the same two other draws for all teams.
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, len(before), (2, len(before)))
    paired = np.sqrt(0.75) * before + 0.5 * (before[one] - before[other]) / np.sqrt(2)
    shape = draws["posterior"]["team_effects"].shape
    made = (
        draws["posterior"]
        .to_dataset()
        .assign(team_effects=draws["posterior"]["team_effects"].copy(data=paired.reshape(shape)))
    )
    assert alike(xr.DataTree.from_dict({"posterior": made})) > 500
    # Each team's noise is its own: of two teams it does not go together.
    noise = (after - np.sqrt(0.75) * before)[:, :90, 0]
    apart = np.corrcoef(noise.T) - np.eye(noise.shape[1])
    assert np.abs(apart).max() < 5.5 / np.sqrt(len(before))
    # And spreads stay what they were.
    assert abs(after.std(axis=0) / before.std(axis=0) - 1).max() < 4.5 / np.sqrt(2 * len(before))


def statistics_of(path):
    """Names in every ``sample_stats`` of a file, and the attributes beside them."""
    found, attributes = set(), set()

    def look(name, one):
        if "sample_stats/" in name and isinstance(one, h5py.Dataset):
            found.add(name.rsplit("/", 1)[1])
        if name.endswith("sample_stats"):
            attributes.update(one.attrs)

    with h5py.File(path) as file:
        file.visititems(look)
    return found, attributes


@pytest.fixture(scope="module")
def factor_fit():
    rng = np.random.default_rng(4)
    shared = rng.normal(size=120)
    frame = pd.DataFrame({"team": [f"T{place // 10:02}" for place in range(120)]})
    frame["learnt"] = rng.poisson(3, 120)
    items = ["q1", "q2", "q3"]
    for item in items:
        frame[item] = np.clip(np.rint(2.5 + 0.8 * shared + rng.normal(0, 0.8, 120)), 1, 4)
    codebook = lc.Codebook(
        outcome="learnt", team="team", scales=[lc.Scale("climate", items, maximum=4)]
    )
    survey = lc.read_survey(frame, codebook)
    return lc.fit(lc.FactorModel("climate"), survey, draws=2000, seed=1, progress=False)


def coordinates(draws, counts):
    """Coordinates in which the engine draws: loadings, and scores of sequential shares."""
    slopes, cuts = (flat(draws["posterior"], name) for name in ("slopes", "thresholds"))
    columns = [np.arcsinh(slopes[:, :, 0])]
    for item, own in enumerate(counts):
        above, below = ndtr(-cuts[:, item]), ndtr(cuts[:, item])
        before = np.column_stack([np.zeros(len(cuts)), below[:, :-1]])
        share = (below - before) / (1 - before)
        left = own.sum() - np.append(0, np.cumsum(own[:-2]))
        rest = np.arange(len(own) - 1)[::-1] + 1 + left - own[:-1]
        columns.append(ndtri(betainc(1 + own[:-1], rest, share)))
        assert (above > 0).all()
    return np.column_stack(columns)


def parities(draws, counts):
    """How far signs of whitened draws keep the parities of evenly spread points, by chain."""
    theta = coordinates(draws, counts)
    n_chains = draws["posterior"].sizes["chain"]
    chain = np.repeat(np.arange(n_chains), len(theta) // n_chains)
    _, first = np.unique(theta.round(12), axis=0, return_index=True)
    theta, chain = theta[first], chain[first]
    centred = theta - theta.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(theta.T)), centred.T).T > 0
    n_bits = int(np.ceil(np.log2(len(theta) / n_chains)))
    directions = qmc.Sobol(theta.shape[1] + 2, scramble=False)._sv[1 : theta.shape[1] + 1, :n_bits]
    rows = (directions >> 29) & 1
    # Sets of coordinates whose first bits sum to an even number in every point.
    found = []
    for bits in range(1, 2 ** theta.shape[1]):
        chosen = np.flatnonzero([(bits >> place) & 1 for place in range(theta.shape[1])])
        if len(chosen) < 5 and not (rows[chosen].sum(axis=0) % 2).any():
            odd = white[:, chosen].sum(axis=1) % 2
            found += [abs(2 * odd[chain == one].mean() - 1) for one in range(n_chains)]
    return np.array(found)


def test_draws_of_a_file_are_none_of_the_engines_evenly_spread_points(factor_fit, tmp_path):
    """Such points tell which they are, and then mode and curvature: all answer patterns."""
    factor_fit.save(tmp_path / "fit.nc")
    loaded = lc.load_fit(tmp_path / "fit.nc")
    design = factor_fit.design
    counts = np.split(design.counts().astype(int), design.first_row[1:-1])
    assert parities(factor_fit.draws, counts).mean() > 0.85
    assert parities(loaded.draws, counts).mean() < 0.65
    before, after = (coordinates(one.draws, counts) for one in (factor_fit, loaded))
    sd, root = before.std(axis=0), np.sqrt(len(before))
    # Who knows the engine's points to the last digit finds means to what a plain sample tells.
    shift = (after.mean(axis=0) - before.mean(axis=0)) / sd * root
    assert 0.4 < np.sqrt((shift**2).mean()) < 2
    ratio = np.log(after.std(axis=0) / sd) * np.sqrt(2) * root
    assert 0.4 < np.sqrt((ratio**2).mean()) < 2.5
    for one, other in zip(before.T, after.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] < 0.97


def test_what_follows_from_other_parameters_does_so_in_a_file(factor_fit, fit, tmp_path):
    factor_fit.save(tmp_path / "fit.nc")
    for one in (factor_fit, lc.load_fit(tmp_path / "fit.nc")):
        slopes = flat(one.draws["posterior"], "slopes")
        loadings = slopes / np.sqrt(1 + slopes**2)
        np.testing.assert_allclose(loadings, flat(one.draws["posterior"], "loadings"))
        assert (np.diff(flat(one.draws["posterior"], "thresholds"), axis=2) > 0).all()
    fit.save(tmp_path / "count.nc")
    for one in (fit, lc.load_fit(tmp_path / "count.nc")):
        posterior = one.draws["posterior"]
        shape = flat(posterior, "frequency_shape")[:, 0]
        np.testing.assert_allclose(shape.sum(axis=1), 1)
        curve = flat(posterior, "frequency_effect") * np.cumsum(shape, axis=1)
        np.testing.assert_allclose(curve, flat(posterior, "frequency_curve")[:, 1:])
        assert (flat(posterior, "team_sd") > 0).all()
        assert (np.abs(flat(posterior, "team_correlation")) <= 1).all()


@pytest.mark.parametrize("kind", ["count", "factor", "kinds"])
def test_no_file_holds_a_log_density_or_evidence(kind, path, factor_fit, tmp_path):
    """The log posterior at known parameters is a sum over respondents, or answer patterns."""
    if kind == "factor":
        fitted = factor_fit
        assert {"lp", "log_weight"} <= {str(one) for one in fitted.draws["sample_stats"]}
    elif kind == "kinds":
        truth = lc.KindsTruth()
        fitted = make_kinds_fit(lc.simulate_survey(n_teams=12, team_size=9, truth=truth, seed=3))
    if kind != "count":
        path = tmp_path / "fit.nc"
        fitted.save(path)
    found, attributes = statistics_of(path)
    assert found <= HARMLESS
    assert not any("evidence" in name for name in attributes)


def test_an_older_file_is_mended_by_loading_and_saving_it(fit, tmp_path):
    """A file of before holds the session's draws; saved again, it holds what a new one does."""
    fit.save(tmp_path / "rows.nc", include_respondents=True)
    older = replace(lc.load_fit(tmp_path / "rows.nc"), design=None)
    older.save(tmp_path / "mended.nc")
    mended = lc.load_fit(tmp_path / "mended.nc")
    before = flat(older.draws["standardised"], "expected_count")
    after = flat(mended.draws["standardised"], "expected_count")
    assert not np.isclose(before, after, rtol=1e-6).any()
    assert statistics_of(tmp_path / "mended.nc")[0] <= HARMLESS
    with pytest.raises(LearnClimateError):
        mended.save(tmp_path / "no.nc", include_respondents=True)


def test_no_file_or_report_holds_a_hash_of_answers_that_is_fast_to_try(fit, survey, tmp_path):
    """Who knows all answers but one person's finds that one by a plain hash, as the session's."""
    plain = {fit.provenance.data_hash, fit.provenance.answers_hash}
    guesses = []
    for count in range(30):
        outcome = fit.design.outcome.copy()
        outcome[7] = count
        guesses.append(data_hash(replace(fit.design, outcome=outcome)))
    assert [count for count, one in enumerate(guesses) if one in plain] == [fit.design.outcome[7]]
    fit.save(tmp_path / "fit.nc")
    lc.report(fit, tmp_path / "report.html")
    write_workbook(ask(fit), tmp_path / "tables.xlsx")
    about = pd.read_excel(tmp_path / "tables.xlsx", sheet_name=None)
    told = (tmp_path / "report.html").read_text(encoding="utf-8") + str(
        [table.to_dict() for table in about.values()]
    )
    kept = lc.load_fit(tmp_path / "fit.nc")
    with xr.open_datatree(tmp_path / "fit.nc") as file:
        held = str(file.attrs) + str(asdict(kept.provenance))
    for text in (told, held):
        assert re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", text) == []
        assert told_fingerprint(fit.provenance.data_hash) in text
    # It still tells the survey apart from any other, and goes on through further files.
    lc.posterior_predictive(kept, survey=survey, draws=20)
    kept.save(tmp_path / "again.nc")
    again = lc.load_fit(tmp_path / "again.nc")
    assert again.provenance.data_hash == kept.provenance.data_hash
    frame = survey.frame.copy()
    frame.loc[frame.index[7], "learnt"] += 1
    with pytest.raises(LearnClimateError, match="not the answers that the fit was made from"):
        lc.posterior_predictive(again, survey=replace(survey, frame=frame), draws=20)
