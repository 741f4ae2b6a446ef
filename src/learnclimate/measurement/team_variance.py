"""How much of the variance of a score lies between teams: closed forms and an exact posterior."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_GRID = 4001


@dataclass(frozen=True, slots=True)
class OneWay:
    """
    Analysis of variance of a score by team.

    Attributes
    ----------
    means, sizes : ndarray of shape (n_teams,)
        Means and numbers of members.
    within, between : float
        Sums of squares.
    told_size : float or None
        The mean number of members asked, where it stands for that of those who have a score.
    """

    means: FloatArray
    sizes: FloatArray
    within: float
    between: float
    told_size: float | None = None

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.sizes)

    @property
    def n_respondents(self) -> float:
        """Number of respondents."""
        return float(self.sizes.sum())

    @property
    def mean_size(self) -> float:
        """Mean number of members."""
        return self.n_respondents / self.n_teams if self.told_size is None else self.told_size

    @property
    def ratio(self) -> float:
        """Mean square between teams over that within."""
        first, second = self.n_teams - 1, self.n_respondents - self.n_teams
        return (self.between / first) / (self.within / second)


def one_way(score: FloatArray, team: IntArray) -> OneWay:
    """
    Split the variance of a score by team.

    Parameters
    ----------
    score : ndarray of shape (n_respondents,)
        Scores.
    team : ndarray of shape (n_respondents,), int
        Teams.

    Returns
    -------
    OneWay
        The split.
    """
    _, place = np.unique(team, return_inverse=True)
    sizes = np.bincount(place).astype(float)
    means = np.bincount(place, weights=score) / sizes
    within = float(((score - means[place]) ** 2).sum())
    between = float((sizes * (means - score.mean()) ** 2).sum())
    return OneWay(means, sizes, within, between)


def classical(
    split: OneWay, interval: float, *, exact: bool = True
) -> dict[str, tuple[float, float, float]]:
    """
    Estimates and exact intervals of normal theory, by estimand.

    Parameters
    ----------
    split : OneWay
        The analysis of variance.
    interval : float
        Probability of the intervals.
    exact : bool, default True
        Whether intervals may hang on the size of every team; by the mean size where not.

    Returns
    -------
    dict of str to (estimate, lower, upper)
        ``icc1, icc2, eta_squared, design_effect``. Estimates use the mean size. The intervals
        of the ICCs and the design effect are exact whatever the sizes, or where not `exact`
        for teams of one size; that of eta squared whatever the sizes. Estimate and interval of
        eta squared are about the share between the true levels of these teams, the estimate as
        often too high as too low; what the sums of squares give is `share_of_squares`.

    References
    ----------
    Bliese (2000), in Klein and Kozlowski (eds), Multilevel theory, 349-381 (the estimates,
    as in the R package multilevel); McGraw and Wong (1996), Psychological Methods 1, 30-46,
    doi 10.1037/1082-989X.1.1.30 (intervals of the ICCs, teams of one size); Wald (1940),
    Annals of Mathematical Statistics 11, 96-100 (of any size); Steiger (2004), Psychological
    Methods 9, 164-182, doi 10.1037/1082-989X.9.2.164 (of eta squared).
    """
    size, ratio = split.mean_size, split.ratio
    first, second = split.n_teams - 1, split.n_respondents - split.n_teams
    tail = (1 - interval) / 2
    bounds = stats.f(first, second).ppf([1 - tail, tail])
    ends = [_variance_ratio(split, at) if exact else (ratio / at - 1) / size for at in bounds]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.array([(ratio - 1) / size, *ends])
        one = variance / (1 + variance)
        two = size * variance / (1 + size * variance)
    # Of teams whose means are all alike nothing is left that could be reliable.
    two[~np.isfinite(two)] = np.nan
    middle = (0.5, 1 - tail, tail)
    eta = [noncentral_share(ratio, first, second, below) for below in middle]
    found = {
        "icc1": one,
        "icc2": two,
        "eta_squared": np.array(eta),
        "design_effect": 1 + (size - 1) * one,
    }
    return {
        name: (float(values[0]), float(values[1]), float(values[2]))
        for name, values in found.items()
    }


def _variance_ratio(split: OneWay, at: float) -> float:
    """
    Find the variance between teams, over that within, at which a ratio has a given value.

    The ratio is that of the mean squares with every team weighed by how sure its mean is under
    that variance; its distribution is F, exactly, whatever the sizes (Wald 1940). Of teams of one
    size it is the analysis of variance's own. It falls as the variance grows, which may be below
    0 down to where the largest team's mean would have none.
    """
    inverse = 1 / split.sizes
    square = (split.n_teams - 1) * split.within / (split.n_respondents - split.n_teams)
    least = -float(inverse.min())

    def excess(variance: float) -> float:
        weight = 1 / (variance + inverse)
        centre = weight @ split.means / weight.sum()
        return float(weight @ (split.means - centre) ** 2 / square - at)

    first = least * (1 - 1e-12)
    found = least
    if excess(first) > 0:
        top = 1.0
        while excess(top) > 0:
            top *= 2
        found = float(brentq(excess, first, top, xtol=1e-15, rtol=1e-13))
    return found


def share_of_squares(split: OneWay) -> float:
    """
    Share of the sum of squares between teams: eta squared of the sample, as R reports it.

    Differences by chance count as differences between teams, so that it is too high: by
    (teams - 1) / (respondents - 1) where teams do not differ at all.

    Parameters
    ----------
    split : OneWay
        The analysis of variance.

    Returns
    -------
    float
        From 0 to 1.
    """
    return split.between / (split.between + split.within)


def noncentral_share(ratio: float, first: float, second: float, below: float) -> float:
    """
    Share between teams at which a smaller ratio of mean squares has a given probability.

    Parameters
    ----------
    ratio : float
        Mean square between teams over that within.
    first, second : float
        Degrees of freedom.
    below : float
        Probability of a smaller ratio: 0.5 gives a median-unbiased estimate.

    Returns
    -------
    float
        The share; 0 where no share makes the probability as small.

    References
    ----------
    Steiger (2004), Psychological Methods 9, 164-182, doi 10.1037/1082-989X.9.2.164.
    """
    total = first + second + 1

    def excess(noncentrality: float) -> float:
        return float(stats.ncf.cdf(ratio, first, second, noncentrality) - below)

    if excess(1e-9) <= 0:
        return 0.0
    top = max(first * ratio, 1.0)
    while excess(top) > 0:
        top *= 2
    root = float(brentq(excess, 1e-9, top))
    return root / (root + total)


def posterior_shares(
    split: OneWay, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """
    Draws of the shares of variance from a normal model of teams, integrated exactly.

    The share of the variance between teams is uniform a priori, the mean and the log of
    the variance flat. Mean and variance are integrated out in closed form, the share on a
    grid, so that the draws are independent.

    Parameters
    ----------
    split : OneWay
        The analysis of variance.
    n_draws : int
        How many draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict of str to ndarray of shape (n_draws,)
        ``icc1, icc2, eta_squared, design_effect``; eta squared is the share of the variance
        that lies between the levels of the very teams that answered.

    References
    ----------
    Gelman and others (2013), Bayesian data analysis, section 5.4, doi 10.1201/b16018.
    """
    share, log_density = _share_grid(split)
    density = np.exp(log_density - log_density.max())
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(share)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    drawn = np.interp(rng.random(n_draws) * reached[-1], reached, share)
    size = split.mean_size
    return {
        "icc1": drawn,
        "icc2": size * drawn / (1 + (size - 1) * drawn),
        "eta_squared": _between_these_teams(split, drawn, rng),
        "design_effect": 1 + (size - 1) * drawn,
    }


def _share_grid(split: OneWay) -> tuple[FloatArray, FloatArray]:
    """Log posterior density of the share, on a grid that is fine where the density is."""
    rough = np.linspace(0, 1, _GRID)[:-1]
    log_rough = _log_density(split, rough)
    near = rough[log_rough > log_rough.max() - 25]
    margin = rough[1]
    low, high = max(0.0, near[0] - margin), min(rough[-1], near[-1] + margin)
    share = np.linspace(low, high, _GRID)
    return share, _log_density(split, share)


def _log_density(split: OneWay, share: FloatArray) -> FloatArray:
    sizes, n = split.sizes, split.n_respondents
    mean_variance = share[:, None] + (1 - share[:, None]) / sizes
    precision = 1 / mean_variance
    total = precision.sum(axis=1)
    centre = (precision @ split.means) / total
    spread = (precision * (split.means - centre[:, None]) ** 2).sum(axis=1)
    square = spread + split.within / (1 - share)
    return np.asarray(
        -0.5 * (n - split.n_teams) * np.log1p(-share)
        - 0.5 * np.log(mean_variance).sum(axis=1)
        - 0.5 * np.log(total)
        - 0.5 * (n - 1) * np.log(square)
    )


def _between_these_teams(split: OneWay, share: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw variance, mean and the teams' levels given the share, and compare their spread."""
    sizes, n = split.sizes, split.n_respondents
    mean_variance = share[:, None] + (1 - share[:, None]) / sizes
    precision = 1 / mean_variance
    total = precision.sum(axis=1)
    centre = (precision @ split.means) / total
    spread = (precision * (split.means - centre[:, None]) ** 2).sum(axis=1)
    square = spread + split.within / (1 - share)
    variance = square / rng.chisquare(n - 1, len(share))
    mean = centre + np.sqrt(variance / total) * rng.standard_normal(len(share))
    kept = share[:, None] * precision
    level = mean[:, None] + kept * (split.means - mean[:, None])
    remaining = variance[:, None] * share[:, None] * (1 - kept)
    level += np.sqrt(np.maximum(remaining, 0)) * rng.standard_normal(level.shape)
    middle = (level @ sizes) / n
    between = ((level - middle[:, None]) ** 2) @ sizes / n
    return np.asarray(between / (between + variance * (1 - share)))
