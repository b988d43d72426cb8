"""Layer-wise reconstruction: new weights that bring back a layer's outputs after something before it changed.

For a layer whose inputs were X and are now Z, with original outputs Y = X W^T + b before any activation range:
minimise |Z V^T + c - Y|^2 + damping |V - V0|^2 over V and c, V0 the weights as they stand. Weights that are zero stay
zero: each row is solved on its support. No labels are needed.

Shapes: X, Z [R, K], Y [R, O]; R is samples x pixels, thinned out where it would not fit ``ELEMENTS``.
Source: He et al., "Channel Pruning for Accelerating Very Deep Neural Networks" (ICCV 2017), section 3.1; Frantar and
        Alistarh, "Optimal Brain Compression" (NeurIPS 2022), section 3 (least squares on a support).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from toolchain.compress.layers import (
    activations,
    bias_of,
    columns,
    find,
    groups_of,
    rows,
    weights_of,
    with_constant,
    with_rows,
)
from toolchain.ir import Array, Graph

#: Elements of one layer's X at most.
ELEMENTS = 1 << 24
SAMPLES = 128
DAMPING = 0.01


@dataclass(frozen=True, eq=False)
class Target:
    """The layer of the original graph that a layer stands for, and which of its output channels (None: all)."""

    node: str
    channels: Array | None = None


def reconstruct(reference: Graph, graph: Graph, inputs: Sequence[Array], targets: Mapping[str, Target]) -> Graph:
    """Return ``graph`` with new weights and biases in the layers of ``targets``, in order, each seeing those before."""
    for node in graph.nodes:
        if node.name in targets:
            graph = _refit(reference, graph, inputs, node.name, targets[node.name])
    return graph


def _refit(reference: Graph, graph: Graph, inputs: Sequence[Array], name: str, target: Target) -> Graph:
    old, new = find(reference, target.node), find(graph, name)
    pixels = int(np.prod(graph.tensors[new.outputs[0]].shape[1:-1], dtype=np.int64))
    width = max(rows(reference, old).shape[1], rows(graph, new).shape[1])
    count = max(4, min(SAMPLES, ELEMENTS // max(1, pixels * width)))
    chosen = [x[np.linspace(0, len(x) - 1, min(count, len(x))).astype(int)] for x in inputs]
    wanted = outputs_before_clamp(reference, target.node, chosen)
    if target.channels is not None:
        wanted = wanted[:, target.channels]
    z = activations(graph, chosen, [new.inputs[0]])[new.inputs[0]]
    weights, matrix, bias = weights_of(graph, new), rows(graph, new).astype(np.float64), bias_of(graph, new).copy()
    matrix = matrix.copy()
    for group, part in groups_of(new, weights):
        matrix[part], bias[part] = solve(columns(new, z, weights, group), wanted[:, part], matrix[part])
    graph = with_rows(graph, new, matrix)
    return with_constant(graph, find(graph, name), 2, bias)


def outputs_before_clamp(graph: Graph, name: str, inputs: Sequence[Array]) -> Array:
    """Return the outputs of a layer without its activation range, [R, O]."""
    node = find(graph, name)
    x = activations(graph, inputs, [node.inputs[0]])[node.inputs[0]]
    weights, matrix = weights_of(graph, node), rows(graph, node)
    parts = [columns(node, x, weights, group) @ matrix[part].T for group, part in groups_of(node, weights)]
    return np.asarray(np.concatenate(parts, axis=1) + bias_of(graph, node))


def solve(z: Array, wanted: Array, start: Array) -> tuple[Array, Array]:
    """Return weights [O, K] and bias [O] of least squares; rows of ``start`` keep their zeros."""
    z, wanted = z.astype(np.float64), wanted.astype(np.float64)
    centre, mean = z.mean(axis=0), wanted.mean(axis=0)
    z = z - centre
    gram = z.T @ z / len(z)
    cross = z.T @ (wanted - mean) / len(z)
    damped = gram + np.eye(len(gram)) * (DAMPING * np.diag(gram).mean() + 1e-12)
    residual = cross - gram @ start.T
    if start.all():
        found = start + np.linalg.solve(damped, residual).T
    else:
        found = start.copy()
        for row, delta in zip(found, residual.T, strict=True):
            support = np.flatnonzero(row)
            row[support] += np.linalg.solve(damped[np.ix_(support, support)], delta[support])
    return found, mean - found @ centre
