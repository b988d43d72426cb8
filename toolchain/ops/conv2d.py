"""2-D convolution, grouped convolution included.

Shapes: input [N, H, W, C], weights OHWI [O, KH, KW, C / groups], bias [O] -> [N, OH, OW, O].
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[o]; padding is the input's zero point.
Source: TensorFlow Lite 8-bit quantization specification, CONV_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import INT32_MAX, Rounding, quantize_multipliers, requantize
from toolchain.ops.base import Cost, Kernel, Op, Params, output_clamp

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Conv2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``clamp`` a fused activation range in real numbers."""

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    clamp: tuple[float, float] | None = None


@dataclass(frozen=True)
class Conv2dParams(Params):
    """Integer parameters; the C twin is tc_conv2d_params."""

    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    groups: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array


def spatial_size(size: int, kernel: int, stride: int, dilation: int, pad: int) -> int:
    """Return the output size of a window that slides along one axis; ``pad`` is both sides together."""
    return (size + pad - dilation * (kernel - 1) - 1) // stride + 1


def patches(x: Array, p: Any, pad_value: int) -> Array:
    """Return a view [N, OH, OW, C, KH, KW] of the windows of ``x`` [N, H, W, C], padded with ``pad_value``.

    ``p`` needs the fields input_h/w, output_h/w, kernel_h/w, stride_h/w, dilation_h/w, pad_top/left.
    """
    span_h, span_w = (p.kernel_h - 1) * p.dilation_h + 1, (p.kernel_w - 1) * p.dilation_w + 1
    bottom = max(0, (p.output_h - 1) * p.stride_h + span_h - p.input_h - p.pad_top)
    right = max(0, (p.output_w - 1) * p.stride_w + span_w - p.input_w - p.pad_left)
    padded = np.pad(x, ((0, 0), (p.pad_top, bottom), (p.pad_left, right), (0, 0)), constant_values=pad_value)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (span_h, span_w), axis=(1, 2))
    return windows[:, : (p.output_h - 1) * p.stride_h + 1 : p.stride_h, : (p.output_w - 1) * p.stride_w + 1 : p.stride_w,
                   :, :: p.dilation_h, :: p.dilation_w]


def check_accumulator(name: str, weights: Array, bias: Array) -> None:
    """Raise ModelError when an int32 accumulator could overflow; ``weights`` has output channels on axis 0."""
    worst = np.abs(weights.reshape(len(weights), -1).astype(np.int64)).sum(axis=1) * 255 + np.abs(bias.astype(np.int64))
    if worst.size and worst.max() > INT32_MAX:
        raise ModelError(f"{name} may overflow its 32-bit accumulator: {worst.max()} > {INT32_MAX}",
                         [("channel", str(int(worst.argmax())))], "remove channels whose activations are always zero, or clip the weights")


class Conv2d(Op):
    """See the module's docstring."""

    name = "conv2d"
    Attrs = Conv2dAttributes
    constant_inputs = (1, 2)
    kernels = (Kernel("tc_conv2d_s8_ref"),)

    def infer(self, attrs: Conv2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, weights = inputs[0], inputs[1]
        n, h, w, c = x.shape
        o, kh, kw, ci = weights.shape
        if ci * attrs.groups != c or o % attrs.groups:
            raise ModelError(f"conv2d weights {weights.shape} with groups {attrs.groups} do not fit {c} input channels")
        top, bottom, left, right = attrs.padding
        out = (n, spatial_size(h, kh, attrs.stride[0], attrs.dilation[0], top + bottom),
               spatial_size(w, kw, attrs.stride[1], attrs.dilation[1], left + right), o)
        if min(out) < 1:
            raise ModelError(f"conv2d output would be empty: input {x.shape}, kernel {kh}x{kw}, padding {attrs.padding}")
        return (out,)

    def forward(self, attrs: Conv2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        x, weights, bias = inputs
        top, bottom, left, right = attrs.padding
        y = F.conv2d(F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom)), weights.permute(0, 3, 1, 2), bias,
                     stride=attrs.stride, dilation=attrs.dilation, groups=attrs.groups).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: Conv2dAttributes) -> int | None:
        return 0

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Conv2dParams:
        x, weights, bias = inputs
        y, attrs = outputs[0], node.attrs
        assert isinstance(attrs, Conv2dAttributes) and weights.data is not None and bias.data is not None
        assert weights.quantization is not None
        check_accumulator(node.name, weights.data, bias.data)
        multiplier, exponent = quantize_multipliers(x.scale * np.array(weights.quantization.scale) / y.scale)
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return Conv2dParams(
            input_h=x.shape[1], input_w=x.shape[2], input_c=x.shape[3],
            output_h=y.shape[1], output_w=y.shape[2], output_c=y.shape[3],
            kernel_h=weights.shape[1], kernel_w=weights.shape[2],
            stride_h=attrs.stride[0], stride_w=attrs.stride[1],
            dilation_h=attrs.dilation[0], dilation_w=attrs.dilation[1],
            pad_top=attrs.padding[0], pad_left=attrs.padding[2], groups=attrs.groups,
            input_zero_point=x.zero_point, output_zero_point=y.zero_point, clamp_min=clamp_min, clamp_max=clamp_max,
            weights=weights.data, bias=bias.data, multiplier=multiplier, exponent=exponent.astype(np.int8))

    def reference(self, params: Conv2dParams, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        p, (x,) = params, inputs
        per_in, per_out = p.input_c // p.groups, p.output_c // p.groups
        acc = np.empty((len(x), p.output_h, p.output_w, p.output_c), dtype=np.int64)
        for sample in range(len(x)):
            windows = patches(x[sample : sample + 1], p, p.input_zero_point)[0]
            for g in range(p.groups):
                columns = windows[:, :, g * per_in : (g + 1) * per_in].transpose(0, 1, 3, 4, 2)
                flat = columns.reshape(p.output_h * p.output_w, -1).astype(np.float64) - p.input_zero_point
                w = p.weights[g * per_out : (g + 1) * per_out].reshape(per_out, -1).astype(np.float64)
                # float64 holds every partial sum exactly: |acc| < 2^31 (check_accumulator)
                acc[sample, :, :, g * per_out : (g + 1) * per_out] = (flat @ w.T).reshape(p.output_h, p.output_w, per_out)
        y = requantize(acc + p.bias, p.multiplier, p.exponent, rounding) + p.output_zero_point
        return (np.clip(y, p.clamp_min, p.clamp_max).astype(np.int8),)

    def cost(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Cost:
        weights, pixels = inputs[1], outputs[0].shape[1] * outputs[0].shape[2]
        live = weights.count if weights.data is None else int(np.count_nonzero(weights.data))
        return Cost(weights.count * pixels, live * pixels)


OP = Conv2d()
