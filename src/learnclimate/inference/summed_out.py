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
#: Share of the variance explained, chance taken off, from which what is put down to the wrong
#: cause is worth telling.
_SHARE = 0.05
#: The same of teams. In four simulated studies whose teams explained a fifth of the variance of the
#: levels, with 40 % skipping at random, the log rate ratio (1.2) came out 0.05 lower summed out.
_SHARE_OF_TEAMS = 0.25


def levels_go_with(design: CountDesign) -> tuple[str, ...]:
    """
    Name the covariates whose means differ by the level that was answered, beyond chance.

    By one-way analyses of variance: of each covariate over the levels, and of the levels, in
    equal steps, over the teams. A covariate of which levels explain less than a twentieth
    (omega squared), and teams that explain less than a quarter of the levels, are passed over.

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
        if any(_goes_with(column, level, _SHARE, columns.shape[1]) for column in columns.T):
            found.append(f"covariate {covariate.name!r}")
    if _goes_with(level.astype(float), design.team, _SHARE_OF_TEAMS):
        found.append("the team")
    return tuple(found)


def _goes_with(
    values: FloatArray, group: npt.NDArray[np.integer], least: float, n_tried: int = 1
) -> bool:
    """Tell whether the means of groups differ beyond chance, and by enough to matter."""
    from scipy.stats import f

    size = np.bincount(group)
    kept = size > 0
    mean = np.bincount(group, values)[kept] / size[kept]
    between = float((size[kept] * (mean - values.mean()) ** 2).sum())
    total = float(((values - values.mean()) ** 2).sum())
    more, rest = int(kept.sum()) - 1, len(values) - int(kept.sum())
    if more < 1 or rest < 1 or total <= 0:
        return False
    noise = max(total - between, 0.0) / rest
    if noise == 0:
        return True
    share = (between - more * noise) / (total + noise)
    return share > least and float(f.sf(between / more / noise, more, rest)) < _CHANCE / n_tried


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
