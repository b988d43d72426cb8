"""A model of cost that needs no compiler, for tests of the search: bytes, MACs and live activations of a graph."""

from __future__ import annotations

from toolchain import ops
from toolchain.compress.layers import weight_axis
from toolchain.ir import Graph
from toolchain.passes.dead_channels import remove_dead_channels
from toolchain.search import Cost, LayerCost
from toolchain.search.linear import live_activations

CODE_BYTES, STACK_BYTES = 4096, 512


def cost(graph: Graph) -> Cost:
    """Return flash as stored weights with 12 bytes a channel and some code; two cycles a MAC."""
    graph, _ = remove_dead_channels(graph)
    layers = {}
    for node in graph.nodes:
        constants = [t for t in graph.inputs_of(node) if t.data is not None]
        axis, size = weight_axis(node), 0
        if constants and axis is not None:
            weights = constants[0]
            assert weights.data is not None
            stored = weights.count if weights.storage is None else weights.storage.size_bytes(weights.data, axis)
            size = stored + 12 * weights.shape[axis]
        macs = ops.get(node.op).cost(node, graph.inputs_of(node), graph.outputs_of(node)).macs
        layers[node.name] = LayerCost(size, 2.0 * macs)
    arena = max(sum(graph.tensors[n].count for n in live) for live in live_activations(graph))
    weights_bytes, cycles = sum(c.flash_bytes for c in layers.values()), sum(c.cycles for c in layers.values())
    return Cost(CODE_BYTES + weights_bytes, STACK_BYTES + arena, arena, weights_bytes, cycles, cycles / 100, layers)
