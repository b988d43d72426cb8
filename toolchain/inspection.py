"""What a graph holds and costs, before anything is built for it: layers, shapes, MACs, bytes, what sets the peak.

Units: bytes as int8 on the device (biases int32), MACs of one inference.
"""

from __future__ import annotations

from dataclasses import dataclass

from toolchain import evaluation, ops
from toolchain.ir import Graph, Node, Shape
from toolchain.numerics import Rounding
from toolchain.passes.dead_channels import remove_dead_channels
from toolchain.report import Compression


@dataclass(frozen=True)
class LayerFacts:
    """One node; ``live_bytes`` are all activations needed while it runs, as if nothing were shared or in place."""

    name: str
    op: str
    shape: Shape
    macs: int
    weights_bytes: int
    output_bytes: int
    live_bytes: int


@dataclass(frozen=True)
class GraphFacts:
    """A graph's layers and totals; ``peak`` is the layer with the most live bytes."""

    name: str
    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    layers: tuple[LayerFacts, ...]
    macs: int
    weights_bytes: int
    peak: str
    peak_bytes: int


@dataclass(frozen=True)
class Removed:
    """Channels of a layer's output that the passes took out without any change of the model's outputs."""

    layer: str
    channels: int
    of: int
    saved_bytes: int


@dataclass(frozen=True)
class Lossless:
    """What the lossless passes remove from a quantised graph, and the totals before and after."""

    removed: tuple[Removed, ...]
    macs_before: int
    macs_after: int
    weights_bytes_before: int
    weights_bytes_after: int


def lossless(graph: Graph, rounding: Rounding = Rounding.DOUBLE) -> Lossless:
    """Return what can be removed from a quantised graph, exactly."""
    compact, removals = remove_dead_channels(graph, rounding)
    rows = evaluation.removed_channels(graph, compact, removals)
    before, after = inspect(graph), inspect(compact)
    return Lossless(
        removed=tuple(removed(row) for row in rows),
        macs_before=before.macs,
        macs_after=after.macs,
        weights_bytes_before=before.weights_bytes,
        weights_bytes_after=after.weights_bytes,
    )


def removed(row: Compression) -> Removed:
    """Return a row of a report's ``compression`` that says what was removed."""
    return Removed(row.layer, int(row.config["channels"]), int(row.config["of"]), row.flash_saved_bytes or 0)


def inspect(graph: Graph) -> GraphFacts:
    """Return the facts of a canonical or quantised graph."""
    live = _live_bytes(graph)
    layers = tuple(_layer(graph, node, live[i]) for i, node in enumerate(graph.nodes))
    peak = max(layers, key=lambda layer: layer.live_bytes, default=None)
    return GraphFacts(
        name=graph.name,
        inputs=tuple((name, graph.tensors[name].shape) for name in graph.inputs),
        outputs=tuple((name, graph.tensors[name].shape) for name in graph.outputs),
        layers=layers,
        macs=sum(layer.macs for layer in layers),
        weights_bytes=sum(layer.weights_bytes for layer in layers),
        peak="" if peak is None else peak.name,
        peak_bytes=0 if peak is None else peak.live_bytes,
    )


def _layer(graph: Graph, node: Node, live_bytes: int) -> LayerFacts:
    inputs, outputs = graph.inputs_of(node), graph.outputs_of(node)
    constants = [t for t in inputs if t.data is not None]
    weights = sum(t.count * (4 if len(t.shape) == 1 and i > 0 else 1) for i, t in enumerate(constants))
    return LayerFacts(
        name=node.origin.module or node.name,
        op=node.op,
        shape=outputs[0].shape,
        macs=ops.get(node.op).cost(node, inputs, outputs).macs,
        weights_bytes=weights,
        output_bytes=sum(t.count for t in outputs),
        live_bytes=live_bytes,
    )


def _live_bytes(graph: Graph) -> list[int]:
    """Return the bytes of the activations that are alive while each node runs."""
    end = len(graph.nodes)
    first = dict.fromkeys(graph.inputs, 0)
    last = dict.fromkeys(graph.inputs, 0)
    for index, node in enumerate(graph.nodes):
        for name in node.inputs:
            if graph.tensors[name].data is None:
                last[name] = index
        for name in node.outputs:
            first[name] = last[name] = index
    last.update(dict.fromkeys(graph.outputs, end))
    return [sum(graph.tensors[n].count for n in first if first[n] <= i <= last[n]) for i in range(end)]
