"""Which teams and levels of a fit are too small to show, and a fit's draws without them."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.coding import CovariateCoding, DesignCoding
from learnclimate.disclosure.behind_pseudonyms import hidden_at, hidden_from
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.nested import suppress_hierarchy, suppress_teams
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule, suppress, too_small
from learnclimate.inference.merged_levels import with_merged_levels

#: Groups of a file that hold rows of respondents: those who answered, and of unknown level.
ROWS_OF_RESPONDENTS = ("respondents", "respondents_of_unknown_level")

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

#: From which minimum on each team is hidden: where names are replaced, and where they are not.
MINIMUMS_OF_TEAMS = ("team_hidden_from", "team_shown_below")
_HIDDEN_FROM, _SHOWN_BELOW = MINIMUMS_OF_TEAMS

#: Everybody who gave each level, of several kinds; in files beside sizes that hide few left open.
LEVELS_ASKED, _OF_A_HANDFUL = "level_asked", "team_level_probability"


def hidden_teams(draws: xr.DataTree, rule: DisclosureRule) -> BoolArray:
    """
    Mark the teams to hide: small ones, and those that protect them from subtraction.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        In the order of dim ``team``.
    """
    constant = draws["constant_data"]
    known = _minimums_of_teams(constant, rule)
    if known is not None:
        return hidden_at(known, rule)
    department = constant.get("team_department")
    return suppress_teams(
        constant["team_size"], rule, teams=constant[labels.TEAM], departments=department
    )


def with_minimums_of_teams(constant: xr.Dataset) -> xr.Dataset:
    """
    Keep with each team from which minimum on it is hidden, before small teams are taken out.

    Without those, a larger minimum would choose others to protect what it hides than in the
    session of the fit, and tell between the two what each hides.

    Parameters
    ----------
    constant : xarray.Dataset
        What a fit holds as ``constant_data``, of all its teams.

    Returns
    -------
    xarray.Dataset
        With ``team_shown_below``; the same where names are replaced, which keeps as much, or
        where it was kept before.
    """
    if _HIDDEN_FROM in constant or _SHOWN_BELOW in constant:
        return constant
    minimums = hidden_from(
        constant["team_size"],
        teams=constant[labels.TEAM],
        departments=constant.get("team_department"),
    )
    return constant.assign({_SHOWN_BELOW: ((labels.TEAM,), minimums)})


def kept_as(minimums: npt.ArrayLike) -> str:
    """
    Name the variable that keeps from which minimum on each team is hidden.

    Parameters
    ----------
    minimums : array_like of shape (n_teams,)
        As a design holds them; below the default where names are replaced.

    Returns
    -------
    str
        One of `MINIMUMS_OF_TEAMS`.

    Examples
    --------
    >>> kept_as([1, 1, 7]), kept_as([5, 5, 7])
    ('team_hidden_from', 'team_shown_below')
    """
    is_named = bool((np.asarray(minimums) >= DEFAULT_MINIMUM).all())
    return MINIMUMS_OF_TEAMS[int(is_named)]


def _minimums_of_teams(
    constant: xr.DataTree | xr.DataArray, rule: DisclosureRule
) -> npt.NDArray[np.int64] | None:
    """From which minimum on each team is hidden, where that was kept and tells of this rule."""
    if _HIDDEN_FROM in constant:
        return np.asarray(constant[_HIDDEN_FROM], dtype=np.int64)
    if _SHOWN_BELOW in constant and rule.minimum >= DEFAULT_MINIMUM:
        return np.asarray(constant[_SHOWN_BELOW], dtype=np.int64)
    return None


def hidden_departments(draws: xr.DataTree, rule: DisclosureRule) -> BoolArray:
    """
    Mark the departments to hide: small ones, and those that protect them from subtraction.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit with department effects.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    ndarray of shape (n_departments,), bool
        In the order of dim ``department``.
    """
    names = draws["posterior"][labels.DEPARTMENT].to_numpy().astype(str)
    constant = draws["constant_data"]
    of_team = np.asarray(constant["team_department"]).astype(str)
    if _minimums_of_teams(constant, rule) is not None:
        # More than need be: of which departments nothing may be told hangs on their names.
        return np.isin(names, of_team[hidden_teams(draws, rule)])
    teams = constant[labels.TEAM]
    _, hidden = suppress_hierarchy(constant["team_size"], of_team, rule, order=teams)
    return np.isin(names, of_team[hidden])


def hidden_levels(draws: xr.DataTree, rule: DisclosureRule) -> BoolArray:
    """
    Mark frequency levels to hide, by ``level_size`` and by who gave each, ``level_asked``.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    ndarray of shape (n_levels,), bool
        In the order of dim ``frequency_level``; True too where a file keeps no size.
    """
    constant = draws["constant_data"].to_dataset()
    sizes = constant["level_size"].to_numpy().astype(float)
    names = constant[labels.FREQUENCY_LEVEL].to_numpy().astype(str)
    asked = draws["posterior"][labels.FREQUENCY].to_numpy().astype(str)
    frequency = np.array([_frequency_of(name, asked) for name in names])
    hidden = np.isnan(sizes)
    counted = np.nan_to_num([sizes, constant.get(LEVELS_ASKED, constant["level_size"])])
    for name in asked:
        own = frequency == name
        hidden[own] |= suppress_blocks(counted[:, own], rule)
    return np.asarray(hidden | hides_few_left_open(draws, sizes, rule))


def hides_few_left_open(draws: xr.DataTree, sizes: FloatArray, rule: DisclosureRule) -> BoolArray:
    """
    Mark the levels that hide how many left the frequency open, where these are too few.

    Where they are enough, their number is told, so that they protect no level.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    sizes : ndarray of shape (n_levels,)
        Respondents of each level; NaN where a file keeps none.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    ndarray of shape (n_levels,), bool
        None unless levels were summed out of so few that they could be counted from the others.
    """
    none = np.zeros(len(sizes), dtype=bool)
    if "level_probability" not in draws["posterior"]:
        return none
    left_open = float(draws["constant_data"]["n_respondents"]) - sizes.sum()
    if not 0 < left_open < rule.minimum:
        return none
    return suppress_blocks(np.append(sizes, left_open), rule)[:-1]


def hidden_parameters(draws: xr.DataTree, rule: DisclosureRule) -> dict[str, BoolArray]:
    """
    Mark the parameters that would tell what is expected at a level that is to be hidden.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    dict of str to ndarray of bool
        By variable, in its shape: the curve at hidden levels; all steps of a frequency that
        has one; its effect where that compares a hidden level; the intercept where a lowest
        level is hidden.
    """
    if "level_size" not in draws["constant_data"]:
        return {}
    hidden = hidden_levels(draws, rule)
    names = draws["constant_data"][labels.FREQUENCY_LEVEL].to_numpy().astype(str)
    asked = draws["posterior"][labels.FREQUENCY].to_numpy().astype(str)
    owner = np.array([_frequency_of(name, asked) for name in names])
    levels = [hidden[owner == name] for name in asked]
    lowest = np.array(any(part[0] for part in levels))
    n_steps = draws["posterior"].sizes.get(labels.FREQUENCY_STEP, 0)
    marked = {
        "frequency_curve": hidden,
        "level_probability": hidden,
        "frequency_effect": np.array([part[0] or part[-1] for part in levels]),
        "frequency_shape": np.array([[part.any()] * n_steps for part in levels]),
        "intercept": lowest,
    }
    if "slope_shifts" in draws["posterior"]:
        of_shift = draws["posterior"][labels.SLOPE_SHIFT].to_numpy().astype(str)
        ends = {name: part[0] or part[-1] for name, part in zip(asked, levels, strict=True)}
        marked["slope_shifts"] = np.array(
            [any(ends[name] and name in label.split(":") for name in asked) for label in of_shift]
        )
    marked["composition_effects"] = marked["frequency_effect"]
    marked |= {f"zero_{name}": hide for name, hide in marked.items()}
    marked["zero_probability"] = lowest
    return {name: hide for name, hide in marked.items() if name in draws["posterior"]}


def _frequency_of(label: str, asked: npt.NDArray[np.str_]) -> str:
    """Find the frequency of a level's label; its name may hold brackets itself."""
    fitting = [str(name) for name in asked if label.startswith(f"{name}[")]
    return max(fitting, key=len)


