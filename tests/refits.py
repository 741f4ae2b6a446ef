"""Estimates of what is left out, held against the model fitted anew without it."""

import numpy as np

from learnclimate.checks.left_out import log_mean_density, part_densities, refitted_draws
from learnclimate.checks.smoothing import smoothed_rows


def exactly(fit_, part):
    """Log density by a refit, and its Monte Carlo error."""
    draws = refitted_draws(fit_, fit_.design, part, seed=9)
    log_density = part_densities(fit_, fit_.design, [part], draws)
    return log_mean_density(log_density)[0], relative_error(log_density[0], None)


def relative_error(log_density, log_weight):
    """Standard error of a weighted mean of densities, over that mean."""
    density = np.exp(log_density - log_density.max())
    weight = np.ones(len(density)) if log_weight is None else np.exp(log_weight)
    weight = weight / weight.sum()
    mean = weight @ density
    return np.sqrt((weight**2 * (density - mean) ** 2).sum()) / mean


def assert_agree(fit_, estimate, units, parts, log_density):
    log_weight, _ = smoothed_rows(-log_density)
    for row, (unit, part) in enumerate(zip(units, parts, strict=True)):
        exact, error = exactly(fit_, part)
        own = relative_error(log_density[row], log_weight[row])
        # The marginal engine's draws are worth about two thirds of as many independent ones.
        assert abs(estimate.pointwise[unit] - exact) < 3.5 * np.hypot(error, own) / np.sqrt(0.6)
        assert np.hypot(error, own) < 0.1
