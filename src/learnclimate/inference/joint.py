"""Fit scales and counts together: plausible values that know of the count, one fit each."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core.errors import LearnClimateWarning
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.prediction import flattened
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.convergence import convergence
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import score_draws
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.answers import scale_answers
from learnclimate.measurement.scores import allowed_missing, mean_scores
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.fitting import EngineName

FloatArray = npt.NDArray[np.float64]

#: Sets of values that are kept, and how many are made before.
N_VALUES = 20
_WARM_UP = 6
#: Proposals a respondent or team between two fits of the count model.
_PROPOSALS = 8
_LEAST_DRAWS = 100


@dataclass(frozen=True, slots=True)
class _Work:
    """What every step needs."""

    model: JointModel
    survey: Survey
    factor: FactorFit
    engine: "EngineName"
    draws: int
    seed: int

    @property
    def by_team(self) -> bool:
        """Whether the factors are the teams'."""
        return self.model.factor.levels == "team"


def fit_joint_model(
    model: JointModel, survey: Survey, *, engine: "EngineName", draws: int, seed: int
) -> JointFit:
    """
    Fit a joint model.

    Values of the factors are drawn that are plausible given the items; each is kept or
    given up by how likely it makes the respondent's (or the team's) counts, the count model
    is fitted to the values, and so on in turn. Values drawn from the items alone weaken the
    relation, as they know nothing of the count: what they give is laid beside.

    Parameters
    ----------
    model : JointModel
        What to fit.
    survey : Survey
        The answers.
    engine : {"auto", "marginal", "nuts"}
        For the count model.
    draws : int
        Draws in total.
    seed : int
        Seed.

    Returns
    -------
    JointFit
        The mixed draws, what two separate steps give, and what mean scores give.

    References
    ----------
    Bartlett, Seaman, White and Carpenter (2015), doi 10.1177/0962280214521348 (values that
    agree with the model of interest).
    """
    mixed = fit_mixture(model, survey, engine=engine, draws=draws, seed=seed)
    work, rng, factor = mixed.work, mixed.rng, mixed.work.factor
    first = _WARM_UP + N_VALUES
    plain = [_count_fit(work, _proposal(work, rng), first + step) for step in range(N_VALUES)]
    two_step = _mixed(plain, factor)
    face = _count_fit(replace(work, draws=max(draws, 400)), face_values(model, survey), _WARM_UP)
    return JointFit(mixed.count, two_step, face, factor, model, N_VALUES)


@dataclass(frozen=True, slots=True)
class Mixture:
    """
    The count model's draws mixed over plausible values, and what further steps need.

    Attributes
    ----------
    count : Fit
        The mixed draws.
    work : _Work
        Model, answers and factor fit.
    rng : numpy.random.Generator
        Random numbers, as the steps so far left them.
    """

    count: Fit
    work: _Work
    rng: np.random.Generator


