"""The composition of teams: how often their members talk, as a description of the team."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ModelError
from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign

FloatArray = npt.NDArray[np.float64]

#: What `CountModel(between=...)` may be.
BETWEEN = (False, True, "manifest", "latent")
#: Standard deviation of the thresholds' prior, on the scale of log odds.
THRESHOLD_SD = 2.0
#: Scale of the half-normal prior of the teams' latent standard deviation, in log odds.
LATENT_SD = 1.0
#: Teams needed beyond one for each frequency: with fewer, the prior alone tells apart what goes
#: with composition from the teams' own effects.
_TEAMS_BEYOND = 3
_ROUNDING = 1e-12


def checked_between(value: object) -> bool | str:
    """
    Check what the user gave for ``between=``.

    Parameters
    ----------
    value : object
        False, True, ``"manifest"`` or ``"latent"``.

    Returns
    -------
    bool or str
        False, ``"manifest"`` or ``"latent"``.

    Raises
    ------
    ArgumentError
        If it is none of these.

    Examples
    --------
    >>> checked_between(True)
    'manifest'
    """
    if not isinstance(value, bool | str) or value not in BETWEEN:
        raise ArgumentError(
            f"CountModel(between={value!r}): give True or 'manifest' for the teams' observed "
            "means, 'latent' for means that are estimated, or False."
        )
    return "manifest" if value is True else value


def refuse_composition(design: CountDesign) -> None:
    """
    Refuse teams that do not tell what goes with their composition.

    Parameters
    ----------
    design : CountDesign
        The design; nothing is refused where composition does not matter.

    Raises
    ------
    ModelError
        If all teams are composed alike, all members of every team answered alike, or there are
        hardly more teams than frequencies.
    """
    coding = design.coding
    if not coding.composition:
        return
    for position, name in enumerate(coding.frequency_names):
        if np.abs(centred_shares(design, position)).max() < _ROUNDING:
            raise ModelError(
                f"CountModel(between=...): the answers to {name!r} have the same shares in every "
                "team, so nothing tells what goes with a team's composition. Leave between out."
            )
        if ((level_counts(design, position) > 0).sum(axis=1) == 1).all():
            raise ModelError(
                f"CountModel(between=...): in every team all members gave the same answer to "
                f"{name!r}, so a respondent's own frequency cannot be told from that of their "
                "team. Leave between out."
            )
    needed = len(coding.frequencies) + _TEAMS_BEYOND
    if INTERCEPT in coding.team_effects and design.n_teams < needed:
        raise ModelError(
            f"CountModel(between=...): {design.n_teams} teams are too few to tell what goes with "
            f"their composition from their own effects: that needs at least {needed}. Leave "
            "between out, or use CountModel(team_effects=())."
        )


def level_counts(design: CountDesign, position: int) -> FloatArray:
    """
    Count the answers of each team at each level of a frequency.

    Parameters
    ----------
    design : CountDesign
        The design.
    position : int
        Position of the frequency.

    Returns
    -------
    ndarray of shape (n_teams, n_levels)
        Respondents.
    """
    n_levels = len(design.coding.frequencies[position].levels)
    place = design.team * n_levels + design.frequency_level[:, position]
    counts = np.bincount(place, design.multiplicity, minlength=design.n_teams * n_levels)
    return counts.reshape(design.n_teams, n_levels)


def centred_shares(design: CountDesign, position: int) -> FloatArray:
    """
    Tell by how much each team's share at each level departs from that of all respondents.

    Parameters
    ----------
    design : CountDesign
        The design.
    position : int
        Position of the frequency.

    Returns
    -------
    ndarray of shape (n_teams, n_levels)
        Rows add up to 0.
    """
    counts = level_counts(design, position)
    return counts / counts.sum(axis=1, keepdims=True) - counts.sum(axis=0) / counts.sum()


def composition_shares(design: CountDesign) -> FloatArray:
    """
    Lay the centred shares of every frequency side by side.

    Parameters
    ----------
    design : CountDesign
        The design.

    Returns
    -------
    ndarray of shape (n_teams, n_levels)
        Flattened over the frequencies; without columns where composition does not matter.
    """
    coding = design.coding
    if not coding.composition:
        return np.empty((design.n_teams, 0))
    blocks = [centred_shares(design, position) for position in range(len(coding.frequencies))]
    return np.concatenate(blocks, axis=1)


def composition_part(
    coding: DesignCoding,
    effects: FloatArray,
    curves: FloatArray,
    shares: FloatArray,
    latent: FloatArray | None,
) -> FloatArray:
    """
    Give what its composition adds to each team's log rate.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    effects : ndarray of shape (n_draws, n_frequencies)
        Draws of ``composition_effects``.
    curves : ndarray of shape (n_draws, n_levels)
        As `learnclimate.counts.prediction.slope_curves` gives them.
    shares : ndarray of shape (n_teams, n_levels)
        As `composition_shares` gives them.
    latent : ndarray of shape (n_draws, n_teams, n_frequencies) or None
        Draws of ``team_composition``, where team means are latent.

    Returns
    -------
    ndarray of shape (n_draws, n_teams)
        0 for a team composed as all respondents are.
    """
    if latent is not None:
        return np.asarray(np.einsum("nf,njf->nj", effects, latent))
    at, part = 0, np.zeros((len(effects), len(shares)))
    for position, frequency in enumerate(coding.frequencies):
        own = slice(at, at + len(frequency.levels))
        part += effects[:, [position]] * (curves[:, own] @ shares[:, own].T)
        at = own.stop
    return part


def mean_reliability(design: CountDesign, position: int) -> float:
    """
    Tell how reliably the team means of a frequency tell teams apart: ICC(2).

    By a one-way analysis of variance of the levels in equal steps: one less the mean square
    within teams over that between teams, and 0 where the first is larger.

    Parameters
    ----------
    design : CountDesign
        The design.
    position : int
        Position of the frequency.

    Returns
    -------
    float
        Between 0 and 1.
    """
    counts = level_counts(design, position)
    values = np.linspace(0, 1, counts.shape[1])
    size = counts.sum(axis=1)
    mean = counts @ values / size
    grand = (size @ mean) / size.sum()
    between = (size @ (mean - grand) ** 2) / max(len(size) - 1, 1)
    within = float((counts * (values - mean[:, None]) ** 2).sum()) / max(size.sum() - len(size), 1)
    return max(0.0, 1 - within / float(between)) if between > 0 else 0.0
