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

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class MeanAttributes(Attributes):
    """``axes`` are not negative, in any order."""

    axes: tuple[int, ...] = (1, 2)
    keepdims: bool = False


class Mean(Op):
    """See the module's docstring."""

    name = "mean"
    Attrs = MeanAttributes

    def infer(self, attrs: MeanAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if not attrs.axes or len(set(attrs.axes)) != len(attrs.axes) or not all(0 < a < len(shape) for a in attrs.axes):
            raise ModelError(f"mean over axes {attrs.axes} does not fit an input of shape {shape}",
                             hints="distinct axes other than the batch")
        if attrs.keepdims:
            return (tuple(1 if i in attrs.axes else d for i, d in enumerate(shape)),)
        return (tuple(d for i, d in enumerate(shape) if i not in attrs.axes),)

    def forward(self, attrs: MeanAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0].mean(dim=attrs.axes, keepdim=attrs.keepdims),)


OP = Mean()
