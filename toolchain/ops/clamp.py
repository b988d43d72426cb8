"""Limit values to a range (relu, relu6, hardtanh).

Shapes: any -> the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ClampAttributes(Attributes):
    """The range in real numbers; infinities leave a side open."""

    low: float = 0.0
    high: float = float("inf")


class Clamp(Op):
    """See the module's docstring."""

    name = "clamp"
    Attrs = ClampAttributes

    def infer(self, attrs: ClampAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def forward(self, attrs: ClampAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].clamp(attrs.low, attrs.high),)


OP = Clamp()
