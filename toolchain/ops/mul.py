"""Elementwise multiplication with broadcasting; either operand may be a constant.

Shapes: a, b broadcast against each other -> the broadcast shape.
Quant:  one multiplier, s_a * s_b / s_y, computed in double precision.
Source: TensorFlow Lite 8-bit quantization specification, MUL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array, Node, Shape, Tensor
from toolchain.numerics import Rounding, requantize
from toolchain.ops import _mul_dsp, _mul_mve
from toolchain.ops._binary import BinaryParams, constant_operand, gate, gate_walk, kernels, merge_axes, operands
from toolchain.ops._elementwise_f32 import BinaryF32Params, binary, lower_binary, reference_binary
from toolchain.ops._float32 import DTYPE
from toolchain.ops._scale import bounded_multiplier
from toolchain.ops._shapes import broadcast, limit
from toolchain.ops._strip import Strip, of_operands
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.base import Channels, Kernel, Op, output_clamp

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class MulParams(BinaryParams):
    """Integer parameters; the C twin is tc_mul_params."""

    multiplier: int
    exponent: int


class Mul(Op):
    """See the module's docstring."""

    name = "mul"
    Attrs = BinaryAttributes
    channels = Channels.KEPT
    channel_axes = {0: (-1, None), 1: (-1, None)}
    kernels = (*_mul_mve.KERNELS, *_mul_dsp.KERNELS,
               Kernel("tc_mul_s8_gate_ref", supports=gate, in_place=(0,), walk=gate_walk), *kernels("mul"),
               *binary("mul"))

    def infer(self, attrs: BinaryAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(self.name, inputs),)

    def forward(self, attrs: BinaryAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (limit(inputs[0] * inputs[1], attrs.clamp),)

    def strip(self, params: MulParams, first: int, end: int, height: int) -> Strip | None:
        return of_operands(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> MulParams | BinaryF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_binary(node, inputs, outputs)
        a, b = inputs
        y, attrs = outputs[0], node.attrs
        assert isinstance(attrs, BinaryAttributes)
        sizes, strides0, strides1 = merge_axes(self.name, a.shape, b.shape)
        operand, operand_index = constant_operand(self.name, inputs)
        multiplier, exponent = bounded_multiplier(a.scale * b.scale / y.scale, 16)
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return MulParams(
            sizes=sizes, strides0=strides0, strides1=strides1, operand=operand, operand_index=operand_index,
            input0_zero_point=a.zero_point, input1_zero_point=b.zero_point, output_zero_point=y.zero_point,
            clamp_min=clamp_min, clamp_max=clamp_max, multiplier=multiplier, exponent=exponent)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, BinaryF32Params):
            return (reference_binary(self.name, params, inputs),)
        p: MulParams = params
        a, b = operands(p, inputs)
        y = requantize(a * b, p.multiplier, p.exponent, rounding) + p.output_zero_point
        return (np.clip(y, p.clamp_min, p.clamp_max).astype(np.int8),)


OP = Mul()
