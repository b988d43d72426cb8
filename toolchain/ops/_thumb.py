"""Build-time parameters of the kernels for cores without the DSP extension (isa ``thumb``: ARMv6-M, ARMv7-M).

Quant:  acc * M * 2^(e - 31) with e <= -1 and |acc| < 2^23, the input's zero point folded into the bias, so that kernels
        multiply raw codes and pad with the zero point (codegen_templates/common/tc_thumb.h).
Source: Arm v6-M Architecture Reference Manual.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _dsp
from toolchain.ops._dsp import Channels, channels, in_order, pair_words

__all__ = ["Channels", "channels", "in_order", "pair_words", "unsupported", "weight_pairs", "words"]


def words(c: Channels) -> Array:
    """Return int32 [C, 2]: (bias << 8) | (shift - 1), multiplier."""
    return np.stack([c.bias * 256 - c.exponent - 1, c.multiplier], axis=1).astype(np.int32)


def unsupported(p: Any, weights: Array) -> str | None:
    """Return why the kernels cannot take these params, or None; ``weights`` has the output channels on axis 0."""
    if weights.size and weights.min() < -127:
        return "a weight of -128: two of them leave 16 bits"
    return _dsp.unsupported(p, weights)


def weight_pairs(weights: Array) -> Array:
    """Return int32 [pairs, units] of weights [C, K]: bytes {c0 t0, c1 t0, c1 t1, c0 t1}, zero where one is missing."""
    count, taps = weights.shape
    padded = np.zeros((count + (count & 1), taps + (taps & 1)), np.int8)
    padded[:count, :taps] = weights
    blocks = padded.reshape(len(padded) // 2, 2, -1, 2).transpose(0, 2, 3, 1)  # [pairs, units, taps, channels]
    ordered = np.stack([blocks[..., 0, 0], blocks[..., 0, 1], blocks[..., 1, 1], blocks[..., 1, 0]], axis=-1)
    return np.ascontiguousarray(ordered).view(np.int32)[..., 0]
