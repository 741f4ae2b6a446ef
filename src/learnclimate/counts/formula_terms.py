"""A count model in mathematical notation: lines of plain text and of LaTeX side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import zero_part
from learnclimate.counts.prior_choice import resolve_priors

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel

#: The same thing in text and in LaTeX.
Both = tuple[str, str]

#: Characters of a sum beyond which every term takes a line of its own.
_WIDE = 80
_IS: Both = ("=", "=")
_DRAWN: Both = ("~", r"\sim")


@dataclass(frozen=True, slots=True)
class Line:
    """
    One statement.

    Attributes
    ----------
    left, sign, right : tuple of (text, LaTeX)
        What is on either side of the sign, and the sign.
    """

    left: Both
    sign: Both
    right: Both


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
        terms.insert(0, (f"log {name}[i]", rf"\log \text{{{_tex(name)}}}_i"))
    terms += [_effect_of(one) for one in coding.frequencies]
    terms += [_covariate(label) for label in coding.covariate_labels]
    terms += [_shift(coding, place) for place in range(len(coding.slope_shifts))]
    if coding.composition:
        terms += [_composed(one) for one in coding.frequencies]
    terms += _varying(coding.team_effects, "u", "j")
    terms += _varying(coding.department_effects, "w", "d")
    lines = [*_counts(model), Line(_scale(model), _IS, _added(terms))]
    shapes = resolve_priors(model.priors, design).frequency_shape
    for one, prior in zip(coding.frequencies, shapes, strict=True):
        lines += _curve(one, prior.concentration)
    lines += _means(coding)
    lines += _spread("u", "j", coding.team_effects) + _spread("w", "d", coding.department_effects)
    lines += _zeros(model, coding)
    if design.unknown is not None:
        lines += _unknown(coding.frequencies[0])
    return tuple(lines)


def _unknown(frequency: FrequencyCoding) -> list[Line]:
    """Say what the likelihood of a count is where the level is unknown."""
    name, tex = frequency.name, rf"\text{{{_tex(frequency.name)}}}"
    where: Both = (f"p(y[i]), {name} unknown", rf"p(y_i),\ {tex}\text{{ unknown}}")
    summed: Both = (
        f"sum over the levels k of π[k] p(y[i] | {name} = k)",
        rf"\sum_k \pi_k\, p(y_i \mid {tex} = k)",
    )
    levels: Both = (f"{name}[i], where answered", rf"{tex}_i,\ \text{{where answered}}")
    return [
        Line(where, _IS, summed),
        Line(levels, _DRAWN, ("Categorical(π)", r"\mathrm{Categorical}(\pi)")),
    ]


def _tex(name: str) -> str:
    return "".join("\\" + letter if letter in "_%&#$" else letter for letter in name)


def _added(terms: Sequence[Both]) -> Both:
    plain = [text for text, _ in terms]
    joint = " + " if sum(map(len, plain)) < _WIDE else "\n    + "
    return joint.join(plain), " + ".join(tex for _, tex in terms)


def _scale(model: "CountModel") -> Both:
    if model.family.out_of_trials:
        return "logit p[i]", r"\operatorname{logit} p_i"
    return "log μ[i]", r"\log \mu_i"


def _counts(model: "CountModel") -> list[Line]:
    name = type(model.family).__name__
    arguments: list[Both] = [("μ[i]", r"\mu_i")]
    if model.family.out_of_trials:
        arguments = [("n[i]", "n_i"), ("p[i]", "p_i"), ("φ", r"\phi")]
    elif model.family.has_dispersion:
        arguments.append(("α", r"\alpha"))
    if model.family.zeros != "none":
        arguments.append(("π[i]", r"\pi_i"))
    inner = ", ".join(text for text, _ in arguments), ", ".join(tex for _, tex in arguments)
    right = f"{name}({inner[0]})", rf"\text{{{name}}}({inner[1]})"
    lines = [Line(("y[i]", "y_i"), _DRAWN, right)]
    if model.family.name == "negative_binomial":
        variance = ("μ[i] + μ[i]²/α", r"\mu_i + \mu_i^2 / \alpha")
        lines.append(Line(("Var(y[i])", r"\operatorname{Var}(y_i)"), _IS, variance))
    return lines


def _at(frequency: str) -> Both:
    """Write the curve of a frequency at the respondent's own level."""
    name = _tex(frequency)
    return f"m_{frequency}({frequency}[i])", rf"m_{{\text{{{name}}}}}(\text{{{name}}}_i)"


def _named(symbol: Both, label: str) -> Both:
    return f"{symbol[0]}_{label}", rf"{symbol[1]}_{{\text{{{_tex(label)}}}}}"


def _times(*factors: Both) -> Both:
    return "·".join(text for text, _ in factors), r"\, ".join(tex for _, tex in factors)


