"""Logarithm of the softmax along one axis.

Shapes: any -> the same; at integer level the axis is the last one.
Quant:  output scale 16/256, zero point 127.
Source: TensorFlow Lite 8-bit quantization specification, LOG_SOFTMAX; gemmlowp fixedpoint.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolchain.ir import Quantization, Shape, Tensor
from toolchain.ops._shapes import normalise_axis
from toolchain.ops.base import Op, OutputQuantization
from toolchain.ops.softmax import SoftmaxAttributes

if TYPE_CHECKING:
    import torch


class LogSoftmax(Op):
    """See the module's docstring."""

    name = "log_softmax"
    Attrs = SoftmaxAttributes
    quantization = OutputQuantization.FIXED

    def infer(self, attrs: SoftmaxAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        normalise_axis(self.name, attrs.axis, len(inputs[0].shape))
        return (inputs[0].shape,)

    def forward(self, attrs: SoftmaxAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].log_softmax(attrs.axis),)

    def fixed_quantization(self, attrs: SoftmaxAttributes) -> Quantization | None:
        return Quantization.per_tensor(16 / 256, 127)


OP = LogSoftmax()
