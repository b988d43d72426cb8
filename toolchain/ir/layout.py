"""Data between PyTorch's layout and the graph's: the layout pass records in ``Graph.layouts`` which axes it moved.

Shapes: arrays of any batch N on axis 0; an image input is [N, C, H, W] in PyTorch and [N, H, W, C] on the device.
"""

from __future__ import annotations

import numpy as np

from toolchain.ir.graph import Array, Graph


def to_device(graph: Graph, index: int, x: Array) -> Array:
    """Return data for graph input ``index``, given in PyTorch's layout, in the graph's layout."""
    permutation = graph.layouts.get(graph.inputs[index])
    return x if permutation is None else np.ascontiguousarray(x.transpose(permutation))


def from_device(graph: Graph, index: int, y: Array) -> Array:
    """Return data of graph output ``index``, given in the graph's layout, in PyTorch's layout."""
    permutation = graph.layouts.get(graph.outputs[index])
    return y if permutation is None else np.ascontiguousarray(y.transpose(np.argsort(permutation)))
