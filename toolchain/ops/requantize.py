"""Change of scale and zero point, int8 to int8; the identity in float.

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
class RequantizeAttributes(Attributes):
    """None: the scales are those of the tensors."""


class Requantize(Op):
    """See the module's docstring."""

    name = "requantize"
    Attrs = RequantizeAttributes

    def infer(self, attrs: RequantizeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def forward(self, attrs: RequantizeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0],)


OP = Requantize()
