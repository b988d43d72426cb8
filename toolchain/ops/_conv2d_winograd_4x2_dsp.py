"""Build-time side of the two-dimensional Winograd conv2d kernel for the DSP extension: tc_conv2d_s8_winograd_4x2_dsp.h.

Quant:  F(4, 3) with G times 24 along rows, F(2, 3) with G times 2 across them: 48 acc, without rounding.
Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, sections 4.1 and 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._conv2d_winograd_dsp import LANES, POINTS, TILE, TILES_BYTES, WEIGHTS_TRANSFORM
from toolchain.ops._dsp import channels, unsupported
from toolchain.ops._walk import Walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

#: Output rows of a tile, and points across rows.
ROWS, POINTS_ACROSS = 2, 4
#: 2 G for the points 0, 1, -1 and infinity.
ACROSS_TRANSFORM = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]])


@dataclass(frozen=True)
class Conv2dWinograd4x2DspParams(Params):
    """The C twin is tc_conv2d_winograd_4x2_dsp_params."""

    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    pad_top: int
    pad_left: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def tiles_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the transformed tiles of a block."""
    return p.input_c // 2 * POINTS * POINTS_ACROSS * LANES * 4


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of sums, tiles, the rows of a tile, and the pixels of one of them."""
    sums = POINTS_ACROSS * POINTS * LANES * 2 * 4
    return sums + tiles_bytes(p) + tiles_bytes(p) // LANES + POINTS * p.input_c


def pack(p: Conv2dParams) -> Conv2dWinograd4x2DspParams:
    """Return the params with transformed weights."""
    c = channels(p, p.weights)
    transformed = np.einsum("iy,jx,oyxc->oijc", ACROSS_TRANSFORM, WEIGHTS_TRANSFORM, c.weights.astype(np.int64))
    shape = p.output_c // 2, 2, POINTS_ACROSS, POINTS, p.input_c // 4, 4
    fours = transformed.reshape(shape)[..., [0, 2, 1, 3]]
    pairs = np.ascontiguousarray(fours.astype(np.int16)).view(np.int32)  # [pair, 2 channels, across, along, four, 2]
    return Conv2dWinograd4x2DspParams(
        input_h=p.input_h, input_w=p.input_w, input_c=p.input_c, output_h=p.output_h, output_w=p.output_w,
        output_c=p.output_c, pad_top=p.pad_top, pad_left=p.pad_left, input_zero_point=p.input_zero_point,
        output_zero_point=p.output_zero_point, clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=np.ascontiguousarray(pairs.transpose(0, 2, 3, 4, 5, 1)),
        requant=np.stack([48 * c.bias, -c.exponent - 1, c.multiplier], axis=1).astype(np.int32))


def supports(p: Conv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.groups) != (3, 3, 1, 1, 1, 1, 1):
        return "not a 3x3 window without stride, groups and dilation"
    if p.input_c % 4 or p.output_c % 2:
        return "input channels that are no multiple of four, or an odd number of output channels"
    if p.output_w < TILE or p.output_h < ROWS:
        return f"fewer than {TILE}x{ROWS} outputs"
    if (need := tiles_bytes(p)) > TILES_BYTES:
        return f"its tiles take {need} bytes"
    return unsupported(p, p.weights)


def walk(p: Conv2dParams) -> Walk:
    """Return the walk: four tiles are read, then written; tiles go row by row."""
    corners = [(min(y, max(0, p.output_h - ROWS)), min(x, p.output_w - TILE))
               for y in range(0, p.output_h, ROWS) for x in range(0, p.output_w, TILE)]
    reads = np.full((p.input_h, p.input_w), -1)
    writes = np.full((p.output_h, p.output_w), len(corners))
    for number, (y, x) in enumerate(corners):
        top, left, block = y - p.pad_top, x - p.pad_left, number // LANES
        reads[max(0, top) : max(0, top + POINTS_ACROSS), max(0, left) : max(0, left + POINTS)] = block
        outputs = writes[y : y + ROWS, x : x + TILE]
        np.minimum(outputs, block, out=outputs)
    return Walk(np.repeat(writes.reshape(-1), p.output_c), (np.repeat(reads.reshape(-1), p.input_c),))


KERNELS = (
    Kernel("tc_conv2d_s8_winograd_4x2_dsp", "dsp", supports, pack, scratch_bytes=scratch_bytes,
           params_type="tc_conv2d_winograd_4x2_dsp_params", walk=walk),
)
