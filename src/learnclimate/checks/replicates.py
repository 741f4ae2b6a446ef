"""Counts that the model would expect of the same respondents, in blocks of bounded memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.bins import lowest_of_option
from learnclimate.checks.team_blocks import TeamBlock
from learnclimate.core.errors import FitError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import level_slices
from learnclimate.counts.row_predictions import places_of_rows, predictor_of_rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Elements of the largest temporary array: 16 MiB of floats.
_BLOCK = 2_000_000


def expected_of_rows(
    draws: Mapping[str, FloatArray], design: CountDesign, rows: IntArray
) -> FloatArray:
    """
    Compute the expected count of some respondents, for each draw.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    design : CountDesign
        The respondents.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.

    Returns
    -------
    ndarray of shape (n_draws, n_chosen)
        Expected counts.
    """
    return np.exp(predictor_of_rows(draws, design, rows))


def replicated_counts(
    blocks: Iterable[TeamBlock],
    family: Family,
    rng: np.random.Generator,
    *,
    asked: IntArray | None = None,
) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Draw new counts of the same respondents, block by block.

    Parameters
    ----------
    blocks : iterable of TeamBlock
        All teams, in one block or several; a row that stands for several respondents gives
        several counts.
    family : Family
        How counts are distributed.
    rng : numpy.random.Generator
        Random numbers.
    asked : ndarray of shape (n_options,), int, optional
        Lowest count of each answer option; counts are then told as that of their option.

    Yields
    ------
    rows : ndarray of shape (n_chosen,), int
        Row of each respondent of the block, in the whole design.
    counts : ndarray of shape (n_draws, n_chosen), int
        Their new counts.
    """
    distribution = distribution_of(family)
    for block in blocks:
        size = max(1, _BLOCK // len(block.draws["intercept"]))
        for rows in _blocks_of_people(block.design, size):
            at = places_of_rows(block.draws, block.design, rows, setting=block.setting)
            counts = distribution.draw(rng, at)
            yield block.rows[rows], counts if asked is None else lowest_of_option(counts, asked)


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What is kept of counts: of the answers given, or of each replicate.

    Attributes
    ----------
    statistics : dict of str to ndarray of shape (n_draws,)
        ``mean``, ``dispersion`` (variance over mean), ``share of zeros`` and
        ``highest counts`` (mean of the few highest).
    in_bins : ndarray of shape (n_draws, n_bins)
        Respondents in each bin of counts.
    level_means : ndarray of shape (n_draws, n_levels)
        Mean count of those who answered each level, flattened over the frequencies;
        not a number where nobody did.
    """

    statistics: dict[str, FloatArray]
    in_bins: FloatArray
    level_means: FloatArray


def joined(parts: Sequence[Tally]) -> Tally:
    """
    Put what was kept of some draws behind one another.

    Parameters
    ----------
    parts : sequence of Tally
        At least one; of the same respondents and bins.

    Returns
    -------
    Tally
        Of all draws.
    """
    names = parts[0].statistics
    return Tally(
        {name: np.concatenate([part.statistics[name] for part in parts]) for name in names},
        np.concatenate([part.in_bins for part in parts]),
        np.concatenate([part.level_means for part in parts]),
    )


def tally(
    blocks: Iterator[tuple[IntArray, IntArray]],
    design: CountDesign,
    starts: IntArray,
    n_highest: int,
) -> Tally:
    """
    Sum blocks of counts up.

    Parameters
    ----------
    blocks : iterator of (rows, counts)
        As `replicated_counts` gives them.
    design : CountDesign
        The respondents.
    starts : ndarray of shape (n_bins,), int
        The lowest count of each bin.
    n_highest : int
        How many of the highest counts are averaged.

    Returns
    -------
    Tally
        The sums.
    """
    slices = level_slices(design.coding)
    n_levels = slices[-1].stop if slices else 0
    sums: FloatArray | None = None
    highest: IntArray | None = None
    answered = np.zeros(n_levels)
    for rows, counts in blocks:
        belongs = _belongs(design, rows, slices, n_levels)
        found = np.hstack([_moments(counts), _in_bins(counts, starts), counts @ belongs])
        sums = found if sums is None else sums + found
        highest = _highest(highest, counts, n_highest)
        answered += belongs.sum(axis=0)
    if sums is None or highest is None:
        raise FitError("The fit holds no respondents, so there are no counts to compare.")
    level_means = sums[:, 3 + len(starts) :] / np.where(answered > 0, answered, np.nan)
    statistics = _statistics(sums[:, :3], design.n_respondents)
    statistics["highest counts"] = highest.mean(axis=1)
    return Tally(statistics, sums[:, 3 : 3 + len(starts)], level_means)


def observed_counts(
    design: CountDesign, *, asked: IntArray | None = None
) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Give the answers as `replicated_counts` gives replicates, as if of one draw.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    asked : ndarray of shape (n_options,), int, optional
        Lowest count of each answer option.

    Yields
    ------
    rows : ndarray of shape (n_chosen,), int
        Row of each respondent of the block.
    counts : ndarray of shape (1, n_chosen), int
        Their counts.
    """
    for rows in _blocks_of_people(design, _BLOCK // 10):
        counts = design.outcome[rows][None, :]
        yield rows, counts if asked is None else lowest_of_option(counts, asked)


def _blocks_of_people(design: CountDesign, size: int) -> Iterator[IntArray]:
    """Give the row of each respondent, `size` respondents at a time."""
    ends = np.cumsum(np.rint(design.multiplicity).astype(np.int64))
    for start in range(0, int(ends[-1]), size):
        people = np.arange(start, min(start + size, int(ends[-1])))
        yield np.asarray(np.searchsorted(ends, people, side="right"), dtype=np.int64)


def _moments(counts: IntArray) -> FloatArray:
    """Sum, sum of squares and number of zeros, shape (n_draws, 3)."""
    numbers = counts.astype(float)
    zeros = (counts == 0).sum(axis=1)
    return np.stack([numbers.sum(axis=1), np.square(numbers).sum(axis=1), zeros], axis=1)


def _statistics(moments: FloatArray, people: int) -> dict[str, FloatArray]:
    total, squares, zeros = moments.T
    mean = total / people
    variance = (squares - people * mean**2) / max(people - 1, 1)
    dispersion = np.divide(variance, mean, out=np.zeros_like(mean), where=mean > 0)
    return {"mean": mean, "dispersion": dispersion, "share of zeros": zeros / people}


def _in_bins(counts: IntArray, starts: IntArray) -> FloatArray:
    n_draws, n_bins = len(counts), len(starts)
    place = np.searchsorted(starts, counts.ravel(), side="right") - 1
    place += np.repeat(np.arange(n_draws) * n_bins, counts.shape[1])
    return np.bincount(place, minlength=n_draws * n_bins).reshape(n_draws, n_bins).astype(float)


def _belongs(
    design: CountDesign, rows: IntArray, slices: tuple[slice, ...], n_levels: int
) -> FloatArray:
    belongs = np.zeros((len(rows), n_levels))
    for position, where in enumerate(slices):
        belongs[np.arange(len(rows)), where.start + design.frequency_level[rows, position]] = 1.0
    return belongs


def _highest(so_far: IntArray | None, counts: IntArray, n_highest: int) -> IntArray:
    gathered = counts if so_far is None else np.concatenate([so_far, counts], axis=1)
    if gathered.shape[1] <= n_highest:
        return gathered
    return np.partition(gathered, -n_highest, axis=1)[:, -n_highest:]
