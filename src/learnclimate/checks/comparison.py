"""One observed figure against its replicates."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.verdict import Verdict, judge
from learnclimate.core.intervals import interval_bounds

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: A mean so many times that of the answers, or less of it, is beyond what a study can find. (By
#: a tenth of it, the default priors of models with several frequencies would be told to be vague.)
_FAR = 1000.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One observed figure against its replicates.

    Attributes
    ----------
    observed : float
        The figure of the answers given; not a number where hidden.
    median, lower, upper : float
        Median and interval of the replicates.
    probability : float
        Posterior predictive probability of a difference at least this large.
    verdict : str
        What it comes to.
    hidden : bool
        Whether the observed figure would tell the answer of too few respondents.
    """

    observed: float
    median: float
    lower: float
    upper: float
    probability: float
    verdict: Verdict
    hidden: bool = False

    @property
    def as_row(self) -> dict[str, object]:
        """The same, by column name."""
        return asdict(self)


HIDDEN = Comparison(np.nan, np.nan, np.nan, np.nan, np.nan, "not applicable", hidden=True)


def compare(
    observed: float, replicated: FloatArray, interval: float, *, n_compared: int = 1
) -> Comparison:
    """
    Compare a figure with its replicates, on both sides.

    Parameters
    ----------
    observed : float
        The figure of the answers given.
    replicated : ndarray of shape (n_draws,)
        The same figure of each set of new counts.
    interval : float
        Probability of the interval.
    n_compared : int, default 1
        How many such figures are judged together; each is then judged more leniently.

    Returns
    -------
    Comparison
        With the two-sided probability; replicates equal to the figure count on both sides,
        so that a figure within the interval of 95 % is never doubtful. Not applicable where
        all replicates are equal to the figure.

    Examples
    --------
    >>> compare(50.0, np.arange(101.0), 0.9).verdict
    'good'
    """
    above = float((replicated >= observed).mean())
    below = float((replicated <= observed).mean())
    probability = min(1.0, 2 * min(above, below))
    median = float(np.median(replicated))
    largest = max(abs(observed), abs(median))
    size = abs(observed - median) / largest if largest > 0 else 0.0
    lower, upper = interval_bounds(replicated, interval)
    verdict = judge(probability * n_compared, size)
    if np.ptp(replicated) == 0 and observed == median:
        # It could not have been otherwise, as the highest of a few answer options.
        verdict = "not applicable"
    return Comparison(observed, median, float(lower), float(upper), probability, verdict)


def compare_misplaced(observed: FloatArray, replicated: FloatArray, interval: float) -> Comparison:
    """
    Compare a distribution over bins with its replicates, on the side of misfit.

    The interval runs from 0, as a distribution cannot fit too well.

    Parameters
    ----------
    observed : ndarray of shape (n_bins,)
        Respondents in each bin.
    replicated : ndarray of shape (n_draws, n_bins)
        The same of each set of new counts.
    interval : float
        Probability of the interval.

    Returns
    -------
    Comparison
        Of the share of respondents who are in another bin than expected.

    Examples
    --------
    >>> replicated = np.array([[5.0, 5.0], [6.0, 4.0], [4.0, 6.0]])
    >>> compare_misplaced(np.array([10.0, 0.0]), replicated, 0.9).observed
    0.5
    """
    expected = replicated.mean(axis=0)
    scale = 2 * expected.sum()
    own = float(np.abs(observed - expected).sum() / scale)
    theirs = np.abs(replicated - expected).sum(axis=1) / scale
    median = float(np.median(theirs))
    probability = float((theirs >= own).mean())
    upper = float(np.quantile(theirs, interval))
    verdict = judge(probability, own - median)
    return Comparison(own, median, 0.0, upper, probability, verdict)


def is_far(observed: float, replicated: FloatArray) -> BoolArray:
    """
    Tell where priors expect a mean that no study finds.

    Parameters
    ----------
    observed : float
        Mean of the answers given.
    replicated : ndarray of shape (n_draws,)
        Means of sets of counts drawn from the priors.

    Returns
    -------
    ndarray of shape (n_draws,), bool
        Whether each is more than a thousand times that of the answers, or less than a thousandth.

    Examples
    --------
    >>> is_far(2.0, np.array([0.001, 1.0, 30.0, 2500.0])).tolist()
    [True, False, False, True]
    """
    ratio = replicated / max(observed, 1e-3)
    return np.asarray((ratio > _FAR) | (ratio < 1 / _FAR))


def told_apart(names: list[str], verdicts: list[Verdict], draws: int, source: str) -> str:
    """
    Say in a sentence which figures of the answers differ from their replicates.

    Parameters
    ----------
    names : list of str
        The figures.
    verdicts : list of str
        The verdict of each.
    draws : int
        Sets of new counts.
    source : str
        What these are drawn from.

    Returns
    -------
    str
        A sentence or two.

    Examples
    --------
    >>> told_apart(["mean"], ["good"], 100, "the model")
    'The answers look like 100 sets of new counts from the model in the one figure compared.'
    """
    pairs = list(zip(names, verdicts, strict=True))
    compared = [name for name, verdict in pairs if verdict != "not applicable"]
    if not compared:
        return "There is nothing that may be shown and compared."
    grave = [name for name, verdict in pairs if verdict == "bad"]
    slight = [name for name, verdict in pairs if verdict == "doubtful"]
    if not grave and not slight:
        all_of = f"all {len(compared)} figures" if len(compared) > 1 else "the one figure"
        return (
            f"The answers look like {draws} sets of new counts from {source} in {all_of} compared."
        )
    many = f"{len(compared)} figures" if len(compared) > 1 else "one figure"
    told = f"Against {draws} sets of new counts from {source}, of {many}"
    parts = [_lying(names, far) for names, far in ((grave, "far"), (slight, "somewhat")) if names]
    return f"{told}: {'; '.join(parts)}. The table says on which side."


def _lying(names: list[str], far: str) -> str:
    return f"{', '.join(names)} {'lies' if len(names) == 1 else 'lie'} {far} out"
