"""The posterior of an ordinal model whose items have one factor each, factors integrated out."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.grid import (
    REACH,
    even_side,
    factor_density,
    spacings,
    whole_runs,
)
from learnclimate.inference.factors.kernels import (
    answer_counts,
    fill_tables,
    pattern_products,
    scale_rows,
    table_slopes,
)
from learnclimate.inference.factors.kernels_separable import (
    pattern_bounds,
    pattern_masses,
    pattern_totals,
)
from learnclimate.inference.factors.ordinal import Answers
from learnclimate.inference.factors.parameters import FactorParameters, Point, Slopes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Nodes at the ends of a side whose posterior is smaller, against the largest, are left out.
_NEGLIGIBLE = 1e-9
#: Root of what a factor has for itself, beside those before it; the prior leaves less to no study.
_LEAST_ROOT = 1e-3


@dataclass(frozen=True, slots=True)
class Part:
    """
    The distinct answers to the items of one scale.

    Attributes
    ----------
    items : slice
        Its items.
    cuts : slice
        Their thresholds.
    first : ndarray of shape (n_items + 1,), int
        First row of each item in a table of the scale's answers.
    rows : ndarray of shape (n_parts, n_items), int
        Row of each answer; -1 where left open.
    """

    items: slice
    cuts: slice
    first: IntArray
    rows: IntArray


def parts_of(answers: Answers, own_factor: IntArray) -> tuple[tuple[Part, ...], IntArray]:
    """
    Split patterns by scale.

    Parameters
    ----------
    answers : Answers
        Distinct patterns.
    own_factor : ndarray of shape (n_items,), int
        Factor of each item, rising: items lie scale after scale.

    Returns
    -------
    parts : tuple of Part
        Distinct answers to each scale.
    of_pattern : ndarray of shape (n_patterns, n_factors), int
        Which of them each pattern has; those of the second scale and on are counted together.
    """
    found, places, before = [], [], 0
    for factor in range(int(own_factor.max()) + 1):
        own = np.flatnonzero(own_factor == factor)
        items = slice(int(own[0]), int(own[-1]) + 1)
        start, end = answers.first[items.start], answers.first[items.stop]
        local = np.where(answers.rows[:, items] >= 0, answers.rows[:, items] - start, -1)
        rows, place = np.unique(local, axis=0, return_inverse=True)
        first = (answers.first[items.start : items.stop + 1] - start).astype(np.int64)
        cuts = slice(int(start) - items.start, int(end) - items.stop)
        found.append(Part(items, cuts, first, np.ascontiguousarray(rows)))
        places.append(place.ravel() + before)
        before += len(rows) if factor else 0
    return tuple(found), np.stack(places, axis=1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A scale's answers at the nodes of its factor; see `Tables`."""

    predictor: FloatArray
    thresholds: FloatArray
    product: FloatArray
    log_size: FloatArray


@dataclass(frozen=True, slots=True)
class _Integrated:
    """
    What one evaluation leaves.

    ``density`` is that of the factors at the nodes (first factor's, all others'), ``first`` the
    first scale's answers summed over it, ``tables`` the other scales' products.
    """

    scales: tuple[_Scale, ...]
    density: FloatArray
    first: FloatArray
    tables: FloatArray
    totals: FloatArray
    by_pattern: FloatArray


