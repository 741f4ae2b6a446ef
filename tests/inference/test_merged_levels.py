"""Levels put together in a file: what is shown stays as it was; of the others nothing is told."""

from itertools import product

import numpy as np
import pytest
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError
from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding, ZeroCoding
from learnclimate.counts.slope_shifts import SlopeShift
from learnclimate.inference.merged_levels import standing_in, with_merged_levels

LEVELS = ("never", "yearly", "monthly", "weekly")
SHAPE = (2, 3)
N_TEAMS, N_DEPARTMENTS = 4, 2
CENTRE = 3.2
HIDDEN = {
    "the lowest": (1, 0, 0, 0),
    "the highest": (0, 0, 0, 1),
    "one between": (0, 1, 0, 0),
    "the lowest two": (1, 1, 0, 0),
    "both ends": (1, 0, 0, 1),
    "all but one": (1, 1, 0, 1),
    "all": (1, 1, 1, 1),
}


def coding_of(kinds=("monotonic", "monotonic"), **changes):
    names = ("talk", "meetings")
    return DesignCoding(
        **{
            "frequencies": tuple(
                FrequencyCoding(name, LEVELS, kind) for name, kind in zip(names, kinds, strict=True)
            ),
            "covariates": (CovariateCoding("challenge"),),
            "team_effects": ("intercept", *names),
            "zero": ZeroCoding((), True, False),
            "slope_shifts": (
                SlopeShift("talk", "challenge", CENTRE),
                SlopeShift("talk", "meetings", None),
            ),
            "department_effects": ("intercept", "talk"),
        }
        | changes
    )


def draws_of(coding, seed=0):
    """Random draws of a model with every part that a frequency enters."""
    rng = np.random.default_rng(seed)
    normal = lambda *size: rng.normal(0, 0.5, (*SHAPE, *size))  # noqa: E731
    n_own, n_above = len(coding.team_effects), len(coding.department_effects)
    found = {
        "intercept": normal(),
        "covariate_effects": normal(1),
        "slope_shifts": normal(2),
        "team_effects": normal(N_TEAMS, n_own),
        "team_sd": np.abs(normal(n_own)),
        "department_effects": normal(N_DEPARTMENTS, n_above),
        "department_sd": np.abs(normal(n_above)),
        "zero_intercept": normal(),
        "zero_probability": rng.uniform(0.1, 0.9, SHAPE),
    }
    for group, n in (("team", n_own), ("department", n_above)):
        factor = rng.normal(size=(*SHAPE, n, n + 2))
        covariance = factor @ np.swapaxes(factor, -1, -2)
        sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        found[f"{group}_correlation"] = covariance / sd[..., None] / sd[..., None, :]
    for prefix in ("", "zero_"):
        steps = rng.dirichlet(np.ones(3), (*SHAPE, 2))
        effect = normal(2)
        curves = [
            effect[..., [f]] * unit_curve(coding, f, steps)
            if frequency.kind == "monotonic"
            else np.concatenate([np.zeros((*SHAPE, 1)), normal(3)], axis=-1)
            for f, frequency in enumerate(coding.frequencies)
        ]
        found[f"{prefix}frequency_curve"] = np.concatenate(curves, axis=-1)
        found[f"{prefix}frequency_effect"] = np.stack([one[..., -1] for one in curves], axis=-1)
        found[f"{prefix}frequency_shape"] = steps
    return found


def unit_curve(coding, position, steps):
    """What multiplies a team's slope, from 0 to 1."""
    if coding.frequencies[position].kind != "monotonic":
        return np.broadcast_to(np.linspace(0, 1, len(LEVELS)), (*SHAPE, len(LEVELS)))
    own = steps[..., position, :]
    return np.concatenate([np.zeros((*SHAPE, 1)), np.cumsum(own, axis=-1)], axis=-1)


def tree(found, hidden_dims=None):
    dims = {name: ("chain", "draw", *labels.POSTERIOR_DIMS[name]) for name in found}
    dataset = xr.Dataset({name: (dims[name], values) for name, values in found.items()})
    return xr.DataTree.from_dict({"posterior": dataset})


