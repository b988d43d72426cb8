"""Removing whole layers: what read a layer's output reads its input, and is fitted anew.

    y = g(f(x))   ->   y = g'(x)      g' by least squares to what g gave, on the calibration data (reconstruction.py)

Sites are layers whose output has the shape of their input, and depthwise convolutions with a stride that one 1x1
convolution alone reads, which takes over the stride. Pixels have to stay in place. The layer's activation goes with it.

Source: Chen and Zhao, "Shallowing Deep Networks: Layer-wise Pruning" (TPAMI 2019), section 3; He et al., "Channel
        Pruning for Accelerating Very Deep Neural Networks" (ICCV 2017), section 3.1 (the fit).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from toolchain import ops
from toolchain.compress.layers import find, names, weight_axis, weights_of
from toolchain.compress.reconstruction import Target, reconstruct
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Graph, Node, check
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes


@dataclass(frozen=True)
class PruneLayersConfig:
    """``fit``: fit the layers that follow to what they gave before."""

    fit: bool = True


def sites(graph: Graph) -> list[str]:
    """Return the names of the layers that can go."""
    return [name for name in names(graph) if without(graph, name) is not None and followers(graph, [name])]


def choices(graph: Graph, site: str) -> list[PruneLayersConfig]:
    """Return the one choice there is."""
    return [PruneLayersConfig()]


def apply(graph: Graph, configs: Mapping[str, PruneLayersConfig], data: Data) -> Graph:
    """Return the float graph without these layers; see Technique."""
    result = graph
    for site in configs:
        smaller = without(result, site)
        if smaller is None or not followers(graph, [site]):
            raise ModelError(f"{site} cannot go", [("why", "no layer follows, or its output is not its input's shape")],
                             ", ".join(sites(graph)) or "another technique")
        result = smaller
    fitted = followers(graph, configs) - followers(graph, [s for s, c in configs.items() if not c.fit])
    return check(reconstruct(graph, result, data.calibration, {name: Target(name) for name in fitted}), "prune_layers")


def without(graph: Graph, site: str) -> Graph | None:
    """Return the graph without a layer, nothing fitted; None where what follows could not read the layer's input."""
    node = find(graph, site)
    source, output = node.inputs[0], node.outputs[0]
    if output in graph.outputs or not _in_place(graph, node):
        return None
    readers = [n for n in graph.nodes if output in n.inputs]
    if graph.tensors[source].shape != graph.tensors[output].shape:
        strided = _strided(graph, node, readers)
        readers = [] if strided is None else [strided]
    if not readers or any(source in n.inputs for n in readers):
        return None
    moved = {n.name: replace(n, inputs=tuple(source if t == output else t for t in n.inputs)) for n in readers}
    nodes = tuple(moved.get(n.name, n) for n in graph.nodes if n.name != site)
    used = {t for n in nodes for t in (*n.inputs, *n.outputs)} | {*graph.inputs, *graph.outputs}
    return graph.replace(nodes=nodes, tensors={n: t for n, t in graph.tensors.items() if n in used})


def followers(graph: Graph, gone: Collection[str]) -> set[str]:
    """Return the layers that are next after those that go, with other operators between."""
    found, pending = set[str](), [find(graph, name).outputs[0] for name in gone]
    while pending:
        tensor = pending.pop()
        for node in graph.nodes:
            if tensor in node.inputs and weight_axis(node) is not None and node.name not in gone:
                found.add(node.name)
            elif tensor in node.inputs:
                pending += node.outputs
    return found


def _in_place(graph: Graph, node: Node) -> bool:
    """Tell whether a layer's middle tap reads the pixel that it writes."""
    attrs: Any = node.attrs
    if node.op == "linear":
        return True
    size = weights_of(graph, node).shape[1:3]
    return all(attrs.dilation[i] * ((size[i] - 1) // 2) <= attrs.padding[2 * i] <= attrs.dilation[i] * (size[i] // 2)
               for i in (0, 1))


def _strided(graph: Graph, node: Node, readers: list[Node]) -> Node | None:
    """Return the one 1x1 convolution that reads a depthwise one, with both strides; None where it does not fit."""
    reader, x = readers[0], graph.tensors[node.inputs[0]]
    outer, inner = node.attrs, reader.attrs
    if not isinstance(outer, DepthwiseConv2dAttributes) or not isinstance(inner, Conv2dAttributes) or len(readers) > 1:
        return None
    weights = graph.tensors[reader.inputs[1]]
    if weights.shape[1:] != (1, 1, x.shape[-1]) or any(inner.padding):
        return None
    attrs = replace(inner, stride=(outer.stride[0] * inner.stride[0], outer.stride[1] * inner.stride[1]))
    (shape,) = ops.get("conv2d").infer(attrs, [x, weights])
    return replace(reader, attrs=attrs) if shape == graph.tensors[reader.outputs[0]].shape else None


TECHNIQUE = Technique(
    "prune_layers", "layers that keep the shape go, and depthwise ones before a 1x1; what follows is fitted anew",
    "Chen and Zhao 2019; He 2017", PruneLayersConfig, sites, choices, apply)
