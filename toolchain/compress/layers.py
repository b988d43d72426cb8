"""Layers with weights, as every technique sees them: matrices [output channel, everything else].

Shapes: ``rows`` of conv2d OHWI are [O, KH * KW * C / groups], of depthwise 1HWC [C, KH * KW], of linear [O, I]: the
        order in which a kernel reads them. ``columns`` are what these rows are multiplied with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from toolchain import ops
from toolchain.compress.observers import batches
from toolchain.errors import UsageError, unknown_name
from toolchain.ir import Array, Graph, Node, Tensor
from toolchain.ops.execute import run_float

BATCH = 64


def weight_axis(node: Node) -> int | None:
    """Return the axis of output channels of a node's weights; None without weights."""
    return ops.get(node.op).weight_quantization_axis(node.attrs)


def weighted(graph: Graph) -> list[Node]:
    """Return the nodes that have constant weights, in order."""
    return [n for n in graph.nodes if weight_axis(n) is not None and graph.tensors[n.inputs[1]].data is not None]


def names(graph: Graph) -> list[str]:
    """Return the names of the nodes that have weights: the sites of most techniques."""
    return [n.name for n in weighted(graph)]


def find(graph: Graph, name: str) -> Node:
    """Return the node of this name that has weights; UsageError lists them."""
    node = next((n for n in weighted(graph) if n.name == name), None)
    if node is None:
        raise UsageError(*unknown_name("layer", name, names(graph)))
    return node


def weights_of(graph: Graph, node: Node) -> Array:
    """Return the weights of a node in the layout of its operator."""
    data = graph.tensors[node.inputs[1]].data
    assert data is not None
    return data


def bias_of(graph: Graph, node: Node) -> Array:
    """Return the bias of a node."""
    data = graph.tensors[node.inputs[2]].data
    assert data is not None
    return data


def to_rows(weights: Array, axis: int) -> Array:
    """Return weights as a matrix [output channel, everything else]."""
    matrix: Array = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return matrix


def from_rows(rows: Array, like: Array, axis: int) -> Array:
    """Return a matrix of ``to_rows`` in the shape of ``like``."""
    moved = np.moveaxis(like, axis, 0).shape
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved), 0, axis))


def rows(graph: Graph, node: Node) -> Array:
    """Return the weights of a node as a matrix."""
    axis = weight_axis(node)
    assert axis is not None
    return to_rows(weights_of(graph, node), axis)


def with_rows(graph: Graph, node: Node, matrix: Array) -> Graph:
    """Return the graph in which a node has these weights, given as a matrix."""
    axis = weight_axis(node)
    assert axis is not None
    return with_constant(graph, node, 1, from_rows(matrix, weights_of(graph, node), axis))


def with_constant(graph: Graph, node: Node, index: int, data: Array) -> Graph:
    """Return the graph in which input ``index`` of a node is this constant; one that others read keeps its value."""
    old = graph.tensors[node.inputs[index]]
    node = next(n for n in graph.nodes if n.name == node.name)
    shared = sum(n.inputs.count(old.name) for n in graph.nodes) > 1
    name = f"{old.name}.{node.name}" if shared else old.name
    tensor = Tensor(name, data.shape, "f32", np.ascontiguousarray(data, dtype=np.float32))
    if shared:
        inputs = tuple(name if i == index else n for i, n in enumerate(node.inputs))
        new = dataclasses.replace(node, inputs=inputs)
        graph = graph.replace(nodes=tuple(new if n.name == node.name else n for n in graph.nodes))
    return graph.with_tensors(tensor)


def activations(graph: Graph, inputs: Sequence[Array], wanted: Collection[str]) -> dict[str, Array]:
    """Return the values of the ``wanted`` activations of a float graph, [N, ...]."""
    kept: dict[str, list[Array]] = {name: [] for name in wanted}

    def keep(name: str, value: Array) -> None:
        if name in kept:
            kept[name].append(value.copy())

    for piece in batches(inputs, BATCH):
        run_float(graph, piece, keep)
    return {name: np.concatenate(parts) for name, parts in kept.items()}


def columns(node: Node, x: Array, weights: Array, group: int = 0) -> Array:
    """Return what the rows of a node's weights are multiplied with: [samples x pixels, K], of one group of channels.

    ``group`` is the group of a grouped convolution, the output channel of a depthwise one.
    """
    if node.op == "linear":
        return x.reshape(-1, x.shape[-1])
    attrs: Any = node.attrs
    top, bottom, left, right = attrs.padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    channels = _channels_of(node, x.shape[-1], weights, group)
    kh, kw = weights.shape[1:3]
    span = ((kh - 1) * attrs.dilation[0] + 1, (kw - 1) * attrs.dilation[1] + 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded[..., channels], span, axis=(1, 2))
    windows = windows[:, :: attrs.stride[0], :: attrs.stride[1], :, :: attrs.dilation[0], :: attrs.dilation[1]]
    taps = windows.transpose(0, 1, 2, 4, 5, 3)
    found: Array = taps.reshape(-1, kh * kw * taps.shape[-1])
    return found


def groups_of(node: Node, weights: Array) -> list[tuple[int, slice]]:
    """Return (group for ``columns``, its rows): output channels that read the same inputs."""
    if node.op == "depthwise_conv2d":
        return [(c, slice(c, c + 1)) for c in range(weights.shape[3])]
    attrs: Any = node.attrs
    count = getattr(attrs, "groups", 1)
    each = weights.shape[0] // count
    return [(g, slice(g * each, (g + 1) * each)) for g in range(count)]


def _channels_of(node: Node, inputs: int, weights: Array, group: int) -> slice:
    if node.op == "depthwise_conv2d":
        channel = group // (weights.shape[3] // inputs)
        return slice(channel, channel + 1)
    attrs: Any = node.attrs
    each = inputs // attrs.groups
    return slice(group * each, (group + 1) * each)
