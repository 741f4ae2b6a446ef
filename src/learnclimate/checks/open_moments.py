"""What ordered answers tell of pairs of items where some were left open: saturated moments."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.completed_answers import (
    Allowance,
    allowance,
    completed,
    completions,
    fewer_draws,
)
from learnclimate.checks.factor_moments import implied_from
from learnclimate.checks.limited_information import (
    moment_contributions,
    moment_covariance,
    moments,
)
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ToldMoments:
    """
    Shares above thresholds and mean products of two items, as far as the answers tell them.

    Attributes
    ----------
    observed : ndarray of shape (n_moments,)
        As `limited_information.moments` lays them out.
    n : int
        Respondents they rest on.
    allowance : Allowance, optional
        How much less is known of them than of complete answers; None where nothing is open.
    by_respondent : ndarray of shape (n, n_moments), optional
        What each adds to them, where some are open: their means are the moments.
    """

    observed: FloatArray
    n: int
    allowance: Allowance | None = None
    by_respondent: FloatArray | None = None


def open_moments(fit: FactorFit, chosen: IntArray, seed: int) -> ToldMoments:
    """
    Estimate the moments of all respondents' answers, where some were left open.

    Which answers are left open may hang on those that were given. Answers are completed from the
    model draw by draw; what they are expected to be, less what the model implies, is what the
    given answers say against it, and is made up to what complete answers would say. Where the
    model is true this is nothing but error, whatever the given answers decide; where it is not,
    what is missing follows the given.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers and one level.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ToldMoments
        Of all who answered an item at least.

    References
    ----------
    Gelman, Van Mechelen, Verbeke, Heitjan and Meulders (2005),
    doi 10.1111/j.0006-341X.2005.031010.x (completed answers); Louis (1982),
    doi 10.1111/j.2517-6161.1982.tb01203.x (what is lost).
    """
    categories = fit.design.categories[fit.design.answered]
    n, open_rows = len(categories), (categories < 0).any(axis=1)
    given = implied_from(fit, parameters_of(fit), 0).conditional()
    covariance = moment_covariance(given)
    some = fewer_draws(chosen, int(open_rows.sum()), len(covariance))
    found = parameters_of(fit, some)
    expected = np.stack(
        [moments(implied_from(fit, found, place).conditional()) for place in range(len(some))]
    ).mean(axis=0)
    item_of_cut, level = given.item_of_cut, given.level()
    made = completions(
        (moment_contributions(each, item_of_cut, level) for each in completed(fit, some, seed)),
        open_rows,
    )
    own = allowance(covariance, made.lost / n, len(some))
    apart = made.totals.mean(axis=0) / n - expected
    by_respondent = expected + own.corrected(made.means - expected)
    return ToldMoments(expected + own.corrected(apart), n, own, by_respondent)
