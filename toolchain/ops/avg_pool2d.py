"""2-D average pooling.

Shapes: input [N, H, W, C] -> [N, OH, OW, C].
Quant:  output as input; the codes of the taps that count are averaged, halves away from zero:
        (sum +- count / 2) / count. With count_include_pad a padded tap counts as the zero point.
Source: TensorFlow Lite 8-bit quantization specification, AVERAGE_POOL_2D; PyTorch AvgPool2d for count_include_pad and
        ceil_mode (``extra``).
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


class AvgPool2d(Op):
    """See the module's docstring."""

    name = "avg_pool2d"
    Attrs = AvgPool2dAttributes
    quantization = OutputQuantization.AS_INPUT

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

        x = inputs[0].permute(0, 3, 1, 2)
        top, bottom, left, right = attrs.padding
        below, beside = attrs.extra
        counted = F.pad(torch.ones_like(x[:1, :1]), (left, right, top, bottom), value=float(attrs.count_include_pad))

        def window_sum(t: torch.Tensor) -> torch.Tensor:
            return F.avg_pool2d(F.pad(t, (0, beside, 0, below)), attrs.kernel, attrs.stride, divisor_override=1)

        y = (window_sum(F.pad(x, (left, right, top, bottom))) / window_sum(counted)).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)


OP = AvgPool2d()
