"""Padding with a constant.

Shapes: axis i grows by before[i] + after[i]; the batch stays.
Quant:  as the input; the value becomes its nearest code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op, OutputQuantization

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PadAttributes(Attributes):
    """Elements added in front of and behind every axis (batch: 0), and their real value."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    value: float = 0.0


class Pad(Op):
    """See the module's docstring."""

    name = "pad"
    Attrs = PadAttributes
    quantization = OutputQuantization.AS_INPUT

    def infer(self, attrs: PadAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if not len(attrs.before) == len(attrs.after) == len(shape):
            raise ModelError(f"pad needs {len(shape)} widths on either side for shape {list(shape)}")
        if min(*attrs.before, *attrs.after) < 0 or attrs.before[0] or attrs.after[0]:
            raise ModelError(f"pad widths {attrs.before} and {attrs.after} must be >= 0, and 0 for the batch")
        return (tuple(b + d + a for b, d, a in zip(attrs.before, shape, attrs.after, strict=True)),)

    def forward(self, attrs: PadAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        widths = [w for pair in zip(reversed(attrs.before), reversed(attrs.after), strict=True) for w in pair]
        return (F.pad(inputs[0], widths, value=attrs.value),)


OP = Pad()
