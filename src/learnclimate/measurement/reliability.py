"""`reliability`: how much of a scale's scores is what its items share."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError
from learnclimate.core.numbers import is_number
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import (
    ScaleAnswers,
    require_complete,
    require_items,
    require_variation,
    scale_answers,
)
from learnclimate.measurement.coefficients import (
    ITEMS_FOR_GROUPS,
    alpha,
    omega_least_squares,
)
from learnclimate.measurement.covariance_coefficients import (
    Estimate,
    bounded_interval,
    in_blocks,
    of_covariances,
    share_interval,
)
from learnclimate.measurement.crossed_items import NO_COEFFICIENTS, hides_coefficients
from learnclimate.measurement.discretion import of_polychoric
from learnclimate.measurement.group_factors import groups_show
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.ordinal_omega import omega_ordinal_draws
from learnclimate.measurement.resampling import (
    MOST_FOR_WHOLE_DRAWS,
    first_order_draws,
    first_order_share_draws,
    jackknife_error,
)
from learnclimate.measurement.rows import (
    CLASSICAL,
    INDEPENDENT,
    POSTERIOR,
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.same_answers import require_no_copy
from learnclimate.measurement.scores import missing_note
from learnclimate.measurement.team_privacy import hidden_teams
from learnclimate.measurement.two_level import (
    bootstrapped,
    jackknifed,
    most_likely,
    team_moments,
)
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_SCALE = "share of the variance of the scores"
_ALL = (
    "alpha",
    "omega_total",
    "omega_ordinal",
    "omega_hierarchical",
    "omega_total_bifactor",
    "greatest_lower_bound",
)
#: Below this, teams differ too little for an alpha of their means to say anything.
_LEAST_ALPHA = -1.0
_ALIKE = (
    "alpha_between and omega_between are not determined here and not told: teams hardly differ, so "
    "there is next to nothing between them of which a share could be told."
)
_ALPHAS = ("alpha", "alpha_within", "alpha_between")
_BELOW = (
    "{which}: the interval goes below 0, and is not cut off there. Alpha is no share: it is "
    "negative where items go against each other on average, as with an item keyed the other way "
    "(item_analysis names it), or by chance where few answered; to cut it off would hide both."
)
_LEVELS = ("alpha_within", "omega_within", "alpha_between", "omega_between")


def reliability(  # noqa: PLR0913 - options by keyword
    survey: Survey,
    scale: Scale | str,
    *,
    draws: int = 1000,
    seed: int = 1,
    interval: float = 0.9,
    above: float = 0.7,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how reliable the sum, or mean, of a scale's items is, by several coefficients.

    ``alpha`` (the items' covariances alone), ``omega_total`` (one common factor by maximum
    likelihood), ``omega_ordinal`` (one factor of what lies behind ordered answers, on
    polychoric correlations; reliability of the sum as it was given, Green and Yang 2009,
    equation 21), ``omega_hierarchical`` and ``omega_total_bifactor`` (a general factor, and
    all factors, of a Schmid-Leiman solution with three group factors, as in the R package
    psych; not told where items form no groups, since they rest on chance there),
    ``greatest_lower_bound`` (the least reliability that the covariances allow; in samples too
    high on average, which its intervals allow for). Of two levels: ``alpha_within`` and
    ``omega_within`` (how respondents of a team differ), ``alpha_between`` and
    ``omega_between`` (how teams' levels differ), from the most likely covariances within and
    between teams, one factor by least squares at each level.

    None can pass 1, nor can its intervals. Coefficients of the covariances and of the two levels
    are of those who answered every item (listwise, as lavaan's and semTools' default; psych's
    ``alpha`` takes pairs of items); ``omega_ordinal`` takes all who answered both of two items.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook. Reverse-keyed items are turned round.
    draws : int, default 1000
        Posterior draws.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    above : float, default 0.7
        ``probability`` is that of a coefficient above this.
    rule : DisclosureRule, optional
        Which teams are too small to show, and how few complete answers are too few; below 5
        where left out.

    Returns
    -------
    Result
        Two rows a coefficient. With contrast ``classical``, ``mean`` is the estimate, ``sd``
        its standard error, and the interval a confidence interval: Feldt's for alpha; for
        the other coefficients of the covariances the delta method, distribution-free (the
        jackknife over respondents for more than 20 items), on the scale of the logit,
        since they are shares; for the two coefficients of a bifactor solution, which have kinks
        where a uniqueness is 0, the Bayesian bootstrap; the jackknife over respondents for
        ``omega_ordinal`` and over teams for the two levels, on that scale too. With
        contrast ``posterior``: draws of the covariances from their inverse-Wishart
        posterior; the Bayesian bootstrap over respondents for ``omega_ordinal`` and over
        teams for the two levels (for more than 20 items, these and the greatest lower bound
        to first order, over the jackknife's groups, and the two coefficients of a bifactor
        solution normal on the scale of the logit). A coefficient for which there are too few
        items or teams, the two coefficients of a bifactor solution of items that form no
        groups, and coefficients between teams that hardly differ (an alpha below -1), have rows
        without figures, and a note. Shares of variance, all but alpha, lie between 0 and 1, and
        so do their intervals.
        Where a team is hidden, figures of the two levels are about the others.

    Raises
    ------
    ArgumentError
        If the scale is unknown or has fewer than two items, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, an item was answered by nobody or always
        alike, too few answered every item, or one item is a copy of another.

    References
    ----------
    Feldt (1965), doi 10.1007/BF02289499; Green and Yang (2009),
    doi 10.1007/s11336-008-9099-3; Pfadt and others (2022),
    doi 10.1080/00273171.2021.1891855; Geldhof, Preacher and Zyphur (2014),
    doi 10.1037/a0032138.

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.reliability(lc.load_example(), "leadership_of_learning", draws=500)
    >>> table = found.summary.set_index(["estimand", "contrast"])
    >>> told = table.loc[("alpha", "classical"), ["mean", "lower", "upper"]]
    >>> told.astype(float).round(2).tolist()
    [0.85, 0.84, 0.87]
    """
    told_seed = checked_sampling(draws, seed, interval, rule)
    answers = scale_answers(survey, scale)
    options = told_seed.private(survey)
    require_items(answers, 2, "a reliability")
    require_variation(answers)
    complete = require_complete(answers, options.rule.minimum)
    require_no_copy(answers, complete)
    threshold = _checked_share(above)
    discretion = answers.discretion(options.rule.minimum)
    # Of alpha and its interval Feldt's degrees of freedom could be told.
    asked = None if discretion.digits is None else discretion.asked
    found = of_covariances(complete, options, asked)
    groups = len(answers.items) < ITEMS_FOR_GROUPS or groups_show(complete, told_seed.generator())
    if not groups:
        # A bifactor solution of one factor fits chance: its total is too high, by .05 of .83.
        del found["omega_hierarchical"], found["omega_total_bifactor"]
    if len(answers.items) >= 3:
        found["omega_ordinal"] = _of_ordered(answers, options)
    found |= _of_levels(answers, options)
    apart = "alpha_between" not in found or found["alpha_between"].value >= _LEAST_ALPHA
    if not apart:
        found = {name: one for name, one in found.items() if not name.endswith("_between")}
    rows = [
        row
        for name in (*_ALL, *_LEVELS)
        for row in _rows(name, found.get(name), threshold, interval)
    ]
    # Of the others, coefficients are ratios of whole numbers, which many tables share.
    digits = of_polychoric(discretion, answers.values).rare_digits
    rows = [
        replace(row, digits=digits)
        if (row.estimand, row.contrast) == ("omega_ordinal", CLASSICAL)
        else row
        for row in rows
    ]
    hides = hides_coefficients(answers.values, options.rule.minimum)
    if hides:
        rows = [replace(row, figures={}, suppressed=True) for row in rows]
    # Draws of the greatest lower bound are too high to be handed on.
    known = {name: one.draws for name, one in found.items() if one.below is None}
    told = laid_out(
        rows,
        draws_dataset(known),
        interval=interval,
        statement=f"the coefficient is above {threshold:g}",
        discretion=discretion,
        notes=(
            _missing(answers, options.rule.minimum),
            *not_counted(survey, options.rule.minimum),
            *_notes(answers, set(found), groups=groups),
            *(() if apart else (_ALIKE,)),
            *_below_zero(rows),
            *((NO_COEFFICIENTS,) if hides else ()),
        ),
    )
    return recorded(told, options.rule)


