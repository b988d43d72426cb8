"""Parametric ReLU: x where x >= 0, alpha * x elsewhere.

Shapes: x [N, ..., C], alpha [C] or [1] -> as x.
Quant:  alpha int8, one scale; one multiplier for x >= 0, s_x / s_y, and one for x < 0, s_x * s_alpha / s_y.
Source: TensorFlow Lite operator PRELU; He et al., "Delving Deep into Rectifiers" (ICCV 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding, requantize
from toolchain.ops._elementwise_f32 import PRELU, PreluF32Params, lower_prelu, reference_prelu
from toolchain.ops._float32 import DTYPE
from toolchain.ops._scale import bounded_multiplier
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Channels, Kernel, Op, Params

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PreluAttributes(Attributes):
    """None: the slopes are input 1."""


@dataclass(frozen=True)
class PreluParams(Params):
    """Integer parameters; the C twin is tc_prelu_params. One slope for all channels: ``channels`` is 1."""

    rows: int
    channels: int
    input_zero_point: int
    alpha_zero_point: int
    output_zero_point: int
    multiplier: int
    exponent: int
    alpha_multiplier: int
    alpha_exponent: int
    alpha: Array


class Prelu(Op):
    """See the module's docstring."""

    name = "prelu"
    Attrs = PreluAttributes
    channels = Channels.KEPT
    channel_axes = {1: (0, None)}
    kernels = (Kernel("tc_prelu_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.rows * p.channels)), *PRELU)
    constant_inputs = (1,)

    def infer(self, attrs: PreluAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, alpha = inputs
        if len(alpha.shape) != 1 or alpha.shape[0] not in (1, x.shape[-1]):
            raise ModelError(f"prelu slopes {list(alpha.shape)} do not fit {x.shape[-1]} channels on the last axis")
        return (x.shape,)

    def forward(self, attrs: PreluAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, alpha = inputs
        return (x.clamp(min=0) + alpha * x.clamp(max=0),)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> PreluParams | PreluF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_prelu(node, inputs, outputs)
        x, alpha = inputs
        y = outputs[0]
        assert alpha.data is not None and alpha.data.dtype == np.int8
        multiplier, exponent = bounded_multiplier(x.scale / y.scale, 8)
        alpha_multiplier, alpha_exponent = bounded_multiplier(x.scale * alpha.scale / y.scale, 16)
        return PreluParams(
            rows=x.count // alpha.count, channels=alpha.count, input_zero_point=x.zero_point,
            alpha_zero_point=alpha.zero_point, output_zero_point=y.zero_point, multiplier=multiplier, exponent=exponent,
            alpha_multiplier=alpha_multiplier, alpha_exponent=alpha_exponent, alpha=alpha.data)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, PreluF32Params):
            return (reference_prelu(params, *inputs),)
        p: PreluParams = params
        x = inputs[0].astype(np.int64) - p.input_zero_point
        slope = p.alpha.astype(np.int64) - p.alpha_zero_point
        y = np.where(x >= 0, requantize(x, p.multiplier, p.exponent, rounding),
                     requantize(x * slope, p.alpha_multiplier, p.alpha_exponent, rounding)) + p.output_zero_point
        return (np.clip(y, INT8_MIN, INT8_MAX).astype(np.int8),)


OP = Prelu()
