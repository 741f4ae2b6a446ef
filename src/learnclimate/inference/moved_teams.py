"""
What is drawn for each team, moved by noise: its spread and what it goes with stay what they are.

A team's effect has, given all parameters, nearly a normal distribution, which the prior's standard
deviation makes narrower: where that is small, so is the effect, and the more so the less the team
tells of itself. Noise of one size would fill what lies near 0, and take the effects of all teams
away from there. So effects are moved in units of their spread at each draw.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels

FloatArray = npt.NDArray[np.float64]

#: Share of a team's spread, given all parameters, that is new in a file.
_NEW = 0.5
_TEAM_FIRST = (labels.TEAM, labels.CHAIN, labels.DRAW)
#: By what is drawn for each team: the standard deviation of its prior.
_PRIOR_SD = {
    labels.TEAM_EFFECTS: "team_sd",
    "zero_team_effects": "zero_team_sd",
    "team_factors": "team_factor_sd",
}
_TINY = 1e-12
#: What a team may tell of its effect, in units of what the prior tells at its median.
_PRECISIONS = np.append(0.0, np.geomspace(1e-2, 1e3, 26))


def with_moved_teams(
    before: xr.Dataset,
    moved: xr.Dataset,
    features: tuple[FloatArray, FloatArray],
    rng: np.random.Generator,
) -> xr.Dataset:
    """
    Move what is drawn for each team, its spread and what it goes with kept.

    What the other parameters tell of it follows these. The rest is pulled to its mean, and
    normal noise of the same covariance within the team is added. Every team has its own: were
    it the same for all, or made of other draws, hundreds of teams together would tell it.

    Parameters
    ----------
    before : xarray.Dataset
        A posterior.
    moved : xarray.Dataset
        The same, all but what is drawn for each team moved.
    features : tuple of ndarray of shape (S, r)
        Uncorrelated directions of the parameters, as they were and as they are; the first is 1.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    xarray.Dataset
        `moved`, with teams that are moved as well.
    """
    names = [str(one) for one in before.data_vars if labels.TEAM in before[one].dims]
    n_draws = len(features[0])
    if not names or n_draws < 2:
        return moved
    by_team = {name: before[name].transpose(*_TEAM_FIRST, ...) for name in names}
    shapes = {name: one.shape[3:] for name, one in by_team.items()}
    own = {name: one.to_numpy().reshape(len(one), n_draws, -1) for name, one in by_team.items()}
    sds = [
        np.concatenate([_prior_sd(one, name, by_team[name]) for name in names], axis=1)
        for one in (before, moved)
    ]
    draws = np.concatenate(list(own.values()), axis=2)
    told = _told_by_teams(draws, sds[0])
    for team, effects in enumerate(draws):
        draws[team] = _moved(effects, [_spread(sd, told[team]) for sd in sds], features, rng)
    ends = np.cumsum([one.shape[2] for one in own.values()])[:-1]
    parts = dict(zip(names, np.split(draws, ends, axis=2), strict=True))
    return moved.assign(
        {
            name: by_team[name]
            .copy(data=parts[name].reshape(*by_team[name].shape[:3], *shapes[name]))
            .transpose(*before[name].dims)
            for name in names
        }
    )


def _prior_sd(posterior: xr.Dataset, name: str, effects: xr.DataArray) -> FloatArray:
    """Give the prior's standard deviation of each effect (S, k); 1 where none is drawn."""
    one = effects.isel({labels.TEAM: 0})
    sd = posterior.get(_PRIOR_SD.get(name, ""))
    if sd is None or not set(sd.dims) <= set(one.dims):
        return np.ones((one.shape[0] * one.shape[1], int(np.prod(one.shape[2:]))))
    wide = sd.broadcast_like(one).transpose(*one.dims).to_numpy()
    return np.asarray(np.maximum(wide.reshape(one.shape[0] * one.shape[1], -1), _TINY))


def _told_by_teams(draws: FloatArray, sd: FloatArray) -> FloatArray:
    """
    Estimate how precisely each team tells its effects (n_teams, k), beside the prior.

    Given `sd`, an effect is taken as normal with variance proportional to 1 / (1 / sd^2 + told)
    and a mean proportional to it: what a normal prior around 0 and a normal likelihood give. The
    most likely of some values is taken; any of them leaves mean and spread over all draws as is.
    """
    told = np.zeros((draws.shape[0], draws.shape[2]))
    n_draws = draws.shape[1]
    for place in range(draws.shape[2]):
        own, prior = draws[:, :, place], sd[:, place] ** -2
        if np.ptp(prior) <= _TINY * prior.max():
            continue
        values = _PRECISIONS * np.median(prior)
        squares, weighted = (own**2).sum(axis=1), own**2 @ prior
        precision = prior[:, None] + values
        left = weighted[:, None] + values * squares[:, None]
        left = left - own.sum(axis=1)[:, None] ** 2 / (1 / precision).sum(axis=0)
        fit = np.log(precision).sum(axis=0) - n_draws * np.log(np.maximum(left, _TINY))
        told[:, place] = values[fit.argmax(axis=1)]
    return told


def _spread(sd: FloatArray, told: FloatArray) -> FloatArray:
    return np.asarray(1 / np.sqrt(sd**-2 + told))


def _moved(
    effects: FloatArray,
    spreads: Sequence[FloatArray],
    features: tuple[FloatArray, FloatArray],
    rng: np.random.Generator,
) -> FloatArray:
    """Move a team's effects (S, k) in units of their spread, as it was and as it is."""
    (before, after), (was, is_now) = features, spreads
    n_draws = len(effects)
    scaled = effects / was
    explained, follows = np.empty_like(scaled), np.empty_like(scaled)
    for place in range(scaled.shape[1]):
        known = before * was[:, place, None]
        size = np.sqrt((known**2).mean(axis=0))
        weight = np.linalg.lstsq(known / size, scaled[:, place], rcond=1e-9)[0] / size
        explained[:, place] = known @ weight
        follows[:, place] = (after * is_now[:, place, None]) @ weight
    rest = scaled - explained
    spread, directions = np.linalg.eigh(rest.T @ rest / n_draws)
    root = directions * np.sqrt(np.maximum(spread, 0.0))
    noise = rng.standard_normal(effects.shape) @ root.T
    return np.asarray((follows + np.sqrt(1 - _NEW**2) * rest + _NEW * noise) * is_now)
