"""Exponentials and logarithms that compilers can vectorise, and random numbers by counter."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.extending import intrinsic

_FAST = {"reassoc", "contract", "nsz", "arcp"}
# Without "_nrt", every slice of an array is counted atomically: a fivefold cost a team.
_COMMON: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
fast_kernel = numba.njit(**_COMMON, cache=True, fastmath=_FAST)
inner_kernel = numba.njit(**_COMMON, no_cpython_wrapper=True, fastmath=_FAST)
inline_kernel = numba.njit(**_COMMON, no_cpython_wrapper=True, fastmath=_FAST, inline="always")
#: Of rows of further families: exact arithmetic, and scratch of their own.
row_kernel = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True)
outer_kernel = numba.njit(nogil=True, error_model="numpy", cache=True)
safe_kernel = numba.njit(**_COMMON, no_cpython_wrapper=True, fastmath={"contract"})
# Without "nnan", compilers find the largest of many numbers one by one.
_ordered_kernel = numba.njit(**_COMMON, no_cpython_wrapper=True, fastmath=_FAST | {"nnan"})

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


@intrinsic
def _float_bits(_context: Any, x: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return numba.int64(x), generate


@intrinsic
def _bits_float(_context: Any, x: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return numba.float64(x), generate


@intrinsic
def _rint(_context: Any, x: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        function = builder.module.declare_intrinsic("llvm.rint", [ir.DoubleType()])
        return builder.call(function, arguments)

    return numba.float64(x), generate


@safe_kernel
def exp(x: float) -> float:
    """Exponential of x between -708 and 709, to about one unit in the last place."""
    x = min(max(x, -708.0), 709.0)
    k = _rint(x * _LOG2_E)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = 2.08860621107283687536341e-09
    p = p * r + 2.51112930892876518610661e-08
    p = p * r + 2.75573911234900471893338e-07
    p = p * r + 2.75572362911928827629423e-06
    p = p * r + 2.48015871592354729987910e-05
    p = p * r + 1.98412698960509205564975e-04
    p = p * r + 1.38888888889774492207962e-03
    p = p * r + 8.33333333331652721664984e-03
    p = p * r + 4.16666666666665047591422e-02
    p = p * r + 1.66666666666666851703837e-01
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    half = np.int64(k) >> 1
    rest = np.int64(k) - half
    return p * _bits_float((half + 1023) << 52) * _bits_float((rest + 1023) << 52)


@safe_kernel
def log1p(v: float) -> float:
    """Log of 1 + v for finite v >= 0, to a few units in the last place, tiny v too."""
    x = 1.0 + v
    bits = _float_bits(x)
    e = (bits - 0x3FE6A09E667F3BCD) >> 52
    mantissa = _bits_float(bits - (e << 52))
    f = v if e == 0 else mantissa - 1.0
    k = np.float64(e)
    s = f / (2.0 + f)
    z = s * s
    r = 1.479819860511658591e-01
    r = r * z + 1.531383769920937332e-01
    r = r * z + 1.818357216161805012e-01
    r = r * z + 2.222219843214978396e-01
    r = r * z + 2.857142874366239149e-01
    r = r * z + 3.999999999940941908e-01
    r = r * z + 6.666666666666735130e-01
    r = r * z
    h = 0.5 * f * f
    return k * _LN2_HIGH + (f - (h - (s * (h + r) + k * _LN2_LOW)))


@inner_kernel
def exp_all(x: npt.NDArray[np.float64], n: int) -> None:
    """Replace the first n entries of x by their exponentials."""
    for i in range(n):
        x[i] = exp(x[i])


@inner_kernel
def log1p_all(x: npt.NDArray[np.float64], n: int) -> None:
    """Replace the first n entries of x, none below 0, by the logs of 1 more."""
    for i in range(n):
        x[i] = log1p(x[i])


@_ordered_kernel
def largest_of(x: npt.NDArray[np.float64]) -> float:
    """Largest of the entries of x; any number where one is not a number."""
    largest = x[0]
    for i in range(x.shape[0]):
        largest = x[i] if x[i] > largest else largest
    return largest
