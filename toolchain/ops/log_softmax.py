"""Logarithm of the softmax along one axis.

Shapes: any -> the same; at integer level the axis is the last one.
Quant:  output scale 16/256, zero point 127; exponentials, their sum and its logarithm in fixed point.
Source: TensorFlow Lite 8-bit quantization specification, LOG_SOFTMAX; gemmlowp fixedpoint.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array, Node, Quantization, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, requantize, rounding_divide_by_pot
from toolchain.ops._activation_f32 import LOG_SOFTMAX, SoftmaxF32Params, lower_softmax, reference_log_softmax
from toolchain.ops._exp_table import (
    ExponentialParams,
    difference_multiplier,
    differences_and_sums,
    exponentials,
    row_shape,
)
from toolchain.ops._fixed_point import log_at_least_one
from toolchain.ops._float32 import DTYPE
from toolchain.ops._shapes import normalise_axis
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Kernel, Op, OutputQuantization
from toolchain.ops.softmax import SoftmaxAttributes

if TYPE_CHECKING:
    import torch


#: Bits of a Q5.26 number below one step of the output, 1/16.
STEP_BITS = 22


@dataclass(frozen=True)
class LogSoftmaxParams(ExponentialParams):
    """Integer parameters; the C twin is tc_log_softmax_params. The multiplier takes a difference of codes to Q5.26."""

    multiplier: int
    exponent: int


class LogSoftmax(Op):
    """See the module's docstring."""

    name = "log_softmax"
    Attrs = SoftmaxAttributes
    quantization = OutputQuantization.FIXED
    kernels = (Kernel("tc_log_softmax_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.rows * p.channels)),
               *LOG_SOFTMAX)

    def infer(self, attrs: SoftmaxAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        normalise_axis(self.name, attrs.axis, len(inputs[0].shape))
        return (inputs[0].shape,)

    def forward(self, attrs: SoftmaxAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].log_softmax(attrs.axis),)

    def fixed_quantization(self, attrs: SoftmaxAttributes) -> Quantization | None:
        return Quantization.per_tensor(16 / 256, 127)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> LogSoftmaxParams | SoftmaxF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_softmax(node, inputs, outputs)
        assert isinstance(node.attrs, SoftmaxAttributes)
        rows, channels = row_shape(node, node.attrs.axis, inputs[0])
        exps = exponentials(inputs[0].scale)
        return LogSoftmaxParams(rows, channels, len(exps), exps, *difference_multiplier(inputs[0].scale))

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, SoftmaxF32Params):
            return (reference_log_softmax(*inputs),)
        differences, _, total = differences_and_sums(params, inputs[0])
        scaled = requantize(-differences, params.multiplier, params.exponent, rounding)
        y = rounding_divide_by_pot(scaled - log_at_least_one(total), STEP_BITS) + INT8_MAX
        # beyond the table the difference is below -20: so is the output, far below its lowest code, -16
        y = np.where(differences < params.exp_count, y, INT8_MIN)
        return (np.clip(y, INT8_MIN, INT8_MAX).astype(np.int8),)


OP = LogSoftmax()
