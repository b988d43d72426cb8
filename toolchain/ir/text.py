"""Text form of a graph, one line a node: for ``--stop-after``, error messages and diffs between passes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from toolchain.ir.graph import Graph, Node, Tensor


def format_graph(graph: Graph) -> str:
    """Return the graph as text that is the same for the same graph: inputs, nodes in order, outputs, constants."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield f"graph {graph.name}"
    for name in graph.inputs:
        yield f"  input   {_typed(graph.tensors[name])}{_layout(graph, name)}"
    for node in graph.nodes:
        outputs = ", ".join(_typed(t) for t in graph.outputs_of(node))
        arguments = [*node.inputs, *_attributes(node)]
        where = f"    # {node.origin.module or node.name}" if node.origin.module else ""
        yield f"  {outputs} = {node.op}({', '.join(arguments)}){where}"
    for name in graph.outputs:
        yield f"  output  {_typed(graph.tensors[name])}{_layout(graph, name)}"
    for tensor in graph.constants():
        yield f"  const   {_typed(tensor)}"


def _typed(tensor: Tensor) -> str:
    text = f"{tensor.name}: {tensor.dtype}[{', '.join(map(str, tensor.shape))}]"
    if (q := tensor.quantization) is None:
        return text
    if q.axis is not None:
        return f"{text} scales along axis {q.axis}"
    return f"{text} scale {q.scale[0]:.7g} zero point {q.zero_point[0]}"


def _layout(graph: Graph, name: str) -> str:
    permutation = graph.layouts.get(name)
    return "" if permutation is None else f"    # axes {list(permutation)} of PyTorch's"


def _attributes(node: Node) -> Iterator[str]:
    """Yield ``field=value`` for the attributes that are not at their default."""
    for field in dataclasses.fields(node.attrs):
        value: Any = getattr(node.attrs, field.name)
        if value != field.default:
            yield f"{field.name}={_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 8:
        return f"({', '.join(map(str, value[:6]))}, ... {len(value)} in all)"
    return f"{value:.7g}" if isinstance(value, float) else str(value)
