"""Compression merges alike rows and teams, and changes no likelihood."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.inference.marginal.likelihood import compression
from learnclimate.inference.marginal.likelihood.compression import compress_design
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.teams.team_effects import (
    draw_team_effects,
    summarise_team_effects,
)
from marginal_designs import make, make_design

FAMILIES = [Poisson(), NegativeBinomial()]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("team_effects", [(), ("intercept",), ("intercept", "talk")])
def test_compressed_and_plain_likelihoods_are_equal(family, team_effects):
    options = {"n_teams": 60, "team_size": 4, "categorical": True}
    model, design, plain, psi = make(family, team_effects, **options)
    times = np.random.default_rng(0).integers(1, 3, design.n_rows).astype(float)
    design = replace(design, multiplicity=times)
    plain = prepare(model, design, compress=False)
    merged = prepare(model, design, compress=True)
    assert len(merged.compressed.data.activities) < len(plain.compressed.data.activities)
    points = psi + np.random.default_rng(1).normal(0, 0.2, (5, len(psi)))
    assert np.allclose(plain.value(points, 7), merged.value(points, 7), rtol=0, atol=1e-10)
    one, other = (x.anchor(psi).value_and_gradient(psi, 7) for x in (plain, merged))
    assert np.allclose(one.gradient, other.gradient, rtol=0, atol=1e-8)
    assert np.allclose(one.information, other.information, rtol=1e-9, atol=1e-8)


def few_kinds_of_teams(n_teams=300, seed=0):
    design = make_design(("intercept",), n_teams=n_teams, team_size=3, categorical=True, seed=seed)
    random = np.random.default_rng(seed)
    n = design.n_rows
    return replace(
        design,
        outcome=random.integers(0, 2, n),
        log_exposure=np.zeros(n),
        frequency_level=random.integers(0, 2, (n, 2)) * [1, 0],
        covariates=np.zeros((n, 2)),
    )


def test_alike_teams_become_one_signature_with_a_weight():
    design = few_kinds_of_teams()
    found = compress_design(design, 1, compress=True)
    assert len(found.data.weight) < 60
    assert found.data.weight.sum() == design.n_teams
    assert np.array_equal(np.bincount(found.signature), found.data.weight)
    kinds = {}
    for team in range(design.n_teams):
        rows = design.team == team
        cells = {}
        for level, y in zip(design.frequency_level[rows, 0], design.outcome[rows], strict=True):
            n, total = cells.get(level, (0, 0))
            cells[level] = (n + 1, total + y)
        key = tuple(sorted(cells.items()))
        assert kinds.setdefault(key, found.signature[team]) == found.signature[team]
    assert len(set(kinds.values())) == len(kinds) == len(found.data.weight)


def test_colliding_hashes_do_not_merge_unlike_teams(monkeypatch):
    design = few_kinds_of_teams(n_teams=40)
    expected = compress_design(design, 1, compress=False)
    monkeypatch.setattr(
        compression, "_mixed", lambda cells, mixer: np.zeros(len(cells.team), dtype=np.uint64)
    )
    found = compress_design(design, 1, compress=True)
    assert found.data.weight.sum() == design.n_teams
    for team in range(design.n_teams):
        assert _cells(found.data, found.signature[team]) == _cells_of_rows(expected.data, team)


def _cells(data, team):
    low, high = data.team_start[team], data.team_start[team + 1]
    return {
        int(data.segment_group[u]): (
            data.respondents[data.segment_start[u] : data.segment_start[u + 1]].sum(),
            data.segment_activities[u],
        )
        for u in range(low, high)
    }


_cells_of_rows = _cells


def test_continuous_covariates_are_left_alone():
    design = make_design(("intercept",), n_teams=50)
    found = compress_design(design, 0)
    assert len(found.data.activities) == design.n_rows
    assert np.array_equal(found.signature, np.arange(50))


def test_pay_is_tried_on_a_sample(monkeypatch):
    design = few_kinds_of_teams(n_teams=400)
    monkeypatch.setattr(compression, "_SMALL", 10)
    monkeypatch.setattr(compression, "_SAMPLED_TEAMS", 100)
    assert len(compress_design(design, 0).data.weight) < 100
    without = replace(design, coding=replace(design.coding, team_effects=()))
    assert len(compress_design(without, 0).data.activities) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_effects_map_back_to_every_team(family):
    design = few_kinds_of_teams(n_teams=80)
    model, _, _, psi = make(family, ("intercept",))
    likelihoods = [prepare(model, design, compress=c).anchor(psi) for c in (False, True)]
    points = np.tile(psi, (16, 1))
    plain, merged = (summarise_team_effects(x, points, 9) for x in likelihoods)
    assert np.allclose(plain.mean, merged.mean, rtol=0, atol=1e-10)
    assert np.allclose(plain.sd, merged.sd, rtol=0, atol=1e-10)
    drawn = [draw_team_effects(x, points, seed=3).effects for x in likelihoods]
    assert np.allclose(*drawn, rtol=0, atol=1e-9)
