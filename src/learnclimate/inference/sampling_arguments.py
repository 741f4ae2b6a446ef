"""What a user asks of sampling, checked: draws, seed, and whether to keep those of teams."""

import secrets

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_whole

_CHAINS = 4
_FEWEST_DRAWS = 100
_MOST_DRAWS = 1_000_000


def check_team_draws(team_draws: object) -> None:
    """
    Refuse what does not say whether to keep draws of the teams.

    Parameters
    ----------
    team_draws : object
        What the user gave.

    Raises
    ------
    ArgumentError
        If it is neither ``"auto"`` nor a bool.
    """
    if not (isinstance(team_draws, bool) or team_draws == "auto"):
        raise ArgumentError(f"fit(team_draws={team_draws!r}): give 'auto', True or False.")


def checked_draws(draws: object) -> int:
    """
    Check the number of draws.

    Parameters
    ----------
    draws : object
        What the user gave.

    Returns
    -------
    int
        Rounded up to a multiple of 4.

    Raises
    ------
    ArgumentTypeError
        If it is no whole number.
    ArgumentError
        If it is too small or too large.

    Examples
    --------
    >>> checked_draws(1001)
    1004
    """
    if not is_whole(draws):
        raise ArgumentTypeError(f"fit(draws={draws!r}): give a whole number, as 4000.")
    if draws < _FEWEST_DRAWS:
        raise ArgumentError(f"fit(draws={draws}): give at least {_FEWEST_DRAWS}.")
    if draws > _MOST_DRAWS:
        raise ArgumentError(
            f"fit(draws={draws}): give at most {_MOST_DRAWS}; 4000 are enough for most questions."
        )
    return -(-int(draws) // _CHAINS) * _CHAINS


def checked_seed(seed: object) -> int:
    """
    Check the seed.

    Parameters
    ----------
    seed : object
        What the user gave.

    Returns
    -------
    int
        The seed; a drawn one for None.

    Raises
    ------
    ArgumentTypeError
        If it is no whole number.
    ArgumentError
        If it lies outside 32 bits.

    Examples
    --------
    >>> checked_seed(7)
    7
    """
    if seed is None:
        return secrets.randbelow(2**31)
    if not is_whole(seed):
        raise ArgumentTypeError(f"fit(seed={seed!r}): give a whole number, or None.")
    if not 0 <= seed < 2**32:
        raise ArgumentError(f"fit(seed={seed}): give a number from 0 to {2**32 - 1}.")
    return int(seed)
