"""A graph under change: who writes and who reads each tensor, kept up to date by every edit.

A rule is a function ``rule(edit, node) -> bool`` that changes the graph around one node and says whether it did;
``apply`` runs rules until none of them changes anything. Nodes that nothing reads disappear at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Attributes, Graph, Node, Shape, Tensor
from toolchain.ops.reshape import ReshapeAttributes
from toolchain.ops.transpose import TransposeAttributes

Permutation: TypeAlias = tuple[int, ...]


class Editor:
    """Mutable view of a graph; ``graph()`` returns the result as a frozen one."""

    def __init__(self, graph: Graph) -> None:
        self.name = graph.name
        self.tensors = dict(graph.tensors)
        self.nodes = {node.name: node for node in graph.nodes}
        self.inputs = list(graph.inputs)
        self.outputs = list(graph.outputs)
        self.input_layouts: list[Permutation | None] = [graph.layouts.get(n) for n in graph.inputs]
        self.output_layouts: list[Permutation | None] = [graph.layouts.get(n) for n in graph.outputs]
        self._writer: dict[str, str] = {}
        self._readers: dict[str, dict[str, None]] = {}
        for node in graph.nodes:
            self._link(node)

    def producer(self, tensor: str) -> Node | None:
        """Return the node that writes a tensor; None for inputs and constants."""
        name = self._writer.get(tensor)
        return None if name is None else self.nodes[name]

    def readers(self, tensor: str) -> list[Node]:
        """Return the nodes that read a tensor."""
        return [self.nodes[name] for name in self._readers.get(tensor, ())]

    def sole_reader(self, tensor: str) -> Node | None:
        """Return the only node that reads a tensor; None when there are several, or the graph's outputs read it."""
        readers = self._readers.get(tensor, {})
        return self.nodes[next(iter(readers))] if len(readers) == 1 and tensor not in self.outputs else None

    def shape(self, tensor: str) -> Shape:
        """Return the shape of a tensor."""
        return self.tensors[tensor].shape

    def data(self, tensor: str) -> Array | None:
        """Return the value of a constant; None for activations."""
        return self.tensors[tensor].data

    def constant(self, name: str, array: Array) -> str:
        """Add a float32 constant and return its name, which is made unique."""
        data = np.array(array, dtype=np.float32, order="C")
        unique = self._unique(name)
        self.tensors[unique] = Tensor(unique, data.shape, data=data)
        return unique

    def add(self, op: str, inputs: Sequence[str], attrs: Attributes, like: Node) -> str:
        """Add a node with the origin of ``like`` and return the tensor that it writes."""
        (shape,) = ops.get(op).infer(attrs, [self.tensors[n] for n in inputs])
        name = self._unique(like.name)
        self.tensors[name] = Tensor(name, shape)
        node = Node(name, op, tuple(inputs), (name,), attrs, like.origin)
        self.nodes[name] = node
        self._link(node)
        return name

    def transpose(self, tensor: str, permutation: Permutation, like: Node) -> str:
        """Return ``tensor`` with permuted axes: constants and moves of axes of size 1 cost no transpose."""
        source = self.tensors[tensor]
        if permutation == tuple(range(len(permutation))):
            return tensor
        if source.data is not None:
            return self.constant(tensor, source.data.transpose(permutation))
        if moves_units_only(source.shape, permutation):
            return self.reshape(tensor, tuple(source.shape[a] for a in permutation), like)
        return self.add("transpose", [tensor], TransposeAttributes(permutation), like)

    def reshape(self, tensor: str, shape: Shape, like: Node) -> str:
        """Return ``tensor`` under another shape."""
        source = self.tensors[tensor]
        if source.shape == shape:
            return tensor
        if source.data is not None:
            return self.constant(tensor, source.data.reshape(shape))
        return self.add("reshape", [tensor], ReshapeAttributes(shape), like)

    def serves_twice(self, node: Node, tensor: str) -> bool:
        """Return whether ``tensor`` in place of the output of ``node`` would be two inputs or outputs of the graph."""
        return node.outputs[0] in self.outputs and tensor in (*self.inputs, *self.outputs)

    def substitute(self, node: Node, tensor: str) -> None:
        """Let everything that reads the output of ``node`` read ``tensor`` instead; the node goes."""
        old = node.outputs[0]
        for reader in self.readers(old):
            self.update(reader, inputs=tuple(tensor if n == old else n for n in reader.inputs))
        self.outputs = [tensor if n == old else n for n in self.outputs]
        self._drop_dead([node])

    def update(self, node: Node, op: str | None = None, inputs: Sequence[str] | None = None,
               attrs: Attributes | None = None) -> Node:
        """Replace a node by one with another operator, inputs or attributes and an output of the same shape."""
        new = dataclasses.replace(node, op=op or node.op, inputs=node.inputs if inputs is None else tuple(inputs),
                                  attrs=node.attrs if attrs is None else attrs)
        self._unlink(node)
        self.nodes[new.name] = new
        self._link(new)
        (shape,) = ops.get(new.op).infer(new.attrs, [self.tensors[n] for n in new.inputs])
        if shape != self.shape(new.outputs[0]):
            raise AssertionError(f"{new.name} changed its shape from {self.shape(new.outputs[0])} to {shape}")
        self._drop_dead(filter(None, (self.producer(n) for n in node.inputs)))
        return new

    def drop(self, node: Node) -> None:
        """Remove a node that nothing reads any more; nothing happens to one that is read."""
        self._drop_dead([node])

    def permute_input(self, index: int, permutation: Permutation, like: Node) -> None:
        """Let a graph input arrive permuted: its transposes by that permutation go, other readers get one back."""
        name = self.inputs[index]
        readers = self.readers(name)
        self.tensors[name] = dataclasses.replace(
            self.tensors[name], shape=tuple(self.tensors[name].shape[a] for a in permutation))
        before = self.input_layouts[index]
        self.input_layouts[index] = permutation if before is None else compose(before, permutation)
        for reader in readers:
            if permutation_of(reader) == permutation and self.serves_twice(reader, name):
                self.update(reader, op="reshape", attrs=ReshapeAttributes(self.shape(name)))
            elif permutation_of(reader) == permutation:
                self.substitute(reader, name)
            else:
                back = self.transpose(name, inverse(permutation), like)
                self.update(reader, inputs=tuple(back if n == name else n for n in reader.inputs))

    def graph(self) -> Graph:
        """Return the live part as a graph: nodes in an order that respects data flow, constants that are read."""
        nodes = tuple(self._ordered())
        used = {n for node in nodes for n in (*node.inputs, *node.outputs)} | set(self.inputs) | set(self.outputs)
        pairs = zip((*self.inputs, *self.outputs), (*self.input_layouts, *self.output_layouts), strict=True)
        layouts = {name: layout for name, layout in pairs if layout is not None}
        return Graph(self.name, {n: t for n, t in self.tensors.items() if n in used}, nodes, tuple(self.inputs),
                     tuple(self.outputs), layouts)

    def _ordered(self) -> Iterable[Node]:
        """Yield every node after the nodes that it reads: depth first from the outputs, first operands first."""
        done: set[str] = set()
        for root in filter(None, map(self.producer, self.outputs)):
            stack = [root]
            while stack:
                node = stack[-1]
                before = [p for n in reversed(node.inputs) if (p := self.producer(n)) and p.name not in done]
                if node.name in done or not before:
                    stack.pop()
                    if node.name not in done:
                        done.add(node.name)
                        yield node
                stack.extend(before if node.name not in done else ())

    def _drop_dead(self, nodes: Iterable[Node]) -> None:
        pending = list(nodes)
        while pending:
            node = pending.pop()
            read = self._readers.get(node.outputs[0]) or node.outputs[0] in self.outputs
            if node.name in self.nodes and not read:
                node = self.nodes.pop(node.name)
                self._unlink(node)
                pending.extend(p for n in node.inputs if (p := self.producer(n)) is not None)

    def _link(self, node: Node) -> None:
        for name in node.outputs:
            self._writer[name] = node.name
        for name in node.inputs:
            self._readers.setdefault(name, {})[node.name] = None

    def _unlink(self, node: Node) -> None:
        for name in node.outputs:
            self._writer.pop(name, None)
        for name in node.inputs:
            self._readers[name].pop(node.name, None)

    def _unique(self, name: str) -> str:
        unique, count = name, 0
        while unique in self.tensors or unique in self.nodes:
            count += 1
            unique = f"{name}_{count}"
        return unique


