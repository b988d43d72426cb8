"""Another shape for the same elements: an alias, without a kernel.

Shapes: any -> ``shape``, with as many elements; the batch stays axis 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops.base import Channels, Op, OutputQuantization, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ReshapeAttributes(Attributes):
    """The whole output shape; axis 0 is the batch, 1."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class ReshapeParams(Params):
    """No kernel reads them."""

    output_shape: Shape = reference_only()


class Reshape(Op):
    """See the module's docstring."""

    name = "reshape"
    Attrs = ReshapeAttributes
    channels = Channels.TILED
    quantization = OutputQuantization.AS_INPUT
    alias = True

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        same = outputs[0].shape[-1] == inputs[0].shape[-1]
        return Channels.TILED if same or len(outputs[0].shape) == 2 else Channels.OPAQUE

    def infer(self, attrs: ReshapeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if math.prod(attrs.shape) != inputs[0].count:
            raise ModelError(f"reshape {list(inputs[0].shape)} -> {list(attrs.shape)} changes the number of elements")
        return (tuple(attrs.shape),)

    def forward(self, attrs: ReshapeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].reshape(inputs[0].shape[0], *attrs.shape[1:]),)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ReshapeParams:
        return ReshapeParams(outputs[0].shape)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        return (inputs[0].reshape(len(inputs[0]), *params.output_shape[1:]),)


OP = Reshape()
