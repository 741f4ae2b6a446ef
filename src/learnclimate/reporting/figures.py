"""Figures in a report: drawings within the page, with a text for who cannot see them."""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Picture:
    """
    A figure, ready to stand in a page.

    Attributes
    ----------
    source : str
        Data address of the drawing; nothing is loaded from elsewhere.
    alternative : str
        What it shows, in words.
    caption : str
        Its caption.
    note : str
        How it is to be read, which stands in the page, where letters do not shrink with the
        drawing; empty where there is nothing to say.
    """

    source: str
    alternative: str
    caption: str
    note: str = ""


def picture(figure: "Figure", *, alternative: str, caption: str) -> Picture:
    """
    Turn a figure into a drawing within the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alternative : str
        What it shows, in words.
    caption : str
        Its caption.

    Returns
    -------
    Picture
        SVG with its letters drawn, so that it looks alike everywhere; its note as text.
    """
    import matplotlib as mpl

    file = io.BytesIO()
    note = " ".join(figure.get_supxlabel().split())
    figure.supxlabel("")
    # A fixed salt and no date: the same fit gives the same report.
    with mpl.rc_context({"svg.hashsalt": "learnclimate", "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    encoded = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(f"data:image/svg+xml;base64,{encoded}", alternative, caption, note)
