"""Answers standardised over all respondents of a study, whatever its family."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import flattened
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.standardised import standardised_answers
from learnclimate.inference.standardised_families import family_answers, has_exponential_mean
from learnclimate.inference.unknown_shares import unknown_level_share

FloatArray = npt.NDArray[np.float64]


def answers_of_the_study(
    family: Family, drawn: EngineDraws, design: CountDesign, *, seed: int
) -> Mapping[str, FloatArray]:
    """
    Average the respondents' expected counts, as they answered and at each level.

    Parameters
    ----------
    family : Family
        The family.
    drawn : EngineDraws
        Draws; an engine that keeps none of the teams gives these answers itself.
    design : CountDesign
        The respondents. Those of unknown level are among them at each level; as they answered
        are those alone who did.
    seed : int
        Seed of the predicted counts.

    Returns
    -------
    mapping of str to ndarray of shape (n_chains, n_draws[, n_levels])
        As `learnclimate.inference.standardised.standardised_answers`; where some levels are
        unknown also ``unknown_level_share``, how probable each is among these respondents.
    """
    if drawn.standardised is not None:
        return drawn.standardised

    def averaged(of: CountDesign) -> dict[str, FloatArray]:
        if has_exponential_mean(family):
            return standardised_answers(drawn.posterior, of, seed=seed)
        return family_answers(family, drawn.posterior, of, seed=seed)

    if design.unknown is None:
        return averaged(design)
    answers = averaged(everyone_in_rows(design))
    answered = averaged(replace(design, unknown=None))
    answers |= {name: values for name, values in answered.items() if name.endswith("_observed")}
    shares = unknown_level_share(flattened(drawn.posterior), design, family)
    n_chains, n_draws = np.shape(drawn.posterior["intercept"])[:2]
    return answers | {"unknown_level_share": shares.reshape(n_chains, n_draws, -1)}
