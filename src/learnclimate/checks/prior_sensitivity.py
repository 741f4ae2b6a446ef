"""`prior_sensitivity`: how far the answers depend on the priors that were chosen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.left_out import integration_obstacle, marginal_log_likelihood
from learnclimate.checks.power_scaling import power_scaled, sensitivity
from learnclimate.checks.prior_components import Draws, prior_components
from learnclimate.checks.respondents import checked_draws, chosen_draws, respondents_of
from learnclimate.checks.smoothing import khat_limit
from learnclimate.checks.verdict import Check, Verdict, worst
from learnclimate.core.showing import html_of, text_of
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.progress import working
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_SENSITIVE = 0.05
#: A mean that moves by so many posterior sds when the priors count half or double moves much.
_MUCH = 0.5
_HALF, _DOUBLE = 0.5, 2.0
_RATIO = "rate_ratio"


@dataclass(frozen=True, slots=True, repr=False)
class PriorSensitivity:
    """
    How far each parameter, and the rate ratio, depend on the priors.

    Attributes
    ----------
    table : pandas.DataFrame
        Columns ``parameter, mean, weaker, stronger, prior, likelihood, verdict, words``.
        ``weaker`` and ``stronger`` are the posterior means had all top-level priors counted
        half or double; ``prior`` and ``likelihood`` the sensitivities by power-scaling.
    sources : pandas.DataFrame
        Columns ``prior, parameter, sensitivity``: on which prior each rate ratio depends,
        most of all first.
    khat : float
        Largest Pareto shape of the weights.
    draws : int
        Posterior draws used.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> told = lc.prior_sensitivity(fit, progress=False)
    >>> told.table["parameter"].tolist()[:2]
    ['rate_ratio[talk]', 'intercept']
    """

    table: pd.DataFrame
    sources: pd.DataFrame
    khat: float
    draws: int

    @property
    def verdict(self) -> Verdict:
        """Of the rate ratio; another parameter makes it doubtful only where it moves much."""
        own = self.table["parameter"].str.startswith(_RATIO)
        asked: list[Verdict] = list(self.table.loc[own, "verdict"])
        others = worst(self.table.loc[~own, "verdict"])
        if self.khat > khat_limit(self.draws):
            asked.append("doubtful")
        return worst([*asked, "doubtful" if others == "bad" else "good"])

    @property
    def words(self) -> str:
        """The outcome in a few sentences."""
        own = self.table["parameter"].str.startswith(_RATIO)
        told = [_told(row) for _, row in self.table[own].iterrows()]
        moved = self.table[~own & (self.table["verdict"] != "good")]["parameter"].tolist()
        if moved:
            told.append(f"Other parameters depend on their priors: {', '.join(moved)}.")
        elif not (self.table["verdict"] != "good").any():
            told.append("No parameter depends much on its prior.")
        if self.khat > khat_limit(self.draws):
            told.append("The weights are uncertain (Pareto k): fit with other priors to be sure.")
        return " ".join(told)

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        pairs = zip(self.table["parameter"], self.table["prior"], strict=True)
        values = {f"prior[{name}]": float(figure) for name, figure in pairs}
        return Check("prior sensitivity", self.verdict, self.words, values)

    def __str__(self) -> str:
        """Give words and table."""
        return text_of(str(self.check), {".table": self.table.drop(columns="words")})

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        return html_of(str(self.check), self.table)


def prior_sensitivity(
    fit: Fit, *, survey: Survey | None = None, draws: int = 4000, progress: bool = True
) -> PriorSensitivity:
    """
    Find out how far the answers depend on the priors, without fitting anew.

    The top-level priors (never the distribution of the team effects, which is learned) are
    raised to powers a little below and above 1 by weighing the draws, and so is the
    likelihood. A quantity that moves with both has a prior in conflict with the answers; one
    that moves with the prior alone is told by the prior.

    Parameters
    ----------
    fit : Fit
        A fit.
    survey : Survey, optional
        The survey it was fitted to; needed where the fit was read from a file without
        respondents.
    draws : int, default 4000
        Posterior draws used, spread evenly.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    PriorSensitivity
        A verdict for every parameter and for the rate ratio of each frequency.

    Raises
    ------
    FitError
        If the fit holds no respondents and no survey is given, or another survey.
    ArgumentError, ArgumentTypeError
        If an argument is not one of those allowed.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), doi 10.1007/s11222-023-10366-5.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> sure = lc.CountModel(priors=lc.Priors(frequency=lc.Normal(0, 0.15)))
    >>> fit = lc.fit(sure, survey, draws=1000, seed=1, progress=False)
    >>> lc.prior_sensitivity(fit, progress=False).table["verdict"].iloc[0]
    'bad'
    """
    design = respondents_of(fit, survey)
    with working("Scaling the priors", shown=progress):
        apart = integration_obstacle(fit, design) is not None
        chosen = chosen_draws(fit, checked_draws(draws), design, teams=apart)
        priors = resolve_priors(fit.priors, design)
        components = prior_components(chosen, design, priors)
        whole = np.sum(list(components.values()), axis=0)
        likelihood = marginal_log_likelihood(fit, design, chosen)
        weaker, first = power_scaled(whole, _HALF)
        stronger, second = power_scaled(whole, _DOUBLE)
        rows = [
            {
                "parameter": name,
                "mean": float(values.mean()),
                "weaker": float(weaker @ values),
                "stronger": float(stronger @ values),
                "prior": sensitivity(values, whole),
                "likelihood": sensitivity(values, likelihood),
                "sd": float(values.std()),
            }
            for name, values in _quantities(chosen, design)
        ]
        sources = [
            {"prior": prior, "parameter": name, "sensitivity": sensitivity(values, density)}
            for name, values in _quantities(chosen, design)
            if name.startswith(_RATIO)
            for prior, density in components.items()
        ]
    table = pd.DataFrame(rows)
    judged = [_judged(row) for row in rows]
    table["verdict"] = [verdict for verdict, _ in judged]
    table["words"] = [words for _, words in judged]
    source = pd.DataFrame(sources, columns=["prior", "parameter", "sensitivity"])
    return PriorSensitivity(
        table=table.drop(columns="sd"),
        sources=source.sort_values("sensitivity", ascending=False, ignore_index=True),
        khat=max(first, second),
        draws=len(whole),
    )


def _quantities(draws: Draws, design: CountDesign) -> Iterator[tuple[str, FloatArray]]:
    """Rate ratios first, then every parameter that has a prior."""
    coding = design.coding
    for place, name in enumerate(coding.frequency_names):
        yield f"{_RATIO}[{name}]", np.exp(draws["frequency_effect"][:, place])
    yield "intercept", draws["intercept"]
    zero = () if coding.zero is None else coding.zero.covariate_labels
    for variable, names in (
        ("frequency_effect", coding.frequency_names),
        ("covariate_effects", coding.covariate_labels),
        ("slope_shifts", tuple(shift.label for shift in coding.slope_shifts)),
        ("composition_effects", coding.frequency_names),
        ("team_sd", coding.team_effects),
        ("department_sd", coding.department_effects),
        ("zero_frequency_effect", coding.frequency_names),
        ("zero_covariate_effects", zero),
    ):
        for place, name in enumerate(names if variable in draws else ()):
            yield f"{variable}[{name}]", draws[variable][:, place]
    yield from _correlations(draws, "team_correlation", coding.team_effects)
    yield from _correlations(draws, "department_correlation", coding.department_effects)
    for single in ("dispersion", "concentration", "zero_intercept", "zero_team_sd"):
        if single in draws:
            yield single, draws[single]


def _correlations(
    draws: Draws, variable: str, effects: tuple[str, ...]
) -> Iterator[tuple[str, FloatArray]]:
    for row in range(len(effects) if variable in draws else 0):
        for column in range(row):
            label = f"{variable}[{effects[row]}, {effects[column]}]"
            yield label, draws[variable][:, row, column]


def _judged(row: dict[str, object]) -> tuple[Verdict, str]:
    figures = {name: float(str(row[name])) for name in ("mean", "weaker", "stronger", "sd")}
    prior, likelihood = float(str(row["prior"])), float(str(row["likelihood"]))
    if prior < _SENSITIVE:
        return "good", "told by the answers"
    moved = max(abs(figures[name] - figures["mean"]) for name in ("weaker", "stronger"))
    much = moved > _MUCH * figures["sd"]
    if likelihood < _SENSITIVE:
        words = "the prior tells more than the answers"
    elif much:
        words = "prior and answers are in conflict"
    else:
        words = "the prior has a noticeable say beside the answers"
    return ("bad" if much else "doubtful"), words


def _told(row: pd.Series) -> str:
    told = (
        f"Had the priors counted half, the mean of {_spoken(row['parameter'])} would be "
        f"{row['weaker']:z.2f}; double, {row['stronger']:z.2f}; as they are, {row['mean']:z.2f}"
    )
    return f"{told}: {row['words']}."


def _spoken(parameter: str) -> str:
    """Say the name of the ratio that the study is about; others as summaries have them."""
    ratio, _, frequency = parameter.partition("[")
    return f"the rate ratio of {frequency[:-1]}" if ratio == "rate_ratio" else parameter
