"""Which activations must share one quantisation, and where a requantize node is needed to let them differ.

An operator whose output is AS_INPUT ties its output to input 0; a SHARED one (concat) ties its inputs and output. An
input of a SHARED operator that is pinned elsewhere (FIXED quantisation, read by other operators too, or a graph output)
keeps its own: a requantize node in between joins the group instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from toolchain import ops
from toolchain.ir import Graph, Node, Quantization, Tensor
from toolchain.ops import OutputQuantization


@dataclass
class Groups:
    """A partition of the activations; ``fixed`` holds the quantisation of pinned groups by representative."""

    parent: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Quantization] = field(default_factory=dict)

    def find(self, tensor: str) -> str:
        """Return the representative of the group of a tensor."""
        while (above := self.parent.get(tensor, tensor)) != tensor:
            tensor = above
        return tensor

    def join(self, first: str, second: str) -> None:
        """Put the groups of two tensors together; two pinned groups must be pinned to the same quantisation."""
        a, b = self.find(first), self.find(second)
        if a == b:
            return
        if b in self.fixed:
            assert self.fixed.get(a, self.fixed[b]) == self.fixed[b]
            self.fixed[a] = self.fixed.pop(b)
        self.parent[b] = a

    def pinned(self, tensor: str) -> Quantization | None:
        """Return the quantisation that an operator's rule gives to the group of a tensor, if any."""
        return self.fixed.get(self.find(tensor))


def rule(node: Node) -> OutputQuantization:
    """Return how the output quantisation of a node is found; some operators are FIXED for some attributes only."""
    op = ops.get(node.op)
    return OutputQuantization.FIXED if op.fixed_quantization(node.attrs) is not None else op.quantization


def group(graph: Graph) -> tuple[Graph, Groups]:
    """Return the graph with the requantize nodes that SHARED operators need, and the groups of its activations."""
    groups = Groups()
    for node in graph.nodes:
        kind = rule(node)
        fixed = ops.get(node.op).fixed_quantization(node.attrs)
        if kind is OutputQuantization.FIXED and fixed is not None:
            groups.fixed.update(dict.fromkeys(node.outputs, fixed))
        elif kind is OutputQuantization.AS_INPUT:
            for output in node.outputs:
                groups.join(node.inputs[0], output)
    nodes: list[Node] = []
    tensors = dict(graph.tensors)
    for node in graph.nodes:
        if rule(node) is OutputQuantization.SHARED:
            before, node = _share(graph, groups, node)
            nodes.extend(before)
            for extra in before:
                source = tensors[extra.inputs[0]]
                tensors[extra.outputs[0]] = Tensor(extra.outputs[0], source.shape)
        nodes.append(node)
    return graph.replace(nodes=tuple(nodes), tensors=tensors), groups


def _share(graph: Graph, groups: Groups, node: Node) -> tuple[list[Node], Node]:
    """Tie inputs and outputs of a SHARED node; return the requantize nodes that go before it, and the node itself."""
    activations = [n for n in dict.fromkeys(node.inputs) if graph.tensors[n].data is None]
    pins = [groups.pinned(n) for n in activations]
    uniform = pins and pins[0] is not None and all(pin == pins[0] for pin in pins)
    extra: dict[str, Node] = {}
    for name in activations:
        if uniform or (groups.pinned(name) is None and _free(graph, groups, name, node)):
            groups.join(name, node.outputs[0])
        else:
            copy = f"{name}.for.{node.name}"
            extra[name] = Node(f"{node.name}.requantize{len(extra)}", "requantize", (name,), (copy,),
                               ops.get("requantize").Attrs(), node.origin)
            groups.join(node.outputs[0], copy)
    for output in node.outputs[1:]:
        groups.join(node.outputs[0], output)
    inputs = tuple(extra[n].outputs[0] if n in extra else n for n in node.inputs)
    return list(extra.values()), replace(node, inputs=inputs)


def _free(graph: Graph, groups: Groups, tensor: str, reader: Node) -> bool:
    """Say whether nothing but ``reader`` depends on the quantisation of the group of a tensor."""
    root = groups.find(tensor)
    members = {name for name in graph.tensors if groups.find(name) == root}
    if members & set(graph.outputs):
        return False
    return all(node is reader or any(groups.find(n) == root for n in node.outputs)
               for node in graph.nodes if members & set(node.inputs))
