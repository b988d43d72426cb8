"""Layout: the fewest transposes. They sink towards the outputs, or rise towards the inputs, until they meet and cancel.

At the edges the interface takes them: an image input or output is NHWC on the device, and ``Graph.layouts`` records it.
Between a flatten and a linear layer they become an order of the weights' columns, behind a linear layer an order of
its rows.

A rise is kept only where it leaves fewer transposes than sinking alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from toolchain.ir import Array, Graph, Node, Shape
from toolchain.passes.cleanup import merge_views
from toolchain.passes.editor import (
    Editor,
    Permutation,
    apply,
    compose,
    inverse,
    moves_units_only,
    permutation_of,
)
from toolchain.passes.movement import JOINING, MOVABLE, UNARY, moved, through_reshape


def lay_out(graph: Graph) -> Graph:
    """Return the graph with the fewest transposes that moving them finds."""
    sinking = [merge_views, _sink, _sink_through_reshape, _sink_reshape, _into_columns, _into_rows]
    rising = [merge_views, _rise, _rise_through_reshape]
    interface = [_view_into_input, _view_into_output, _into_inputs, _into_outputs]
    sunk = apply(apply(apply(graph, sinking), interface), sinking)
    risen = apply(apply(apply(sunk, rising), interface), sinking)
    return risen if _cost(risen) < _cost(sunk) else sunk


def _cost(graph: Graph) -> tuple[int, int]:
    """Return the number of transposes and of the elements that they move."""
    moves = [graph.tensors[node.outputs[0]].count for node in graph.nodes if node.op == "transpose"]
    return len(moves), sum(moves)


def _activations(edit: Editor, node: Node) -> list[str]:
    """Return the inputs that a transpose can stand in front of: no constants with a layout of their own."""
    if node.op in JOINING:
        return list(node.inputs)
    return [node.inputs[0]]


def _move_price(edit: Editor, tensor: str, p: Permutation) -> int:
    """Return how many transposes it takes to read ``tensor`` permuted by ``p``: none, or one."""
    if edit.data(tensor) is not None:
        return 0
    before = edit.producer(tensor)
    first = permutation_of(before)
    if before is not None and first is not None:
        return 0 if moves_units_only(edit.shape(before.inputs[0]), compose(first, p)) else 1
    return 0 if moves_units_only(edit.shape(tensor), p) else 1


def _rebuild(edit: Editor, node: Node, p: Permutation) -> tuple[str, Permutation] | None:
    """Add ``node`` anew on operands permuted back by ``p``; return its output and the transpose due behind."""
    if (move := moved(node, p)) is None:
        return None
    attrs, order = move
    names = _activations(edit, node)
    operands = [edit.transpose(n, inverse(p), node) for n in names]
    return edit.add(node.op, (*operands, *node.inputs[len(names):]), attrs, node), order


def _same_rank(edit: Editor, node: Node, rank: int) -> bool:
    return all(len(edit.shape(n)) == rank for n in _activations(edit, node))


def _sink(edit: Editor, node: Node) -> bool:
    """Move the transpose in front of a node behind it."""
    if node.op not in MOVABLE:
        return False
    names = _activations(edit, node)
    found = [p for n in names if (p := permutation_of(edit.producer(n))) is not None]
    if not found or not _same_rank(edit, node, len(found[0])):
        return False
    p = found[0]
    if 1 + sum(_move_price(edit, n, inverse(p)) for n in names) > len(found):
        return False
    if (result := _rebuild(edit, node, p)) is None:
        return False
    edit.substitute(node, edit.transpose(result[0], result[1], node))
    return True


def _rise(edit: Editor, node: Node) -> bool:
    """Move a transpose in front of the node whose output it permutes."""
    p, before = permutation_of(node), edit.producer(node.inputs[0])
    if p is None or before is None or before.op not in MOVABLE or edit.sole_reader(node.inputs[0]) is None:
        return False
    attrs: Any = before.attrs
    if not _same_rank(edit, before, len(p)) or (before.op == "mean" and not attrs.keepdims):
        return False
    if sum(_move_price(edit, n, p) for n in _activations(edit, before)) > 1:
        return False
    if (result := _rebuild(edit, before, inverse(p))) is None:
        return False
    edit.substitute(node, result[0])
    return True


def _sink_through_reshape(edit: Editor, node: Node) -> bool:
    before = edit.producer(node.inputs[0])
    p = permutation_of(before)
    if node.op != "reshape" or before is None or p is None:
        return False
    swapped = through_reshape(edit.shape(before.inputs[0]), p, edit.shape(node.outputs[0]))
    if swapped is None:
        return False
    x = edit.reshape(before.inputs[0], swapped[0], node)
    edit.substitute(node, edit.transpose(x, swapped[1], node))
    return True


def _rise_through_reshape(edit: Editor, node: Node) -> bool:
    p, before = permutation_of(node), edit.producer(node.inputs[0])
    if p is None or before is None or before.op != "reshape" or edit.sole_reader(node.inputs[0]) is None:
        return False
    swapped = through_reshape(edit.shape(node.outputs[0]), inverse(p), edit.shape(before.inputs[0]))
    if swapped is None:
        return False
    x = edit.transpose(before.inputs[0], inverse(swapped[1]), node)
    edit.substitute(node, edit.reshape(x, edit.shape(node.outputs[0]), node))
    return True


def _sink_reshape(edit: Editor, node: Node) -> bool:
    """Move a reshape behind an elementwise node, so that layers, batch norm and activations are neighbours."""
    view = edit.producer(node.inputs[0])
    if view is None or view.op != "reshape":
        return False
    source, shape = view.inputs[0], edit.shape(node.inputs[0])
    inner = edit.shape(source)
    if node.op in UNARY:
        inputs: tuple[str, ...] = (source,)
    elif node.op in ("batch_norm", "prelu") and inner[-1] == shape[-1]:
        inputs = (source, *node.inputs[1:])
    elif node.op in ("add", "sub", "mul") and edit.shape(node.outputs[0]) == shape:
        other = _other_operand(edit, node, inner, shape)
        if other is None:
            return False
        inputs = (source, other)
    else:
        return False
    edit.substitute(node, edit.reshape(edit.add(node.op, inputs, node.attrs, node), shape, node))
    return True


def _other_operand(edit: Editor, node: Node, inner: tuple[int, ...], shape: tuple[int, ...]) -> str | None:
    """Return the second operand for a first one that has not been reshaped; None where it cannot be had for nothing."""
    other = node.inputs[1]
    data, view = edit.data(other), edit.producer(other)
    if data is not None:
        if data.size != 1 and (data.size != data.shape[-1] or inner[-1] != shape[-1]):
            return None
        return edit.reshape(other, (1,) * (len(inner) - 1) + data.shape[-1:], node)
    if view is None or view.op != "reshape" or edit.shape(other) != shape or edit.shape(view.inputs[0]) != inner:
        return None
    return view.inputs[0]


def _into_outputs(edit: Editor, node: Node) -> bool:
    """Let an output of the graph be what its transpose reads, and record the permutation."""
    p = permutation_of(node)
    return p is not None and _take_output(edit, node, inverse(p))


def _take_output(edit: Editor, node: Node, p: Permutation) -> bool:
    """Make the input of ``node`` the output of the graph: it is the old output transposed by ``p``."""
    if edit.outputs.count(node.outputs[0]) != 1 or edit.serves_twice(node, node.inputs[0]):
        return False
    index = edit.outputs.index(node.outputs[0])
    if edit.data(node.inputs[0]) is not None:
        return False
    before = edit.output_layouts[index]
    edit.output_layouts[index] = p if before is None else compose(before, p)
    edit.outputs[index] = node.inputs[0]
    edit.drop(node)
    return True


def _into_inputs(edit: Editor, node: Node) -> bool:
    """Let an input of the graph arrive as its first transpose wants it; other readers see it transposed back."""
    p, name = permutation_of(node), node.inputs[0]
    if p is None or name not in edit.inputs or name in edit.outputs:
        return False
    index = edit.inputs.index(name)
    if edit.input_layouts[index] is not None and any(permutation_of(r) != p for r in edit.readers(name)):
        return False  # the other readers would turn it back again
    edit.permute_input(index, p, node)
    return True


def _channels_last(shape: Shape) -> Permutation:
    return (0, *range(2, len(shape)), 1)


def _view_into_input(edit: Editor, node: Node) -> bool:
    """Let an image or sequence of one channel arrive channels last too: the same bytes, the usual layout."""
    name, shape = node.inputs[0], edit.shape(node.inputs[0])
    if node.op != "reshape" or name not in edit.inputs or name in edit.outputs or len(shape) not in (3, 4):
        return False
    index, p = edit.inputs.index(name), _channels_last(shape)
    viewed = tuple(shape[a] for a in p)
    if edit.input_layouts[index] is not None or viewed == shape or edit.shape(node.outputs[0]) != viewed:
        return False
    if not moves_units_only(shape, p):
        return False
    edit.permute_input(index, p, node)
    return True


def _view_into_output(edit: Editor, node: Node) -> bool:
    """Let an output of one pixel leave channels last too."""
    shape, source = edit.shape(node.outputs[0]), edit.shape(node.inputs[0])
    if node.op != "reshape" or node.outputs[0] not in edit.outputs or len(shape) not in (3, 4):
        return False
    p = _channels_last(shape)
    viewed = tuple(shape[a] for a in p)
    if viewed == shape or source != viewed or not moves_units_only(shape, p):
        return False
    return _take_output(edit, node, p)


def _into_columns(edit: Editor, node: Node) -> bool:
    """Give a linear layer the flattened tensor before its transpose, and its weights the columns in that order."""
    x = node.inputs[0]
    if node.op != "linear" or len(edit.shape(x)) != 2:
        return False
    layers = [reader for reader in edit.readers(x) if reader.op == "linear"]
    flat = _flattened(edit, x, layers)
    if flat is None:
        return False
    for layer in layers:
        weights = edit.data(layer.inputs[1])
        assert weights is not None
        edit.update(layer, inputs=(flat[0], edit.constant(layer.inputs[1], weights[:, flat[1]]), layer.inputs[2]))
    return True


def _flattened(edit: Editor, tensor: str, readers: Sequence[Node]) -> tuple[str, Array] | None:
    """Return (y, order) with y[:, j] = tensor[:, order[j]], y without the transposes in front; None: no transposes."""
    node = edit.producer(tensor)
    if node is None:
        return None
    if node.op == "reshape":
        before = edit.producer(node.inputs[0])
        p = permutation_of(before)
        if before is None or p is None:
            return None
        shape = edit.shape(before.inputs[0])
        taken = np.arange(int(np.prod(shape))).reshape(shape).transpose(p).reshape(-1)
        return edit.reshape(before.inputs[0], edit.shape(tensor), node), np.argsort(taken)
    if tensor in edit.outputs or len(edit.readers(tensor)) > len(readers):
        return None  # something else reads the elements in their present order
    if node.op in UNARY:
        inner = _flattened(edit, node.inputs[0], [node])
        return None if inner is None else (edit.add(node.op, (inner[0],), node.attrs, node), inner[1])
    return _flattened_parts(edit, node) if node.op == "concat" else None


def _flattened_parts(edit: Editor, node: Node) -> tuple[str, Array] | None:
    parts = [_flattened(edit, n, [node]) for n in node.inputs]
    if all(part is None for part in parts):
        return None
    names, orders, start = [], [], 0
    for name, part in zip(node.inputs, parts, strict=True):
        width = edit.shape(name)[1]
        names.append(name if part is None else part[0])
        orders.append(start + (np.arange(width) if part is None else part[1]))
        start += width
    return edit.add("concat", names, node.attrs, node), np.concatenate(orders)


def _into_rows(edit: Editor, node: Node) -> bool:
    """Give the linear layer before a reshape and a transpose its rows in the order that makes the transpose a view."""
    p, view = permutation_of(node), edit.producer(node.inputs[0])
    if p is None or view is None or view.op != "reshape" or edit.sole_reader(node.inputs[0]) is None:
        return False
    between: list[Node] = []
    layer, reader = edit.producer(view.inputs[0]), view
    while layer is not None and layer.op in UNARY and edit.sole_reader(layer.outputs[0]) is reader:
        between.append(layer)
        reader, layer = layer, edit.producer(layer.inputs[0])
    if layer is None or layer.op != "linear" or len(edit.shape(layer.outputs[0])) != 2:
        return False
    weights, bias = edit.data(layer.inputs[1]), edit.data(layer.inputs[2])
    if edit.sole_reader(layer.outputs[0]) is not reader or weights is None or bias is None:
        return False
    shape = edit.shape(view.outputs[0])
    order = np.arange(len(bias)).reshape(shape).transpose(p).reshape(-1)
    constants = (edit.constant(layer.inputs[1], weights[order]), edit.constant(layer.inputs[2], bias[order]))
    y = edit.add("linear", (layer.inputs[0], *constants), layer.attrs, layer)
    for step in reversed(between):
        attrs: Any = step.attrs
        y = edit.add(step.op, (y,), attrs, step)
    edit.substitute(node, edit.reshape(y, edit.shape(node.outputs[0]), view))
    return True
