"""Where values of factors come from: the items' parameters, and noise by respondent or team."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import (
    score_noise,
    scores_under,
)
from learnclimate.inference.joint_given import GivenItems, given_items
from learnclimate.inference.joint_team_density import TeamDensities
from learnclimate.inference.joint_team_moments import MomentsAtDraws, team_moments
from learnclimate.inference.joint_value_source import Noise

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: How many draws of nearly the same spread are chosen from, at least.
_LEAST_ALIKE = 16
#: Bytes for what the items tell of respondents, kept by draw.
_ROOM = 2**27


def value_source(factor: FactorFit) -> "RespondentValues | TeamValues | KeptTeamValues":
    """
    Choose how values of the factors are made.

    Parameters
    ----------
    factor : FactorFit
        The factor model.

    Returns
    -------
    RespondentValues, TeamValues or KeptTeamValues
        Of respondents; of teams by their moments; or, where these cannot be integrated, from
        the draws of the teams' factors themselves.
    """
    if factor.model.levels != "team":
        return RespondentValues(factor)
    moments = team_moments(factor)
    return KeptTeamValues(factor) if moments is None else TeamValues(factor, moments)


@dataclass(frozen=True, slots=True)
class RespondentValues:
    """
    Factors of respondents.

    Attributes
    ----------
    factor : FactorFit
        The factor model.
    kept : dict of int to GivenItems
        What the items tell at draws that were asked for before, as far as there is room.
    """

    factor: FactorFit
    kept: dict[int, GivenItems] = field(default_factory=dict)

    @property
    def n_draws(self) -> int:
        """How many draws of the parameters there are."""
        return _n_draws(self.factor)

    @property
    def unit(self) -> IntArray:
        """Every respondent has their own."""
        return np.arange(len(self.factor.design.categories))

    def given(self, draw: int) -> GivenItems:
        """
        Give the density of every respondent's factors given the items.

        Parameters
        ----------
        draw : int
            The parameters.

        Returns
        -------
        GivenItems
            The density.
        """
        found = self.kept.get(draw)
        if found is None:
            found = given_items(self.factor, draw)
            if len(self.kept) * found.n_bytes < _ROOM:
                self.kept[draw] = found
        return found

    def noise(self, rng: np.random.Generator) -> Noise:
        """
        Draw noise for all respondents.

        Parameters
        ----------
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        tuple of ndarray
            See `score_noise`.
        """
        return score_noise(self.factor, rng)

    def values(self, draw: int, noise: Noise) -> FloatArray:
        """
        Give the factors of every respondent.

        Parameters
        ----------
        draw : int
            The parameters.
        noise : tuple of ndarray
            The noise.

        Returns
        -------
        ndarray of shape (n_respondents, n_factors)
            Given the items.
        """
        normal, stretch, uniform = (np.asarray(one, dtype=float) for one in noise)
        return scores_under(self.factor, draw, (normal, stretch, uniform))


@dataclass(frozen=True, slots=True)
class TeamValues:
    """
    Factors of teams, in standard deviations over teams, respondents' own integrated out.

    Attributes
    ----------
    factor : FactorFit
        The factor model.
    moments : callable
        Gives the moments of the teams' factors at draws of the parameters, and their spread
        over teams there.
    kept : dict of int to tuple of ndarray
        Means, roots and skewnesses at draws that were asked for before.
    """

    factor: FactorFit
    moments: MomentsAtDraws
    kept: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = field(default_factory=dict)

    @property
    def n_draws(self) -> int:
        """How many draws of the parameters there are."""
        return _n_draws(self.factor)

    @property
    def unit(self) -> IntArray:
        """Respondents share their team's."""
        return self.factor.design.team

    def noise(self, rng: np.random.Generator) -> Noise:
        """
        Draw noise for all teams.

        Parameters
        ----------
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        tuple of one ndarray of shape (n_teams, n_factors)
            Standard normal scores.
        """
        design = self.factor.design
        return (rng.standard_normal((len(design.teams), design.n_factors)),)

    def values(self, draw: int, noise: Noise) -> FloatArray:
        """
        Give the factors of every respondent's team.

        Parameters
        ----------
        draw : int
            The parameters.
        noise : tuple of ndarray
            The noise.

        Returns
        -------
        ndarray of shape (n_respondents, n_factors)
            Given the items, in standard deviations over teams.
        """
        densities = self.densities(np.array([draw]))
        places = np.zeros((1, len(self.factor.design.teams)), dtype=np.int64)
        factors = densities.factors(places, np.asarray(noise[0], dtype=float)[None])
        return np.asarray(factors[0][self.unit])

    def densities(self, draws: IntArray) -> TeamDensities:
        """
        Give the densities of every team's factors given the items.

        Parameters
        ----------
        draws : ndarray of shape (n,), int
            Draws of the parameters.

        Returns
        -------
        TeamDensities
            At each of them, in standard deviations over teams.
        """
        fresh = sorted(set(draws.tolist()) - self.kept.keys())
        if fresh:
            moments, sd = self.moments(np.array(fresh))
            mean, root = moments.mean / sd[:, None], moments.root / sd[:, None, :, None]
            self.kept.update(
                zip(fresh, zip(mean, root, moments.skewness, strict=True), strict=True)
            )
        return TeamDensities(*(np.stack([self.kept[draw][at] for draw in draws.tolist()])
                               for at in range(3)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptTeamValues:
    """
    Factors of teams from draws of nearly the same spread between teams.

    A draw of the parameters comes with one of the teams' factors alone, so that more are borrowed
    from draws alike. The parameters then follow from the items, not from the counts as well.

    Attributes
    ----------
    factor : FactorFit
        The factor model.
    """

    factor: FactorFit

    @property
    def n_draws(self) -> int:
        """How many draws of the parameters there are."""
        return _n_draws(self.factor)

    @property
    def unit(self) -> IntArray:
        """Respondents share their team's."""
        return self.factor.design.team

    def noise(self, rng: np.random.Generator) -> Noise:
        """
        Choose one of the draws that are alike: the same for all teams.

        Parameters
        ----------
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        tuple of one ndarray of shape (n_teams,)
            Its place among them.
        """
        return (np.full(len(self.factor.design.teams), rng.integers(self._n_alike)),)

    def values(self, draw: int, noise: Noise) -> FloatArray:
        """
        Give the factors of every respondent's team.

        Parameters
        ----------
        draw : int
            The parameters.
        noise : tuple of ndarray
            Which of the draws that are alike.

        Returns
        -------
        ndarray of shape (n_respondents, n_factors)
            Given the items, in standard deviations over teams.
        """
        posterior = self.factor.draws["posterior"]
        sd = posterior["team_factor_sd"].to_numpy().reshape(self.n_draws, -1)
        spread = np.log(sd)
        apart = (((spread - spread[draw]) / spread.std(axis=0)) ** 2).sum(axis=1)
        chosen = int(np.argsort(apart)[int(noise[0][0])])
        factors = posterior["team_factors"].to_numpy()
        factors = factors.reshape(self.n_draws, *factors.shape[2:])[chosen]
        return np.asarray((factors / sd[chosen])[self.unit])

    @property
    def _n_alike(self) -> int:
        return max(_LEAST_ALIKE, self.n_draws // 50)


def _n_draws(factor: FactorFit) -> int:
    sizes = factor.draws["posterior"].sizes
    return int(sizes["chain"] * sizes["draw"])
