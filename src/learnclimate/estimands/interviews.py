"""Teams to interview: of strong, typical and weak relation, and how sure the choice is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_whole
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, laid_out, summarised
from learnclimate.estimands.arguments import require_fit
from learnclimate.estimands.team_choice import GROUPS, Candidates, chosen_teams
from learnclimate.estimands.teams import rank_teams, team_effects
from learnclimate.estimands.wording import CHOSEN_TEAM, RIGHT_CHOICES, SCALES, STUDY, TEAM_RANK
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_THIRDS = 3


def select_teams(  # noqa: PLR0913 - the fit and its effect; the options by name
    fit: Fit,
    effect: str = "frequency",
    *,
    strong: int = 3,
    typical: int = 3,
    weak: int = 3,
    per_department: int | None = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Propose teams to interview: some of strong, of typical and of weak relation.

    In each posterior draw the teams shown are ranked and cut into thirds. A team is a good
    choice as a strong one where it lies in the highest third with a high probability,
    likewise for the others; teams are taken in the order of that probability, each for one
    group, and of each department at most `per_department` for a group. Where teams differ
    little, or are small, no choice is sure, and the probabilities say so: a third would be
    right by chance.

    A choice is no judgement of a team. It tells where to ask how talking and learning go
    together, not how good a team is.

    Parameters
    ----------
    fit : Fit
        A fitted model, or one that was loaded.
    effect : str, default "frequency"
        ``"intercept"``, the name of a frequency, or ``"frequency"`` for the only one.
    strong, typical, weak : int, default 3
        How many teams of each kind; 0 for none.
    per_department : int or None, default 1
        Most teams of one department for each kind, where departments are known and enough;
        None for no limit.
    interval : float, default 0.9
        Probability of the equal-tailed intervals.
    rule : DisclosureRule, optional
        Which teams are too small to show. They are neither chosen nor ranked.

    Returns
    -------
    Result
        A row ``chosen_team`` for each team proposed, with the figures of `team_effects`;
        ``contrast`` says as what it was chosen, and ``probability`` that it lies in that
        third. Then a row ``right_choices`` for each kind: how many of the teams chosen lie
        in their third, and as ``probability`` that all of them do. ``draws`` holds
        ``right_choice``, by ``team``, and each team's ``choice`` and ``department``.

    Raises
    ------
    ArgumentError
        If the model has no such team effect, a number is below 0, fewer teams may be
        shown than are to be chosen, or than three, or more are asked for than a third holds.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Laird and Louis (1989), Empirical Bayes ranking methods, Journal of Educational
    Statistics 14, 29-46, doi 10.3102/10769986014001029.
    Seawright and Gerring (2008), Case selection techniques in case study research,
    Political Research Quarterly 61, 294-308, doi 10.1177/1065912907313077.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> chosen = lc.select_teams(fit, strong=2, typical=1, weak=1)
    >>> chosen.summary["contrast"].tolist()[:4]
    ['strong', 'strong', 'typical', 'weak']
    """
    wanted = _checked_numbers(strong, typical, weak, per_department)
    require_fit(fit)
    effects = team_effects(fit, effect, interval=interval, rule=rule)
    ranks = rank_teams(fit, effect, top=1, interval=interval, rule=rule).draws[TEAM_RANK]
    teams = ranks[labels.TEAM].to_numpy().astype(str)
    _refuse_too_many(wanted, len(teams))
    belongs = _thirds(ranks.to_numpy())
    departments = _departments(fit, teams)
    candidates = Candidates(belongs.mean(axis=(1, 2)), departments, per_department)
    choice, notes = chosen_teams(candidates, wanted)
    picked = [
        _Chosen(str(teams[team]), GROUPS[group], belongs[group, :, :, team])
        for group, members in enumerate(choice)
        for team in members
    ]
    if departments is None and per_department is not None:
        notes = (*notes, "The study knows no departments, so teams are not spread over them.")
    notes = (*notes, *effects.summary.attrs["notes"])
    return recorded(
        _laid_out(effects, picked, notes, interval, _coords(ranks, departments, teams)), rule
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A team, as what it was chosen, and in which draws that is right, (n_chains, n_draws)."""

    team: str
    group: str
    right: BoolArray


def _thirds(ranks: npt.NDArray[np.int32]) -> BoolArray:
    """Tell in which third each team lies, (3, n_chains, n_draws, n_teams), strongest first."""
    n_teams = ranks.shape[2]
    third = _size_of_third(n_teams)
    highest, lowest = ranks <= third, ranks > n_teams - third
    return np.stack([highest, ~(highest | lowest), lowest])


def _departments(fit: Fit, teams: npt.NDArray[np.str_]) -> list[str] | None:
    constant = fit.draws["constant_data"]
    if "team_department" not in constant:
        return None
    known = dict(
        zip(
            constant[labels.TEAM].to_numpy().astype(str),
            constant["team_department"].to_numpy().astype(str),
            strict=True,
        )
    )
    return [known[team] for team in teams]


def _coords(
    ranks: xr.DataArray, departments: list[str] | None, teams: npt.NDArray[np.str_]
) -> tuple[xr.DataArray, dict[str, str]]:
    named = {} if departments is None else dict(zip(teams.tolist(), departments, strict=True))
    return ranks, named


def _laid_out(
    effects: Result,
    picked: list[_Chosen],
    notes: tuple[str, ...],
    interval: float,
    known: tuple[xr.DataArray, dict[str, str]],
) -> Result:
    ranks, departments = known
    table = effects.summary.set_index("team")
    groups = [group for group in GROUPS if any(one.group == group for one in picked)]
    shape = ranks.shape[:2]
    counts = np.stack(
        [
            np.sum([one.right for one in picked if one.group == group], axis=0, dtype=np.int64)
            for group in groups
        ],
        axis=2,
    ).reshape(*shape, len(groups))
    sizes = [sum(one.group == group for one in picked) for group in groups]
    of_groups = summarised(counts, interval)
    order = [one.team for one in picked]
    figures = {
        name: np.concatenate([table.loc[order, name].to_numpy(dtype=float), of_groups[name]])
        for name in ("mean", "sd", "median", "lower", "upper")
    }
    all_right = (counts == np.array(sizes)).mean(axis=(0, 1))
    figures["probability"] = np.concatenate([[one.right.mean() for one in picked], all_right])
    numbers = table.loc[order, "n_respondents"].astype(int).tolist()
    together = [
        sum(n for n, one in zip(numbers, picked, strict=True) if one.group == group)
        for group in groups
    ]
    n_rows = len(picked) + len(groups)
    rows = Rows(
        estimand=[CHOSEN_TEAM] * len(picked) + [RIGHT_CHOICES] * len(groups),
        scale=[str(table["scale"].iloc[0])] * len(picked) + [SCALES[RIGHT_CHOICES]] * len(groups),
        population=STUDY,
        contrast=[*(one.group for one in picked), *groups],
        team=[*(one.team for one in picked), *([None] * len(groups))],
        n_respondents=np.array([*numbers, *together], dtype=np.int64),
        shown=np.ones(n_rows, dtype=bool),
        statement="the team lies in the third for which it was chosen; for right_choices, all do",
        notes=notes,
    )
    draws = _draws(picked, ranks, departments)
    return laid_out(rows, figures, interval=interval, draws=draws)


def _draws(picked: list[_Chosen], ranks: xr.DataArray, departments: dict[str, str]) -> xr.Dataset:
    index = {dim: ranks[dim].to_numpy() for dim in (labels.CHAIN, labels.DRAW)}
    teams = np.array([one.team for one in picked], dtype=str)
    variables: dict[str, object] = {
        "right_choice": (
            (labels.CHAIN, labels.DRAW, labels.TEAM),
            np.stack([one.right for one in picked], axis=2),
        ),
        "choice": (labels.TEAM, np.array([one.group for one in picked], dtype=str)),
    }
    if departments:
        names = np.array([departments[team] for team in teams], dtype=str)
        variables["department"] = (labels.TEAM, names)
    return xr.Dataset(variables, coords=index | {labels.TEAM: teams})


def _checked_numbers(
    strong: object, typical: object, weak: object, per_department: object
) -> tuple[int, int, int]:
    named = {"strong": strong, "typical": typical, "weak": weak}
    if per_department is not None:
        named["per_department"] = per_department
    for name, value in named.items():
        least = 1 if name == "per_department" else 0
        if not is_whole(value):
            raise ArgumentTypeError(f"{name}={value!r}: give a whole number of teams.")
        if value < least:
            raise ArgumentError(f"{name}={value}: give at least {least}.")
    wanted = [int(named[name]) for name in ("strong", "typical", "weak")]  # type: ignore[call-overload]
    if sum(wanted) == 0:
        raise ArgumentError("strong, typical and weak are all 0: ask for at least one team.")
    return wanted[0], wanted[1], wanted[2]


def _refuse_too_many(wanted: tuple[int, int, int], n_shown: int) -> None:
    if n_shown < max(sum(wanted), _THIRDS):
        raise ArgumentError(
            f"{sum(wanted)} teams are to be chosen, and {n_shown} have enough respondents to be "
            "shown. Ask for fewer; at least 3 teams are needed to tell strong from weak."
        )
    third = _size_of_third(n_shown)
    for name, number, most in zip(GROUPS, wanted, (third, n_shown - 2 * third, third), strict=True):
        # More than belong to a third cannot all be right choices.
        if number > most:
            raise ArgumentError(
                f"{name}={number}: a third of the {n_shown} teams shown is {most}. Ask for at "
                f"most {most}."
            )


def _size_of_third(n_teams: int) -> int:
    return max(1, round(n_teams / _THIRDS))
