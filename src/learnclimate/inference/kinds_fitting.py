"""Fit a declared model of several kinds: NUTS, and what its draws say of the study."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.core.errors import ModelError
from learnclimate.counts.kinds_design import KindsDesign, fewest_of_kinds
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_prediction import Persons, predicted_kinds
from learnclimate.counts.kinds_priors import resolve_kinds_priors
from learnclimate.counts.prediction import flattened
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.engine import EngineDraws, SamplingOptions
from learnclimate.inference.kinds_engine import NO_MARGINAL, KindsNuts, KindsProblem
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.posterior_tree import constant_data, design_coords
from learnclimate.inference.private_seed import answers_of_kinds
from learnclimate.inference.progress import working
from learnclimate.inference.provenance import Provenance, data_hash, reasons_left_out
from learnclimate.inference.standardised import standardised_answers
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindsOptions:
    """
    How to fit a model of several kinds, checked.

    Attributes
    ----------
    engine : {"auto", "marginal", "nuts"}
        The engine.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    progress : bool
        Whether to show what goes on.
    """

    engine: str
    draws: int
    seed: int
    progress: bool


def fit_kinds_model(model: KindsModel, survey: Survey, options: KindsOptions) -> KindsFit:
    """
    Fit a model of several kinds to a survey.

    Parameters
    ----------
    model : KindsModel
        What to fit.
    survey : Survey
        The answers, the outcome asked by kind.
    options : KindsOptions
        How.

    Returns
    -------
    KindsFit
        Draws, certificate and provenance.

    Raises
    ------
    ModelError
        If model and survey contradict each other, or the marginal engine is asked for.
    """
    if options.engine == "marginal":
        raise ModelError(f"{NO_MARGINAL} Use engine='nuts' or 'auto'.")
    started = time.perf_counter()
    design = model.design(survey)
    priors = resolve_kinds_priors(model.priors, design, pooled=model.pooled)
    problem = KindsProblem(model, design, priors)
    private = private_seed(options.seed, *answers_of_kinds(design))
    drawn = KindsNuts().run(
        problem, SamplingOptions(draws=options.draws, seed=private, progress=options.progress)
    )
    with working("Standardising over the respondents", shown=options.progress):
        tree = kinds_tree(drawn, design, seed=private)
    people = design.people
    provenance = Provenance(
        source=survey.source,
        n_respondents=people.n_respondents,
        n_teams=people.n_teams,
        n_left_out=survey.n_left_out,
        left_out=reasons_left_out(survey.ledger),
        data_hash=_hashed(design),
        seed=options.seed,
        draws=options.draws,
        seconds=round(time.perf_counter() - started, 3),
        pseudonymised=survey.pseudonymised,
        # A team's size here is that of the kind which fewest answered, and no part of a response.
        invited=survey.invited and replace(survey.invited, by_team=()),
    )
    return KindsFit(
        draws=tree,
        certificate=drawn.certificate,
        model=model,
        codebook=survey.codebook,
        coding=people.coding,
        priors=priors,
        provenance=provenance,
        design=design,
    )


def kinds_tree(drawn: EngineDraws, design: KindsDesign, *, seed: int) -> xr.DataTree:
    """
    Bring the draws of a model of several kinds into a `DataTree`.

    Parameters
    ----------
    drawn : EngineDraws
        What NUTS gave.
    design : KindsDesign
        The data.
    seed : int
        Seed of the predicted counts.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior, sample_stats, constant_data, standardised``.
    """
    n_chains, n_draws = np.shape(drawn.posterior["intercept"])[:2]
    both = (labels.CHAIN, labels.DRAW)
    coords = design_coords(design.people) | _kind_coords(design)
    coords |= {labels.CHAIN: np.arange(n_chains), labels.DRAW: np.arange(n_draws)}
    posterior = xr.Dataset(
        {name: ((*both, *kinds.KIND_DIMS[name]), value) for name, value in drawn.posterior.items()}
    )
    stats = xr.Dataset({name: (both, value) for name, value in drawn.sample_stats.items()})
    constant = constant_data(design.people).assign(
        team_size=((labels.TEAM,), design.team_sizes),
        level_size=((labels.FREQUENCY_LEVEL,), _level_sizes(design)),
        level_asked=((labels.FREQUENCY_LEVEL,), np.concatenate(design.levels_asked())),
    )
    answers = xr.Dataset(_standardised(drawn.posterior, design, seed))
    groups = {
        "posterior": posterior,
        "sample_stats": stats,
        "constant_data": constant,
        "standardised": answers,
    }
    return xr.DataTree.from_dict(
        {
            name: group.assign_coords(
                {dim: (dim, coords[str(dim)]) for dim in group.dims if dim in coords}
            )
            for name, group in groups.items()
        }
    )


def of_kind(posterior: Mapping[str, FloatArray], place: int) -> dict[str, FloatArray]:
    """
    Give the draws of a single kind as those of a count model whose mean is the kind's.

    The respondents' effects are averaged over: ``exp(respondent_sd² / 2)`` times the rate of an
    average respondent is the expected count.

    Parameters
    ----------
    posterior : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws of a model of several kinds.
    place : int
        Which kind.

    Returns
    -------
    dict of str to ndarray of shape (n_chains, n_draws, ...)
        Variables of a `CountModel` of Poisson counts, for expected counts alone.
    """
    half = posterior["respondent_sd"][:, :, place] ** 2 / 2
    found = {"intercept": posterior["intercept"][:, :, place] + half}
    by_kind = ("frequency_effect", "frequency_shape", "frequency_curve", "covariate_effects")
    found |= {name: posterior[name][:, :, place] for name in by_kind if name in posterior}
    if "team_sd" in posterior:
        own = posterior["team_sd"][:, :, place]
        size = own.shape[2]
        rows = slice(place * size, (place + 1) * size)
        found["team_sd"] = own
        if size > 1:
            found["team_correlation"] = posterior["team_correlation"][:, :, rows, rows]
        if "team_effects" in posterior:
            found["team_effects"] = posterior["team_effects"][:, :, :, place]
    return found


def _standardised(
    posterior: Mapping[str, FloatArray], design: KindsDesign, seed: int
) -> dict[str, tuple[tuple[str, ...], FloatArray]]:
    both = (labels.CHAIN, labels.DRAW)
    every = [
        standardised_answers(of_kind(posterior, place), design.people, seed=seed)
        for place in range(design.n_kinds)
    ]
    levels = np.stack([one["expected_count"] for one in every], axis=2)
    given = np.stack([one["expected_count_observed"] for one in every], axis=2)
    predicted = _predicted_study(posterior, design, seed)
    by_level = (*both, kinds.KIND, labels.FREQUENCY_LEVEL)
    return {
        "expected_count": (by_level, levels),
        "expected_count_observed": ((*both, kinds.KIND), given),
        "predicted_count": (by_level, predicted),
    }


def _predicted_study(
    posterior: Mapping[str, FloatArray], design: KindsDesign, seed: int
) -> FloatArray:
    """Draw counts of one respondent taken at random, by kind and level of every frequency."""
    draws, rng = flattened(posterior), np.random.default_rng([seed, 7])
    people = design.people
    n_draws = len(draws["intercept"])
    share = people.weight / people.weight.sum()
    picked = np.searchsorted(np.cumsum(share), rng.random(n_draws)).clip(max=len(share) - 1)
    effects = np.zeros((n_draws, design.n_kinds, 0))
    if "team_effects" in draws:
        effects = draws["team_effects"][np.arange(n_draws), people.team[picked]]
    persons = Persons(
        people.log_exposure[picked],
        people.covariates[picked],
        people.frequency_level[picked],
        effects,
    )
    parts = [
        predicted_kinds(draws, people.coding, persons, position, rng)
        for position in range(len(people.coding.frequencies))
    ]
    counts = np.concatenate(parts, axis=1).swapaxes(1, 2).astype(float)
    shape = np.shape(posterior["intercept"])[:2]
    return counts.reshape(*shape, *counts.shape[1:])


def _kind_coords(design: KindsDesign) -> dict[str, npt.NDArray[np.generic]]:
    from learnclimate.counts.pymc_kinds import kind_team_effects

    names = np.array(design.kinds, dtype=str)
    pairs = np.array(kind_team_effects(design.kinds, design.people.coding.team_effects), dtype=str)
    return {
        kinds.KIND: names,
        kinds.KIND_OTHER: names,
        kinds.KIND_TEAM_EFFECT: pairs,
        kinds.KIND_TEAM_EFFECT_OTHER: pairs,
    }


def _level_sizes(design: KindsDesign) -> npt.NDArray[np.int64]:
    """Who gave each level, of those who answered the kind that fewest of them did."""
    people, sizes = design.people, []
    for column, frequency in enumerate(people.coding.frequencies):
        level = people.frequency_level[:, column]
        by_kind = [
            np.bincount(level[has], minlength=len(frequency.levels)) for has in design.answered.T
        ]
        sizes.append(fewest_of_kinds(by_kind))
    return np.concatenate(sizes)


def _hashed(design: KindsDesign) -> str:
    digest = hashlib.sha256(data_hash(design.people).encode())
    for array in (design.counts, design.answered):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update("\x00".join(design.kinds).encode())
    return digest.hexdigest()
