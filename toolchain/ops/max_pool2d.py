"""2-D maximum pooling.

Shapes: input [N, H, W, C] -> [N, OH, OW, C]. Ceil mode is more padding at the bottom and right: padding never wins.
Quant:  output as input; the maximum of the codes of the taps inside the input.
Source: TensorFlow Lite 8-bit quantization specification, MAX_POOL_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import DTYPES, Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import LIMITS, Rounding
from toolchain.ops import _int16
from toolchain.ops._float32 import DTYPE
from toolchain.ops._neon import ALSO
from toolchain.ops._pools_f32 import MAX_POOL2D, MaxPool2dF32Params, lower_max_pool2d, reference_max_pool2d
from toolchain.ops._strip import Strip, of_windows
from toolchain.ops._walk import by_pixel, pixels_by_channels
from toolchain.ops._windows import check_windows, pad_planes, patches, valid_taps, window_shape
from toolchain.ops.base import Channels, Kernel, Op, OutputQuantization, Params, output_clamp, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Pool2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``clamp`` a fused activation range in real numbers."""

    kernel: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    clamp: tuple[float, float] | None = None


@dataclass(frozen=True)
class MaxPool2dParams(Params):
    """Integer parameters; the C twin is tc_max_pool2d_params."""

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
    clamp_min: int
    clamp_max: int
    dtype: str = reference_only(default="s8")


def _not_by_fours(p: MaxPool2dParams) -> str | None:
    return "fewer than four channels" if p.channels < 4 else None


class MaxPool2d(Op):
    """See the module's docstring."""

    name = "max_pool2d"
    Attrs = Pool2dAttributes
    channels = Channels.KEPT
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_max_pool2d_s8_neon", "neon", walk=lambda p: by_pixel(p, p.channels), also=ALSO),
               Kernel("tc_max_pool2d_s8_mve", "mve", walk=lambda p: by_pixel(p, p.channels)),
               Kernel("tc_max_pool2d_s8_dsp", "dsp", _not_by_fours, walk=lambda p: pixels_by_channels(p, p.channels)),
               Kernel("tc_max_pool2d_s8_ref", walk=lambda p: by_pixel(p, p.channels)),
               *_int16.MAX_POOL2D, *MAX_POOL2D)

    def infer(self, attrs: Pool2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x = inputs[0].shape
        oh, ow = window_shape("max_pool2d", x, attrs.kernel, attrs.stride, attrs.dilation, attrs.padding)
        rows = valid_taps(x[1], oh, attrs.kernel[0], attrs.stride[0], attrs.dilation[0], attrs.padding[0])
        columns = valid_taps(x[2], ow, attrs.kernel[1], attrs.stride[1], attrs.dilation[1], attrs.padding[2])
        check_windows("max_pool2d", rows + columns, x, attrs.kernel, attrs.padding)
        return ((x[0], oh, ow, x[3]),)

    def forward(self, attrs: Pool2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        x = pad_planes(inputs[0], attrs.padding, float("-inf"))
        y = F.max_pool2d(x, attrs.kernel, attrs.stride, dilation=attrs.dilation).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def strip(self, params: MaxPool2dParams, first: int, end: int, height: int) -> Strip | None:
        return of_windows(params, first, end)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> MaxPool2dParams | MaxPool2dF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_max_pool2d(node, inputs, outputs)
        x, y, attrs = inputs[0], outputs[0], node.attrs
        assert isinstance(attrs, Pool2dAttributes)
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return MaxPool2dParams(
            input_h=x.shape[1], input_w=x.shape[2], channels=x.shape[3], output_h=y.shape[1], output_w=y.shape[2],
            kernel_h=attrs.kernel[0], kernel_w=attrs.kernel[1], stride_h=attrs.stride[0], stride_w=attrs.stride[1],
            dilation_h=attrs.dilation[0], dilation_w=attrs.dilation[1],
            pad_top=attrs.padding[0], pad_left=attrs.padding[2], clamp_min=clamp_min, clamp_max=clamp_max,
            dtype=x.dtype)

    def reference(self, params: MaxPool2dParams | MaxPool2dF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, MaxPool2dF32Params):
            return (reference_max_pool2d(params, *inputs),)
        # the lowest code never wins against a tap inside the input, and every window has one (infer)
        windows = patches(inputs[0], params, LIMITS[params.dtype][0])
        best = np.clip(windows.max(axis=(4, 5)), params.clamp_min, params.clamp_max)
        return (best.astype(DTYPES[params.dtype]),)


OP = MaxPool2d()
