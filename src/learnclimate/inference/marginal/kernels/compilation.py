"""Whether the kernels have been compiled on this machine before, and words for when not."""

from pathlib import Path
from typing import Any

#: Said while kernels are compiled: the only wait of the kind on a machine.
ONCE = "Compiling the marginal engine for this machine: once, about 20 seconds"


def first_words(otherwise: str, *, needs_rows: bool) -> str:
    """
    Say what the first part of a fit does.

    Parameters
    ----------
    otherwise : str
        What it does where the kernels lie ready.
    needs_rows : bool
        Whether the family is one that is integrated row by row.

    Returns
    -------
    str
        That, or that kernels are compiled.
    """
    if needs_rows:
        from learnclimate.inference.marginal.kernels.further_families import family_kernel

        return otherwise if compiled_before(family_kernel) else ONCE
    from learnclimate.inference.marginal.kernels.derivatives import derivative_kernel

    return otherwise if compiled_before(derivative_kernel) else ONCE


def compiled_before(kernel: Any) -> bool:
    """
    Look whether a kernel lies in this process or in the cache, for whichever dimension.

    Parameters
    ----------
    kernel : numba dispatcher
        A kernel that is cached.

    Returns
    -------
    bool
        Whether it does.
    """
    if kernel.signatures:
        return True
    folder, code = kernel.stats.cache_path, kernel.py_func
    if folder is None:
        return False
    name = f"{code.__module__.rpartition('.')[2]}.{code.__qualname__}-*.nbi"
    return any(Path(folder).glob(name))
