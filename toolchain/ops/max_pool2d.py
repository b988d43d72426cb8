"""2-D maximum pooling.

Shapes: input [N, H, W, C] -> [N, OH, OW, C]. Ceil mode is more padding at the bottom and right: padding never wins.
Quant:  output as input; the maximum of the codes of the taps inside the input.
Source: TensorFlow Lite 8-bit quantization specification, MAX_POOL_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops._windows import check_windows, valid_taps, window_shape
from toolchain.ops.base import Op, OutputQuantization

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


class MaxPool2d(Op):
    """See the module's docstring."""

    name = "max_pool2d"
    Attrs = Pool2dAttributes
    quantization = OutputQuantization.AS_INPUT

    def infer(self, attrs: Pool2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x = inputs[0].shape
        oh, ow = window_shape("max_pool2d", x, attrs.kernel, attrs.stride, attrs.dilation, attrs.padding)
        rows = valid_taps(x[1], oh, attrs.kernel[0], attrs.stride[0], attrs.dilation[0], attrs.padding[0])
        columns = valid_taps(x[2], ow, attrs.kernel[1], attrs.stride[1], attrs.dilation[1], attrs.padding[2])
        check_windows("max_pool2d", rows + columns, x, attrs.kernel, attrs.padding)
        return ((x[0], oh, ow, x[3]),)

    def forward(self, attrs: Pool2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        top, bottom, left, right = attrs.padding
        x = F.pad(inputs[0].permute(0, 3, 1, 2), (left, right, top, bottom), value=float("-inf"))
        y = F.max_pool2d(x, attrs.kernel, attrs.stride, dilation=attrs.dilation).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)


OP = MaxPool2d()
