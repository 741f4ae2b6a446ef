"""A count model in mathematical notation: lines of plain text and of LaTeX side by side."""

from typing import TYPE_CHECKING

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.formula_outcome import count_lines, zero_lines
from learnclimate.counts.formula_parts import (
    DRAWN,
    IS,
    Both,
    Line,
    added,
    in_tex,
    named,
    steps_of_curve,
    times,
)
from learnclimate.counts.prior_choice import resolve_priors

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel


def model_lines(model: "CountModel", design: CountDesign) -> tuple[Line, ...]:
    """
    Write a model as statements.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        How the survey was coded.

    Returns
    -------
    tuple of Line
        The distribution of the counts first, then the log rate, curves, and what varies.
    """
    coding = design.coding
    terms = [("β0", r"\beta_0")]
    if coding.exposure is not None:
        name = coding.exposure
        terms.insert(0, (f"log {name}[i]", rf"\log \text{{{in_tex(name)}}}_i"))
    terms += [_effect_of(one) for one in coding.frequencies]
    terms += [_covariate(label) for label in coding.covariate_labels]
    terms += [_shift(coding, place) for place in range(len(coding.slope_shifts))]
    if coding.composition:
        terms += [_composed(one) for one in coding.frequencies]
    terms += _varying(coding.team_effects, "u", "j")
    terms += _varying(coding.department_effects, "w", "d")
    lines = [*count_lines(model.family), Line(_scale(model), IS, added(terms))]
    shapes = resolve_priors(model.priors, design).frequency_shape
    for one, prior in zip(coding.frequencies, shapes, strict=True):
        lines += steps_of_curve(one, prior.concentration, ("", ""))
    lines += _means(coding)
    lines += _spread("u", "j", coding.team_effects) + _spread("w", "d", coding.department_effects)
    lines += zero_lines(model.family, coding, [prior.concentration for prior in shapes])
    if design.unknown is not None:
        lines += _unknown(coding.frequencies[0])
    return tuple(lines)


def _unknown(frequency: FrequencyCoding) -> list[Line]:
    """Say what the likelihood of a count is where the level is unknown."""
    name, tex = frequency.name, rf"\text{{{in_tex(frequency.name)}}}"
    where: Both = (f"p(y[i]), {name} unknown", rf"p(y_i),\ {tex}\text{{ unknown}}")
    summed: Both = (
        f"sum over the levels k of π[k] p(y[i] | {name} = k)",
        rf"\sum_k \pi_k\, p(y_i \mid {tex} = k)",
    )
    levels: Both = (f"{name}[i], where answered", rf"{tex}_i,\ \text{{where answered}}")
    return [
        Line(where, IS, summed),
        Line(levels, DRAWN, ("Categorical(π)", r"\mathrm{Categorical}(\pi)")),
    ]


def _scale(model: "CountModel") -> Both:
    if model.family.out_of_trials:
        return "logit p[i]", r"\operatorname{logit} p_i"
    return "log μ[i]", r"\log \mu_i"


def _at(frequency: str) -> Both:
    """Write the curve of a frequency at the respondent's own level."""
    name = in_tex(frequency)
    return f"m_{frequency}({frequency}[i])", rf"m_{{\text{{{name}}}}}(\text{{{name}}}_i)"


def _effect_of(frequency: FrequencyCoding) -> Both:
    name = frequency.name
    if frequency.kind == "unordered":
        return f"b_{name}[{name}[i]]", rf"b_{{\text{{{in_tex(name)}}}, \text{{{in_tex(name)}}}_i}}"
    return times(named(("b", "b"), name), _at(name))


def _covariate(label: str) -> Both:
    value = f"{label}[i]", rf"\text{{{in_tex(label)}}}_i"
    return times(named(("γ", r"\gamma"), label), value)


def _shift(coding: DesignCoding, place: int) -> Both:
    shift = coding.slope_shifts[place]
    effect = named(("κ", r"\kappa"), shift.label)
    if shift.centre is None:
        return times(effect, _at(shift.frequency), _at(shift.by))
    centred = (
        f"({shift.by}[j] - {shift.centre:.3g})",
        rf"(\text{{{in_tex(shift.by)}}}_{{j[i]}} - {shift.centre:.3g})",
    )
    return times(effect, _at(shift.frequency), centred)


def _composed(frequency: FrequencyCoding) -> Both:
    name = frequency.name
    mean = (
        f"(M_{name}[j] - M_{name})",
        rf"(M_{{\text{{{in_tex(name)}}}, j[i]}} - M_{{\text{{{in_tex(name)}}}}})",
    )
    return times(named(("c", "c"), name), mean)


def _varying(effects: tuple[str, ...], symbol: str, index: str) -> list[Both]:
    terms = []
    for place, name in enumerate(effects):
        effect = f"{symbol}{place}[{index}]", rf"{symbol}_{{{place}, {index}[i]}}"
        terms.append(effect if name == INTERCEPT else times(effect, _at(name)))
    return terms


def _means(coding: DesignCoding) -> list[Line]:
    lines = []
    for frequency in coding.frequencies if coding.composition else ():
        name, tex = frequency.name, in_tex(frequency.name)
        left = f"M_{name}[j]", rf"M_{{\text{{{tex}}}, j}}"
        overall = (
            f"mean of {_at(name)[0]} over all respondents",
            rf"\tfrac{{1}}{{N}} \textstyle\sum_i {_at(name)[1]}",
        )
        lines.append(Line((f"M_{name}", rf"M_{{\text{{{tex}}}}}"), IS, overall))
        if not coding.latent_composition:
            right = (
                f"mean of {_at(name)[0]} over the members of j",
                (rf"\tfrac{{1}}{{n_j}} \textstyle\sum_{{i \in j}} {_at(name)[1]}"),
            )
            lines.append(Line(left, IS, right))
            continue
        chance = f"P({name}[j] = k)", rf"P(\text{{{tex}}}_j = k)"
        lines.append(
            Line(
                left,
                IS,
                (
                    f"sum over k of m_{name}(k)·{chance[0]}",
                    rf"\textstyle\sum_k m_{{\text{{{tex}}}}}(k)\, {chance[1]}",
                ),
            )
        )
        odds = f"logit P({name}[j] >= k)", rf"\operatorname{{logit}} P(\text{{{tex}}}_j \ge k)"
        latent = f"t_{name}[j]", rf"t_{{\text{{{tex}}}, j}}"
        cut = f"θ_{name}[k]", rf"\theta_{{\text{{{tex}}}, k}}"
        spread = f"τ_{name}", rf"\tau_{{\text{{{tex}}}}}"
        normal = f"Normal(0, {spread[0]}²)", rf"\text{{Normal}}(0, {spread[1]}^2)"
        less = f"{latent[0]} - {cut[0]}", f"{latent[1]} - {cut[1]}"
        lines += [Line(odds, IS, less), Line(latent, DRAWN, normal)]
    return lines


def _spread(symbol: str, index: str, effects: tuple[str, ...]) -> list[Line]:
    if not effects:
        return []
    left = f"{symbol}[{index}]", f"{symbol}_{index}"
    sigma = f"Σ_{symbol}", rf"\Sigma_{symbol}"
    return [Line(left, DRAWN, (f"Normal(0, {sigma[0]})", rf"\text{{Normal}}(0, {sigma[1]})"))]
