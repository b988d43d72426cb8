"""Exponential and logarithm in float32: the twin of codegen_templates/common/tc_exp_f32.h, step by step.

Polynomials fitted to the function on the reduced range, with the weight that makes the result's relative error even.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.ir import Array
from toolchain.ops._float32 import f32, fma, limited

_LOG2_E, _LN2_HIGH, _LN2_LOW, _SHIFT = (
    float.fromhex(x) for x in ("0x1.715476p+0", "0x1.62e400p-1", "0x1.7f7d1cp-20", "0x1.8p+23"))
_EXP = ("0x1.6db426p-10", "0x1.123b56p-7", "0x1.55545ep-5", "0x1.55548ep-3", "0x1p-1")
_EXPM1 = ("0x1.a2ee6ep-16", "0x1.a2e2b4p-13", "0x1.6c1470p-10", "0x1.110f74p-7", "0x1.555556p-5", "0x1.555556p-3",
          "0x1p-1")
_LOG = ("0x1.1b40e4p-4", "-0x1.e2e918p-4", "0x1.e6512ep-4", "-0x1.fb434ep-4", "0x1.2332b8p-3", "-0x1.5562e2p-3",
        "0x1.99a546p-3", "-0x1.ffffeep-3", "0x1.555546p-2")
_ONE_BITS, _ROOT_HALF_BITS = 0x3F800000, 0x3F3504F3


def horner(coefficients: Sequence[str], x: Array) -> Array:
    """Return a polynomial of x, the highest power's coefficient first: one fma a step."""
    values = [f32(float.fromhex(c)) for c in coefficients]
    q: Array = np.full_like(x, values[0])
    for value in values[1:]:
        q = fma(q, x, value)
    return q


def exp(x: Array) -> Array:
    """Return e^x."""
    x = limited(x, -104.0, 89.0)
    t = fma(x, _LOG2_E, _SHIFT)
    power = t.view(np.int32) - np.int32(0x4B400000)
    n = t - f32(_SHIFT)
    r = fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))
    q = fma(horner(_EXP, r), r * r, r) + f32(1)
    half = np.where(power < 0, -(-power // 2), power // 2)
    with np.errstate(over="ignore"):
        y: Array = q * _power_of_two(half) * _power_of_two(power - half)
    return y


def expm1(x: Array) -> Array:
    """Return e^x - 1."""
    small = np.where(np.abs(x) < f32(0.5), x, f32(0))
    near = fma(horner(_EXPM1, small), small * small, small)
    y: Array = np.where(np.abs(x) < f32(0.5), near, exp(x) - f32(1))
    return y


def log(x: Array) -> Array:
    """Return the natural logarithm; -infinity for what is not above 0."""
    inner = np.where((x > 0) & (x < np.inf), x, f32(1))
    tiny = inner < f32(2.0**-126)
    scaled = np.where(tiny, inner * f32(2.0**23), inner)
    bits = scaled.view(np.int32) + np.int32(_ONE_BITS - _ROOT_HALF_BITS)
    k = ((bits >> 23) - 127 - np.where(tiny, 23, 0)).astype(np.float32)
    f = ((bits & 0x7FFFFF) + np.int32(_ROOT_HALF_BITS)).astype(np.int32).view(np.float32) - f32(1)
    square = f * f
    q = fma(horner(_LOG, f) * f, square, f32(-0.5) * square)
    y = fma(k, _LN2_HIGH, fma(k, _LN2_LOW, q) + f)
    result: Array = np.where(x > 0, np.where(x < np.inf, y, f32(np.inf)), f32(-np.inf))
    return result


def log1p(x: Array) -> Array:
    """Return log(1 + x) for 0 <= x <= 1."""
    total = f32(1) + x
    rounded = total - f32(1)
    positive = rounded > 0
    y: Array = np.where(positive, log(total) * (x / np.where(positive, rounded, f32(1))), x)
    return y


def _power_of_two(n: Array) -> Array:
    power: Array = ((n + 127) << 23).astype(np.int32).view(np.float32)
    return power
