"""`ModelFormula`: a declared model written as a brms formula and in mathematics."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnclimate.core.layout import paragraph
from learnclimate.counts.brms_formula import brms_call
from learnclimate.counts.formula_parts import Line
from learnclimate.counts.formula_terms import model_lines
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel


@dataclass(frozen=True, slots=True, repr=False)
class ModelFormula:
    """
    A model in the notations of others; made by ``CountModel.formula(survey)``.

    Attributes
    ----------
    brms : str
        R code: how columns are prepared, and the formula and family of an equivalent model.
    text : str
        The model in mathematical notation, a line a statement.
    latex : str
        The same in LaTeX, as one ``aligned`` environment.
    notes : tuple of str
        Where the brms model differs in its units, or has no term for what is declared.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> formula = CountModel(covariates=("tenure",)).formula(load_example())
    >>> print(formula.brms)
    bf(activities ~ mo(talk) + tenure + (1 + mo(talk) | team), family = negbinomial())
    """

    brms: str
    text: str
    latex: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Show brms' formula, its notes and the mathematics."""
        notes = [paragraph(note, first="# ", rest="# ") for note in self.notes]
        code = [paragraph(line, rest="    ") for line in self.brms.split("\n")]
        lines = [paragraph(line, rest="    ") for line in self.text.split("\n")]
        return "\n".join([*code, *notes, "", *lines])

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        import html

        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        code = html.escape(self.brms)
        return f"<pre>{code}</pre><ul>{notes}</ul><pre>{html.escape(self.text)}</pre>"

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def model_formula(model: "CountModel", survey: Survey) -> ModelFormula:
    """
    Write a model as others would.

    Parameters
    ----------
    model : CountModel
        The declaration.
    survey : Survey
        The survey: its columns and levels.

    Returns
    -------
    ModelFormula
        The notations.
    """
    design = model.design(survey)
    call = brms_call(model, design, survey.codebook, survey.frame.columns)
    lines = model_lines(model, design)
    return ModelFormula(call.code, _text(lines), _latex(lines), call.notes)


def _text(lines: tuple[Line, ...]) -> str:
    return "\n".join(f"{line.left[0]} {line.sign[0]} {line.right[0]}" for line in lines)


def _latex(lines: tuple[Line, ...]) -> str:
    rows = [rf"{line.left[1]} &{line.sign[1]} {line.right[1]}" for line in lines]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
