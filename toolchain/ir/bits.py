"""Values as a device holds them: bytes on the wire, and integers whose differences count the values in between."""

from __future__ import annotations

import numpy as np

from toolchain.ir.graph import Array, Shape, Tensor


def as_bytes(values: Array) -> Array:
    """Return int8 arrays as they are, others [V, ..., n] as their bytes: int8 [V, ..., n * itemsize]."""
    if values.dtype == np.int8:
        return values
    values = np.ascontiguousarray(values)
    return (values[..., np.newaxis] if values.ndim < 2 else values).view(np.int8)


def byte_shape(tensor: Tensor) -> Shape:
    """Return the shape of ``as_bytes`` of an activation, without the vector axis."""
    shape = tensor.shape[1:]
    return shape if tensor.itemsize == 1 else (*(shape or (1,))[:-1], (shape or (1,))[-1] * tensor.itemsize)


def ordinals(values: Array) -> Array:
    """Return int64 in the order of the values, equal where the bits are; neighbours of float32 differ by one."""
    if values.dtype != np.float32:
        return values.astype(np.int64)
    bits = np.ascontiguousarray(values).view(np.int32).astype(np.int64)
    order: Array = np.where(bits < 0, -1 - (bits & 0x7FFFFFFF), bits)
    return order