@dataclass(frozen=True, slots=True)
class SeparablePosterior:
    """
    The posterior of an ordinal factor model in which every item has one factor.

    Nodes lie on a grid of the correlated factors themselves. So an item's probabilities depend
    on one side of the grid, those of a scale are shared by all who answered it alike, and the
    sum over the first factor is one product of matrices.

    Attributes
    ----------
    parameters : FactorParameters
        Coordinates and priors.
    answers : Answers
        The answers.
    parts : tuple of Part
        Distinct answers to each scale.
    of_pattern : ndarray of shape (n_patterns, n_factors), int
        See `parts_of`.
    sides : tuple of ndarray
        Nodes of each factor.
    bounds : ndarray of shape (n_patterns, n_factors - 1, 2), int
        Nodes of the second factor and on that matter to each pattern.
    """

    parameters: FactorParameters
    answers: Answers
    parts: tuple[Part, ...]
    of_pattern: IntArray
    sides: tuple[FloatArray, ...]
    bounds: IntArray

    @property
    def size(self) -> int:
        """How many coordinates there are."""
        return self.parameters.size

    @property
    def has_grid(self) -> bool:
        """Whether factors are integrated out on a grid."""
        return True

    @property
    def _layout(self) -> tuple[IntArray, IntArray, IntArray]:
        n_sides = np.array([len(side) for side in self.sides[1:]], dtype=np.int64)
        return self.of_pattern, self.bounds, n_sides

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Turn points so that each factor points the way most of its items do."""
        return self.parameters.oriented(theta)

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "SeparablePosterior":
        """
        Lay out the nodes for evaluations near a point.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The point.
        finer : float, default 1
            How much finer than usual.

        Returns
        -------
        SeparablePosterior
            The same posterior, its nodes laid out anew.
        """
        point = self.parameters.point(theta[None])
        reach = REACH * min(finer, 1.2)
        steps = spacings(point.factor[0], point.loadings[0], finer)
        sides = tuple(even_side(step, reach) for step in steps)
        bounds = np.zeros((len(self.of_pattern), len(sides) - 1, 2), dtype=np.int64)
        bounds[:, :, 1] = [len(side) for side in sides[1:]]
        whole = replace(self, sides=sides, bounds=bounds)
        return replace(whole, bounds=whole._narrowed_bounds(point))  # noqa: SLF001 - its own kind

    def _narrowed_bounds(self, point: Point) -> IntArray:
        found = self._integrated(point, 0)
        narrowed = np.empty_like(self.bounds)
        pattern_bounds(found.first, found.tables, self._layout, _NEGLIGIBLE, narrowed)
        return narrowed

    def log_density(self, theta: FloatArray) -> FloatArray:
        """
        Log prior plus log likelihood.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            With all constants.
        """
        point = self.parameters.point(theta)
        found = np.array([self._value(point, place) for place in range(len(theta))])
        found = found + point.log_prior
        return np.where(np.isfinite(found), found, -np.inf)

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """
        Log density and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            One point.

        Returns
        -------
        value : float
            Log density.
        gradient : ndarray of shape (size,)
            By Fisher's identity.
        """
        point = self.parameters.point(theta[None])
        if _coincide(point, 0):
            return -np.inf, np.zeros(self.size)
        found = self._integrated(point, 0)
        others = np.zeros_like(found.first)
        mass = np.zeros_like(found.tables)
        share = self.answers.weight / found.totals
        pattern_masses(found.first, found.tables, self._layout, share, (others, mass))
        own = found.scales[0].product
        masses = [own * (others @ found.density.T), *self._split(mass)]
        joint = found.density * (own.T @ others)
        slopes = self._slopes(found, masses, self._second_moments(joint), point)
        gradient = self.parameters.gradient(theta, point, slopes)
        value = self.answers.weight @ found.by_pattern + point.log_prior[0]
        return float(value), gradient

    def _value(self, point: Point, place: int) -> float:
        if _coincide(point, place):
            return -np.inf
        return float(self.answers.weight @ self._integrated(point, place).by_pattern)

    def _split(self, mass: FloatArray) -> list[FloatArray]:
        """Take the further scales' rows apart, each at the nodes of its own side."""
        ends = np.cumsum([len(part.rows) for part in self.parts[1:]])
        rows = np.split(mass, ends[:-1])
        return [
            np.ascontiguousarray(own[:, : len(side)])
            for own, side in zip(rows, self.sides[1:], strict=True)
        ]

    def _second_moments(self, joint: FloatArray) -> FloatArray:
        """Sum products of factors over the respondents' posteriors, (n_factors, n_factors)."""
        cube = joint.reshape([len(side) for side in self.sides])
        n = len(self.sides)
        found = np.empty((n, n))
        for row in range(n):
            for column in range(row + 1):
                left = tuple(axis for axis in range(n) if axis not in (row, column))
                table = cube.sum(axis=left)
                if row == column:
                    found[row, row] = table @ self.sides[row] ** 2
                else:
                    value = self.sides[column] @ table @ self.sides[row]
                    found[row, column] = found[column, row] = value
        return found

    def _slopes(
        self, found: _Integrated, masses: list[FloatArray], second: FloatArray, point: Point
    ) -> Slopes:
        loading = np.zeros_like(point.loadings[0])
        by_threshold = np.empty(point.cuts.thresholds.shape[1])
        for factor, (part, scale, mass) in enumerate(
            zip(self.parts, found.scales, masses, strict=True)
        ):
            counts = np.zeros((part.first[-1], mass.shape[1]))
            runs = whole_runs(*mass.shape)
            answer_counts(part.rows, runs, mass.ravel(), counts)
            own = (np.empty_like(scale.predictor), np.empty(len(scale.thresholds)))
            table_slopes(
                scale.predictor, scale.thresholds, part.first, self.answers.logit, counts, own
            )
            loading[part.items, factor] = own[0] @ self.sides[factor]
            by_threshold[part.cuts] = own[1]
        factor_root = point.factor[0]
        inverse = np.linalg.inv(factor_root @ factor_root.T)
        by_correlation = inverse @ second @ inverse - self.answers.weight.sum() * inverse
        return Slopes(
            loading=loading,
            factor=by_correlation @ factor_root,
            team_sd=np.zeros(0),
            team_factor=np.zeros((0, 0)),
            threshold=by_threshold,
        )

    def _integrated(self, point: Point, place: int) -> _Integrated:
        thresholds = point.cuts.thresholds[place] * np.repeat(
            point.scale[place], np.diff(self.answers.first) - 1
        )
        scales = tuple(
            _scale(part, point.loadings[place, part.items, factor], thresholds[part.cuts],
                   self.sides[factor], logit=self.answers.logit)
            for factor, part in enumerate(self.parts)
        )  # fmt: skip
        density = factor_density(point.factor[place], self.sides)
        first = scales[0].product @ density
        tables = np.zeros(
            (
                sum(len(part.rows) for part in self.parts[1:]),
                int(max(len(side) for side in self.sides[1:])),
            )
        )
        size, before = scales[0].log_size[self.of_pattern[:, 0]], 0
        for scale, column in zip(scales[1:], self.of_pattern.T[1:], strict=True):
            tables[before : before + len(scale.product), : scale.product.shape[1]] = scale.product
            size = size + scale.log_size[column - before]
            before += len(scale.product)
        totals = np.empty(len(self.of_pattern))
        pattern_totals(first, tables, self._layout, totals)
        return _Integrated(scales, density, first, tables, totals, np.log(totals) + size)


def _coincide(point: Point, place: int) -> bool:
    """Tell whether factors are so nearly the same that no grid resolves what is left."""
    return bool(np.diag(point.factor[place]).min() < _LEAST_ROOT)


def _scale(
    part: Part, loadings: FloatArray, thresholds: FloatArray, side: FloatArray, *, logit: bool
) -> _Scale:
    predictor = loadings[:, None] * side
    probability = np.empty((part.first[-1], len(side)))
    fill_tables(predictor, thresholds, part.first, logit, probability)
    log_scale = np.empty(len(probability))
    scale_rows(probability, log_scale)
    product = np.empty(len(part.rows) * len(side))
    log_size = np.empty(len(part.rows))
    runs = whole_runs(len(part.rows), len(side))
    pattern_products(probability, log_scale, part.rows, runs, product, log_size)
    return _Scale(predictor, thresholds, product.reshape(len(part.rows), -1), log_size)
