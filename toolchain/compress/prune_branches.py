"""Removing whole branches: where a residual block adds a branch to its shortcut, the branch becomes a constant.

    y = x + f(x)   ->   y = x + E[f(x)]      the mean per channel over the calibration data: the best constant there is

Everything that only served the branch goes. Sites are the add nodes one of whose operands is computed from the other.

Source: Veit et al., "Residual Networks Behave Like Ensembles of Relatively Shallow Networks" (NeurIPS 2016), section
        4.1; Huang et al., "Deep Networks with Stochastic Depth" (ECCV 2016), section 3 (blocks are dispensable).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from toolchain.compress.layers import activations
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import UsageError, unknown_name
from toolchain.ir import Graph, Node, Tensor, check

SAMPLES = 256


@dataclass(frozen=True)
class PruneBranchesConfig:
    """``keep_mean``: add the mean of what the branch gave; otherwise zero."""

    keep_mean: bool = True


def sites(graph: Graph) -> list[str]:
    """Return the names of the adds whose branch can go."""
    return [n.name for n in graph.nodes if branch(graph, n) is not None]


def choices(graph: Graph, site: str) -> list[PruneBranchesConfig]:
    """Return the one choice there is."""
    return [PruneBranchesConfig()]


def apply(graph: Graph, configs: Mapping[str, PruneBranchesConfig], data: Data) -> Graph:
    """Return the float graph without these branches; see Technique."""
    valid = sites(graph)
    for site in configs:
        if site not in valid:
            raise UsageError(*unknown_name("branch", site, valid))
    found = {n.name: branch(graph, n) for n in graph.nodes if n.name in configs}
    gone = {site: tensor for site, tensor in found.items() if tensor is not None}
    values = activations(graph, [x[:SAMPLES] for x in data.calibration], set(gone.values()))
    tensors, nodes = dict(graph.tensors), []
    for node in graph.nodes:
        if node.name in gone:
            tensor = gone[node.name]
            x = values[tensor]
            mean = x.reshape(-1, x.shape[-1]).mean(axis=0) * configs[node.name].keep_mean
            constant = Tensor(f"{node.name}.mean", mean.shape, data=mean.astype(np.float32))
            tensors[constant.name] = constant
            node = replace(node, inputs=tuple(constant.name if n == tensor else n for n in node.inputs))
        nodes.append(node)
    return check(_live(graph.replace(nodes=tuple(nodes), tensors=tensors)), "prune_branches")


def branch(graph: Graph, node: Node) -> str | None:
    """Return the operand of an add that is computed from the other one; None where there is none."""
    if node.op != "add" or len({*node.inputs}) != 2 or any(graph.tensors[n].data is not None for n in node.inputs):
        return None
    a, b = node.inputs
    if graph.tensors[a].shape != graph.tensors[b].shape:
        return None
    return a if b in _ancestors(graph, a) else b if a in _ancestors(graph, b) else None


def _ancestors(graph: Graph, tensor: str) -> set[str]:
    """Return the activations from which a tensor is computed."""
    found: set[str] = set()
    pending = [tensor]
    while pending:
        producer = graph.producer(pending.pop())
        new = set(producer.inputs) - found if producer is not None else set()
        found |= new
        pending.extend(new)
    return found


def _live(graph: Graph) -> Graph:
    """Return the graph without nodes and tensors that no output depends on."""
    needed, nodes = set(graph.outputs), []
    for node in reversed(graph.nodes):
        if needed & set(node.outputs):
            nodes.append(node)
            needed.update(node.inputs)
    used = needed | {o for n in nodes for o in n.outputs} | set(graph.inputs)
    return graph.replace(nodes=tuple(reversed(nodes)), tensors={n: t for n, t in graph.tensors.items() if n in used})


TECHNIQUE = Technique(
    "prune_branches", "residual branches become a constant and everything behind them goes",
    "Veit 2016; Huang 2016", PruneBranchesConfig, sites, choices, apply)
