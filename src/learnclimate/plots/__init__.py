"""Figures: drawn in one visual language, returned and never shown."""

from learnclimate.plots.agreements import agreement as agreement
from learnclimate.plots.calibration import calibration as calibration
from learnclimate.plots.caterpillar import team_effects as team_effects
from learnclimate.plots.certificates import certificate as certificate
from learnclimate.plots.checks import check as check
from learnclimate.plots.comparisons import model_comparison as model_comparison
from learnclimate.plots.comparisons import specifications as specifications
from learnclimate.plots.design_analysis import design_analysis as design_analysis
from learnclimate.plots.distribution import rootogram as rootogram
from learnclimate.plots.doubts import influence as influence
from learnclimate.plots.doubts import leave_out as leave_out
from learnclimate.plots.doubts import prior_sensitivity as prior_sensitivity
from learnclimate.plots.interviews import interview_selection as interview_selection
from learnclimate.plots.items import item_curves as item_curves
from learnclimate.plots.items import test_information as test_information
from learnclimate.plots.kinds import kind_ratios as kind_ratios
from learnclimate.plots.levels import expected_counts as expected_counts
from learnclimate.plots.levels import frequency_response as frequency_response
from learnclimate.plots.priors import prior_posterior as prior_posterior
from learnclimate.plots.residuals import residuals as residuals
from learnclimate.plots.shrinkage import team_shrinkage as team_shrinkage

__all__ = [
    "agreement",
    "calibration",
    "certificate",
    "check",
    "design_analysis",
    "expected_counts",
    "frequency_response",
    "influence",
    "interview_selection",
    "item_curves",
    "kind_ratios",
    "leave_out",
    "model_comparison",
    "prior_posterior",
    "prior_sensitivity",
    "residuals",
    "rootogram",
    "specifications",
    "team_effects",
    "team_shrinkage",
    "test_information",
]
