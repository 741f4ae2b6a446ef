"""The answers that items offer: those of every scale of the codebook that they stand in."""

from dataclasses import replace

from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey


def as_offered(survey: Survey, scale: Scale) -> Scale:
    """
    Give a scale the answers that the codebook says its items offer: an item has one range.

    Parameters
    ----------
    survey : Survey
        The answers, with their codebook.
    scale : Scale
        The scale.

    Returns
    -------
    Scale
        The same where some of its items are in no scale of the codebook.
    """
    own = [one for one in survey.codebook.scales if set(one.items) & set(scale.items)]
    if not set(scale.items) <= {item for one in own for item in one.items}:
        return scale
    lowest, highest = min(one.minimum for one in own), max(one.maximum for one in own)
    return replace(scale, minimum=lowest, maximum=highest)
