"""Design analysis: how many teams of what size for an interval, or for finding the right teams."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from learnclimate.checks.design_run import Plan, replicate
from learnclimate.checks.design_verdict import Goal, judged, tabled
from learnclimate.checks.kept_work import fingerprint_of, kept_work
from learnclimate.checks.many_fits import HowToRun, check_executor, run_missing
from learnclimate.checks.verdict import Check, Judged, Verdict
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.intervals import check_interval
from learnclimate.core.labels import INTERCEPT
from learnclimate.core.numbers import is_number, is_whole
from learnclimate.core.showing import Called, text_of
from learnclimate.counts.families import (
    BetaBinomial,
    Family,
    HurdleNegativeBinomial,
    HurdlePoisson,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
    ZeroInflatedPoisson,
)
from learnclimate.counts.model import CountModel
from learnclimate.survey.truth import Truth

#: The families without and with a dispersion, by the kind of zero part.
_FAMILIES: dict[str, tuple[Family, Family]] = {
    "none": (Poisson(), NegativeBinomial()),
    "inflated": (ZeroInflatedPoisson(), ZeroInflatedNegativeBinomial()),
    "hurdle": (HurdlePoisson(), HurdleNegativeBinomial()),
}

#: How many teams are chosen and how probable intervals are, where no goal says otherwise.
TOP, INTERVAL = 5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DesignGoal(Called):
    """
    What a study should reach.

    Parameters
    ----------
    width : float, optional
        Upper over lower bound of the interval of the rate ratio, at most; 1.5 stands for
        an interval such as 3.0 to 4.5.
    right_teams : float, optional
        Probability, at least, with which each of the truly strongest teams is among those
        chosen: the share of these that is found, over many studies.
    top : int, default 5
        How many teams are chosen, and count as strongest.
    assurance : float, default 0.8
        Probability with which a study should reach the width.
    interval : float, default 0.9
        Probability of the interval.

    Raises
    ------
    ArgumentError
        If neither a width nor a probability of the right teams is given, or a number lies
        outside its range.
    ArgumentTypeError
        If one is none.

    Examples
    --------
    >>> DesignGoal(width=1.5, right_teams=0.5)
    DesignGoal(width=1.5, right_teams=0.5, top=5, assurance=0.8, interval=0.9)
    """

    width: float | None = None
    right_teams: float | None = None
    top: int = TOP
    assurance: float = 0.8
    interval: float = INTERVAL

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name in ("width", "right_teams", "assurance", "interval"):
            value = getattr(self, name)
            optional = name in ("width", "right_teams")
            if not (is_number(value) or (optional and value is None)):
                raise ArgumentTypeError(f"DesignGoal({name}={value!r}): give a number.")
        if self.width is not None and not 1 < self.width < np.inf:
            raise ArgumentError(
                f"DesignGoal(width={self.width}): give a finite ratio above 1, as 1.5."
            )
        for name in ("right_teams", "assurance"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise ArgumentError(f"DesignGoal({name}={value}): give a number between 0 and 1.")
        check_interval(float(self.interval))
        if self.width is None and self.right_teams is None:
            raise ArgumentError(
                "DesignGoal: nothing is asked of a study. Give width=1.5 for an interval such as "
                "3.0 to 4.5, right_teams=0.5 for the probability of finding a strongest team, or "
                "both; without a goal, leave goal out of design_analysis."
            )
        if not is_whole(self.top):
            raise ArgumentTypeError(f"DesignGoal(top={self.top!r}): give a whole number.")
        if self.top < 1:
            raise ArgumentError(f"DesignGoal(top={self.top}): give at least 1 team.")


@dataclass(frozen=True, slots=True, repr=False)
class DesignAnalysis(Judged):
    """
    What studies of different sizes would tell.

    Attributes
    ----------
    verdict : {"good", "doubtful", "bad", "not applicable"}
        Whether a design of the grid reaches the goal; doubtful where that hangs on the
        chance of the simulation; not applicable where no goal was given.
    words : str
        The answer in sentences.
    table : pandas.DataFrame
        One row a design, the cheapest first: ``n_teams, team_size, n_respondents, cost``;
        ``width``, the median over replicates, and ``width_80``, which 80 % stay below;
        ``assurance``, the share of replicates that reach the width of the goal; ``above``,
        the share whose interval lies above 1; ``coverage``, the share whose interval held
        the truth; ``right_teams``, the share of the strongest teams that are among those
        chosen, and ``by_chance``, what choosing blindly would give; Monte Carlo errors
        in ``assurance_error`` and ``right_teams_error``; ``replicates``; ``reaches``.
    goal : DesignGoal or None
        What was to be reached; None where no goal was given.
    n_failed, n_uncertified : int
        Replicates that could not be fitted, and whose certificate did not pass.

    Examples
    --------
    >>> import learnclimate as lc
    >>> plain = lc.CountModel(team_effects=("intercept",), covariates=(), family=lc.Poisson())
    >>> found = lc.design_analysis([8], [6], model=plain, replicates=2, progress=False)
    >>> found.table[["n_teams", "team_size", "cost"]].values.tolist()
    [[8.0, 6.0, 48.0]]
    """

    verdict: Verdict
    words: str
    table: pd.DataFrame
    goal: DesignGoal | None
    n_failed: int
    n_uncertified: int

    @property
    def check(self) -> Check:
        """The same as a check, to stand beside others."""
        rows = self.table[["n_teams", "team_size", "width"]].itertuples(index=False)
        values = {f"width[{n:g} teams of {size:g}]": float(width) for n, size, width in rows}
        return Check("design analysis", self.verdict, self.words, values)

    def __repr__(self) -> str:
        """Say the answer, and show the main columns."""
        columns = ["n_teams", "team_size", "cost", "width", "assurance", "right_teams", "reaches"]
        if self.goal is not None and self.goal.right_teams is not None:
            columns.insert(-1, "by_chance")
        return text_of(
            f"Design analysis: {self.verdict}. {self.words}", {".table": self.table[columns]}
        )


def design_analysis(  # noqa: PLR0913 - the designs; the options by name
    n_teams: Sequence[int],
    team_size: Sequence[float],
    *,
    goal: DesignGoal | None = None,
    truth: Truth | None = None,
    model: CountModel | None = None,
    cost_per_team: float = 0.0,
    cost_per_respondent: float = 1.0,
    replicates: int = 20,
    draws: int = 400,
    seed: int = 0,
    path: object = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> DesignAnalysis:
    """
    Simulate studies of different sizes, to see how many teams of what size it takes.

    For each number of teams and each team size, studies are simulated from a truth that
    you consider plausible, and the model is fitted to each. The answer holds as far as the
    truth does: try a smaller effect, and teams that differ less, before you decide.

    Parameters
    ----------
    n_teams : sequence of int
        Numbers of teams to try.
    team_size : sequence of float
        Mean numbers of respondents in a team to try: those who answer, not those invited.
    goal : DesignGoal, optional
        What a study should reach.
    truth : Truth, optional
        What to simulate from; that of the study behind the example where left out.
    model : CountModel, optional
        What to fit; where left out, the default model with the family of the truth. With a
        zero part the rate ratio is that of the count part, and out of K a ratio of odds.
        Models that the fast engine does not take are sampled by NUTS, which takes longer.
    cost_per_team, cost_per_respondent : float, default 0 and 1
        What a team and a respondent cost.
    replicates : int, default 20
        Studies to simulate for each design.
    draws : int, default 400
        Posterior draws a fit, at least 100.
    seed : int, default 0
        Seed of everything. Same seed: same replicates, also in a larger grid.
    path : path, optional
        File that keeps the finished replicates; with it, an interrupted analysis goes on,
        and a grid or the replicates can be extended, also with other costs and
        another goal, as long as its `top` and `interval` stay.
    executor : concurrent.futures.Executor, optional
        Where replicates are done; this process where left out.
    progress : bool, default True
        Whether to show what goes on.

    Returns
    -------
    DesignAnalysis
        The answer and a table. Draw it with `learnclimate.plots.design_analysis`.

    Raises
    ------
    ArgumentError
        If a number lies outside its range, or the file keeps replicates of something else.
    ArgumentTypeError
        If an argument has the wrong type.
    FitError
        If a worker of the executor fails.
    FileError
        If the file cannot be read or written.

    References
    ----------
    Kruschke and Liddell (2018), The Bayesian New Statistics, Psychonomic Bulletin and
    Review 25, 178-206, doi 10.3758/s13423-016-1221-4 (planning for precision).

    Examples
    --------
    >>> import learnclimate as lc
    >>> plain = lc.CountModel(team_effects=("intercept",), covariates=(), family=lc.Poisson())
    >>> goal = lc.DesignGoal(width=20)
    >>> found = lc.design_analysis([8], [6], model=plain, goal=goal, replicates=2, progress=False)
    >>> found.verdict, bool(found.table["reaches"].all())
    ('doubtful', True)
    """
    truth = Truth() if truth is None else truth
    _check(goal, truth, model)
    grid = _grid(n_teams, team_size)
    costs = [
        _cost(value, name)
        for value, name in ((cost_per_team, "team"), (cost_per_respondent, "respondent"))
    ]
    check_executor(executor)
    plan = Plan(
        truth=truth,
        model=_model(model, truth),
        top=TOP if goal is None else goal.top,
        interval=INTERVAL if goal is None else goal.interval,
        draws=_whole(draws, "draws", 100),
        seed=_whole(seed, "seed", 0),
        alone=executor is not None,
    )
    number = _whole(replicates, "replicates", 1)
    names = [f"{n} {size:g} {i}" for n, size in grid for i in range(number)]
    work = kept_work(path, _fingerprint(plan), "path")
    how = HowToRun(executor=executor, progress=progress, message="Simulating studies")
    records = run_missing(partial(replicate, plan), names, work, how)
    table = tabled(grid, number, records, costs)
    asked: Goal = (None, None, 0.0, TOP)
    if goal is not None:
        asked = (goal.width, goal.right_teams, goal.assurance, goal.top)
    table, verdict, words = judged(table, asked, records)
    return DesignAnalysis(
        verdict=verdict,
        words=words,
        table=table,
        goal=goal,
        n_failed=sum(bool(record["failed"]) for record in records.values()),
        n_uncertified=sum(
            not record["passed"] and not record["failed"] for record in records.values()
        ),
    )


def _check(goal: object, truth: object, model: object) -> None:
    if goal is not None and not isinstance(goal, DesignGoal):
        raise ArgumentTypeError(f"goal={goal!r}: give a DesignGoal, as DesignGoal(width=1.5).")
    if not isinstance(truth, Truth):
        raise ArgumentTypeError(f"truth={truth!r}: give a Truth, as Truth(frequency_effect=0.7).")
    if not truth.levels:
        raise ArgumentError(
            "truth: without levels of a frequency there is no rate ratio. Give a Truth with levels."
        )
    if model is not None and not isinstance(model, CountModel):
        raise ArgumentTypeError(f"model={model!r}: give a declared model, as CountModel().")
    right = None if goal is None else goal.right_teams
    if model is not None and right is not None and not _slopes_vary(model):
        raise ArgumentError(
            f"goal: right_teams={right:g} asks which teams have the strongest relation, "
            "but the model lets no slope vary over teams. Add 'frequency' to its team_effects, or "
            "leave right_teams out."
        )


def _slopes_vary(model: CountModel) -> bool:
    return any(effect != INTERCEPT for effect in (*model.team_effects, *model.department_effects))


def _model(model: CountModel | None, truth: Truth) -> CountModel:
    """Give the family that the truth is made from, where no model is given."""
    if model is not None:
        return model
    plain, spread = _FAMILIES[truth.zeros]
    family: Family = plain if truth.dispersion is None else spread
    if truth.outcome is not None and truth.outcome.trials is not None:
        family = BetaBinomial()
    return CountModel(family=family)


def _grid(n_teams: object, team_size: object) -> list[tuple[int, float]]:
    listed: list[list[float]] = []
    for name, values, least in (("n_teams", n_teams, 2), ("team_size", team_size, 1)):
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray | range):
            raise ArgumentTypeError(f"{name}={values!r}: give a list of numbers, as [20, 40, 80].")
        if len(values) == 0:
            raise ArgumentError(f"{name}: give at least one number.")
        for value in values:
            fits = is_whole(value) if name == "n_teams" else is_number(value)
            if not fits:
                raise ArgumentTypeError(f"{name}: {value!r} is not such a number.")
            if not least <= value < 1e6:
                raise ArgumentError(f"{name}: give numbers of at least {least}, not {value}.")
        listed.append(sorted({float(value) for value in values}))
    return [(int(n), size) for n in listed[0] for size in listed[1]]


def _cost(value: object, name: str) -> float:
    if not is_number(value):
        raise ArgumentTypeError(f"cost_per_{name}={value!r}: give a number.")
    if not 0 <= value < np.inf:
        raise ArgumentError(f"cost_per_{name}={value}: give a number of at least 0.")
    return float(value)


def _whole(value: object, name: str, least: int) -> int:
    if not is_whole(value):
        raise ArgumentTypeError(f"{name}={value!r}: give a whole number.")
    if value < least:
        raise ArgumentError(f"{name}={value}: give at least {least}.")
    return int(value)


def _fingerprint(plan: Plan) -> str:
    from importlib.metadata import version

    parts = (plan.truth, plan.model, plan.top, plan.interval, plan.draws, plan.seed)
    return fingerprint_of("design analysis", *parts, version("learnclimate"))
