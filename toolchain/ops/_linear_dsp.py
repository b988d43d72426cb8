"""Build-time side of the linear kernel for the DSP extension: tc_multiply_1x4_dsp.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, round_up, unsupported, weight_words
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams


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


def last_four_overlap(weights: Array) -> Array:
    """Return weights [O, I] with I made a multiple of four: the last four inputs again, zero where already there."""
    count, whole = weights.shape[1], weights.shape[1] & ~3
    if whole == count:
        return weights
    last = weights[:, count - 4 :].copy()
    last[:, : 4 - (count - whole)] = 0
    return np.concatenate([weights[:, :whole], last], axis=1)


def pack(p: LinearParams) -> LinearDspParams:
    """Return the params with weight words interleaved by four channels."""
    c = channels(p, p.weights)
    packed = last_four_overlap(c.weights)
    padded, blocks = round_up(p.output_c, 4), packed.shape[1] // 4
    weights, words = np.zeros((padded, blocks), np.int32), np.zeros((padded, 2), np.int32)
    weights[: p.output_c], words[: p.output_c] = weight_words(packed), c.words(packed)
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, requant=words,
                           weights=np.ascontiguousarray(weights.reshape(-1, 4, blocks).transpose(0, 2, 1)))


def supports(p: LinearParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    if p.input_c < 4:
        return "fewer than four inputs"
    return unsupported(p, p.weights)


KERNELS = (Kernel("tc_linear_s8_dsp", "dsp", supports, pack, params_type="tc_linear_dsp_params",
                  walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 4)),)
