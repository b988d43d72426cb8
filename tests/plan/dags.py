"""Graphs for planner tests: tensors of given sizes, operators that work in place, aliases, scratch; no arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from toolchain.ir import Graph, Node, Program, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import Cost, Kernel, Params, Walk
from toolchain.plan.overlap import overlaps
from toolchain.plan.planner import arrange
from toolchain.plan.select import Call


@dataclass
class Dag:
    """Grows a graph node by node; ``calls`` are what the planner would have selected for it."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    walks: dict[str, Walk] = field(default_factory=dict)

    def tensor(self, size: int) -> str:
        name = f"t{len(self.tensors)}"
        self.tensors[name] = Tensor(name, (1, size), "s8")
        return name

    def input(self, size: int) -> str:
        self.inputs.append(self.tensor(size))
        return self.inputs[-1]

    def call(self, size: int, *reads: str, in_place: tuple[int, ...] = (), scratch: int = 0, outputs: int = 1,
             walk: Walk | None = None) -> str:
        """Add a node that reads tensors and writes ``outputs`` tensors of ``size`` bytes; return the first."""
        writes = tuple(self.tensor(size) for _ in range(outputs))
        node = Node(f"n{len(self.nodes)}", "add", reads, writes)
        self.nodes.append(node)
        if walk is not None:
            self.walks[node.name] = walk
        self.calls.append(Call(node=node, kernel=Kernel("kernel", in_place=in_place), params=Params(), inputs=reads,
                               outputs=writes, scratch_bytes=scratch, cost=Cost(), variadic=False, reason="",
                               rejected=(), overlaps=overlaps(walk, size, tuple(self.tensors[n].count for n in reads))))
        return writes[0]

    def alias(self, of: str) -> str:
        """Add a reshape; return its output."""
        name = self.tensor(self.tensors[of].count)
        self.nodes.append(Node(f"n{len(self.nodes)}", "reshape", (of,), (name,)))
        return name

    def graph(self, *outputs: str) -> Graph:
        return Graph("dag", self.tensors, tuple(self.nodes), tuple(self.inputs), outputs)

    def program(self, *outputs: str) -> Program:
        return arrange(self.graph(*outputs), self.calls, Rounding.DOUBLE)


@st.composite
def walks(draw: st.DrawFn, size: int, reads: list[int]) -> Walk:
    """Return a random order of reads and writes, mostly rising, sometimes in planes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    slope, noise = draw(st.sampled_from([0, 1, 4])), draw(st.sampled_from([0, 0, 2, 30]))

    def times(count: int, late: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.arange(count) * slope * size // max(1, count) + late + rng.integers(0, noise + 1, count)

    return Walk(times(size, 0), tuple(times(n, draw(st.integers(-1, 9))) for n in reads), draw(st.integers(0, 4)))


@st.composite
def dags(draw: st.DrawFn, most: int = 10) -> tuple[Dag, tuple[str, ...]]:
    """Return a random graph and its outputs: shared reads, chains in place, aliases, outputs of all kinds."""
    dag, sizes = Dag(), st.sampled_from([1, 3, 8, 20, 64])
    names = [dag.input(draw(sizes)) for _ in range(draw(st.integers(1, 2)))]
    for _ in range(draw(st.integers(0, most))):
        reads = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        kind = draw(st.sampled_from(["alias", "in place", "in place", "new"]))
        if kind == "alias":
            names.append(dag.alias(reads[0]))
        elif kind == "in place":
            allowed = tuple(i for i in range(len(reads)) if draw(st.booleans()))
            size, scratch = dag.tensors[reads[0]].count, draw(st.sampled_from([0, 0, 5]))
            names.append(dag.call(size, *reads, in_place=allowed, scratch=scratch))
        else:
            size = draw(sizes)
            walk = draw(st.none() | walks(size, [dag.tensors[n].count for n in reads]))
            dag.call(size, *reads, scratch=draw(st.sampled_from([0, 0, 16])), outputs=draw(st.integers(1, 2)),
                     walk=walk)
            names.extend(dag.nodes[-1].outputs)
    outputs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    return dag, tuple(outputs)
