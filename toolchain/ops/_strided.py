"""Copies along strided axes: what slice, transpose and pad share.

An axis is a pair (size, stride in bytes); the innermost one is the bytes of an element. Axes of length 1 go away,
neighbours that form one run become one axis, and an innermost axis of stride 1 becomes a run of bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Shape, Tensor

MAX_AXES = 4


def strides_of(tensor: Tensor) -> tuple[int, ...]:
    """Return the stride of every axis of a contiguous tensor, in bytes."""
    return tuple(math.prod(tensor.shape[axis + 1:]) * tensor.itemsize for axis in range(len(tensor.shape)))


def merge(op: str, axes: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Return (four sizes, four strides, run) for axes outermost first; ModelError when more than four are left."""
    merged: list[tuple[int, int]] = []
    for size, stride in axes:
        if size == 1:
            continue
        if merged and merged[-1][1] == size * stride:
            merged[-1] = (merged[-1][0] * size, stride)
        else:
            merged.append((size, stride))
    run = merged.pop()[0] if merged and merged[-1][1] == 1 else 1
    if len(merged) > MAX_AXES:
        raise ModelError(f"{op} needs {len(merged)} nested loops: at most {MAX_AXES}", (),
                         "do it in two steps, each on fewer axes")
    padded = [(1, 0)] * (MAX_AXES - len(merged)) + merged
    return tuple(size for size, _ in padded), tuple(stride for _, stride in padded), run


def elements(offset: int, sizes: Sequence[int], strides: Sequence[int], run: int) -> Array:
    """Return the indices of the bytes that the loops visit, in order."""
    axes = itertools.chain(zip(sizes, strides, strict=True), [(run, 1)])
    index: Array = np.array([offset])
    for size, stride in axes:
        index = (index[:, None] + np.arange(size) * stride).reshape(-1)
    return index


def moved(x: Array, index: Array, shape: Shape) -> Array:
    """Return the elements of ``x`` [N, ...] whose bytes are ``index``, in that order, as [N, *shape[1:]]."""
    found = np.ascontiguousarray(x).reshape(len(x), -1).view(np.int8)[:, index]
    return np.ascontiguousarray(found).view(x.dtype).reshape(len(x), *shape[1:])
