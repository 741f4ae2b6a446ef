"""The distribution of the counts in mathematical notation, and the zero part where there is one."""

from collections.abc import Sequence

from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.counts.families import Family, zero_part
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

_ZERO_MARK: Both = ("0", "^0")


def count_lines(family: Family) -> list[Line]:
    """
    Say how the counts are distributed.

    Parameters
    ----------
    family : Family
        Of the counts.

    Returns
    -------
    list of Line
        The distribution, its variance, and what a zero part makes of it.
    """
    parameters: list[Both] = [("μ[i]", r"\mu_i")]
    if family.out_of_trials:
        parameters = [("n[i]", "n_i"), ("p[i]", "p_i"), ("φ", r"\phi")]
    elif family.has_dispersion:
        parameters.append(("α", r"\alpha"))
    zeros = [("π[i]", r"\pi_i")] if family.zeros != "none" else []
    drawn = _function(type(family).__name__, [*parameters, *zeros])
    lines = [Line(("y[i]", "y_i"), DRAWN, drawn)]
    if family.out_of_trials:
        variance = (
            "n[i]·p[i]·(1 - p[i])·(φ + n[i])/(φ + 1)",
            r"n_i p_i (1 - p_i) (\phi + n_i) / (\phi + 1)",
        )
        lines.append(Line(("Var(y[i])", r"\operatorname{Var}(y_i)"), IS, variance))
    elif not zeros and family.has_dispersion:
        lines.append(_variance(("y[i]", "y_i")))
    elif zeros:
        lines += _with_zeros(family, parameters)
    return lines


def _function(name: str, parameters: Sequence[Both]) -> Both:
    inner = ", ".join(text for text, _ in parameters), ", ".join(tex for _, tex in parameters)
    return f"{name}({inner[0]})", rf"\text{{{name}}}({inner[1]})"


def _variance(of: Both) -> Line:
    left = f"Var({of[0]})", rf"\operatorname{{Var}}({of[1]})"
    return Line(left, IS, ("μ[i] + μ[i]²/α", r"\mu_i + \mu_i^2 / \alpha"))


def _with_zeros(family: Family, parameters: Sequence[Both]) -> list[Line]:
    """Write the probabilities of a count with a zero part, and the distribution they rest on."""
    base = "NegativeBinomial" if family.has_dispersion else "Poisson"
    zero, above = ("π[i]", r"\pi_i"), ("(1 - π[i])·f[i](k)", r"(1 - \pi_i)\, f_i(k)")
    if family.zeros == "hurdle":
        above = (f"{above[0]}/(1 - f[i](0))", f"{above[1]} / (1 - f_i(0))")
    else:
        zero = "π[i] + (1 - π[i])·f[i](0)", r"\pi_i + (1 - \pi_i)\, f_i(0)"
    law = _function(base, parameters)
    lines = [
        Line(("P(y[i] = 0)", "P(y_i = 0)"), IS, zero),
        Line(("P(y[i] = k), k > 0", r"P(y_i = k),\ k > 0"), IS, above),
        Line(
            ("f[i](k)", "f_i(k)"),
            IS,
            (f"P(x = k), x ~ {law[0]}", rf"P(x = k),\ x \sim {law[1]}"),
        ),
    ]
    return [*lines, _variance(("x", "x"))] if family.has_dispersion else lines


def zero_lines(family: Family, coding: DesignCoding, concentrations: Sequence[float]) -> list[Line]:
    """
    Say what the zeros of a zero part depend on.

    Parameters
    ----------
    family : Family
        Of the counts.
    coding : DesignCoding
        Names and frequencies.
    concentrations : sequence of float
        Of the priors of steps, by frequency.

    Returns
    -------
    list of Line
        Nothing where the family has no zero part.
    """
    zero = zero_part(family)
    if zero is None:
        return []
    terms: list[Both] = [("a0", "a_0")]
    curves: list[Line] = []
    for one, concentration in zip(coding.frequencies, concentrations, strict=True):
        if not zero.frequency:
            break
        terms.append(_effect(one))
        if one.kind != "unordered":
            curves += steps_of_curve(one, concentration, _ZERO_MARK)
    terms += [
        times(named(("a", "a"), name), (f"{name}[i]", rf"\text{{{in_tex(name)}}}_i"))
        for name in zero.covariates
    ]
    if zero.team_intercept:
        terms.append(("s[j]", "s_{j[i]}"))
    lines = [Line(("logit π[i]", r"\operatorname{logit} \pi_i"), IS, added(terms)), *curves]
    if zero.team_intercept:
        lines.append(
            Line(("s[j]", "s_j"), DRAWN, ("Normal(0, σ_s²)", r"\text{Normal}(0, \sigma_s^2)"))
        )
    return lines


def _effect(frequency: FrequencyCoding) -> Both:
    """Write the effect of a frequency on the log odds of a zero."""
    name, tex = frequency.name, in_tex(frequency.name)
    if frequency.kind == "unordered":
        return f"a_{name}[{name}[i]]", rf"a_{{\text{{{tex}}}, \text{{{tex}}}_i}}"
    curve = f"m0_{name}({name}[i])", rf"m^0_{{\text{{{tex}}}}}(\text{{{tex}}}_i)"
    return times(named(("a", "a"), name), curve)
