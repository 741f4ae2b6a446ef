"""A matplotlib figure that shows itself in a notebook, without any global state."""

import io

from matplotlib.figure import Figure

_NOTEBOOK_DPI = 192


class StudyFigure(Figure):
    """A `matplotlib.figure.Figure` that a notebook shows without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        """Draw for the notebook at twice the resolution of its size."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=_NOTEBOOK_DPI)
        width, height = self.get_size_inches() * _NOTEBOOK_DPI / 2
        return file.getvalue(), {"width": float(width), "height": float(height)}
