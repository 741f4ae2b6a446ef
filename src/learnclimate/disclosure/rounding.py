"""To how many decimals a figure is told beside a number of people that is not."""

import numpy as np

#: More decimals are never told of what was rounded.
_MOST_DIGITS = 2


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
