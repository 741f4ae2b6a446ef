"""Counts by team: how far teams differ, in the answers and in new counts from the model."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Blocks = Iterator[tuple[IntArray, IntArray]]

#: Elements of the sums by team: 160 MB of floats. Where teams are more, fewer draws are kept.
_MOST_SUMS = 20_000_000
_FEWEST_DRAWS = 20


def draws_in_memory(design: CountDesign) -> int:
    """
    Tell of how many draws a number for each team fits in the memory set aside.

    Parameters
    ----------
    design : CountDesign
        Tells how many teams there are.

    Returns
    -------
    int
        At least 20.
    """
    return max(_FEWEST_DRAWS, _MOST_SUMS // max(design.n_teams, 1))


class TeamSums:
    """
    Sums of counts by team, gathered from blocks that pass by.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    n_draws : int
        Sets of counts; where teams are very many, as many of these as fit in memory are kept,
        spread evenly over all, so that every chain has its share.
    """

    def __init__(self, design: CountDesign, n_draws: int) -> None:
        most = draws_in_memory(design)
        self._design = design
        self._kept = np.linspace(0, n_draws - 1, min(n_draws, most)).astype(np.int64)
        self.sums: FloatArray = np.zeros((len(self._kept), design.n_teams))
        self.squares: FloatArray = np.zeros(len(self.sums))

    def watching(self, blocks: Blocks) -> Blocks:
        """
        Pass blocks on, adding them up.

        Parameters
        ----------
        blocks : iterator of (rows, counts)
            Blocks of counts, shape (n_draws, n_chosen).

        Yields
        ------
        rows, counts : ndarray
            The same blocks.
        """
        from scipy.sparse import csr_array

        for rows, counts in blocks:
            kept = counts[self._kept].astype(float)
            people = np.arange(len(rows))
            shape = (len(rows), self._design.n_teams)
            belongs = csr_array((np.ones(len(rows)), (people, self._design.team[rows])), shape)
            self.sums += kept @ belongs
            self.squares += np.square(kept).sum(axis=1)
            yield rows, counts

    def extended(self, other: "TeamSums") -> "TeamSums":
        """
        Put the sums of further draws behind these, as far as memory allows.

        Parameters
        ----------
        other : TeamSums
            Of further draws, for the same respondents.

        Returns
        -------
        TeamSums
            Of the draws of both; the first of them where they are too many.
        """
        both = TeamSums(self._design, len(self.sums) + len(other.sums))
        n_kept = len(both.sums)
        more = max(0, n_kept - len(self.sums))
        both.sums = np.concatenate([self.sums, other.sums[:more]])[:n_kept]
        both.squares = np.concatenate([self.squares, other.squares[:more]])[:n_kept]
        return both

    @property
    def means(self) -> FloatArray:
        """Mean count of each team, shape (n_draws, n_teams)."""
        return self.sums / np.maximum(self._design.team_sizes, 1)

    def share_between(self, hidden: npt.NDArray[np.bool_]) -> FloatArray:
        """
        Give the share of the variance of the counts that lies between teams.

        Teams that may not be shown count as one: sums of squares by team would tell who knows
        the shown teams' means how the rest divides into teams, to the single answer.

        Parameters
        ----------
        hidden : ndarray of shape (n_teams,), bool
            Teams that may not be shown.

        Returns
        -------
        ndarray of shape (n_draws,)
            From 0 to 1; 0 where all count as one team.
        """
        # Of whole numbers the sums are exact, so that one group of all gives 0 exactly.
        sums = np.column_stack([self.sums[:, ~hidden], self.sums[:, hidden].sum(axis=1)])
        own = self._design.team_sizes
        sizes = np.maximum([*own[~hidden], own[hidden].sum()], 1)
        middle = self.sums.sum(axis=1) ** 2 / self._design.n_respondents
        between = (sums**2 / sizes).sum(axis=1) - middle
        total = self.squares - middle
        return np.divide(between, total, out=np.zeros_like(total), where=total > 0)
