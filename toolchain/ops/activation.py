"""A smooth or piecewise function of every element; a table of 256 codes at integer level.

Shapes: any -> the same.
Quant:  the table holds exactly rounded values; for leaky_relu, abs and hardswish those of TensorFlow Lite's integer
        kernels, up to 1 LSB from exact. Sigmoid ends at (1/256, -128) and tanh at (1/128, 0), see
        ``fixed_quantization``; the others are observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Attributes, Node, Quantization, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._activation_f32 import ACTIVATION, ActivationF32Params, lower_activation, reference_activation
from toolchain.ops._float32 import DTYPE
from toolchain.ops._functions import FUNCTIONS, exact_codes
from toolchain.ops._strip import Strip, of_elements
from toolchain.ops._tflite_tables import applies, integer_codes
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Channels, Kernel, Op, Params

if TYPE_CHECKING:
    import torch

_FIXED = {"sigmoid": (1 / 256, -128), "tanh": (1 / 128, 0)}


@dataclass(frozen=True)
class ActivationAttributes(Attributes):
    """``function`` is a key of ``_functions.FUNCTIONS``; ``alpha`` its parameter (leaky_relu, elu, celu)."""

    function: str
    alpha: float = 0.0


@dataclass(frozen=True)
class ActivationParams(Params):
    """Integer parameters; the C twin is tc_activation_params. ``table[x + 128]`` is the output code of x."""

    count: int
    table: Array


@cache
def table(function: str, alpha: float, scale: float, zero_point: int, out_scale: float, out_zero_point: int) -> Array:
    """Return int8 [256]: the output code of every input code, -128 first."""
    codes = integer_codes if applies(function, scale, out_scale) else exact_codes
    result = np.array(codes(function, alpha, scale, zero_point, out_scale, out_zero_point), dtype=np.int8)
    result.setflags(write=False)
    return result


class Activation(Op):
    """See the module's docstring."""

    name = "activation"
    Attrs = ActivationAttributes
    channels = Channels.KEPT
    kernels = (Kernel("tc_activation_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.count)),
               *ACTIVATION)

    def infer(self, attrs: ActivationAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if attrs.function not in FUNCTIONS:
            raise ModelError(*unknown_name("activation function", attrs.function, FUNCTIONS))
        return (inputs[0].shape,)

    def forward(self, attrs: ActivationAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (FUNCTIONS[attrs.function].torch(inputs[0], attrs.alpha),)

    def fixed_quantization(self, attrs: ActivationAttributes) -> Quantization | None:
        fixed = _FIXED.get(attrs.function)
        return None if fixed is None else Quantization.per_tensor(*fixed)

    def strip(self, params: ActivationParams, first: int, end: int, height: int) -> Strip | None:
        return of_elements(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor],
              outputs: Sequence[Tensor]) -> ActivationParams | ActivationF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_activation(node, inputs, outputs)
        x, y, attrs = inputs[0], outputs[0], node.attrs
        assert isinstance(attrs, ActivationAttributes)
        codes = table(attrs.function, attrs.alpha, x.scale, x.zero_point, y.scale, y.zero_point)
        return ActivationParams(x.count, codes)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, ActivationF32Params):
            return (reference_activation(params, *inputs),)
        return (params.table[inputs[0].astype(np.int16) + 128],)


OP = Activation()
