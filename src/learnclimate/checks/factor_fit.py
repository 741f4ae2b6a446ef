"""`fit_indices`: whether a factor model reproduces how the answers go together."""

from dataclasses import replace

from learnclimate.checks.factor_fit_rows import (
    SUMS,
    Judged,
    discretion_of_fit,
    left_out_notes,
    left_out_rows,
    saturated_note,
    spread_draws,
)
from learnclimate.checks.factor_left_out import draws_to_leave_out, factor_left_out
from learnclimate.checks.leave_out import Unit
from learnclimate.checks.ordered_fit import judge_ordered
from learnclimate.checks.replicated_fit import judge_continuous, judge_levels
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.measurement.rows import (
    INDEPENDENT,
    Row,
    Sampling,
    checked_sampling,
    laid_out,
)

_HIDDEN_NOTE = (
    "Figures are rounded, since teams are hidden: exact ones rest on squares of all teams, and "
    "would tell of these."
)


_GAPS_NOTE = (
    "Answers were left open. All figures allow for that as the estimates do: what someone leaves "
    "open may hang on what they answered, not on what they would have answered there. The more is "
    "open, the less a misfit shows."
)


def fit_indices(
    fit: FactorFit,
    *,
    draws: int = 200,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Judge how well a factor model reproduces the answers.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : int, default 200
        Draws at which the model is held against the answers, at least 100.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which teams, and how many answers, are too few to tell exact figures of; below 5 where
        left out.

    Returns
    -------
    Result
        Rows with estimand ``posterior_predictive_p`` (``probability``: how often replicated
        answers fit worse than the given, in what the parameters cannot take up; near 0 is
        misfit, and if the model is true any value is about as likely), ``c2``
        (limited-information chi-squared; ``probability`` is its p-value), ``rmsea``, ``cfi``,
        ``tli``, ``srmr`` (over the pairs of items), ``elpd_loo`` (expected log predictive
        density of a further respondent, summed), ``pareto_k`` (how far that can be trusted; the
        notes say), and ``residual_correlation`` for every pair of items. ``contrast`` tells
        ``classical`` indices, at the posterior mean, from ``posterior`` ones.

        Of continuous items, ``chi_squared`` of normal theory is in the place of ``c2``. Of a
        model with a team level it is against all covariances within and between teams
        (``classical``), and against those of one level, the other's left free (``within teams``,
        ``between teams``): the first may miss a misfit between teams, of whom there are few.
        ``c2`` is of pairs of answers of one respondent and of two members of a team, whose
        covariances are those of teams simulated under the model. There
        ``posterior_predictive_p``, ``srmr`` and ``residual_correlation`` are by level (``within
        teams``, ``between teams``), and ``elpd_loo`` is told twice: ``teams left out``, whose
        members then know nothing of each other, and ``respondents left out``, given the others
        of the team. Of more than 3 factors of ordered answers, and at two levels, factors are
        integrated out over points drawn by chance; a note tells the error. Which of two models
        predicts better, `compare_models` says.

        Degrees of freedom count cross-loadings as free, but for their rotations: ``c2`` and
        ``chi_squared`` test the structure whatever their size, as exploratory analysis does,
        and their prior counts in ``elpd_loo``. Covariances between teams are no less than
        nothing, as lavaan's: teams of different sizes have no likeliest ones otherwise. The test
        of a true model is then on the safe side. Where none are found, ``chi_squared`` and what
        follows from it are missing, and a note says so.

        Where items were left open, all figures rest on all who answered an item, and allow for
        gaps that hang on the answers given (missing at random), as the likelihood does:
        ``chi_squared`` by full information; the others by answers completed from the model draw
        by draw, what these say against it made up to what complete answers would say, with the
        larger error. Replicated answers are complete, their errors as much larger. cfi and tli
        then take items that go together with nothing to lose as much by gaps as the model's.

    Raises
    ------
    ArgumentError
        If a number is out of range.
    ArgumentTypeError
        If `fit` is no fit of a factor model, or an argument has the wrong type.
    FitError
        If the fit was loaded from a file, which holds no answers.

    References
    ----------
    Cai and Monroe (2014), CRESST Report 839 (moments of the chi-squared).
    Maydeu-Olivares and Joe (2006), doi 10.1007/s11336-005-1295-9 (limited information).
    Maydeu-Olivares and Joe (2014), doi 10.1080/00273171.2014.911075 (RMSEA and SRMR).
    Garnier-Villarreal and Jorgensen (2020), doi 10.1037/met0000224 (posterior indices).
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-760 (posterior predictive p).
    Gelman and others (2005), doi 10.1111/j.0006-341X.2005.031010.x (completed answers).
    Louis (1982), doi 10.1111/j.2517-6161.1982.tb01203.x (what is lost by gaps).
    Jöreskog (1969), doi 10.1007/BF02289343 (chi-squared of continuous items).
    Merkle, Furr and Rabe-Hesketh (2019), doi 10.1007/s11336-019-09679-0 (units left out).
    Ryu and West (2009), doi 10.1080/10705510903203466 (fit of each of two levels).
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4 (leave-one-out).

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.FactorModel("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> indices = lc.fit_indices(fitted, draws=100).summary
    >>> bool((indices.loc[indices["estimand"] == "srmr", "mean"] < 0.08).all())
    True
    """
    if not isinstance(fit, FactorFit):
        raise ArgumentTypeError(
            f"{type(fit).__name__} is not a fit of a factor model. Make one with "
            "fit(FactorModel(...), survey)."
        )
    fit.require_answers("Fit indices")
    options = checked_sampling(draws, seed, interval, rule)
    judged = _judged(fit, options)
    two_levels = fit.model.levels == "team"
    units: tuple[Unit, ...] = ("team", "respondent") if two_levels else ("respondent",)
    chosen = spread_draws(fit, max(options.draws, draws_to_leave_out(fit)))
    left_out = factor_left_out(fit, chosen, units, seed=options.seed)
    rows = judged.rows + left_out_rows(left_out, int(fit.design.answered.sum()))
    independent = () if two_levels else (INDEPENDENT,)
    notes = (*judged.notes, *left_out_notes(left_out), *saturated_note(rows), *independent)
    if (fit.design.categories[fit.design.answered] < 0).any():
        notes = (*notes, _GAPS_NOTE)
    if two_levels and hidden_teams(fit.draws, options.rule).any():
        rows, notes = [_roughly(row) for row in rows], (*notes, _HIDDEN_NOTE)
    told = laid_out(
        rows,
        judged.draws,
        interval=options.interval,
        notes=notes,
        discretion=discretion_of_fit(fit, options.rule),
    )
    return recorded(told, options.rule)


def _roughly(row: Row) -> Row:
    """Tell a figure that rests on squares of all teams so that it tells none that is hidden."""
    digits = 0 if row.estimand in SUMS else 2
    figures = {
        name: round(value, 2 if name == "probability" else digits)
        for name, value in row.figures.items()
    }
    return replace(row, figures=figures)


def _judged(fit: FactorFit, options: Sampling) -> Judged:
    chosen = spread_draws(fit, options.draws)
    if fit.model.levels == "team":
        return judge_levels(fit, chosen, options)
    judge = judge_continuous if fit.model.link == "identity" else judge_ordered
    return judge(fit, chosen, options)
