"""`check_fit`: whether the draws can be trusted, and the model reproduces the answers."""

from collections.abc import Mapping

import pandas as pd

from learnclimate.checks.predictive import (
    PosteriorPredictive,
    posterior_predictive,
)
from learnclimate.checks.respondents import NO_RESPONDENTS
from learnclimate.checks.verdict import JUDGED_INTERVAL, Check, CheckReport, Verdict, worst
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.fit_record import Fit

#: How each statistic is told: what it is, and what to do where it differs.
_STATISTICS = {
    "distribution": (
        "share of respondents in another bin of counts than expected",
        "Look at the rootogram to see which counts; read predictions of them with reservations.",
    ),
    "dispersion": (
        "variance of the counts divided by their mean",
        "This version has no family for this spread; read predicted counts with reservations.",
    ),
    "share of zeros": (
        "share of respondents with a count of 0",
        "This version has no family with its own share of zeros; do not predict zeros by it.",
    ),
    "highest counts": (
        "mean of the few highest counts",
        "See whether these answers are plausible, and in the unit that was asked.",
    ),
    "mean": (
        "mean count",
        "See whether exposure and covariates are as they were meant.",
    ),
}
_MORE_SPREAD = "Fit with family=NegativeBinomial(), which lets alike respondents differ more."
_LESS_SPREAD = (
    "The counts differ less than Poisson counts do, and NegativeBinomial() only lets them differ "
    "more; this version has no family for this, and intervals are likely too wide."
)
_TOO_SMALL = "The difference is too small to matter."


def check_fit(
    fit: Fit, *, draws: int = 400, seed: int = 0, rule: DisclosureRule | None = None
) -> CheckReport:
    """
    Check a fit: the draws first, then whether the model reproduces the answers.

    Parameters
    ----------
    fit : Fit
        A fit. One that was read from a file without respondents gets its certificate
        checked; the other checks are then not applicable.
    draws : int, default 400
        Posterior draws used for the predictive checks.
    seed : int, default 0
        Seed of the new counts.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    CheckReport
        The checks ``certificate, distribution, dispersion, share of zeros, highest
        counts, mean`` and ``level means``, in this order.

    Raises
    ------
    ArgumentError
        If `draws` is below 2.
    ArgumentTypeError
        If `fit` is no fit or `draws` no whole number.

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
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(f"Give a fit, as fit(model, survey) returns; not {type(fit)!r}.")
    rule = rule or DisclosureRule()
    first = certificate_check(fit.certificate)
    obstacle = _obstacle(fit, rule)
    if obstacle is not None:
        names = (*_STATISTICS, "level means")
        return CheckReport((first, *(Check(name, "not applicable", obstacle) for name in names)))
    # What is shown should agree with the verdict beside it.
    predictive = posterior_predictive(
        fit, draws=draws, seed=seed, interval=JUDGED_INTERVAL, rule=rule
    )
    poisson = not fit.model.family.has_dispersion
    return CheckReport((first, *predictive_checks(predictive, poisson=poisson)))


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


def predictive_checks(predictive: PosteriorPredictive, *, poisson: bool = False) -> list[Check]:
    """
    Turn posterior predictive comparisons into checks, the most telling first.

    Parameters
    ----------
    predictive : PosteriorPredictive
        The comparisons.
    poisson : bool, default False
        Whether the family was Poisson, which has a remedy of its own.

    Returns
    -------
    list of Check
        One a statistic, and one over all levels.
    """
    rows = {str(row["statistic"]): row for _, row in predictive.statistics.iterrows()}
    checks = [
        _statistic_check(name, rows[name], predictive.interval, _remedy(name, rows, poisson))
        for name in _STATISTICS
    ]
    return [*checks, _level_check(predictive.level_means)]


def _obstacle(fit: Fit, rule: DisclosureRule) -> str | None:
    if fit.design is None:
        return NO_RESPONDENTS
    if fit.design.n_respondents < rule.minimum:
        return f"Fewer than {rule.minimum} respondents: nothing can be shown about them."
    return None


def _remedy(name: str, rows: Mapping[str, pd.Series], poisson: bool) -> str:
    """Say what to do; a Poisson family has a remedy where the counts differ more than it allows."""
    spread, own = rows["dispersion"], rows[name]
    more = spread["observed"] > spread["median"]
    if poisson and name in ("distribution", "dispersion", "share of zeros"):
        if not more:
            return _LESS_SPREAD
        if name != "share of zeros" or own["hidden"] or own["observed"] > own["median"]:
            return _MORE_SPREAD
    return _STATISTICS[name][1]


def _statistic_check(name: str, row: pd.Series, interval: float, remedy: str) -> Check:
    what = _STATISTICS[name][0]
    figures = {key: float(row[key]) for key in ("median", "lower", "upper")}
    verdict: Verdict = row["verdict"]
    expected = f"{figures['lower']:.3g} to {figures['upper']:.3g} ({interval:.0%} of new data sets)"
    if row["hidden"]:
        words = f"The {what} rests on too few respondents to be shown; expected {expected}."
    else:
        figures |= {key: float(row[key]) for key in ("observed", "probability")}
        words = f"The {what} is {figures['observed']:.3g}; expected {expected}."
    if verdict != "good":
        words += f" {remedy}"
    elif not row["hidden"] and not figures["lower"] <= figures["observed"] <= figures["upper"]:
        words += f" {_TOO_SMALL}"
    return Check(name, verdict, words, figures)


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


def _sentences(parts: list[str]) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def _counted(number: int) -> str:
    return "its check" if number == 1 else f"its {number} checks"
