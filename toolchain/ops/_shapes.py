"""Shape rules and float steps that several operators without MACs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Shape, Tensor

if TYPE_CHECKING:
    import torch


def broadcast(op: str, inputs: Sequence[Tensor]) -> Shape:
    """Return the shape of two operands broadcast against each other; ModelError when they do not fit.

    Two activations need equal ranks, because axis 0 of each is the batch; a constant may have a lower one.
    """
    ranks = {len(t.shape) for t in inputs if t.data is None}
    if len(ranks) > 1 or any(t.data is not None and len(t.shape) > max(ranks, default=0) for t in inputs):
        raise ModelError(f"{op} needs activations of one rank, has {' and '.join(str(list(t.shape)) for t in inputs)}",
                         (), "insert axes of length 1 behind the batch (unsqueeze)")
    try:
        return tuple(int(d) for d in np.broadcast_shapes(*(t.shape for t in inputs)))
    except ValueError as exc:
        shapes = " and ".join(str(list(t.shape)) for t in inputs)
        raise ModelError(f"{op} cannot broadcast shapes {shapes}") from exc


def normalise_axis(op: str, axis: int, rank: int) -> int:
    """Return ``axis`` counted from the front; ModelError when the tensor has no such axis."""
    if not -rank <= axis < rank:
        raise ModelError(f"{op} axis {axis} is out of range for a tensor of rank {rank}")
    return axis % rank


def limit(y: torch.Tensor, clamp: tuple[float, float] | None) -> torch.Tensor:
    """Return ``y`` limited to a fused activation range."""
    return y if clamp is None else y.clamp(*clamp)