def _checked_share(above: object) -> float:
    if not is_number(above) or not 0 <= above < 1:
        raise ArgumentError(f"above={above!r}: give a reliability from 0 to below 1, as 0.7.")
    return float(above)


def _of_ordered(answers: ScaleAnswers, options: Sampling) -> Estimate:
    value, replicates, posterior = omega_ordinal_draws(answers, options.draws, options.generator())
    answered = int((~np.isnan(answers.values).all(axis=1)).sum())
    error = jackknife_error(replicates)
    return Estimate(
        value, error, share_interval(value, error, options.interval), posterior, answered
    )


def _of_levels(answers: ScaleAnswers, options: Sampling) -> dict[str, Estimate]:
    """Coefficients within and between teams that may be shown; none where these are too few."""
    # Squares of all teams would tell who knows those of the shown ones of a hidden one.
    hidden = hidden_teams(answers, options.rule)[1]
    whole = ~np.isnan(answers.values).any(axis=1) & ~hidden[answers.team]
    moments = team_moments(answers.values[whole], answers.team[whole])
    n_items, n_teams = len(answers.items), len(moments.sizes)
    n_respondents = int(whole.sum())
    if n_teams < n_items + 2 or n_respondents - n_teams < n_items + 2:
        return {}
    at = most_likely(moments)
    left_out = jackknifed(moments, at, options.generator())
    whole_draws = n_items <= MOST_FOR_WHOLE_DRAWS
    sampled = bootstrapped(moments, at, options.draws, options.generator()) if whole_draws else at
    found = {}
    for level in ("within", "between"):
        kinds = {"alpha": alpha, "omega": omega_least_squares}
        if n_items < 3:
            del kinds["omega"]
        for kind, coefficient in kinds.items():
            value = float(coefficient(getattr(at, level))[0])
            replicates = coefficient(getattr(left_out, level))
            error = jackknife_error(replicates)
            # Alpha goes below 0 where items go against each other; an omega is a share.
            first_order = first_order_draws if kind == "alpha" else first_order_share_draws
            bounded = bounded_interval if kind == "alpha" else share_interval
            draws = (
                in_blocks(coefficient)(getattr(sampled, level))
                if whole_draws
                else first_order(value, replicates, options.draws, options.generator())
            )
            found[f"{kind}_{level}"] = Estimate(
                value,
                error,
                bounded(value, error, options.interval, n_teams - 1),
                draws,
                # Less all who answered everything, it would be those of the hidden teams.
                None if hidden.any() else n_respondents,
            )
    return found


