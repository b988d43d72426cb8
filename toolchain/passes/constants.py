"""Constant folding: a node that reads constants alone becomes a constant, computed by its own float forward."""

from __future__ import annotations

from toolchain import ops
from toolchain.ir import Graph, Node
from toolchain.passes.editor import Editor, apply


def fold_constants(graph: Graph) -> Graph:
    """Return the graph without nodes whose value is known before any input is."""
    return apply(graph, [_fold])


def _fold(edit: Editor, node: Node) -> bool:
    arrays = [data for n in node.inputs if (data := edit.data(n)) is not None]
    if not arrays or len(arrays) < len(node.inputs):
        return False
    import torch

    with torch.no_grad():
        (value,) = ops.get(node.op).forward(node.attrs, *(torch.from_numpy(a) for a in arrays))
    edit.substitute(node, edit.constant(node.name, value.numpy()))
    return True
