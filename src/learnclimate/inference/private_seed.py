"""
The seed of an engine: known to who holds the answers and the seed of the fit, and to nobody else.

Draws of the marginal engine are the mode plus a matrix times numbers of the generator. Who could
make those numbers again would solve the draws of a saved fit for the mode and the curvature of the
log posterior to the last digit, and these are sums over respondents: equations about their
answers. The seed of a fit is told in its file, and would be guessed anyway (1, 42). So the
generators start from the seed and the answers together: the same survey and the same seed give the
same draws, and the file alone gives none.
"""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.kinds_design import KindsDesign


def seed_of_sampler(seed: int) -> int:
    """
    Cut a seed for a sampler that takes 64 bits, which are still more than anybody can try.

    Parameters
    ----------
    seed : int
        Of any length.

    Returns
    -------
    int
        From 0 to 2**64 - 1; the same number where it fits.

    Examples
    --------
    >>> seed_of_sampler(7), seed_of_sampler(2**100 + 7)
    (7, 7)
    """
    return seed % 2**64


def answers_of(design: CountDesign) -> tuple[npt.NDArray[np.generic], ...]:
    """
    Give the answers of a count model's respondents, for `private_seed`.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    tuple of ndarray
        With those of people whose level is summed out, where there are any.
    """
    own = (
        design.outcome,
        design.log_exposure,
        design.frequency_level,
        design.covariates,
        design.team,
        design.multiplicity,
    )
    return own if design.unknown is None else (*own, *answers_of(design.unknown))


def answers_of_kinds(design: KindsDesign) -> tuple[npt.NDArray[np.generic], ...]:
    """
    Give the answers of respondents who were asked several kinds, for `private_seed`.

    Parameters
    ----------
    design : KindsDesign
        The data.

    Returns
    -------
    tuple of ndarray
        With which kinds each answered.
    """
    return (*answers_of(design.people), design.counts, design.answered)