def _rows(name: str, estimate: Estimate | None, above: float, interval: float) -> list[Row]:
    if estimate is None:
        return [
            Row(estimand=name, scale=_SCALE, contrast=contrast)
            for contrast in (CLASSICAL, POSTERIOR)
        ]
    classical = {
        "mean": estimate.value,
        "sd": estimate.error,
        "lower": estimate.bounds[0],
        "upper": estimate.bounds[1],
    }
    return [
        Row(
            estimand=name,
            scale=_SCALE,
            contrast=contrast,
            figures=figures,
            n_respondents=estimate.n_respondents,
        )
        for contrast, figures in (
            (CLASSICAL, classical),
            (POSTERIOR, _posterior_figures(estimate, interval, above)),
        )
    ]


def _posterior_figures(estimate: Estimate, interval: float, above: float) -> dict[str, float]:
    figures = posterior_figures(estimate.draws, interval, above)
    if estimate.below is None:
        return figures
    least = posterior_figures(estimate.below, interval, above)
    return {"upper": figures["upper"]} | {name: least[name] for name in ("lower", "probability")}


def _missing(answers: ScaleAnswers, minimum: int) -> str:
    note = missing_note(answers, minimum)
    if not np.isnan(answers.values).any() or len(answers.items) < 3:
        return note
    return f"{note} omega_ordinal takes all who answered both of two items."


def _notes(answers: ScaleAnswers, known: set[str], *, groups: bool) -> list[str]:
    notes = []
    n_items = len(answers.items)
    if n_items < ITEMS_FOR_GROUPS:
        notes.append(
            f"omega_hierarchical and omega_total_bifactor need {ITEMS_FOR_GROUPS} items; the "
            f"scale has {n_items}."
        )
    elif not groups:
        notes.append(
            "omega_hierarchical and omega_total_bifactor are undetermined here and not told: "
            "beyond what all items share they form no groups that chance would not make. Read "
            "omega_total."
        )
    if n_items < 3:
        notes.append("Every omega needs three items; of two, no factor can be told.")
    if "alpha_within" not in known:
        notes.append(
            "Reliability within and between teams needs more teams, or more respondents in them: "
            "at least two more than there are items."
        )
    notes.append(
        "The greatest lower bound is too high on average, the more so in small samples. Its "
        "intervals start at the lower end of Guttman's lambda 2, which is never above it, and so "
        "hold the true value at least as often as they say; its posterior has no mean, and its "
        "probability is at least the one told."
    )
    notes.append(INDEPENDENT)
    return notes


def _below_zero(rows: list[Row]) -> list[str]:
    """Say what an alpha below 0 means, where an interval reaches there."""
    below = {
        row.estimand
        for row in rows
        if row.estimand in _ALPHAS and row.figures.get("lower", 0.0) < 0
    }
    which = ", ".join(name for name in _ALPHAS if name in below)
    return [_BELOW.format(which=which)] if below else []
