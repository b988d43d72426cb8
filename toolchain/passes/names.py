"""Names that a reader of the generated C knows: module path and operator, constants by their role."""

from __future__ import annotations

import dataclasses
import re

from toolchain.ir import Graph, Node

_ROLES = {"conv2d": ("", "weights", "bias"), "depthwise_conv2d": ("", "weights", "bias"),
          "linear": ("", "weights", "bias"), "prelu": ("", "alpha"), "batch_norm": ("", "scale", "offset")}


def name_nodes(graph: Graph) -> Graph:
    """Return the graph with nodes named after module path and operator, tensors after their node; inputs stay."""
    taken = set(graph.inputs)
    tensors = {name: name for name in graph.inputs}
    nodes = []
    for node in graph.nodes:
        name = _unique(_base(node), taken)
        for index, source in enumerate(node.inputs):
            if source not in tensors:
                roles = _ROLES.get(node.op, ())
                tensors[source] = _unique(f"{name}.{roles[index] if index < len(roles) else 'operand'}", taken)
        tensors[node.outputs[0]] = name
        inputs = tuple(tensors[n] for n in node.inputs)
        nodes.append(dataclasses.replace(node, name=name, inputs=inputs, outputs=(name,)))
    renamed = {new: dataclasses.replace(graph.tensors[old], name=new) for old, new in tensors.items()}
    return graph.replace(tensors=renamed, nodes=tuple(nodes), outputs=tuple(tensors[n] for n in graph.outputs),
                         layouts={tensors[n]: p for n, p in graph.layouts.items()})


def _base(node: Node) -> str:
    module = re.sub(r"\W+", "_", node.origin.module).strip("_")
    return f"{module}_{node.op}" if module else node.op


def _unique(name: str, taken: set[str]) -> str:
    unique, count = name, 1
    while unique in taken:
        count += 1
        unique = f"{name}_{count}"
    taken.add(unique)
    return unique
