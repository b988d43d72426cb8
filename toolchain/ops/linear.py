"""Linear layer on the last axis.

Shapes: input [N, ..., I], weights [O, I], bias [O] -> [N, ..., O].
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[o].
Source: TensorFlow Lite 8-bit quantization specification, FULLY_CONNECTED (per channel, as CONV_2D with a 1x1 kernel).
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
class LinearAttributes(Attributes):
    """``clamp`` is a fused activation range in real numbers."""

    clamp: tuple[float, float] | None = None


class Linear(Op):
    """See the module's docstring."""

    name = "linear"
    Attrs = LinearAttributes
    constant_inputs = (1, 2)

    def infer(self, attrs: LinearAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, weights = inputs[0], inputs[1]
        if len(weights.shape) != 2 or weights.shape[1] != x.shape[-1]:
            raise ModelError(f"linear weights {weights.shape} do not fit {x.shape[-1]} input features")
        return ((*x.shape[:-1], weights.shape[0]),)

    def forward(self, attrs: LinearAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        y = F.linear(*inputs)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: LinearAttributes) -> int | None:
        return 0


OP = Linear()
