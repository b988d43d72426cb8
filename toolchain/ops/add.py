"""Elementwise addition with broadcasting; either operand may be a constant.

Shapes: a, b broadcast against each other -> the broadcast shape.
Quant:  both operands go to a common scale, twice the larger one, with 20 bits below the point (15 of int16); the sum
        goes to the output's scale.
Source: TensorFlow Lite 8-bit quantization specification, ADD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import DTYPES, Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding, quantize_multiplier, requantize
from toolchain.ops import _add_dsp, _add_mve, _add_neon, _add_thumb, _int16
from toolchain.ops._binary import BinaryParams, constant_operand, kernels, merge_axes, operands
from toolchain.ops._elementwise_f32 import BinaryF32Params, binary, lower_binary, reference_binary
from toolchain.ops._float32 import DTYPE
from toolchain.ops._scale import bounded_multiplier
from toolchain.ops._shapes import broadcast, limit
from toolchain.ops._strip import Strip, of_operands
from toolchain.ops.base import Channels, Op, output_clamp, reference_only

if TYPE_CHECKING:
    import torch

#: Bits below the point of the common scale, by the activations' type.
LEFT_SHIFT = {"s8": 20, "s16": 15}


@dataclass(frozen=True)
class BinaryAttributes(Attributes):
    """``clamp`` is a fused activation range in real numbers. Shared by add, sub and mul."""

    clamp: tuple[float, float] | None = None


@dataclass(frozen=True)
class AddParams(BinaryParams):
    """Integer parameters of add and sub; the C twins are tc_add_params and tc_sub_params."""

    multiplier0: int
    exponent0: int
    multiplier1: int
    exponent1: int
    output_multiplier: int
    output_exponent: int
    dtype: str = reference_only(default="s8")


def lower_sum(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> AddParams:
    """Return the parameters of an add or sub node."""
    a, b = inputs
    y, attrs = outputs[0], node.attrs
    assert isinstance(attrs, BinaryAttributes)
    sizes, strides0, strides1 = merge_axes(node.op, a.shape, b.shape)
    operand, operand_index = constant_operand(node.op, inputs)
    common = 2 * max(a.scale, b.scale)
    # each term is below 255 * 2^19 (2^29 of int16), so the sum is below 2^28 (2^30)
    (multiplier0, exponent0), (multiplier1, exponent1) = (quantize_multiplier(t.scale / common) for t in inputs)
    bits = 28 if a.dtype == "s8" else 30
    output_multiplier, output_exponent = bounded_multiplier(common / (2.0 ** LEFT_SHIFT[a.dtype] * y.scale), bits)
    clamp_min, clamp_max = output_clamp(attrs.clamp, y)
    return AddParams(
        sizes=sizes, strides0=strides0, strides1=strides1, operand=operand, operand_index=operand_index,
        input0_zero_point=a.zero_point, input1_zero_point=b.zero_point, output_zero_point=y.zero_point,
        clamp_min=clamp_min, clamp_max=clamp_max, multiplier0=multiplier0, exponent0=exponent0,
        multiplier1=multiplier1, exponent1=exponent1,
        output_multiplier=output_multiplier, output_exponent=output_exponent, dtype=a.dtype)


def reference_sum(p: AddParams, sign: int, inputs: Sequence[Array], rounding: Rounding) -> Array:
    """Return the codes of a + sign * b."""
    a, b = operands(p, inputs)
    scaled0 = requantize(a << LEFT_SHIFT[p.dtype], p.multiplier0, p.exponent0, rounding)
    scaled1 = requantize(b << LEFT_SHIFT[p.dtype], p.multiplier1, p.exponent1, rounding)
    y = requantize(scaled0 + sign * scaled1, p.output_multiplier, p.output_exponent, rounding) + p.output_zero_point
    return np.clip(y, p.clamp_min, p.clamp_max).astype(DTYPES[p.dtype])


class Add(Op):
    """See the module's docstring."""

    name = "add"
    Attrs = BinaryAttributes
    channels = Channels.KEPT
    channel_axes = {0: (-1, None), 1: (-1, None)}
    kernels = (*_add_neon.KERNELS, *_add_mve.KERNELS, *_add_dsp.KERNELS, *_add_thumb.KERNELS, *kernels("add"),
               *_int16.ADD, *binary("add"))

    def infer(self, attrs: BinaryAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(self.name, inputs),)

    def forward(self, attrs: BinaryAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (limit(inputs[0] + inputs[1], attrs.clamp),)

    def strip(self, params: AddParams, first: int, end: int, height: int) -> Strip | None:
        return of_operands(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> AddParams | BinaryF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_binary(node, inputs, outputs)
        return lower_sum(node, inputs, outputs)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, BinaryF32Params):
            return (reference_binary(self.name, params, inputs),)
        return (reference_sum(params, 1, inputs, rounding),)


OP = Add()
