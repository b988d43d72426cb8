"""Build-time side of the Winograd conv2d kernel for the DSP extension: tc_conv2d_s8_winograd_dsp.h.

Quant:  F(4, 3) with G times 24 in integers: A' [(24 G g) . (B' d)] = 24 acc, without rounding.
Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, round_up, unsupported
from toolchain.ops._walk import Walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

LANES, TILE, POINTS = 4, 4, 6
#: 24 G for the points 0, 1, -1, 2, -2 and infinity.
WEIGHTS_TRANSFORM = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]])
#: Most bytes of weights that are copied at a time, and of tiles in the scratch buffer.
COPY_BYTES, TILES_BYTES = 12288, 16384


@dataclass(frozen=True)
class Conv2dWinogradDspParams(Params):
    """The C twin is tc_conv2d_winograd_dsp_params."""

    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    pad_top: int
    pad_left: int
    block_rows: int
    blocks: int
    chunk: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def block_rows(p: Conv2dParams) -> int:
    """Return of how many output rows four tiles are: as many as narrow rows need, and the output has."""
    tiles = round_up(p.output_w, TILE) // TILE
    return next((n for n in (4, 2) if tiles * n <= LANES and n <= p.output_h), 1)


def blocks(p: Conv2dParams) -> int:
    """Return how many times four tiles cover such rows."""
    tiles = round_up(p.output_w, TILE) // TILE
    return round_up(tiles * block_rows(p), LANES) // LANES


def tiles_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the transformed input rows of a block's windows."""
    return p.kernel_h * p.input_c * POINTS * LANES * 2


def pair_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the weights of two output channels."""
    return 4 * POINTS * p.kernel_h * p.input_c


def chunk(p: Conv2dParams) -> int:
    """Return how many channels' weights are copied at a time: an even number, about the same each time."""
    pairs = p.output_c // 2
    fitting = max(1, COPY_BYTES // pair_bytes(p))
    return 2 * -(-pairs // -(-pairs // fitting))


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of sums, tiles and the pixels of a tile."""
    return 4 * 2 * POINTS * LANES + tiles_bytes(p) + POINTS * p.input_c


def copy_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the same and a chunk's weights."""
    return scratch_bytes(p) + pair_bytes(p) * (chunk(p) // 2)


def pack(p: Conv2dParams, channels_at_once: int) -> Conv2dWinogradDspParams:
    """Return the params with transformed weights."""
    c = channels(p, p.weights)
    transformed = np.einsum("jx,oyxc->ojyc", WEIGHTS_TRANSFORM, c.weights.astype(np.int64))
    fours = transformed.reshape(p.output_c // 2, 2, POINTS, p.kernel_h, p.input_c // 4, 4)[..., [0, 2, 1, 3]]
    pairs = np.ascontiguousarray(fours.astype(np.int16)).view(np.int32)  # [pair, 2 channels, point, line, four, 2]
    return Conv2dWinogradDspParams(
        input_h=p.input_h, input_w=p.input_w, input_c=p.input_c, output_h=p.output_h, output_w=p.output_w,
        output_c=p.output_c, kernel_h=p.kernel_h, pad_top=p.pad_top, pad_left=p.pad_left, block_rows=block_rows(p),
        blocks=blocks(p), chunk=channels_at_once, input_zero_point=p.input_zero_point,
        output_zero_point=p.output_zero_point, clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=np.ascontiguousarray(pairs.transpose(0, 2, 3, 4, 5, 1)),
        requant=np.stack([24 * c.bias, -c.exponent - 1, c.multiplier], axis=1).astype(np.int32))


def supports(p: Conv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    window = (p.kernel_w, p.stride_h, p.stride_w, p.groups)
    if window != (3, 1, 1, 1) or (p.dilation_h > 1 and p.kernel_h > 1) or p.dilation_w > 1:
        return "not a window three wide without stride, groups and dilation"
    if p.input_c % 4 or p.output_c % 2:
        return "input channels that are no multiple of four, or an odd number of output channels"
    if p.output_w < TILE:
        return f"rows of fewer than {TILE} outputs"
    if (need := tiles_bytes(p)) > TILES_BYTES:
        return f"its tiles take {need} bytes"
    return unsupported(p, p.weights)


def walk(p: Conv2dParams, chunk_channels: int) -> Walk:
    """Return the walk: chunks of channels, in each block after block, through all rows; it reads rows when missing."""
    together, kept = block_rows(p), max(0, p.kernel_h - block_rows(p))
    firsts = [min(y, p.output_h - together) for y in range(0, p.output_h, together)]
    read, written = np.full(p.input_h, -1), np.arange(p.output_h) // together
    for step, y in enumerate(firsts):
        top = y - p.pad_top
        missing = kept if step > 0 and y == step * together else 0
        read[max(0, top + missing) : max(0, top + p.kernel_h - 1 + together)] = step
    tiles = LANES // together  # of a row in a block
    read_by = np.full(p.input_w, -1)  # block that reads a column last
    for tile in range(blocks(p) * tiles):
        left = min(TILE * tile, p.output_w - TILE) - p.pad_left
        read_by[max(0, left) : max(0, left + POINTS)] = tile // tiles
    passes = np.arange(p.output_c) // chunk_channels * blocks(p)
    written_by = np.arange(p.output_w)[:, None] // TILE // tiles + passes
    reads = (read_by + int(passes[-1])) * len(firsts) + read[:, None]
    reads = np.where((read[:, None] < 0) | (read_by < 0), -1, reads)
    return Walk((written_by * len(firsts) + written[:, None, None]).reshape(-1),
                (np.repeat(reads.reshape(-1), p.input_c),))


def supports_copy(p: Conv2dParams) -> str | None:
    """Return why the kernel with weights in RAM cannot take the layer, or is a poor choice; else None."""
    if p.output_h <= block_rows(p) * 2 and blocks(p) == 1:
        return "weights that are read fewer than three times"
    return supports(p)


KERNELS = (
    Kernel("tc_conv2d_s8_winograd_dsp", "dsp", supports, lambda p: pack(p, p.output_c), scratch_bytes=scratch_bytes,
           params_type="tc_conv2d_winograd_dsp_params", walk=lambda p: walk(p, p.output_c)),
    Kernel("tc_conv2d_s8_winograd_copy_dsp", "dsp", supports_copy, lambda p: pack(p, chunk(p)),
           scratch_bytes=copy_bytes, params_type="tc_conv2d_winograd_dsp_params", walk=lambda p: walk(p, chunk(p))),
)