def log_rate(coding, found, team, levels, challenge):
    """Log rate of a person, written out; teams 0 and 1 are in the first department."""
    curves = [unit_curve(coding, f, found["frequency_shape"]) for f in range(2)]
    at = [curve[..., level] for curve, level in zip(curves, levels, strict=True)]
    rate = found["intercept"] + found["covariate_effects"][..., 0] * challenge
    for f, level in enumerate(levels):
        rate = rate + found["frequency_curve"][..., f * len(LEVELS) + level]
    for column, shift in enumerate(coding.slope_shifts):
        by = at[1] if shift.centre is None else challenge - shift.centre
        rate = rate + found["slope_shifts"][..., column] * at[0] * by
    place = {"intercept": 1.0, "talk": at[0], "meetings": at[1]}
    for column, name in enumerate(coding.team_effects):
        rate = rate + found["team_effects"][..., team, column] * place[name]
    for column, name in enumerate(coding.department_effects):
        rate = rate + found["department_effects"][..., team // 2, column] * place[name]
    return rate


def spread_over_teams(coding, found, group, levels):
    """Variance of the log rate over teams (or departments), in closed form."""
    curves = [unit_curve(coding, f, found["frequency_shape"])[..., levels[f]] for f in range(2)]
    place = {"intercept": np.ones(SHAPE), "talk": curves[0], "meetings": curves[1]}
    names = getattr(coding, f"{group}_effects")
    row = np.stack([place[name] for name in names], axis=-1) * found[f"{group}_sd"]
    return np.einsum("...a,...ab,...b->...", row, found[f"{group}_correlation"], row)


def log_odds(found, levels):
    curve = found["zero_frequency_curve"]
    return found["zero_intercept"] + sum(curve[..., f * 4 + k] for f, k in enumerate(levels))


def merged(coding, found, hidden):
    draws, marked = tree(found), np.array(hidden, dtype=bool)
    sizes = xr.Dataset({"level_size": ("frequency_level", np.where(marked, 3, 30))})
    draws["constant_data"] = xr.DataTree(sizes)
    kept = with_merged_levels(draws, coding, marked)
    return {name: kept[name].to_numpy() for name in kept.data_vars}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize(
    "kinds",
    [("monotonic", "monotonic"), ("monotonic", "unordered"), ("unordered", "linear")],
    ids=" and ".join,
)
def test_every_person_at_shown_levels_is_told_what_was_told_before(name, kinds):
    coding = coding_of(kinds)
    found = draws_of(coding)
    of_talk, of_meetings = HIDDEN[name], HIDDEN["the lowest"]
    kept = merged(coding, found, (*of_talk, *of_meetings))
    stand = [standing_in(np.array(one, dtype=bool)) for one in (of_talk, of_meetings)]
    for team, talk, meetings, challenge in product(range(N_TEAMS), range(4), range(4), (1.0, 4.5)):
        levels = (stand[0][talk], stand[1][meetings])
        shown = levels == (talk, meetings)
        # A slope of equal steps extrapolates, whatever few people answered: it stays as it is.
        if not shown and kinds != ("monotonic", "monotonic"):
            continue
        before = log_rate(coding, found, team, levels, challenge)
        after = log_rate(coding, kept, team, (talk, meetings), challenge)
        np.testing.assert_allclose(after, before, atol=1e-12)
        np.testing.assert_allclose(
            log_odds(kept, (talk, meetings)), log_odds(found, levels), atol=1e-12
        )
        for group in ("team", "department"):
            np.testing.assert_allclose(
                spread_over_teams(coding, kept, group, (talk, meetings)),
                spread_over_teams(coding, found, group, levels),
                atol=1e-12,
            )


@pytest.mark.parametrize("name", HIDDEN)
def test_a_file_is_the_same_whatever_is_expected_at_hidden_levels(name):
    """
    The attack that cannot fail: were anything of a hidden level left, the two would differ.

    Two posteriors expect the same of everybody at shown levels and differ at hidden ones.
    """
    coding = coding_of()
    hidden = (*HIDDEN[name], *HIDDEN["one between"])
    base = merged(coding, draws_of(coding), hidden)
    other = merged(coding, unmerged(coding, base, HIDDEN[name]), hidden)
    for variable, values in base.items():
        np.testing.assert_allclose(other[variable], values, atol=1e-9, err_msg=variable)


def unmerged(coding, kept, hidden):
    """Give the hidden levels of talk other values: the inverse of merging, by other curves."""
    found = {name: values.copy() for name, values in kept.items()}
    rng = np.random.default_rng(7)
    stand = standing_in(np.array(hidden, dtype=bool))
    lowest, highest = stand[0], stand[-1]
    base, spread = (0.3 if lowest else 0.0), 0.4
    unit = unit_curve(coding, 0, kept["frequency_shape"])
    curve = base + spread * unit
    curve[..., :lowest] = np.linspace(0, base, lowest, endpoint=False)
    if highest == len(LEVELS) - 1:
        # The curve ends at 1 by definition.
        spread = 1 - base
        curve = np.where(np.arange(4) < lowest, curve, base + spread * unit)
    elif highest > lowest:
        curve[..., highest + 1 :] = np.linspace(base + spread, 1, 4 - highest)[1:]
    else:
        spread = 0.0
        curve = np.broadcast_to(np.array([0.0, 0.2, 0.5, 1.0]), curve.shape).copy()
        base = curve[0, 0, lowest]
    if spread == 0:
        # One level shown: any slope goes through it.
        return _through_one_point(coding, found, curve, base, rng)
    slope = found["frequency_effect"][..., 0] / spread
    shifts = found["slope_shifts"] / spread
    found["slope_shifts"] = shifts
    found["covariate_effects"][..., 0] -= shifts[..., 0] * base
    found["intercept"] += shifts[..., 0] * base * CENTRE - slope * base
    _other_frequency(found, coding, -shifts[..., 1] * base)
    found["frequency_shape"][..., 0, :] = np.diff(curve, axis=-1)
    found["frequency_curve"][..., :4] = slope[..., None] * curve
    found["frequency_effect"][..., 0] = slope
    for group, names in (("team", coding.team_effects), ("department", coding.department_effects)):
        turn = np.eye(len(names))
        turn[0, 1], turn[1, 1] = base, spread
        _turn_back(found, group, np.linalg.inv(turn))
    zero = rng.normal(size=SHAPE)
    found["zero_frequency_curve"][..., :4] = np.where(
        np.array(hidden, dtype=bool),
        rng.normal(size=(*SHAPE, 4)),
        found["zero_frequency_curve"][..., :4] + (zero[..., None] if lowest else 0),
    )
    if lowest:
        found["zero_frequency_curve"][..., 0] = 0
        found["zero_intercept"] -= zero
        odds = found["zero_probability"] / (1 - found["zero_probability"]) * np.exp(-zero)
        found["zero_probability"] = odds / (1 + odds)
    return found


def _through_one_point(coding, found, curve, base, rng):
    slope = rng.normal(size=SHAPE)
    found["frequency_shape"][..., 0, :] = np.diff(curve, axis=-1)
    found["frequency_curve"][..., :4] = slope[..., None] * curve
    found["frequency_effect"][..., 0] = slope
    found["intercept"] -= slope * base
    found["zero_frequency_curve"][..., :4] = 0.0
    return found


def _other_frequency(found, coding, moved):
    curve = unit_curve(coding, 1, found["frequency_shape"])
    found["frequency_curve"][..., 4:] += moved[..., None] * curve
    found["frequency_effect"][..., 1] += moved


def _turn_back(found, group, turn):
    found[f"{group}_effects"] = found[f"{group}_effects"] @ turn.T
    sd = found[f"{group}_sd"]
    covariance = sd[..., None] * sd[..., None, :] * found[f"{group}_correlation"]
    turned = turn @ covariance @ turn.T
    new = np.sqrt(np.diagonal(turned, axis1=-2, axis2=-1))
    found[f"{group}_sd"] = new
    found[f"{group}_correlation"] = turned / new[..., None] / new[..., None, :]


@pytest.mark.parametrize(
    "changes",
    [
        {"team_effects": ("talk",), "department_effects": ()},
        {"composition": "manifest"},
    ],
)
def test_models_that_cannot_be_written_without_a_level_are_not_saved(changes):
    coding = coding_of(**changes)
    with pytest.raises(FileError, match=r"few respondents gave one of the answers to 'talk'"):
        merged(coding, draws_of(coding), (*HIDDEN["the lowest"], 0, 0, 0, 0))


def test_nothing_changes_where_nothing_is_hidden():
    coding = coding_of()
    found = draws_of(coding)
    kept = merged(coding, found, (0,) * 8)
    for name, values in found.items():
        np.testing.assert_array_equal(kept[name], values)


def test_probabilities_of_hidden_levels_tell_only_their_sum():
    coding = coding_of()
    share = np.random.default_rng(1).dirichlet(np.ones(8), SHAPE)
    hidden = (1, 0, 1, 0, 0, 0, 0, 0)
    kept = merged(coding, draws_of(coding) | {"level_probability": share}, hidden)
    told = kept["level_probability"]
    np.testing.assert_allclose(told[..., 0], told[..., 2])
    np.testing.assert_allclose(told[..., [0, 2]].sum(axis=-1), share[..., [0, 2]].sum(axis=-1))
    np.testing.assert_array_equal(told[..., [1, 3]], share[..., [1, 3]])
