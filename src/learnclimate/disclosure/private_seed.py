"""
Seeds known to who holds the answers and the seed that is told, and to nobody else.

Numbers made by chance from a known seed are as good as constants: a bootstrap interval of
them is an exact equation about the rows of respondents, in their order.
"""

import hashlib

import numpy as np
import numpy.typing as npt

#: A start of its own: the hash of the answers which a file tells is no help.
_PURPOSE = b"numbers of an engine"
_BYTES = 16


def private_seed(seed: int, *answers: npt.NDArray[np.generic]) -> int:
    """
    Start generators from a seed and all answers together.

    Parameters
    ----------
    seed : int
        As it is told.
    *answers : ndarray
        All answers of the respondents.

    Returns
    -------
    int
        A number of 128 bits, more than anybody can try.
    """
    digest = hashlib.sha256(_PURPOSE)
    digest.update(str(seed).encode())
    for array in answers:
        digest.update(f"{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return int.from_bytes(digest.digest()[:_BYTES], "big")
