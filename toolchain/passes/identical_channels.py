"""Moves the weights of equal channels onto one of them: exact, bit for bit; the others can then be removed as dead.

Two channels are equal when they hold the same code at every position, whatever the input is: same weights, bias, scale
and input, and the same through everything that keeps channels apart. A layer that reads both may read one of them with
the sum of the two weights, where every sum is an int8 weight.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Graph, Node, Tensor
from toolchain.ops import Channels

MOST = 127  # largest weight


def merge_identical_channels(graph: Graph) -> Graph:
    """Return a quantised graph whose layers read one of each set of equal channels where they can; same outputs."""
    labels = channel_labels(graph)
    nodes, added = [], {}
    for node in graph.nodes:
        merged = _merged(graph, node, labels) if _flow(graph, node) is Channels.MIXED else None
        if merged is not None:
            added[merged.name] = merged
            node = dataclasses.replace(node, inputs=(node.inputs[0], merged.name, *node.inputs[2:]))
        nodes.append(node)
    return graph.replace(nodes=tuple(nodes), tensors={**graph.tensors, **added}) if added else graph


def channel_labels(graph: Graph) -> dict[str, list[int]]:
    """Return, per activation, a number for each channel (last axis); channels of the same number hold equal codes."""
    known: dict[Hashable, int] = {}
    labels: dict[str, list[int]] = {}
    for name in graph.inputs:
        labels[name] = [known.setdefault((name, c), len(known)) for c in range(graph.tensors[name].shape[-1])]
    for node in graph.nodes:
        for name in node.outputs:
            keys = _keys(graph, node, name, labels)
            labels[name] = [known.setdefault(key, len(known)) for key in keys]
    return labels


def _flow(graph: Graph, node: Node) -> Channels:
    if len(node.outputs) != 1:
        return Channels.OPAQUE
    return ops.get(node.op).channel_flow(node, graph.inputs_of(node), graph.outputs_of(node))


def _keys(graph: Graph, node: Node, output: str, labels: dict[str, list[int]]) -> list[Hashable]:
    """Return what each output channel depends on."""
    tensor, flow = graph.tensors[output], _flow(graph, node)
    reads = [labels[n] for n in node.inputs if graph.tensors[n].data is None]
    constants = [t for t in graph.inputs_of(node) if t.data is not None]
    kind = (node.op, repr(node.attrs), repr(tensor.quantization))
    channels = range(tensor.shape[-1])
    if flow is Channels.MIXED:
        axes = ops.get(node.op).channel_axes
        rows = [_rows(t, axes[i][0], len(channels)) for i, t in enumerate(graph.inputs_of(node)) if t.data is not None]
        source = np.array(reads[0]).tobytes()  # bytes are hashed once, a tuple every time
        return [(kind, source, tuple(row[c] for row in rows)) for c in channels]
    if flow is Channels.KEPT:
        rows = [_rows(t, -1, len(channels)) for t in constants]
        return [(kind, tuple(r[c] for r in reads), tuple(row[c] for row in rows)) for c in channels]
    if flow is Channels.JOINED:
        return [(kind[2], label) for read in reads for label in read]
    if flow is Channels.TILED:
        return [(kind, c // len(reads[0]), reads[0][c % len(reads[0])]) for c in channels]
    return [(node.name, output, c) for c in channels]


def _rows(tensor: Tensor, axis: int | None, count: int) -> Sequence[Hashable]:
    """Return what a constant holds for each channel: its numbers and their scale."""
    assert tensor.data is not None
    scales = tensor.quantization.scale if tensor.quantization is not None else ()
    if axis is None or not tensor.shape or tensor.shape[axis] != count:
        return [(tensor.data.tobytes(), scales)] * count
    rows = np.moveaxis(tensor.data, axis, 0)
    return [(rows[c].tobytes(), scales[c] if len(scales) == count else scales) for c in range(count)]


def _merged(graph: Graph, node: Node, labels: dict[str, list[int]]) -> Tensor | None:
    """Return a layer's weights with those of equal input channels on the first of them; None where nothing moves."""
    weights, axis = graph.tensors[node.inputs[1]], ops.get(node.op).channel_axes[1][1]
    channels = labels[node.inputs[0]]
    if weights.data is None or axis is None or weights.storage is not None or len(set(channels)) == len(channels):
        return None
    rows: Array = np.moveaxis(weights.data.astype(np.int32), axis, 0)
    kept: dict[int, list[int]] = {}
    moved = False
    for c, label in enumerate(channels):
        places = kept.setdefault(label, [])
        place = next((p for p in places if np.abs(rows[p] + rows[c]).max() <= MOST), None)
        if place is None:
            places.append(c)
        elif rows[c].any():
            rows[place] += rows[c]
            rows[c] = 0
            moved = True
    data = np.ascontiguousarray(np.moveaxis(rows, 0, axis).astype(np.int8))
    return dataclasses.replace(weights, name=f"{node.name}.{weights.name}", data=data) if moved else None