def without_small_groups(
    draws: xr.DataTree, coding: DesignCoding, rule: DisclosureRule
) -> xr.DataTree:
    """
    Take out the teams, level sizes and answers to covariates that are too few to be kept.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    coding : DesignCoding
        How its answers were coded.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    xarray.DataTree
        Without the effects, sizes and labels of small teams and of those that protect
        them from subtraction; of such levels, size and standardised counts are missing, and
        the model is written without them (see `with_merged_levels`).
        The means of the covariates count the people of small categories among those of
        the largest.
    """
    groups = {str(name): draws[str(name)].to_dataset() for name in draws.children}
    for name in ROWS_OF_RESPONDENTS:
        groups.pop(name, None)
    if "level_size" in draws["constant_data"]:
        groups |= _without_small_levels(draws, coding, rule)
    groups["constant_data"] = with_minimums_of_teams(groups["constant_data"])
    if "posterior" in groups:
        # A team's share at each level is of a handful of people: only simulations need it.
        groups["posterior"] = groups["posterior"].drop_vars(_OF_A_HANDFUL, errors="ignore")
    hidden = hidden_teams(draws, rule)
    shown = np.flatnonzero(~hidden)
    if labels.DEPARTMENT in groups.get("posterior", xr.Dataset()).dims:
        groups["posterior"] = _without_empty_departments(groups, hidden)
    for name, group in groups.items():
        if labels.TEAM in group.dims:
            groups[name] = group.isel({labels.TEAM: shown})
    constant = groups["constant_data"]
    zero = () if coding.zero is None else coding.zero.covariates
    for prefix, covariates in (("covariate", coding.covariates), ("zero_covariate", zero)):
        name = f"{prefix}_means"
        if name in constant:
            told_means = _told_means(draws, (prefix, covariates), rule)
            exact = [f"{prefix}_{one}" for one in ("majority", "minority", "means_shown")]
            told = constant[name].copy(data=told_means)
            constant = constant.drop_vars(exact, errors="ignore").assign({name: told})
    groups["constant_data"] = constant
    return xr.DataTree.from_dict(groups)