def fit_mixture(
    model: JointModel,
    survey: Survey,
    *,
    engine: "EngineName",
    draws: int,
    seed: int,
    factor_engine: "EngineName" = "auto",
) -> Mixture:
    """
    Fit a joint model, without the simpler ways that are laid beside it.

    Parameters
    ----------
    model : JointModel
        What to fit.
    survey : Survey
        The answers.
    engine : {"auto", "marginal", "nuts"}
        For the count model.
    draws : int
        Draws in total.
    seed : int
        Seed.
    factor_engine : {"auto", "marginal", "nuts"}, default "auto"
        For the factor model.

    Returns
    -------
    Mixture
        The mixed draws.
    """
    from learnclimate.inference.fitting import fit

    factor = fit(
        model.factor,
        survey,
        engine=factor_engine,
        draws=max(draws, 400),
        seed=seed,
        progress=False,
    )
    each = max(_LEAST_DRAWS, -(-draws // N_VALUES // 4) * 4)
    work = _Work(model, survey, factor, engine, each, seed)
    rng = np.random.default_rng([seed, 23])
    values = _proposal(work, rng)
    fits: list[Fit] = []
    for step in range(_WARM_UP + N_VALUES):
        counted = _count_fit(work, values, step)
        if step >= _WARM_UP:
            fits.append(counted)
        if step + 1 < _WARM_UP + N_VALUES:
            values = _moved(work, counted, values, rng)
    return Mixture(_mixed(fits, factor), work, rng)


def _proposal(work: _Work, rng: np.random.Generator) -> FloatArray:
    """Factors of every respondent at one draw of the factor model, (n_respondents, n_factors)."""
    posterior = work.factor.draws["posterior"]
    total = posterior.sizes["chain"] * posterior.sizes["draw"]
    draw = int(rng.integers(total))
    if work.by_team:
        names = ("team_factors", "team_factor_sd")
        factors, sd = (flattened({n: posterior[n].to_numpy()})[n][draw] for n in names)
        # In standard deviations over teams, as the mean scores they are compared with.
        return np.asarray((factors / sd)[work.factor.design.team])
    seed = int(rng.integers(2**31))
    return np.asarray(score_draws(work.factor, np.array([draw]), seed=seed)[0])


def _with_factors(work: _Work, values: FloatArray) -> Survey:
    return with_factors(work.survey, work.model.names, values)


def with_factors(survey: Survey, names: tuple[str, ...], values: FloatArray) -> Survey:
    """
    Put factors among the covariates of a survey.

    Parameters
    ----------
    survey : Survey
        The answers.
    names : tuple of str
        Names of the factors.
    values : ndarray of shape (n_respondents, n_factors)
        The factors.

    Returns
    -------
    Survey
        The same, with a column a factor.
    """
    frame = survey.frame.assign(**{name: values[:, place] for place, name in enumerate(names)})
    codebook = survey.codebook
    levels: Any = {column: list(found) for column, found in codebook.frequency_levels}
    covariates = (*codebook.covariates, *names)
    wider = replace(codebook, frequency_levels=levels, covariates=covariates)
    return replace(survey, frame=frame, codebook=wider)


def _count_fit(work: _Work, values: FloatArray, step: int) -> Fit:
    from learnclimate.inference.fitting import fit

    with warnings.catch_warnings():
        # Told once, by the certificate of the mixture.
        warnings.simplefilter("ignore", LearnClimateWarning)
        counted: Fit = fit(
            work.model.count,
            _with_factors(work, values),
            engine=work.engine,
            draws=work.draws,
            seed=work.seed + step,
            progress=False,
            team_draws=True,
        )
    return counted


def _moved(work: _Work, fit: Fit, values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Propose other values from the items, and keep those that the counts agree with."""
    posterior = fit.draws["posterior"].to_dataset()
    total = posterior.sizes["chain"] * posterior.sizes["draw"]
    draw = int(rng.integers(total))
    arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
    one = {name: found[draw : draw + 1] for name, found in flattened(arrays).items()}
    now = _log_counts(work, one, values)
    team = work.factor.design.team
    for _ in range(_PROPOSALS):
        proposed = _proposal(work, rng)
        then = _log_counts(work, one, proposed)
        gain = then - now
        if work.by_team:
            gain = np.bincount(team, gain)
        accepted = np.log(rng.random(len(gain))) < gain
        if work.by_team:
            accepted = accepted[team]
        values = np.where(accepted[:, None], proposed, values)
        now = np.where(accepted, then, now)
    return values


def _log_counts(work: _Work, one: Mapping[str, FloatArray], values: FloatArray) -> FloatArray:
    """Log probability of every respondent's count at one draw of the count model."""
    model = work.model.count
    design = model.design(_with_factors(work, values))
    rows = np.arange(len(design.outcome))
    at = places_of_rows(one, design, rows)
    distribution = distribution_of(model.family)
    if design.asked.highest is None:
        return np.asarray(distribution.log_density(design.outcome[None], at)[0])
    return np.asarray(
        log_probability_between(distribution, design.outcome, design.asked.highest, at)[0]
    )


def face_values(model: JointModel, survey: Survey) -> FloatArray:
    """
    Give standardised mean scores of the scales; a mean where a respondent has none.

    Parameters
    ----------
    model : JointModel
        Tells the scales, and whether the factors are the teams'.
    survey : Survey
        The answers.

    Returns
    -------
    ndarray of shape (n_respondents, n_factors)
        Scores.
    """
    columns = []
    for scale in model.factor.scales:
        answers = scale_answers(survey, scale)
        score = mean_scores(answers, allowed_missing(answers, None))
        if model.factor.levels == "team":
            known = np.isfinite(score)
            size = np.bincount(answers.team[known], minlength=len(answers.teams))
            total = np.bincount(answers.team[known], score[known], minlength=len(answers.teams))
            by_team = np.where(size > 0, total / np.maximum(size, 1), np.nan)
            by_team = (by_team - np.nanmean(by_team)) / np.nanstd(by_team)
            score = by_team[answers.team]
        else:
            score = (score - np.nanmean(score)) / np.nanstd(score)
        columns.append(np.where(np.isfinite(score), score, 0.0))
    return np.column_stack(columns)


def _mixed(fits: list[Fit], factor: FactorFit) -> Fit:
    """Put the draws of all fits behind one another, chain by chain."""
    first = fits[0]
    groups = {}
    for name in first.draws.children:
        parts = [one.draws[name].to_dataset() for one in fits]
        if "draw" not in parts[0].dims:
            groups[name] = parts[0]
            continue
        joined = xr.concat(parts, "draw", join="override", combine_attrs="drop")
        groups[name] = joined.assign_coords(draw=np.arange(joined.sizes["draw"]))
    tree = xr.DataTree.from_dict(groups)
    provenance = replace(first.provenance, draws=sum(one.provenance.draws for one in fits))
    return replace(
        first, draws=tree, certificate=_certificate(fits, factor, tree), provenance=provenance
    )


def _certificate(fits: list[Fit], factor: FactorFit, tree: xr.DataTree) -> Certificate:
    failed = sum(not one.certificate.passed for one in fits)
    effects = tree["posterior"]["covariate_effects"].to_numpy()
    # The fits follow one another: their order, not the chains, tells whether they settled.
    even = effects[:, : effects.shape[1] // 2 * 2]
    halves = even.reshape(even.shape[0], 2, -1, even.shape[2])
    settled = convergence({"effects": np.concatenate([halves[:, 0], halves[:, 1]])})
    worst = float(np.nanmax(settled["rhat"]))
    bound = 1.1
    return Certificate(
        "joint",
        (
            CertificateCheck(
                "factor model", "good" if factor.certificate.passed else "bad",
                float(not factor.certificate.passed), 0.0, "the factor model's own certificate",
            ),
            CertificateCheck(
                "count models", "good" if failed == 0 else "bad", float(failed), 0.0,
                f"{failed} of the {len(fits)} fits of the count model did not pass",
            ),
            CertificateCheck(
                "mixing of values", "good" if worst < bound else "bad", worst, bound,
                f"effects of the covariates in the first and second half of the values agree up "
                f"to {worst:.2f} (1 is perfect)",
            ),
        ),
    )  # fmt: skip
