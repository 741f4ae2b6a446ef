"""Answers drawn from a factor model at draws of it: of new respondents, or of known factors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Replicable:
    """
    All that answers are replicated from, at some draws.

    Attributes
    ----------
    parameters : ParameterSet
        Loadings, thresholds and factors.
    item_means, residual_sd : ndarray of shape (n, n_items) or None
        Of continuous items, from the lowest answer up.
    logit : bool
        Whether the link is logistic.
    """

    parameters: ParameterSet
    item_means: FloatArray | None
    residual_sd: FloatArray | None
    logit: bool

    def __len__(self) -> int:
        """Give the number of draws."""
        return len(self.parameters.loadings)

    def repeated(self, n: int) -> "Replicable":
        """Take the first draw so many times."""
        first = np.zeros(n, dtype=np.int64)
        own = self.parameters
        return Replicable(
            ParameterSet(own.loadings[first], own.thresholds[first], own.correlation[first],
                         own.between[first], own.scale[first]),
            None if self.item_means is None else self.item_means[first],
            None if self.residual_sd is None else self.residual_sd[first],
            self.logit,
        )  # fmt: skip


def replicable(fit: FactorFit, draws: IntArray | None) -> Replicable:
    """
    Bring together what answers are drawn from.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : ndarray of shape (n,), int, or None
        Which draws, counted through the chains; the posterior mean alone where None.

    Returns
    -------
    Replicable
        The model at these draws.
    """
    mean = sd = None
    if fit.model.link == "identity":
        posterior = fit.draws["posterior"]
        mean, sd = (
            posterior[name].to_numpy().reshape(-1, len(fit.design.items))
            for name in ("item_means", "residual_sd")
        )
        mean = mean - fit.design.minimum
        mean, sd = (
            each.mean(axis=0, keepdims=True) if draws is None else each[draws]
            for each in (mean, sd)
        )
    return Replicable(parameters_of(fit, draws), mean, sd, fit.model.link == "logit")


def replicate(
    values: Replicable, place: int, design: FactorDesign, rng: np.random.Generator
) -> FloatArray:
    """
    Draw answers of new respondents in new teams.

    Parameters
    ----------
    values : Replicable
        The model, at some draws.
    place : int
        Which of them.
    design : FactorDesign
        Tells the teams.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_respondents, n_items)
        Answers from 0 up.
    """
    found = values.parameters
    n, n_factors = len(design.categories), design.n_factors
    factors = rng.standard_normal((n, n_factors)) @ _root(found.correlation[place]).T
    own = rng.standard_normal((len(design.teams), n_factors)) @ _root(found.between[place]).T
    return answers_given(values, place, factors + own[design.team], rng)


def answers_given(
    values: Replicable, place: int, factors: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """
    Draw answers of respondents whose factors are known.

    Parameters
    ----------
    values : Replicable
        The model, at some draws.
    place : int
        Which of them.
    factors : ndarray of shape (n_respondents, n_factors)
        In standard deviations within teams; those of the team included.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_respondents, n_items)
        Answers from 0 up.
    """
    found = values.parameters
    predictor = factors @ found.loadings[place].T
    if values.logit:
        noise = rng.logistic(size=predictor.shape) / LOGIT_SCALE
    else:
        noise = rng.standard_normal(predictor.shape)
    behind = predictor + noise
    if values.item_means is not None and values.residual_sd is not None:
        return np.asarray(values.item_means[place] + values.residual_sd[place] * behind)
    return np.asarray((behind[:, :, None] > found.thresholds[place]).sum(axis=2).astype(float))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
