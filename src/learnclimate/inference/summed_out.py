"""Say aloud where levels are summed out and should not be: where talking goes with who one is."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.inference.engine import EngineDraws
from learnclimate.survey.answers import warn

FloatArray = npt.NDArray[np.float64]

#: Chance by which levels that go with nothing would seem to go with something this closely.
_CHANCE = 0.001


def levels_go_with(design: CountDesign) -> tuple[str, ...]:
    """
    Name the covariates whose means, beyond chance, differ by the level that was answered.

    By one-way analyses of variance: of each covariate over the levels, and of the levels, in
    equal steps, over the teams.

    Parameters
    ----------
    design : CountDesign
        The design; only those who answered the frequency are read.

    Returns
    -------
    tuple of str
        In words; empty where levels go with nothing.
    """
    coding = design.coding
    level = design.frequency_level[:, 0]
    found, at = [], 0
    for covariate in coding.covariates:
        columns = design.covariates[:, at : at + len(covariate.labels)]
        at += len(covariate.labels)
        chances = [_chance_of(column, level) for column in columns.T]
        if min(chances) * len(chances) < _CHANCE:
            found.append(f"covariate {covariate.name!r}")
    if _chance_of(level.astype(float), design.team) < _CHANCE:
        found.append("the team")
    return tuple(found)


def _chance_of(values: FloatArray, group: npt.NDArray[np.integer]) -> float:
    """Give the probability of means that differ as much, were the groups all alike."""
    from scipy.stats import f

    size = np.bincount(group)
    kept = size > 0
    mean = np.bincount(group, values)[kept] / size[kept]
    between = float((size[kept] * (mean - values.mean()) ** 2).sum())
    within = float(((values - values.mean()) ** 2).sum()) - between
    more, rest = int(kept.sum()) - 1, len(values) - int(kept.sum())
    if more < 1 or rest < 1 or between <= 0:
        return 1.0
    ratio = np.inf if within <= 0 else (between / more) / (within / rest)
    return float(f.sf(ratio, more, rest))


def told_of_levels(drawn: EngineDraws, design: CountDesign) -> EngineDraws:
    """
    Warn, and note in the certificate, where summing levels out is likely to be off.

    Parameters
    ----------
    drawn : EngineDraws
        The draws.
    design : CountDesign
        The design.

    Returns
    -------
    EngineDraws
        With the note, if there is one.

    Warns
    -----
    LearnClimateWarning
        If levels are summed out and go with a covariate or with the team.
    """
    if design.unknown is None:
        return drawn
    names = levels_go_with(design)
    if not names:
        return drawn
    told = (
        f"Levels were summed out with one set of probabilities for all, yet the answers to "
        f"{design.coding.frequency_names[0]!r} go with {' and '.join(names)}: part of the "
        "frequency's effect may be put down to that. Compare missing_frequency='leave_out'."
    )
    warn(told)
    certificate = drawn.certificate
    return replace(drawn, certificate=replace(certificate, actions=(*certificate.actions, told)))
