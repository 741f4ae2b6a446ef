"""How strong the measured covariates are, on the scale of the E-value."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.core.errors import FitError
from learnclimate.core.result import Result
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.crossed import suppress_crossed
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, draws_dataset
from learnclimate.estimands.arguments import checked_rule, chosen_frequency, chosen_levels
from learnclimate.estimands.confounding import confounder_strength, e_value
from learnclimate.estimands.covariate_strength import (
    MeasuredCovariate,
    measured_covariates,
    outcome_ratio,
)
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.wording import (
    COVARIATE_FREQUENCY,
    COVARIATE_OUTCOME,
    COVARIATE_STRENGTH,
    E_VALUE,
    SCALES,
)
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.private_seed import answers_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ESTIMANDS = (COVARIATE_OUTCOME, COVARIATE_FREQUENCY, COVARIATE_STRENGTH)
_NONE = "The model has no covariates to compare with."
_FEW = (
    "A covariate is not compared where fewer people than may be shown share its value and the "
    "level of the frequency, or where they could be counted from those at other levels."
)
_HOW = (
    "Numbers are cut at their median over teams that are shown: above it against at or below it; "
    "their rate ratio is that of two standard deviations. Shares are as answered, without regard "
    "to the other covariates."
)


def confounder_benchmarks(  # noqa: PLR0913 - fit, two levels, and four options by name
    fit: Fit,
    high: str | float,
    low: str | float,
    *,
    population: object,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Compare the E-value of a rate ratio with the strength of the measured covariates.

    An E-value says how strong something unmeasured would have to be; whether that is much
    shows beside what was measured. For each covariate, or category against the reference:

    - ``covariate_rate_ratio``, how it goes together with the count: the model's rate ratio,
      or its inverse if below 1; of two standard deviations for a number. With a zero part, out
      of K, or where the covariate shifts slopes, it is a ratio of expected counts, of people
      with the other covariates at their means, over teams and the levels as answered;
    - ``covariate_imbalance``, how it goes together with the frequency: the share with it
      (for a number: above its median, in teams that are shown) among those who answered one
      level, over the share
      among those who answered the other; the larger of the two ratios, and of those of the
      share without it;
    - ``covariate_e_value``: both together make up a ratio of at most ``B = a b /
      (a + b - 1)``; this is the E-value of ``B``, so that it can be laid beside that of
      the rate ratio.

    Something unmeasured as strong as the strongest covariate would leave a ratio whose
    E-value is well above all of these. There may be stronger things that were not asked:
    the comparison does not rule them out.

    Parameters
    ----------
    fit : Fit
        A fit that holds its respondents.
    high, low : str or number
        The two levels, in either order.
    population : {"average_team", "new_team", "study"} or data frame
        Who the ratio is about; see `rate_ratio`.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        First the row of `e_value`, then three a covariate, which ``contrast`` names.
        ``probability`` is that of an E-value of the rate ratio above that of the
        covariate. Shares have the posterior that Jeffreys' prior gives. Covariates of
        which fewer than may be shown answered either level are suppressed.

    Raises
    ------
    FitError
        If the fit holds no respondents.
    ArgumentError
        If a level, frequency or population is unknown, both levels are the same, or the
        study asked no frequency.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If a column of the data frame is missing or wrong.

    References
    ----------
    VanderWeele and Ding (2017), Sensitivity analysis in observational research:
    introducing the E-value, doi 10.7326/M16-2607.
    Gelman (2008), Scaling regression inputs by dividing by two standard deviations,
    Statistics in Medicine 27, 2865-2873, doi 10.1002/sim.3107.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> beside = lc.confounder_benchmarks(fit, "weekly", "never", population="study")
    >>> beside.summary["estimand"].tolist()[:2]
    ['e_value', 'covariate_rate_ratio']
    """
    found = e_value(
        fit,
        high,
        low,
        population=population,
        frequency=frequency,
        interval=interval,
        rule=rule,
    )
    if fit.design is None:
        raise FitError(
            "confounder_benchmarks counts respondents, and this fit was read from a file without "
            "them. Fit the survey again, or ask for e_value alone."
        )
    rule = checked_rule(interval, rule)
    position = chosen_frequency(fit.coding, frequency) or 0
    levels = chosen_levels(fit.coding.frequencies[position], high, low)
    shape = fit.draws["posterior"]["intercept"].shape
    rng = np.random.default_rng([private_seed(fit.provenance.seed, *answers_of(fit.design)), 7])
    told = [
        _Covariate(*parts) for parts in _covariates(fit, fit.design, (position, *levels), rule, rng)
    ]
    suppressed = bool(found.summary["suppressed"].iloc[0])
    value = np.ones(shape) if suppressed else found.draws[E_VALUE].to_numpy()
    return recorded(_laid_out(fit, found, told, (value, not suppressed), interval), rule)


@dataclass(frozen=True, slots=True)
class _Covariate:
    """One covariate: its label, how many stand behind it, draws by estimand; None if hidden."""

    label: str
    number: int
    draws: FloatArray | None


def _covariates(
    fit: Fit,
    design: CountDesign,
    where: tuple[int, int, int],
    rule: DisclosureRule,
    rng: np.random.Generator,
) -> list[tuple[str, int, FloatArray | None]]:
    """Give label, respondents and draws (n_chains, n_draws, 3) of each covariate."""
    found: list[tuple[str, int, FloatArray | None]] = []
    every = list(measured_covariates(fit, design))
    for covariate in every:
        table, number = _table(design, covariate, where, rule)
        hidden = _hidden_of(design, covariate, every, where[0], rule)
        small = bool((table < rule.minimum).any() or hidden[list(where[1:])].any())
        draws = None
        if not small:
            outcome = outcome_ratio(fit, design, covariate)
            imbalance = _imbalance(table, outcome.shape, rng)
            together = outcome * imbalance / (outcome + imbalance - 1)
            draws = np.stack([outcome, imbalance, confounder_strength(together)], axis=2)
        found.append((covariate.label, WITHHELD if small else number, draws))
    return found


