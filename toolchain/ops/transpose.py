"""Permutation of axes.

Shapes: axis i of the output is axis permutation[i] of the input; the batch stays axis 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op, OutputQuantization

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TransposeAttributes(Attributes):
    """``permutation`` of all axes; its first element is 0, the batch."""

    permutation: tuple[int, ...]


class Transpose(Op):
    """See the module's docstring."""

    name = "transpose"
    Attrs = TransposeAttributes
    quantization = OutputQuantization.AS_INPUT

    def infer(self, attrs: TransposeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if sorted(attrs.permutation) != list(range(len(shape))) or attrs.permutation[0] != 0:
            raise ModelError(f"transpose {attrs.permutation} must permute {len(shape)} axes and keep axis 0")
        return (tuple(shape[axis] for axis in attrs.permutation),)

    def forward(self, attrs: TransposeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].permute(attrs.permutation),)


OP = Transpose()
