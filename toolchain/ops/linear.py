"""Linear layer on the last axis.

Shapes: input [N, ..., I], weights [O, I], bias [O] -> [N, ..., O].
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[o]; activations int8, or int16
        with zero points of 0.
Source: TensorFlow Lite 8-bit quantization specification, FULLY_CONNECTED (per channel, as CONV_2D with a 1x1 kernel).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Storage, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import _int16, _linear_dsp, _linear_mve, _linear_neon, _linear_thumb, _storage_kernels, _xnor
from toolchain.ops._accumulate import exact_product, finish, requantization, with_folded_bias
from toolchain.ops._float32 import DTYPE
from toolchain.ops._products_f32 import LINEAR, LinearF32Params, lower_linear, reference_linear
from toolchain.ops._walk import Walk, by_row
from toolchain.ops._xnor import codes_of, input_scale, shifted_bias, signs, threshold
from toolchain.ops.base import Channels, Cost, Kernel, Op, Params, output_clamp, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class LinearAttributes(Attributes):
    """``clamp`` is a fused activation range in real numbers.

    ``binary`` (m, a): of an input counts only whether it is m or more; it stands for m + a or m - a (_xnor.py).
    """

    clamp: tuple[float, float] | None = None
    binary: tuple[float, float] | None = None


@dataclass(frozen=True)
class LinearParams(Params):
    """Integer parameters; the C twin is tc_linear_params. ``rows`` is the product of the axes between N and I."""

    rows: int
    input_c: int
    output_c: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array
    storage: Storage | None = reference_only(default=None)
    dtype: str = reference_only(default="s8")
    threshold: int | None = reference_only(default=None)


def _walk(p: LinearParams) -> Walk:
    return by_row(p.rows, p.input_c, p.output_c, 1)


class Linear(Op):
    """See the module's docstring."""

    name = "linear"
    Attrs = LinearAttributes
    channels = Channels.MIXED
    channel_axes = {1: (0, 1), 2: (0, None)}
    constant_inputs = (1, 2)
    kernels = (*_linear_neon.KERNELS, *_linear_mve.KERNELS, *_linear_dsp.KERNELS, *_linear_thumb.KERNELS,
               Kernel("tc_linear_s8_block_ref", pack=with_folded_bias,
                      walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 2)),
               Kernel("tc_linear_s8_ref", walk=_walk), *_storage_kernels.linear(_walk), *_int16.LINEAR, *_xnor.LINEAR,
               *LINEAR)

    def infer(self, attrs: LinearAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, weights = inputs[0], inputs[1]
        if len(weights.shape) != 2 or weights.shape[1] != x.shape[-1]:
            raise ModelError(f"linear weights {weights.shape} do not fit {x.shape[-1]} input features")
        return ((*x.shape[:-1], weights.shape[0]),)

    def forward(self, attrs: LinearAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        y = F.linear(signs(inputs[0], attrs.binary), *inputs[1:])
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: LinearAttributes) -> int | None:
        return 0

    def input_scale(self, attrs: LinearAttributes, x: Tensor) -> float:
        return input_scale(x, attrs.binary)

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        assert isinstance(node.attrs, LinearAttributes)
        return Channels.MIXED if node.attrs.binary is None else Channels.OPAQUE

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> LinearParams | LinearF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_linear(node, inputs, outputs)
        x, weights, bias = inputs
        y, attrs = outputs[0], node.attrs
        assert isinstance(attrs, LinearAttributes) and weights.data is not None and bias.data is not None
        multiplier, exponent = requantization(node.name, x, weights, bias, y, self.input_scale(attrs, x))
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return LinearParams(
            rows=math.prod(x.shape[1:-1]), input_c=x.shape[-1], output_c=y.shape[-1],
            input_zero_point=x.zero_point, output_zero_point=y.zero_point, clamp_min=clamp_min, clamp_max=clamp_max,
            weights=weights.data, bias=bias.data if attrs.binary is None else shifted_bias(weights, bias, attrs.binary),
            multiplier=multiplier, exponent=exponent, storage=weights.storage,
            dtype=x.dtype if attrs.binary is None else _xnor.DTYPE,
            threshold=None if attrs.binary is None else threshold(x, attrs.binary))

    def reference(self, params: LinearParams | LinearF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, LinearF32Params):
            return (reference_linear(params, *inputs),)
        p, (x,) = params, inputs
        zero_point = 0 if p.threshold is not None else p.input_zero_point
        offset = zero_point * p.weights.sum(axis=1, dtype=np.int64)
        acc = exact_product(codes_of(x, p).reshape(-1, p.input_c), p.weights) - offset
        return (finish(acc, p, rounding).reshape(*x.shape[:-1], p.output_c),)

    def cost(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Cost:
        weights, rows = inputs[1], math.prod(inputs[0].shape[1:-1])
        live = weights.count if weights.data is None else int(np.count_nonzero(weights.data))
        return Cost(weights.count * rows, live * rows)


OP = Linear()
