"""What the inputs of a model must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolchain.errors import ModelError


def check_inputs(inputs: Sequence[tuple[str, Sequence[Any], Any]]) -> None:
    """Raise ModelError unless every input (name, shape, dtype) is floating point, has fixed sizes, and batch 1."""
    for name, shape, dtype in inputs:
        sizes = [d if isinstance(d, int) else str(d) for d in shape]
        if any(isinstance(d, str) for d in sizes):
            raise ModelError(f"{name} has dynamic sizes: {sizes}",
                             hints="torch.export.export without dynamic_shapes: sizes are fixed on a device")
        if not dtype.is_floating_point:
            raise ModelError(f"{name} has dtype {str(dtype).removeprefix('torch.')}, must be float32",
                             hints="cast inside the application, or x.float() before the model")
        if len(sizes) < 2 or sizes[0] != 1:
            raise ModelError(f"{name} has shape {sizes}: axis 0 must be a batch of 1, with at least one axis behind it",
                             hints="example inputs of one sample: x[:1], or x.unsqueeze(0)")
