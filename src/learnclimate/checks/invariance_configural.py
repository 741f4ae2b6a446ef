"""Whether one structure holds in every group by itself: the configural level."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from learnclimate.checks.factor_moments import implied_from
from learnclimate.checks.limited_information import (
    LimitedFit,
    limited_fit,
    moment_covariance,
    moments,
    observed_moments,
)
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of

#: Fewer who answered every item say too little of products of answers.
_LEAST_COMPLETE = 50
_MOST_FACTORS = 3


def group_fit(fit: FactorFit) -> LimitedFit | None:
    """
    Hold a model against the answers of one group, by limited information.

    Parameters
    ----------
    fit : FactorFit
        The model, fitted to the group.

    Returns
    -------
    LimitedFit or None
        The test at the posterior mean; None where there are more than 3 factors, or fewer than
        50 answered every item.
    """
    design = fit.design
    complete = design.categories[(design.categories >= 0).all(axis=1)].astype(float)
    if design.n_factors > _MOST_FACTORS or len(complete) < _LEAST_COMPLETE:
        return None
    implied = implied_from(fit, parameters_of(fit), 0)
    given = implied.conditional()
    residual = observed_moments(complete, given.item_of_cut, given.level()) - moments(given)
    return limited_fit(residual, moment_covariance(given), implied.slopes(), len(complete))


def in_all_groups(found: Sequence[LimitedFit | None]) -> LimitedFit | None:
    """
    Add the tests of groups up: they are independent, as the groups share no parameter.

    Parameters
    ----------
    found : sequence of LimitedFit or None
        One a group.

    Returns
    -------
    LimitedFit or None
        The test of all; None where a group has none, or no degree of freedom is left.
    """
    known = [one for one in found if one is not None]
    df = sum(one.df for one in known)
    if len(known) < len(found) or df <= 0:
        return None
    statistic = float(np.sum([one.statistic for one in known if one.df > 0]))
    return LimitedFit(statistic, df, float(special.chdtrc(df, statistic)))
