"""What is asked of a fit of several kinds: each kind as a count of its own, and their total."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest
from learnclimate.counts.kinds_prediction import Persons, new_team_effects, predicted_kinds
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import Priors
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import chosen_frequency
from learnclimate.estimands.count_draws import covariate_means
from learnclimate.estimands.population import NO_TEAM, People
from learnclimate.estimands.question import Question, expected, posed
from learnclimate.estimands.wording import NEW_TEAM, STUDY
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.kinds_fitting import of_kind

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KindsQuestion:
    """
    A question to a fit of several kinds that passed every check.

    Attributes
    ----------
    fit : KindsFit
        What is asked.
    of_kinds : tuple of Question
        The same question of each kind.
    """

    fit: KindsFit
    of_kinds: tuple[Question, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The kinds, and their total."""
        return (*self.fit.kinds, kinds.TOTAL)

    @property
    def first(self) -> Question:
        """The question of the first kind; levels and population are the same for all."""
        return self.of_kinds[0]


def ask_kinds(
    fit: KindsFit, population: object, frequency: str | None, rule: DisclosureRule
) -> KindsQuestion:
    """
    Check a question about the levels of a frequency.

    Parameters
    ----------
    fit : KindsFit
        What is asked.
    population : object
        Who it is about.
    frequency : str or None
        Which frequency.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    KindsQuestion
        The question.
    """
    position = chosen_frequency(fit.coding, frequency)
    views = [single_kind(fit, place) for place in range(len(fit.kinds))]
    return KindsQuestion(fit, tuple(posed(view, population, position, rule) for view in views))


def single_kind(fit: KindsFit, place: int) -> Fit:
    """
    View a single kind as the fit of a count whose expectation is the kind's.

    Its counts themselves are not Poisson: only expectations may be asked of it.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    place : int
        Which kind.

    Returns
    -------
    Fit
        Expected counts of this kind, respondents' effects averaged over.
    """
    posterior = fit.draws["posterior"].to_dataset()
    arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
    index = {dim: posterior[dim].to_numpy() for dim in (labels.CHAIN, labels.DRAW)}
    dims = (labels.CHAIN, labels.DRAW)
    found = xr.Dataset(
        {
            name: ((*dims, *labels.POSTERIOR_DIMS[name]), values)
            for name, values in of_kind(arrays, place).items()
        }
    ).assign_coords(index)
    kept = [labels.FREQUENCY, labels.FREQUENCY_STEP, labels.FREQUENCY_LEVEL, labels.COVARIATE]
    kept += [labels.TEAM, labels.TEAM_EFFECT]
    found = found.assign_coords(
        {dim: posterior[dim].to_numpy() for dim in kept if dim in found.dims}
    )
    standardised = fit.draws["standardised"].to_dataset()
    told = standardised[["expected_count", "expected_count_observed"]].isel({kinds.KIND: place})
    tree = {
        "posterior": found,
        "constant_data": fit.draws["constant_data"].to_dataset(),
        "standardised": told.drop_vars(kinds.KIND),
    }
    return Fit(
        draws=xr.DataTree.from_dict(tree),
        certificate=fit.certificate,
        model=fit.model.of_total(),
        codebook=fit.codebook,
        coding=fit.coding,
        priors=Priors(),
        provenance=fit.provenance,
    )


def expected_by_kind(question: KindsQuestion) -> FloatArray:
    """
    Give the expected counts of a population by kind, and their total.

    Parameters
    ----------
    question : KindsQuestion
        The question.

    Returns
    -------
    ndarray of shape (n_draws, n_kinds + 1, n_levels)
        The total last: expectations add up, whatever goes together.
    """
    counts = np.stack([expected(one) for one in question.of_kinds], axis=1)
    return np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)


def predicted_by_kind(question: KindsQuestion, seed: int) -> IntArray:
    """
    Give counts of one person of a population by kind, and their total.

    Parameters
    ----------
    question : KindsQuestion
        The question.
    seed : int
        Seed of the random numbers; those of the study were drawn when the model was fitted.

    Returns
    -------
    ndarray of shape (n_draws, n_kinds + 1, n_levels), int
        The total last, of the same person's kinds.
    """
    first, fit = question.first, question.fit
    where = slice(None)
    if first.position is not None:
        from learnclimate.counts.prediction import level_slices

        where = level_slices(fit.coding)[first.position]
    if first.population == STUDY:
        kept = fit.draws["standardised"]["predicted_count"].to_numpy()
        counts = np.nan_to_num(kept.reshape(-1, *kept.shape[2:])[:, :, where])
        counts = np.rint(counts).astype(np.int64)
    else:
        rng = np.random.default_rng(seed)
        draws = flattened(_arrays(fit))
        persons = _persons(question, draws, rng)
        counts = predicted_kinds(draws, fit.coding, persons, first.position, rng).swapaxes(1, 2)
    return np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)


def chosen_kind(fit: KindsFit, kind: object) -> int:
    """
    Tell which kind is asked about.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    kind : object
        A kind, or ``"total"``.

    Returns
    -------
    int
        Its place among the kinds; the number of kinds for the total.

    Raises
    ------
    ArgumentError
        If there is no such kind.
    ArgumentTypeError
        If it is not a name.
    """
    names = (*fit.kinds, kinds.TOTAL)
    if not isinstance(kind, str):
        raise ArgumentTypeError(f"kind={kind!r}: give the name of a kind, or 'total'.")
    if kind not in names:
        raise ArgumentError(f"kind={kind!r}: there is no such kind. {nearest(kind, names)}")
    return names.index(kind)


def _arrays(fit: KindsFit) -> dict[str, FloatArray]:
    posterior = fit.draws["posterior"].to_dataset()
    return {str(name): posterior[name].to_numpy() for name in posterior.data_vars}


def _persons(
    question: KindsQuestion, draws: dict[str, FloatArray], rng: np.random.Generator
) -> Persons:
    """One person of the population for each draw."""
    first, coding = question.first, question.fit.coding
    n_draws = len(draws["intercept"])
    new_teams = new_team_effects(draws, rng)
    if isinstance(first.population, People):
        people = first.population
        chance = rng.random(n_draws)
        picked = np.searchsorted(np.cumsum(people.share), chance).clip(max=people.n_people - 1)
        effects, team = new_teams, people.team[picked]
        known = np.flatnonzero(team != NO_TEAM)
        if len(known) and "team_effects" in draws:
            effects[known] = draws["team_effects"][known, team[known]]
        return Persons(
            people.log_exposure[picked], people.covariates[picked], people.levels[picked], effects
        )
    means = covariate_means(first.fit)
    return Persons(
        np.zeros(n_draws),
        np.tile(means, (n_draws, 1)),
        np.zeros((n_draws, len(coding.frequencies)), dtype=np.int64),
        new_teams if first.population == NEW_TEAM else np.zeros_like(new_teams),
    )
