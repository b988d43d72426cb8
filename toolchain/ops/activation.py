"""A smooth or piecewise function of every element; a table of 256 codes at integer level.

Shapes: any -> the same.
Quant:  sigmoid ends at (1/256, -128) and tanh at (1/128, 0): see ``fixed_quantization``; the others are observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Attributes, Quantization, Shape, Tensor
from toolchain.ops._functions import FLOAT_FUNCTIONS
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch

_FIXED = {"sigmoid": (1 / 256, -128), "tanh": (1 / 128, 0)}


@dataclass(frozen=True)
class ActivationAttributes(Attributes):
    """``function`` is a key of ``_functions.FLOAT_FUNCTIONS``; ``alpha`` its parameter (leaky_relu, elu, celu)."""

    function: str
    alpha: float = 0.0


class Activation(Op):
    """See the module's docstring."""

    name = "activation"
    Attrs = ActivationAttributes

    def infer(self, attrs: ActivationAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if attrs.function not in FLOAT_FUNCTIONS:
            raise ModelError(*unknown_name("activation function", attrs.function, FLOAT_FUNCTIONS))
        return (inputs[0].shape,)

    def forward(self, attrs: ActivationAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (FLOAT_FUNCTIONS[attrs.function](inputs[0], attrs.alpha),)

    def fixed_quantization(self, attrs: ActivationAttributes) -> Quantization | None:
        fixed = _FIXED.get(attrs.function)
        return None if fixed is None else Quantization.per_tensor(*fixed)


OP = Activation()
