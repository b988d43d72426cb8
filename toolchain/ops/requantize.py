"""Change of scale and zero point, int8 to int8; the identity in float.

Shapes: any -> the same.
Quant:  one multiplier, s_x / s_y; saturated.
Source: TensorFlow Lite 8-bit quantization specification, QUANTIZE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import INT8_MAX, INT8_MIN, Rounding
from toolchain.ops._rescale_dsp import unsupported_rescale
from toolchain.ops._scale import RescaleParams, bounded_multiplier, rescale
from toolchain.ops._strip import Strip, of_elements
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Channels, Kernel, Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class RequantizeAttributes(Attributes):
    """None: the scales are those of the tensors."""


@dataclass(frozen=True)
class RequantizeParams(RescaleParams):
    """Integer parameters; the C twin is tc_requantize_params."""


class Requantize(Op):
    """See the module's docstring."""

    name = "requantize"
    Attrs = RequantizeAttributes
    channels = Channels.KEPT
    kernels = (Kernel("tc_requantize_s8_dsp", "dsp", unsupported_rescale, in_place=(0,),
                      walk=lambda p: elementwise(p.count)),
               Kernel("tc_requantize_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.count)))

    def infer(self, attrs: RequantizeAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def forward(self, attrs: RequantizeAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0],)

    def strip(self, params: RequantizeParams, first: int, end: int, height: int) -> Strip | None:
        return of_elements(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> RequantizeParams:
        x, y = inputs[0], outputs[0]
        multiplier, exponent = bounded_multiplier(x.scale / y.scale, 8)
        return RequantizeParams(x.count, x.zero_point, y.zero_point, multiplier, exponent)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        return (rescale(params, inputs[0], rounding, INT8_MIN, INT8_MAX),)


OP = Requantize()
