"""Build-time side of the 3x3 depthwise kernel for MVE: tc_depthwise_conv2d_s8_3x3_mve.h has the layout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._mve import channels, unsupported
from toolchain.ops._walk import Walk
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams

#: Bytes that the tile may have when it holds more than the fewest rows.
TILE_BYTES = 4096


@dataclass(frozen=True)
class DepthwiseConv2d3x3MveParams(Params):
    """The C twin is tc_depthwise_conv2d_3x3_mve_params."""

    input_h: int
    input_w: int
    output_h: int
    output_w: int
    channels: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    along_columns: int
    band: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def along_columns(p: DepthwiseConv2dParams) -> bool:
    """Tell whether vectors of four outputs along columns are fewer than along rows."""
    return p.output_h >= 4 and -(-p.output_h // 4) * p.output_w < p.output_h * -(-p.output_w // 4)


def tile_bytes(p: DepthwiseConv2dParams, band: int) -> int:
    """Return the bytes of the tile for a band of output rows."""
    return ((band - 1) * p.stride_h + 3) * ((p.output_w - 1) * p.stride_w + 3) * p.input_c


def band(p: DepthwiseConv2dParams) -> int:
    """Return the output rows of a band: as many as TILE_BYTES lets, at least one vector."""
    least = 4 if along_columns(p) else 1
    fitting = [b for b in range(least, p.output_h + 1, least) if tile_bytes(p, b) <= TILE_BYTES]
    return max(fitting, default=least)


def pack(p: DepthwiseConv2dParams) -> DepthwiseConv2d3x3MveParams:
    """Return the params with weights and requantisation channel by channel."""
    c = channels(p, p.weights[0].transpose(2, 0, 1))
    weights = np.zeros((p.output_c, 12), np.int8)
    weights[:, :9] = c.weights.reshape(-1, 9)
    names = [f.name for f in dataclasses.fields(DepthwiseConv2d3x3MveParams) if hasattr(p, f.name)]
    return DepthwiseConv2d3x3MveParams(**{
        **{n: getattr(p, n) for n in names}, "channels": p.output_c, "along_columns": int(along_columns(p)),
        "band": band(p), "weights": weights,
        "requant": np.stack([c.bias, c.multiplier, c.exponent], axis=1).astype(np.int32)})


def supports(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if (p.kernel_h, p.kernel_w) != (3, 3) or (p.dilation_h, p.dilation_w) != (1, 1) or p.channel_multiplier != 1:
        return "not a 3x3 window without dilation, one filter a channel"
    if p.pad_left > 2:
        return "windows that lie beside the input"
    return unsupported(p, p.weights[0].transpose(2, 0, 1))


def walk(p: DepthwiseConv2dParams) -> Walk:
    """Return the walk of tc_depthwise_conv2d_s8_3x3_mve: the new input rows of a band are read, its outputs written."""
    rows = band(p)
    read, written = np.full(p.input_h, -1), np.full(p.output_h, -1)
    for index, start in enumerate(range(0, p.output_h, rows)):
        first = p.output_h - rows if along_columns(p) and start + rows > p.output_h else start
        last = min(p.output_h, first + rows) - 1
        new = slice(max(0, first * p.stride_h - p.pad_top), max(0, last * p.stride_h + 3 - p.pad_top))
        read[new] = np.where(read[new] < 0, index, read[new])
        written[first : last + 1] = np.where(written[first : last + 1] < 0, index, written[first : last + 1])
    return Walk(np.repeat(written, p.output_w * p.output_c), (np.repeat(read, p.input_w * p.input_c),), p.input_c)


KERNELS = (
    Kernel("tc_depthwise_conv2d_s8_3x3_mve", "mve", supports, pack, scratch_bytes=lambda p: tile_bytes(p, band(p)),
           params_type="tc_depthwise_conv2d_3x3_mve_params", walk=walk),
)
