import numpy as np
import pytest

from learnclimate.checks import replicates
from learnclimate.checks.replicates import (
    expected_of_rows,
    observed_counts,
    replicated_counts,
    tally,
)
from learnclimate.checks.team_blocks import whole_block


@pytest.fixture(scope="module")
def draws(synthetic_fit):
    posterior = synthetic_fit.draws["posterior"]
    return {
        name: variable.to_numpy().reshape((-1, *variable.shape[2:]))[:20]
        for name, variable in posterior.data_vars.items()
    }


def test_expected_counts_follow_the_definition(synthetic_fit, draws):
    design = synthetic_fit.design
    rows = np.arange(0, design.n_rows, 7)
    found = expected_of_rows(draws, design, rows)
    for draw in (0, 13):
        steps = np.concatenate([[0], np.cumsum(draws["frequency_shape"][draw, 0])])
        for place, row in enumerate(rows):
            level = design.frequency_level[row, 0]
            own = draws["team_effects"][draw, design.team[row]]
            log_rate = (
                draws["intercept"][draw]
                + design.log_exposure[row]
                + design.covariates[row] @ draws["covariate_effects"][draw]
                + draws["frequency_curve"][draw, level]
                + own[0]
                + own[1] * steps[level]
            )
            assert found[draw, place] == pytest.approx(np.exp(log_rate))


def test_observed_tally_is_that_of_the_answers(synthetic_fit):
    design = synthetic_fit.design
    found = tally(observed_counts(design), design, np.array([0, 1, 4]), 5)
    outcome = design.outcome
    assert found.statistics["mean"] == pytest.approx([outcome.mean()])
    assert found.statistics["dispersion"] == pytest.approx([outcome.var(ddof=1) / outcome.mean()])
    assert found.statistics["share of zeros"] == pytest.approx([(outcome == 0).mean()])
    assert found.statistics["highest counts"] == pytest.approx([np.sort(outcome)[-5:].mean()])
    assert found.in_bins.tolist() == [
        [(outcome == 0).sum(), ((outcome > 0) & (outcome < 4)).sum(), (outcome >= 4).sum()]
    ]
    for level in range(5):
        there = design.frequency_level[:, 0] == level
        assert found.level_means[0, level] == pytest.approx(outcome[there].mean())


def test_blocks_change_nothing_but_the_memory(synthetic_fit, draws, monkeypatch):
    design = synthetic_fit.design
    starts = np.array([0, 2, 5])
    whole = tally(observed_counts(design), design, starts, 5)
    monkeypatch.setattr(replicates, "_BLOCK", 20 * 17)
    parts = tally(observed_counts(design), design, starts, 5)
    for name, value in whole.statistics.items():
        assert parts.statistics[name] == pytest.approx(value)
    assert parts.in_bins.tolist() == whole.in_bins.tolist()
    assert parts.level_means == pytest.approx(whole.level_means)
    blocks = list(
        replicated_counts(
            [whole_block(design, draws)], synthetic_fit.model.family, np.random.default_rng(1)
        )
    )
    assert max(counts.size for _, counts in blocks) <= 20 * 17
    assert np.concatenate([rows for rows, _ in blocks]).tolist() == list(range(design.n_rows))


def test_replicates_have_the_mean_and_variance_of_the_family(synthetic_fit, draws):
    design = synthetic_fit.design
    one = {name: np.repeat(value[:1], 4000, axis=0) for name, value in draws.items()}
    rng = np.random.default_rng(2)
    blocks = replicated_counts([whole_block(design, one)], synthetic_fit.model.family, rng)
    counts = np.concatenate([counts for _, counts in blocks], axis=1)
    expected = expected_of_rows(draws, design, np.arange(design.n_rows))[0]
    variance = expected + expected**2 / draws["dispersion"][0]
    z = (counts.mean(axis=0) - expected) / np.sqrt(variance / 4000)
    assert np.abs(z).max() < 4.5
    assert counts.var(axis=0).mean() == pytest.approx(variance.mean(), rel=0.05)
