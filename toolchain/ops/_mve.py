"""Build-time parameters of the kernels for MVE (isa ``mve``: Cortex-M55, M85).

Quant:  acc * M * 2^(e - 31) with e <= -1 for any int32 acc, four channels a vector (codegen_templates/common/tc_mve.h).
        The input's zero point is folded into the bias, so that kernels multiply raw codes and pad with the zero point.
Source: Armv8-M Architecture Reference Manual, VQRDMULH, VQDMULH, VRSHL, VMLADAV.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import Channels, channels, round_up

__all__ = ["Channels", "channels", "matrix_weights", "requant_words", "unsupported", "unsupported_exponent"]

#: Bytes and 32-bit lanes of a vector.
BYTES, LANES = 16, 4


def requant_words(c: Channels) -> Array:
    """Return int32 [four channels][3][4]: bias, multiplier, -shift; zeros for channels that are not there."""
    words = np.zeros((3, round_up(len(c.bias), LANES)), np.int32)
    words[:, : len(c.bias)] = c.bias, c.multiplier, c.exponent
    return np.ascontiguousarray(words.reshape(3, -1, LANES).transpose(1, 0, 2))


def matrix_weights(weights: Array) -> Array:
    """Return int8 [four channels][blocks of 16][4][16] of weights [C, K], zeros for what is not there."""
    count, codes = weights.shape
    padded = np.zeros((round_up(count, LANES), round_up(codes, BYTES)), np.int8)
    padded[:count, :codes] = weights
    return np.ascontiguousarray(padded.reshape(-1, LANES, padded.shape[1] // BYTES, BYTES).transpose(0, 2, 1, 3))


def unsupported(p: Any, weights: Array) -> str | None:
    """Return why the MVE kernels cannot take these params, or None; ``weights`` has the output channels on axis 0."""
    c = channels(p, weights)
    if c.exponent.max(initial=-1) > -1:
        return "a multiplier of 0.5 or more"
    if np.abs(c.bias).max(initial=0) > np.iinfo(np.int32).max:
        return "a bias with the zero point folded in that does not fit 32 bits"
    return None


def unsupported_exponent(multiplier: int, exponent: int) -> str | None:
    """Return why a multiplier (M, e) does not fit the vector requantisation, or None."""
    if multiplier == 0:
        return "a multiplier of zero"
    return "a multiplier of 0.5 or more" if exponent > -1 else None
