"""Strided slice of every axis; its kernels move bytes, of whatever type.

Shapes: x of rank r -> ``sizes``; element i of an axis is element start + i * stride of the input; the batch stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._strided import elements, merge, moved, strides_of
from toolchain.ops._walk import Walk, copies
from toolchain.ops.base import Kernel, Op, OutputQuantization, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class SliceAttributes(Attributes):
    """One start, size and stride (may be negative) per axis, the batch included: there 0, 1, 1."""

    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class SliceParams(Params):
    """Integer parameters; the C twin is tc_slice_params. Four merged axes of the input, outermost first."""

    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    run_bytes: int
    output_shape: Shape = reference_only()
    input_bytes: int = reference_only()


def _walk(p: SliceParams) -> Walk:
    return copies(elements(p.offset, p.sizes, p.strides, p.run_bytes), p.run_bytes, p.input_bytes)


class Slice(Op):
    """See the module's docstring."""

    name = "slice"
    Attrs = SliceAttributes
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_slice_s8_ref", walk=_walk),)

    def infer(self, attrs: SliceAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if not len(attrs.starts) == len(attrs.sizes) == len(attrs.strides) == len(shape):
            raise ModelError(f"slice needs {len(shape)} starts, sizes and strides for shape {list(shape)}")
        for axis, (start, size, stride) in enumerate(zip(attrs.starts, attrs.sizes, attrs.strides, strict=True)):
            last = start + (size - 1) * stride
            if stride == 0 or size < 1 or not (0 <= start < shape[axis] and 0 <= last < shape[axis]):
                raise ModelError(f"slice of axis {axis} from {start}, {size} elements with stride {stride}, "
                                 f"leaves the {shape[axis]} elements that there are")
        if attrs.sizes[0] != shape[0]:
            raise ModelError("slice along the batch axis is not supported")
        return (tuple(attrs.sizes),)

    def forward(self, attrs: SliceAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        y = inputs[0]
        for axis, (start, size, stride) in enumerate(zip(attrs.starts, attrs.sizes, attrs.strides, strict=True)):
            if axis == 0 or (start, size, stride) == (0, y.shape[axis], 1):
                continue
            low, high = sorted((start, start + (size - 1) * stride))
            y = y[(slice(None),) * axis + (slice(low, high + 1, abs(stride)),)]
            y = y.flip(axis) if stride < 0 else y
        return (y,)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> SliceParams:
        attrs, strides = node.attrs, strides_of(inputs[0])
        assert isinstance(attrs, SliceAttributes)
        offset = sum(start * stride for start, stride in zip(attrs.starts, strides, strict=True))
        steps = (step * stride for step, stride in zip(attrs.strides, strides, strict=True))
        sizes, merged_strides, run = merge(node.name, [*zip(attrs.sizes, steps, strict=True), (inputs[0].itemsize, 1)])
        return SliceParams(offset, sizes, merged_strides, run, outputs[0].shape, inputs[0].size_bytes)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        (x,) = inputs
        index = elements(params.offset, params.sizes, params.strides, params.run_bytes)
        return (moved(x, index, params.output_shape),)


OP = Slice()
