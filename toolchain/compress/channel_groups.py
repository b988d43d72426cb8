"""Which channels can only go together: dependency groups, from how each operator passes channels through.

A unit is a set of channels (of one or more tensors) that are removed together or not at all: the same channel of both
operands of an add, a channel and its copies behind a flatten, a channel and its place behind a concat. A group is all
units that run through the same layers; its name is that of the first of them. Channels that reach a graph input or
output, or an operator that mixes them in another way, stay.

Source: Fang et al., "DepGraph: Towards Any Structural Pruning" (CVPR 2023), section 3.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from toolchain import ops
from toolchain.compress.layers import bias_of, weights_of, with_constant
from toolchain.ir import Array, Graph, Node, Quantization, Tensor
from toolchain.ops import Channels


@dataclass(frozen=True, eq=False)
class Group:
    """``units``: for each, tensor name -> its channels (indices on the last axis). ``producers`` write new channels
    with weights, ``readers`` read them with weights; in the order of the graph."""

    name: str
    producers: tuple[str, ...]
    readers: tuple[str, ...]
    units: tuple[Mapping[str, Array], ...]


@lru_cache(maxsize=8)
def channel_groups(graph: Graph) -> Mapping[str, Group]:
    """Return the groups of a graph by name."""
    labels, fixed = _label(graph)
    order = {n.name: i for i, n in enumerate(graph.nodes)}
    members: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for name, found in labels.items():
        for channel, label in enumerate(found.tolist()):
            members[label][name].append(channel)
    writers = {n.outputs[0]: n.name for n in graph.nodes if _flow(graph, n) is Channels.MIXED}
    readers: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        if _flow(graph, node) is Channels.MIXED:
            readers[node.inputs[0]].append(node.name)
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Mapping[str, Array]]] = defaultdict(list)
    for label, unit in members.items():
        made = tuple(sorted((writers[t] for t in unit if t in writers), key=order.__getitem__))
        read = tuple(sorted({r for t in unit for r in readers[t]}, key=order.__getitem__))
        if label not in fixed and made:
            together[made, read].append({t: np.array(c) for t, c in unit.items()})
    groups: dict[str, Group] = {}
    for (made, read), units in together.items():
        name = made[0] if made[0] not in groups else f"{made[0]}.{len(groups)}"
        groups[name] = Group(name, made, read, tuple(units))
    return groups


def _flow(graph: Graph, node: Node) -> Channels:
    if len(node.outputs) != 1:
        return Channels.OPAQUE
    return ops.get(node.op).channel_flow(node, graph.inputs_of(node), graph.outputs_of(node))


def _label(graph: Graph) -> tuple[dict[str, Array], set[int]]:
    """Return, per activation, the unit of each channel, and the units that must stay."""
    names = [n for n, t in graph.tensors.items() if t.data is None]
    starts = dict(zip(names, np.cumsum([0, *(graph.tensors[n].shape[-1] for n in names)]).tolist(), strict=False))
    total = sum(graph.tensors[n].shape[-1] for n in names)
    pairs, stay = [], [_ids(graph, starts, n) for n in (*graph.inputs, *graph.outputs)]
    for node in graph.nodes:
        inputs = [_ids(graph, starts, n) for n in node.inputs if graph.tensors[n].data is None]
        outputs = [_ids(graph, starts, n) for n in node.outputs]
        flow = _flow(graph, node)
        if flow is Channels.OPAQUE:
            stay += inputs + outputs
        elif flow is Channels.KEPT:
            pairs += [(x, outputs[0]) for x in inputs]
        elif flow is Channels.JOINED:
            pairs.append((np.concatenate(inputs), outputs[0]))
        elif flow is Channels.TILED:
            pairs.append((np.tile(inputs[0], len(outputs[0]) // len(inputs[0])), outputs[0]))
    labels = _components(total, pairs)
    fixed = {int(x) for ids in stay for x in labels[ids]}
    return {n: labels[_ids(graph, starts, n)] for n in names}, fixed


def _ids(graph: Graph, starts: Mapping[str, int], name: str) -> Array:
    return np.arange(starts[name], starts[name] + graph.tensors[name].shape[-1])


def _components(total: int, pairs: Sequence[tuple[Array, Array]]) -> Array:
    """Return the connected component of each of ``total`` items."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first = np.concatenate([np.zeros(0, np.int64), *(a for a, _ in pairs)])
    second = np.concatenate([np.zeros(0, np.int64), *(b for _, b in pairs)])
    matrix = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(total, total))
    return np.asarray(connected_components(matrix, directed=False)[1])


