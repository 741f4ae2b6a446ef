"""A minimum below the default, and its reason, in the small print of the figures it let through."""

from typing import TYPE_CHECKING

from learnclimate.disclosure.recording import rule_behind
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.plots import style
from learnclimate.plots.names import drawable
from learnclimate.plots.words import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def with_lowered(
    figure: "Figure", source: object, *, language: str, rule: DisclosureRule | None = None
) -> "Figure":
    """
    Say below a figure that groups below the default minimum are shown, and why.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; left as it is at the default minimum and above.
    source : object
        What it was drawn from: a fit, or an answer that may have been given at a lower minimum.
    language : {"en", "nl"}
        Language of the words in the figure.
    rule : DisclosureRule, optional
        Which groups of a fit are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure.
    """
    obeyed = rule_behind(source, rule)
    if obeyed is None:
        return figure
    reason = drawable(str(obeyed.reason).strip().rstrip("."))
    told = words(language)["lowered"].format(n=obeyed.minimum, usual=DEFAULT_MINIMUM, reason=reason)
    small_print = " ".join(figure.get_supxlabel().split())
    # It may have been drawn by another function that says so.
    if told not in small_print:
        style.add_note(figure, small_print, told)
    return figure
