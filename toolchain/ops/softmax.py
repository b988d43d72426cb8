"""Softmax along one axis.

Shapes: any -> the same; at integer level the axis is the last one.
Quant:  output scale 1/256, zero point -128.
Source: TensorFlow Lite 8-bit quantization specification, SOFTMAX; gemmlowp fixedpoint.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Attributes, Quantization, Shape, Tensor
from toolchain.ops._shapes import normalise_axis
from toolchain.ops.base import Op, OutputQuantization

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class SoftmaxAttributes(Attributes):
    """``axis`` along which the outputs sum to one. Shared by softmax and log_softmax."""

    axis: int = -1


class Softmax(Op):
    """See the module's docstring."""

    name = "softmax"
    Attrs = SoftmaxAttributes
    quantization = OutputQuantization.FIXED

    def infer(self, attrs: SoftmaxAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        normalise_axis(self.name, attrs.axis, len(inputs[0].shape))
        return (inputs[0].shape,)

    def forward(self, attrs: SoftmaxAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].softmax(attrs.axis),)

    def fixed_quantization(self, attrs: SoftmaxAttributes) -> Quantization | None:
        return Quantization.per_tensor(1 / 256, -128)


OP = Softmax()
