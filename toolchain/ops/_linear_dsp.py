"""Build-time side of the linear kernels for the DSP extension; tc_multiply_1x4_dsp.h and 1x8 have the layouts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, unsupported
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams

@dataclass(frozen=True)
class Block:
    """What a kernel takes at once: output channels and inputs."""

    channels: int
    inputs: int


@dataclass(frozen=True)
class LinearDspParams(Params):
    """The C twin is tc_linear_dsp_params."""

    rows: int
    input_c: int
    output_c: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def last_overlap(weights: Array, together: int) -> Array:
    """Return weights [O, I] with I made a multiple of ``together``: its last inputs again, zero where already there."""
    count, whole = weights.shape[1], weights.shape[1] // together * together
    if whole == count:
        return weights
    last = weights[:, count - together :].copy()
    last[:, : together - (count - whole)] = 0
    return np.concatenate([weights[:, :whole], last], axis=1)


def channel_words(weights: Array, together: int) -> Array:
    """Return int32 [O / together, I / 4, together] of weights [O, I]: words for inputs 0 and 2, then for 1 and 3.

    Each half of a word is 256 times a channel's weight plus that of the next channel.
    """
    pairs = weights.reshape(-1, together // 2, 2, weights.shape[1] // 4, 2, 2).astype(np.int16)
    halves = 256 * pairs[:, :, 0] + pairs[:, :, 1]  # [groups, pairs, fours, input 0 1 or 2 3, even or odd]
    words = np.ascontiguousarray(halves.transpose(0, 2, 4, 1, 3)).view(np.int32)
    return words.reshape(len(pairs), -1, together)


def pack(block: Block, p: LinearParams) -> LinearDspParams:
    """Return the params with weight words of the channels that a block takes."""
    c = channels(p, p.weights)
    missing = ((0, -p.output_c % block.channels), (0, 0))
    weights = np.pad(last_overlap(c.weights, block.inputs), missing)
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, requant=np.pad(c.plain_words(), missing),
                           weights=channel_words(weights, block.channels))


def supports(block: Block, p: LinearParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    if p.input_c < block.inputs:
        return f"fewer than {block.inputs} inputs"
    return unsupported(p, p.weights)


def _kernel(name: str, block: Block) -> Kernel:
    return Kernel(name, "dsp", partial(supports, block), partial(pack, block), params_type="tc_linear_dsp_params",
                  walk=lambda p: by_row(p.rows, p.input_c, p.output_c, block.channels))


KERNELS = (_kernel("tc_linear_s8_dsp", Block(channels=4, inputs=8)),
           _kernel("tc_linear_s8_wide_dsp", Block(channels=8, inputs=4)))
