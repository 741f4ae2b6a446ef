"""Pieces of a model in mathematical notation: plain text and LaTeX side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from learnclimate.counts.coding import FrequencyCoding

#: The same thing in text and in LaTeX.
Both = tuple[str, str]

#: Characters of a sum beyond which every term takes a line of its own.
_WIDE = 80
_IN_TEX = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    **{letter: "\\" + letter for letter in "_%&#${}"},
}
IS: Both = ("=", "=")
DRAWN: Both = ("~", r"\sim")


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


def in_tex(name: str) -> str:
    r"""
    Write a name within ``\text{}``.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        Characters that LaTeX reads as commands are escaped.

    Examples
    --------
    >>> print(in_tex("talk_% {a}^2"))
    talk\_\% \{a\}\textasciicircum{}2
    """
    return "".join(_IN_TEX.get(letter, letter) for letter in name)


def added(terms: Sequence[Both]) -> Both:
    """
    Add terms up.

    Parameters
    ----------
    terms : sequence of (text, LaTeX)
        The terms.

    Returns
    -------
    tuple of (text, LaTeX)
        A text line each where the terms are long.
    """
    plain = [text for text, _ in terms]
    joint = " + " if sum(map(len, plain)) < _WIDE else "\n    + "
    return joint.join(plain), " + ".join(tex for _, tex in terms)


def times(*factors: Both) -> Both:
    """
    Multiply.

    Parameters
    ----------
    *factors : tuple of (text, LaTeX)
        The factors.

    Returns
    -------
    tuple of (text, LaTeX)
        Their product.
    """
    return "·".join(text for text, _ in factors), r"\, ".join(tex for _, tex in factors)


def named(symbol: Both, label: str) -> Both:
    """
    Give a symbol a name as its index.

    Parameters
    ----------
    symbol : tuple of (text, LaTeX)
        The symbol.
    label : str
        The name.

    Returns
    -------
    tuple of (text, LaTeX)
        The symbol with its index.
    """
    return f"{symbol[0]}_{label}", rf"{symbol[1]}_{{\text{{{in_tex(label)}}}}}"


def steps_of_curve(frequency: FrequencyCoding, concentration: float, mark: Both) -> list[Line]:
    """
    Define the curve of a frequency.

    Parameters
    ----------
    frequency : FrequencyCoding
        The frequency.
    concentration : float
        Of the prior of its steps.
    mark : tuple of (text, LaTeX)
        What marks the curve and its steps: nothing, or that they are of the zero part.

    Returns
    -------
    list of Line
        The curve, and its steps where these are estimated.
    """
    name, tex = frequency.name, in_tex(frequency.name)
    left = f"m{mark[0]}_{name}(k)", rf"m{mark[1]}_{{\text{{{tex}}}}}(k)"
    if frequency.kind != "monotonic" or frequency.n_steps == 1:
        return [Line(left, IS, (f"k/{frequency.n_steps}", f"k / {frequency.n_steps}"))]
    steps = f"ζ{mark[0]}_{name}", rf"\zeta{mark[1]}_{{\text{{{tex}}}}}"
    total = rf"\sum_{{l \le k}} \zeta{mark[1]}_{{\text{{{tex}}}, l}}"
    drawn = f"({', '.join([f'{concentration:g}'] * frequency.n_steps)})"
    return [
        Line(left, IS, (f"sum of the first k of {steps[0]}", total)),
        Line(steps, DRAWN, (f"Dirichlet{drawn}", rf"\text{{Dirichlet}}{drawn}")),
    ]
