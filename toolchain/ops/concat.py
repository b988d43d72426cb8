"""Concatenation along one axis.

Shapes: equal but for ``axis`` -> the sum along ``axis``.
Quant:  inputs and output share one scale and zero point; bytes are copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, GraphError, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._shapes import normalise_axis
from toolchain.ops._walk import Walk
from toolchain.ops.base import Channels, Kernel, Op, OutputQuantization, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ConcatAttributes(Attributes):
    """``axis`` that grows; not the batch."""

    axis: int = -1


@dataclass(frozen=True)
class ConcatParams(Params):
    """Integer parameters; the C twin is tc_concat_params. ``outer`` times, ``inner_bytes`` of each input in turn."""

    outer: int
    count: int
    inner_bytes: Array
    axis: int = reference_only()


def _walk(p: ConcatParams) -> Walk:
    """Runs of the inputs in turn; a run may be written before it is read."""
    runs = 2 * np.arange(p.outer * p.count).reshape(p.outer, p.count)
    writes = np.repeat(runs.reshape(-1), np.tile(p.inner_bytes, p.outer))
    return Walk(writes, tuple(np.repeat(runs[:, i] + 1, size) for i, size in enumerate(p.inner_bytes.tolist())))


class Concat(Op):
    """See the module's docstring."""

    name = "concat"
    Attrs = ConcatAttributes
    channels = Channels.JOINED
    quantization = OutputQuantization.SHARED
    variadic = True
    kernels = (Kernel("tc_concat_s8_ref", walk=_walk),)

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

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ConcatParams:
        attrs, shape = node.attrs, outputs[0].shape
        assert isinstance(attrs, ConcatAttributes)
        axis = normalise_axis(self.name, attrs.axis, len(shape))
        for tensor in inputs:
            if tensor.data is not None:
                raise ModelError(f"{node.name} joins a constant to activations, which is not supported", (),
                                 "make the constant an input of the model, or pad")
            if tensor.quantization != outputs[0].quantization:
                raise GraphError(f"{node.name} joins tensors of different quantisation")
        inner = np.array([math.prod(t.shape[axis:]) * t.itemsize for t in inputs], dtype=np.int32)
        return ConcatParams(math.prod(shape[:axis]), len(inputs), inner, axis)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        return (np.concatenate(inputs, axis=params.axis),)


OP = Concat()
