"""Build-time side of the linear kernel for the DSP extension: tc_multiply_1x4_dsp.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, round_up, unsupported
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


def blocks_of_four(weights: Array) -> Array:
    """Return int32 [O / 4, ceil(I / 4), 4] of weights int8 [O, I], O a multiple of four, I at least four."""
    count = weights.shape[1]
    whole = count & ~3
    blocks = weights[:, :whole]
    if whole < count:
        last = weights[:, count - 4 :].copy()
        last[:, : whole - (count - 4)] = 0
        blocks = np.concatenate([blocks, last], axis=1)
    # [four channels][pair of channels][channel][block][pair of codes][odd] -> one word is (codes k, k + 2) x (two channels)
    parts = blocks.reshape(len(weights) // 4, 2, 2, -1, 2, 2).transpose(0, 3, 5, 1, 4, 2)
    packed: Array = np.ascontiguousarray(parts).reshape(len(weights) // 4, -1, 4, 4).view(np.int32)
    return packed[..., 0]


def pack(p: LinearParams) -> LinearDspParams:
    """Return the params with weights in blocks of four codes by four channels."""
    c = channels(p, p.weights)
    padded = round_up(p.output_c, 4)
    weights, words = np.zeros((padded, p.input_c), np.int8), np.zeros((padded, 2), np.int32)
    weights[: p.output_c], words[: p.output_c] = c.weights, c.words()
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, weights=blocks_of_four(weights), requant=words)


def supports(p: LinearParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    if p.input_c < 4:
        return "fewer than four inputs"
    return unsupported(p, p.weights)


KERNELS = (Kernel("tc_linear_s8_dsp", "dsp", supports, pack, params_type="tc_linear_dsp_params"),)
