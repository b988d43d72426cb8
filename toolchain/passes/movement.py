"""How a transpose passes an operator: ``op(transpose(x))`` is ``transpose(op'(x))`` where op' has its axes renumbered.

Shapes: a transpose by ``p`` makes axis i of its output from axis p[i] of its input.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from toolchain.ir import Attributes, Node, Shape
from toolchain.ops.mean import MeanAttributes
from toolchain.ops.pad import PadAttributes
from toolchain.ops.slice import SliceAttributes
from toolchain.passes.editor import Permutation

#: read one activation, element by element
UNARY = ("clamp", "activation", "requantize")
#: read several operands of one shape, or shapes that broadcast
JOINING = ("add", "sub", "mul", "concat")
#: work on the last axis alone, so that a transpose of the others passes
_ON_LAST_AXIS = ("softmax", "log_softmax", "linear", "batch_norm", "prelu")
MOVABLE = (*UNARY, *JOINING, *_ON_LAST_AXIS, "slice", "pad", "mean")


def moved(node: Node, p: Permutation) -> tuple[Attributes, Permutation] | None:
    """Return (attributes, output permutation) of ``node`` in front of the transpose ``p`` on its input; None: stuck."""
    attrs: Any = node.attrs
    if node.op in (*UNARY, "add", "sub", "mul"):
        return attrs, p
    if node.op == "concat":
        return dataclasses.replace(attrs, axis=p[attrs.axis % len(p)]), p
    if node.op in _ON_LAST_AXIS:
        return (attrs, p) if p[-1] == len(p) - 1 else None
    if node.op == "slice":
        return SliceAttributes(_back(attrs.starts, p), _back(attrs.sizes, p), _back(attrs.strides, p)), p
    if node.op == "pad":
        return PadAttributes(_back(attrs.before, p), _back(attrs.after, p), attrs.value), p
    if node.op == "mean":
        axes = tuple(sorted(p[a] for a in attrs.axes))
        if attrs.keepdims:
            return MeanAttributes(axes, True), p
        kept = [a for a in range(len(p)) if a not in axes]
        order = tuple(kept.index(p[i]) for i in range(len(p)) if i not in attrs.axes)
        return MeanAttributes(axes, False), order
    return None


def _back(values: tuple[int, ...], p: Permutation) -> tuple[int, ...]:
    """Return per-axis values of a transpose's output as per-axis values of its input."""
    result = [0] * len(p)
    for i, axis in enumerate(p):
        result[axis] = values[i]
    return tuple(result)


def through_reshape(shape: Shape, p: Permutation, target: Shape) -> tuple[Shape, Permutation] | None:
    """Return (s, q) with reshape(transpose(x, p), target) = transpose(reshape(x, s), q), x of ``shape``.

    None where the reshape joins or splits axes that the transpose tears apart.
    """
    transposed = tuple(shape[a] for a in p)
    long_axes = [a for a in range(1, len(shape)) if shape[a] != 1]
    blocks: list[tuple[int, list[int]]] = []  # (place of the block in x, its axes of the target)
    for sources, axes in _blocks(transposed, target):
        places = [long_axes.index(p[i]) for i in sources if transposed[i] != 1]
        if places != list(range(places[0], places[0] + len(places))) if places else False:
            return None
        blocks.append((places[0] if places else -1, axes))
    order = [axis for _, axes in sorted(blocks, key=lambda block: block[0]) for axis in axes]
    new_shape = (target[0], *(target[a] for a in order))
    return new_shape, (0, *(1 + order.index(a) for a in range(1, len(target))))


def _blocks(source: Shape, target: Shape) -> list[tuple[list[int], list[int]]]:
    """Return the smallest groups of axes (of source, of target) with equal products; axes of size 1 stand alone."""
    blocks: list[tuple[list[int], list[int]]] = []
    i, j = 1, 1
    while i < len(source) or j < len(target):
        if j < len(target) and target[j] == 1:
            blocks.append(([], [j]))
            j += 1
        elif i < len(source) and source[i] == 1:
            i += 1
        else:
            left, right, rows, columns = source[i], target[j], [i], [j]
            i, j = i + 1, j + 1
            while left != right:
                if left < right:
                    left, i = left * source[i], i + 1
                    rows.append(i - 1)
                else:
                    right, j = right * target[j], j + 1
                    columns.append(j - 1)
            blocks.append((rows, columns))
    return blocks
