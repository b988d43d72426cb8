"""Parametric ReLU: x where x >= 0, alpha * x elsewhere.

Shapes: x [N, ..., C], alpha [C] or [1] -> as x.
Source: TensorFlow Lite operator PRELU; He et al., "Delving Deep into Rectifiers" (ICCV 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PreluAttributes(Attributes):
    """None: the slopes are input 1."""


class Prelu(Op):
    """See the module's docstring."""

    name = "prelu"
    Attrs = PreluAttributes
    constant_inputs = (1,)

    def infer(self, attrs: PreluAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, alpha = inputs
        if len(alpha.shape) != 1 or alpha.shape[0] not in (1, x.shape[-1]):
            raise ModelError(f"prelu slopes {list(alpha.shape)} do not fit {x.shape[-1]} channels on the last axis")
        return (x.shape,)

    def forward(self, attrs: PreluAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, alpha = inputs
        return (x.clamp(min=0) + alpha * x.clamp(max=0),)


OP = Prelu()
