"""Elementwise multiplication with broadcasting.

Shapes: a, b broadcast against each other -> the broadcast shape.
Source: TensorFlow Lite 8-bit quantization specification, MUL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolchain.ir import Shape, Tensor
from toolchain.ops._shapes import broadcast, limit
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


class Mul(Op):
    """See the module's docstring."""

    name = "mul"
    Attrs = BinaryAttributes

    def infer(self, attrs: BinaryAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(self.name, inputs),)

    def forward(self, attrs: BinaryAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (limit(inputs[0] * inputs[1], attrs.clamp),)


OP = Mul()
