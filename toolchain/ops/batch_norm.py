"""Batch norm in eval mode: a scale and an offset per channel. Float only: the passes fold every one of them away.

Shapes: x [N, ..., C], scale [C], offset [C] -> as x; the channels are the last axis.
Source: Ioffe and Szegedy, "Batch Normalization" (ICML 2015); scale = gamma / sqrt(var + eps),
        offset = beta - mean * scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolchain.errors import ModelError
from toolchain.ir import Attributes, Shape, Tensor
from toolchain.ops.base import Op

if TYPE_CHECKING:
    import torch


class BatchNorm(Op):
    """See the module's docstring."""

    name = "batch_norm"
    constant_inputs = (1, 2)

    def infer(self, attrs: Attributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, scale, offset = inputs
        if scale.shape != x.shape[-1:] or offset.shape != x.shape[-1:]:
            raise ModelError(f"batch_norm constants {scale.shape}, {offset.shape} do not fit {x.shape[-1]} channels")
        return (x.shape,)

    def forward(self, attrs: Attributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, scale, offset = inputs
        return (x * scale + offset,)


OP = BatchNorm()
