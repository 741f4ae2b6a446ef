"""Correlations within and between teams where answers were left open, held against a model."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from learnclimate.checks.completed_answers import (
    Allowance,
    allowance,
    completed,
    completions,
    fewer_draws,
)
from learnclimate.checks.factor_replicates import (
    BETWEEN,
    RESPONDENTS,
    WITHIN,
    Figures,
    LevelFit,
    by_level,
    few_of,
    free_figures,
    moved_figures,
    sampled_for,
    told_figures,
)
from learnclimate.checks.replicated_answers import Replicable, replicable, replicate
from learnclimate.inference.factors.fit_record import FactorFit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STEP = 1e-5


def open_level_fits(
    fit: FactorFit, chosen: IntArray, rng: np.random.Generator, *, seed: int
) -> dict[str, LevelFit]:
    """
    Hold correlations at each level against those of replicated answers, where some are open.

    Answers are completed from the model, draw by draw. How far the correlations then lie from
    the model's, on average, is made up to what complete answers would tell; replicated answers
    are complete, and their errors are stretched likewise. So what was left open may hang on what
    was answered.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    rng : numpy.random.Generator
        Random numbers of replicated answers.
    seed : int
        Seed of completed ones.

    Returns
    -------
    dict of str to LevelFit
        As `level_fits`.
    """
    answers = _Answers(fit)
    at_mean, n_sampled = replicable(fit, None), sampled_for(fit.design)

    def replicates(values: Replicable, seeds: list[np.random.Generator]) -> list[FloatArray]:
        made = [by_level(each, answers.team) for each in answers.replicated(values, seeds)]
        return [np.stack([each[level] for each in made]) for level in (0, 1)]

    at_draws = replicates(replicable(fit, chosen), [rng] * len(chosen))
    again = replicates(at_mean.repeated(len(chosen)), [rng] * len(chosen))
    sampled = replicates(at_mean.repeated(n_sampled), [rng] * n_sampled)
    moved = moved_figures(replicates, few_of(fit, chosen), rng)
    sums = _Sums(answers, fit, chosen, rng, seed)
    n_pairs, n_free = len(np.triu_indices(len(fit.design.items), 1)[0]), free_figures(fit.design)
    found = {}
    for name, at in answers.levels.items():
        first, drawn, same, alike = (
            told_figures(values[at], diagonal=name == BETWEEN)
            for values in (at_draws, again, sampled, moved)
        )
        centre = same.mean(axis=0)
        expected, own = sums.told(name, at)
        observed = centre + own.corrected(expected - centre)
        figures = Figures(
            observed, centre + own.stretched(drawn - centre), centre + own.stretched(same - centre),
            alike,
        )  # fmt: skip
        apart = observed - centre - own.stretched(first - centre)
        found[name] = LevelFit(apart[:, :n_pairs], figures.p_value(n_free[name]))
    return found


class _Answers:
    """Who answered an item at least, in which team, and new answers of as many."""

    def __init__(self, fit: FactorFit) -> None:
        self.design = fit.design
        self.rows = fit.design.answered
        self.two = fit.model.levels == "team"
        self.n = int(self.rows.sum())
        place = np.unique(fit.design.team[self.rows], return_inverse=True)[1].ravel()
        self.team = place if self.two else np.zeros(self.n, dtype=np.int64)
        self.levels = {WITHIN: 0, BETWEEN: 1} if self.two else {RESPONDENTS: 0}
        gaps = (fit.design.categories[self.rows] < 0).any(axis=1)
        #: In which teams, or by which respondents of one level, something was left open.
        self.open_units = np.bincount(place, gaps) > 0 if self.two else gaps

    def replicated(
        self, values: Replicable, seeds: list[np.random.Generator]
    ) -> Iterator[FloatArray]:
        for place, own in enumerate(seeds):
            yield replicate(values, place, self.design, own)[self.rows]

    def sums(self, values: FloatArray) -> FloatArray:
        """
        Lay out what the figures are made of, (n_units, any), to be summed over units.

        Answers and products of two; of teams also products of sums, by the size of the team.
        """
        lower = np.tril_indices(values.shape[1])
        products = values[:, lower[0]] * values[:, lower[1]]
        if not self.two:
            return np.concatenate([values, products], axis=1)
        size = np.bincount(self.team).astype(float)[:, None]
        total, inside = np.zeros((len(size), values.shape[1])), np.zeros((len(size), len(lower[0])))
        np.add.at(total, self.team, values)
        np.add.at(inside, self.team, products)
        return np.concatenate([total, inside, total[:, lower[0]] * total[:, lower[1]] / size], 1)

    def by_level(self, summed: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Turn sums over all units into what `factor_replicates.by_level` gives."""
        n_items = len(self.design.items)
        lower = np.tril_indices(n_items)
        total = summed[:n_items]
        centre = np.outer(total, total) / self.n
        products, shared = np.zeros((2, n_items, n_items))
        products[lower] = products.T[lower] = summed[n_items : n_items + len(lower[0])]
        shared[:] = centre
        if self.two:
            shared[lower] = shared.T[lower] = summed[n_items + len(lower[0]) :]
        within, between = products - shared, shared - centre
        spread = np.sqrt(np.maximum(np.diag(within) + np.diag(between), 1e-300))
        return within / np.outer(spread, spread), between / np.outer(spread, spread)


class _Sums:
    """Sums of completed answers, of replicated ones, and how the figures follow from them."""

    def __init__(
        self, answers: _Answers, fit: FactorFit, chosen: IntArray, rng: np.random.Generator,
        seed: int,
    ) -> None:  # fmt: skip
        n_items = len(fit.design.items)
        size = n_items + n_items * (n_items + 1) // 2 * (2 if answers.two else 1)
        some = fewer_draws(chosen, int(answers.open_units.sum()), size)
        made = completions((answers.sums(one) for one in completed(fit, some, seed)),
                           answers.open_units)  # fmt: skip
        every = np.ones(len(answers.open_units), dtype=np.bool_)
        others = len(fewer_draws(chosen, len(every), size))
        drawn = replicable(fit, None).repeated(others)
        spread = completions(
            (answers.sums(one) for one in answers.replicated(drawn, [rng] * others)), every
        )
        self.answers, self.totals = answers, made.totals
        self.lost, self.whole = made.lost, spread.lost

    def told(self, name: str, at: int) -> tuple[FloatArray, Allowance]:
        """Give the expected figures of completed answers at a level, and what to allow for."""

        def figures(summed: FloatArray) -> FloatArray:
            return told_figures(self.answers.by_level(summed)[at], diagonal=name == BETWEEN)

        middle = self.totals.mean(axis=0)
        step = _STEP * self.answers.n
        slopes = np.stack(
            [(figures(middle + step * one) - figures(middle - step * one)) / (2 * step)
             for one in np.eye(len(middle))], axis=1,
        )  # fmt: skip
        expected = np.mean([figures(one) for one in self.totals], axis=0)
        own = allowance(slopes @ self.whole @ slopes.T, slopes @ self.lost @ slopes.T,
                        len(self.totals))  # fmt: skip
        return expected, own
