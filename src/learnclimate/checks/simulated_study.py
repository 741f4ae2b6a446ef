"""Answers of the same respondents under known parameters, and how probable they are."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.densities import log_density_of_rows, unknown_log_density
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import level_slices, slope_curves
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.prior_draws import latent_shares, prior_draws
from learnclimate.counts.row_predictions import places_of_rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def simulated_parameters(
    family: Family, design: CountDesign, priors: ResolvedPriors, rng: np.random.Generator
) -> tuple[dict[str, FloatArray], IntArray]:
    """
    Draw parameters once from the priors, and the answers that they tell beside the counts.

    Parameters
    ----------
    family : Family
        How counts are distributed.
    design : CountDesign
        The respondents.
    priors : ResolvedPriors
        The priors.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    truth : dict of str to ndarray of shape (1, ...)
        Variables of the model.
    frequency_level : ndarray of shape (n_rows, n_frequencies), int
        Levels answered: drawn anew where the model tells how they come about, as it does with
        latent team means and where unknown levels are summed out, and else those of the design.
    """
    if design.unknown is not None:
        truth = prior_draws(family, design, priors, 1, rng)
        n_levels = len(design.coding.frequencies[0].levels)
        share = rng.dirichlet(np.full(n_levels, priors.level_probability.concentration))
        truth["level_probability"] = share[None]
        return truth, answered_levels(truth, design, rng)
    if not design.coding.latent_composition:
        return prior_draws(family, design, priors, 1, rng), design.frequency_level
    shares = latent_shares(design, 1, rng)
    levels = _levels_of_teams(np.concatenate(shares, axis=2)[0], design, rng)
    answered = replace(design, frequency_level=levels)
    return prior_draws(family, answered, priors, 1, rng, shares=shares), levels


def _levels_of_teams(
    probability: FloatArray, design: CountDesign, rng: np.random.Generator
) -> IntArray:
    """Draw every respondent's level from the shares of their team, (n_teams, all levels)."""
    levels = np.empty_like(design.frequency_level)
    for position, own in enumerate(level_slices(design.coding)):
        reached = np.cumsum(probability[:, own], axis=1)[design.team, :-1]
        levels[:, position] = (rng.random(design.n_rows)[:, None] > reached).sum(axis=1)
    return levels


def recentred(
    truth: Mapping[str, FloatArray], design: CountDesign, levels: IntArray
) -> dict[str, FloatArray]:
    """
    Tell latent team means from the mean of further answers, the intercept with them.

    Team means are told from that of all answers, which are more where simulated ones are laid
    beside those given. The rates stay what they are; the prior of the intercept, which is for
    the mean of all answers, moves by as much.

    Parameters
    ----------
    truth : mapping of str to ndarray of shape (1, ...)
        Variables of the model, from the mean of the answers in `design`.
    design : CountDesign
        The answers given.
    levels : ndarray of shape (n_answers, n_frequencies), int
        All answers.

    Returns
    -------
    dict of str to ndarray of shape (1, ...)
        The same truth, from the mean of `levels`; as it was where team means are not latent.
    """
    if not design.coding.latent_composition:
        return dict(truth)
    curves = slope_curves(design.coding, truth.get("frequency_shape"), 1)[0]
    moved = np.zeros(len(design.coding.frequencies))
    for position, own in enumerate(level_slices(design.coding)):
        curve = curves[own]
        before = curve[design.frequency_level[:, position]].mean()
        moved[position] = before - curve[levels[:, position]].mean()
    return {
        **truth,
        "team_composition": truth["team_composition"] + moved,
        "intercept": truth["intercept"] - truth["composition_effects"] @ moved,
    }


def answered_levels(
    truth: Mapping[str, FloatArray], design: CountDesign, rng: np.random.Generator
) -> IntArray:
    """
    Draw the levels that were answered, where the model tells how they come about.

    Parameters
    ----------
    truth : mapping of str to ndarray of shape (1, ...)
        Variables of the model, the probabilities of the levels among them: of all respondents
        where unknown levels are summed out, of each team's where team means are latent.
    design : CountDesign
        The respondents.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_rows, n_frequencies), int
        Levels; those of the design where all are known, which are then no data.
    """
    if design.coding.latent_composition:
        return _levels_of_teams(truth["team_level_probability"][0], design, rng)
    if design.unknown is None:
        return design.frequency_level
    share = truth["level_probability"][0]
    return rng.choice(len(share), (design.n_rows, 1), p=share / share.sum())


def simulated_counts(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    family: Family,
    rng: np.random.Generator,
) -> IntArray:
    """
    Draw a count for every respondent.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents; their own counts are not read.
    family : Family
        How counts are distributed.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_rows), int
        Counts.
    """
    with np.errstate(over="ignore"):
        places = places_of_rows(draws, design, np.arange(design.n_rows))
        return distribution_of(family).draw(rng, places)


def with_unknown_counts(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    family: Family,
    rng: np.random.Generator,
) -> CountDesign:
    """
    Draw a level and a count for everyone whose level is unknown.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (1, ...)
        Variables of the model, the probabilities of the levels among them.
    design : CountDesign
        The respondents.
    family : Family
        How counts are distributed.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    CountDesign
        The design, those counts in it; the levels are forgotten again.
    """
    other = design.unknown
    if other is None:
        return design
    share = draws["level_probability"][0]
    # Each of them has a row a level.
    counts = simulated_counts(draws, other, family, rng)[0].reshape(-1, len(share))
    level = rng.choice(len(share), len(counts), p=share)
    chosen = counts[np.arange(len(counts)), level]
    return replace(design, unknown=replace(other, outcome=np.repeat(chosen, len(share))))


def log_likelihood(
    draws: Mapping[str, FloatArray], design: CountDesign, family: Family
) -> FloatArray:
    """
    Give the log density of all counts, given parameters and team effects.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the model, team effects included.
    design : CountDesign
        The respondents and their counts.
    family : Family
        How counts are distributed.

    Returns
    -------
    ndarray of shape (n_draws,)
        Log densities, with those of unknown levels summed out.
    """
    with np.errstate(over="ignore"):
        density = log_density_of_rows(draws, design, family, np.arange(design.n_rows))
        unknown = unknown_log_density(draws, design, family)
    return np.asarray((design.multiplicity * density).sum(axis=1)) + unknown
