"""Run a graph on arrays: in float through torch, or in integers through the operators' references.

Shapes: inputs and results have any batch N on axis 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Graph
from toolchain.numerics import Rounding

if TYPE_CHECKING:
    import torch

Observe = Callable[[str, Array], None]


def run_float(graph: Graph, inputs: Sequence[Array], observe: Observe | None = None) -> list[Array]:
    """Return the float outputs of a float graph; ``observe(tensor, value)`` sees every activation, inputs included."""
    import torch

    with torch.no_grad():
        values = {name: torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
                  for name, x in zip(graph.inputs, inputs, strict=True)}
        if observe is not None:
            for name in graph.inputs:
                observe(name, values[name].numpy())
        results = forward(graph, values, None if observe is None else lambda n, t: observe(n, t.numpy()))
    return [r.numpy() for r in results]


def forward(graph: Graph, values: dict[str, torch.Tensor],
            observe: Callable[[str, torch.Tensor], None] | None = None,
            rewrite: Callable[[str, torch.Tensor], torch.Tensor] | None = None) -> list[torch.Tensor]:
    """Return the outputs as torch tensors, differentiable; ``values`` holds the inputs (and constants to override).

    ``rewrite(tensor, value)`` returns what the nodes after it see of an activation (fake quantisation).
    """
    import torch

    values = dict(values)
    last_use = _last_uses(graph)
    for index, node in enumerate(graph.nodes):
        args = []
        for name in node.inputs:
            if name not in values:
                data = graph.tensors[name].data
                if data is None:
                    raise KeyError(f"{node.name} reads {name}, which was not computed")
                values[name] = torch.from_numpy(data)
            args.append(values[name])
        for name, result in zip(node.outputs, ops.get(node.op).forward(node.attrs, *args), strict=True):
            values[name] = result if rewrite is None else rewrite(name, result)
            if observe is not None:
                observe(name, values[name])
        for name in node.inputs:
            if last_use[name] == index:
                values.pop(name, None)
    return [values[name] for name in graph.outputs]


def run_integer(graph: Graph, inputs: Sequence[Array], rounding: Rounding = Rounding.DOUBLE,
                observe: Observe | None = None) -> list[Array]:
    """Return the int8 outputs of a quantised graph for int8 inputs: the definition that every runtime matches."""
    values: dict[str, Array] = dict(zip(graph.inputs, inputs, strict=True))
    last_use = _last_uses(graph)
    if observe is not None:
        for name in graph.inputs:
            observe(name, values[name])
    for index, node in enumerate(graph.nodes):
        op = ops.get(node.op)
        params = op.lower(node, graph.inputs_of(node), graph.outputs_of(node))
        args = [values[n] for n in node.inputs if graph.tensors[n].data is None]
        for name, result in zip(node.outputs, op.reference(params, *args, rounding=rounding), strict=True):
            values[name] = result
            if observe is not None:
                observe(name, result)
        for name in node.inputs:
            if last_use[name] == index:
                values.pop(name, None)
    return [values[name] for name in graph.outputs]


def _last_uses(graph: Graph) -> dict[str, int]:
    """Return the index of the last node that reads each tensor; graph outputs are kept for ever."""
    last = {name: i for i, node in enumerate(graph.nodes) for name in node.inputs}
    last.update(dict.fromkeys(graph.outputs, len(graph.nodes)))
    return last
