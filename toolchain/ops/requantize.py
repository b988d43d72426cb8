"""Change of scale and zero point, and between int8 and int16; the identity in float.

Shapes: any -> the same.
Quant:  one multiplier, s_x / s_y; saturated.
Source: TensorFlow Lite 8-bit quantization specification, QUANTIZE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import LIMITS, Rounding
from toolchain.ops import _int16
from toolchain.ops._rescale_dsp import unsupported_rescale
from toolchain.ops._scale import RescaleParams, bounded_multiplier, rescale
from toolchain.ops._strip import Strip, of_elements
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Channels, Kernel, Op, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class RequantizeAttributes(Attributes):
    """None: the scales are those of the tensors."""


@dataclass(frozen=True)
class RequantizeParams(RescaleParams):
    """Integer parameters; the C twin is tc_requantize_params."""

    dtype: str = reference_only(default="s8")


class Requantize(Op):
    """See the module's docstring."""

    name = "requantize"
    Attrs = RequantizeAttributes
    channels = Channels.KEPT
    kernels = (Kernel("tc_requantize_s8_dsp", "dsp", unsupported_rescale, in_place=(0,),
                      walk=lambda p: elementwise(p.count)),
               Kernel("tc_requantize_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.count)),
               *_int16.REQUANTIZE)

    def infer(self, attrs: RequantizeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def forward(self, attrs: RequantizeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0],)

    def strip(self, params: RequantizeParams, first: int, end: int, height: int) -> Strip | None:
        return of_elements(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> RequantizeParams:
        x, y = inputs[0], outputs[0]
        multiplier, exponent = bounded_multiplier(x.scale / y.scale, 8 if x.dtype == "s8" else 16)
        dtype = "s8" if (x.dtype, y.dtype) == ("s8", "s8") else f"{x.dtype}_{y.dtype}"
        return RequantizeParams(x.count, x.zero_point, y.zero_point, multiplier, exponent, dtype)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        output = params.dtype.split("_")[-1]
        return (rescale(params, inputs[0], rounding, *LIMITS[output], output),)


OP = Requantize()
