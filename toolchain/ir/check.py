"""Structural check of a graph; run after every pass, so that a broken graph names the pass that broke it."""

from __future__ import annotations

import math

import numpy as np

from toolchain.ir.graph import DTYPES, Graph, Node, Tensor


class GraphError(AssertionError):
    """The graph breaks a rule of the IR: a bug in the stage named in the message, not in the user's input."""


def check(graph: Graph, stage: str) -> Graph:
    """Return ``graph`` unchanged, or raise GraphError that names ``stage`` and the first broken rule."""
    def fail(message: str) -> None:
        raise GraphError(f"after {stage}: {message}")

    known = {name for name, tensor in graph.tensors.items() if tensor.data is not None} | set(graph.inputs)
    for name, tensor in graph.tensors.items():
        if problem := _tensor_problem(name, tensor):
            fail(problem)
    names: set[str] = set()
    for node in graph.nodes:
        if node.name in names:
            fail(f"two nodes are named {node.name}")
        names.add(node.name)
        if problem := _node_problem(graph, node, known):
            fail(problem)
        known.update(node.outputs)
    for name in graph.outputs:
        if name not in known:
            fail(f"output {name} is never written")
    return graph


def _tensor_problem(key: str, tensor: Tensor) -> str | None:
    if key != tensor.name:
        return f"tensor {tensor.name} is filed under {key}"
    if tensor.dtype not in DTYPES:
        return f"tensor {key} has unknown dtype {tensor.dtype}"
    if any(not isinstance(d, int) or d < 0 for d in tensor.shape):
        return f"tensor {key} has shape {tensor.shape}"
    if tensor.data is not None:
        if tuple(tensor.data.shape) != tensor.shape:
            return f"constant {key} has shape {tensor.data.shape}, declared {tensor.shape}"
        if tensor.data.dtype != np.dtype(DTYPES[tensor.dtype]):
            return f"constant {key} has dtype {tensor.data.dtype}, declared {tensor.dtype}"
    if (q := tensor.quantization) is not None:
        expected = 1 if q.axis is None else tensor.shape[q.axis]
        if len(q.scale) != expected or len(q.zero_point) != expected:
            return f"tensor {key} has {len(q.scale)} scales, needs {expected}"
        if any(not math.isfinite(s) or s <= 0 for s in q.scale):
            return f"tensor {key} has a scale that is not positive and finite"
    return None


def _node_problem(graph: Graph, node: Node, known: set[str]) -> str | None:
    for name in (*node.inputs, *node.outputs):
        if name not in graph.tensors:
            return f"{node.name} ({node.op}) names a tensor {name} that does not exist"
    for name in node.inputs:
        if name not in known:
            return f"{node.name} ({node.op}) reads {name} before it is written"
    for name in node.outputs:
        if name in known:
            return f"{node.name} ({node.op}) writes {name}, which exists already"
    return None
