"""Build-time side of the depthwise kernels for cores without DSP; tc_depthwise_conv2d_s8_*thumb.h have the layouts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import round_up
from toolchain.ops._thumb import Channels, channels, unsupported, words
from toolchain.ops._walk import Walk, channels_by_band
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams

#: Bytes that the tile may have: all of a plane of 36 x 36.
TILE_BYTES = 1536


@dataclass(frozen=True)
class DepthwiseConv2d3x3ThumbParams(Params):
    """The C twin is tc_depthwise_conv2d_3x3_thumb_params."""

    input_h: int
    input_w: int
    output_h: int
    output_w: int
    channels: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    band: int
    tile_pitch: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


@dataclass(frozen=True)
class DepthwiseConv2dThumbParams(Params):
    """The C twin is tc_depthwise_conv2d_thumb_params."""

    input_h: int
    input_w: int
    output_h: int
    output_w: int
    channels: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    band: int
    tile_pitch: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def tile_shape(p: DepthwiseConv2dParams, together: int = 1) -> tuple[int, int, int]:
    """Return (output rows of a band, bytes of a tile row, bytes of the tile), the band as large as the limit lets.

    A row serves a multiple of ``together`` outputs.
    """
    pitch = (round_up(p.output_w, together) - 1) * p.stride_w + p.kernel_w
    band = min(p.output_h, max(1, (TILE_BYTES // pitch - p.kernel_h) // p.stride_h + 1))
    return band, pitch, ((band - 1) * p.stride_h + p.kernel_h) * pitch


def for_unsigned_codes(p: DepthwiseConv2dParams) -> Channels:
    """Return the channels with a bias for codes that have 128 added."""
    c = channels(p, p.weights[0].transpose(2, 0, 1))
    return dataclasses.replace(c, bias=c.bias - 128 * c.weights.sum(axis=(1, 2), dtype=np.int64))


def pack(p: DepthwiseConv2dParams) -> DepthwiseConv2d3x3ThumbParams:
    """Return the params with the weights of a channel side by side."""
    c, (band, pitch, _) = for_unsigned_codes(p), tile_shape(p)
    names = [f.name for f in dataclasses.fields(DepthwiseConv2d3x3ThumbParams) if hasattr(p, f.name)]
    return DepthwiseConv2d3x3ThumbParams(**{
        **{n: getattr(p, n) for n in names}, "channels": p.output_c, "band": band, "tile_pitch": pitch,
        "weights": np.ascontiguousarray(c.weights.reshape(-1, 9)), "requant": words(c)})


def supports(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if (p.kernel_h, p.kernel_w) != (3, 3) or (p.dilation_h, p.dilation_w) != (1, 1) or p.channel_multiplier != 1:
        return "not a 3x3 window without dilation, one filter a channel"
    if np.abs(for_unsigned_codes(p).bias).max(initial=0) >= 1 << 23:
        return "a bias with the zero point folded in that does not fit 24 bits"
    return unsupported(p, p.weights[0].transpose(2, 0, 1))


def walk(p: DepthwiseConv2dParams) -> Walk:
    """Return the walk of tc_depthwise_conv2d_s8_3x3_thumb: bands of rows, channel by channel."""
    return channels_by_band(p, p.output_c, tile_shape(p)[0], lines_are_columns=False, together=1)


def pack_any(p: DepthwiseConv2dParams) -> DepthwiseConv2dThumbParams:
    """Return the params with the weights of a channel side by side."""
    c, (band, pitch, _) = channels(p, p.weights[0].transpose(2, 0, 1)), tile_shape(p, 4)
    names = [f.name for f in dataclasses.fields(DepthwiseConv2dThumbParams) if hasattr(p, f.name)]
    return DepthwiseConv2dThumbParams(**{
        **{n: getattr(p, n) for n in names}, "channels": p.output_c, "band": band, "tile_pitch": pitch,
        "weights": np.ascontiguousarray(c.weights), "requant": words(c)})


def supports_any(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel for any window cannot take the layer, or None."""
    if (p.dilation_h, p.dilation_w) != (1, 1) or p.channel_multiplier != 1:
        return "dilation, or several filters a channel"
    if p.pad_left >= tile_shape(p, 4)[1]:
        return "windows that lie beside the input"
    return unsupported(p, p.weights[0].transpose(2, 0, 1))


def walk_any(p: DepthwiseConv2dParams) -> Walk:
    """Return the walk of tc_depthwise_conv2d_s8_thumb: bands of rows, channel by channel."""
    return channels_by_band(p, p.output_c, tile_shape(p, 4)[0], lines_are_columns=False, together=1, taps=p.kernel_h)


KERNELS = (
    Kernel("tc_depthwise_conv2d_s8_3x3_thumb", "thumb", supports, pack, scratch_bytes=lambda p: tile_shape(p)[2],
           params_type="tc_depthwise_conv2d_3x3_thumb_params", walk=walk),
    Kernel("tc_depthwise_conv2d_s8_thumb", "thumb", supports_any, pack_any,
           scratch_bytes=lambda p: tile_shape(p, 4)[2], params_type="tc_depthwise_conv2d_thumb_params", walk=walk_any),
)
