"""A model of several kinds written as a brms formula and in mathematics."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.brms_formula import frequency_term
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.formula import ModelFormula
from learnclimate.counts.formula_parts import in_tex
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.r_names import RNames
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.counts.kinds_model import KindsModel

_APART = (
    "brms has no prior that pools the responses of a multivariate formula: here intercepts, curves "
    "and covariate effects of the kinds scatter about common values. KindsModel(pooled=False) is "
    "the model above."
)
_STEPS = (
    "The slope of mo() is per step in brms and over the whole range here: ours is theirs times the "
    "number of steps, and so are the standard deviation of a varying slope and the scale of its "
    "prior. The columns inside mo() must be ordered factors."
)


def kinds_formula(model: "KindsModel", survey: Survey) -> ModelFormula:
    """
    Write a model of several kinds as others would.

    Parameters
    ----------
    model : KindsModel
        The declaration.
    survey : Survey
        The survey: its columns and levels.

    Returns
    -------
    ModelFormula
        A multivariate brms formula, one ``bf`` a kind, and the model in mathematics.
    """
    design = model.design(survey)
    notes = [_APART] if model.pooled else []
    if any(_is_monotone(one) for one in design.people.coding.frequencies):
        notes.append(_STEPS)
    brms = _brms(design, survey.codebook.team, survey.frame.columns)
    text, latex = _mathematics(model, design)
    return ModelFormula(brms, text, latex, tuple(notes))


def _is_monotone(frequency: FrequencyCoding) -> bool:
    return frequency.kind == "monotonic" and frequency.n_steps > 1


def _brms(design: KindsDesign, team: str, columns: Iterable[str]) -> str:
    coding, names = design.people.coding, RNames.of(columns)
    respondent = names.made("respondent")
    names.prepare(f"data${respondent} <- factor(seq_len(nrow(data)))")
    curves = {one.name: frequency_term(one, names) for one in coding.frequencies}
    terms = [*curves.values(), *(names.column(covariate.name) for covariate in coding.covariates)]
    if coding.team_effects:
        slopes = [curves[name] for name in coding.team_effects if name != INTERCEPT]
        first = "1" if INTERCEPT in coding.team_effects else "0"
        terms.append(f"({' + '.join([first, *slopes])} |p| {names.column(team)})")
    terms.append(f"(1 |q| {respondent})")
    if coding.exposure is not None:
        terms.append(f"offset(log({names.column(coding.exposure)}))")
    responses: list[str] = []
    sides = []
    for kind, n_open in zip(design.kinds, design.n_left_open.tolist(), strict=True):
        left = names.response(kind, responses)
        responses.append(left)
        if n_open:
            # subset() keeps who left another kind open; its outcome must hold no missing value.
            answered = names.made(f"has_{kind}")
            names.prepare(f"data${answered} <- !is.na(data${left})")
            names.prepare(f"data${left}[!data${answered}] <- 0")
            left = f"{left} | subset({answered})"
        sides.append(f"bf({left} ~ {' + '.join(terms)}, family = poisson())")
    return "\n".join([*names.prepared, " +\n".join([*sides, "set_rescor(FALSE)"])])


def _mathematics(model: "KindsModel", design: KindsDesign) -> tuple[str, str]:
    coding = design.people.coding
    parts = [("α[k]", r"\alpha_k")]
    if coding.exposure is not None:
        parts.insert(
            0, (f"log {coding.exposure}[i]", rf"\log \text{{{in_tex(coding.exposure)}}}_i")
        )
    for one in coding.frequencies:
        name = in_tex(one.name)
        curve = rf"m_{{\text{{{name}}}, k}}(\text{{{name}}}_i)"
        parts.append(
            (
                f"b_{one.name}[k]·m_{one.name}[k]({one.name}[i])",
                rf"b_{{\text{{{name}}}, k}}\, {curve}",
            )
        )
    for label in coding.covariate_labels:
        name = in_tex(label)
        parts.append(
            (f"γ_{label}[k]·{label}[i]", rf"\gamma_{{\text{{{name}}}, k}}\, \text{{{name}}}_i")
        )
    for place, effect in enumerate(coding.team_effects):
        own = (f"u{place}[j,k]", rf"u_{{{place}, j[i], k}}")
        if effect != INTERCEPT:
            name = in_tex(effect)
            curve = rf"m_{{\text{{{name}}}, k}}(\text{{{name}}}_i)"
            own = (f"{own[0]}·m_{effect}[k]({effect}[i])", rf"{own[1]}\, {curve}")
        parts.append(own)
    parts.append(("v[i,k]", "v_{ik}"))
    total = " + ".join(text for text, _ in parts), " + ".join(tex for _, tex in parts)
    lines = [
        ("y[i,k]", "~", "Poisson(μ[i,k])", "y_{ik}", r"\sim", r"\text{Poisson}(\mu_{ik})"),
        ("log μ[i,k]", "=", total[0], r"\log \mu_{ik}", "=", total[1]),
        ("v[i]", "~", "Normal(0, Σ_v)", "v_i", r"\sim", r"\text{Normal}(0, \Sigma_v)"),
    ]
    if coding.team_effects:
        lines.append(("u[j]", "~", "Normal(0, Σ_u)", "u_j", r"\sim", r"\text{Normal}(0, \Sigma_u)"))
    if model.pooled:
        lines += _pooling(coding.frequencies, bool(coding.covariates))
    text = "\n".join(f"{left} {sign} {right}" for left, sign, right, *_ in lines)
    rows = " \\\\\n".join(rf"{left} &{sign} {right}" for *_, left, sign, right in lines)
    return text, "\\begin{aligned}\n" + rows + "\n\\end{aligned}"


def _pooling(
    frequencies: tuple[FrequencyCoding, ...], has_covariates: bool
) -> list[tuple[str, str, str, str, str, str]]:
    values = [("α[k]", r"\alpha_k", "α", r"\alpha")]
    for one in frequencies:
        name = in_tex(one.name)
        values.append(
            (f"b_{one.name}[k]", rf"b_{{\text{{{name}}}, k}}", f"b_{one.name}",
             rf"b_{{\text{{{name}}}}}")
        )  # fmt: skip
    if has_covariates:
        values.append(("γ[k]", r"\gamma_k", "γ", r"\gamma"))
    lines = [
        (
            own,
            "~",
            f"Normal({common}, τ_{common}²)",
            own_tex,
            r"\sim",
            rf"\text{{Normal}}({common_tex}, \tau_{{{common_tex}}}^2)",
        )
        for own, own_tex, common, common_tex in values
    ]
    for one in frequencies:
        if _is_monotone(one):
            name = in_tex(one.name)
            lines.append(
                (
                    f"ζ_{one.name}[k]",
                    "=",
                    f"softmax(log ζ_{one.name} + τ_ζ·z[k]), the steps of m_{one.name}[k]",
                    rf"\zeta_{{\text{{{name}}}, k}}",
                    "=",
                    rf"\text{{softmax}}(\log \zeta_{{\text{{{name}}}}} + \tau_\zeta z_k)",
                )
            )
    return lines
