"""2-D average pooling.

Shapes: input [N, H, W, C] -> [N, OH, OW, C].
Quant:  output as input; the codes of the taps that count are averaged, halves away from zero:
        (sum +- count / 2) / count. With count_include_pad a padded tap counts as the zero point.
Source: TensorFlow Lite 8-bit quantization specification, AVERAGE_POOL_2D; PyTorch AvgPool2d for count_include_pad and
        ceil_mode (``extra``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolchain.ir import DTYPES, Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import _int16
from toolchain.ops._float32 import DTYPE
from toolchain.ops._neon import ALSO
from toolchain.ops._pools_f32 import AVG_POOL2D, AvgPool2dF32Params, lower_avg_pool2d, reference_avg_pool2d
from toolchain.ops._strip import Strip, of_counted_windows
from toolchain.ops._walk import by_output, by_pixel, pixels_by_channels
from toolchain.ops._windows import check_windows, pad_planes, patches, valid_taps, window_shape
from toolchain.ops.base import Channels, Kernel, Op, OutputQuantization, Params, output_clamp, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class AvgPool2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``extra`` the rows below and columns to the right of the padding that

    ceil mode adds: they are never counted. ``clamp`` is a fused activation range in real numbers.
    """

    kernel: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    count_include_pad: bool = False
    extra: tuple[int, int] = (0, 0)
    clamp: tuple[float, float] | None = None


@dataclass(frozen=True)
class AvgPool2dParams(Params):
    """Integer parameters; the C twin is tc_avg_pool2d_params.

    ``counted_*`` are the padded rows and columns that count as the zero point, on each side of the input.
    """

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
    zero_point: int
    clamp_min: int
    clamp_max: int
    dtype: str = reference_only(default="s8")

    dilation_h: ClassVar[int] = 1
    dilation_w: ClassVar[int] = 1


def _not_by_fours(most: int, p: AvgPool2dParams) -> str | None:
    if p.channels < 4:
        return "fewer than four channels"
    return None if p.kernel_h * p.kernel_w <= most else f"more than {most} pixels in a window"


def _too_large(p: AvgPool2dParams) -> str | None:
    return None if p.kernel_h * p.kernel_w <= 255 else "more than 255 pixels in a window"


def _by_fours(isa: str, most: int) -> Kernel:
    """Return a kernel for four channels at a time, and windows of at most so many pixels."""
    return Kernel(f"tc_avg_pool2d_s8_{isa}", isa, partial(_not_by_fours, most),
                  walk=lambda p: pixels_by_channels(p, p.channels))


class AvgPool2d(Op):
    """See the module's docstring."""

    name = "avg_pool2d"
    Attrs = AvgPool2dAttributes
    channels = Channels.KEPT
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_avg_pool2d_s8_neon", "neon", _too_large, walk=lambda p: by_pixel(p, p.channels), also=ALSO),
               _by_fours("mve", 2048), _by_fours("dsp", 255),
               Kernel("tc_avg_pool2d_s8_ref",
                      walk=lambda p: by_output(p, p.channels, p.channels, np.arange(p.channels))), *_int16.AVG_POOL2D,
               *AVG_POOL2D)

    def sees_padding(self, attrs: AvgPool2dAttributes) -> bool:
        return attrs.count_include_pad and any(attrs.padding)

    def infer(self, attrs: AvgPool2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x = inputs[0].shape
        top, bottom, left, right = attrs.padding
        padding = (top, bottom + attrs.extra[0], left, right + attrs.extra[1])
        oh, ow = window_shape("avg_pool2d", x, attrs.kernel, attrs.stride, (1, 1), padding)
        if attrs.count_include_pad:
            height, width, first_row, first_column = x[1] + top + bottom, x[2] + left + right, 0, 0
        else:
            height, width, first_row, first_column = x[1], x[2], top, left
        counts = (valid_taps(height, oh, attrs.kernel[0], attrs.stride[0], 1, first_row)
                  + valid_taps(width, ow, attrs.kernel[1], attrs.stride[1], 1, first_column))
        check_windows("avg_pool2d", counts, x, attrs.kernel, attrs.padding)
        return ((x[0], oh, ow, x[3]),)

    def forward(self, attrs: AvgPool2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch
        import torch.nn.functional as F

        x = inputs[0]
        below, beside = attrs.extra
        counted = pad_planes(torch.ones_like(x[:1, :, :, :1]), attrs.padding, float(attrs.count_include_pad))

        def window_sum(t: torch.Tensor) -> torch.Tensor:
            return F.avg_pool2d(F.pad(t, (0, beside, 0, below)), attrs.kernel, attrs.stride, divisor_override=1)

        y = (window_sum(pad_planes(x, attrs.padding)) / window_sum(counted)).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def strip(self, params: AvgPool2dParams, first: int, end: int, height: int) -> Strip | None:
        return of_counted_windows(params, first, end)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> AvgPool2dParams | AvgPool2dF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_avg_pool2d(node, inputs, outputs)
        x, y, attrs = inputs[0], outputs[0], node.attrs
        assert isinstance(attrs, AvgPool2dAttributes)
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        top, bottom, left, right = attrs.padding if attrs.count_include_pad else (0, 0, 0, 0)
        return AvgPool2dParams(
            input_h=x.shape[1], input_w=x.shape[2], channels=x.shape[3], output_h=y.shape[1], output_w=y.shape[2],
            kernel_h=attrs.kernel[0], kernel_w=attrs.kernel[1], stride_h=attrs.stride[0], stride_w=attrs.stride[1],
            pad_top=attrs.padding[0], pad_left=attrs.padding[2],
            counted_top=top, counted_bottom=bottom, counted_left=left, counted_right=right,
            zero_point=x.zero_point, clamp_min=clamp_min, clamp_max=clamp_max, dtype=x.dtype)

    def reference(self, params: AvgPool2dParams | AvgPool2dF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, AvgPool2dF32Params):
            return (reference_avg_pool2d(params, *inputs),)
        p, x = params, inputs[0].astype(np.int32)
        border = ((0, 0), (p.counted_top, p.counted_bottom), (p.counted_left, p.counted_right), (0, 0))
        total = self._window_sums(np.pad(x, border, constant_values=p.zero_point), p)
        count = self._window_sums(np.pad(np.ones_like(x[:1, :, :, :1]), border, constant_values=1), p)
        magnitude = (np.abs(total) + count // 2) // count
        return (np.clip(np.sign(total) * magnitude, p.clamp_min, p.clamp_max).astype(DTYPES[p.dtype]),)

    @staticmethod
    def _window_sums(counted: Array, p: AvgPool2dParams) -> Array:
        """Return the window sums of an input that holds its counted border; what lies beyond adds nothing."""
        inner = dataclasses.replace(p, input_h=counted.shape[1], input_w=counted.shape[2],
                                    pad_top=p.pad_top - p.counted_top, pad_left=p.pad_left - p.counted_left)
        sums: Array = patches(counted, inner, 0).sum(axis=(4, 5))
        return sums


OP = AvgPool2d()
