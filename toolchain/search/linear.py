"""The model of cost that the programme works with: a sum over layers, scaled to the measured cost of a reference.

flash, weights, latency: the measured bytes or cycles of each layer times the factors of the alternatives, plus what no
alternative changes (code, stack); RAM: the bytes of the live activations of each step, scaled so that the reference's
peak is the arena that the planner found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from toolchain import ops
from toolchain.ir import Graph
from toolchain.search.alternatives import Decision
from toolchain.search.cost import Cost
from toolchain.search.programme import Constraint, Shared, Term

Factors = Mapping[int, tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Linear:
    """Terms of each resource; ``paces`` has cycles relative to int8's by (layer, step's text), where measured.

    ``codes`` has the bytes of code that the first layer of an operator with a kind of storage brings, by (operator,
    kind), and under the operator "" what the first of any operator brings.
    """

    graph: Graph
    reference: Cost
    decisions: Sequence[Decision]
    paces: Mapping[tuple[str, str], float]
    codes: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def constraints(self, limits: Mapping[str, float]) -> list[Constraint]:
        """Return the constraints of the programme for limits on the exact cost, by resource."""
        found = []
        for name, limit in limits.items():
            if name == "ram":
                found += self._ram(limit)
            else:
                terms = self._cycles() if name == "latency" else self._bytes()
                rest = self.reference.of(name) - sum(t.base for t in terms)
                shared = self._shared() if name == "flash" else ()
                found.append(Constraint(name, terms, limit - rest, max(1.0, self.reference.of(name)), shared))
        return found

    def _bytes(self) -> tuple[Term, ...]:
        layers = self.reference.layers
        factors = [[a.effect.flash for a in d.alternatives] for d in self.decisions]
        return tuple(Term(c.flash_bytes, _of(factors, name)) for name, c in layers.items() if c.flash_bytes)

    def _shared(self) -> tuple[Shared, ...]:
        operators = {n.name: n.op for n in self.graph.nodes}
        users: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for d, decision in enumerate(self.decisions):
            for a, step in enumerate(x.step for x in decision.alternatives):
                if step is not None and step.kind:
                    for operator in ("", operators.get(step.site, "")):
                        users.setdefault((operator, step.kind), []).append((d, a))
        return tuple(Shared(self.codes[pair], tuple(dict.fromkeys(found)))
                     for pair, found in users.items() if self.codes.get(pair))

    def _cycles(self) -> tuple[Term, ...]:
        us = self.reference.latency_us / max(1.0, self.reference.cycles)
        factors = [[self._pace(d.name, i, d) for i in range(len(d.alternatives))] for d in self.decisions]
        layers = self.reference.layers
        return tuple(Term(c.cycles * us, _of(factors, name)) for name, c in layers.items() if c.cycles)

    def _pace(self, name: str, index: int, decision: Decision) -> Mapping[str, float]:
        alternative = decision.alternatives[index]
        paces = dict(alternative.effect.macs)
        if alternative.step is not None and (pace := self.paces.get((alternative.step.site, alternative.step.text()))):
            paces[alternative.step.site] = pace
        return paces

    def _ram(self, limit: float) -> list[Constraint]:
        """Return a constraint per step: live activations, scaled to the arena of the reference."""
        lives = live_activations(self.graph)
        size = {t.name: t.count for t in self.graph.tensors.values()}
        peak = max(sum(size[n] for n in live) for live in lives)
        factors = [[a.effect.activations for a in d.alternatives] for d in self.decisions]
        scale = self.reference.arena_bytes / max(1, peak)
        room = limit - (self.reference.ram_bytes - self.reference.arena_bytes)
        found = []
        for live in sorted({frozenset(live) for live in lives}, key=sorted):
            terms = tuple(Term(size[n] * scale, _of(factors, n)) for n in sorted(live))
            found.append(Constraint("ram", terms, room, max(1.0, self.reference.arena_bytes)))
        return found


def live_activations(graph: Graph) -> list[set[str]]:
    """Return, per step in the graph's order, the activations in memory; a reshape is its input."""
    root: dict[str, str] = {}
    for node in graph.nodes:
        if ops.get(node.op).alias:
            root[node.outputs[0]] = root.get(node.inputs[0], node.inputs[0])
    first = dict.fromkeys(graph.inputs, 0)
    last: dict[str, int] = {}
    for index, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            if graph.tensors[name].data is None:
                first.setdefault(root.get(name, name), index)
                last[root.get(name, name)] = index
    for name in graph.outputs:
        last[root.get(name, name)] = len(graph.nodes) - 1
    return [{n for n in first if first[n] <= i <= last.get(n, 0)} for i in range(len(graph.nodes))]


def _of(factors: Sequence[Sequence[Mapping[str, float]]], name: str) -> Factors:
    """Return the factors on one layer or activation, of the decisions that change it."""
    found = {d: tuple(f.get(name, 1.0) for f in each) for d, each in enumerate(factors)}
    return {d: f for d, f in found.items() if any(x != 1.0 for x in f)}
