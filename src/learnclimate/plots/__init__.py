"""Figures: drawn in one visual language, returned and never shown."""

from learnclimate.plots.calibration import calibration as calibration
from learnclimate.plots.caterpillar import team_effects as team_effects
from learnclimate.plots.design_analysis import design_analysis as design_analysis
from learnclimate.plots.distribution import rootogram as rootogram
from learnclimate.plots.levels import expected_counts as expected_counts
from learnclimate.plots.levels import frequency_response as frequency_response

__all__ = [
    "calibration",
    "design_analysis",
    "expected_counts",
    "frequency_response",
    "rootogram",
    "team_effects",
]
