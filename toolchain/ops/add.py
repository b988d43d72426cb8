"""Elementwise addition with broadcasting.

Shapes: a, b broadcast against each other -> the broadcast shape.
Source: TensorFlow Lite 8-bit quantization specification, ADD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops._shapes import broadcast, limit
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class BinaryAttributes(Attributes):
    """``clamp`` is a fused activation range in real numbers. Shared by add, sub and mul."""

    clamp: tuple[float, float] | None = None


class Add(Op):
    """See the module's docstring."""

    name = "add"
    Attrs = BinaryAttributes

    def infer(self, attrs: BinaryAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(self.name, inputs),)

    def forward(self, attrs: BinaryAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (limit(inputs[0] + inputs[1], attrs.clamp),)


OP = Add()
