"""Depthwise 2-D convolution: every input channel has its own ``multiplier`` filters (C = input channels x multiplier).

Shapes: input [N, H, W, C / m], weights 1HWC [1, KH, KW, C], bias [C] -> [N, OH, OW, C]; output channel c reads input
        channel c // m.
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[c]; padding is the
        input's zero point.
        With int16 activations zero points are 0 and multipliers have 15 bits (numerics.requantize_reduced).
Source: TensorFlow Lite 8-bit quantization specification, DEPTHWISE_CONV_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import DTYPES, Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import (
    _depthwise_conv2d_dsp,
    _depthwise_conv2d_mve,
    _depthwise_conv2d_neon,
    _depthwise_conv2d_thumb,
    _int16,
)
from toolchain.ops._accumulate import blocks, convolution_requantization, finish_convolution
from toolchain.ops._float32 import DTYPE
from toolchain.ops._products_f32 import (
    DEPTHWISE_CONV2D,
    DepthwiseConv2dF32Params,
    lower_depthwise,
    reference_depthwise,
)
from toolchain.ops._strip import Strip, of_windows
from toolchain.ops._walk import Walk, by_output
from toolchain.ops._windows import WindowParams, pad_planes, patches, window_shape
from toolchain.ops.base import Channels, Cost, Kernel, Op, output_clamp, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class DepthwiseConv2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``clamp`` a fused activation range in real numbers."""

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    clamp: tuple[float, float] | None = None


@dataclass(frozen=True)
class DepthwiseConv2dParams(WindowParams):
    """Integer parameters; the C twin is tc_depthwise_conv2d_params."""

    channel_multiplier: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array
    dtype: str = reference_only(default="s8")


def _walk(p: DepthwiseConv2dParams) -> Walk:
    """Return the walk of tc_depthwise_conv2d_s8_ref."""
    return by_output(p, p.input_c, p.output_c, (np.arange(p.input_c) + 1) * p.channel_multiplier - 1)


class DepthwiseConv2d(Op):
    """See the module's docstring."""

    name = "depthwise_conv2d"
    Attrs = DepthwiseConv2dAttributes
    channels = Channels.KEPT
    channel_axes = {1: (3, None), 2: (0, None)}
    constant_inputs = (1, 2)
    kernels = (*_depthwise_conv2d_neon.KERNELS, *_depthwise_conv2d_mve.KERNELS, *_depthwise_conv2d_dsp.KERNELS,
               *_depthwise_conv2d_thumb.KERNELS,
               Kernel("tc_depthwise_conv2d_s8_ref", walk=_walk), *_int16.DEPTHWISE_CONV2D,
               *DEPTHWISE_CONV2D)

    def sees_padding(self, attrs: DepthwiseConv2dAttributes) -> bool:
        return any(attrs.padding)

    def infer(self, attrs: DepthwiseConv2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, weights = inputs[0], inputs[1]
        if len(weights.shape) != 4 or weights.shape[0] != 1 or weights.shape[3] % x.shape[-1]:
            raise ModelError(f"depthwise_conv2d weights {weights.shape} (1HWC) do not fit {x.shape[-1]} input channels")
        oh, ow = window_shape("depthwise_conv2d", x.shape, (weights.shape[1], weights.shape[2]), attrs.stride,
                              attrs.dilation, attrs.padding)
        return ((x.shape[0], oh, ow, weights.shape[3]),)

    def forward(self, attrs: DepthwiseConv2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        x, weights, bias = inputs
        y = F.conv2d(pad_planes(x, attrs.padding), weights.permute(3, 0, 1, 2), bias,
                     stride=attrs.stride, dilation=attrs.dilation, groups=x.shape[-1]).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: DepthwiseConv2dAttributes) -> int | None:
        return 3

    def strip(self, params: DepthwiseConv2dParams, first: int, end: int, height: int) -> Strip | None:
        return of_windows(params, first, end)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> DepthwiseConv2dParams | DepthwiseConv2dF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_depthwise(node, inputs, outputs)
        x, weights, bias = inputs
        y, attrs = outputs[0], node.attrs
        assert isinstance(attrs, DepthwiseConv2dAttributes) and weights.data is not None and bias.data is not None
        multiplier, exponent = convolution_requantization(node.name, x, weights, bias, y)
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return DepthwiseConv2dParams(
            input_h=x.shape[1], input_w=x.shape[2], input_c=x.shape[3],
            output_h=y.shape[1], output_w=y.shape[2], output_c=y.shape[3],
            kernel_h=weights.shape[1], kernel_w=weights.shape[2],
            stride_h=attrs.stride[0], stride_w=attrs.stride[1],
            dilation_h=attrs.dilation[0], dilation_w=attrs.dilation[1],
            pad_top=attrs.padding[0], pad_left=attrs.padding[2], channel_multiplier=y.shape[3] // x.shape[3],
            input_zero_point=x.zero_point, output_zero_point=y.zero_point, clamp_min=clamp_min, clamp_max=clamp_max,
            weights=weights.data, bias=bias.data, multiplier=multiplier, exponent=exponent, dtype=x.dtype)

    def reference(self, params: DepthwiseConv2dParams | DepthwiseConv2dF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, DepthwiseConv2dF32Params):
            return (reference_depthwise(params, *inputs),)
        p, (x,) = params, inputs
        y: Array = np.empty((len(x), p.output_h, p.output_w, p.output_c), dtype=DTYPES[p.dtype])
        weights = p.weights[0].astype(np.int32)
        for part in blocks(len(x), p.output_h * p.output_w * p.output_c):
            windows = patches(x[part], p, p.input_zero_point)
            acc = np.zeros((*windows.shape[:3], p.output_c), dtype=np.int32)
            for ky in range(p.kernel_h):
                for kx in range(p.kernel_w):
                    tap = windows[..., ky, kx].astype(np.int32) - p.input_zero_point
                    acc += np.repeat(tap, p.channel_multiplier, axis=-1) * weights[ky, kx]
            y[part] = finish_convolution(acc.astype(np.int64), p, rounding)
        return (y,)

    def cost(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Cost:
        weights, pixels = inputs[1], outputs[0].shape[1] * outputs[0].shape[2]
        live = weights.count if weights.data is None else int(np.count_nonzero(weights.data))
        return Cost(weights.count * pixels, live * pixels)


OP = DepthwiseConv2d()
