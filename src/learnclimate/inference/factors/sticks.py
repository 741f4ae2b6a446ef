"""Thresholds of items as near-normal scores: pieces of a stick, seen through their posteriors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROOT_TWO_PI_LOG = 0.5 * np.log(2 * np.pi)
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Sticks:
    """
    Shares of the answers to each item, broken off a stick answer by answer.

    The shares of an item have a uniform prior over all shares that sum to 1. Piece k is
    the share of answer k among the answers from k up; were the items unrelated, its
    posterior would be a beta distribution, and the score that stands for it here is normal
    under that. So scores stay near normal even where nobody gave an answer.

    Attributes
    ----------
    given, above : ndarray of shape (n_cuts,)
        How many gave answer k, and how many a higher one; cuts of one item side by side.
    higher : ndarray of shape (n_cuts,)
        How many answers are higher than k.
    first : ndarray of shape (n_items + 1,), int
        First cut of each item.
    """

    given: FloatArray
    above: FloatArray
    higher: FloatArray
    first: IntArray

    @property
    def n_cuts(self) -> int:
        """How many scores there are."""
        return len(self.given)

    def cuts(self, scores: FloatArray) -> "Cuts":
        """
        Find thresholds from scores.

        Parameters
        ----------
        scores : ndarray of shape (S, n_cuts)
            Scores.

        Returns
        -------
        Cuts
            Thresholds on a standard normal, and what gradients need.
        """
        a, b = 1 + self.given, self.higher + self.above
        piece = np.maximum(special.betaincinv(a, b, special.ndtr(scores)), _SMALLEST)
        rest = np.maximum(special.betaincinv(b, a, special.ndtr(-scores)), _SMALLEST)
        log_rest = np.log(rest)
        left = np.empty_like(log_rest)
        for start, end in zip(self.first[:-1], self.first[1:], strict=True):
            left[:, start:end] = np.cumsum(log_rest[:, start:end], axis=1)
        above = np.exp(left)
        below = -np.expm1(left)
        thresholds = np.where(above < 0.5, -special.ndtri(above), special.ndtri(below))
        log_piece = np.log(piece)
        log_posterior = (a - 1) * log_piece + (b - 1) * log_rest - special.betaln(a, b)
        log_normal = -0.5 * scores**2 - _ROOT_TWO_PI_LOG
        log_prior = log_normal - self.given * log_piece - self.above * log_rest
        log_prior += special.betaln(a, b) - special.betaln(1.0, self.higher)
        slope = np.exp(log_normal - log_posterior)
        return Cuts(thresholds, log_prior.sum(axis=1), piece, rest, above, slope)

    def pulled_back(self, scores: FloatArray, cuts: "Cuts", by_threshold: FloatArray) -> FloatArray:
        """
        Gradient by the scores, the log prior's included, from that by the thresholds.

        Parameters
        ----------
        scores : ndarray of shape (n_cuts,)
            One point.
        cuts : Cuts
            What `cuts` gave for that point alone.
        by_threshold : ndarray of shape (n_cuts,)
            Gradient of the log likelihood by the thresholds on a standard normal.

        Returns
        -------
        ndarray of shape (n_cuts,)
            Gradient.
        """
        thresholds, piece, rest = cuts.thresholds[0], cuts.piece[0], cuts.rest[0]
        log_density = -0.5 * thresholds**2 - _ROOT_TWO_PI_LOG
        by_log_left = -by_threshold * np.exp(np.log(cuts.above[0]) - log_density)
        by_rest = np.empty_like(by_log_left)
        for start, end in zip(self.first[:-1], self.first[1:], strict=True):
            by_rest[start:end] = np.cumsum(by_log_left[start:end][::-1])[::-1]
        slope = cuts.slope[0]
        likelihood = -by_rest / rest * slope
        prior = -scores - (self.given / piece - self.above / rest) * slope
        return np.asarray(likelihood + prior)


@dataclass(frozen=True, slots=True)
class Cuts:
    """
    Thresholds at S points.

    Attributes
    ----------
    thresholds : ndarray of shape (S, n_cuts)
        On a standard normal.
    log_prior : ndarray of shape (S,)
        Log prior density of the scores.
    piece, rest : ndarray of shape (S, n_cuts)
        Share of answer k among those from k up, and what it leaves.
    above : ndarray of shape (S, n_cuts)
        Share of the answers above the threshold.
    slope : ndarray of shape (S, n_cuts)
        Derivative of the piece by its score.
    """

    thresholds: FloatArray
    log_prior: FloatArray
    piece: FloatArray
    rest: FloatArray
    above: FloatArray
    slope: FloatArray


def sticks_of(counts: FloatArray, n_categories: IntArray) -> Sticks:
    """
    Set up the scores of the thresholds.

    Parameters
    ----------
    counts : ndarray of shape (sum of n_categories,)
        How many gave each answer, item after item.
    n_categories : ndarray of shape (n_items,), int
        Answers an item offers.

    Returns
    -------
    Sticks
        The scores.
    """
    given, above, higher = [], [], []
    start = 0
    for n in n_categories:
        own = counts[start : start + n]
        start += n
        given.append(own[:-1])
        above.append(np.cumsum(own[::-1])[::-1][1:])
        higher.append(np.arange(n - 1, 0, -1.0))
    first = np.concatenate([[0], np.cumsum(n_categories - 1)]).astype(np.int64)
    return Sticks(np.concatenate(given), np.concatenate(above), np.concatenate(higher), first)
