"""Build-time side of the depthwise kernel for Arm64: tc_depthwise_conv2d_s8_neon.h has the layout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._neon import ALSO, SLACK_BYTES, Channels, channels, requant_words, round_up, unsupported
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams

LANES = 16


@dataclass(frozen=True)
class DepthwiseConv2dNeonParams(Params):
    """The C twin is tc_depthwise_conv2d_neon_params."""

    input_h: int
    input_w: int
    output_h: int
    output_w: int
    channels: int
    together: int
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


def together(p: DepthwiseConv2dParams) -> int:
    """Return how many pixels side by side fill a vector."""
    return LANES // p.input_c if p.stride_w == 1 and p.input_c in (1, 2, 4, 8) else 1


def pack(p: DepthwiseConv2dParams) -> DepthwiseConv2dNeonParams:
    """Return the params with weights and requantisation by sixteens of lanes."""
    c = channels(p, p.weights[0].transpose(2, 0, 1))
    count = round_up(p.input_c * together(p), LANES)
    pixels = together(p)
    lanes = Channels(*(np.concatenate([a] * pixels) for a in (c.weights, c.bias, c.multiplier, c.exponent)))
    weights = np.zeros((count, p.kernel_h * p.kernel_w), np.int8)
    weights[: len(lanes.bias)] = lanes.weights.reshape(len(lanes.bias), -1)
    requant = np.zeros((count // 4, 3, 4), np.int32)
    words = requant_words(lanes)
    requant[: len(words)] = words
    names = [f.name for f in dataclasses.fields(DepthwiseConv2dNeonParams) if hasattr(p, f.name)]
    return DepthwiseConv2dNeonParams(**{
        **{n: getattr(p, n) for n in names}, "channels": p.input_c, "together": pixels,
        "weights": np.ascontiguousarray(weights.reshape(-1, LANES, weights.shape[1]).transpose(0, 2, 1)),
        "requant": requant})


def scratch_bytes(p: DepthwiseConv2dParams) -> int:
    """Return the bytes of the copy of the input."""
    height = (p.output_h - 1) * p.stride_h + (p.kernel_h - 1) * p.dilation_h + 1
    width = (p.output_w - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1
    return height * width * p.input_c + SLACK_BYTES


def supports(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    return "several filters a channel" if p.channel_multiplier != 1 else unsupported(p, p.weights[0].transpose(2, 0, 1))


KERNELS = (
    Kernel("tc_depthwise_conv2d_s8_neon", "neon", supports, pack, scratch_bytes,
           params_type="tc_depthwise_conv2d_neon_params", also=ALSO),
)
