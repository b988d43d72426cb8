"""Activation ranges and padding moved into the operator that can take them for nothing."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from toolchain.ir import Graph, Node
from toolchain.ops.pad import PadAttributes
from toolchain.passes.cleanup import intersect
from toolchain.passes.editor import Editor, apply
from toolchain.passes.ranges import value_range

_MOVES_VALUES = ("transpose", "reshape", "max_pool2d", "slice", "resize_nearest")


def fuse_activation(graph: Graph) -> Graph:
    """Return the graph with every clamp in the attribute ``clamp`` of its producer, where that has no other reader."""
    return apply(graph, [_fuse_clamp, _clamp_before_move, _clamp_before_concat])


def fuse_pad(graph: Graph) -> Graph:
    """Return the graph with padding in the convolutions and pools that read it, where that is exact."""
    return apply(graph, [_pad_behind_reshape, _fuse_pad])


def _takes_clamp(node: Node | None) -> bool:
    return node is not None and hasattr(node.attrs, "clamp")


def _fuse_clamp(edit: Editor, node: Node) -> bool:
    before = edit.producer(node.inputs[0])
    if node.op != "clamp" or before is None or not _takes_clamp(before) or edit.sole_reader(node.inputs[0]) is None:
        return False
    if before.op == "max_pool2d" and _reaches_layer(edit, before):
        return False  # the layer before the pool takes it: _clamp_before_move
    attrs: Any = before.attrs
    edit.update(before, attrs=dataclasses.replace(attrs, clamp=intersect(attrs.clamp, node.attrs)))
    edit.substitute(node, node.inputs[0])
    return True


def _reaches_layer(edit: Editor, node: Node) -> bool:
    """Return whether behind operators that only move values, each with one reader, there is one that takes a clamp."""
    before: Node | None = node
    while before is not None and before.op in _MOVES_VALUES:
        if getattr(before.attrs, "clamp", None) is not None or edit.sole_reader(before.inputs[0]) is None:
            return False
        before = edit.producer(before.inputs[0])
    return _takes_clamp(before)


def _clamp_before_move(edit: Editor, node: Node) -> bool:
    """Move a clamp in front of an operator that only moves values, when a producer further up can take it."""
    moved = edit.producer(node.inputs[0])
    if node.op != "clamp" or moved is None or moved.op not in _MOVES_VALUES or edit.sole_reader(node.inputs[0]) is None:
        return False
    if not _reaches_layer(edit, moved):
        return False
    clamped = edit.add("clamp", moved.inputs, node.attrs, node)
    edit.substitute(node, edit.add(moved.op, (clamped,), moved.attrs, moved))
    return True


def _clamp_before_concat(edit: Editor, node: Node) -> bool:
    """Move a clamp in front of a concat when every part has a producer that takes it."""
    joined = edit.producer(node.inputs[0])
    if node.op != "clamp" or joined is None or joined.op != "concat" or edit.sole_reader(node.inputs[0]) is None:
        return False
    if not all(edit.sole_reader(n) is not None and _takes_clamp(edit.producer(n)) for n in joined.inputs):
        return False
    parts = [edit.add("clamp", (n,), node.attrs, node) for n in joined.inputs]
    edit.substitute(node, edit.add("concat", parts, joined.attrs, joined))
    return True


def _pad_behind_reshape(edit: Editor, node: Node) -> bool:
    """Move a pad behind a reshape that only adds or drops axes of size 1: 1-D padding reaches its convolution."""
    pad = edit.producer(node.inputs[0])
    if node.op != "reshape" or pad is None or pad.op != "pad" or edit.sole_reader(node.inputs[0]) is None:
        return False
    attrs: Any = pad.attrs
    padded, target, source = edit.shape(pad.outputs[0]), edit.shape(node.outputs[0]), edit.shape(pad.inputs[0])
    old = [a for a, d in enumerate(padded) if d != 1]
    new = [a for a, d in enumerate(target) if d != 1]
    if [padded[a] for a in old] != [target[a] for a in new]:
        return False
    before, after, shape = [0] * len(target), [0] * len(target), list(target)
    for a, b in zip(old, new, strict=True):
        before[b], after[b], shape[b] = attrs.before[a], attrs.after[a], source[a]
    x = edit.reshape(pad.inputs[0], tuple(shape), node)
    edit.substitute(node, edit.add("pad", (x,), PadAttributes(tuple(before), tuple(after), attrs.value), pad))
    return True


def _fuse_pad(edit: Editor, node: Node) -> bool:
    """Fuse a pad of rows and columns into the one window operator that reads it."""
    window = edit.sole_reader(node.outputs[0])
    if node.op != "pad" or window is None or len(edit.shape(node.inputs[0])) != 4:
        return False
    pad: Any = node.attrs
    if pad.before[3] or pad.after[3]:
        return False
    widths = (pad.before[1], pad.after[1], pad.before[2], pad.after[2])
    attrs: Any = window.attrs
    if window.op in ("conv2d", "depthwise_conv2d"):
        fits = pad.value == 0
    elif window.op == "avg_pool2d":
        fits = pad.value == 0 and (attrs.count_include_pad or not any(attrs.padding))
    else:
        fits = window.op == "max_pool2d" and _never_wins(edit, node, attrs, widths)
    if not fits:
        return False
    padding = tuple(p + w for p, w in zip(attrs.padding, widths, strict=True))
    changes: dict[str, Any] = {"padding": padding}
    if window.op == "avg_pool2d":
        changes["count_include_pad"] = True
    edit.update(window, inputs=(node.inputs[0], *window.inputs[1:]), attrs=dataclasses.replace(attrs, **changes))
    return True


def _never_wins(edit: Editor, node: Node, attrs: Any, widths: tuple[int, ...]) -> bool:
    """Return whether padding with this value gives the same maxima as padding that is left out.

    Every window must hold an element of the input, and no element may be smaller than the value.
    """
    pad: Any = node.attrs
    largest = tuple(k - 1 for k in attrs.kernel for _ in range(2))
    total = [p + w for p, w in zip(attrs.padding, widths, strict=True)]
    if attrs.dilation != (1, 1) or any(t > limit for t, limit in zip(total, largest, strict=True)):
        return False
    return bool(pad.value == -math.inf or value_range(edit, node.inputs[0])[0] >= pad.value)
