"""Which activations have 16 bits, and the requantize nodes between them and the int8 ones.

A layer that is asked for reads and writes int16. Additions of two such activations, pools and reshapes of one follow,
because that costs nothing more. Everything else, the network's inputs and outputs among it, stays int8.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from toolchain import ops
from toolchain.ir import Graph, Node, Tensor

#: Operators without weights that have kernels for int16.
FOLLOWING = ("add", "avg_pool2d", "max_pool2d", "reshape")


def widen(graph: Graph, names: Collection[str]) -> tuple[Graph, frozenset[str]]:
    """Return the float graph with the requantize nodes that layers of these names need, and its int16 activations."""
    if not names:
        return graph, frozenset()
    work = _Widening(graph, dict(graph.tensors))
    for node in graph.nodes:
        work.add(node, node.name in names or work.follows(node))
    return graph.replace(nodes=tuple(work.nodes), tensors=work.tensors), frozenset(work.wide)


@dataclass
class _Widening:
    """The new graph while it grows; ``copies`` are the tensors that hold another one's values in the other type."""

    graph: Graph
    tensors: dict[str, Tensor]
    nodes: list[Node] = field(default_factory=list)
    wide: set[str] = field(default_factory=set)
    copies: dict[str, str] = field(default_factory=dict)

    def follows(self, node: Node) -> bool:
        """Tell whether a node without weights is to be int16 because what it reads is."""
        if node.op not in FOLLOWING:
            return False
        shapes = {self.tensors[n].shape for n in node.inputs}
        return all(n in self.wide or self.copies.get(n) in self.wide for n in node.inputs) and len(shapes) == 1

    def add(self, node: Node, wide: bool) -> None:
        """Add a node that reads and writes int16, or int8."""
        node = replace(node, inputs=tuple(self._read(n, wide, node) for n in node.inputs))
        if not wide:
            self.nodes.append(node)
            return
        outputs = tuple(self._copy(n, True) if n in self.graph.outputs else n for n in node.outputs)
        self.nodes.append(replace(node, outputs=outputs))
        self.wide.update(outputs)
        for inner, outer in zip(outputs, node.outputs, strict=True):
            if inner != outer:
                self._change(inner, outer, node)

    def _read(self, name: str, wide: bool, reader: Node) -> str:
        """Return the tensor with the values of ``name`` in the type that the reader wants."""
        if self.tensors[name].data is not None or (name in self.wide) == wide:
            return name
        if name not in self.copies:
            self._change(name, self._copy(name, wide), reader)
        return self.copies[name]

    def _copy(self, name: str, wide: bool) -> str:
        copy = f"{name}.int{16 if wide else 8}"
        self.tensors[copy] = Tensor(copy, self.tensors[name].shape)
        self.copies[name] = copy
        if wide:
            self.wide.add(copy)
        return copy

    def _change(self, source: str, target: str, beside: Node) -> None:
        attrs = ops.get("requantize").Attrs()
        self.nodes.append(Node(f"{target}.requantize", "requantize", (source,), (target,), attrs, beside.origin))
