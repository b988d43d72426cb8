"""Build-time parameters of the kernels for the DSP extension (isa ``dsp``): requantisation words and weight orders.

Quant:  four codes by four weights are two SMLAD whose sum is 256 times the dot product plus 127 * (w0 + w2);
        acc * M * 2^(e - 31) with e <= -1 is one SMMLAR by 2 * M - 2^32 on top of acc, a correction for negative sums, a
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
#: Most bytes of weights that are copied to RAM at a time: a third of those of 3x3 windows of 64 channels, for 64.
COPY_BYTES = 12672
#: Sums are kept 256 times too large, in 32 bits.
MAX_SUM = 1 << 23


@dataclass(frozen=True)
class Channels:
    """Weights int8 [C, ...] and requantisation of the output channels as the DSP kernels take them.

    A channel whose output is its zero point for every input (multiplier zero or tiny) has its weights set to zero.
    """

    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array

    def words(self, packed: Array) -> Array:
        """Return int32 [C, 2]: (bias << 8) | (shift - 1), 2 * multiplier - 2^32.

        ``packed`` are the weights in their order, [C, K] with K a multiple of four: the sum's constant, 127 times the
        weights at even positions, comes off the bias, and so does what the lowest byte of the first word may carry.
        """
        return self._with_multiplier(self._first(packed, -self.exponent - 1))

    def doubled_words(self, packed: Array) -> Array:
        """Return the same for sums that are halved to twice the accumulator (TC_REQUANTIZE_TWICE_ASM).

        The second word is the multiplier itself. The lowest byte of the first is shift - 1, or 128 more: what makes the
        lowest byte of the sum less than 128.
        """
        shift = -self.exponent - 1
        constant = 127 * packed[:, ::2].sum(axis=1, dtype=np.int64) + shift
        return np.stack([self._first(packed, shift + (constant & 128)), self.multiplier], axis=1).astype(np.int32)

    def _first(self, packed: Array, low: Array) -> Array:
        """Return the words with which sums start, ``low`` in their lowest bytes."""
        constant = 127 * packed[:, ::2].sum(axis=1, dtype=np.int64)
        first: Array = (self.bias - (constant + low) // 256) * 256 + low
        return first

    def plain_words(self) -> Array:
        """Return the same for sums that are neither 256 times too large nor have that constant."""
        return self._with_multiplier(self.bias * 256 - self.exponent - 1)

    def plain_doubled_words(self) -> Array:
        """Return int32 [C, 2] for such sums when they are doubled: (bias << 8) | (shift - 1), multiplier."""
        return np.stack([self.bias * 256 - self.exponent - 1, self.multiplier], axis=1).astype(np.int32)

    def _with_multiplier(self, first: Array) -> Array:
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


def unsupported(p: Any, weights: Array, largest: int = MAX_SUM) -> str | None:
    """Return why the DSP kernels cannot take these params, or None; ``weights`` has the output channels on axis 0.

    ``largest`` is the first sum that is too large.
    """
    c = channels(p, weights)
    if (c.weights == -128).any():  # above a negative weight its half of a word would overflow (weight_words)
        return "a weight of -128"
    if c.exponent.size and c.exponent.max() > -1:
        return "a multiplier of 0.5 or more"
    if c.exponent.size and c.exponent.min() < -MAX_SHIFT:
        return f"a multiplier below 2^-{MAX_SHIFT + 1} that does not make its channel constant"
    magnitude = np.abs(c.weights.astype(np.int64)).reshape(len(c.bias), -1).sum(axis=1)
    if (np.abs(c.bias) + magnitude).max(initial=0) >= MAX_SUM:  # the constant is less than half the weights' sum
        return "a bias with the zero point folded in that does not fit 24 bits"
    if accumulator_bound(p, weights) >= largest:
        return f"a sum that may reach {largest}"
    return None


def groups_of_four(count: int) -> Array:
    """Return the channels of each group of four, [4 * groups]: the last group overlaps the one before it."""
    return np.concatenate([np.arange(4) + min(first, count - 4) for first in range(0, count, 4)])


def window_order(runs: int, run: int) -> list[int]:
    """Return the codes of a window of ``runs`` runs in the order of the patch, -1 for a code that is not there.

    Each run gives its fours; the codes left over are collected and follow as soon as they are four, or at the end.
    """
    order: list[int] = []
    pending: list[int] = []
    for first in range(0, runs * run, run):
        fours = run & ~3
        order += range(first, first + fours)
        for code in range(first + fours, first + run):
            pending.append(code)
            if len(pending) == 4:
                order += pending
                pending = []
    return order + (pending + [-1] * (4 - len(pending)) if pending else [])


def in_order(weights: Array, order: Sequence[int]) -> Array:
    """Return int8 [C, len(order)] of weights [C, K]; zeros for -1."""
    return np.concatenate([weights, np.zeros((len(weights), 1), np.int8)], axis=1)[:, list(order)]


def weight_words(packed: Array) -> Array:
    """Return int32 [C, K / 4] of weights [C, K]: bytes w0 .. w3, w1 and w3 one less where the weight below is negative.

    So each half of a word is 256 * w1 + w0 in two's complement.
    """
    halves = packed.reshape(len(packed), -1, 2).astype(np.int16)
    return np.ascontiguousarray(halves[..., 1] * 256 + halves[..., 0]).view(np.int32)


def interleave_pairs(words: Array) -> Array:
    """Return int32 [pairs, units, 2] of weight words [C, units]; a missing last channel is zero."""
    padded = np.zeros((len(words) + (len(words) & 1), words.shape[1]), dtype=np.int32)
    padded[: len(words)] = words
    return np.ascontiguousarray(padded.reshape(-1, 2, words.shape[1]).transpose(0, 2, 1))


def pair_words(words: Array) -> Array:
    """Return int32 [pairs, 4] of requantisation words [C, 2]; a missing last channel gives zero."""
    padded = np.zeros((len(words) + (len(words) & 1), 2), dtype=np.int32)
    padded[: len(words)] = words
    return padded.reshape(-1, 4)


def channels_at_once(channels: int, pair_bytes: int) -> int:
    """Return how many channels' weights are copied at a time: an even number, about the same each time."""
    pairs = -(-channels // 2)
    fitting = max(1, COPY_BYTES // pair_bytes)
    return 2 * -(-pairs // -(-pairs // fitting))


def round_up(value: int, multiple: int) -> int:
    """Return the least multiple that is not below ``value``."""
    return -(-value // multiple) * multiple
