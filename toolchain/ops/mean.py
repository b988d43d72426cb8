"""Mean over some axes (global average pooling is the mean over H and W).

Shapes: input of any rank -> the axes dropped, or kept with size 1. Axis 0 (batch) is never reduced.
Quant:  int32 sum of (q - zero_point), one requantisation with s_in / s_out, whose multiplier has 1 / count folded in as
        TensorFlow Lite does: M' = (M << s) / count rounded down, e' = e - s, s = min(floor(log2 count), 31 + e).
Source: TensorFlow Lite 8-bit quantization specification, MEAN; the rescaling of its QuantizedMeanOrSum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, INT32_MAX, Rounding, quantize_multiplier, requantize
from toolchain.ops import _float32_neon
from toolchain.ops._float32 import DTYPE
from toolchain.ops._pools_f32 import MeanF32Params, reference_mean
from toolchain.ops._walk import Walk
from toolchain.ops.base import Channels, Kernel, Op, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class MeanAttributes(Attributes):
    """``axes`` are not negative, in any order."""

    axes: tuple[int, ...] = (1, 2)
    keepdims: bool = False


@dataclass(frozen=True)
class MeanParams(Params):
    """Integer parameters; the C twin is tc_mean_params.

    The input is seen as [outer, reduced_0, middle, reduced_1, inner]; the output is [outer, middle, inner], whose
    shape in the graph only the reference needs.
    """

    outer: int
    reduced_0: int
    middle: int
    reduced_1: int
    inner: int
    input_zero_point: int
    output_zero_point: int
    multiplier: int
    exponent: int
    output_shape: Shape = reference_only()


def merged_axes(shape: Shape, axes: tuple[int, ...]) -> list[int]:
    """Return the sizes of alternately kept and reduced runs of axes, a kept run first (size 1 when there is none)."""
    sizes, reducing = [1], False
    for axis, size in enumerate(shape):
        if size != 1 and (axis in axes) != reducing:
            sizes.append(1)
            reducing = not reducing
        sizes[-1] *= size
    return sizes


def _walk(p: MeanParams | MeanF32Params) -> Walk:
    """All that an output reads is read before it is written."""
    outputs = np.arange(p.outer * p.middle * p.inner)
    reads = np.broadcast_to(outputs.reshape(p.outer, 1, p.middle, 1, p.inner),
                            (p.outer, p.reduced_0, p.middle, p.reduced_1, p.inner))
    return Walk(outputs, (reads.reshape(-1),), p.inner)


class Mean(Op):
    """See the module's docstring."""

    name = "mean"
    Attrs = MeanAttributes
    channels = Channels.KEPT
    kernels = (*_float32_neon.MEAN, Kernel("tc_mean_s8_ref", walk=_walk),
               Kernel("tc_mean_f32_ref", params_type="tc_mean_f32_params", walk=_walk, dtype=DTYPE))

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        assert isinstance(node.attrs, MeanAttributes)
        last = len(inputs[0].shape) - 1
        return Channels.OPAQUE if {last, -1} & set(node.attrs.axes) else Channels.KEPT

    def infer(self, attrs: MeanAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if not attrs.axes or len(set(attrs.axes)) != len(attrs.axes) or not all(0 < a < len(shape) for a in attrs.axes):
            raise ModelError(f"mean over axes {attrs.axes} does not fit an input of shape {shape}",
                             hints="distinct axes other than the batch")
        if len(merged_axes(shape, attrs.axes)) > 5:
            raise ModelError(f"mean over axes {attrs.axes} of {shape} reduces more than two separate runs of axes",
                             hints="one mean after the other, or a permute that brings the axes together")
        if attrs.keepdims:
            return (tuple(1 if i in attrs.axes else d for i, d in enumerate(shape)),)
        return (tuple(d for i, d in enumerate(shape) if i not in attrs.axes),)

    def forward(self, attrs: MeanAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].mean(dim=attrs.axes, keepdim=attrs.keepdims),)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> MeanParams | MeanF32Params:
        x, y, attrs = inputs[0], outputs[0], node.attrs
        assert isinstance(attrs, MeanAttributes)
        outer, reduced_0, middle, reduced_1, inner, *_ = [*merged_axes(x.shape, attrs.axes), 1, 1, 1, 1]
        if x.dtype == DTYPE:
            return MeanF32Params(outer, reduced_0, middle, reduced_1, inner, y.shape)
        count = reduced_0 * reduced_1
        multiplier, exponent = quantize_multiplier(x.scale / y.scale)
        if count << max(exponent, 0) > INT32_MAX // 255:
            raise ModelError(f"{node.name} may overflow its 32-bit sum: {count} elements, multiplier 2^{exponent}",
                             hints="two means, one after the other, or calibrate with more data")
        shift = min(count.bit_length() - 1, 31 + exponent)
        return MeanParams(outer=outer, reduced_0=reduced_0, middle=middle, reduced_1=reduced_1, inner=inner,
                          input_zero_point=x.zero_point, output_zero_point=y.zero_point,
                          multiplier=(multiplier << shift) // count, exponent=exponent - shift, output_shape=y.shape)

    def reference(self, params: MeanParams | MeanF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, MeanF32Params):
            return (reference_mean(params, *inputs),)
        p, (x,) = params, inputs
        runs = x.reshape(-1, p.outer, p.reduced_0, p.middle, p.reduced_1, p.inner)
        total = runs.sum(axis=(2, 4), dtype=np.int64) - p.input_zero_point * p.reduced_0 * p.reduced_1
        y = requantize(total, p.multiplier, p.exponent, rounding) + p.output_zero_point
        return (np.clip(y, INT8_MIN, INT8_MAX).astype(np.int8).reshape(len(x), *p.output_shape[1:]),)


OP = Mean()
