"""Build-time parameters of the kernels for Arm64 (isa ``neon``; with SDOT or SMMLA where the processor has them).

The same C and the same weights serve Armv7-A (isa ``armv7``), where what multiplies has files of its own.

Quant:  acc * M * 2^(e - 31) with e <= -1, four channels a vector (codegen_templates/common/tc_neon.h). The input's zero
        point is folded into the bias, so that kernels multiply raw codes and pad with the zero point.
Source: Arm Architecture Reference Manual (DDI 0487), SQRDMULH, SRSHL, SMLAL, SDOT, SMMLA.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops._accumulate import accumulator_bound
from toolchain.ops._dsp import Channels, channels, round_up

__all__ = ["ALSO", "BLOCK", "SLACK_BYTES", "Channels", "channels", "matrix_weights", "requant_words", "round_up",
           "unsupported"]

#: What kernels without instructions of Arm64 run on, too.
ALSO = ("armv7",)
#: Channels of a block, and codes that are multiplied at once.
BLOCK = 8
#: Bytes that may be read behind a copied input.
SLACK_BYTES = 16


def requant_words(c: Channels) -> Array:
    """Return int32 [four channels][3][4], of a multiple of eight channels: bias, multiplier, exponent, or zeros."""
    words = np.zeros((3, round_up(len(c.bias), BLOCK)), np.int32)
    words[:, : len(c.bias)] = c.bias, c.multiplier, c.exponent
    return np.ascontiguousarray(words.reshape(3, -1, 4).transpose(1, 0, 2))


def matrix_weights(weights: Array) -> Array:
    """Return int8 [channels / 8][codes / 4][8][4] of weights [C, runs, codes of a run], zeros for what is not there."""
    count, runs, codes = weights.shape
    padded = np.zeros((round_up(count, BLOCK), runs, round_up(codes, BLOCK)), np.int8)
    padded[:count, :, :codes] = weights
    return np.ascontiguousarray(padded.reshape(len(padded) // BLOCK, BLOCK, -1, 4).transpose(0, 2, 1, 3))


def unsupported(p: Any, weights: Array) -> str | None:
    """Return why the kernels cannot take these params, or None; ``weights`` has the output channels on axis 0."""
    c = channels(p, weights)
    if c.weights.size and c.weights.min() == -128:
        return "a weight of -128: two products may not fit int16"
    if c.exponent.max(initial=-1) > -1:
        return "a multiplier of 0.5 or more"
    if np.abs(c.bias).max(initial=0) > np.iinfo(np.int32).max:
        return "a bias with the zero point folded in that does not fit 32 bits"
    if accumulator_bound(p, weights) >= np.iinfo(np.int32).max:
        return "a sum that may not fit 32 bits"
    return None
