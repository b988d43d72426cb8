"""Concatenation along one axis.

Shapes: equal but for ``axis`` -> the sum along ``axis``.
Quant:  inputs and output share one scale and zero point; bytes are copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Node, Shape, Tensor
from toolchain.ops._shapes import normalise_axis
from toolchain.ops.base import Channels, Op, OutputQuantization

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ConcatAttributes(Attributes):
    """``axis`` that grows; not the batch."""

    axis: int = -1


class Concat(Op):
    """See the module's docstring."""

    name = "concat"
    Attrs = ConcatAttributes
    channels = Channels.JOINED
    quantization = OutputQuantization.SHARED

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        assert isinstance(node.attrs, ConcatAttributes)
        last = node.attrs.axis in (-1, len(inputs[0].shape) - 1)
        return Channels.JOINED if last else Channels.OPAQUE

    def infer(self, attrs: ConcatAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        first = inputs[0].shape
        axis = normalise_axis(self.name, attrs.axis, len(first))
        if axis == 0:
            raise ModelError("concat along the batch axis is not supported")
        for tensor in inputs:
            if tensor.shape[:axis] != first[:axis] or tensor.shape[axis + 1:] != first[axis + 1:]:
                raise ModelError(f"concat along axis {axis} cannot join {list(tensor.shape)} to {list(first)}")
        return ((*first[:axis], sum(t.shape[axis] for t in inputs), *first[axis + 1:]),)

    def forward(self, attrs: ConcatAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch

        batch = max(x.shape[0] for x in inputs)
        return (torch.cat([x.expand(batch, *x.shape[1:]) for x in inputs], attrs.axis),)


OP = Concat()
