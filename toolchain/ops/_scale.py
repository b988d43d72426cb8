"""Multipliers of the operators without MACs, and the change of scale that clamp and requantize share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolchain.ir import DTYPES, Array
from toolchain.numerics import Rounding, quantize_multiplier, requantize
from toolchain.ops.base import Params


def bounded_multiplier(scale: float, bits: int) -> tuple[int, int]:
    """Return (M, e) of min(scale, 2^(30 - bits)): a value of |x| < 2^bits, shifted left by e, then fits int32.

    The bound binds only where one step of x saturates an int8 output anyway, or two scales differ by 2^14 and more.
    """
    return quantize_multiplier(min(scale, 2.0 ** (30 - bits)))


@dataclass(frozen=True)
class RescaleParams(Params):
    """First fields of the integer parameters of clamp and requantize."""

    count: int
    input_zero_point: int
    output_zero_point: int
    multiplier: int
    exponent: int


def rescale(p: RescaleParams, x: Array, rounding: Rounding, low: int, high: int, dtype: str = "s8") -> Array:
    """Return the codes of x at the output's scale, limited to [low, high]."""
    y = requantize(x.astype(np.int64) - p.input_zero_point, p.multiplier, p.exponent, rounding) + p.output_zero_point
    return np.clip(y, low, high).astype(DTYPES[dtype])
