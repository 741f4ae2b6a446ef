"""Random numbers by counter: the same for a draw and a team wherever they are computed."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp,
    inline_kernel,
    inner_kernel,
    log1p,
    safe_kernel,
)

FloatArray = npt.NDArray[np.float64]

DEGREES_OF_FREEDOM = 7.0
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF_PI = 1.5707963267948966


@safe_kernel
def mixed(x: np.uint64) -> np.uint64:
    """Scramble 64 bits (SplitMix64; Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195)."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


@safe_kernel
def stream(seed: np.uint64, draw: int, team: int) -> np.uint64:
    """Begin the stream of a draw and a team."""
    key = mixed(seed + _GOLDEN * np.uint64(draw + 1))
    return mixed(key ^ (_SECOND * np.uint64(team + 1)))


@safe_kernel
def uniform(key: np.uint64, counter: int) -> float:
    """Uniform number in (0, 1), the counter-th of a stream."""
    bits = mixed(key + _GOLDEN * np.uint64(counter + 1))
    return (np.float64(bits >> np.uint64(12)) + 0.5) * 2.220446049250313e-16


@safe_kernel
def _minus_log(u: float) -> float:
    return log1p((1.0 - u) / u)


@safe_kernel
def _sine(x: float) -> float:
    """Sine of x between -π/2 and π/2."""
    z = x * x
    p = 2.8114572543455206e-15
    p = p * z - 7.647163731819816e-13
    p = p * z + 1.6059043836821613e-10
    p = p * z - 2.505210838544172e-08
    p = p * z + 2.7557319223985893e-06
    p = p * z - 1.984126984126984e-04
    p = p * z + 8.333333333333333e-03
    p = p * z - 1.6666666666666666e-01
    return x + x * z * p


@inline_kernel
def fill_directions(key: np.uint64, counter: int, x: FloatArray, y: FloatArray) -> None:
    """Fill x and y with points on the unit circle."""
    for p in range(x.shape[0]):
        u = 2.0 * uniform(key, counter + p) - 1.0
        right = u > 0.0
        sine = _sine(_HALF_PI * (2.0 * abs(u) - 1.0))
        cosine = np.sqrt(max(0.0, 1.0 - sine * sine))
        x[p] = cosine if right else -cosine
        y[p] = sine


@inner_kernel
def fill_student(key: np.uint64, t: FloatArray, spare: FloatArray) -> None:
    """Fill t (d, n) with columns from a standard multivariate t of 7 degrees of freedom."""
    d, n = t.shape
    if d == 0:
        return
    if d < 3:
        other = t[1] if d == 2 else spare
        fill_directions(key, 0, t[0], other)
        for p in range(n):
            log = _minus_log(uniform(key, n + p)) * (2.0 / DEGREES_OF_FREEDOM)
            radius = np.sqrt(DEGREES_OF_FREEDOM * (exp(log) - 1.0))
            t[0, p] *= radius
            other[p] *= radius
        return
    fill_directions(key, 0, t[0], t[1])
    for p in range(n):
        normal_square = 2.0 * _minus_log(uniform(key, n + p))
        sine = _sine(_HALF_PI * (2.0 * uniform(key, 2 * n + p) - 1.0))
        product = uniform(key, 4 * n + p) * uniform(key, 5 * n + p) * uniform(key, 6 * n + p)
        three = 2.0 * _minus_log(uniform(key, 3 * n + p)) + normal_square * sine * sine
        seven = 2.0 * _minus_log(product) + normal_square * (1.0 - sine * sine)
        radius = np.sqrt(DEGREES_OF_FREEDOM * three / seven)
        height = 2.0 * uniform(key, 7 * n + p) - 1.0
        flat = radius * np.sqrt(1.0 - height * height)
        t[0, p] *= flat
        t[1, p] *= flat
        t[2, p] = radius * height
