"""Build-time side of the linear kernel for the DSP extension: tc_multiply_1x4_dsp.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, unsupported
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams

#: Inputs that the kernel takes at once.
TOGETHER = 8


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


def channel_words(weights: Array) -> Array:
    """Return int32 [O / 4, I / 4, 4] of weights [O, I]: words of channels (0, 1), (2, 3) for inputs 0 and 2, 1 and 3.

    Each half of a word is 256 times the first channel's weight plus the second's.
    """
    pairs = weights.reshape(-1, 2, 2, weights.shape[1] // 4, 2, 2).astype(np.int16)  # [.., four, high input, odd input]
    halves = 256 * pairs[:, :, 0] + pairs[:, :, 1]
    words = np.ascontiguousarray(halves.transpose(0, 2, 4, 1, 3)).view(np.int32)
    return words.reshape(len(pairs), -1, 4)


def pack(p: LinearParams) -> LinearDspParams:
    """Return the params with weight words of four channels."""
    c = channels(p, p.weights)
    missing = ((0, -p.output_c % 4), (0, 0))
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, requant=np.pad(c.plain_words(), missing),
                           weights=channel_words(np.pad(last_overlap(c.weights, TOGETHER), missing)))


def supports(p: LinearParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    if p.input_c < TOGETHER:
        return f"fewer than {TOGETHER} inputs"
    return unsupported(p, p.weights)


KERNELS = (Kernel("tc_linear_s8_dsp", "dsp", supports, pack, params_type="tc_linear_dsp_params",
                  walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 4)),)
