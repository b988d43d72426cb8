"""Build-time side of the depthwise kernels for the DSP extension.

tc_depthwise_conv2d_3x3_dsp.h and tc_depthwise_conv2d_s8_dsp.h say what each array holds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _depthwise_conv2d_lines_dsp
from toolchain.ops._dsp import channels, groups_of_four, unsupported
from toolchain.ops._walk import Walk, channels_by_band, channels_by_pixel
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams

#: Bytes of the tile that the kernel without scratch keeps on the stack, and that the other one asks for at most.
STACK_TILE_BYTES, SCRATCH_TILE_BYTES = 1680, 4096


@dataclass(frozen=True)
class DepthwiseConv2d3x3DspParams(Params):
    """The C twin is tc_depthwise_conv2d_3x3_dsp_params."""

    channels: int
    input_lines: int
    input_length: int
    input_line_pitch: int
    input_pitch: int
    output_lines: int
    output_length: int
    output_line_pitch: int
    output_pitch: int
    line_stride: int
    stride: int
    pad_lines: int
    pad: int
    band: int
    tile_pitch: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


@dataclass(frozen=True)
class DepthwiseConv2dDspParams(Params):
    """The C twin is tc_depthwise_conv2d_dsp_params."""

    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def pack(p: DepthwiseConv2dParams) -> DepthwiseConv2dDspParams:
    """Return the params of the kernel for any window."""
    c = channels(p, p.weights[0].transpose(2, 0, 1))
    order = groups_of_four(p.output_c)
    weights = c.weights[order].reshape(-1, 4, p.kernel_h * p.kernel_w).transpose(0, 2, 1)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(DepthwiseConv2dDspParams) if hasattr(p, f.name)}
    return DepthwiseConv2dDspParams(**{
        **shared, "channels": p.output_c, "weights": np.ascontiguousarray(weights).view(np.int32)[..., 0],
        "requant": c.plain_words()[order].reshape(-1, 4, 2)})


def lines_are_columns(p: DepthwiseConv2dParams) -> bool:
    """Tell whether groups of four outputs along columns take fewer instructions than along rows."""
    def work(lines: int, length: int) -> float:
        return lines * (-(-length // 4) * 42 + length * 6.5)

    return p.stride_h <= 2 and (p.stride_w > 2 or work(p.output_w, p.output_h) < work(p.output_h, p.output_w))


def tile_shape(p: DepthwiseConv2dParams, limit_bytes: int) -> tuple[int, int, int]:
    """Return (output lines of a band, words of a tile line, bytes of the tile), the band as large as the limit lets."""
    length, lines, stride, line_stride = (
        (p.output_h, p.output_w, p.stride_h, p.stride_w) if lines_are_columns(p) else
        (p.output_w, p.output_h, p.stride_w, p.stride_h))
    pitch = 2 * stride * -(-length // 4) + 1
    fitting = limit_bytes // (16 * pitch)
    band = min(lines, max(1, (fitting - 3) // line_stride + 1))
    return band, pitch, ((band - 1) * line_stride + 3) * 16 * pitch


def pack_3x3(p: DepthwiseConv2dParams, limit_bytes: int) -> DepthwiseConv2d3x3DspParams:
    """Return the params of the kernel whose tile may have ``limit_bytes``."""
    c = channels(p, p.weights[0].transpose(2, 0, 1))
    order = groups_of_four(p.output_c)
    band, pitch, _ = tile_shape(p, limit_bytes)
    rows, columns = (p.input_h, p.output_h, p.stride_h, p.pad_top), (p.input_w, p.output_w, p.stride_w, p.pad_left)
    pitches = (p.input_w * p.input_c, p.output_w * p.output_c), (p.input_c, p.output_c)
    across, along, weights = rows, columns, c.weights
    if lines_are_columns(p):
        across, along, pitches, weights = columns, rows, pitches[::-1], c.weights.transpose(0, 2, 1)
    return DepthwiseConv2d3x3DspParams(
        channels=p.output_c,
        input_lines=across[0], input_length=along[0], input_line_pitch=pitches[0][0], input_pitch=pitches[1][0],
        output_lines=across[1], output_length=along[1], output_line_pitch=pitches[0][1], output_pitch=pitches[1][1],
        line_stride=across[2], stride=along[2], pad_lines=across[3], pad=along[3], band=band, tile_pitch=pitch,
        input_zero_point=p.input_zero_point, output_zero_point=p.output_zero_point,
        clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=np.ascontiguousarray(weights[order][:, :, [0, 1, 1, 2]]).view(np.int32).reshape(-1, 4, 3),
        requant=c.plain_doubled_words()[order].reshape(-1, 4, 2))


def supports(p: DepthwiseConv2dParams) -> str | None:
    """Return why no DSP kernel can take the layer, or None."""
    if p.channel_multiplier != 1 or p.input_c < 4:
        return "needs a channel multiplier of 1 and at least four channels"
    return unsupported(p, p.weights[0].transpose(2, 0, 1), largest=1 << 30)


def supports_3x3(p: DepthwiseConv2dParams) -> str | None:
    """Return why the 3x3 kernels cannot take the layer, or None."""
    if (p.kernel_h, p.kernel_w) != (3, 3) or (p.dilation_h, p.dilation_w) != (1, 1):
        return "not a 3x3 window without dilation"
    if min(p.stride_h, p.stride_w) > 2:
        return "strides above 2 in both directions"
    return supports(p)


def supports_3x3_small(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel with its tile on the stack cannot take the layer, or is a poor choice; else None."""
    if (reason := supports_3x3(p)) is not None:
        return reason
    band, _, need = tile_shape(p, STACK_TILE_BYTES)
    lines = p.output_w if lines_are_columns(p) else p.output_h
    if need > STACK_TILE_BYTES or -(-lines // band) > 2:
        return f"more than two bands of lines would go through a tile of {STACK_TILE_BYTES} bytes of stack"
    return None


def walk_3x3(p: DepthwiseConv2dParams, limit_bytes: int) -> Walk:
    """Return the walk of tc_depthwise_conv2d_3x3_dsp with a tile of at most ``limit_bytes``."""
    return channels_by_band(p, p.output_c, tile_shape(p, limit_bytes)[0], lines_are_columns(p))


KERNELS = (
    Kernel("tc_depthwise_conv2d_s8_3x3_small_dsp", "dsp", supports_3x3_small, lambda p: pack_3x3(p, STACK_TILE_BYTES),
           params_type="tc_depthwise_conv2d_3x3_dsp_params", walk=lambda p: walk_3x3(p, STACK_TILE_BYTES)),
    Kernel("tc_depthwise_conv2d_s8_3x3_dsp", "dsp", supports_3x3, lambda p: pack_3x3(p, SCRATCH_TILE_BYTES),
           scratch_bytes=lambda p: tile_shape(p, SCRATCH_TILE_BYTES)[2],
           params_type="tc_depthwise_conv2d_3x3_dsp_params", walk=lambda p: walk_3x3(p, SCRATCH_TILE_BYTES)),
    *_depthwise_conv2d_lines_dsp.kernels(supports_3x3),
    Kernel("tc_depthwise_conv2d_s8_dsp", "dsp", supports, pack, params_type="tc_depthwise_conv2d_dsp_params",
           walk=lambda p: channels_by_pixel(p, p.output_c)),
)
