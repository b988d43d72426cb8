"""Depthwise 2-D convolution: every input channel has its own ``multiplier`` filters (C = input channels x multiplier).

Shapes: input [N, H, W, C / m], weights 1HWC [1, KH, KW, C], bias [C] -> [N, OH, OW, C]; output channel c reads input
        channel c // m.
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[c]; padding is the
        input's zero point.
Source: TensorFlow Lite 8-bit quantization specification, DEPTHWISE_CONV_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops._windows import window_shape
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class DepthwiseConv2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``clamp`` a fused activation range in real numbers."""

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    clamp: tuple[float, float] | None = None


class DepthwiseConv2d(Op):
    """See the module's docstring."""

    name = "depthwise_conv2d"
    Attrs = DepthwiseConv2dAttributes
    constant_inputs = (1, 2)

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
        top, bottom, left, right = attrs.padding
        y = F.conv2d(F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom)), weights.permute(3, 0, 1, 2), bias,
                     stride=attrs.stride, dilation=attrs.dilation, groups=x.shape[-1]).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: DepthwiseConv2dAttributes) -> int | None:
        return 3


OP = DepthwiseConv2d()
