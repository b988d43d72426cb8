"""The table of exponentials that softmax and log_softmax look up: one per difference to the largest code of a row.

Quant:  exps[d] = exp(-d * s_x) in Q0.31, by gemmlowp's fixed-point exponential of the rescaled difference, so that the
        look-up gives TensorFlow Lite's bits. It ends where the exponential becomes 0: what lies beyond adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Node, Tensor
from toolchain.numerics import IntArray, Rounding, quantize_multiplier, requantize, rounding_divide_by_pot
from toolchain.ops._fixed_point import DIFFERENCE_BITS, SUM_BITS, exp_of_negative
from toolchain.ops._shapes import normalise_axis
from toolchain.ops.base import Params

#: A sum of so many exponentials still fits Q12.19.
MAX_CHANNELS = (1 << SUM_BITS) - 1


@dataclass(frozen=True)
class ExponentialParams(Params):
    """First fields of the integer parameters of softmax and log_softmax."""

    rows: int
    channels: int
    exp_count: int
    exps: Array


def difference_multiplier(scale: float) -> tuple[int, int]:
    """Return (M, e) that takes a difference of codes to Q5.26; beyond a scale of 16 one step is as good as infinite."""
    return quantize_multiplier(min(scale * 2.0 ** (31 - DIFFERENCE_BITS), 2.0**30 - 1))


def exponentials(scale: float) -> Array:
    """Return int32 exps[d] for d = 0, 1, ... up to the last that is not 0; at most 256."""
    multiplier, exponent = difference_multiplier(scale)
    # differences below -31 would leave Q5.26
    radius = int(31 * 2.0 ** (31 - DIFFERENCE_BITS) / 2.0 ** max(exponent, 0))
    differences = np.arange(min(radius, 255) + 1)
    exps = exp_of_negative(requantize(-differences, multiplier, exponent, Rounding.DOUBLE))
    return exps[: int(np.flatnonzero(exps)[-1]) + 1].astype(np.int32)


def row_shape(node: Node, axis: int, x: Tensor) -> tuple[int, int]:
    """Return (rows, channels); ModelError unless ``axis`` is the last one and its length fits the sum."""
    if normalise_axis(node.op, axis, len(x.shape)) != len(x.shape) - 1:
        raise ModelError(f"{node.name}: {node.op} in integers works along the last axis, "
                         f"not axis {axis} of {list(x.shape)}", (), "transpose before and after it")
    channels = x.shape[-1]
    if channels > MAX_CHANNELS:
        raise ModelError(f"{node.name}: {node.op} over {channels} values, at most {MAX_CHANNELS}", (),
                         "leave it out of the model when only the order of the values matters")
    return x.count // channels, channels


def differences_and_sums(p: ExponentialParams, x: Array) -> tuple[IntArray, IntArray, IntArray]:
    """Return (difference to the row's largest code, its exponential in Q0.31, sum of them in Q12.19 per row)."""
    codes = x.astype(np.int64)
    differences = codes.max(axis=-1, keepdims=True) - codes
    table = np.zeros(256, dtype=np.int64)
    table[: p.exp_count] = p.exps
    exps = table[differences]
    return differences, exps, rounding_divide_by_pot(exps, SUM_BITS).sum(axis=-1, keepdims=True)
