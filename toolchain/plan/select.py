"""Kernel choice: the first kernel of the operator, best instruction set first, that supports the layer's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toolchain import ops
from toolchain.errors import ModelError, UsageError, unknown_name
from toolchain.ir import Graph, Node, Rejected
from toolchain.ops import Cost, Kernel, Params
from toolchain.plan.overlap import Overlap, overlaps
from toolchain.targets import Core


@dataclass(frozen=True, eq=False)
class Call:
    """A node with its kernel: packed parameters, names of the activations it reads and writes, scratch, and why.

    ``overlaps`` has, for each input, the distances at which the first output may lie over it; without it they are apart.
    """

    node: Node
    kernel: Kernel
    params: Params
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scratch_bytes: int
    cost: Cost
    variadic: bool
    reason: str
    rejected: tuple[Rejected, ...]
    overlaps: tuple[Overlap, ...] = ()


def select(graph: Graph, core: Core, choose: Mapping[str, str]) -> list[Call]:
    """Return one call per node that computes something (aliases do not), in the graph's order.

    ``choose`` maps node names to kernel names. Raises UsageError for a choice that cannot be, ModelError when no
    kernel takes a layer.
    """
    nodes = [node for node in graph.nodes if not ops.get(node.op).alias]
    for name in choose:
        if name not in {node.name for node in nodes}:
            raise UsageError(*unknown_name("layer", name, (node.name for node in nodes)))
    return [_call(graph, node, core, choose.get(node.name)) for node in nodes]


def _call(graph: Graph, node: Node, core: Core, wanted: str | None) -> Call:
    op = ops.get(node.op)
    inputs, outputs = graph.inputs_of(node), graph.outputs_of(node)
    params = op.lower(node, inputs, outputs)
    kernel, rejected = _choose(node, params, core, wanted)
    read = tuple(t for t in inputs if t.data is None)
    return Call(node=node, kernel=kernel, params=kernel.pack(params), inputs=tuple(t.name for t in read),
                outputs=node.outputs,
                overlaps=overlaps(kernel.walk(params), outputs[0].size_bytes, tuple(t.size_bytes for t in read)),
                scratch_bytes=kernel.scratch_bytes(params), cost=op.cost(node, inputs, outputs), variadic=op.variadic,
                reason=_reason(kernel, core, wanted, rejected), rejected=tuple(rejected))


def _choose(node: Node, params: Params, core: Core, wanted: str | None) -> tuple[Kernel, list[Rejected]]:
    kernels = ops.get(node.op).kernels
    if wanted is not None and wanted not in {k.name for k in kernels}:
        raise UsageError(*unknown_name(f"kernel of {node.op}", wanted, (k.name for k in kernels)))
    order = (*core.features, "ref")
    rejected: list[Rejected] = []
    for kernel in sorted((k for k in kernels if k.isa in order), key=lambda k: order.index(k.isa)):
        if wanted is not None and kernel.name != wanted:
            continue
        reason = kernel.supports(params)
        if reason is None:
            return kernel, rejected
        rejected.append(Rejected(node.name, kernel.name, reason))
    details = [("layer", node.origin.module or node.name), *((r.kernel, r.reason) for r in rejected)]
    if wanted is not None:
        isa = next(k.isa for k in kernels if k.name == wanted)
        problem = "does not support the layer" if rejected else f"needs {isa}"
        raise UsageError(f"kernel {wanted} {problem}: {core.name} has {', '.join(order)}", details,
                         "leave the choice to the planner")
    raise ModelError(f"no {node.op} kernel for {core.name} takes {node.name}", details,
                     "another form of the layer, or another --target")


def _reason(kernel: Kernel, core: Core, wanted: str | None, rejected: list[Rejected]) -> str:
    if wanted is not None:
        return "asked for"
    if rejected:
        return "; ".join(f"not {r.kernel}: {r.reason}" for r in rejected)
    return f"first choice on {core.name}" if kernel.isa != "ref" else f"no faster kernel for {core.name}"
