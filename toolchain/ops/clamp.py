"""Limit values to a range (relu, relu6, hardtanh).

Shapes: any -> the same.
Quant:  one multiplier, s_x / s_y, then the range as codes of the output.
Source: TensorFlow Lite operators RELU and RELU6 (int8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._elementwise_f32 import CLAMP, ClampF32Params, lower_clamp, reference_clamp
from toolchain.ops._float32 import DTYPE
from toolchain.ops._rescale_dsp import unsupported_rescale
from toolchain.ops._scale import RescaleParams, bounded_multiplier, rescale
from toolchain.ops._strip import Strip, of_elements
from toolchain.ops._walk import elementwise
from toolchain.ops.base import Channels, Kernel, Op, output_clamp

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ClampAttributes(Attributes):
    """The range in real numbers; infinities leave a side open."""

    low: float = 0.0
    high: float = float("inf")


@dataclass(frozen=True)
class ClampParams(RescaleParams):
    """Integer parameters; the C twin is tc_clamp_params."""

    clamp_min: int
    clamp_max: int


class Clamp(Op):
    """See the module's docstring."""

    name = "clamp"
    Attrs = ClampAttributes
    channels = Channels.KEPT
    kernels = (Kernel("tc_clamp_s8_dsp", "dsp", unsupported_rescale, in_place=(0,),
                      walk=lambda p: elementwise(p.count)),
               Kernel("tc_clamp_s8_ref", in_place=(0,), walk=lambda p: elementwise(p.count)), *CLAMP)

    def infer(self, attrs: ClampAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def forward(self, attrs: ClampAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].clamp(attrs.low, attrs.high),)

    def strip(self, params: ClampParams, first: int, end: int, height: int) -> Strip | None:
        return of_elements(params, first, end, height)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ClampParams | ClampF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_clamp(node, inputs, outputs)
        x, y, attrs = inputs[0], outputs[0], node.attrs
        assert isinstance(attrs, ClampAttributes)
        multiplier, exponent = bounded_multiplier(x.scale / y.scale, 8)
        clamp_min, clamp_max = output_clamp((attrs.low, attrs.high), y)
        return ClampParams(x.count, x.zero_point, y.zero_point, multiplier, exponent, clamp_min, clamp_max)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, ClampF32Params):
            return (reference_clamp(params, *inputs),)
        return (rescale(params, inputs[0], rounding, params.clamp_min, params.clamp_max),)


OP = Clamp()
