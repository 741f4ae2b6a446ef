"""To how many decimals a figure is told beside a number of people that is not."""

import numpy as np
import numpy.typing as npt

#: More decimals are never told of what was rounded.
_MOST_DIGITS = 2
#: Shares of one item are told in steps of so many people, if not these.
_PEOPLE, _STEPS = 5.0, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
#: Means are rounded so that the sum over all respondents is known to so many spreads of one.
_SPREADS = 6.0
#: Sums of single groups are known to so many each, from the least to the most, that who adds them
#: up finds their sum to the unit in one study of so many.
_OF_GROUPS, _STUDIES = (2.0, 10.0), 100.0


def digits_that_hide(asked: int, n_items: int = 1) -> int:
    """
    Give the decimals to which a mean does not tell how many answers it is of.

    Parameters
    ----------
    asked : int
        How many were asked.
    n_items : int, optional
        How many whole answers of each are in the mean.

    Returns
    -------
    int
        From 0 to 2: so few that a step is no finer than that of means of half of them.

    Examples
    --------
    >>> digits_that_hide(12), digits_that_hide(120), digits_that_hide(120, 4)
    (0, 1, 2)
    """
    return min(int(np.log10(max(asked // 2 * n_items, 1))), _MOST_DIGITS)


def step_that_hides(asked: int) -> float:
    """
    Give the step in which all shares of an item do not tell, together, how many they are of.

    Shares sum to one, and mean and standard deviation follow from them: between them they tell
    more than each does. In steps of so many people any number that is missing may be behind them.

    Parameters
    ----------
    asked : int
        How many were asked.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten, no finer than 0.01.

    Examples
    --------
    >>> step_that_hides(12), step_that_hides(132), step_that_hides(2000)
    (0.5, 0.05, 0.01)
    """
    coarse = _PEOPLE / max(asked, 1)
    return next((one for one in _STEPS if one >= coarse), 1.0)


def to_step(value: float, step: float) -> float:
    """
    Round a figure to a multiple of a step.

    Parameters
    ----------
    value, step : float
        The figure and the step.

    Returns
    -------
    float
        As it is written; as it is where the step is 0.

    Examples
    --------
    >>> to_step(0.047, 0.05), to_step(3.337, 0.05), to_step(3.337, 0.0)
    (0.05, 3.35, 3.337)
    """
    if not step:
        return value
    return float(f"{np.rint(value / step) * step:.9g}")


def spread_that_hides(values: npt.ArrayLike) -> float:
    """
    Find by how much a sum over respondents must stay unknown, so that no one of them is told.

    Parameters
    ----------
    values : array_like of shape (n_values,)
        What they have.

    Returns
    -------
    float
        The standard deviation, or where some lie far away two thirds of the largest distance
        from the mean: one person more of one team and one less of another moves a sum by no
        more than half of what `rounded_mean` leaves unknown of it.

    Examples
    --------
    >>> spread_that_hides([1.0, 3.0, 2.0, 18.0])
    8.0
    """
    known = np.asarray(values, dtype=float)
    apart = known - known.mean()
    return float(max(apart.std(), np.abs(apart).max(initial=0.0) * 2 / 3))


def rounded_mean(mean: float, spread: float, n: int) -> float:
    """
    Round the mean of what everybody knows of each team, so that it tells no size of a team.

    An exact mean is a sum of whole numbers of people. With the sizes of the teams that are shown
    it tells how many are in those that are not.

    Parameters
    ----------
    mean : float
        The mean.
    spread : float
        As `spread_that_hides` gives it.
    n : int
        How many there are.

    Returns
    -------
    float
        The mean to 1, 2 or 5 times a power of ten, at least so coarse that the sum over all is
        known to several spreads only.

    Examples
    --------
    >>> rounded_mean(8.3456, 5.1, 100)
    8.5
    """
    unit = unit_of_mean(spread, n)
    return to_step(mean, unit)


def unit_of_mean(spread: float, n: int) -> float:
    """
    Give the unit to which `rounded_mean` rounds.

    Parameters
    ----------
    spread : float
        As `spread_that_hides` gives it.
    n : int
        How many there are.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten; 0 where all have the same, and nothing is rounded.

    Examples
    --------
    >>> unit_of_mean(5.1, 100)
    0.5
    """
    coarse = _SPREADS * spread / n
    return unit_above(coarse) if coarse > 0 else 0.0


def unit_above(least: float) -> float:
    """
    Give the smallest of 1, 2 or 5 times a power of ten that is not below a number.

    Parameters
    ----------
    least : float
        A number above 0.

    Returns
    -------
    float
        The unit.

    Examples
    --------
    >>> unit_above(14.4), unit_above(0.05)
    (20.0, 0.05)
    """
    power = int(np.floor(np.log10(least)))
    unit = next(one for one in (1, 2, 5, 10) if one * 10.0**power >= least * (1 - 1e-9))
    return float(f"{unit * 10.0**power:.1g}")


def of_this_order(value: float) -> float:
    """
    Round a scale to 1, 2 or 5 times a power of ten.

    Of what everybody knows of each team, a spread to three digits tells how many people are in
    teams that are hidden.

    Parameters
    ----------
    value : float
        A number above 0.

    Returns
    -------
    float
        The nearest of these, by ratio.

    Examples
    --------
    >>> of_this_order(0.136), of_this_order(0.36), of_this_order(8.0)
    (0.1, 0.5, 10.0)
    """
    power = np.floor(np.log10(value))
    choices = [float(f"{one * 10.0**power:.0e}") for one in (1, 2, 5, 10)]
    return min(choices, key=lambda one: abs(np.log(one / value)))


def steps_of_groups(people: npt.ArrayLike, n_items: int = 1) -> npt.NDArray[np.float64]:
    """
    Give the steps in which means of groups are told where other groups are hidden.

    Exact sums of all and of the groups that are shown leave that of the hidden ones: where it is
    nothing, each of their members has nothing.

    Parameters
    ----------
    people : array_like of shape (n_groups,)
        How many are in each group that is shown.
    n_items : int, optional
        How many whole answers of each are in the mean.

    Returns
    -------
    ndarray of shape (n_groups,)
        1, 2 or 5 times a power of ten. The sum of each group is known to two at least, and of
        few groups to more: that all of them lie at the same ends of their steps, so that no more
        can be left for the others than there is, is found in one study in a hundred at most (of
        one group, in ten).

    Examples
    --------
    >>> steps_of_groups([11] * 8).tolist(), steps_of_groups([30, 40, 50]).tolist()
    ([0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], [0.2, 0.2, 0.1])
    """
    sizes = np.maximum(np.asarray(people, dtype=float), 1) * n_items
    width = float(np.clip(_STUDIES ** (1 / max(len(sizes), 1)), *_OF_GROUPS))
    return np.array([no_finer(width / size) for size in sizes])


def no_finer(coarse: float) -> float:
    """
    Give the least of 1, 2 or 5 times a power of ten that is no finer than a step.

    Parameters
    ----------
    coarse : float
        The step, above 0.

    Returns
    -------
    float
        It, or the next coarser one.

    Examples
    --------
    >>> no_finer(0.18), no_finer(0.2), no_finer(3.0)
    (0.2, 0.2, 5.0)
    """
    power = np.floor(np.log10(coarse))
    choices = [float(f"{one * 10.0**power:.0e}") for one in (1, 2, 5, 10)]
    return next(one for one in choices if one >= coarse * (1 - 1e-9))
