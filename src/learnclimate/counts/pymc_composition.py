"""The composition of teams in PyMC: observed shares, or latent means estimated from them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.counts.composition import (
    LATENT_SD,
    THRESHOLD_SD,
    centred_shares,
    level_counts,
)
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_priors import prior_vector

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any
FloatArray = npt.NDArray[Any]


def composition(design: CountDesign, priors: ResolvedPriors, curves: dict[str, Tensor]) -> Tensor:
    """
    Add what the teams' composition adds to their log rate to the PyMC model in context.

    Parameters
    ----------
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    curves : dict of str to tensor
        The curve from 0 to 1 of each frequency, by level.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Dim ``team``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    effects = prior_vector("composition_effects", priors.composition, labels.FREQUENCY)
    means, chances = [], []
    for position, frequency in enumerate(design.coding.frequencies):
        curve = curves[frequency.name]
        if design.coding.latent_composition:
            chance, mean = _latent_mean(design, position, curve)
            chances.append(chance)
            means.append(mean)
        else:
            means.append(pt.dot(centred_shares(design, position), curve))
    stacked = pt.stack(means, axis=1)
    if design.coding.latent_composition:
        stacked = pm.Deterministic(
            "team_composition", stacked, dims=(labels.TEAM, labels.FREQUENCY)
        )
        # What the means are of: without it no draw tells how a team's members would answer.
        pm.Deterministic(
            "team_level_probability",
            pt.concatenate(chances, axis=1),
            dims=(labels.TEAM, labels.FREQUENCY_LEVEL),
        )
    return pt.dot(stacked, effects)


def _latent_mean(design: CountDesign, position: int, curve: Tensor) -> tuple[Tensor, Tensor]:
    """
    Estimate each team's chance of every level, and its mean of the curve less that of all.

    Answers follow a proportional odds model: the odds of a level or higher differ between
    teams by a factor that is lognormal over teams.
    """
    import pymc as pm
    import pytensor.tensor as pt

    name = design.coding.frequencies[position].name
    counts = level_counts(design, position)
    share = counts.sum(axis=0) / counts.sum()
    reached = np.clip(1 - np.cumsum(share)[:-1], 0.01, 0.99)
    start = -np.log(reached / (1 - reached)) + 1e-3 * np.arange(len(reached))
    thresholds = pm.Normal(
        f"thresholds_of_{name}",
        0,
        THRESHOLD_SD,
        shape=len(start),
        initval=start,
        transform=pm.distributions.transforms.ordered if len(start) > 1 else None,
    )
    spread = pm.HalfNormal(f"latent_sd_of_{name}", LATENT_SD)
    standard = pm.Normal(f"latent_{name}", dims=labels.TEAM)
    above = pm.math.sigmoid((spread * standard)[:, None] - thresholds[None, :])
    ends = pt.ones((design.n_teams, 1))
    chance = pt.concatenate([ends, above], axis=1) - pt.concatenate([above, 0 * ends], axis=1)
    data = latent_data(design, position)
    answers, shares = (pm.Data(key, value) for key, value in data.items())
    pm.Multinomial(f"answers_to_{name}", n=answers.sum(axis=1), p=chance, observed=answers)
    return chance, pt.dot(chance, curve) - pt.dot(shares, curve)


def latent_data(design: CountDesign, position: int) -> dict[str, FloatArray]:
    """
    Give what the model of a frequency's latent team means holds of the answers, by name.

    Parameters
    ----------
    design : CountDesign
        The data.
    position : int
        Position of the frequency.

    Returns
    -------
    dict of str to ndarray
        Respondents of each team at each level, and the share of all at each level.
    """
    name = design.coding.frequencies[position].name
    counts = level_counts(design, position)
    return {
        f"answered_to_{name}": np.rint(counts).astype(np.int64),
        f"shares_of_{name}": counts.sum(axis=0) / counts.sum(),
    }
