"""`check_fit`: whether the draws can be trusted, and the model reproduces the answers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from learnclimate.checks.bins import AT_LOWEST, option_starts
from learnclimate.checks.fit_check_words import (
    ALWAYS_SO,
    FEWER_ZEROS,
    LESS_SPREAD,
    MORE_SPREAD,
    MORE_ZEROS,
    NO_TEAM_SHARE,
    NO_TEAMS,
    STATISTICS,
    THOROUGH,
    TOO_SMALL,
)
from learnclimate.checks.influence import influence
from learnclimate.checks.kinds_predictive import kinds_checks, kinds_predictive
from learnclimate.checks.leave_out import leave_one_out, leave_one_team_out
from learnclimate.checks.predictive import (
    PosteriorPredictive,
    posterior_predictive,
)
from learnclimate.checks.prior_sensitivity import prior_sensitivity
from learnclimate.checks.residuals import Residuals
from learnclimate.checks.respondents import (
    MERGED_LEVELS,
    NO_RESPONDENTS,
    OF_MIXTURE,
    checked_draws,
    is_mixture,
    lacks_levels,
)
from learnclimate.checks.verdict import (
    JUDGED_INTERVAL,
    VERDICTS,
    Check,
    CheckReport,
    Verdict,
    worst,
)
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.flags import checked_flag
from learnclimate.counts.families import Family, NegativeBinomial, Poisson
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import check_seed, checked_rule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.survey.survey import Survey

_DEFAULT_FAMILY = NegativeBinomial()
#: Value of a check that compares answer options by the lowest count of each.
TAKEN_AT_LOWEST = "taken at lowest"
_FIGURES_OF_COUNTS = ("mean", "dispersion", "highest counts", "team share")
_OVER_GROUPS = ("level means", "residuals", "residuals by group")


def check_fit(
    fit: Fit | KindsFit,
    *,
    survey: Survey | None = None,
    thorough: bool = False,
    draws: int = 400,
    seed: int = 0,
    rule: DisclosureRule | None = None,
) -> CheckReport:
    """
    Check a fit: the draws first, then whether the model reproduces the answers.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fit. One that was read from a file without respondents gets its certificate
        checked; the other checks are then not applicable, unless `survey` is given.
    survey : Survey, optional
        The survey it was fitted to; needed only where the fit was read from a file.
    thorough : bool, default False
        Whether to add what takes seconds: `prior_sensitivity`, `influence`, `leave_one_out` and
        `leave_one_team_out`.
    draws : int, default 400
        Posterior draws used for the predictive checks.
    seed : int, default 0
        Seed of the new counts.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    CheckReport
        The checks ``certificate, distribution, dispersion, share of zeros, highest counts,
        team share, mean, level means, residuals`` and ``residuals by group``: the certificate
        first, then the others, the gravest first. Where `thorough`, also ``prior sensitivity,
        influence, leave one out`` and ``leave one team out``. Of several kinds ``certificate,
        mean, dispersion, share of zeros, correlation`` and ``level means``, each over all
        kinds; what is thorough is not applicable to them.

    Raises
    ------
    ArgumentError
        If `draws` is below 2 or `seed` below 0.
    ArgumentTypeError
        If `fit` is no fit, `thorough` no bool, `draws` or `seed` no whole number, or `rule`
        no rule.
    FitError
        If `survey` is not what the fit was made from, or the fit's file was written without an
        answer that few gave.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> checks = lc.check_fit(fit, draws=100)
    >>> checks.verdict
    'good'
    >>> checks["mean"].words
    'The mean count is 3.48; expected ... (95% of new data sets).'
    """
    if not isinstance(fit, Fit | KindsFit):
        raise ArgumentTypeError(_other_fit(fit))
    rule = checked_rule(JUDGED_INTERVAL, rule)
    check_seed(seed)
    more = checked_flag(thorough, "thorough")
    if isinstance(fit, KindsFit):
        told = _of_kinds(fit, (checked_draws(draws), seed), rule, thorough=more)
        return replace(told, note=lowered(rule))
    first = certificate_check(fit.certificate)
    obstacle = _obstacle(fit, survey, rule)
    if obstacle is not None:
        names = (*STATISTICS, *_OVER_GROUPS)
        return CheckReport((first, *(Check(name, "not applicable", obstacle) for name in names)))
    # What is shown should agree with the verdict beside it.
    predictive = posterior_predictive(
        fit, survey=survey, draws=draws, seed=seed, interval=JUDGED_INTERVAL, rule=rule
    )
    found = predictive_checks(
        predictive,
        family=fit.model.family,
        teams=bool(fit.coding.team_effects),
        options=option_starts(fit.codebook.asked) is not None,
    )
    if more:
        found += _thorough_checks(fit, survey, rule)
    return CheckReport((first, *by_gravity(found)), lowered(rule))


def _other_fit(fit: object) -> str:
    if isinstance(fit, FactorFit):
        return (
            "check_fit checks fits of counts. Judge a factor model by fit_indices(fit), and its "
            "draws by fit.certificate."
        )
    if isinstance(fit, JointFit):
        return "check_fit checks fits of counts: check_fit(fit.count), and fit_indices(fit.factor)."
    return f"Give a fit, as fit(model, survey) returns; not {type(fit)!r}."


def _of_kinds(
    fit: KindsFit, how: tuple[int, int], rule: DisclosureRule, *, thorough: bool
) -> CheckReport:
    draws, seed = how
    first = certificate_check(fit.certificate)
    if fit.design is None or fit.design.people.n_respondents < rule.minimum:
        words = "The fit holds no respondents that may be shown. Check it before it is saved."
        names = ("mean", "dispersion", "share of zeros", "correlation", "level means")
        return CheckReport((first, *(Check(name, "not applicable", words) for name in names)))
    told = kinds_predictive(fit, draws=draws, seed=seed, interval=JUDGED_INTERVAL, rule=rule)
    found = by_gravity(kinds_checks(told))
    if thorough:
        words = "It does not take fits of several kinds; ask it of a fit of one kind."
        found += [Check(name, "not applicable", words) for name in THOROUGH]
    return CheckReport((first, *found))


def by_gravity(checks: Iterable[Check]) -> list[Check]:
    """
    Order checks by what matters: the gravest first, else as they stand.

    Parameters
    ----------
    checks : iterable of Check
        The checks, the most telling first.

    Returns
    -------
    list of Check
        The same.

    Examples
    --------
    >>> names = by_gravity([Check("one", "good", ""), Check("two", "bad", "")])
    >>> [check.name for check in names]
    ['two', 'one']
    """
    return sorted(checks, key=lambda check: VERDICTS.index(check.verdict))


def certificate_check(certificate: Certificate) -> Check:
    """
    Turn the certificate of the draws into one check.

    Parameters
    ----------
    certificate : Certificate
        What vouches for the draws.

    Returns
    -------
    Check
        Bad where any part of it is, with the words of those parts.
    """
    values = {
        part.name: part.value for part in certificate.checks if part.verdict != "not applicable"
    }
    bad = [part.words for part in certificate.checks if part.verdict == "bad"]
    if bad:
        return Check("certificate", "bad", _sentences(bad), values)
    if not values:
        words = f"The {certificate.engine} engine left nothing by which to judge its draws."
        return Check("certificate", "not applicable", words)
    words = f"The draws of the {certificate.engine} engine passed {_counted(len(values))}."
    return Check("certificate", "good", words, values)


def predictive_checks(
    predictive: PosteriorPredictive,
    *,
    family: Family = _DEFAULT_FAMILY,
    teams: bool = True,
    options: bool = False,
) -> list[Check]:
    """
    Turn posterior predictive comparisons into checks, the most telling first.

    Parameters
    ----------
    predictive : PosteriorPredictive
        The comparisons.
    family : Family, default NegativeBinomial()
        The family of the model; tells the remedies.
    teams : bool, default True
        Whether the model lets teams differ.
    options : bool, default False
        Whether answers are options that stand for several counts, taken at their lowest.

    Returns
    -------
    list of Check
        One a statistic, one over all levels, and two of the residuals.
    """
    rows = {str(row["statistic"]): row for _, row in predictive.statistics.iterrows()}
    remedies = {name: _remedy(name, rows, family) for name in STATISTICS}
    if not teams:
        remedies["team share"] = NO_TEAMS
    checks = [
        _statistic_check(name, rows[name], predictive.interval, remedies[name])
        for name in STATISTICS
    ]
    if options:
        checks = [_at_lowest(check) for check in checks]
    residuals = predictive.residuals
    return [
        *checks,
        _level_check(predictive.level_means),
        _residual_check(residuals),
        _group_check(residuals.by_group),
    ]


def _obstacle(fit: Fit, survey: Survey | None, rule: DisclosureRule) -> str | None:
    if is_mixture(fit):
        return OF_MIXTURE
    if fit.design is None and survey is None:
        return MERGED_LEVELS if lacks_levels(fit) else NO_RESPONDENTS
    if fit.provenance.n_respondents < rule.minimum:
        return f"Fewer than {rule.minimum} respondents: nothing can be shown about them."
    return None


def _thorough_checks(fit: Fit, survey: Survey | None, rule: DisclosureRule) -> list[Check]:
    # The report says once that the minimum was lowered.
    moved = replace(influence(fit, survey=survey, rule=rule, progress=False), note="")
    left_out = [
        replace(leave(fit, survey=survey, rule=rule, progress=False), note="").check
        for leave in (leave_one_out, leave_one_team_out)
    ]
    sensitivity = prior_sensitivity(fit, survey=survey, progress=False)
    return [sensitivity.check, moved.check, *left_out]


def _remedy(name: str, rows: Mapping[str, pd.Series], family: Family) -> str:
    """Say what to do: another family where there is one that differs in the way of the answers."""
    spread, own = rows["dispersion"], rows[name]
    more = spread["observed"] > spread["median"]
    if isinstance(family, Poisson) and name in ("distribution", "dispersion", "share of zeros"):
        if not more:
            return LESS_SPREAD
        if name != "share of zeros" or own["hidden"] or own["observed"] > own["median"]:
            return MORE_SPREAD
    plain = family.zeros == "none" and not family.out_of_trials
    if name == "share of zeros" and plain and not own["hidden"]:
        return MORE_ZEROS if own["observed"] > own["median"] else FEWER_ZEROS
    return STATISTICS[name][1]


def _statistic_check(name: str, row: pd.Series, interval: float, remedy: str) -> Check:
    what = STATISTICS[name][0]
    figures = {key: float(row[key]) for key in ("median", "lower", "upper")}
    verdict: Verdict = row["verdict"]
    expected = f"{figures['lower']:.3g} to {figures['upper']:.3g} ({interval:.0%} of new data sets)"
    if row["hidden"]:
        words = f"The {what} rests on too few respondents to be shown; expected {expected}."
    else:
        figures |= {key: float(row[key]) for key in ("observed", "probability")}
        words = f"The {what} is {figures['observed']:.3g}; expected {expected}."
    if verdict == "not applicable" and not row["hidden"]:
        words = NO_TEAM_SHARE if name == "team share" else f"{words} {ALWAYS_SO}"
    elif verdict not in ("good", "not applicable"):
        words += f" {remedy}"
    elif not row["hidden"] and not figures["lower"] <= figures["observed"] <= figures["upper"]:
        words += f" {TOO_SMALL}"
    return Check(name, verdict, words, figures)


def _at_lowest(check: Check) -> Check:
    """Say that what is compared are options, each taken as its lowest count."""
    if check.name not in _FIGURES_OF_COUNTS:
        return check
    figures = {**check.values, TAKEN_AT_LOWEST: 1.0}  # noqa: PD011 - no data frame
    words = f"{check.words} {AT_LOWEST}"
    return replace(check, words=words, values=figures)


def _level_check(means: pd.DataFrame) -> Check:
    shown = means[~means["hidden"].astype(bool)]
    if shown.empty:
        return Check("level means", "not applicable", "There is no answer whose mean can be shown.")
    names = [f"{row.frequency}[{row.level}]" for row in shown.itertuples()]
    values = dict(zip(names, shown["observed"].astype(float), strict=True))
    off = [name for name, verdict in zip(names, shown["verdict"], strict=True) if verdict != "good"]
    if not off:
        words = "The mean count of those who gave each answer is as expected."
        return Check("level means", "good", words, values)
    words = (
        f"The mean count differs from what is expected among those who answered "
        f"{', '.join(off)}. Try frequency=Unordered(), which leaves the levels free."
    )
    return Check("level means", worst(shown["verdict"]), words, values)


def _residual_check(residuals: Residuals) -> Check:
    values = {
        "distance": residuals.distance,
        "probability": residuals.probability,
        "sd": residuals.sd,
    }
    if residuals.verdict == "good":
        words = "The answers lie among new counts for the same people as they should."
        return Check("residuals", "good", words, values)
    how = "more" if residuals.sd > 1 else "less"
    words = (
        f"The answers do not lie among new counts for the same people as they should (largest "
        f"difference {residuals.distance:.2f}; they vary {how} than expected, residual sd "
        f"{residuals.sd:.2f}). Try another family, and look at plots.residuals(fit)."
    )
    return Check("residuals", residuals.verdict, words, values)


def _group_check(table: pd.DataFrame) -> Check:
    shown = table[~table["hidden"].astype(bool)]
    name = "residuals by group"
    if shown.empty:
        return Check(name, "not applicable", "There is no group whose residuals can be shown.")
    labels = [f"{row.about}[{row.group}]" for row in shown.itertuples()]
    values = dict(zip(labels, shown["mean"].astype(float), strict=True))
    off = [one for one, verdict in zip(labels, shown["verdict"], strict=True) if verdict != "good"]
    if not off:
        return Check(name, "good", "No group lies above or below what is expected.", values)
    words = (
        f"Counts lie above or below what is expected among: {', '.join(off)}. A covariate in "
        "quarters points to a relation that is not a straight line: code it in categories."
    )
    return Check(name, worst(shown["verdict"]), words, values)


def _sentences(parts: list[str]) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def _counted(number: int) -> str:
    return "its check" if number == 1 else f"its {number} checks"
