"""Standardised answers of families whose expected count is no exponential of the predictor."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import flattened
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.counts.team_totals import TeamSetting, team_setting
from learnclimate.inference.marginal.likelihood.compression import alike_respondents

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Respondents times draws that are held at a time.
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """The respondents: which rows stand for all, in what shares, who is picked, their teams."""

    row: IntArray
    share: FloatArray
    picked: IntArray
    setting: TeamSetting


def has_exponential_mean(family: Family) -> bool:
    """
    Tell whether a family's expected count is the exponential of its log rate.

    Parameters
    ----------
    family : Family
        The family.

    Returns
    -------
    bool
        True for the Poisson and the negative binomial.

    Examples
    --------
    >>> from learnclimate.counts.families import BetaBinomial, Poisson
    >>> has_exponential_mean(Poisson()), has_exponential_mean(BetaBinomial())
    (True, False)
    """
    return family.zeros == "none" and not family.out_of_trials


def family_answers(
    family: Family, posterior: Mapping[str, FloatArray], design: CountDesign, *, seed: int
) -> dict[str, FloatArray]:
    """
    Average the respondents' expected counts, as they answered and at each level.

    Parameters
    ----------
    family : Family
        The family.
    posterior : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws of the posterior variables, those of the teams included.
    design : CountDesign
        The respondents.
    seed : int
        Seed of the predicted counts.

    Returns
    -------
    dict of str to ndarray of shape (n_chains, n_draws[, n_levels])
        As `learnclimate.inference.standardised.standardised_answers`.
    """
    n_chains, n_draws = np.shape(posterior["intercept"])[:2]
    draws = flattened(posterior)
    row, _, share = alike_respondents(design)
    share = share / share.sum()
    rng = np.random.default_rng(seed)
    chance = rng.random(len(draws["intercept"]))
    picked = np.searchsorted(np.cumsum(share), chance).clip(max=len(share) - 1)
    asked: list[tuple[int | None, int]] = [(None, 0)]
    for position, frequency in enumerate(design.coding.frequencies):
        asked += [(position, level) for level in range(len(frequency.levels))]
    # Had everybody answered alike, each would still be in a team composed as theirs is.
    people = _Asked(row, share, picked, team_setting(design))
    columns = [
        _answer(family, draws, _at_level(design, position, level), people, rng)
        for position, level in asked
    ]
    answers = {
        "expected_count_observed": columns[0][0],
        "predicted_count_observed": columns[0][1],
    }
    if design.coding.frequencies:
        answers["expected_count"] = np.stack([expected for expected, _ in columns[1:]], axis=1)
        answers["predicted_count"] = np.stack([counts for _, counts in columns[1:]], axis=1)
    shape = (n_chains, n_draws)
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in answers.items()}


def _at_level(design: CountDesign, position: int | None, level: int) -> CountDesign:
    if position is None:
        return design
    levels = design.frequency_level.copy()
    levels[:, position] = level
    return replace(design, frequency_level=levels)


def _answer(
    family: Family,
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    people: _Asked,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Give the mean respondent's expected count, and a count of the picked one, by draw."""
    row, picked = people.row, people.picked
    distribution = distribution_of(family)
    n_draws = len(draws["intercept"])
    step = max(1, _BLOCK // len(row))
    expected, counts = np.empty(n_draws), np.empty(n_draws)
    for start in range(0, n_draws, step):
        some = slice(start, start + step)
        drawn = {name: values[some] for name, values in draws.items()}
        at = places_of_rows(drawn, design, row, setting=people.setting)
        expected[some] = distribution.mean(at) @ people.share
        counts[some] = distribution.draw(rng, _of_each(at, picked[some]))
    return expected, counts


def _of_each(at: At, picked: IntArray) -> At:
    """Take for every draw the place of the respondent picked for it."""
    each = np.arange(len(picked))

    def one(values: FloatArray | None) -> FloatArray | None:
        if values is None:
            return None
        return values[each, picked] if values.shape[1] > 1 else values[:, 0]

    predictor = at.predictor[each, picked]
    trials = None if at.trials is None else at.trials[picked]
    return At(predictor, one(at.dispersion), one(at.zero_log_odds), trials)
