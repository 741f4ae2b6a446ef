"""Shifts of slopes as columns of the covariates: one a step of the curve, coefficients tied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import CovariateCoding
from learnclimate.counts.composition import centred_shares
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import level_slices, slope_curves
from learnclimate.inference.engine import CountProblem

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StepColumns:
    """
    The columns that stand for one shift of a slope.

    With w what shifts the slope of a curve c, whose steps are s, a respondent at level l has
    ``γ w c(l) = Σ_k (γ s_k) (w [l >= k])``: known columns, and coefficients that are products of
    the shift γ and the steps. Where two curves multiply, there is a column for each pair of
    steps.

    Attributes
    ----------
    columns : slice
        Where they lie among the covariates of the likelihood.
    curves : tuple of int
        Positions of the one or two frequencies whose curves multiply.
    """

    columns: slice
    curves: tuple[int, ...]

    @property
    def rows(self) -> slice:
        """Places in psi of their coefficients, which follow the intercept."""
        return slice(1 + self.columns.start, 1 + self.columns.stop)


def with_step_columns(problem: CountProblem) -> tuple[CountProblem, tuple[StepColumns, ...]]:
    """
    Write the shifts of slopes, and what composition adds, as columns of the covariates.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    problem : CountProblem
        The same likelihood, its design with further covariates, which are not centred; its
        priors are those of the problem given.
    columns : tuple of StepColumns
        One a shift, then one a frequency where composition matters.
    """
    design, coding = problem.design, problem.design.coding
    if not (coding.slope_shifts or coding.composition):
        return problem, ()
    unknown = design.unknown
    if unknown is not None:
        of_others, _ = with_step_columns(replace(problem, design=unknown))
        unknown = of_others.design
    names = coding.frequency_names
    blocks, labels, found = [design.covariates], [], []
    at = design.covariates.shape[1]
    for shift in coding.slope_shifts:
        curves = [names.index(shift.frequency)]
        if shift.centre is None:
            curves.append(names.index(shift.by))
            block = _pairs(*(_reached(design, position) for position in curves))
        else:
            by = design.covariates[:, coding.covariate_labels.index(shift.by)] - shift.centre
            block = by[:, None] * _reached(design, curves[0])
        found.append(StepColumns(slice(at, at + block.shape[1]), tuple(curves)))
        labels += [f"{shift.label} {k + 1}" for k in range(block.shape[1])]
        blocks.append(block)
        at += block.shape[1]
    for position, frequency in enumerate(coding.frequencies if coding.composition else ()):
        # What a team's mean of the curve departs by: Σ_k s_k (its share at or above step k).
        shares = centred_shares(design, position)
        block = (shares[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:])[design.team]
        found.append(StepColumns(slice(at, at + block.shape[1]), (position,)))
        labels += [f"composition:{frequency.name} {k + 1}" for k in range(block.shape[1])]
        blocks.append(block)
        at += block.shape[1]
    widened = replace(
        design,
        covariates=np.hstack(blocks),
        n_uncentred=len(labels),
        unknown=unknown,
        coding=replace(
            coding,
            covariates=(*coding.covariates, *(CovariateCoding(label) for label in labels)),
            slope_shifts=(),
            composition="",
        ),
    )
    return replace(problem, design=widened), tuple(found)


def with_step_draws(
    problem: CountProblem, draws: Mapping[str, FloatArray]
) -> tuple[CountDesign, Mapping[str, FloatArray]]:
    """
    Write shifts of slopes and composition as covariates, in the data and in draws alike.

    Parameters
    ----------
    problem : CountProblem
        The problem, with the design of all respondents: composition is that of whole teams.
    draws : mapping of str to ndarray of shape (S, ...)
        Posterior variables.

    Returns
    -------
    design : CountDesign
        With the columns of `with_step_columns`.
    draws : mapping of str to ndarray of shape (S, ...)
        ``covariate_effects`` followed by the coefficients of those columns.
    """
    widened, shifts = with_step_columns(problem)
    if not shifts:
        return problem.design, draws
    n_draws, coding = len(draws["intercept"]), problem.design.coding
    none = np.empty((n_draws, 0))
    effects = np.hstack([draws.get("slope_shifts", none), draws.get("composition_effects", none)])
    curves = slope_curves(coding, draws.get("frequency_shape"), n_draws)
    steps = [np.diff(curves[:, where], axis=1) for where in level_slices(coding)]
    columns = [draws.get("covariate_effects", none)]
    for place, shift in enumerate(shifts):
        columns.append(tied_coefficients(effects[:, place], [steps[c] for c in shift.curves]))
    return widened.design, {**draws, "covariate_effects": np.hstack(columns)}


def tied_coefficients(effect: FloatArray, steps: Sequence[FloatArray]) -> FloatArray:
    """
    Multiply a shift by the steps of its curves.

    Parameters
    ----------
    effect : ndarray of shape (S,)
        The shift.
    steps : sequence of one or two ndarray of shape (S, n_steps)
        Steps of each curve.

    Returns
    -------
    ndarray of shape (S, n_columns)
        Coefficients of the columns.
    """
    return effect[:, None] * _pairs(*steps)


def differentiate_shifts(
    found: FloatArray,
    values: FloatArray,
    shifts: Sequence[StepColumns],
    sticks: Sequence[tuple[FloatArray, slice, slice]],
    first: int,
) -> None:
    """
    Fill in how tied coefficients depend on the shift, and on the sticks of its curves.

    Parameters
    ----------
    found : ndarray of shape (m, p)
        Derivatives of psi by the outer quantities, those of the curves filled in.
    values : ndarray of shape (p,)
        The outer quantities.
    shifts : sequence of StepColumns
        The shifts.
    sticks : sequence of (curve, place of the curve in psi, place of its sticks)
        One a frequency.
    first : int
        Place of the first shift among the outer quantities.
    """
    for row, shift in enumerate(shifts, start=first):
        steps = [np.diff(sticks[c][0])[None] for c in shift.curves]
        found[shift.rows, row] = tied_coefficients(np.ones(1), steps)[0]
        for which, c in enumerate(shift.curves):
            _, curve, own = sticks[c]
            # The steps' derivatives by each stick, in place of the steps.
            slopes = np.diff(found[curve, own], axis=0).T
            moved = [np.repeat(part, len(slopes), axis=0) for part in steps]
            moved[which] = slopes
            found[shift.rows, own] += tied_coefficients(np.full(len(slopes), values[row]), moved).T


def summed_shifts(coefficients: FloatArray, shifts: Sequence[StepColumns]) -> FloatArray:
    """
    Read the shifts off the coefficients that stand for them: the steps add up to 1.

    Parameters
    ----------
    coefficients : ndarray of shape (S, n_columns)
        Coefficients of all columns.
    shifts : sequence of StepColumns
        Which of them stand for each shift.

    Returns
    -------
    ndarray of shape (S, n_shifts)
        The shifts.
    """
    found = np.empty((len(coefficients), len(shifts)))
    for row, shift in enumerate(shifts):
        found[:, row] = coefficients[:, shift.columns].sum(axis=1)
    return found


def _reached(design: CountDesign, position: int) -> FloatArray:
    """Whether each respondent reached each step of a frequency, (n_rows, n_steps)."""
    n_steps = design.coding.frequencies[position].n_steps
    level = design.frequency_level[:, position]
    return (level[:, None] > np.arange(n_steps)).astype(float)


def _pairs(first: FloatArray, second: FloatArray | None = None) -> FloatArray:
    """Multiply each column of the one by each of the other."""
    if second is None:
        return first
    return (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)
