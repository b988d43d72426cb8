"""max_pool2d, avg_pool2d and mean in float32.

Semantics: max_pool2d: the first tap inside the input, ky and kx rising, that no later one exceeds. avg_pool2d, mean:
        the sum from 0, ky and kx (the reduced axes) rising, of what lies inside the input; divided by the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from toolchain.ir import Array, Node, Shape, Tensor
from toolchain.ops import _float32_neon
from toolchain.ops._float32 import DTYPE, FloatParams, f32, limited, limits, maximum
from toolchain.ops._walk import by_output, by_pixel
from toolchain.ops._windows import patches
from toolchain.ops.base import Kernel, reference_only


@dataclass(frozen=True)
class MaxPool2dF32Params(FloatParams):
    """The C twin is tc_max_pool2d_f32_params."""

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
    clamp_min: float
    clamp_max: float


@dataclass(frozen=True)
class AvgPool2dF32Params(FloatParams):
    """The C twin is tc_avg_pool2d_f32_params; ``counted_*`` as in ``AvgPool2dParams``."""

    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    counted_top: int
    counted_bottom: int
    counted_left: int
    counted_right: int
    clamp_min: float
    clamp_max: float

    dilation_h: ClassVar[int] = 1
    dilation_w: ClassVar[int] = 1


@dataclass(frozen=True)
class MeanF32Params(FloatParams):
    """The C twin is tc_mean_f32_params; axes as in ``MeanParams``."""

    outer: int
    reduced_0: int
    middle: int
    reduced_1: int
    inner: int
    output_shape: Shape = reference_only()


def _window(attrs: Any, x: Tensor, y: Tensor) -> dict[str, Any]:
    low, high = limits(attrs.clamp)
    return {"input_h": x.shape[1], "input_w": x.shape[2], "channels": x.shape[3], "output_h": y.shape[1],
            "output_w": y.shape[2], "kernel_h": attrs.kernel[0], "kernel_w": attrs.kernel[1],
            "stride_h": attrs.stride[0], "stride_w": attrs.stride[1], "pad_top": attrs.padding[0],
            "pad_left": attrs.padding[2], "clamp_min": low, "clamp_max": high}


def lower_max_pool2d(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> MaxPool2dF32Params:
    """Return the parameters of a max_pool2d node."""
    attrs: Any = node.attrs
    return MaxPool2dF32Params(**_window(attrs, inputs[0], outputs[0]), dilation_h=attrs.dilation[0],
                              dilation_w=attrs.dilation[1])


def lower_avg_pool2d(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> AvgPool2dF32Params:
    """Return the parameters of an avg_pool2d node."""
    attrs: Any = node.attrs
    top, bottom, left, right = attrs.padding if attrs.count_include_pad else (0, 0, 0, 0)
    return AvgPool2dF32Params(**_window(attrs, inputs[0], outputs[0]), counted_top=top, counted_bottom=bottom,
                              counted_left=left, counted_right=right)


def reference_max_pool2d(p: MaxPool2dF32Params, x: Array) -> Array:
    """Return the outputs for x [N, H, W, C]; every window has a tap inside."""
    windows = patches(x, p, float("-inf"))
    best = windows[..., 0, 0]
    for ky in range(p.kernel_h):
        for kx in range(p.kernel_w):
            best = maximum(best, windows[..., ky, kx])
    return limited(best, p.clamp_min, p.clamp_max)


def reference_avg_pool2d(p: AvgPool2dF32Params, x: Array) -> Array:
    """Return the outputs for x [N, H, W, C]. Padding adds 0, which changes no sum that began with +0."""
    windows = patches(x, p, 0)
    total = np.zeros(windows.shape[:4], np.float32)
    for ky in range(p.kernel_h):
        for kx in range(p.kernel_w):
            total = total + windows[..., ky, kx]
    rows = _counted(p.output_h, p.input_h, p.kernel_h, p.stride_h, p.pad_top, p.counted_top, p.counted_bottom)
    columns = _counted(p.output_w, p.input_w, p.kernel_w, p.stride_w, p.pad_left, p.counted_left, p.counted_right)
    count = (rows[:, None] * columns).astype(np.float32)[:, :, None]
    return limited(total / count, p.clamp_min, p.clamp_max)


def _counted(outputs: int, size: int, kernel: int, stride: int, pad: int, before: int, after: int) -> Array:
    """Return how many taps of each window along one axis count."""
    start = np.arange(outputs) * stride - pad
    return np.minimum(start + kernel, size + after) - np.maximum(start, -before)


def reference_mean(p: MeanF32Params, x: Array) -> Array:
    """Return the means of x [N, ...]."""
    runs = x.reshape(-1, p.outer, p.reduced_0, p.middle, p.reduced_1, p.inner)
    total = np.zeros((len(runs), p.outer, p.middle, p.inner), np.float32)
    for i in range(p.reduced_0):
        for j in range(p.reduced_1):
            total = total + runs[:, :, i, :, j]
    y: Array = total / f32(p.reduced_0 * p.reduced_1)
    return y.reshape(len(x), *p.output_shape[1:])


MAX_POOL2D = (*_float32_neon.MAX_POOL2D,
              Kernel("tc_max_pool2d_f32_ref", params_type="tc_max_pool2d_f32_params", dtype=DTYPE,
                     walk=lambda p: by_pixel(p, p.channels)))
AVG_POOL2D = (*_float32_neon.AVG_POOL2D,
              Kernel("tc_avg_pool2d_f32_ref", params_type="tc_avg_pool2d_f32_params", dtype=DTYPE,
                     walk=lambda p: by_output(p, p.channels, p.channels, np.arange(p.channels))))
