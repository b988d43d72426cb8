"""Softmax along one axis.

Shapes: any -> the same; at integer level the axis is the last one.
Quant:  output scale 1/256, zero point -128; exponentials and their sum in fixed point. Equal to TensorFlow Lite while a
        row's sum is below 512 times its largest exponential; above, where all outputs round to 0, its shift overflows.
Source: TensorFlow Lite 8-bit quantization specification, SOFTMAX; gemmlowp fixedpoint.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array, Attributes, Node, Quantization, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, doubling_high_mul, rounding_divide_by_pot
from toolchain.ops._activation_f32 import SOFTMAX, SoftmaxF32Params, lower_softmax, reference_softmax
from toolchain.ops._exp_table import ExponentialParams, differences_and_sums, exponentials, row_shape
from toolchain.ops._fixed_point import reciprocal
from toolchain.ops._float32 import DTYPE
from toolchain.ops._shapes import normalise_axis
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Kernel, Op, OutputQuantization

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class SoftmaxAttributes(Attributes):
    """``axis`` along which the outputs sum to one. Shared by softmax and log_softmax."""

    axis: int = -1


@dataclass(frozen=True)
class SoftmaxParams(ExponentialParams):
    """Integer parameters; the C twin is tc_softmax_params."""


class Softmax(Op):
    """See the module's docstring."""

    name = "softmax"
    Attrs = SoftmaxAttributes
    quantization = OutputQuantization.FIXED
    kernels = (Kernel("tc_softmax_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.rows * p.channels)),
               *SOFTMAX)

    def infer(self, attrs: SoftmaxAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        normalise_axis(self.name, attrs.axis, len(inputs[0].shape))
        return (inputs[0].shape,)

    def forward(self, attrs: SoftmaxAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].softmax(attrs.axis),)

    def fixed_quantization(self, attrs: SoftmaxAttributes) -> Quantization | None:
        return Quantization.per_tensor(1 / 256, -128)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> SoftmaxParams | SoftmaxF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_softmax(node, inputs, outputs)
        assert isinstance(node.attrs, SoftmaxAttributes)
        exps = exponentials(inputs[0].scale)
        return SoftmaxParams(*row_shape(node, node.attrs.axis, inputs[0]), len(exps), exps)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, SoftmaxF32Params):
            return (reference_softmax(*inputs),)
        _, exps, total = differences_and_sums(params, inputs[0])
        inverse, bits = reciprocal(total)
        shift = bits + 31 - 8
        y = rounding_divide_by_pot(doubling_high_mul(inverse, exps), np.minimum(shift, 31))
        return ((np.where(shift > 31, 0, y) + INT8_MIN).clip(INT8_MIN, INT8_MAX).astype(np.int8),)


OP = Softmax()
