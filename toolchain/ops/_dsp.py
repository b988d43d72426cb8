"""Build-time parameters of the kernels for the DSP extension (isa ``dsp``): requantisation words and weight orders.

Quant:  acc * M * 2^(e - 31) with e <= -1 is one SMMLAR by 2 * M - 2^32 on top of acc, a correction for negative sums, a
        shift and SSAT (codegen_templates/common/tc_dsp.h). The input's zero point is folded into the bias, so that
        kernels multiply raw codes and pad with the zero point.
Source: Arm v7-M Architecture Reference Manual, SMMLAR, SMLAD, SXTB16, SSAT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops._accumulate import accumulator_bound

#: Largest right shift for which the zero point and the rounding term still fit beside a sum below 2^30.
MAX_SHIFT = 23
MAX_BIAS = 1 << 23


@dataclass(frozen=True)
class Channels:
    """Weights int8 [C, ...] and requantisation of the output channels as the DSP kernels take them.

    A channel whose output is its zero point for every input (multiplier zero or tiny) has its weights set to zero.
    """

    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array

    def words(self) -> Array:
        """Return int32 [C, 2]: (bias << 8) | (shift - 1), 2 * multiplier - 2^32."""
        first = self.bias * 256 + (-self.exponent - 1)
        second = 2 * self.multiplier - (1 << 32)
        return np.stack([first, second], axis=1).astype(np.int32)


def channels(p: Any, weights: Array) -> Channels:
    """Return the channels of params ``p``; ``weights`` has the output channels on axis 0."""
    flat = weights.reshape(len(p.bias), -1).astype(np.int64)
    bias = p.bias.astype(np.int64) - p.input_zero_point * flat.sum(axis=1)
    multiplier, exponent = p.multiplier.astype(np.int64), p.exponent.astype(np.int64)
    largest = np.abs(flat).sum(axis=1) * 255 + np.abs(p.bias.astype(np.int64))
    constant = (multiplier == 0) | ((exponent < 0) & (largest < np.int64(1) << np.clip(-exponent - 1, 0, 31)))
    flat = np.where(constant[:, None], 0, flat)
    return Channels(flat.astype(np.int8).reshape(weights.shape), np.where(constant, 0, bias),
                    np.where(constant, 1 << 30, multiplier), np.where(constant, -1, exponent))


def unsupported(p: Any, weights: Array) -> str | None:
    """Return why the DSP requantisation cannot take these params, or None; ``weights``: output channels on axis 0."""
    c = channels(p, weights)
    if c.exponent.size and c.exponent.max() > -1:
        return "a multiplier of 0.5 or more"
    if c.exponent.size and c.exponent.min() < -MAX_SHIFT:
        return f"a multiplier below 2^-{MAX_SHIFT + 1} that does not make its channel constant"
    if np.abs(c.bias).max(initial=0) >= MAX_BIAS:
        return "a bias with the zero point folded in that does not fit 24 bits"
    if accumulator_bound(p, weights) >= 1 << 30:
        return "a sum that may reach 2^30"
    return None


def run_order(run: int) -> list[int]:
    """Return the codes of a run in the order of the patch: pairs (0, 2), (1, 3) of each four, then (0, 1), (2, -1)."""
    order: list[int] = []
    for four in range(0, run - 3, 4):
        order += [four, four + 2, four + 1, four + 3]
    rest = list(range(run & ~3, run))
    return order + rest + [-1] * (len(rest) & 1)


def interleave_pairs(weights: Array, order: Sequence[int], steps: int) -> Array:
    """Return int32 [pairs, steps] of weights [C, K]: bytes {channel 0, channel 1, channel 0, channel 1} a step.

    ``order`` names the two inputs of each step (-1: none). Missing steps and a missing last channel are zero.
    """
    padded = np.zeros((len(weights) + (len(weights) & 1), weights.shape[1] + 1), dtype=np.int8)
    padded[: len(weights), :-1] = weights
    columns = np.full(2 * steps, -1)
    columns[: len(order)] = order
    pairs = padded[:, columns].reshape(len(padded) // 2, 2, steps, 2)
    packed: Array = pairs.transpose(0, 2, 3, 1).reshape(-1, steps, 4).view(np.int32)
    return packed.reshape(-1, steps)


def pair_words(words: Array) -> Array:
    """Return int32 [pairs, 4] of requantisation words [C, 2]; a missing last channel gives zero."""
    padded = np.zeros((len(words) + (len(words) & 1), 2), dtype=np.int32)
    padded[: len(words)] = words
    return padded.reshape(-1, 4)


def round_up(value: int, multiple: int) -> int:
    """Return the least multiple that is not below ``value``."""
    return -(-value // multiple) * multiple
