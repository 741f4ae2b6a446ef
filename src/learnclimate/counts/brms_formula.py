"""A count model as brms would write it, with the columns that it needs prepared in R."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.brms_outcome import outcome_side, quoted
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import zero_part
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


@dataclass(slots=True)
class _Writer:
    """What is written so far: lines that prepare columns, and notes."""

    prepared: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def brms_call(model: "CountModel", design: CountDesign, codebook: Codebook) -> BrmsCall:
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

    Returns
    -------
    BrmsCall
        The code.
    """
    coding, writer = design.coding, _Writer()
    shared = bool(coding.slope_shifts)
    curves = {one.name: _curve(one, writer, shared=shared) for one in coding.frequencies}
    parts = [_level_term(one, curves) for one in coding.frequencies]
    parts += [_scale_column(name.name, codebook, writer) for name in coding.covariates]
    parts += [_shift(design, place, curves, writer) for place in range(len(coding.slope_shifts))]
    parts += _composition(design, codebook, curves, writer)
    parts += _groups(design, codebook, curves)
    if coding.exposure is not None:
        parts.append(f"offset(log({quoted(coding.exposure)}))")
    side, lines, notes = outcome_side(codebook.asked)
    writer.prepared += lines
    writer.notes += notes
    formulas = [f"{side} ~ {_added(parts)}"]
    formulas += _zeros(model, codebook, curves)
    family = _FAMILIES[model.family.name]
    gap = ",\n   " if "\n" in formulas[0] else ", "
    call = f"bf({gap.join([*formulas, f'family = {family}'])})"
    if any(one.kind == "monotonic" and one.n_steps > 1 for one in coding.frequencies):
        writer.notes.append(
            "The slope of mo() is per step in brms and over the whole range here: ours is theirs "
            "times the number of steps, and so are the standard deviation of a varying slope and "
            "the scale of its prior. The columns inside mo() must be ordered factors."
        )
    if design.unknown is not None:
        writer.notes.append(
            f"{design.unknown.n_respondents} respondents left the frequency open, and their level "
            "is summed out here. brms leaves such rows out: mi() is for numbers, not for mo()."
        )
    return BrmsCall("\n".join([*writer.prepared, call]), tuple(writer.notes))


def _added(parts: list[str]) -> str:
    """Add terms up; a line each where they are many, as R allows after a plus."""
    joint = " + " if sum(map(len, parts)) < _WIDE else " +\n     "
    return joint.join(parts) or "1"


def _made(name: str) -> str:
    """Name a column that R code makes: only what needs no quotes."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _steps_column(frequency: FrequencyCoding, writer: _Writer) -> str:
    """Prepare a frequency in equal steps from 0 to 1."""
    column = _made(f"{frequency.name}_steps")
    line = f"data${column} <- (as.integer(data${quoted(frequency.name)}) - 1) / {frequency.n_steps}"
    if line not in writer.prepared:
        writer.prepared.append(line)
    return column


def _curve(frequency: FrequencyCoding, writer: _Writer, *, shared: bool) -> str:
    """Write what multiplies a slope."""
    if frequency.kind != "monotonic" or frequency.n_steps == 1:
        return _steps_column(frequency, writer)
    name = quoted(frequency.name)
    return f'mo({name}, id = "{_made(frequency.name)}")' if shared else f"mo({name})"


def _level_term(frequency: FrequencyCoding, curves: dict[str, str]) -> str:
    return quoted(frequency.name) if frequency.kind == "unordered" else curves[frequency.name]


def _scale_column(name: str, codebook: Codebook, writer: _Writer) -> str:
    """Write a covariate; say where a column is a team's mean score."""
    if name not in codebook.covariates:
        writer.prepared.append(
            f"# data${quoted(name)}: the team's mean score on scale {name!r}; see scale_scores"
        )
    return quoted(name)


def _shift(design: CountDesign, place: int, curves: dict[str, str], writer: _Writer) -> str:
    coding = design.coding
    shift = coding.slope_shifts[place]
    if shift.centre is None:
        return f"{curves[shift.frequency]}:{curves[shift.by]}"
    column = _made(f"{shift.by}_centred")
    owner = next(one for one in coding.covariates if shift.by in one.labels)
    value = f"data${quoted(owner.name)}"
    if owner.categories:
        category = owner.categories[1 + owner.labels.index(shift.by)]
        value = f'(data${quoted(owner.name)} == "{category}")'
    line = f"data${column} <- {value} - {shift.centre:.6g}"
    if line not in writer.prepared:
        writer.prepared.append(line)
    return f"{curves[shift.frequency]}:{column}"


def _composition(
    design: CountDesign, codebook: Codebook, curves: dict[str, str], writer: _Writer
) -> list[str]:
    coding, parts = design.coding, []
    for frequency in coding.frequencies if coding.composition else ():
        fixed = frequency.kind != "monotonic" or frequency.n_steps == 1
        if fixed and not coding.latent_composition:
            steps, column = curves[frequency.name], _made(f"{frequency.name}_team")
            team = quoted(codebook.team)
            writer.prepared.append(
                f"data${column} <- ave(data${steps}, data${team}) - mean(data${steps})"
            )
            parts.append(column)
            continue
        what = "latent mean" if coding.latent_composition else "mean of the monotone curve"
        writer.notes.append(
            f"brms has no term for the {what} of {frequency.name!r} in a team; it is left out of "
            "the formula above."
        )
    return parts


def _groups(design: CountDesign, codebook: Codebook, curves: dict[str, str]) -> list[str]:
    pairs = [(design.coding.team_effects, codebook.team)]
    if codebook.department is not None:
        pairs.append((design.coding.department_effects, codebook.department))
    parts = []
    for effects, column in pairs:
        if effects:
            slopes = [curves[name] for name in effects if name != INTERCEPT]
            first = "1" if INTERCEPT in effects else "0"
            parts.append(f"({' + '.join([first, *slopes])} | {quoted(column)})")
    return parts


def _zeros(model: "CountModel", codebook: Codebook, curves: dict[str, str]) -> list[str]:
    zero = zero_part(model.family)
    if zero is None:
        return []
    name = "hu" if model.family.zeros == "hurdle" else "zi"
    parts = [*curves.values()] if zero.frequency else []
    parts += [quoted(covariate) for covariate in zero.covariates]
    parts += [f"(1 | {quoted(codebook.team)})"] if zero.team_intercept else []
    return [f"{name} ~ {_added(parts)}"]
