"""Permutation of axes; its kernels move bytes, of whatever type.

Shapes: axis i of the output is axis permutation[i] of the input; the batch stays axis 0.
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
class TransposeAttributes(Attributes):
    """``permutation`` of all axes; its first element is 0, the batch."""

    permutation: tuple[int, ...]


@dataclass(frozen=True)
class TransposeParams(Params):
    """Integer parameters; the C twin is tc_transpose_params. Merged axes of the output with the input's strides."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    run_bytes: int
    output_shape: Shape = reference_only()


def _walk(p: TransposeParams) -> Walk:
    index = elements(0, p.sizes, p.strides, p.run_bytes)
    return copies(index, p.run_bytes, index.size)


class Transpose(Op):
    """See the module's docstring."""

    name = "transpose"
    Attrs = TransposeAttributes
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_transpose_s8_ref", walk=_walk),)

    def infer(self, attrs: TransposeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if sorted(attrs.permutation) != list(range(len(shape))) or attrs.permutation[0] != 0:
            raise ModelError(f"transpose {attrs.permutation} must permute {len(shape)} axes and keep axis 0")
        return (tuple(shape[axis] for axis in attrs.permutation),)

    def forward(self, attrs: TransposeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].permute(attrs.permutation),)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> TransposeParams:
        attrs, shape, strides = node.attrs, inputs[0].shape, strides_of(inputs[0])
        assert isinstance(attrs, TransposeAttributes)
        sizes, merged, run = merge(node.name, [*((shape[axis], strides[axis]) for axis in attrs.permutation),
                                                (inputs[0].itemsize, 1)])
        return TransposeParams(sizes, merged, run, outputs[0].shape)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        (x,) = inputs
        index = elements(0, params.sizes, params.strides, params.run_bytes)
        return (moved(x, index, params.output_shape),)


OP = Transpose()
