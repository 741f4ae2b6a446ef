"""A minimum below the default, and its reason, in the small print of the figures it let through."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, cast

from learnclimate.disclosure.recording import rule_behind
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.plots import style
from learnclimate.plots.names import drawable
from learnclimate.plots.words import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def tells_lowered[**P](draw: "Callable[P, Figure]") -> "Callable[P, Figure]":
    """
    Let a function that draws say below its figure that small groups are shown, and why.

    Parameters
    ----------
    draw : callable
        Takes a fit, or an answer, first; perhaps ``rule``, and ``language``.

    Returns
    -------
    callable
        The same function; figures at the default minimum and above are left as they are.
    """

    @wraps(draw)
    def told(*args: P.args, **kwargs: P.kwargs) -> "Figure":
        figure = draw(*args, **kwargs)
        source = args[0] if args else next(iter(kwargs.values()))
        rule = rule_behind(source, cast("DisclosureRule | None", kwargs.get("rule")))
        if rule is not None:
            texts = words(str(kwargs.get("language", "en")))
            note = texts["lowered one" if rule.minimum == 1 else "lowered"].format(
                n=rule.minimum,
                usual=DEFAULT_MINIMUM,
                reason=drawable(str(rule.reason).strip().rstrip(".")),
            )
            small_print = " ".join(figure.get_supxlabel().split())
            # One figure may be drawn by another function that says so.
            if note not in small_print:
                style.add_note(figure, small_print, note)
        return figure

    return told
