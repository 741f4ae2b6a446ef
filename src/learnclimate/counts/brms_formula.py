"""A count model as brms would write it, with the columns that it needs prepared in R."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.brms_outcome import outcome_side
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import zero_part
from learnclimate.counts.r_names import RNames, r_text, r_values
from learnclimate.survey.codebook import Codebook

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel

_FAMILIES = {
    "poisson": "poisson()",
    "negative_binomial": "negbinomial()",
    "zero_inflated_poisson": "zero_inflated_poisson()",
    "zero_inflated_negative_binomial": "zero_inflated_negbinomial()",
    "hurdle_poisson": "hurdle_poisson()",
    "hurdle_negative_binomial": "hurdle_negbinomial()",
    "beta_binomial": "beta_binomial()",
}
#: Characters of a sum beyond which every term takes a line of its own.
_WIDE = 80


@dataclass(frozen=True, slots=True)
class BrmsCall:
    """
    R code of an equivalent model.

    Attributes
    ----------
    code : str
        Preparation of columns, then the call of ``bf``.
    notes : tuple of str
        Where it differs.
    """

    code: str
    notes: tuple[str, ...]


def brms_call(
    model: "CountModel", design: CountDesign, codebook: Codebook, columns: Iterable[str] = ()
) -> BrmsCall:
    """
    Write a model as brms would.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        How the survey was coded.
    codebook : Codebook
        The columns.
    columns : iterable of str, optional
        Names of all columns of the survey: those that R code makes get others.

    Returns
    -------
    BrmsCall
        The code.
    """
    coding, names = design.coding, RNames.of(columns)
    shared = bool(coding.slope_shifts)
    notes: list[str] = []
    curves = {one.name: frequency_term(one, names, shared=shared) for one in coding.frequencies}
    parts = [_level_term(one, curves, names) for one in coding.frequencies]
    parts += [_scale_column(name.name, codebook, names) for name in coding.covariates]
    parts += [_shift(design, place, curves, names) for place in range(len(coding.slope_shifts))]
    for frequency in coding.frequencies if coding.composition else ():
        column, left_out = _composition(design, codebook, frequency, names)
        parts += column
        notes += left_out
    parts += _groups(design, codebook, curves, names)
    if coding.exposure is not None:
        parts.append(f"offset(log({names.column(coding.exposure)}))")
    side, told = outcome_side(codebook.asked, names)
    notes += told
    formulas = [f"{side} ~ {_added(parts)}"]
    formulas += _zeros(model, codebook, curves, names)
    family = _FAMILIES[model.family.name]
    gap = ",\n   " if "\n" in formulas[0] else ", "
    call = f"bf({gap.join([*formulas, f'family = {family}'])})"
    if any(one.kind == "monotonic" and one.n_steps > 1 for one in coding.frequencies):
        notes.append(
            "The slope of mo() is per step in brms and over the whole range here: ours is theirs "
            "times the number of steps, and so are the standard deviation of a varying slope and "
            "the scale of its prior. The columns inside mo() must be ordered factors."
        )
    if design.unknown is not None:
        notes.append(
            "Of respondents who left the frequency open the level is summed out here. brms leaves "
            "such rows out: mi() is for numbers, not for mo()."
        )
    return BrmsCall("\n".join([*names.prepared, call]), tuple(notes))


def _added(parts: list[str]) -> str:
    """Add terms up; a line each where they are many, as R allows after a plus."""
    joint = " + " if sum(map(len, parts)) < _WIDE else " +\n     "
    return joint.join(parts) or "1"


def _steps_column(frequency: FrequencyCoding, names: RNames) -> str:
    """Prepare a frequency in equal steps from 0 to 1."""
    column = names.made(f"{frequency.name}_steps")
    values = r_values(frequency.name)
    names.prepare(f"data${column} <- (as.integer({values}) - 1) / {frequency.n_steps}")
    return column


def frequency_term(frequency: FrequencyCoding, names: RNames, *, shared: bool = False) -> str:
    """
    Write what multiplies a slope.

    Parameters
    ----------
    frequency : FrequencyCoding
        The frequency.
    names : RNames
        Names so far; a line that makes a column is added where one is needed.
    shared : bool, optional
        Whether all terms of the frequency share their steps.

    Returns
    -------
    str
        A term of a brms formula.
    """
    if frequency.kind != "monotonic" or frequency.n_steps == 1:
        return _steps_column(frequency, names)
    name = names.column(frequency.name)
    return f'mo({name}, id = "{name}")' if shared else f"mo({name})"


def _level_term(frequency: FrequencyCoding, curves: dict[str, str], names: RNames) -> str:
    unordered = frequency.kind == "unordered"
    return names.column(frequency.name) if unordered else curves[frequency.name]


def _scale_column(name: str, codebook: Codebook, names: RNames) -> str:
    """Write a covariate; say where a column is a team's mean score."""
    if name not in codebook.covariates:
        names.prepare(
            f"# {r_values(name)}: the team's mean score on scale {name!r}; see scale_scores"
        )
    return names.column(name)


def _shift(design: CountDesign, place: int, curves: dict[str, str], names: RNames) -> str:
    coding = design.coding
    shift = coding.slope_shifts[place]
    if shift.centre is None:
        return f"{curves[shift.frequency]}:{curves[shift.by]}"
    column = names.made(f"{shift.by}_centred")
    owner = next(one for one in coding.covariates if shift.by in one.labels)
    value = r_values(owner.name)
    if owner.categories:
        category = owner.categories[1 + owner.labels.index(shift.by)]
        value = f"({value} == {r_text(category)})"
    names.prepare(f"data${column} <- {value} - {shift.centre:.6g}")
    return f"{curves[shift.frequency]}:{column}"


def _composition(
    design: CountDesign, codebook: Codebook, frequency: FrequencyCoding, names: RNames
) -> tuple[list[str], list[str]]:
    """Write the term of a frequency's team means, or a note that there is none."""
    fixed = frequency.kind != "monotonic" or frequency.n_steps == 1
    latent = design.coding.latent_composition
    if fixed and not latent:
        steps = _steps_column(frequency, names)
        column, team = names.made(f"{frequency.name}_team"), r_values(codebook.team)
        names.prepare(f"data${column} <- ave(data${steps}, {team}) - mean(data${steps})")
        return [column], []
    what = "latent mean" if latent else "mean of the monotone curve"
    note = (
        f"brms has no term for the {what} of {frequency.name!r} in a team; it is left out of "
        "the formula above."
    )
    return [], [note]


def _groups(
    design: CountDesign, codebook: Codebook, curves: dict[str, str], names: RNames
) -> list[str]:
    pairs = [(design.coding.team_effects, codebook.team)]
    if codebook.department is not None:
        pairs.append((design.coding.department_effects, codebook.department))
    parts = []
    for effects, column in pairs:
        if effects:
            slopes = [curves[name] for name in effects if name != INTERCEPT]
            first = "1" if INTERCEPT in effects else "0"
            parts.append(f"({' + '.join([first, *slopes])} | {names.column(column)})")
    return parts


def _zeros(
    model: "CountModel", codebook: Codebook, curves: dict[str, str], names: RNames
) -> list[str]:
    zero = zero_part(model.family)
    if zero is None:
        return []
    name = "hu" if model.family.zeros == "hurdle" else "zi"
    parts = [*curves.values()] if zero.frequency else []
    parts += [names.column(covariate) for covariate in zero.covariates]
    parts += [f"(1 | {names.column(codebook.team)})"] if zero.team_intercept else []
    return [f"{name} ~ {_added(parts)}"]