def _effect_of(frequency: FrequencyCoding) -> Both:
    name = frequency.name
    if frequency.kind == "unordered":
        return f"b_{name}[{name}[i]]", rf"b_{{\text{{{_tex(name)}}}, \text{{{_tex(name)}}}_i}}"
    return _times(_named(("b", "b"), name), _at(name))


def _covariate(label: str) -> Both:
    value = f"{label}[i]", rf"\text{{{_tex(label)}}}_i"
    return _times(_named(("γ", r"\gamma"), label), value)


def _shift(coding: DesignCoding, place: int) -> Both:
    shift = coding.slope_shifts[place]
    effect = _named(("κ", r"\kappa"), shift.label)
    if shift.centre is None:
        return _times(effect, _at(shift.frequency), _at(shift.by))
    centred = (
        f"({shift.by}[j] - {shift.centre:.3g})",
        rf"(\text{{{_tex(shift.by)}}}_{{j[i]}} - {shift.centre:.3g})",
    )
    return _times(effect, _at(shift.frequency), centred)


def _composed(frequency: FrequencyCoding) -> Both:
    name = frequency.name
    mean = (
        f"(M_{name}[j] - M_{name})",
        rf"(M_{{\text{{{_tex(name)}}}, j[i]}} - M_{{\text{{{_tex(name)}}}}})",
    )
    return _times(_named(("c", "c"), name), mean)


def _varying(effects: tuple[str, ...], symbol: str, index: str) -> list[Both]:
    terms = []
    for place, name in enumerate(effects):
        effect = f"{symbol}{place}[{index}]", rf"{symbol}_{{{place}, {index}[i]}}"
        terms.append(effect if name == INTERCEPT else _times(effect, _at(name)))
    return terms


def _curve(frequency: FrequencyCoding, concentration: float) -> list[Line]:
    name, tex = frequency.name, _tex(frequency.name)
    left = f"m_{name}(k)", rf"m_{{\text{{{tex}}}}}(k)"
    if frequency.kind != "monotonic" or frequency.n_steps == 1:
        return [Line(left, _IS, (f"k/{frequency.n_steps}", f"k / {frequency.n_steps}"))]
    steps = f"ζ_{name}", rf"\zeta_{{\text{{{tex}}}}}"
    right = f"sum of the first k of {steps[0]}", rf"\sum_{{l \le k}} \zeta_{{\text{{{tex}}}, l}}"
    drawn = f"({', '.join([f'{concentration:g}'] * frequency.n_steps)})"
    return [
        Line(left, _IS, right),
        Line(steps, _DRAWN, (f"Dirichlet{drawn}", rf"\text{{Dirichlet}}{drawn}")),
    ]


def _means(coding: DesignCoding) -> list[Line]:
    lines = []
    for frequency in coding.frequencies if coding.composition else ():
        name, tex = frequency.name, _tex(frequency.name)
        left = f"M_{name}[j]", rf"M_{{\text{{{tex}}}, j}}"
        if not coding.latent_composition:
            right = (
                f"mean of {_at(name)[0]} over the members of j",
                (rf"\tfrac{{1}}{{n_j}} \textstyle\sum_{{i \in j}} {_at(name)[1]}"),
            )
            lines.append(Line(left, _IS, right))
            continue
        chance = f"P({name}[j] = k)", rf"P(\text{{{tex}}}_j = k)"
        lines.append(
            Line(
                left,
                _IS,
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
        lines += [Line(odds, _IS, less), Line(latent, _DRAWN, normal)]
    return lines


def _spread(symbol: str, index: str, effects: tuple[str, ...]) -> list[Line]:
    if not effects:
        return []
    left = f"{symbol}[{index}]", f"{symbol}_{index}"
    sigma = f"Σ_{symbol}", rf"\Sigma_{symbol}"
    return [Line(left, _DRAWN, (f"Normal(0, {sigma[0]})", rf"\text{{Normal}}(0, {sigma[1]})"))]


def _zeros(model: "CountModel", coding: DesignCoding) -> list[Line]:
    zero = zero_part(model.family)
    if zero is None:
        return []
    terms = [("a0", "a_0")]
    if zero.frequency:
        for name in coding.frequency_names:
            own = (
                f"m0_{name}({name}[i])",
                (rf"m^0_{{\text{{{_tex(name)}}}}}(\text{{{_tex(name)}}}_i)"),
            )
            terms.append(_times(_named(("a", "a"), name), own))
    terms += [
        _times(_named(("a", "a"), name), (f"{name}[i]", rf"\text{{{_tex(name)}}}_i"))
        for name in zero.covariates
    ]
    if zero.team_intercept:
        terms.append(("s[j]", "s_{j[i]}"))
    return [Line(("logit π[i]", r"\operatorname{logit} \pi_i"), _IS, _added(terms))]