Rule: TypeAlias = Callable[[Editor, Node], bool]


def apply(graph: Graph, rules: Sequence[Rule]) -> Graph:
    """Return the graph after running the rules on every node until none changes it; the same object if none did."""
    edit, changed, again = Editor(graph), False, True
    rounds = 10 * len(graph.nodes) + 10
    while again:
        again, rounds = False, rounds - 1
        if rounds < 0:
            raise AssertionError(f"{', '.join(rule.__name__ for rule in rules)} do not come to rest on {graph.name}")
        for name in list(edit.nodes):
            for rule in rules:
                node = edit.nodes.get(name)
                if node is not None and rule(edit, node):
                    again = changed = True
    return edit.graph() if changed else graph


def moves_units_only(shape: Shape, permutation: Permutation) -> bool:
    """Return whether a permutation keeps the order of all axes of more than one element: it moves no data."""
    moved = [axis for axis in permutation if shape[axis] != 1]
    return moved == sorted(moved)


def inverse(permutation: Permutation) -> Permutation:
    """Return the permutation that undoes this one."""
    return tuple(int(i) for i in np.argsort(permutation))


def compose(first: Permutation, second: Permutation) -> Permutation:
    """Return the permutation of a transpose by ``first`` followed by one by ``second``."""
    return tuple(first[axis] for axis in second)


def permutation_of(node: Node | None) -> Permutation | None:
    """Return the permutation of a transpose node; None for anything else."""
    if node is None or node.op != "transpose":
        return None
    attrs: Any = node.attrs
    return tuple(attrs.permutation)