def _hidden_of(
    design: CountDesign,
    covariate: MeasuredCovariate,
    every: list[MeasuredCovariate],
    position: int,
    rule: DisclosureRule,
) -> npt.NDArray[np.bool_]:
    """
    Mark the levels at which the number of those with a category may not be told.

    Descriptions tell how many gave each level and each category: all cells of the two are judged
    together, those of the reference among them.
    """
    name = covariate.label.rsplit("[", 1)[0]
    own = [one for one in every if one.is_category and one.label.rsplit("[", 1)[0] == name]
    weight = _counted(design, covariate, rule)
    sides = [_above(one, weight) for one in (own if covariate.is_category else [covariate])]
    level = design.frequency_level[:, position]
    n_levels = len(design.coding.frequencies[position].levels)
    people = [np.bincount(level[has], weight[has], n_levels) for has in sides]
    whole = np.bincount(level, weight, n_levels)
    cells = np.rint(np.column_stack([*people, whole - np.sum(people, axis=0)])).astype(np.int64)
    column = next((place for place, one in enumerate(own) if one is covariate), 0)
    return suppress_crossed(cells, rule)[:, column]


def _counted(design: CountDesign, covariate: MeasuredCovariate, rule: DisclosureRule) -> FloatArray:
    """
    Give how many people of each row count: of numbers, those in teams that are shown alone.

    Of a number that whole teams share, such as a team's age, those above a cut are whole teams,
    and where the cut lies hangs on the sizes of all that it is made of.
    """
    if covariate.is_category:
        return design.multiplicity
    hidden = hidden_teams_of(design, rule)
    return np.where(hidden[design.team], 0.0, design.multiplicity)


def _table(
    design: CountDesign,
    covariate: MeasuredCovariate,
    where: tuple[int, int, int],
    rule: DisclosureRule,
) -> tuple[IntArray, int]:
    """
    Count who answered the high and the low level, with the covariate and without, (2, 2).

    And how many these are.
    """
    people = _counted(design, covariate, rule)
    above = _above(covariate, people)
    level = design.frequency_level[:, where[0]]
    number = round(float(design.multiplicity[np.isin(level, where[1:])].sum()))
    cells = [
        [people[(level == which) & side].sum() for side in (above, ~above)] for which in where[1:]
    ]
    return np.rint(np.array(cells)).astype(np.int64), number


def _above(covariate: MeasuredCovariate, people: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell who has a category, or a number above its median over so many people a row."""
    values = covariate.values
    cut = 0.5
    if not covariate.is_category:
        # With multiplicities, the median is over people, not over rows.
        order = np.argsort(values, kind="stable")
        half = np.searchsorted(np.cumsum(people[order]), people.sum() / 2)
        cut = float(values[order][half])
    return np.asarray(values > cut)


def _imbalance(table: IntArray, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    shares = [rng.beta(with_it + 0.5, without + 0.5, shape) for with_it, without in table]
    high, low = shares
    ratios = np.stack([high / low, (1 - high) / (1 - low)])
    return np.asarray(np.maximum(ratios, 1 / ratios).max(axis=0))


def _laid_out(
    fit: Fit,
    found: Result,
    told: list[_Covariate],
    e_values: tuple[FloatArray, bool],
    interval: float,
) -> Result:
    value, known = e_values
    first = found.summary.iloc[0]
    own = WITHHELD if not known else int(first["n_respondents"])
    # Where the levels may not be shown, nothing about who answered them may.
    kept = [known and one.draws is not None for one in told]
    shown = np.array([known, *np.repeat(kept, 3)], dtype=bool)
    parts = [value[:, :, None]] if known else []
    above: list[float] = [np.nan] if known else []
    for one, visible in zip(told, kept, strict=True):
        if visible and one.draws is not None:
            parts.append(one.draws)
            above += [np.nan, np.nan, float((value > one.draws[:, :, 2]).mean())]
    shape = fit.draws["posterior"]["intercept"].shape
    values = np.concatenate(parts, axis=2) if parts else np.empty((*shape, 0))
    names = [E_VALUE, *(name for _ in told for name in _ESTIMANDS)]
    notes = [_HOW] if told else [_NONE]
    if known and not all(kept):
        notes.append(_FEW)
    rows = Rows(
        estimand=names,
        scale=[SCALES[name] for name in names],
        population=str(first["population"]),
        contrast=[str(first["contrast"]), *(one.label for one in told for _ in _ESTIMANDS)],
        team=[None] * len(names),
        n_respondents=np.array([own, *np.repeat([one.number for one in told], 3)], dtype=np.int64),
        shown=shown,
        statement="the E-value of the rate ratio is above that of the covariate",
        notes=(*notes, *found.summary.attrs["notes"]),
    )
    labels_shown = [one.label for one, visible in zip(told, kept, strict=True) if visible]
    of_covariates = values[:, :, 1:].reshape(*shape, -1, 3) if known else np.empty((*shape, 0, 3))
    draws = draws_dataset(
        fit,
        {name: of_covariates[..., place] for place, name in enumerate(_ESTIMANDS)},
        {labels.COVARIATE: labels_shown},
    )
    if known:
        draws = draws.assign({E_VALUE: ((labels.CHAIN, labels.DRAW), value)})
    return answered(rows, values, np.array(above), interval=interval, draws=draws)