def _without_small_levels(
    draws: xr.DataTree, coding: DesignCoding, rule: DisclosureRule
) -> dict[str, xr.Dataset]:
    """Leave out sizes and counts of hidden levels, and merge them in the model's parameters."""
    hidden = hidden_levels(draws, rule)
    if not hidden.any():
        return {}
    shown = xr.DataArray(~hidden, dims=labels.FREQUENCY_LEVEL)
    constant = draws["constant_data"].to_dataset()
    constant["level_size"] = constant["level_size"].astype(float).where(shown)
    told = draws["standardised"].to_dataset()
    for kind in told.data_vars:
        if labels.FREQUENCY_LEVEL in told[kind].dims:
            told[kind] = told[kind].astype(float).where(shown)
    return {
        "constant_data": constant,
        "standardised": told,
        "posterior": with_merged_levels(draws, coding, hidden),
    }


def _without_empty_departments(groups: dict[str, xr.Dataset], hidden: BoolArray) -> xr.Dataset:
    """Leave out the departments none of whose teams are kept: small ones are among them."""
    posterior = groups["posterior"]
    kept = groups["constant_data"]["team_department"].to_numpy().astype(str)[~hidden]
    names = posterior[labels.DEPARTMENT].to_numpy().astype(str)
    return posterior.isel({labels.DEPARTMENT: np.flatnonzero(np.isin(names, kept))})


def _told_means(
    draws: xr.DataTree, coded: tuple[str, tuple[CovariateCoding, ...]], rule: DisclosureRule
) -> FloatArray:
    """
    Means of the covariates from which no answer of few people can be worked out.

    A category's share times the number of respondents is how many gave it. Those of a
    small category, the reference included, are counted in the largest one, so that only
    their sum is known. A number that all but a few have in common takes that value.
    """
    constant, (prefix, covariates) = draws["constant_data"].to_dataset(), coded
    means = constant[f"{prefix}_means"].to_numpy().astype(float).copy()
    exact, shown = means.copy(), constant.get(f"{prefix}_means_shown", constant[f"{prefix}_means"])
    n_respondents = float(constant["n_respondents"])
    place = 0
    for covariate in covariates:
        own = slice(place, place + len(covariate.labels))
        place = own.stop
        if covariate.categories:
            share = np.concatenate([[1 - means[own].sum()], means[own]])
            small = too_small(np.rint(share * n_respondents), rule)
            share[np.argmax(share)] += share[small].sum()
            share[small] = 0.0
            means[own] = share[1:]
        elif f"{prefix}_minority" in constant:
            few = too_small(constant[f"{prefix}_minority"].to_numpy()[own], rule)
            common = constant[f"{prefix}_majority"].to_numpy()[own]
            means[own] = np.where(few, common, means[own])
    return np.where(means == exact, shown.to_numpy(), means)


def merged_reasons(
    reasons: tuple[tuple[str, str, int], ...], rule: DisclosureRule
) -> tuple[tuple[str, str, int], ...]:
    """
    Put together the reasons for which too few rows were left out.

    Parameters
    ----------
    reasons : tuple of (column, reason, number of rows)
        As in `Provenance`.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    tuple of (column, reason, number of rows)
        Those of enough rows as they are, and one that stands for all others, with their
        columns and reasons; none where all together are too few.

    Examples
    --------
    >>> reasons = (("talk", "not answered", 9), ("tenure", "not answered", 3))
    >>> merged_reasons(reasons, DisclosureRule())
    (('talk, tenure', 'not answered', 12),)
    """
    counts = np.array([rows for _, _, rows in reasons], dtype=np.int64)
    hidden = suppress(counts, rule, order=[f"{column}: {why}" for column, why, _ in reasons])
    kept = tuple(one for one, hide in zip(reasons, hidden, strict=True) if not hide)
    few = [one for one, hide in zip(reasons, hidden, strict=True) if hide]
    if not few or counts.sum() < rule.minimum:
        return () if few else kept
    columns = ", ".join(dict.fromkeys(column for column, _, _ in few))
    why = "; ".join(dict.fromkeys(reason for _, reason, _ in few))
    return (*kept, (columns, why, sum(rows for _, _, rows in few)))
