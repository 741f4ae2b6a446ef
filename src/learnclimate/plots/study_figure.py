"""A matplotlib figure that shows itself in a notebook, without any global state."""

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from learnclimate.plots.names import families, lacks_signs

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import RendererBase
    from matplotlib.transforms import Bbox

_NOTEBOOK_DPI = 192


class StudyFigure(Figure):
    """
    A `matplotlib.figure.Figure` that a notebook shows without pyplot.

    Its texts are shown as they are written: a team may be called ``$x$``, so dollar signs
    begin no formula.
    """

    def draw(self, renderer: "RendererBase") -> None:
        """Draw every text as it is written."""
        with self._plain_texts():
            super().draw(renderer)

    def get_tightbbox(
        self,
        renderer: "RendererBase | None" = None,
        *,
        bbox_extra_artists: "Iterable[Artist] | None" = None,
    ) -> "Bbox":
        """Measure every text as it is written."""
        with self._plain_texts():
            return super().get_tightbbox(renderer, bbox_extra_artists=bbox_extra_artists)

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        """Draw for the notebook at twice the resolution of its size."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=_NOTEBOOK_DPI)
        width, height = self.get_size_inches() * _NOTEBOOK_DPI / 2
        return file.getvalue(), {"width": float(width), "height": float(height)}

    @contextmanager
    def _plain_texts(self) -> Iterator[None]:
        """Turn formulas off, and further fonts on, in texts that are and that drawing makes."""
        chosen = families()
        for text in self.findobj(Text):
            text.set_parse_math(False)
            # Further fonts are seldom bold, and the search for one that is would be logged.
            if text.get_fontweight() != "bold":
                text.set_fontfamily(chosen)
            elif lacks_signs(text.get_text()):
                text.set(fontfamily=chosen, fontweight="normal")
        with (
            rc_context({"text.parse_math": False, "font.family": chosen}),
            warnings.catch_warnings(),
        ):
            # What stands here was written by hand, and the reader can do nothing about it: names
            # from the questionnaire hold no sign that a font lacks (`names.drawable`).
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
            yield
