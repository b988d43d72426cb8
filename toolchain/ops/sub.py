"""Elementwise subtraction with broadcasting; either operand may be a constant.

Shapes: a, b broadcast against each other -> the broadcast shape.
Quant:  as add, with the second term subtracted.
Source: TensorFlow Lite 8-bit quantization specification, SUB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toolchain.ir import Array, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._binary import kernels
from toolchain.ops._elementwise_f32 import BinaryF32Params, binary, lower_binary, reference_binary
from toolchain.ops._float32 import DTYPE
from toolchain.ops._shapes import broadcast, limit
from toolchain.ops._strip import Strip, of_operands
from toolchain.ops.add import AddParams, BinaryAttributes, lower_sum, reference_sum
from toolchain.ops.base import Channels, Op

if TYPE_CHECKING:
    import torch


class Sub(Op):
    """See the module's docstring."""

    name = "sub"
    Attrs = BinaryAttributes
    channels = Channels.KEPT
    channel_axes = {0: (-1, None), 1: (-1, None)}
    kernels = (*kernels("sub"), *binary("sub"))

    def infer(self, attrs: BinaryAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(self.name, inputs),)

    def forward(self, attrs: BinaryAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (limit(inputs[0] - inputs[1], attrs.clamp),)

    def strip(self, params: AddParams, first: int, end: int, height: int) -> Strip | None:
        return of_operands(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> AddParams | BinaryF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_binary(node, inputs, outputs)
        return lower_sum(node, inputs, outputs)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, BinaryF32Params):
            return (reference_binary(self.name, params, inputs),)
        return (reference_sum(params, -1, inputs, rounding),)


OP = Sub()