def remove_channels(graph: Graph, dropped: Mapping[str, Array]) -> Graph:
    """Return the graph without these channels; ``dropped`` are indices by tensor, for every tensor of their units."""
    keep = {n: np.ones(graph.tensors[n].shape[-1], dtype=bool) for n in dropped}
    for name, channels in dropped.items():
        keep[name][channels] = False
    tensors = dict(graph.tensors)
    for name, mask in keep.items():
        tensors[name] = take(tensors[name], -1, mask)
    nodes = []
    for node in graph.nodes:
        inputs = list(node.inputs)
        for index, axes in ops.get(node.op).channel_axes.items():
            tensor = graph.tensors[node.inputs[index]]
            if tensor.data is not None:
                changed = _constant(graph, node, tensor, axes, keep)
                if changed is not tensor:
                    changed = dataclasses.replace(changed, name=_fresh(graph, node, tensor.name))
                tensors[changed.name] = changed
                inputs[index] = changed.name
        attrs = node.attrs
        if node.op == "reshape":
            attrs = dataclasses.replace(attrs, shape=tensors[node.outputs[0]].shape)  # type: ignore[call-arg]
        nodes.append(dataclasses.replace(node, inputs=tuple(inputs), attrs=attrs))
    used = {n for node in nodes for n in (*node.inputs, *node.outputs)} | {*graph.inputs, *graph.outputs}
    return graph.replace(nodes=tuple(nodes), tensors={n: t for n, t in tensors.items() if n in used})


def without_channels(graph: Graph, values: Mapping[str, Array]) -> Graph:
    """Return the graph without channels that hold a constant; what they gave to their readers is in the biases.

    ``values`` has an array of constants per tensor, NaN for channels that stay.
    """
    smaller = graph
    for node in graph.nodes:
        out, inp = ops.get(node.op).channel_axes.get(1, (None, None))
        if node.inputs[0] in values and out is not None and inp is not None:
            sums = np.moveaxis(weights_of(graph, node), (out, inp), (0, 1)).astype(np.float64)
            given = sums.reshape(*sums.shape[:2], -1).sum(axis=2) @ np.nan_to_num(values[node.inputs[0]])
            smaller = with_constant(smaller, node, 2, bias_of(graph, node) + given)
    return remove_channels(smaller, {n: np.flatnonzero(~np.isnan(x)) for n, x in values.items()})


def _fresh(graph: Graph, node: Node, constant: str) -> str:
    """Return the constant's name, or one for this node alone where other nodes read it as well."""
    shared = sum(n.inputs.count(constant) for n in graph.nodes) > 1
    return f"{constant}.{node.name}" if shared else constant


def _constant(graph: Graph, node: Node, tensor: Tensor, axes: tuple[int | None, int | None],
              keep: Mapping[str, Array]) -> Tensor:
    """Return a node's constant without the removed channels; the same object where none of them are gone."""
    out, source = keep.get(node.outputs[0]), next(n for n in node.inputs if graph.tensors[n].data is None)
    result = tensor
    if axes[0] is not None and out is not None and tensor.shape and tensor.shape[axes[0]] == len(out):
        result = take(result, axes[0], out)
    if axes[1] is not None and source in keep:
        result = take(result, axes[1], keep[source])
    return result


def take(tensor: Tensor, axis: int, keep: Array) -> Tensor:
    """Return the tensor with only some indices of an axis, its per-channel quantisation too."""
    axis %= len(tensor.shape)
    if keep.all():
        return tensor
    shape = (*tensor.shape[:axis], int(keep.sum()), *tensor.shape[axis + 1:])
    data = None if tensor.data is None else np.ascontiguousarray(np.compress(keep, tensor.data, axis))
    q = tensor.quantization
    if q is not None and q.axis is not None and q.axis % len(shape) == axis:
        q = Quantization(tuple(np.compress(keep, q.scale).tolist()), tuple(np.compress(keep, q.zero_point).tolist()),
                         q.axis)
    return dataclasses.replace(tensor, shape=shape, data=data, quantization=q)
