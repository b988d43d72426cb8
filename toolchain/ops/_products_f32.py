"""conv2d, depthwise_conv2d and linear in float32.

Shapes: as in the operators' files.
Semantics: acc = bias; for ky, kx and the input channels, each rising, of the taps inside the input:
        acc = fma(x, w, acc); then the clamp. What lies in the padding is left out, not multiplied by zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.ir import Array, Node, Tensor
from toolchain.ops import _float32_neon
from toolchain.ops._float32 import DTYPE, FloatParams, add_rounded, limited, limits
from toolchain.ops._walk import by_output, by_row
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

#: Sums that advance together in the references: so many that they stay in the cache.
BLOCK = 1 << 14


@dataclass(frozen=True)
class Conv2dF32Params(FloatParams, WindowParams):
    """The C twin is tc_conv2d_f32_params."""

    groups: int
    clamp_min: float
    clamp_max: float
    weights: Array
    bias: Array


@dataclass(frozen=True)
class DepthwiseConv2dF32Params(FloatParams, WindowParams):
    """The C twin is tc_depthwise_conv2d_f32_params."""

    channel_multiplier: int
    clamp_min: float
    clamp_max: float
    weights: Array
    bias: Array


@dataclass(frozen=True)
class LinearF32Params(FloatParams):
    """The C twin is tc_linear_f32_params."""

    rows: int
    input_c: int
    output_c: int
    clamp_min: float
    clamp_max: float
    weights: Array
    bias: Array


def _window(attrs: Any, x: Tensor, weights: Tensor, y: Tensor) -> dict[str, Any]:
    return {"input_h": x.shape[1], "input_w": x.shape[2], "input_c": x.shape[3],
            "output_h": y.shape[1], "output_w": y.shape[2], "output_c": y.shape[3],
            "kernel_h": weights.shape[1], "kernel_w": weights.shape[2],
            "stride_h": attrs.stride[0], "stride_w": attrs.stride[1],
            "dilation_h": attrs.dilation[0], "dilation_w": attrs.dilation[1],
            "pad_top": attrs.padding[0], "pad_left": attrs.padding[2]}


def _products(attrs: Any, inputs: Sequence[Tensor]) -> dict[str, Any]:
    _, weights, bias = inputs
    low, high = limits(attrs.clamp)
    return {"clamp_min": low, "clamp_max": high, "weights": weights.data, "bias": bias.data}


def lower_conv2d(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Conv2dF32Params:
    """Return the parameters of a conv2d node."""
    attrs: Any = node.attrs
    return Conv2dF32Params(**_window(attrs, inputs[0], inputs[1], outputs[0]), groups=attrs.groups,
                           **_products(attrs, inputs))


def lower_depthwise(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> DepthwiseConv2dF32Params:
    """Return the parameters of a depthwise_conv2d node."""
    attrs: Any = node.attrs
    multiplier = outputs[0].shape[3] // inputs[0].shape[3]
    return DepthwiseConv2dF32Params(**_window(attrs, inputs[0], inputs[1], outputs[0]), channel_multiplier=multiplier,
                                    **_products(attrs, inputs))


def lower_linear(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> LinearF32Params:
    """Return the parameters of a linear node."""
    shape = inputs[0].shape
    return LinearF32Params(rows=math.prod(shape[1:-1]), input_c=shape[-1], output_c=outputs[0].shape[-1],
                           **_products(node.attrs, inputs))


# References ------------------------------------------------------------------------------------------------------


def reference_conv2d(p: Conv2dF32Params, x: Array) -> Array:
    """Return the outputs for x [N, H, W, C]."""
    weights = p.weights.reshape(p.groups, p.output_c // p.groups, p.kernel_h, p.kernel_w, -1).astype(np.float64)

    def add(acc: Array, pixels: Array, ky: int, kx: int) -> None:
        sums = acc.reshape(*acc.shape[:3], p.groups, weights.shape[1]) if acc.flags.c_contiguous else None
        for c in range(weights.shape[-1]):
            taps = pixels.reshape(*pixels.shape[:3], p.groups, weights.shape[-1])[..., c, None]
            product = taps * weights[:, :, ky, kx, c]
            if sums is not None:
                sums[...] = add_rounded(product, sums)
            else:
                acc[...] = add_rounded(product.reshape(acc.shape), acc)

    return _by_taps(p, x, add)


def reference_depthwise(p: DepthwiseConv2dF32Params, x: Array) -> Array:
    """Return the outputs for x [N, H, W, C]."""
    weights = p.weights[0].astype(np.float64)

    def add(acc: Array, pixels: Array, ky: int, kx: int) -> None:
        acc[...] = add_rounded(np.repeat(pixels, p.channel_multiplier, axis=-1) * weights[ky, kx], acc)

    return _by_taps(p, x, add)


def reference_linear(p: LinearF32Params, x: Array) -> Array:
    """Return the outputs for x [N, ..., I]: those of a 1x1 convolution of a column of rows."""
    rows = len(x) * p.rows
    column = Conv2dF32Params(
        input_h=1, input_w=1, input_c=p.input_c, output_h=1, output_w=1, output_c=p.output_c, kernel_h=1, kernel_w=1,
        stride_h=1, stride_w=1, dilation_h=1, dilation_w=1, pad_top=0, pad_left=0, groups=1, clamp_min=p.clamp_min,
        clamp_max=p.clamp_max, weights=p.weights, bias=p.bias)
    return reference_conv2d(column, x.reshape(rows, 1, 1, p.input_c)).reshape(*x.shape[:-1], p.output_c)


def _by_taps(p: Any, x: Array, add: Any) -> Array:
    """Return the clamped sums; ``add(sums, pixels, ky, kx)`` advances those whose tap (ky, kx) lies inside the input.

    The sums are float32 values in float64.
    """
    y = np.empty((len(x), p.output_h, p.output_w, p.output_c), np.float32)
    step = max(1, BLOCK // (p.output_h * p.output_w * p.output_c))
    for start in range(0, len(x), step):
        part = x[start : start + step].astype(np.float64)
        acc = np.empty((len(part), *y.shape[1:]), np.float64)
        acc[...] = p.bias
        for ky in range(p.kernel_h):
            rows, of_rows = _inside(p.output_h, p.input_h, ky * p.dilation_h - p.pad_top, p.stride_h)
            for kx in range(p.kernel_w):
                columns, of_columns = _inside(p.output_w, p.input_w, kx * p.dilation_w - p.pad_left, p.stride_w)
                add(acc[:, rows, columns], part[:, of_rows, of_columns], ky, kx)
        y[start : start + step] = limited(acc.astype(np.float32), p.clamp_min, p.clamp_max)
    return y


def _inside(outputs: int, size: int, offset: int, stride: int) -> tuple[slice, slice]:
    """Return the windows along one axis whose tap ``offset`` from their start lies inside, and where it lies."""
    first = max(0, -(offset // stride))
    end = max(first, min(outputs, (size - 1 - offset) // stride + 1))
    return slice(first, end), slice(first * stride + offset, (end - 1) * stride + offset + 1 if end > first else 0,
                                    stride)


def _last_channel(p: Conv2dF32Params) -> Array:
    """Return, for each input channel, the last output channel that reads it."""
    group = np.arange(p.input_c) // (p.input_c // p.groups)
    last: Array = (group + 1) * (p.output_c // p.groups) - 1
    return last


CONV2D = (*_float32_neon.CONV2D,
          Kernel("tc_conv2d_f32_ref", params_type="tc_conv2d_f32_params", dtype=DTYPE,
                 walk=lambda p: by_output(p, p.input_c, p.output_c, _last_channel(p))))
DEPTHWISE_CONV2D = (*_float32_neon.DEPTHWISE_CONV2D,
                    Kernel("tc_depthwise_conv2d_f32_ref", params_type="tc_depthwise_conv2d_f32_params", dtype=DTYPE,
                           walk=lambda p: by_output(p, p.input_c, p.output_c,
                                                    (np.arange(p.input_c) + 1) * p.channel_multiplier - 1)))
LINEAR = (*_float32_neon.LINEAR,
          Kernel("tc_linear_f32_ref", params_type="tc_linear_f32_params", dtype=DTYPE,
                 walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 4)))
