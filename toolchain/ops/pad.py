"""Padding with a constant.

Shapes: axis i grows by before[i] + after[i]; the batch stays.
Quant:  as the input; the value becomes its nearest code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, round_half_away
from toolchain.ops._float32 import DTYPE, FloatParams, f32
from toolchain.ops._strided import elements, merge, strides_of
from toolchain.ops.base import Kernel, Op, OutputQuantization, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PadAttributes(Attributes):
    """Elements added in front of and behind every axis (batch: 0), and their real value."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    value: float = 0.0


@dataclass(frozen=True)
class PadParams(Params):
    """Integer parameters; the C twin is tc_pad_params. Merged axes of the input with the output's strides."""

    output_bytes: int
    value: int
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    run_bytes: int
    output_shape: Shape = reference_only()


@dataclass(frozen=True)
class PadF32Params(FloatParams):
    """The C twin is tc_pad_f32_params. Merged axes of the input with the output's strides, in bytes."""

    output_count: int
    value: float
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    run_bytes: int
    output_shape: Shape = reference_only()


def code_of(value: float, tensor: Tensor) -> int:
    """Return the code nearest to a real value; infinities become the limits of int8."""
    if math.isinf(value):
        return INT8_MAX if value > 0 else INT8_MIN
    return max(INT8_MIN, min(INT8_MAX, tensor.zero_point + round_half_away(value / tensor.scale)))


class Pad(Op):
    """See the module's docstring."""

    name = "pad"
    Attrs = PadAttributes
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_pad_s8_ref"), Kernel("tc_pad_f32_ref", params_type="tc_pad_f32_params", dtype=DTYPE))

    def infer(self, attrs: PadAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if not len(attrs.before) == len(attrs.after) == len(shape):
            raise ModelError(f"pad needs {len(shape)} widths on either side for shape {list(shape)}")
        if min(*attrs.before, *attrs.after) < 0 or attrs.before[0] or attrs.after[0]:
            raise ModelError(f"pad widths {attrs.before} and {attrs.after} must be >= 0, and 0 for the batch")
        return (tuple(b + d + a for b, d, a in zip(attrs.before, shape, attrs.after, strict=True)),)

    def forward(self, attrs: PadAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        widths = [w for pair in zip(reversed(attrs.before), reversed(attrs.after), strict=True) for w in pair]
        return (F.pad(inputs[0], widths, value=attrs.value),)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> PadParams | PadF32Params:
        attrs, y = node.attrs, outputs[0]
        assert isinstance(attrs, PadAttributes)
        strides = strides_of(y)
        offset = sum(width * stride for width, stride in zip(attrs.before, strides, strict=True))
        sizes, merged, run = merge(node.name, [*zip(inputs[0].shape, strides, strict=True), (y.itemsize, 1)])
        if y.dtype == DTYPE:
            return PadF32Params(y.count, float(f32(attrs.value)), offset, sizes, merged, run, y.shape)
        return PadParams(y.count, code_of(attrs.value, y), offset, sizes, merged, run, y.shape)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        (x,) = inputs
        y = np.full((len(x), *params.output_shape[1:]), params.value, dtype=x.dtype)
        index = elements(params.offset, params.sizes, params.strides, params.run_bytes)
        y.reshape(len(x), -1).view(np.int8)[:, index] = np.ascontiguousarray(x).reshape(len(x), -1).view(np.int8)
        return (y,)


OP = Pad()
