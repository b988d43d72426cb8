"""Putting several nodes in the place of one: what factorize and replace share.

The last of the new nodes keeps the name, the output and the activation range of the old one, so that what reads it and
what is known of it by name stay valid. Shapes: as the operators'.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain import ops
from toolchain.compress.layers import find, weights_of
from toolchain.ir import Array, Attributes, Graph, Node, Tensor


@dataclass(frozen=True, eq=False)
class Part:
    """One new node: operator, attributes without an activation range, weights; a bias of zeros where None."""

    op: str
    attrs: Attributes
    weights: Array
    bias: Array | None = None


def parts_of(name: str, nodes: Collection[str]) -> list[str]:
    """Return which of these nodes stand for a layer: itself, and the parts before it where it was substituted."""
    return [n for n in nodes if n == name or n.startswith(f"{name}_part")]


def substitute(graph: Graph, name: str, parts: Sequence[Part]) -> Graph:
    """Return the graph in which node ``name`` is a chain of ``parts``."""
    old = find(graph, name)
    tensors, nodes, source = dict(graph.tensors), [], old.inputs[0]
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        called = name if last else f"{name}_part{index}"
        operator = ops.get(part.op)
        outputs = part.weights.shape[operator.weight_quantization_axis(part.attrs) or 0]
        bias = np.zeros(outputs) if part.bias is None else part.bias
        constants = [_constant(f"{called}.{kind}", data) for kind, data in (("weights", part.weights), ("bias", bias))]
        tensors.update({t.name: t for t in constants})
        attrs: Any = part.attrs
        if last:
            attrs = dataclasses.replace(attrs, clamp=getattr(old.attrs, "clamp", None))
        target = old.outputs[0] if last else called
        (shape,) = operator.infer(attrs, [tensors[source], *constants])
        if last and shape != graph.tensors[target].shape:
            raise AssertionError(f"{name} changed its shape from {graph.tensors[target].shape} to {shape}")
        tensors[target] = Tensor(target, shape)
        nodes.append(Node(called, part.op, (source, *(t.name for t in constants)), (target,), attrs, old.origin))
        source = target
    every = tuple(m for n in graph.nodes for m in (nodes if n.name == name else [n]))
    used = {t for n in every for t in (*n.inputs, *n.outputs)} | {*graph.inputs, *graph.outputs}
    return graph.replace(nodes=every, tensors={n: t for n, t in tensors.items() if n in used})


def standard_convolution(graph: Graph, name: str) -> bool:
    """Tell whether a node is a conv2d without groups whose kernel is larger than one pixel."""
    node = find(graph, name)
    attrs: Any = node.attrs
    return node.op == "conv2d" and attrs.groups == 1 and max(weights_of(graph, node).shape[1:3]) > 1


def _constant(name: str, data: Array) -> Tensor:
    return Tensor(name, data.shape, data=np.ascontiguousarray(data, dtype=np.float32))
