"""float32 arithmetic of the references: what kernels of float models do beside + - * /, in NumPy.

The twin of codegen_templates/common/tc_float.h: one rounding in each step, and the order of the steps is stated, so
that every processor gives the same bits. Inputs hold no NaN.

Source: Boldo and Melquiond, "Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd",
        IEEE Transactions on Computers 57(4), 2008; Knuth, The Art of Computer Programming, vol. 2, 4.2.2 (TwoSum).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops.base import Params

#: The type name of float32 tensors and kernels.
DTYPE = "f32"
#: Open ends of a clamp.
OPEN = (float("-inf"), float("inf"))
#: Least double exponent field for which the float32 result is a normal number: 2^-126.
_NORMAL = 1023 - 126


class FloatParams(Params):
    """Base of the parameters of a float32 call."""

    @property
    def dtype(self) -> str:
        return DTYPE


def f32(value: float) -> Any:
    """Return a value rounded to float32."""
    return np.float32(value)


def fma(x: Array, y: Array | float, z: Array | float) -> Array:
    """Return x * y + z of float32 values, rounded once to float32 (IEEE 754-2019, fusedMultiplyAdd)."""
    product = np.multiply(x, y, dtype=np.float64)  # exact: 48 of 53 bits
    return add_rounded(product, np.asarray(z, np.float64))


def add_rounded(product: Array, z: Array) -> Array:
    """Return the sums of two arrays of float64, rounded once to float32.

    Rounding to float64 first does harm only where that lies half-way between two float32 values, or where the result is
    subnormal, with fewer bits: there it is rounded to odd.
    """
    total = np.asarray(product + z)
    bits = total.view(np.int64)
    with np.errstate(over="ignore"):
        result: Array = total.astype(np.float32)
    doubtful = ((bits & 0x1FFFFFFF) == 0x10000000) | (((bits >> 52) & 0x7FF) < _NORMAL)
    if doubtful.any():
        a, b = (np.broadcast_to(v, total.shape)[doubtful] for v in (product, z))
        result[doubtful] = _round_to_odd(a, b, total[doubtful]).astype(np.float32)
    return result


def _round_to_odd(a: Array, b: Array, total: Array) -> Array:
    """Return a + b rounded to odd: ``total``, or its neighbour on that side where it is even and not exact."""
    from_b = total - a
    rest = (a - (total - from_b)) + (b - from_b)
    bits = total.view(np.int64)
    step = np.where((rest > 0) == (total > 0), 1, -1)
    odd: Array = (bits + np.where((rest != 0) & (bits % 2 == 0), step, 0)).view(np.float64)
    return odd


def limits(clamp: tuple[float, float] | None) -> tuple[float, float]:
    """Return the float32 ends of a fused activation range.

    A low end of zero is +0, a high one -0: then a comparison and the maximum of IEEE 754-2019 agree on every zero.
    """
    low, high = (float(f32(end)) for end in (OPEN if clamp is None else clamp))
    return (0.0 if low == 0 else low), (-0.0 if high == 0 else high)


def limited(x: Array, low: float, high: float) -> Array:
    """Return float32 values limited to a range: the larger of x and low, then the smaller of that and high."""
    x = np.where(x > f32(low), x, f32(low))
    result: Array = np.where(x < f32(high), x, f32(high))
    return result


def maximum(best: Array, x: Array) -> Array:
    """Return x where it exceeds best, else best."""
    result: Array = np.where(x > best, x, best)
    return result
