"""What costs nothing to say more simply: nodes that do nothing, pairs that are one, twins, dead code.

Dead nodes and constants that nothing reads leave the graph with every edit (toolchain/passes/editor.py).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from toolchain.ir import Graph, Node
from toolchain.ops.clamp import ClampAttributes
from toolchain.passes.editor import Editor, apply, compose, moves_units_only, permutation_of
from toolchain.passes.ranges import value_range


def clean_up(graph: Graph) -> Graph:
    """Return the graph without nodes that do nothing, with chains of views merged and equal nodes shared."""
    graph = apply(graph, [drop_identity, merge_views, drop_empty_mean, merge_clamps, drop_needless_clamp])
    return apply(graph, [_Twins().share])


def drop_dead(graph: Graph) -> Graph:
    """Return the graph without nodes that no output depends on and constants that no node reads."""
    live, needed = [], set(graph.outputs)
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            live.append(node)
            needed.update(node.inputs)
    names = needed | set(graph.inputs) | {n for node in live for n in node.outputs}
    if len(live) == len(graph.nodes) and len(names) == len(graph.tensors):
        return graph
    return graph.replace(nodes=tuple(reversed(live)), tensors={n: t for n, t in graph.tensors.items() if n in names})


def drop_identity(edit: Editor, node: Node) -> bool:
    """Remove a node whose output is its input."""
    if edit.shape(node.inputs[0]) != edit.shape(node.outputs[0]) or not _is_identity(edit, node):
        return False
    if edit.serves_twice(node, node.inputs[0]):
        return False
    edit.substitute(node, node.inputs[0])
    return True


def _is_identity(edit: Editor, node: Node) -> bool:
    """Return whether a node that keeps the shape also keeps the values."""
    attrs: Any = node.attrs
    if node.op in ("reshape", "pad", "concat", "slice"):
        return node.op != "slice" or min(attrs.strides) > 0
    if node.op == "transpose":
        return bool(attrs.permutation == tuple(range(len(attrs.permutation))))
    if node.op in ("max_pool2d", "avg_pool2d"):
        return bool(attrs.kernel == attrs.stride == (1, 1) and not any(attrs.padding) and attrs.clamp is None)
    if node.op == "resize_nearest":
        return all(taken == tuple(range(len(taken))) for taken in (attrs.rows, attrs.columns))
    if node.op in ("add", "sub", "mul") and attrs.clamp is None and (operand := edit.data(node.inputs[1])) is not None:
        return bool(np.all(operand == (1.0 if node.op == "mul" else 0.0)))
    return False


def merge_views(edit: Editor, node: Node) -> bool:
    """Merge a reshape of a reshape, a transpose of a transpose; turn a transpose that moves no data into a reshape."""
    if node.op not in ("reshape", "transpose"):
        return False
    source, before, second = node.inputs[0], edit.producer(node.inputs[0]), permutation_of(node)
    chained = before is not None and before.op == node.op
    if before is not None and chained:
        source = before.inputs[0]
    if second is None:
        if not chained or edit.serves_twice(node, source):
            return False
        new = edit.reshape(source, edit.shape(node.outputs[0]), node)
    else:
        first = permutation_of(before)
        permutation = second if first is None else compose(first, second)
        if not (chained or moves_units_only(edit.shape(source), permutation)) or edit.serves_twice(node, source):
            return False
        new = edit.transpose(source, permutation, node)
    edit.substitute(node, new)
    return True


def drop_empty_mean(edit: Editor, node: Node) -> bool:
    """Turn a mean over axes of size 1 into a reshape."""
    attrs: Any = node.attrs
    if node.op != "mean" or any(edit.shape(node.inputs[0])[a] != 1 for a in attrs.axes):
        return False
    if edit.serves_twice(node, node.inputs[0]):
        return False
    edit.substitute(node, edit.reshape(node.inputs[0], edit.shape(node.outputs[0]), node))
    return True


def merge_clamps(edit: Editor, node: Node) -> bool:
    """Merge a clamp of a clamp into one."""
    before = edit.producer(node.inputs[0])
    if node.op != "clamp" or before is None or before.op != "clamp":
        return False
    first: Any = before.attrs
    low, high = intersect((first.low, first.high), node.attrs)
    edit.update(node, inputs=before.inputs, attrs=ClampAttributes(low, high))
    return True


def intersect(first: tuple[float, float] | None, second: Any) -> tuple[float, float]:
    """Return the one range that does what ``first`` and then the clamp attributes ``second`` do."""
    low, high = first if first is not None else (-math.inf, math.inf)
    return min(max(low, second.low), second.high), min(max(high, second.low), second.high)


def drop_needless_clamp(edit: Editor, node: Node) -> bool:
    """Remove a clamp that its input never reaches."""
    if node.op != "clamp":
        return False
    attrs: Any = node.attrs
    low, high = value_range(edit, node.inputs[0])
    if low < attrs.low or high > attrs.high or edit.serves_twice(node, node.inputs[0]):
        return False
    edit.substitute(node, node.inputs[0])
    return True


class _Twins:
    """Finds nodes that compute the same from the same: operator, attributes and inputs, constants by their bytes."""

    def __init__(self) -> None:
        self._seen: dict[Any, str] = {}

    def share(self, edit: Editor, node: Node) -> bool:
        """Let a later twin's readers read the earlier one."""
        key = (node.op, node.attrs, tuple(self._value(edit, n) for n in node.inputs))
        first = edit.nodes.get(self._seen.setdefault(key, node.name))
        if first is None or (first.op, first.attrs, tuple(self._value(edit, n) for n in first.inputs)) != key:
            self._seen[key] = node.name
            return False
        if first.name == node.name or node.outputs[0] in edit.outputs:
            return False
        edit.substitute(node, first.outputs[0])
        return True

    def _value(self, edit: Editor, name: str) -> Any:
        data = edit.data(name)
        return name if data is None else (data.shape, data.tobytes())
